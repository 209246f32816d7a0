//! Replacing every manager once: in which order what is done decides how much may fail meanwhile.
//!
//! Each replacement begins when all managers are up, and is a few steps, each of which takes as long. Failures are
//! memoryless and those of machines alone: an operator does not begin while a zone is out.

use crate::markov::Chain;
use crate::stats::Estimate;

mod walk;

/// An order of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Procedure {
    /// The new manager joins, then the old one is demoted and leaves.
    JoinFirst,
    /// The old one is demoted and leaves, then the new one joins.
    OneByOne,
    /// The old one's machine is stopped, the new one joins, then the old one is removed.
    StopFirst,
    /// The old one's tasks move away, then as [`Procedure::JoinFirst`].
    DrainFirst,
}

/// Members of the quorum during a step, and how many of them are not off on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    members: u32,
    live: u32,
}

impl Step {
    /// How many may fail; nothing if there is no quorum as it is.
    fn survives(self) -> Option<u32> {
        self.live.checked_sub(self.members / 2 + 1)
    }
}

/// What becomes of a quorum in a procedure.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage {
    /// Which.
    pub procedure: Procedure,
    /// How many failures its worst step survives; nothing if it cannot be done without losing the quorum.
    pub survives: Option<u32>,
    /// Hours from the first step to the last, if nothing has to be waited for.
    pub hours: f64,
    /// The chance that the quorum is lost before every manager is replaced.
    pub lost: f64,
    /// Seconds without a leader in all of it, as the real core goes through it; nothing if it cannot be done.
    pub leaderless: Option<Estimate>,
}

impl Procedure {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Procedure; 4] =
        [Procedure::JoinFirst, Procedure::OneByOne, Procedure::StopFirst, Procedure::DrainFirst];

    /// What an operator calls it.
    pub fn name(self) -> &'static str {
        match self {
            Procedure::JoinFirst => "join before demote",
            Procedure::OneByOne => "one by one",
            Procedure::StopFirst => "stop and replace",
            Procedure::DrainFirst => "drain first",
        }
    }

    /// The steps of one replacement among so many managers.
    fn steps(self, managers: u32) -> Vec<Step> {
        let step = |members, live| Step { members, live };
        match self {
            Procedure::JoinFirst => vec![step(managers + 1, managers + 1)],
            Procedure::OneByOne => vec![step(managers - 1, managers - 1)],
            Procedure::StopFirst => vec![step(managers, managers - 1), step(managers + 1, managers)],
            Procedure::DrainFirst => vec![step(managers, managers), step(managers + 1, managers + 1)],
        }
    }

    /// What becomes of so many managers, each of which fails after `mttf` hours and is back after `mttr`; a step takes
    /// `step` hours.
    pub(super) fn passage(self, managers: u32, (mttf, mttr): (f64, f64), step: f64) -> Passage {
        let steps = self.steps(managers);
        let survives = steps.iter().map(|step| step.survives()).min().flatten();
        let once = if survives.is_some() { lost_once(&steps, (mttf, mttr), step) } else { 1.0 };
        let (lost, leaderless) = match survives {
            Some(_) => (
                -libm::expm1(f64::from(managers) * libm::log1p(-once)),
                walk::leaderless(self, managers, step),
            ),
            None => (1.0, None),
        };
        let hours = f64::from(managers) * steps.len() as f64 * step;
        Passage { procedure: self, survives, hours, lost, leaderless }
    }
}

/// The chance that the quorum is lost in one replacement. A state is how many of those who should be up have failed; from
/// one step to the next only the number of members changes, and who joins is up.
fn lost_once(steps: &[Step], (mttf, mttr): (f64, f64), hours: f64) -> f64 {
    let mut at = vec![1.0];
    let mut lost = 0.0;
    for step in steps {
        let worst = step.survives().expect("it has been looked at") + 1;
        let jumps = |failed: &u32| {
            let mut jumps = Vec::new();
            if *failed < worst {
                jumps.push((failed + 1, f64::from(step.live - failed) / mttf));
                if *failed > 0 {
                    jumps.push((failed - 1, f64::from(*failed) / mttr));
                }
            }
            jumps
        };
        let (_, chain) = Chain::explore(0, jumps);
        let worst = worst as usize;
        // A step with fewer to spare begins with a quorum lost where the one before it had just enough.
        lost += at.iter().skip(worst).sum::<f64>();
        at.resize(worst, 0.0);
        at.push(0.0);
        at = chain.after(&at, |failed| failed == worst, hours);
        lost += at.pop().unwrap_or(0.0);
    }
    lost
}

#[cfg(test)]
mod tests {
    use swarmbed_scheduler::stream::Stream;

    use super::*;

    #[test]
    fn what_the_worst_step_survives_is_counted() {
        let survives = |managers| {
            Procedure::ALL.map(|of| of.steps(managers).iter().map(|s| s.survives()).min().flatten())
        };
        assert_eq!(survives(3), [Some(1), Some(0), Some(0), Some(1)]);
        assert_eq!(survives(5), [Some(2), Some(1), Some(1), Some(2)]);
        assert_eq!(survives(7), [Some(3), Some(2), Some(2), Some(3)]);
        // With one manager, there is none to demote it and none to let another in.
        assert_eq!(survives(1), [Some(0), None, None, Some(0)]);
        assert_eq!(survives(2), [Some(1), Some(0), None, Some(0)]);
    }

    #[test]
    fn chances_are_those_of_a_short_step() {
        // Within a short step the first failure of what survives none, or the second of what survives one.
        let (times, step) = ((1000.0, 1e6), 0.01);
        let lost = |procedure: Procedure| procedure.passage(3, times, step).lost;
        let rate = step / times.0;
        let close =
            |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 1e-3, "{found}, {expected}");
        close(lost(Procedure::OneByOne), 3.0 * 2.0 * rate);
        close(lost(Procedure::StopFirst), 3.0 * (2.0 + 3.0) * rate);
        close(lost(Procedure::JoinFirst), 3.0 * 6.0 * rate * rate);
        assert_eq!(Procedure::StopFirst.passage(2, times, step).lost, 1.0);
    }

    /// The same by hand: machines that fail and come back, step by step.
    #[test]
    fn what_is_played_is_what_follows() {
        let (times, hours) = ((30.0, 5.0), 2.0);
        for procedure in Procedure::ALL {
            let steps = procedure.steps(3);
            let expected = lost_once(&steps, times, hours);
            let mut draws = Stream::new(1, "procedure", procedure.name());
            let trials: Vec<f64> =
                (0..20_000).map(|_| f64::from(u8::from(loses(&steps, times, hours, &mut draws)))).collect();
            let found = Estimate::of_mean(&trials).expect("there are trials");
            assert!((found.value - expected).abs() < 4.0 * found.se, "{procedure:?}: {found:?}, {expected}");
        }
    }

    fn loses(steps: &[Step], (mttf, mttr): (f64, f64), hours: f64, draws: &mut Stream) -> bool {
        let mut after = |mean: f64, now: f64| now - mean * libm::log(draws.open_unit());
        // When each machine turns, and whether it is up until then.
        let mut rows: Vec<(f64, bool)> = Vec::new();
        for (number, step) in steps.iter().enumerate() {
            let (begins, ends) = (number as f64 * hours, (number + 1) as f64 * hours);
            while rows.len() < step.live as usize {
                rows.push((after(mttf, begins), true));
            }
            let up = |rows: &[(f64, bool)]| rows.iter().filter(|row| row.1).count() as u32;
            loop {
                if up(&rows) < step.members / 2 + 1 {
                    return true;
                }
                let next = rows.iter_mut().min_by(|a, b| a.0.total_cmp(&b.0)).expect("there are machines");
                if next.0 > ends {
                    break;
                }
                *next = (after(if next.1 { mttr } else { mttf }, next.0), !next.1);
            }
        }
        false
    }
}
