//! What is seen of a run: the gaps in which there was no quorum, and those in which there was no leader.

use swarmbed_scheduler::{SimTime, Span};

use crate::quorum::HOUR;

/// A manager waits so long for a leader before it refuses a command: 11 ticks (`manager/state/raft/raft.go:85`).
const PATIENCE: Span = Span::secs(11);

/// Gaps of one kind, together. Times are in hours.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gaps {
    pub(super) hours: f64,
    /// Each moment of them times what is left of its gap.
    pub(super) rest: f64,
    /// Outages of zones within them.
    pub(super) falls: f64,
    /// What is left of the gaps then.
    pub(super) falls_rest: f64,
}

/// What was seen of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) quorumless: Gaps,
    pub(super) leaderless: Gaps,
    /// Hours in which a command is refused.
    pub(super) refusing: f64,
    pub(super) elections: u64,
    /// Seconds without a leader while there was a quorum, of each gap in which there was one throughout.
    pub(super) takeovers: Vec<f64>,
    /// Seconds that proposals took.
    pub(super) commits: Vec<f64>,
}

/// One that looks on.
#[derive(Debug, Default)]
pub(super) struct Watch {
    pub(super) seen: Seen,
    quorumless: Option<Gap>,
    leaderless: Option<Gap>,
}

/// A gap that is not over.
#[derive(Debug)]
struct Gap {
    since: SimTime,
    falls: Vec<SimTime>,
    /// Since when a manager knows of it.
    known: Option<SimTime>,
    /// Whether there was a quorum all the time.
    quorate: bool,
}

impl Watch {
    /// What is so now, with all that happens at this time: so many zones fell, and a manager noticed that nobody leads.
    pub(super) fn look(&mut self, now: SimTime, quorum: bool, leads: bool, falls: usize, noticed: bool) {
        if let Some(gap) = turned(&mut self.quorumless, now, quorum, falls) {
            self.seen.quorumless.add(&gap, now);
        }
        let over = turned(&mut self.leaderless, now, quorum && leads, falls);
        if let Some(gap) = over {
            self.close_leaderless(&gap, now);
        } else if let Some(gap) = &mut self.leaderless {
            gap.quorate &= quorum;
            if noticed {
                gap.known.get_or_insert(now);
            }
        }
    }

    /// The run ends, and gaps with it.
    pub(super) fn end(mut self, now: SimTime) -> Seen {
        if let Some(gap) = self.quorumless.take() {
            self.seen.quorumless.add(&gap, now);
        }
        if let Some(gap) = self.leaderless.take() {
            self.close_leaderless(&Gap { quorate: false, ..gap }, now);
        }
        self.seen
    }

    fn close_leaderless(&mut self, gap: &Gap, now: SimTime) {
        if gap.quorate {
            self.seen.takeovers.push(now.since(gap.since).as_secs_f64());
        }
        self.seen.leaderless.add(gap, now);
        self.seen.refusing += gap.refusing(now);
    }
}

/// Begins a gap or goes on with it; gives it back if it is over.
fn turned(gap: &mut Option<Gap>, now: SimTime, fine: bool, falls: usize) -> Option<Gap> {
    if fine {
        return gap.take();
    }
    let begun = || Gap { since: now, falls: Vec::new(), known: None, quorate: true };
    gap.get_or_insert_with(begun).falls.extend(std::iter::repeat_n(now, falls));
    None
}

impl Gap {
    fn hours(&self, now: SimTime) -> f64 {
        hours(self.since, now)
    }

    /// Hours of it in which a command is refused. Who has known of it for [`PATIENCE`] refuses every command, and those that
    /// came since; one that came before waits for as long by itself.
    fn refusing(&self, now: SimTime) -> f64 {
        let patience = PATIENCE.0 as f64 / HOUR;
        let (length, known) = (self.hours(now), hours(self.known.unwrap_or(now), now));
        let before = (length - known).min(length - patience).max(0.0);
        before + if known > patience { known } else { 0.0 }
    }
}

impl Gaps {
    /// A gap is over.
    fn add(&mut self, gap: &Gap, now: SimTime) {
        let length = gap.hours(now);
        self.hours += length;
        self.rest += length * length / 2.0;
        self.falls += gap.falls.len() as f64;
        self.falls_rest += gap.falls.iter().map(|fall| hours(*fall, now)).sum::<f64>();
    }
}

fn hours(from: SimTime, to: SimTime) -> f64 {
    to.since(from).0 as f64 / HOUR
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_told_with_what_is_left_of_them() {
        let at = |seconds: u64| SimTime::ZERO + Span::secs(seconds);
        let mut watch = Watch::default();
        watch.look(at(0), true, true, 0, false);
        // The leader's zone goes: 14 s until the next one, of which others know since the 12th.
        watch.look(at(100), true, false, 1, false);
        watch.look(at(112), true, false, 0, true);
        watch.look(at(114), true, true, 0, false);
        // An hour without a quorum, noticed after a quarter of a minute; a zone falls in its middle.
        watch.look(at(1000), false, true, 0, false);
        watch.look(at(1015), false, false, 0, true);
        watch.look(at(2800), false, false, 1, false);
        watch.look(at(4600), true, false, 0, false);
        watch.look(at(4610), true, true, 0, false);
        let seen = watch.end(at(9000));
        let seconds = |hours: f64| libm::round(hours * 3600.0);
        assert_eq!(seen.takeovers, [14.0]);
        assert_eq!((seconds(seen.quorumless.hours), seconds(seen.leaderless.hours)), (3600.0, 3624.0));
        assert_eq!((seen.quorumless.falls, seconds(seen.quorumless.falls_rest)), (1.0, 1800.0));
        assert_eq!((seen.leaderless.falls, seconds(seen.leaderless.falls_rest)), (2.0, 1824.0));
        // Of the first gap those of the first 3 s, of the second all.
        assert_eq!(seconds(seen.refusing), 3.0 + 3610.0);
        assert!((seen.quorumless.rest - 0.5).abs() < 1e-12);
    }
}
