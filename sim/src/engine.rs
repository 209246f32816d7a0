//! The engine: future events, random numbers and distributions. It knows nothing of clusters.
//!
//! * [`agenda`]: what will happen, in order of time and, at one time, of scheduling.
//! * [`timeouts`]: time-outs of one length, all behind one entry of the agenda.
//! * [`slab`]: what is too large for an event.
//! * [`table`]: rows under ids that are never reused.
//! * [`stream`]: random numbers that depend on what they are for, not on when they are drawn.
//! * [`distribution`]: random integers made of them, the same on every machine.
//! * [`process`]: arrivals in time.

pub mod agenda;
pub mod distribution;
pub mod process;
pub mod slab;
pub mod table;
pub mod timeouts;

pub use swarmbed_scheduler::stream;
