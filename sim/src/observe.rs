//! Observers: they read what has happened and change nothing.

pub mod checkers;
pub mod digest;

use swarmbed_scheduler::SimTime;

use crate::names::Names;
use crate::observation::Observation;

/// Reads observations as they are made. A new metric is a new observer (or a line in one), never a line in a handler.
pub trait Observer {
    /// Called once for each observation, in order.
    fn observe(&mut self, at: SimTime, what: &Observation, names: &Names);
}

/// A look that has no state of its own is a function.
impl<F: FnMut(SimTime, &Observation, &Names)> Observer for F {
    fn observe(&mut self, at: SimTime, what: &Observation, names: &Names) {
        self(at, what, names);
    }
}
