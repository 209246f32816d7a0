//! A level and what it adds up to over time.

use swarmbed_scheduler::SimTime;

/// A level that changes in steps, summed over time: its unit times nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Integral {
    level: u64,
    area: u128,
    since: SimTime,
}

impl Integral {
    /// The level now.
    pub fn level(&self) -> u64 {
        self.level
    }

    /// What it has added up to, as far as it was settled.
    pub fn area(&self) -> u128 {
        self.area
    }

    /// The level from that instant on.
    pub fn set(&mut self, at: SimTime, level: u64) {
        self.settle(at);
        self.level = level;
    }

    /// Moves the level, up or down.
    pub fn shift(&mut self, at: SimTime, less: u64, more: u64) {
        if less != more {
            self.set(at, self.level - less + more);
        }
    }

    /// Adds the time since the last change at the level that held all the while.
    pub fn settle(&mut self, at: SimTime) {
        self.area += u128::from(self.level) * u128::from(at.since(self.since).nanos());
        self.since = at;
    }
}
