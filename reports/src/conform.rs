//! Does the simulator do what SwarmKit was seen to do? Recordings of the real thing, played again here.

pub mod decisions;
