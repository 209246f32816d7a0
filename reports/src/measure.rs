//! Measuring: a run followed observation by observation, in whole numbers.
//!
//! [`Recorder`] is the observer that a run is given; what it followed becomes an [`Outcome`](crate::Outcome).

mod book;
mod chronicle;
mod incident;
mod level;
mod load;
mod recorder;
mod tape;
mod usage;

pub use book::{Book, NodeRow, TaskRow, Total};
pub use chronicle::{Asked, Chronicle, Failures, Mark};
pub use incident::{Cause, Hit, Incident, Incidents};
pub use level::Level;
pub use load::Load;
pub use recorder::Recorder;
pub use tape::Tape;
pub use usage::Usage;

#[cfg(test)]
mod tests;
