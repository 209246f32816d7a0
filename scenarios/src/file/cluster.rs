//! `[cluster]` and `[[cluster.nodes]]`.

use schemars::JsonSchema;
use serde::Deserialize;
use swarmbed_scheduler::node::{Availability, Role};
use swarmbed_sim::manager::raft::rules::WriteOrder;
use swarmbed_sim::profile::Profile;

use super::constants::{Setting, Shown, constants, word};
use crate::mistakes::Mistakes;
use crate::value::{
    Addr, Count, Cpus, Law, Name, Named, OneOrMore, Piece, Platform, Rate, Size, Switch, Text, TimeSpan,
    Word, Words, Written,
};

constants! {
    /// The machines, and the constants of their control plane.
    Cluster sets Profile besides (name, gossip) {
        /// A named set of constants; any of them can be set beside it.
        #[schemars(extend("x-default" = "swarm-current"))]
        pub(crate) profile: Option<Written<Word<ProfileName>>>,
        /// Classes of machines.
        #[serde(default)]
        pub(crate) nodes: Vec<NodeClass>,
    }

    /// Mean time between a node's heartbeats.
    heartbeat: Written<TimeSpan>, "manager/dispatcher/dispatcher.go:31";
    /// Each period is drawn from the mean less this to the mean plus this.
    heartbeat_epsilon: Written<TimeSpan>, "manager/dispatcher/dispatcher.go:32";
    /// A node is DOWN after this many of its last period without a heartbeat.
    grace_multiplier: Written<Count<1, 1000>>, "manager/dispatcher/dispatcher.go:33";
    /// After this long DOWN a node's tasks become ORPHANED.
    orphan_after: Written<TimeSpan>, "manager/dispatcher/dispatcher.go:52";
    /// A node's registrations beyond this many in quick succession are refused.
    registration_limit: Written<Count<0, 1_000_000>>, "manager/dispatcher/dispatcher.go:34";
    /// Registrations no farther apart than this are in quick succession.
    registration_gap: Written<TimeSpan>, "manager/dispatcher/nodes.go:14";
    /// Whether a node's state is written to the store by itself, at once, instead of with the next batch.
    node_states_at_once: Written<Switch>, "docker 1.12: manager/dispatcher/dispatcher.go";
    /// How often the tasks' status reports are written to the store.
    status_batch: Written<TimeSpan>, "manager/dispatcher/dispatcher.go:44";
    /// From this many waiting status reports on they are written at once.
    status_batch_limit: Written<Count<1, 1_000_000>>, "manager/dispatcher/dispatcher.go:38";
    /// A node's assignments are sent this long after the last change.
    assignment_batch: Written<TimeSpan>, "manager/dispatcher/dispatcher.go:46";
    /// From this many changes on a node's assignments are sent at once.
    assignment_batch_limit: Written<Count<1, 1_000_000>>, "manager/dispatcher/dispatcher.go:47";
    /// The scheduler runs after this much quiet in the store.
    debounce: Written<TimeSpan>, "manager/scheduler/scheduler.go:152";
    /// The scheduler does not wait longer than this for quiet.
    debounce_cap: Written<TimeSpan>, "manager/scheduler/scheduler.go:154";
    /// Most changes in one transaction.
    transaction_limit: Written<Count<1, 1_000_000>>, "manager/state/store/memory.go:47";
    /// How long a manager takes to write to its disk.
    disk_write: Law, "ours: a solid-state disk";
    /// The length of a manager's Raft tick.
    raft_tick: Written<TimeSpan>, "manager/state/raft/raft.go:218";
    /// A leader sends heartbeats every so many ticks.
    raft_heartbeat_ticks: Written<Count<1, 1_000>>, "manager/state/raft/raft.go:488";
    /// A manager stands for election after this many ticks without a leader at least, and fewer than twice as many.
    raft_election_ticks: Written<Count<2, 10_000>>, "manager/state/raft/raft.go:484";
    /// Whether a leader steps down without a quorum, and a vote is refused while the leader is heard.
    raft_check_quorum: Written<Switch>, "manager/state/raft/raft.go:493";
    /// The managers' logs are cut after this many entries.
    raft_snapshot_every: Written<Count<1, 1_000_000>>, "manager/state/raft/raft.go:500";
    /// This many entries before the cut are kept for slow managers.
    raft_keep: Written<Count<0, 1_000_000>>, "manager/state/raft/raft.go:501";
    /// The most messages with entries on their way to one manager.
    raft_inflight: Written<Count<1, 1_000_000>>, "manager/state/raft/raft.go:490";
    /// What a leader does first with a new entry.
    write_order: Written<Word<WriteOrder>>, "manager/state/raft/raft.go: it saves before it sends";
    /// From a machine to any other, one way.
    latency: Written<TimeSpan>, "ours: one site";
    /// How late a repeating timer of the dispatcher fires, each time.
    timer_lateness: Law, "ours: fitted to recordings";
    /// How long an agent waits for an answer.
    rpc_timeout: Written<TimeSpan>, "agent/agent.go";
    /// An agent's first back-off.
    backoff_first: Written<TimeSpan>, "agent/agent.go:18";
    /// An agent's longest back-off.
    backoff_longest: Written<TimeSpan>, "agent/agent.go:19";
    /// After this an agent tries a cancelled operation again.
    agent_retry: Written<TimeSpan>, "agent/task.go:172";
    /// From a task's withdrawal from the load balancers to its container's signal to stop.
    withdrawal: Written<TimeSpan>, "daemon/cluster/executor/container/controller.go:24";
    /// From power-on to the agent's first registration.
    boot: Written<TimeSpan>, "ours: none";
    /// The longest wait for an old task to stop before its replacement starts.
    old_task_timeout: Written<TimeSpan>, "manager/orchestrator/restart/restart.go:20";
    /// Tasks kept for each slot, the live one included.
    task_history: Written<Count<0, 1_000_000>>, "manager/manager.go:57";
    /// The task reaper runs this long after the first reason to.
    reaper_batch: Written<TimeSpan>, "manager/orchestrator/taskreaper/task_reaper.go:18";
    /// From this many reasons on the task reaper runs at once.
    reaper_batch_limit: Written<Count<1, 1_000_000>>, "manager/orchestrator/taskreaper/task_reaper.go:20";
    /// How often each node measures its use, if the strategy reads it; `0s` is all the time.
    metrics_period: Written<TimeSpan>, "ours: the resolution of Kubernetes' metrics-server";
    /// From a measurement until the managers know of it.
    metrics_lag: Written<TimeSpan>, "ours";
    /// What a strategy sees is the mean of the measurements of this time, at least of one.
    metrics_window: Written<TimeSpan>, "ours: one measurement";
}

impl Shown for WriteOrder {
    fn shown(&self) -> String {
        word(self)
    }
}

impl Words for WriteOrder {
    const NAME: &'static str = "WriteOrder";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("serial", WriteOrder::Serial),
        ("parallel", WriteOrder::Parallel),
        ("parallel-as-one", WriteOrder::ParallelAsOne),
    ];
}

/// The name of a profile.
#[derive(Clone, Copy)]
pub(crate) struct ProfileName(pub(crate) &'static str);

impl Words for ProfileName {
    const NAME: &'static str = "Profile";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("swarm-current", ProfileName("swarm-current")),
        ("swarm-next", ProfileName("swarm-next")),
        ("swarm-2016", ProfileName("swarm-2016")),
    ];
}

/// A class of machines that are all alike.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with the name of a class of machines")]
pub(crate) struct NodeClass {
    /// The machine's name; with `count` its machines are called `<name>-1`, `<name>-2`, ….
    pub(crate) name: Written<Name>,
    /// How many machines.
    #[schemars(extend("x-default" = "one, called `<name>` alone"))]
    pub(crate) count: Option<Written<Count<1, 100_000>>>,
    /// Worker, or manager: takes part in the quorum, and runs tasks too unless it is drained.
    #[schemars(extend("x-default" = "worker"))]
    pub(crate) role: Option<Written<Word<Role>>>,
    /// What the operator wants of the node at the start.
    #[schemars(extend("x-default" = "active"))]
    pub(crate) availability: Option<Written<Word<Availability>>>,
    /// CPUs of each machine.
    #[schemars(extend("x-default" = "8"))]
    pub(crate) cpu: Option<Written<Cpus>>,
    /// Memory of each machine.
    #[schemars(extend("x-default" = "32GiB"))]
    pub(crate) memory: Option<Written<Size>>,
    /// Labels of the node, for `node.labels.…`. `zone`, `rack` and `site` are set by themselves unless they stand here.
    #[serde(default)]
    pub(crate) labels: Named<Written<Text>>,
    /// Labels of its engine, for `engine.labels.…`.
    #[serde(default)]
    pub(crate) engine_labels: Named<Written<Text>>,
    /// Failure domains to which the machines are dealt in turn.
    #[serde(default)]
    pub(crate) zones: Vec<Written<Name>>,
    /// The site that the machines are in; a zone is in one site.
    pub(crate) site: Option<Written<Name>>,
    /// How many racks each zone has, called `<zone>/1`, `<zone>/2`, …; machines are dealt to them in turn.
    pub(crate) racks_per_zone: Option<Written<Count<1, 10_000>>>,
    /// Operating system and architecture.
    #[schemars(extend("x-default" = "linux/x86_64"))]
    pub(crate) platform: Option<Written<Platform>>,
    /// The first machine's address, for `node.ip`; the others follow it.
    pub(crate) addr: Option<Written<Addr>>,
    /// Countable resources such as GPUs: how many of each kind, or a list of their names.
    #[serde(default)]
    pub(crate) generic: Named<Stock>,
    /// The engine's plug-ins. Without this key the machine has every plug-in that is asked for.
    pub(crate) plugins: Option<Plugins>,
    /// Whether the machines are members from the start, or a step of the timeline (`do = "join"`) brings them.
    #[schemars(extend("x-default" = "start"))]
    pub(crate) joins: Option<Written<Word<Joins>>>,
    /// How fast each machine pulls images, one after the other.
    #[schemars(extend("x-default" = "100MiB/s", "x-source" = "ours: a gigabit link"))]
    pub(crate) pull_rate: Option<Written<Rate>>,
    /// Images that are present at the start, of those listed under `[images]`.
    #[serde(default)]
    pub(crate) images: Vec<Written<Text>>,
}

/// Countable resources of one kind: how many, or their names.
pub(crate) type Stock = OneOrMore<Piece>;

/// The plug-ins of a machine's engine, by name.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(crate) struct Plugins {
    /// Network drivers.
    #[serde(default)]
    pub(crate) network: Vec<Written<Text>>,
    /// Volume drivers.
    #[serde(default)]
    pub(crate) volume: Vec<Written<Text>>,
    /// Log drivers.
    #[serde(default)]
    pub(crate) log: Vec<Written<Text>>,
}

/// When a machine becomes a member.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Joins {
    /// At the start.
    Start,
    /// When the timeline says so.
    Later,
}

impl Words for Joins {
    const NAME: &'static str = "Joins";
    const WORDS: &'static [(&'static str, Self)] = &[("start", Joins::Start), ("later", Joins::Later)];
}

impl Words for Role {
    const NAME: &'static str = "Role";
    const WORDS: &'static [(&'static str, Self)] = &[("manager", Role::Manager), ("worker", Role::Worker)];
}

impl Words for Availability {
    const NAME: &'static str = "Availability";
    const WORDS: &'static [(&'static str, Self)] =
        &[("active", Availability::Active), ("pause", Availability::Pause), ("drain", Availability::Drain)];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_can_be_named() {
        let words = ProfileName::WORDS.iter().map(|(word, name)| (*word, name.0));
        assert!(words.eq(Profile::NAMES.map(|name| (name, name))));
    }
}
