//! The families of situations that can be rebuilt. Each plays its situation and measures what the recordings measured.
//!
//! How the recordings' driver went about it (when it acted, what it took as a duration's ends) is read off the events in
//! the recordings: computing every duration of every recorded run anew from its events gives the recorded values.

use std::sync::Arc;

use swarmbed_scheduler::strategy::Strategy;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span};
use swarmbed_sim::setup::{Action, Mode};

use super::chronicle::Life;
use super::cluster;
use super::samples::Samples;
use super::situation::Situation;
use super::stage::Stage;

mod drain;
mod global;
mod leader_loss;
mod quorum_loss;
mod restart;
mod scale;
mod update;
mod worker_loss;

/// The only service of every situation.
const SERVICE: ServiceId = ServiceId(0);

/// Rounds played before the first that counts, where the recordings repeat their situation on one cluster: then tasks
/// stand as earlier rounds have left them.
const WARM_UP: u32 = 2;

/// Rounds that count.
const ROUNDS: u32 = 4;

/// Seconds between two rounds, and up to one more.
const BETWEEN_ROUNDS: f64 = 2.0;

/// A family of situations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Drain,
    Global,
    LeaderLoss,
    QuorumLoss,
    Restart,
    Scale,
    /// Both `update` and `update_failing`.
    Update,
    WorkerLoss,
}

impl Family {
    /// The family of that name, if it is simulated.
    pub(super) fn named(name: &str) -> Option<Family> {
        match name {
            "drain" => Some(Family::Drain),
            "global" => Some(Family::Global),
            "leader_loss" => Some(Family::LeaderLoss),
            "quorum_loss" => Some(Family::QuorumLoss),
            "restart" => Some(Family::Restart),
            "scale" => Some(Family::Scale),
            "update" | "update_failing" => Some(Family::Update),
            "worker_loss" => Some(Family::WorkerLoss),
            _ => None,
        }
    }

    /// Plays all situations of a recording and returns each one's repetitions. Every situation has a cluster of its own,
    /// but for `restart`.
    pub(super) fn play(
        self,
        situations: &[Situation],
        seed: u64,
        strategy: &Arc<dyn Strategy>,
    ) -> Vec<Vec<Samples>> {
        let alone = match self {
            Family::Restart => return restart::play(situations, seed, strategy),
            Family::Drain => drain::play,
            Family::Global => global::play,
            Family::LeaderLoss => leader_loss::play,
            Family::QuorumLoss => quorum_loss::play,
            Family::Scale => scale::play,
            Family::Update => update::play,
            Family::WorkerLoss => worker_loss::play,
        };
        situations.iter().map(|situation| alone(situation, seed, strategy)).collect()
    }
}

/// Plays the rounds of a situation that is repeated on one cluster.
fn rounds(stage: &mut Stage, mut round: impl FnMut(&mut Stage, &mut Samples)) -> Vec<Samples> {
    let play = |_| {
        let mut samples = Samples::default();
        round(stage, &mut samples);
        stage.dawdle(BETWEEN_ROUNDS);
        samples
    };
    (0..WARM_UP + ROUNDS).map(play).skip(WARM_UP as usize).collect()
}

/// A cluster on which the replicated service has been running for a while.
fn replicated(situation: &Situation, seed: u64, strategy: &Arc<dyn Strategy>) -> Stage {
    let mode = Mode::Replicated { replicas: situation.replicas };
    let mut stage = Stage::new(cluster::setup(&[situation], |_| mode, 0, seed, strategy));
    stage.act(Action::Create { service: SERVICE });
    let times = &situation.container;
    stage.wait(times.prepare + times.start + Span::secs(10));
    stage
}

/// The manager that leads; the first one does at the start.
fn leader(stage: &Stage) -> NodeId {
    stage.chronicle.leader().unwrap_or(NodeId(0))
}

/// All nodes, managers first.
fn nodes(situation: &Situation) -> impl Iterator<Item = NodeId> {
    (0..situation.managers + situation.workers).map(NodeId)
}

/// What a replacement went through, as the recordings tell it; `since` is what it was made for.
fn measure_replacement(since: (&str, Option<SimTime>), new: &Life, samples: &mut Samples) {
    let (created, assigned) = (Some(new.created()), new.reached(TaskState::Assigned));
    let (allowed, running) = (new.allowed(), new.reached(TaskState::Running));
    let (what, at) = since;
    samples.span(&format!("{what} to replacement created"), at, created);
    samples.span(&format!("{what} to replacement assigned"), at, assigned);
    samples.span(&format!("{what} to replacement allowed to run"), at, allowed);
    samples.span(&format!("{what} to replacement running"), at, running);
    samples.span("replacement created to assigned", created, assigned);
    samples.span("replacement assigned to preparing", assigned, new.reached(TaskState::Preparing));
    samples.span("replacement created to allowed to run", created, allowed);
    samples.span("replacement allowed to run to running", allowed, running);
}

/// The workers that have tasks: only these are drained or lost.
fn with_tasks(situation: &Situation, stage: &Stage) -> Vec<NodeId> {
    let workers = (0..situation.workers).map(|number| cluster::worker(situation, number));
    workers.filter(|node| stage.chronicle.wanted_on(*node).next().is_some()).collect()
}
