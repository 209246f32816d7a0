//! The thinnest thread: services deployed, a crash, a repair, a digest.

use std::sync::Arc;

use swarmbed_scheduler::node::{Node, Role};
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, SimTime, Span, strategy};
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::setup::*;
use swarmbed_sim::{Names, Observation, Observer, Simulation};

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + Span::secs(seconds)
}

fn machine(name: &str, role: Role) -> Machine {
    Machine::new(Node {
        name: name.into(),
        hostname: name.into(),
        role,
        resources: Resources::new(8_000_000_000, 32 << 30),
        ..Node::default()
    })
}

fn service(name: &str, mode: Mode) -> Service {
    let container = Container {
        create: Distribution::constant(300_000_000),
        start: Distribution::constant(200_000_000),
        stop: Distribution::constant(200_000_000),
        ..Container::at_once()
    };
    Service { container, ..Service::new(name, mode) }
}

fn setup(seed: u64) -> Setup {
    let crash = Action::Crash { nodes: vec![NodeId(1)], lasts: Some(Span::secs(60)) };
    let timeline = vec![Step { at: at(60), action: crash }];
    let strategy = Arc::from(strategy::build("swarm-spread").unwrap());
    Setup {
        machines: vec![
            machine("m1", Role::Manager),
            machine("w1", Role::Worker),
            machine("w2", Role::Worker),
        ],
        services: vec![service("web", Mode::Replicated { replicas: 6 })],
        timeline,
        ..Setup::empty("thread", seed, End::At(at(300)), strategy)
    }
}

#[derive(Default)]
struct Print(Vec<String>);

impl Observer for Print {
    fn observe(&mut self, at: SimTime, what: &Observation, _: &Names) {
        if !matches!(what, Observation::TransactionCommitted { .. }) {
            self.0.push(format!("{:9.3} {what:?}", at.as_secs_f64()));
        }
    }
}

#[test]
fn a_crashed_workers_tasks_are_replaced() {
    let mut print = Print::default();
    let mut simulation = Simulation::new(setup(1));
    simulation.run(&mut [&mut print]);
    println!("{}\n{}", print.0.join("\n"), simulation.digest());
    assert_eq!(simulation.findings(), []);
    let running = simulation.store().tasks().filter(|t| t.state == TaskState::Running).count();
    assert_eq!(running, 6);
    assert!(simulation.store().tasks().all(|t| t.node != Some(NodeId(1)) || t.state.is_over()));
}

#[test]
fn played_heartbeats_give_the_same_digest() {
    let digest = |beats| {
        let mut simulation = Simulation::new(Setup { beats, ..setup(7) });
        simulation.run(&mut []);
        simulation.digest()
    };
    assert_eq!(digest(Beats::Elided), digest(Beats::Played));
}
