//! A small run for tests: three machines, the replicated service `web` and the global service `agent`.

use std::sync::Arc;

use swarmbed_scheduler::node::{Node, NodeState};
use swarmbed_scheduler::spec::TaskSpec;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span, TaskId, strategy};
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::engine::process::Process;
use swarmbed_sim::names::{Names, Text};
use swarmbed_sim::observation::Observation;
use swarmbed_sim::observe::Observer;
use swarmbed_sim::setup::{
    Balance, Connections, Door, End, INGRESS, Load, Machine, Mode, Origin, Service, Setup, Step, Traffic,
};
use swarmbed_sim::work::Work;
use swarmbed_sim::worker::mesh::{Account, Ending};

use crate::measure::Recorder;
use crate::metrics::Metrics;

/// The machine `n1`; `n2` and `n3` follow.
pub(crate) const N1: NodeId = NodeId(0);
pub(crate) const N2: NodeId = NodeId(1);
pub(crate) const N3: NodeId = NodeId(2);
/// The global service.
pub(crate) const AGENT: ServiceId = ServiceId(0);
/// The replicated service.
pub(crate) const WEB: ServiceId = ServiceId(1);

pub(crate) fn setup(timeline: Vec<Step>) -> Setup {
    let strategy = Arc::from(strategy::build("swarm-spread").expect("it is in the catalogue"));
    Setup {
        machines: ["n1", "n2", "n3"].map(machine).into(),
        services: vec![service("agent", Mode::Global), service("web", Mode::Replicated { replicas: 2 })],
        metered: true,
        timeline,
        ..Setup::empty("sample", 7, End::At(at(60)), strategy)
    }
}

/// The same with requests to both services.
pub(crate) fn busy() -> Setup {
    let traffic = |to: ServiceId| Traffic {
        name: format!("to {}", to.index()),
        to,
        door: Door::Network(INGRESS),
        from: Origin::Outside { entries: vec![N1], latency: Span::ZERO },
        load: Load::Open(Process::Renewal { gap: Distribution::constant(1_000_000_000) }),
        begins: SimTime::ZERO,
        ends: SimTime::NEVER,
        timeout: Span::secs(30),
        connections: Connections::PerRequest,
        balance: Balance::Mesh,
        ask: Default::default(),
    };
    Setup { traffic: [AGENT, WEB].map(traffic).into(), ..setup(vec![]) }
}

fn machine(name: &str) -> Machine {
    let node = Node {
        name: name.into(),
        hostname: name.into(),
        state: NodeState::Ready,
        resources: Resources::new(2_000_000_000, 4 << 30),
        ..Node::default()
    };
    Machine { zone: Some(if name == "n1" { "a" } else { "b" }.into()), ..Machine::new(node) }
}

fn service(name: &str, mode: Mode) -> Service {
    Service {
        image_name: format!("example/{name}"),
        task: TaskSpec { reservations: Resources::new(500_000_000, 0), ..TaskSpec::default() },
        ..Service::new(name, mode)
    }
}

/// That many seconds into the run.
pub(crate) fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + Span::secs(seconds)
}

/// A recorder that is told what happened, by hand.
pub(crate) struct Telling {
    pub(crate) recorder: Recorder,
    pub(crate) names: Names,
    pub(crate) work: Work,
}

impl Telling {
    pub(crate) fn new(setup: &Setup) -> Telling {
        let nodes = setup.machines.iter().map(|m| m.node.name.clone());
        let services = setup.services.iter().map(|s| s.name.clone());
        Telling { recorder: Recorder::new(setup), names: Names::new(nodes, services), work: Work::default() }
    }

    pub(crate) fn tell(&mut self, seconds: u64, what: Observation) {
        self.recorder.observe(at(seconds), &what, &self.names);
    }

    /// A task is created and bound at that time; it may run `until_allowed` seconds later.
    pub(crate) fn task(&mut self, seconds: u64, task: u32, slot: (ServiceId, u32, u32), node: NodeId) {
        let (service, slot, attempt) = slot;
        let (desired, bound) = (TaskState::Running, (slot == 0).then_some(node));
        let task = TaskId(task);
        self.tell(
            seconds,
            Observation::TaskCreated {
                task,
                service,
                slot,
                attempt,
                node: bound,
                desired,
                revision: Default::default(),
            },
        );
        self.tell(seconds, Observation::TaskAssigned { task, node });
    }

    /// A task's container comes up, and the managers learn of it at once.
    pub(crate) fn up(&mut self, seconds: u64, task: u32, node: NodeId) {
        let (task, from, to) = (TaskId(task), TaskState::Assigned, TaskState::Running);
        self.tell(seconds, Observation::ContainerStarted { task, node });
        self.tell(seconds, Observation::TaskStateChanged { task, from, to, error: Text::NONE });
    }

    /// A task's container ends, and the managers learn of it some seconds later.
    pub(crate) fn ends(&mut self, seconds: u64, task: u32, node: NodeId, code: u8, known: u64) {
        let (task, from) = (TaskId(task), TaskState::Running);
        let to = if code == 0 { TaskState::Complete } else { TaskState::Failed };
        self.tell(seconds, Observation::ContainerExited { task, node, code });
        self.tell(known, Observation::TaskStateChanged { task, from, to, error: Text::NONE });
    }

    /// The managers do not want a task any more.
    pub(crate) fn unwant(&mut self, seconds: u64, task: u32) {
        let (task, from, to) = (TaskId(task), TaskState::Running, TaskState::Shutdown);
        self.tell(seconds, Observation::TaskDesiredChanged { task, from, to });
    }

    /// The managers declare a node DOWN.
    pub(crate) fn down(&mut self, seconds: u64, node: NodeId) {
        let (from, to) = (NodeState::Ready, NodeState::Down);
        self.tell(seconds, Observation::NodeStateChanged { node, from, to });
    }

    /// A client's request to that service ends after so many milliseconds.
    pub(crate) fn request(&mut self, seconds: u64, to: (ServiceId, u32), ending: Ending, millis: u64) {
        let (service, task) = to;
        let latency = Span(millis * 1_000_000);
        let account = Account {
            traffic: 0,
            number: self.work.requests_sent,
            branch: 0,
            service,
            entry: N1,
            task: Some(TaskId(task)),
            sent: SimTime(at(seconds).nanos() - latency.nanos()),
            waited: Span(latency.nanos() / 4),
            worked: Span(latency.nanos() / 2),
            latency,
            hops: 1,
            ending,
        };
        self.work.requests_sent += 1;
        self.tell(seconds, Observation::RequestEnded(account));
    }

    /// The metrics of a run that ends at that time.
    pub(crate) fn metrics(&mut self, seconds: u64) -> Metrics {
        self.recorder.settle(at(seconds));
        Metrics::collect(&self.recorder, at(seconds), &self.names, &self.work, 0)
    }
}
