//! When a proxy looks at the managers' list (`traefik: pkg/provider/docker/pswarm.go`: Provide).
//!
//! It looks when it starts, and then every so often. A look that fails ends the round; the next one begins, with a look, after a
//! pause that grows with each failure. While the list is what it was and a look would not fail, looking changes nothing: then
//! the proxy sleeps, and the next look is worked out when something has changed.

use swarmbed_scheduler::stream::Stream;
use swarmbed_scheduler::{SimTime, Span};

/// The first pause (`cenkalti/backoff/v4`: DefaultInitialInterval), in nanoseconds as the next two.
const FIRST: u64 = 500_000_000;
/// The longest (DefaultMaxInterval).
const LONGEST: u64 = 60_000_000_000;
/// So long after pauses began to grow they begin anew (`traefik: pkg/job/job.go`: defaultMinJobInterval).
const FRESH: Span = Span::secs(30);

/// The looks of one proxy.
#[derive(Clone, Debug)]
pub(super) struct Polls {
    refresh: Span,
    /// The first look of the round that goes on.
    round: SimTime,
    /// When pauses began to grow.
    grows: SimTime,
    /// The next pause, before chance has its say.
    pause: u64,
    draws: Stream,
}

impl Polls {
    /// Of a proxy that takes its first look at that time.
    pub(super) fn new(first: SimTime, refresh: Span, draws: Stream) -> Polls {
        Polls { refresh, round: first, grows: first, pause: FIRST, draws }
    }

    /// The first look of this round that comes after that time.
    pub(super) fn after(&self, now: SimTime) -> SimTime {
        if now < self.round {
            return self.round;
        }
        self.round + self.refresh.times(now.since(self.round).nanos() / self.refresh.nanos() + 1)
    }

    /// A look fails: when the next round begins. Each pause is half as long again as the one before, and up to half of it is added
    /// or taken by chance.
    pub(super) fn fail(&mut self, now: SimTime) {
        if now.since(self.grows) >= FRESH {
            (self.grows, self.pause) = (now, FIRST);
        }
        let pause = self.pause / 2 + self.draws.below(self.pause + 1);
        self.pause = (self.pause + self.pause / 2).min(LONGEST);
        self.round = now + Span(pause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + Span::secs(seconds)
    }

    fn polls(first: u64) -> Polls {
        Polls::new(at(first), Span::secs(15), Stream::new(1, "test", "proxy"))
    }

    #[test]
    fn looks_come_at_their_own_phase() {
        let polls = polls(4);
        assert_eq!(polls.after(at(2)), at(4));
        assert_eq!(polls.after(at(4)), at(19), "after, not at");
        assert_eq!(polls.after(at(18)), at(19));
        assert_eq!(polls.after(at(1000)), at(4 + 67 * 15));
    }

    #[test]
    fn pauses_grow_by_half_until_they_begin_anew_after_half_a_minute() {
        let mut polls = polls(0);
        let mut now = at(100);
        let (mut began, mut due) = (now, FIRST);
        for _ in 0..200 {
            if now.since(began) >= FRESH {
                (began, due) = (now, FIRST);
            }
            polls.fail(now);
            let pause = polls.round.since(now).nanos();
            assert!(due / 2 <= pause && pause <= due / 2 + due, "{pause} of {due}");
            due += due / 2;
            now = polls.round;
            assert_eq!(polls.after(SimTime(now.0 - 1)), now, "a round begins with a look");
        }
        assert!(due < LONGEST, "half a minute is over before pauses grow that long");
    }
}
