//! Measuring a run, and every form in which its outcome is shown or kept.
//!
//! [`measure`](run::measure) runs a simulation under the eyes of a [`Recorder`](measure::Recorder) and makes an [`Outcome`]
//! of it; everything in [`output`] turns an outcome into text. [`inspect`] and [`explain`] look at a run that stands still;
//! [`check`] holds many runs against what was kept of them.

pub mod check;
pub mod compare;
pub mod conform;
pub mod expect;
pub mod explain;
pub mod inspect;
pub mod markov;
pub mod measure;
pub mod metrics;
pub mod outcome;
pub mod output;
pub mod plan;
pub mod plot;
pub mod quorum;
pub mod replay;
pub mod run;
pub mod stats;
pub mod story;
pub mod validate;
pub mod words;

pub use outcome::{About, Outcome};

#[cfg(test)]
mod sample;
