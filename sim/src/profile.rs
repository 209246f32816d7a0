//! Named sets of control-plane constants. Every one cites where it comes from; `swarm-semantics` is the sheet of
//! rules read from `moby/swarmkit` at commit 3e72cb6.

use swarmbed_scheduler::Span;

use crate::engine::distribution::Distribution;
use crate::manager::raft::rules::{Rules, WriteOrder};
use crate::worker::gossip::rules as gossip;

/// Constants of the control plane. A scenario names a profile and may override any of them.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its name.
    pub name: &'static str,
    /// Mean time between heartbeats (`manager/dispatcher/dispatcher.go:31`).
    pub heartbeat: Span,
    /// Half the width of the uniform jitter of each period (`dispatcher.go:32`).
    pub heartbeat_epsilon: Span,
    /// A node is DOWN after this many of its last period without a beat (`dispatcher.go:33`).
    pub grace_multiplier: u32,
    /// After how long DOWN a node's tasks become ORPHANED (`dispatcher.go:52`).
    pub orphan_after: Span,
    /// A tracked node's registrations beyond this many in quick succession are refused (`dispatcher.go:34`).
    pub registration_limit: u32,
    /// What "quick succession" is: gaps of at most this (`nodes.go:14`).
    pub registration_gap: Span,
    /// Whether node states are written at once, and not with the next batch of status reports.
    pub node_states_at_once: bool,
    /// How often status reports are written (`dispatcher.go:44`).
    pub status_batch: Span,
    /// From how many waiting reports they are written at once (`dispatcher.go:38`).
    pub status_batch_limit: u32,
    /// Assignments are sent this long after the last change (`dispatcher.go:46`).
    pub assignment_batch: Span,
    /// From how many changes they are sent at once (`dispatcher.go:47`).
    pub assignment_batch_limit: u32,
    /// The scheduler runs after this much quiet (`manager/scheduler/scheduler.go:152`).
    pub debounce: Span,
    /// The scheduler does not wait longer than this for quiet (`scheduler.go:154`).
    pub debounce_cap: Span,
    /// Most changes in one transaction (`manager/state/store/memory.go:47`).
    pub transaction_limit: u32,
    /// The length of a manager's Raft tick (`manager/state/raft/raft.go:218`).
    pub raft_tick: Span,
    /// A leader sends heartbeats every so many ticks (`raft.go:488`).
    pub raft_heartbeat_ticks: u32,
    /// A manager stands for election after so many ticks without a leader at least, and fewer than twice as many
    /// (`raft.go:484`).
    pub raft_election_ticks: u32,
    /// Whether a leader steps down without a quorum, and a vote is refused while the leader is heard (`raft.go:493`).
    pub raft_check_quorum: bool,
    /// The managers' logs are cut after so many entries (`raft.go:500`).
    pub raft_snapshot_every: u32,
    /// So many entries before the cut are kept for slow managers (`raft.go:501`).
    pub raft_keep: u32,
    /// The most messages with entries on their way to one manager (`raft.go:490`).
    pub raft_inflight: u32,
    /// What a leader does first with a new entry: it writes, or it writes and sends at once.
    pub write_order: WriteOrder,
    /// How long a manager's write to its disk takes, nanoseconds.
    pub disk_write: Distribution,
    /// One way between any two machines.
    pub latency: Span,
    /// How late a repeating timer of the dispatcher fires, each time, nanoseconds.
    pub timer_lateness: Distribution,
    /// How long an agent waits for an answer (`agent/agent.go`).
    pub rpc_timeout: Span,
    /// The agent's first back-off (`agent/agent.go:18`).
    pub backoff_first: Span,
    /// The agent's longest back-off (`agent/agent.go:19`).
    pub backoff_longest: Span,
    /// The agent retries a cancelled operation after this (`agent/task.go:172`).
    pub agent_retry: Span,
    /// From a task's withdrawal from the load balancers to its container's signal to stop, so that they may hear of it
    /// (`daemon/cluster/executor/container/controller.go:24`).
    pub withdrawal: Span,
    /// From power-on to the agent's first registration.
    pub boot: Span,
    /// The longest wait for an old task to stop (`manager/orchestrator/restart/restart.go:20`).
    pub old_task_timeout: Span,
    /// Tasks kept per slot, the live one included (`manager/manager.go:57`); negative keeps all.
    pub task_history: i64,
    /// The reaper runs this long after the first reason (`taskreaper/task_reaper.go:18`).
    pub reaper_batch: Span,
    /// From how many reasons the reaper runs at once (`task_reaper.go:20`).
    pub reaper_batch_limit: u32,
    /// Each node measures its use once in this time, if the strategy reads it; zero is all the time. Ours: Swarm
    /// measures nothing; this is the resolution of Kubernetes' metrics-server (`--metric-resolution`).
    pub metrics_period: Span,
    /// After this the measurement reaches the managers. Ours.
    pub metrics_lag: Span,
    /// What is seen is the mean of the measurements of this time, at least of one. Ours: no smoothing.
    pub metrics_window: Span,
    /// How nodes tell each other, without the managers, who is alive and where tasks are.
    pub gossip: gossip::Rules,
}

impl Profile {
    /// The rules of the managers' Raft.
    pub fn raft(&self) -> Rules {
        Rules {
            tick: self.raft_tick,
            heartbeat_ticks: self.raft_heartbeat_ticks,
            election_ticks: self.raft_election_ticks,
            check_quorum: self.raft_check_quorum,
            write_order: self.write_order,
            inflight: self.raft_inflight,
            snapshot_every: u64::from(self.raft_snapshot_every),
            keep: u64::from(self.raft_keep),
            ..Rules::default()
        }
    }

    /// The names of all profiles.
    pub const NAMES: [&'static str; 3] = ["swarm-current", "swarm-next", "swarm-2016"];

    /// The profile of that name.
    pub fn named(name: &str) -> Option<Profile> {
        match name {
            "swarm-current" => Some(Profile::swarm_current()),
            "swarm-next" => Some(Profile::swarm_next()),
            "swarm-2016" => Some(Profile::swarm_2016()),
            _ => None,
        }
    }

    /// SwarmKit and Docker Engine 29.7.2, as of 2026.
    pub fn swarm_current() -> Profile {
        Profile {
            name: "swarm-current",
            heartbeat: Span::secs(5),
            heartbeat_epsilon: Span::millis(500),
            grace_multiplier: 3,
            orphan_after: Span::secs(24 * 3600),
            registration_limit: 3,
            registration_gap: Span::secs(8),
            node_states_at_once: false,
            status_batch: Span::millis(100),
            status_batch_limit: 10_000,
            assignment_batch: Span::millis(100),
            assignment_batch_limit: 100,
            debounce: Span::millis(50),
            debounce_cap: Span::secs(1),
            transaction_limit: 200,
            raft_tick: Span::secs(1),
            raft_heartbeat_ticks: 1,
            raft_election_ticks: 10,
            raft_check_quorum: true,
            raft_snapshot_every: 10_000,
            raft_keep: 500,
            raft_inflight: 256,
            write_order: WriteOrder::Serial,
            disk_write: Distribution::log_normal(1_500_000.0, 0.5).expect("a valid constant"),
            latency: Span::micros(500),
            timer_lateness: Distribution::constant(100_000),
            rpc_timeout: Span::secs(5),
            backoff_first: Span::millis(100),
            backoff_longest: Span::secs(8),
            agent_retry: Span::secs(1),
            withdrawal: Span::secs(2),
            boot: Span::ZERO,
            old_task_timeout: Span::secs(60),
            task_history: 5,
            reaper_batch: Span::millis(250),
            reaper_batch_limit: 1000,
            metrics_period: Span::secs(15),
            metrics_lag: Span::secs(1),
            metrics_window: Span::secs(15),
            gossip: gossip::Rules::default(),
        }
    }

    /// The release after 29.7.2, as its sources stand in August 2026: the records of a failed node are hidden, not deleted.
    pub fn swarm_next() -> Profile {
        let mut profile = Profile { name: "swarm-next", ..Profile::swarm_current() };
        profile.gossip.failed_entries = gossip::FailedEntries::Hidden;
        profile
    }

    /// SwarmKit as first shipped with Docker 1.12 in 2016, read from `manager/dispatcher/dispatcher.go` of that summer:
    /// assignments were sent with every change, node states written at once, registrations not limited, and tasks of a
    /// node that stays down never became orphans. A manager stood for election after 3 to 5 ticks. A node had one queue of news.
    pub fn swarm_2016() -> Profile {
        Profile {
            name: "swarm-2016",
            orphan_after: Span::LONGEST,
            registration_limit: u32::MAX,
            node_states_at_once: true,
            assignment_batch: Span::ZERO,
            raft_election_ticks: 3,
            gossip: gossip::Rules { own_first: false, ..gossip::Rules::default() },
            ..Profile::swarm_current()
        }
    }
}
