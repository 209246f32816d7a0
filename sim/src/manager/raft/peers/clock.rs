//! A peer's clock: it ticks at a phase of its own. What has ticked is worked out, never counted.

use swarmbed_scheduler::{SimTime, Span};

/// A clock that ticks once in a period.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// When tick 1 is, but for the missed ones.
    first: SimTime,
    period: Span,
    /// Ticks that were not heard while the peer stood still.
    missed: u64,
    /// The tick at which it stands still.
    stopped: Option<u64>,
}

impl Clock {
    pub(super) fn new(first: SimTime, period: Span) -> Clock {
        Clock { first, period, missed: 0, stopped: None }
    }

    /// How many ticks it has had by now.
    pub(super) fn tick(&self, now: SimTime) -> u64 {
        self.stopped.unwrap_or_else(|| self.beats(now) - self.missed)
    }

    fn beats(&self, now: SimTime) -> u64 {
        if now < self.first { 0 } else { now.since(self.first).0 / self.period.0 + 1 }
    }

    /// When that tick is.
    pub(super) fn time(&self, tick: u64) -> SimTime {
        match tick + self.missed {
            0 => SimTime::ZERO,
            beats => self.first + self.period.times(beats - 1),
        }
    }

    /// It starts again, from 0.
    pub(super) fn restart(&mut self, first: SimTime) {
        *self = Clock::new(first, self.period);
    }

    pub(super) fn stop(&mut self, now: SimTime) {
        self.stopped = Some(self.tick(now));
    }

    /// It goes on. Go's ticker keeps one tick for whoever does not listen; the others are lost.
    pub(super) fn go_on(&mut self, now: SimTime) {
        let Some(at) = self.stopped.take() else { return };
        let missed = self.beats(now) - self.missed - at;
        self.missed += missed.saturating_sub(1);
    }
}
