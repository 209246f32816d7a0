//! What the managers know of a machine.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::units::Resources;

/// A node's role, as it is and not as it is desired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Runs tasks.
    #[default]
    Worker,
    /// Takes part in the Raft quorum, and runs tasks too unless drained.
    Manager,
}

impl Role {
    /// The role in Swarm's words.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Worker => "worker",
            Role::Manager => "manager",
        }
    }
}

/// What the operator wants of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Availability {
    /// Takes tasks.
    #[default]
    Active,
    /// Keeps its tasks and takes no new ones.
    Pause,
    /// Loses its tasks and takes no new ones.
    Drain,
}

/// What the managers believe of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeState {
    /// Not heard since it joined, or since the leader changed.
    Unknown,
    /// Its heartbeats are missing.
    Down,
    /// Heard in time.
    #[default]
    Ready,
    /// Its session was closed by the dispatcher.
    Disconnected,
}

impl NodeState {
    /// SwarmKit's name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            NodeState::Unknown => "unknown",
            NodeState::Down => "down",
            NodeState::Ready => "ready",
            NodeState::Disconnected => "disconnected",
        }
    }
}

impl Availability {
    /// SwarmKit's name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Availability::Active => "active",
            Availability::Pause => "pause",
            Availability::Drain => "drain",
        }
    }
}

/// Operating system and architecture; an empty string in a task's list means any.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    /// Such as `linux`; compared with regard to case.
    pub os: String,
    /// Such as `x86_64` (the same as `amd64`) or `aarch64` (the same as `arm64`).
    pub arch: String,
}

/// A plug-in of a node's engine, such as `("Network", "overlay")`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Plugin {
    /// `Network`, `Volume` or `Log`.
    pub kind: String,
    /// The plug-in's name, perhaps with `:latest`.
    pub name: String,
}

/// A countable resource other than CPU and memory, such as `gpu`, as a node offers it or has it left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generic {
    /// Its kind.
    pub kind: String,
    /// How much of it.
    pub stock: Stock,
}

/// How a generic resource is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stock {
    /// So many, all alike.
    Discrete(u64),
    /// These, by name; the first are taken first.
    Named(Vec<String>),
}

/// A node as the managers' store describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Its name, which is also its id in `node.id` constraints.
    pub name: String,
    /// Its host name; `node.hostname`.
    pub hostname: String,
    /// Its role as it is.
    pub role: Role,
    /// What the operator wants.
    pub availability: Availability,
    /// What the managers believe.
    pub state: NodeState,
    /// Its address, if it has told; `node.ip`.
    pub addr: Option<IpAddr>,
    /// Labels set by the operator; `node.labels.X`.
    pub labels: BTreeMap<String, String>,
    /// Labels of its engine; `engine.labels.X`.
    pub engine_labels: BTreeMap<String, String>,
    /// Its platform, if it has told.
    pub platform: Option<Platform>,
    /// What it has in all (not what is left).
    pub resources: Resources,
    /// Generic resources in all.
    pub generic: Vec<Generic>,
    /// Its engine's plug-ins; `None` if it has not described its engine, which passes the plug-in filter.
    pub plugins: Option<Vec<Plugin>>,
}

impl Node {
    /// Whether it may get new tasks: READY and ACTIVE.
    pub fn takes_tasks(&self) -> bool {
        self.state == NodeState::Ready && self.availability == Availability::Active
    }
}
