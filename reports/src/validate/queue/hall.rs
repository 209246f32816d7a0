//! The cluster that an experiment takes place in: nodes without distance, replicas that run, nothing that fails.

use std::sync::Arc;

use swarmbed_scheduler::node::{Availability, Node, Role};
use swarmbed_scheduler::spec::{Port, Protocol, PublishMode};
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span, strategy};
use swarmbed_sim::Simulation;
use swarmbed_sim::setup::{
    Call, Connections, Door, End, INGRESS, Load, Machine, Mode, Network, Origin, Server, Service, Setup,
    Traffic,
};

use super::params::{Experiment, Stage};
use super::watch::{Batch, Watch};

pub(super) struct Hall<'a> {
    pub(super) experiment: &'a Experiment,
    /// Whether anybody asks for them.
    pub(super) percentiles: bool,
}

/// By then all replicas run and every node knows them.
const OPENS: SimTime = SimTime(60_000_000_000);
/// Longer than anybody waits in a queue that can be waited in.
const PATIENCE: Span = Span::secs(1_000_000_000);

impl Hall<'_> {
    /// A run up to where its beginning is forgotten.
    pub(super) fn warmed_up(&self, seed: u64) -> Simulation {
        let mut sim = Simulation::new(self.setup(seed));
        sim.run_until(OPENS + self.experiment.warm_up(), &mut []);
        sim
    }

    /// The requests of the next stretch.
    pub(super) fn watch(&self, sim: &mut Simulation, stretch: Span) -> Batch {
        let mut watch = Watch::new(self.experiment.stages.len(), self.percentiles);
        sim.run_until(sim.now() + stretch, &mut [&mut watch]);
        watch.batch
    }

    fn setup(&self, seed: u64) -> Setup {
        let experiment = self.experiment;
        let workers = (1..=experiment.ingress).map(|n| machine(format!("worker-{n:05}"), Role::Worker));
        let stages = &experiment.stages;
        let strategy = Arc::from(strategy::build("swarm-spread").expect("it is in the catalogue"));
        let mut setup = Setup {
            machines: std::iter::once(machine("manager".to_owned(), Role::Manager)).chain(workers).collect(),
            networks: vec![Network::ingress(), Network::new("inside")],
            services: stages.iter().zip(0..).map(|(stage, n)| self.service(stage, n)).collect(),
            traffic: vec![Traffic {
                name: "clients".to_owned(),
                to: ServiceId(0),
                door: Door::Network(INGRESS),
                from: Origin::Outside {
                    entries: (1..=experiment.ingress).map(NodeId).collect(),
                    latency: Span::ZERO,
                },
                load: Load::Open(experiment.gaps.clone()),
                begins: OPENS,
                ends: SimTime::NEVER,
                timeout: PATIENCE,
                connections: Connections::PerRequest,
                balance: experiment.balance,
                ask: Default::default(),
            }],
            ..Setup::empty("queue", seed, End::At(SimTime::NEVER), strategy)
        };
        setup.machines[0].node.availability = Availability::Drain;
        setup.profile.latency = Span::ZERO;
        setup
    }

    /// A stage; each hands its requests over to the next.
    fn service(&self, stage: &Stage, n: u32) -> Service {
        let next = (n + 1 < self.experiment.stages.len() as u32).then(|| Call {
            to: ServiceId(n + 1),
            door: Door::Network(1),
            timeout: PATIENCE,
            hands_over: true,
        });
        // Padded, so that names ascend as numbers do.
        let mut service =
            Service::new(format!("stage-{n:05}"), Mode::Replicated { replicas: stage.replicas });
        let ingress = Port { protocol: Protocol::Tcp, target: 80, published: 80, mode: PublishMode::Ingress };
        service.task.ports = if n == 0 { vec![ingress] } else { Vec::new() };
        service.networks = vec![1];
        service.server = Some(Server {
            slots: stage.slots,
            discipline: self.experiment.discipline,
            work: stage.work.clone(),
            queue: self.experiment.queue,
            calls: next.into_iter().collect(),
            drains: true,
        });
        service
    }
}

fn machine(name: String, role: Role) -> Machine {
    let hostname = name.clone();
    Machine::new(Node { name, hostname, role, ..Node::default() })
}
