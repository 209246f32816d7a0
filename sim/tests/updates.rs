//! Rolling updates of any shape: a new version that runs well ends up in every slot, and no more tasks are to run on the
//! way than the update's order and parallelism allow.

use std::sync::Arc;

use swarmbed_scheduler::node::{Node, Role};
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{ServiceId, SimTime, Span, strategy};
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::engine::stream::Stream;
use swarmbed_sim::setup::{
    Action, Container, End, Machine, Mode, Revision, Service, Setup, Step, UpdateConfig, UpdateOrder,
};
use swarmbed_sim::{Names, Observation, Simulation};

const SECOND: u64 = 1_000_000_000;

struct Drawn {
    setup: Setup,
    replicas: u32,
    /// Slots at a time.
    parallelism: u32,
    order: UpdateOrder,
}

/// A service of up to nine replicas, updated once or twice, the second time perhaps in the midst of the first.
fn drawn(seed: u64) -> Drawn {
    let mut draws = Stream::new(seed, "test.updates", "");
    let strategy = Arc::from(strategy::build("swarm-spread").expect("it is in the catalogue"));
    let mut setup = Setup::empty("updates", seed, End::At(SimTime(1500 * SECOND)), strategy);
    let node = |n: u64| Node {
        name: format!("n{n}"),
        role: if n == 0 { Role::Manager } else { Role::Worker },
        ..Node::default()
    };
    setup.machines = (0..1 + draws.below(5)).map(|n| Machine::new(node(n))).collect();
    let replicas = 1 + draws.below(9) as u32;
    let order = if draws.below(2) == 0 { UpdateOrder::StopFirst } else { UpdateOrder::StartFirst };
    let parallelism = draws.below(5) as u32;
    let update =
        UpdateConfig { parallelism, order, delay: Span(draws.below(4 * SECOND)), ..UpdateConfig::default() };
    let law = |most: u64| Distribution::uniform(0, most * SECOND).expect("not reversed");
    let container = Container { create: law(3), start: law(2), stop: law(4), ..Container::at_once() };
    let service = Service { update, container, ..Service::new("web", Mode::Replicated { replicas }) };
    setup.services = vec![service.clone()];
    for number in 1..=1 + draws.below(2) {
        setup.revisions.push(Service { image_name: format!("web:{number}"), ..service.clone() });
        let revision = Revision(number as u16);
        let at = SimTime(60 * SECOND + number * draws.below(60 * SECOND));
        let action = Action::Update { service: ServiceId(0), revision, replicas: None };
        setup.timeline.push(Step { at, action });
    }
    setup.timeline.sort_by_key(|step| step.at);
    Drawn { setup, replicas, parallelism, order }
}

#[test]
fn an_update_reaches_every_slot_and_runs_no_more_than_it_may() {
    for seed in 0..300 {
        let Drawn { setup, replicas, parallelism, order } = drawn(seed);
        let twice = setup.revisions.len() > 1;
        let last = setup.timeline.iter().rev().find_map(|step| match step.action {
            Action::Update { revision, .. } => Some(revision),
            _ => None,
        });
        let at_once = if parallelism == 0 { replicas } else { parallelism.min(replicas) };
        let most = match order {
            UpdateOrder::StopFirst => replicas,
            // A second update takes slots of its own while those of the first are still being replaced.
            UpdateOrder::StartFirst => replicas + at_once * if twice { 2 } else { 1 },
        };
        // Containers that are stopping run beside them.
        let (mut wanted, mut largest) = (0, 0);
        let mut count = |_: SimTime, what: &Observation, _: &Names| {
            match what {
                Observation::TaskCreated { desired: TaskState::Running, .. }
                | Observation::TaskDesiredChanged { to: TaskState::Running, .. } => wanted += 1,
                Observation::TaskDesiredChanged { from: TaskState::Running, .. } => wanted -= 1,
                _ => {}
            }
            largest = largest.max(wanted);
        };
        let mut simulation = Simulation::new(setup);
        simulation.run(&mut [&mut count]);
        assert_eq!(simulation.findings(), [], "seed {seed}");
        assert!(largest <= most, "seed {seed}: {largest} tasks were to run at once, at most {most} may");
        let running: Vec<Revision> =
            simulation.workers().runs().filter(|run| run.is_up()).map(|run| run.revision).collect();
        assert_eq!(running.len() as u32, replicas, "seed {seed}");
        assert!(running.iter().all(|revision| Some(*revision) == last), "seed {seed}: {running:?}");
    }
}
