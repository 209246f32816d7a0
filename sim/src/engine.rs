//! The engine: future events, random numbers and distributions. It knows nothing of clusters.
//!
//! * [`agenda`]: what will happen, in order of time and, at one time, of scheduling.
//! * [`timeouts`]: time-outs of one length, all behind one entry of the agenda.
//! * [`slab`]: what is too large for an event.
//! * [`stream`]: random numbers that depend on what they are for, not on when they are drawn.

pub mod agenda;
pub mod slab;
pub mod timeouts;

pub use swarmbed_scheduler::stream;
