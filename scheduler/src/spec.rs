//! What a service asks of the node that is to run one of its tasks.

use crate::constraint::Constraint;
use crate::node::Platform;
use crate::units::Resources;

/// Transport protocol of a port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

/// Where a published port listens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PublishMode {
    /// On every node, through the routing mesh.
    #[default]
    Ingress,
    /// On the task's own node only.
    Host,
}

/// A port that a service publishes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port {
    /// Its protocol.
    pub protocol: Protocol,
    /// The container's port.
    pub target: u16,
    /// The port outside; 0 if it is left to the cluster.
    pub published: u16,
    /// Mesh or host.
    pub mode: PublishMode,
}

impl Port {
    /// The key under which a host-mode port is taken on a node; `None` if it takes none.
    pub fn host_key(&self) -> Option<(Protocol, u16)> {
        (self.mode == PublishMode::Host && self.published != 0).then_some((self.protocol, self.published))
    }
}

/// So many of one kind of generic resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GenericNeed {
    /// Such as `gpu`.
    pub kind: String,
    /// How many.
    pub count: u64,
}

/// One level of a placement preference, as written: only `spread` over `node.labels.X` or `engine.labels.X`
/// is understood by SwarmKit, and anything else is skipped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Preference {
    /// The spread descriptor, such as `node.labels.zone`.
    pub spread: String,
}

/// The version of a service's spec. Tasks of one service and version form one group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpecVersion(pub u64);

/// What a service's tasks need of a node, and how they are spread. All tasks of one service and version share it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskSpec {
    /// CPU and memory set aside for each task; what the resource filter looks at.
    pub reservations: Resources,
    /// CPU and memory a task may use at most; 0 is no limit. The scheduler ignores it.
    pub limits: Resources,
    /// Generic resources set aside for each task.
    pub generic: Vec<GenericNeed>,
    /// All must hold. A list that does not parse is empty here: SwarmKit switches the filter off then.
    pub constraints: Vec<Constraint>,
    /// Outermost first.
    pub preferences: Vec<Preference>,
    /// At most so many active tasks of the service on one node; 0 is no limit.
    pub max_replicas_per_node: u32,
    /// Published ports.
    pub ports: Vec<Port>,
    /// Any of these will do; empty is any at all.
    pub platforms: Vec<Platform>,
    /// Drivers of the networks it is attached to.
    pub network_drivers: Vec<String>,
    /// Drivers of its volumes. `local` and an empty one ask nothing of a node.
    pub volume_drivers: Vec<String>,
    /// Its log driver, if it names one.
    pub log_driver: Option<String>,
    /// The larger, the earlier its tasks are placed among those that wait. SwarmKit knows none; see
    /// [`Request::by_priority`](crate::plan::Request::by_priority).
    pub priority: u32,
}
