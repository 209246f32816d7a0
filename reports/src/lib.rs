//! Measuring a run, and every form in which its outcome is shown or kept.
//!
//! A [`Recorder`](measure::Recorder) follows the run as an observer; an [`Outcome`] is made of it at the end; everything
//! in [`output`] turns an outcome into text. [`inspect`] and [`explain`] look at a run that stands still.

pub mod conform;
pub mod expect;
pub mod explain;
pub mod inspect;
pub mod measure;
pub mod metrics;
pub mod outcome;
pub mod output;
pub mod replay;
pub mod story;
pub mod words;

pub use outcome::{About, Outcome};

#[cfg(test)]
mod sample;
