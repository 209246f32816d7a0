//! What would run on a manager.

pub mod placement;
