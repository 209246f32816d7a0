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
    /// Hours in which a command is refused.
    pub(super) refusing: f64,
}

/// What was seen of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) quorumless: Gaps,
    pub(super) leaderless: Gaps,
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
            self.seen.quorumless.add(&gap, now, gap.since);
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
            self.seen.quorumless.add(&gap, now, gap.since);
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
        self.seen.leaderless.add(gap, now, gap.known.unwrap_or(now));
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

impl Gaps {
    /// A gap is over. Who is told of it at `known` refuses a command when it has waited for [`PATIENCE`] since; one that
    /// comes before that waits for as long by itself.
    fn add(&mut self, gap: &Gap, now: SimTime, known: SimTime) {
        let hours = |from: SimTime| now.since(from).0 as f64 / HOUR;
        let length = hours(gap.since);
        self.hours += length;
        self.rest += length * length / 2.0;
        self.falls += gap.falls.len() as f64;
        self.falls_rest += gap.falls.iter().map(|fall| hours(*fall)).sum::<f64>();
        let patience = PATIENCE.0 as f64 / HOUR;
        let before = (length - hours(known)).min(length - patience).max(0.0);
        let after = if hours(known) > patience { hours(known) } else { 0.0 };
        self.refusing += before + after;
    }
}
