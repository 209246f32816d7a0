//! A level and what it adds up to over time.

use swarmbed_scheduler::SimTime;
use swarmbed_scheduler::units::Resources;

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

/// CPU and memory over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// Nano-CPUs.
    pub cpu: Integral,
    /// Bytes.
    pub memory: Integral,
}

impl Pair {
    /// Moves both levels, up or down.
    pub fn shift(&mut self, at: SimTime, less: Resources, more: Resources) {
        self.cpu.shift(at, less.nano_cpus.unsigned_abs(), more.nano_cpus.unsigned_abs());
        self.memory.shift(at, less.memory.unsigned_abs(), more.memory.unsigned_abs());
    }

    /// Brings both up to that instant.
    pub fn settle(&mut self, at: SimTime) {
        self.cpu.settle(at);
        self.memory.settle(at);
    }
}
