//! What it costs to be without a leader: machines that fail meanwhile are not noticed and their tasks not replaced, and
//! operators are refused.

use swarmbed_sim::profile::Profile;

use super::forced::Disks;
use super::{Core, Question};
use crate::quorum::YEAR;
use crate::stats::Estimate;

/// What a year costs those who need a leader.
#[derive(Clone, Debug, PartialEq)]
pub struct Costs {
    /// Failures of other machines a year that meet no leader, or take it with them: by themselves, or with their zone.
    pub delayed: Estimate,
    /// Minutes that each of them waits for one, on average; nothing if there are none.
    pub delay: Option<f64>,
    /// Their tasks times the minutes that they wait for a leader, a year.
    pub replica_minutes: Estimate,
    /// Commands of operators a year that are refused.
    pub refused: Estimate,
    /// The chance of a year that only `--force-new-cluster` helps.
    pub forced: f64,
    /// The share of a processor that the leader is busy with heartbeats and reports.
    pub busy: f64,
}

/// Reports on a task that is replaced: one for each state from ASSIGNED to RUNNING, more or less.
const REPORTS: f64 = 6.0;

/// How busy a leader is: each node's heartbeats, those to other managers with their answers, and reports on the tasks that
/// are started because nodes fail. All of them are taken to cost as much: nobody has published what they do.
fn busy(question: &Question, managers: u32) -> f64 {
    let profile = Profile::swarm_current();
    let beats = f64::from(question.nodes) / profile.heartbeat.as_secs_f64();
    let of_raft = 2.0 * f64::from(managers - 1) / profile.raft_tick.as_secs_f64();
    let failures = f64::from(question.nodes) / ((question.mttf + question.mttr) * 3600.0);
    question.beat * (beats + of_raft + failures * question.tasks * REPORTS)
}

/// What follows from what the core says of so many managers: other machines fail as managers do, and stand in zones as
/// evenly as can be.
pub(super) fn costs(question: &Question, managers: u32, core: &Core) -> Costs {
    let others = f64::from(question.nodes.saturating_sub(managers));
    let rate = others / (question.mttf + question.mttr);
    let in_zone = others / f64::from(question.zones);
    let delayed = sum(core.leaderless.times(rate), core.falls.times(in_zone));
    let waited = sum(core.rest.times(rate), core.falls_rest.times(in_zone));
    let disks = Disks { managers, mttf: question.mttf, mttr: question.mttr, lost: question.lost };
    Costs {
        delayed,
        delay: Some(60.0 * waited.value / delayed.value).filter(|delay| delay.is_finite()),
        replica_minutes: waited.times(60.0 * question.tasks),
        refused: core.refusing.times(question.operations / YEAR),
        forced: disks.chance_a_year(),
        busy: busy(question, managers),
    }
}

/// The sum of two estimates from the same runs: they may err together.
fn sum(one: Estimate, other: Estimate) -> Estimate {
    Estimate { value: one.value + other.value, se: one.se + other.se, n: one.n }
}
