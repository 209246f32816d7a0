//! The engine: future events, random numbers and distributions. It knows nothing of clusters.
//!
//! * [`agenda`]: what will happen, in order of time and, at one time, of scheduling.

pub mod agenda;

pub use swarmbed_scheduler::stream;
