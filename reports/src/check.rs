//! Check: is everything as it was when the baseline was accepted?
//!
//! [`run::look`] plays a scenario and boils it down to what a [`Baseline`] keeps of it; [`compare::against`] holds that
//! against the baseline; [`first::first`] plays it again to say where the course parted; [`show`] has every form in which
//! a [`Report`] is printed. Files are opened elsewhere.

pub mod baseline;
pub mod compare;
pub mod course;
pub mod figure;
pub mod first;
pub mod report;
pub mod rules;
pub mod run;
pub mod show;

pub use baseline::{Baseline, BaselineError, Entry};
pub use report::{Checked, Failure, Report, What};
pub use run::{Facts, each, look};

#[cfg(test)]
mod tests;
