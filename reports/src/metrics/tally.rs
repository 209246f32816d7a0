//! Counters of what was observed, and the durations that need a start and an end.

use std::collections::BTreeMap;

use swarmbed_scheduler::node::NodeState;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{NodeId, SimTime};
use swarmbed_sim::observation::Observation;

/// How often each thing was observed.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Observations of every kind.
    pub observations: u64,
    /// Tasks that came to each state past RUNNING, in the order of [`Tally::ENDS`].
    pub ends: [u64; 5],
    /// Tasks created.
    pub tasks_created: u64,
    /// Tasks deleted.
    pub tasks_deleted: u64,
    /// Tasks created in the place of an earlier one.
    pub restarts: u64,
    /// New reasons to wait.
    pub refusals: u64,
    /// Containers started.
    pub containers_started: u64,
    /// Containers ended.
    pub containers_exited: u64,
    /// Nodes declared DOWN.
    pub declared_down: u64,
    /// Machines that lost power.
    pub crashed: u64,
    /// Machines that booted.
    pub booted: u64,
    /// Machines cut off.
    pub silenced: u64,
    /// Machines that stood still.
    pub frozen: u64,
    /// Sessions opened.
    pub sessions_opened: u64,
    /// Sessions given up.
    pub sessions_lost: u64,
    /// Commands of the operator.
    pub commands: u64,
    /// Commands refused.
    pub commands_refused: u64,
    /// Leaders elected.
    pub elections: u64,
    /// Members added to the managers' Raft.
    pub managers_added: u64,
    /// Members removed from it.
    pub managers_removed: u64,
    /// Entries that a new cluster was forced without.
    pub entries_lost: u64,
    /// Times the network was harmed.
    pub network_harmed: u64,
    /// How long each time without a leader took that is over, nanoseconds.
    pub leaderless: Vec<u64>,
    /// Since when there is no leader.
    pub leaderless_since: Option<SimTime>,
    /// Transactions.
    pub transactions: u64,
    /// Changes in transactions.
    pub changes: u64,
    /// Services that came by themselves.
    pub arrived: u64,
    /// Runs of the scheduler.
    pub placement_runs: u64,
    /// Decisions to place.
    pub placed: u64,
    /// Decisions to refuse.
    pub refused: u64,
    /// Decisions by the tie rule.
    pub ties: u64,
    /// How long each pull took, nanoseconds.
    pub pulls: Vec<u64>,
    pulling: BTreeMap<(NodeId, u32), SimTime>,
}

impl Tally {
    /// How long there was no leader in all, up to that time.
    pub fn leaderless_by(&self, end: SimTime) -> u64 {
        let now = self.leaderless_since.map_or(0, |since| end.since(since).nanos());
        self.leaderless.iter().sum::<u64>() + now
    }

    /// The states that [`Tally::ends`] counts, and the metrics they are written under.
    pub const ENDS: [(TaskState, &'static str); 5] = [
        (TaskState::Complete, "tasks.complete"),
        (TaskState::Failed, "tasks.failed"),
        (TaskState::Rejected, "tasks.rejected"),
        (TaskState::Shutdown, "tasks.shutdown"),
        (TaskState::Orphaned, "tasks.orphaned"),
    ];

    /// Counts one observation.
    pub fn observe(&mut self, at: SimTime, what: &Observation) {
        use Observation::*;
        self.observations += 1;
        match *what {
            ServiceArrived { .. } => self.arrived += 1,
            TaskCreated { attempt, .. } => {
                self.tasks_created += 1;
                self.restarts += u64::from(attempt > 1);
            }
            TaskStateChanged { to, .. } => {
                if let Some(end) = Self::ENDS.iter().position(|(state, _)| *state == to) {
                    self.ends[end] += 1;
                }
            }
            TaskDeleted { .. } => self.tasks_deleted += 1,
            TaskRefused { .. } => self.refusals += 1,
            ContainerStarted { .. } => self.containers_started += 1,
            ContainerExited { .. } => self.containers_exited += 1,
            NodeStateChanged { to: NodeState::Down, .. } => self.declared_down += 1,
            MachineCrashed { .. } => self.crashed += 1,
            MachineBooted { .. } => self.booted += 1,
            MachineSilenced { .. } => self.silenced += 1,
            MachineFroze { .. } => self.frozen += 1,
            SessionOpened { .. } => self.sessions_opened += 1,
            SessionLost { .. } => self.sessions_lost += 1,
            CommandReceived { .. } => self.commands += 1,
            CommandRefused { .. } => self.commands_refused += 1,
            LeaderElected { .. } => self.elections += 1,
            ManagerAdded { .. } => self.managers_added += 1,
            ManagerRemoved { .. } => self.managers_removed += 1,
            ClusterForced { lost, .. } => self.entries_lost += u64::from(lost),
            NetworkHarmed { .. } => self.network_harmed += 1,
            LeadershipLost { .. } => self.leaderless_since = Some(at),
            LeaderReady { .. } => {
                let since = self.leaderless_since.take();
                self.leaderless.extend(since.map(|since| at.since(since).nanos()));
            }
            TransactionCommitted { changes } => {
                self.transactions += 1;
                self.changes += u64::from(changes);
            }
            PlacementRan { placed, refused, ties } => {
                self.placement_runs += 1;
                self.placed += u64::from(placed);
                self.refused += u64::from(refused);
                self.ties += u64::from(ties);
            }
            PullStarted { node, image } => {
                self.pulling.insert((node, image), at);
            }
            PullEnded { node, image } => {
                let began = self.pulling.remove(&(node, image)).unwrap_or(at);
                self.pulls.push(at.since(began).nanos());
            }
            _ => {}
        }
    }
}
