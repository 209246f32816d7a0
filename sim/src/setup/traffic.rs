//! Requests: who sends them, where they enter the mesh, and how the containers of a service answer.

use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span};

use super::Ask;
use crate::engine::distribution::Distribution;
use crate::engine::process::Process;

/// Requests that are sent to a service.
#[derive(Clone, Debug)]
pub struct Traffic {
    /// Its name, which names its random draws too.
    pub name: String,
    /// The service they are sent to.
    pub to: ServiceId,
    /// How they get at it.
    pub door: Door,
    /// Who sends them.
    pub from: Origin,
    /// When.
    pub load: Load,
    /// From when on.
    pub begins: SimTime,
    /// Up to when; none is sent at that time or later.
    pub ends: SimTime,
    /// How long a client waits for an answer.
    pub timeout: Span,
    /// How requests share connections. The mesh balances connections, not requests.
    pub connections: Connections,
    /// Who chooses the replica.
    pub balance: Balance,
    /// What they ask for: where proxies on their way pass them on to.
    pub ask: Ask,
}

/// How a request gets at the replicas of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Door {
    /// By a network: by a published port on any node for the ingress network, by its name for any other that both are attached
    /// to. An index into [`Setup::networks`](super::Setup::networks).
    Network(u32),
    /// By a port that a node publishes for its own task.
    Host,
    /// Not at all: they have no network in common, so its name stands for nothing.
    Nowhere,
}

/// Who sends requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Clients outside the swarm.
    Outside {
        /// The nodes that they enter by, each request by one of them at random.
        entries: Vec<NodeId>,
        /// How far they are from any of these nodes.
        latency: Span,
    },
    /// The containers of a service, each its share.
    Service(ServiceId),
}

/// When requests are sent.
#[derive(Clone, Debug)]
pub enum Load {
    /// Whether or not the ones before are answered.
    Open(Process),
    /// By users who wait for the answer, think, and send the next.
    Closed {
        /// How many users.
        users: u32,
        /// Nanoseconds from an answer, or its loss, to that user's next request. The first one comes after such a time too.
        think: Distribution,
    },
}

/// How requests share connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connections {
    /// A new one for each request.
    #[default]
    PerRequest,
    /// So many are kept, and requests take them in turn, side by side if they have to. A user of a closed load has one.
    Kept {
        /// How many.
        count: u32,
    },
}

/// Who chooses the replica that a connection goes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Balance {
    /// Whoever the service's endpoint mode says: IPVS on the node where the request enters, in turn, or the client, at random
    /// among the addresses that DNS gives it.
    #[default]
    Mesh,
    /// A proxy that knows what the node knows, at random.
    Random,
    /// A proxy that knows how many requests each replica has: the fewest, equal ones at random.
    LeastConnections,
    /// The same of that many replicas drawn at random.
    BestOf(u32),
}

/// How a container of a service answers requests.
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    /// How many requests it works on at once.
    pub slots: u32,
    /// In which order.
    pub discipline: Discipline,
    /// Nanoseconds of work for each request.
    pub work: Distribution,
    /// How many may wait; `None` is as many as come. One more is refused.
    pub queue: Option<u32>,
    /// What it asks of other services for each request, one after the other, when its own work is done.
    pub calls: Vec<Call>,
    /// Whether it finishes what it has when it is told to stop, within the grace period.
    pub drains: bool,
}

/// The order in which requests are worked on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Discipline {
    /// First come, first served; the others wait.
    #[default]
    Fcfs,
    /// All that are present share the container's speed equally; nobody waits.
    ProcessorSharing,
}

/// A request that a container sends while it works on one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// To which service.
    pub to: ServiceId,
    /// How it gets there.
    pub door: Door,
    /// How long it waits for the answer.
    pub timeout: Span,
    /// Whether it is done with the request when it has passed it on. Otherwise the request keeps its slot until the answer comes.
    pub hands_over: bool,
}
