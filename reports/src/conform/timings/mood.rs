//! The machine on which all recorded clusters ran at once: two cores, busy to 96 %, now more and now less so.
//!
//! What it did to the recorded times is documented with them: a 10 ms ticker ran beside the clusters (the recordings'
//! README, "Noise"), and every single step of known length in their events tells how late it was. A run's commits have a
//! mood of their own, since load comes and goes with whole minutes.

use swarmbed_scheduler::Span;
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::engine::stream::Stream;
use swarmbed_sim::profile::Profile;
use swarmbed_sim::setup::{Container, RestartPolicy, Use};

use super::situation::Times;

/// How late things are in one run.
pub(super) struct Mood {
    /// Each period of a repeating timer.
    timer: Distribution,
    /// A killed process, from its start to its request for a session.
    boot: Span,
    /// A commit, in the median, nanoseconds.
    commit: f64,
}

/// The ticker's median: so late is any timer that fires once.
const LATE: Span = Span::micros(600);

impl Mood {
    pub(super) fn of(seed: u64, machine: Machine) -> Mood {
        let draw = |law: Distribution, name| Span(law.sample(&mut Stream::new(seed, "conform.mood", name)));
        // From the action `return` to `registering`: 22 to 271 ms, 65 ms in the median and 91 ms in the mean.
        let boot = Distribution::log_normal(65e6, 0.8).expect("a valid constant");
        // The managers' state was kept in memory-backed files. Of twenty commits one behind the other, when a whole service is
        // updated at once, each takes 0.4 to 0.9 ms; a single one under 0.5 ms in 30 %, 1 ms in the median, some 6 ms at 95 %,
        // with whoever has to wake up for it.
        let commit = Distribution::log_normal(0.5e6, 0.5).expect("a valid constant");
        Mood {
            timer: late(Span::ZERO, if machine == Machine::Quiet { &QUIET_TICKS } else { &TICKS }),
            boot: draw(boot, "boot"),
            commit: draw(commit, "commit").0 as f64,
        }
    }

    /// SwarmKit's constants, on this machine.
    pub(super) fn profile(&self) -> Profile {
        let constants = Profile::swarm_current();
        Profile {
            disk_write: Distribution::log_normal(self.commit, 1.3).expect("a valid constant"),
            // The promptest quarter of orders to start a container took 2 ms besides their timers and the container.
            latency: Span::millis(1),
            timer_lateness: self.timer.clone(),
            assignment_batch: constants.assignment_batch + LATE,
            debounce: constants.debounce + LATE,
            reaper_batch: constants.reaper_batch + LATE,
            agent_retry: constants.agent_retry + LATE,
            boot: self.boot,
            ..constants
        }
    }
}

/// Whoever waited for that timer wakes up so much later, on that machine.
const WAKES: Span = Span::micros(500);

/// A restart delay is a timer, too; without a delay there is none.
pub(super) fn restart(policy: RestartPolicy) -> RestartPolicy {
    let delay = if policy.delay > Span::ZERO { policy.delay + LATE + WAKES } else { Span::ZERO };
    RestartPolicy { delay, ..policy }
}

/// Containers of these times, as late as containers were on that machine.
pub(super) fn container(times: &Times, machine: Machine) -> Container {
    let agent: &[(f64, f64)] = if machine == Machine::Quiet { &QUIET } else { &AGENT };
    let share = |share: f64| (share.min(1.0) * 1e6).round() as u32;
    Container {
        create: late(times.prepare, &TICKER),
        start: late(times.start, agent),
        stop: late(times.stop, agent),
        run: times.run.map(|run| late(run, &TICKER)),
        exit_code: times.exit_code,
        fails_to_prepare_ppm: share(times.fail_in_prepare),
        fails_to_start_ppm: share(times.fail_in_start),
        ready: None,
        sickens: None,
        uses: Use::default(),
    }
}

/// How late the ticker was: milliseconds and the share that is at most as late. A container's own time agrees, where it
/// can be told (`run_s`): 1 ms in the median, 2 ms at 90 %.
const TICKER: [(f64, f64); 5] = [(0.1, 0.0), (0.6, 0.5), (1.4, 0.95), (5.6, 0.99), (57.0, 1.0)];

/// How late each tick of the dispatcher's batch timer was. In the median as the ticker; its tail is that of the spans between
/// status batches that followed each other: of three ticks that nobody else delayed 5 % took 15 ms too long.
const TICKS: [(f64, f64); 6] = [(0.1, 0.0), (0.6, 0.5), (1.4, 0.9), (5.6, 0.97), (57.0, 0.997), (200.0, 1.0)];

/// The same on a quiet machine, where 51 ticks with three batches written in between took 5.13 to 5.14 s.
const QUIET_TICKS: [(f64, f64); 4] = [(0.4, 0.0), (0.55, 0.5), (0.7, 0.97), (2.0, 1.0)];

/// How busy the machine was while a group was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Machine {
    /// Busy to 96 %, with all other clusters.
    Busy,
    /// With few other clusters, or none.
    Quiet,
}

impl Machine {
    /// Going by the worst tick, in milliseconds, of half of a group's repetitions: 200 ms at 95 % in a busy hour, and not more
    /// than 20 in the clusters that were recorded alone afterwards.
    pub(super) fn of(worst_tick_ms: Option<f64>) -> Machine {
        if worst_tick_ms.is_some_and(|worst| worst < 15.0) { Machine::Quiet } else { Machine::Busy }
    }
}

/// How late an agent acted there.
const QUIET: [(f64, f64); 4] = [(0.2, 0.0), (1.0, 0.5), (2.5, 0.9), (10.0, 1.0)];

/// How late an agent acted on an order to start or to stop a container, from the change in the store to the container's
/// event, less the assignment batch and the container's time: 3 ms in the median, 9, 40, 85 and 200 ms at 75, 90, 95 and
/// 99 %, of which 1 ms is the way there.
const AGENT: [(f64, f64); 8] = [
    (0.0, 0.05),
    (1.0, 0.25),
    (2.0, 0.5),
    (8.0, 0.75),
    (39.0, 0.9),
    (84.0, 0.95),
    (200.0, 0.99),
    (400.0, 1.0),
];

fn late(span: Span, law: &[(f64, f64)]) -> Distribution {
    let points: Vec<(u64, f64)> =
        law.iter().map(|(ms, share)| (span.0 + (ms * 1e6) as u64, *share)).collect();
    Distribution::cdf(&points).expect("constants that ascend")
}
