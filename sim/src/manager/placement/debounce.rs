//! When the scheduler runs: not at every commit, and not too late either.

use swarmbed_scheduler::{SimTime, Span};

/// SwarmKit's debounce (`scheduler.go:149-155, 214-233`): the first commit after idle arms a timer of `gap`, each further
/// one arms it anew, but a commit that comes more than `cap` after the first fires at once. The cap is only looked at when
/// a commit comes.
///
/// ```
/// use swarmbed_scheduler::{SimTime, Span};
/// use swarmbed_sim::manager::placement::{Debounce, When};
///
/// let mut debounce = Debounce::new(Span::millis(50), Span::secs(1));
/// let at = |ms| SimTime::ZERO + Span::millis(ms);
/// assert_eq!(debounce.on_commit(at(0)), When::At(at(50)));
/// assert_eq!(debounce.on_commit(at(40)), When::At(at(90)));
/// assert!(!debounce.on_timer(at(50)), "it was armed anew since");
/// assert!(debounce.on_timer(at(90)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Debounce {
    /// How long no commit must come.
    pub gap: Span,
    /// How long commits may hold it off.
    pub cap: Span,
    /// When it was first armed since idle, and when it fires.
    armed: Option<(SimTime, SimTime)>,
}

/// When to fire after a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At once.
    Now,
    /// Then, unless another commit comes before.
    At(SimTime),
}

impl Default for Debounce {
    /// SwarmKit's 50 ms and 1 s (`commitDebounceGap`, `maxLatency`).
    fn default() -> Debounce {
        Debounce::new(Span::millis(50), Span::secs(1))
    }
}

impl Debounce {
    /// An idle one.
    pub const fn new(gap: Span, cap: Span) -> Debounce {
        Debounce { gap, cap, armed: None }
    }

    /// A commit comes. After [`When::Now`] it is idle again.
    pub fn on_commit(&mut self, now: SimTime) -> When {
        let first = match self.armed {
            Some((first, _)) if now.since(first) > self.cap => {
                self.armed = None;
                return When::Now;
            }
            Some((first, _)) => first,
            None => now,
        };
        let due = now + self.gap;
        self.armed = Some((first, due));
        When::At(due)
    }

    /// A timer set for `at` goes off, or one set for earlier that was held up: whether to fire. If not, a later timer has taken
    /// its place.
    pub fn on_timer(&mut self, at: SimTime) -> bool {
        let fires = self.due().is_some_and(|due| due <= at);
        if fires {
            self.armed = None;
        }
        fires
    }

    /// When it fires if no further commit comes; `None` if it is idle. Who does not want a timer for every commit keeps one
    /// running and sets it anew for this when it goes off early.
    pub fn due(&self) -> Option<SimTime> {
        self.armed.map(|(_, due)| due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steady_commits_cannot_hold_it_off_for_ever() {
        let mut debounce = Debounce::default();
        let at = |ms| SimTime::ZERO + Span::millis(ms);
        for ms in (0..=1000).step_by(40) {
            assert_eq!(debounce.on_commit(at(ms)), When::At(at(ms + 50)));
        }
        assert_eq!(debounce.on_commit(at(1001)), When::Now);
        assert_eq!(debounce.due(), None);
        assert_eq!(debounce.on_commit(at(1002)), When::At(at(1052)));
        // The cap is only looked at when a commit comes.
        assert!(debounce.on_timer(at(1052)));
        assert!(!debounce.on_timer(at(1052)));
    }
}
