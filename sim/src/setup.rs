//! The run as meant: everything a simulation is built from, checked and resolved.
//!
//! Names are interned here: machines and services stand in byte order of their names, so that an ascending id is an
//! ascending name and no table's key order can reach a result.

mod demand;
mod fault;
mod harm;
mod link;
mod plain;
mod proxy;
mod traffic;
mod update;

use std::sync::Arc;

use swarmbed_scheduler::node::{Availability, Node};
use swarmbed_scheduler::spec::{PublishMode, TaskSpec};
use swarmbed_scheduler::strategy::Strategy;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span};

use crate::engine::distribution::Distribution;
use crate::profile::Profile;

pub use demand::{Base, Curve, Demand, Use};
pub use fault::{Course, Drawn, Fault, FaultPart, Outage, Strikes};
pub use harm::{Harm, HarmPlace};
pub use link::{Link, LinkEnd, Place, Quality};
pub use proxy::{Ask, Check, Deals, Proxy, Route};
pub use traffic::{Balance, Call, Connections, Discipline, Door, Load, Origin, Server, Traffic};
pub use update::{
    EndpointMode, FailureAction, Health, INGRESS, Network, Revision, UpdateConfig, UpdateOrder,
};

/// Everything a [`Simulation`](crate::Simulation) is built from. Once it is built, a simulation cannot fail.
#[derive(Clone)]
pub struct Setup {
    /// The scenario's name, for reports.
    pub scenario: String,
    /// Seed of every random draw.
    pub seed: u64,
    /// When the run ends.
    pub end: End,
    /// Constants of the control plane.
    pub profile: Profile,
    /// How nodes are chosen.
    pub strategy: Arc<dyn Strategy>,
    /// Every machine that is ever a member, by ascending name.
    pub machines: Vec<Machine>,
    /// Links that are written; the others follow from where the machines stand.
    pub links: Vec<Link>,
    /// Images that have to be pulled; an image that is not listed is present everywhere.
    pub images: Vec<Image>,
    /// Every overlay network; the first is the ingress network, the others stand by ascending name.
    pub networks: Vec<Network>,
    /// Every service that ever exists, by ascending name.
    pub services: Vec<Service>,
    /// What services are updated to; see [`Setup::spec`].
    pub revisions: Vec<Service>,
    /// Services that come by themselves. While the run goes on they are appended to `services`, each a little before it comes
    /// and behind those that are known beforehand; their ids are the same under every strategy.
    pub workloads: Vec<Workload>,
    /// Whether what containers really use is reported as it changes. What a strategy reads is measured either way.
    pub metered: bool,
    /// How demands rise and fall with time.
    pub curves: Vec<Curve>,
    /// What the operator does and what happens to machines, by ascending time.
    pub timeline: Vec<Step>,
    /// What steps and faults can do to the network.
    pub harms: Vec<Harm>,
    /// What goes wrong by itself; each has a name of its own.
    pub faults: Vec<Fault>,
    /// Requests. Without any the mesh has nothing to do, and costs nothing.
    pub traffic: Vec<Traffic>,
    /// Whether heartbeats that arrive are played as events (to check the elision) or not.
    pub beats: Beats,
}

impl Setup {
    /// The same, to be changed.
    pub(crate) fn spec_mut(&mut self, service: ServiceId, revision: Revision) -> &mut Service {
        match revision {
            Revision(0) => &mut self.services[service.index()],
            Revision(number) => &mut self.revisions[usize::from(number) - 1],
        }
    }

    /// What a service looks like in one of its revisions.
    pub fn spec(&self, service: ServiceId, revision: Revision) -> &Service {
        match revision {
            Revision(0) => &self.services[service.index()],
            Revision(number) => &self.revisions[usize::from(number) - 1],
        }
    }
}

/// When a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// At that time.
    At(SimTime),
    /// When nothing is due any more, or at that time if it comes first.
    Settled {
        /// The latest end.
        at_most: SimTime,
    },
}

impl End {
    /// The latest instant of the run.
    pub fn latest(self) -> SimTime {
        match self {
            End::At(t) | End::Settled { at_most: t } => t,
        }
    }
}

/// Whether heartbeats that arrive cost an event each. The digest is the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Beats {
    /// They are computed when somebody looks.
    #[default]
    Elided,
    /// Each is an event: slower, for checking the elision.
    Played,
}

/// A machine and the node it is in the swarm.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The node's description, with the labels, role and availability it starts with.
    pub node: Node,
    /// Its zone, if it has one.
    pub zone: Option<String>,
    /// Its rack, if it has one, such as `a/2`.
    pub rack: Option<String>,
    /// The site that its zone lies in, if it is known.
    pub site: Option<String>,
    /// Whether it is a member from the start; otherwise a [`Action::Join`] brings it.
    pub from_start: bool,
    /// How fast it pulls images, bytes per second; pulls on one machine go one after the other.
    pub pull_rate: u64,
    /// Indices into [`Setup::images`] of those present from the start.
    pub images: Vec<u32>,
}

/// A container image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its name.
    pub name: String,
    /// Bytes to pull.
    pub size: u64,
}

/// A service and how its containers behave.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Its image's name, for listings.
    pub image_name: String,
    /// Index into [`Setup::images`] if the image has to be pulled.
    pub image: Option<u32>,
    /// Replicated or global.
    pub mode: Mode,
    /// What its tasks need of a node.
    pub task: TaskSpec,
    /// When its tasks are replaced.
    pub restart: RestartPolicy,
    /// How long a container may take to stop before it is killed.
    pub stop_grace: Span,
    /// How it is updated.
    pub update: UpdateConfig,
    /// How an update of it is rolled back.
    pub rollback: UpdateConfig,
    /// How often its operator has asked for new tasks though nothing had changed (`--force`).
    pub forced: u32,
    /// How its containers are checked; `None` is not at all.
    pub health: Option<Health>,
    /// How clients find its tasks. The ports that it publishes stand in `task`.
    pub endpoint_mode: EndpointMode,
    /// Overlay networks that it is attached to besides the ingress network, as indices into [`Setup::networks`], in the order of
    /// its spec.
    pub networks: Vec<u32>,
    /// Volumes of the node that its containers write to, by name.
    pub volumes: Vec<String>,
    /// How its containers behave.
    pub container: Container,
    /// How they answer requests; `None` if they never listen.
    pub server: Option<Server>,
    /// How they pass requests on, if they are proxies: then they answer requests too, and make no calls of their own.
    pub proxy: Option<Proxy>,
    /// Which requests proxies pass on to it.
    pub routes: Vec<Route>,
    /// Whether the operator creates it at time 0; otherwise an [`Action::Create`] or a workload brings it.
    pub from_start: bool,
    /// How long the operator keeps it.
    pub stay: Stay,
}

/// How long the operator keeps a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stay {
    /// Until an [`Action::RemoveService`].
    #[default]
    Unlimited,
    /// A job: until its last task has exited with 0.
    UntilDone,
    /// A service that came by itself: so long from its arrival.
    For(Span),
}

/// Services that come by themselves while the run goes on.
#[derive(Clone)]
pub struct Workload {
    /// Its name; those of its services begin with it.
    pub name: String,
    /// Where they come from.
    pub source: Arc<dyn Source>,
}

/// Where the services of a workload come from. Each run asks anew, and gets the same for the same seed.
pub trait Source: Send + Sync {
    /// The arrivals, by ascending time. They are drawn or read one by one, as the run gets there.
    fn arrivals(&self, seed: u64) -> Box<dyn Iterator<Item = Arrival> + Send>;

    /// Why some run so far has not been given all of its arrivals, if the source lies outside the program and failed. Such
    /// a run came to its end, and is worth nothing.
    fn trouble(&self) -> Option<String> {
        None
    }
}

/// A service that comes by itself.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// When.
    pub at: SimTime,
    /// What the operator is asked to create. Its name is one that no other service has.
    pub service: Service,
}

impl Service {
    /// Whether it publishes a port on every node.
    pub fn is_published(&self) -> bool {
        self.task.ports.iter().any(|port| port.mode == PublishMode::Ingress)
    }

    /// Whether load balancers know its tasks, by a network or a port in the ingress network.
    pub fn is_balanced(&self) -> bool {
        !self.networks.is_empty() || self.is_published()
    }

    /// The network by which its containers get at those of another: the first of its own that both are attached to.
    pub fn network_to(&self, other: &Service) -> Option<u32> {
        self.networks.iter().copied().find(|network| *network != INGRESS && other.networks.contains(network))
    }

    /// When its tasks are replaced: a job's task that exited with 0 has done its work, whatever the condition says
    /// (`manager/orchestrator/restart/restart.go:215-240`).
    pub fn restart_policy(&self) -> RestartPolicy {
        let condition = match self.restart.condition {
            RestartCondition::Any if self.mode.is_job() => RestartCondition::OnFailure,
            condition => condition,
        };
        RestartPolicy { condition, ..self.restart }
    }
}

/// How many tasks a service has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// So many, wherever they fit.
    Replicated {
        /// How many.
        replicas: u32,
    },
    /// One on every node that meets its constraints.
    Global,
    /// A job: tasks run until so many have exited with 0, so many at a time.
    ReplicatedJob {
        /// How many have to exit with 0.
        completions: u32,
        /// How many run at once, at most.
        concurrent: u32,
    },
    /// A job: one task exits with 0 on every node that meets its constraints.
    GlobalJob,
}

impl Mode {
    /// Whether its tasks are to end by themselves.
    pub const fn is_job(self) -> bool {
        matches!(self, Mode::ReplicatedJob { .. } | Mode::GlobalJob)
    }

    /// Whether it has one task on every fitting node.
    pub const fn is_global(self) -> bool {
        matches!(self, Mode::Global | Mode::GlobalJob)
    }

    /// What is wanted of its tasks.
    pub const fn goal(self) -> TaskState {
        if self.is_job() { TaskState::Complete } else { TaskState::Running }
    }

    /// How many tasks it asks for by number; a global one does not.
    pub const fn replicas(self) -> u32 {
        match self {
            Mode::Replicated { replicas } => replicas,
            Mode::ReplicatedJob { completions, .. } => completions,
            Mode::Global | Mode::GlobalJob => 0,
        }
    }
}

/// When ended tasks are replaced (`restart_policy` of a stack file).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestartPolicy {
    /// After which ends.
    pub condition: RestartCondition,
    /// How long after the end the replacement may start.
    pub delay: Span,
    /// How many times per slot; 0 is without limit.
    pub max_attempts: u32,
    /// Restarts older than this do not count against `max_attempts`; zero counts all.
    pub window: Span,
}

impl Default for RestartPolicy {
    /// SwarmKit's defaults (`api/defaults/service.go:24-25`): any end, after 5 s, without limit.
    fn default() -> Self {
        RestartPolicy {
            condition: RestartCondition::Any,
            delay: Span::secs(5),
            max_attempts: 0,
            window: Span::ZERO,
        }
    }
}

/// After which ends a task is replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RestartCondition {
    /// After any.
    #[default]
    Any,
    /// Not after an exit with 0.
    OnFailure,
    /// Never.
    None,
}

/// How the containers of a service behave. Spans are in nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Container {
    /// From the end of the pull to READY.
    pub create: Distribution,
    /// From the order to start to RUNNING.
    pub start: Distribution,
    /// From the stop signal to the exit, if it is allowed to take that long.
    pub stop: Distribution,
    /// How long it runs before it exits by itself; `None` is for ever.
    pub run: Option<Distribution>,
    /// Its exit code when it exits by itself.
    pub exit_code: u8,
    /// The share of containers that cannot be created, in parts of a million.
    pub fails_to_prepare_ppm: u32,
    /// The share of containers that cannot be started, in parts of a million.
    pub fails_to_start_ppm: u32,
    /// From its start until it would answer a probe; at once if absent.
    pub ready: Option<Distribution>,
    /// From then until it answers no probe any more; `None` is never.
    pub sickens: Option<Distribution>,
    /// What it really uses of its node while it runs.
    pub uses: Use,
}

/// Something that happens at a set time.
#[derive(Clone, Debug)]
pub struct Step {
    /// When.
    pub at: SimTime,
    /// What.
    pub action: Action,
}

/// What an operator does, or what happens to machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `docker service create`.
    Create {
        /// Which.
        service: ServiceId,
    },
    /// `docker service scale`.
    Scale {
        /// Which; a replicated one.
        service: ServiceId,
        /// To how many.
        replicas: u32,
    },
    /// `docker service update`.
    Update {
        /// Which.
        service: ServiceId,
        /// To which spec.
        revision: Revision,
        /// To how many replicas; `None` leaves them as they are.
        replicas: Option<u32>,
    },
    /// `docker service rollback`.
    Rollback {
        /// Which.
        service: ServiceId,
    },
    /// `docker service rm`.
    RemoveService {
        /// Which.
        service: ServiceId,
    },
    /// `docker node update --availability`.
    SetAvailability {
        /// Which nodes.
        nodes: Vec<NodeId>,
        /// To what.
        availability: Availability,
    },
    /// A machine that was not a member joins.
    Join {
        /// Which.
        nodes: Vec<NodeId>,
    },
    /// `docker node rm`; refused for a node that is READY unless forced.
    RemoveNode {
        /// Which.
        nodes: Vec<NodeId>,
        /// Even if it is READY.
        force: bool,
    },
    /// `docker swarm leave` on the node: its containers stop and its agent goes.
    Leave {
        /// Which.
        nodes: Vec<NodeId>,
    },
    /// Machines lose power: containers and agent die. They boot again after `lasts`, if it is given.
    Crash {
        /// Which.
        nodes: Vec<NodeId>,
        /// How long they are off.
        lasts: Option<Span>,
    },
    /// Machines that are off boot; machines that are on reboot.
    Restart {
        /// Which.
        nodes: Vec<NodeId>,
    },
    /// Machines are alive but unheard: no message passes between them and the managers.
    Silence {
        /// Which.
        nodes: Vec<NodeId>,
        /// For how long.
        lasts: Option<Span>,
    },
    /// Machines are heard again.
    Unsilence {
        /// Which.
        nodes: Vec<NodeId>,
    },
    /// Machines stand still, containers and all, and go on where they were after `lasts`.
    Freeze {
        /// Which.
        nodes: Vec<NodeId>,
        /// For how long.
        lasts: Option<Span>,
    },
    /// Frozen machines go on.
    Thaw {
        /// Which.
        nodes: Vec<NodeId>,
    },
    /// `docker node promote`.
    Promote {
        /// Which.
        node: NodeId,
    },
    /// `docker node demote`.
    Demote {
        /// Which.
        node: NodeId,
    },
    /// `docker swarm init --force-new-cluster` on that node.
    ForceNewCluster {
        /// Which.
        node: NodeId,
    },
    /// Something befalls the network.
    Harm {
        /// Index into [`Setup::harms`].
        harm: u32,
        /// For how long.
        lasts: Option<Span>,
    },
    /// It is over.
    Mend {
        /// Index into [`Setup::harms`].
        harm: u32,
    },
    /// All containers of the service on these nodes exit with that code.
    ExitContainers {
        /// Which service.
        service: ServiceId,
        /// On which nodes.
        nodes: Vec<NodeId>,
        /// With which code.
        code: u8,
    },
}
