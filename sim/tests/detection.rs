//! How long the managers take to find that a worker is gone, and to let its tasks run elsewhere.

use std::sync::Arc;

use swarmbed_scheduler::node::{Availability, Node, NodeState, Role};
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span, TaskId, strategy};
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::setup::*;
use swarmbed_sim::{Names, Observation, Observer, Simulation};

const WORKER: NodeId = NodeId(1);
const ACTED: SimTime = SimTime(Span::secs(30).0);

/// A manager, and two workers with four tasks between them; at 30 s something happens to the first worker.
fn cluster(seed: u64, action: Action) -> Setup {
    let machine = |name: &str, role, availability| {
        Machine::new(Node {
            name: name.into(),
            role,
            availability,
            resources: Resources::new(8_000_000_000, 32 << 30),
            ..Node::default()
        })
    };
    let container = Container {
        create: Distribution::constant(300_000_000),
        start: Distribution::constant(200_000_000),
        stop: Distribution::constant(200_000_000),
        ..Container::at_once()
    };
    let web = Service { container, ..Service::new("web", Mode::Replicated { replicas: 4 }) };
    let strategy = Arc::from(strategy::build("swarm-spread").unwrap());
    Setup {
        machines: vec![
            machine("m1", Role::Manager, Availability::Drain),
            machine("w1", Role::Worker, Availability::Active),
            machine("w2", Role::Worker, Availability::Active),
        ],
        services: vec![web],
        timeline: vec![
            Step { at: SimTime::ZERO, action: Action::Create { service: ServiceId(0) } },
            Step { at: ACTED, action },
        ],
        ..Setup::empty("detection", seed, End::At(SimTime(Span::secs(60).0)), strategy)
    }
}

/// When the worker was found to be gone, which tasks were created since something happened to it, and when the first
/// of them were told to run.
#[derive(Default)]
struct Watch {
    down: Option<SimTime>,
    created: Vec<TaskId>,
    told: Vec<SimTime>,
}

impl Observer for Watch {
    fn observe(&mut self, at: SimTime, what: &Observation, _: &Names) {
        match *what {
            Observation::NodeStateChanged { node: WORKER, to: NodeState::Down, .. } => self.down = Some(at),
            Observation::TaskCreated { task, .. } if at >= ACTED => self.created.push(task),
            Observation::TaskDesiredChanged { task, to: TaskState::Running, .. } => {
                assert!(self.created.contains(&task), "a task that ran before is told to run at {at}");
                self.told.push(at);
            }
            _ => {}
        }
    }
}

/// Returns what was seen, and when the worker's last heartbeat before the action arrived and what it granted.
fn watch(seed: u64, action: Action) -> (Watch, SimTime, Span) {
    let mut watch = Watch::default();
    let mut simulation = Simulation::new(cluster(seed, action));
    simulation.run_until(ACTED, &mut [&mut watch]);
    let (beat, period) = simulation.last_beat(WORKER).expect("30 s are several heartbeats");
    simulation.run(&mut [&mut watch]);
    (watch, beat, period)
}

fn between(span: Span, low: u64, high: u64) -> bool {
    (Span::millis(low)..=Span::millis(high)).contains(&span)
}

#[test]
fn a_crashed_workers_tasks_are_told_to_run_elsewhere_in_time() {
    let (mut soonest, mut latest) = (Span::LONGEST, Span::ZERO);
    for seed in 0..1000 {
        let (watch, beat, period) = watch(seed, Action::Crash { nodes: vec![WORKER], lasts: None });
        let down = watch.down.expect("it is found to be gone");
        // Three times the period granted last (4.5 to 5.5 s), and the batch that writes node states.
        assert!(
            between(down.since(beat + period.times(3)), 0, 150),
            "seed {seed}: DOWN at {down}, beat {beat}"
        );
        assert_eq!(watch.told.len(), 2, "seed {seed}: two of four tasks were there");
        for told in watch.told {
            let since = told.since(beat);
            assert!(
                between(since, 18_500, 22_000),
                "seed {seed}: told to run {since:?} after the last heartbeat"
            );
            assert!(between(told.since(down), 5_000, 5_100), "seed {seed}: the restart delay begins at DOWN");
            (soonest, latest) = (soonest.min(since), latest.max(since));
        }
    }
    // The periods really vary: both ends of 18.5 to 21.5 s are nearly reached.
    assert!(soonest < Span::millis(18_600) && latest > Span::millis(21_400), "{soonest:?} to {latest:?}");
}

#[test]
fn a_drain_skips_the_restart_delay() {
    for seed in 0..100 {
        let drain = Action::SetAvailability { nodes: vec![WORKER], availability: Availability::Drain };
        let (watch, ..) = watch(seed, drain);
        assert_eq!((watch.down, watch.told.len()), (None, 2), "seed {seed}");
        for told in watch.told {
            // The old task stops first: 1 s until its agent acts, 0.2 s to stop, and two batches of at most 0.1 s.
            assert!(between(told.since(ACTED), 1_200, 1_450), "seed {seed}: told to run at {told}");
        }
    }
}
