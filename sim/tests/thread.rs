//! The thinnest thread: services deployed, a crash, a repair, a digest.

use std::sync::Arc;

use swarmbed_scheduler::node::{Node, Role};
use swarmbed_scheduler::spec::TaskSpec;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, SimTime, Span, strategy};
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::profile::Profile;
use swarmbed_sim::setup::*;
use swarmbed_sim::{Names, Observation, Observer, Simulation};

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + Span::secs(seconds)
}

fn machine(name: &str, role: Role) -> Machine {
    Machine {
        node: Node {
            name: name.into(),
            hostname: name.into(),
            role,
            resources: Resources::new(8_000_000_000, 32 << 30),
            ..Node::default()
        },
        zone: None,
        rack: None,
        from_start: true,
        pull_rate: 100 << 20,
        images: vec![],
    }
}

fn service(name: &str, mode: Mode) -> Service {
    Service {
        name: name.into(),
        image_name: "example/web".into(),
        image: None,
        mode,
        task: TaskSpec::default(),
        restart: RestartPolicy::default(),
        stop_grace: Span::secs(10),
        container: Container {
            create: Distribution::constant(300_000_000),
            start: Distribution::constant(200_000_000),
            stop: Distribution::constant(200_000_000),
            run: None,
            exit_code: 0,
            fails_to_prepare_ppm: 0,
            fails_to_start_ppm: 0,
            uses: Use::default(),
        },
        from_start: true,
        stay: Stay::default(),
    }
}

fn setup(seed: u64) -> Setup {
    let crash = Action::Crash { nodes: vec![NodeId(1)], lasts: Some(Span::secs(60)) };
    let timeline = vec![Step { at: at(60), action: crash }];
    Setup {
        scenario: "thread".into(),
        seed,
        end: End::At(at(300)),
        profile: Profile::swarm_current(),
        strategy: Arc::from(strategy::build("swarm-spread").unwrap()),
        machines: vec![
            machine("m1", Role::Manager),
            machine("w1", Role::Worker),
            machine("w2", Role::Worker),
        ],
        images: vec![],
        services: vec![service("web", Mode::Replicated { replicas: 6 })],
        workloads: vec![],
        metered: false,
        curves: vec![],
        timeline,
        beats: Beats::Elided,
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
