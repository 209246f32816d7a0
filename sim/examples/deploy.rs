//! Deploys many tasks on many nodes through the whole control loop, lets nodes crash for a day, and prints what it cost.
//!
//! `cargo run --release -p swarmbed-sim --example deploy -- 1000 50000 24`: nodes, tasks, hours.

use std::sync::Arc;

use swarmbed_scheduler::node::Node;
use swarmbed_scheduler::spec::TaskSpec;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, SimTime, Span, strategy};
use swarmbed_sim::Simulation;
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::engine::stream::Stream;
use swarmbed_sim::profile::Profile;
use swarmbed_sim::setup::{
    Action, Beats, Container, End, Machine, Mode, RestartPolicy, Service, Setup, Step,
};

fn main() {
    let mut numbers = std::env::args().skip(1).map(|a| a.parse::<u64>().expect("a number"));
    let (nodes, tasks, hours) =
        (numbers.next().unwrap_or(1000), numbers.next().unwrap_or(50_000), numbers.next().unwrap_or(0));
    let mut simulation = Simulation::new(setup(nodes as u32, tasks as u32, hours));
    simulation.run(&mut []);
    let running = simulation.store().tasks().filter(|t| t.state == TaskState::Running).count();
    println!("{running} tasks run on {nodes} nodes at {}, digest {}", simulation.now(), simulation.digest());
    println!("{:?}", simulation.work());
    println!("{} findings", simulation.findings().len());
}

/// So many machines and tasks of ten services; after the first ten minutes a machine crashes every minute or so.
fn setup(nodes: u32, tasks: u32, hours: u64) -> Setup {
    let machine = |n: u32| Machine {
        node: Node {
            name: format!("node-{n:05}"),
            resources: Resources::new(64_000_000_000, 256 << 30),
            ..Node::default()
        },
        zone: None,
        rack: None,
        from_start: true,
        pull_rate: 1 << 30,
        images: vec![],
    };
    let millis = |ms: u64| Distribution::constant(ms * 1_000_000);
    let service = |n: u32| Service {
        name: format!("service-{n}"),
        image_name: "example/web".into(),
        image: None,
        mode: Mode::Replicated { replicas: tasks / 10 },
        task: TaskSpec { reservations: Resources::new(500_000_000, 1 << 30), ..TaskSpec::default() },
        restart: RestartPolicy::default(),
        stop_grace: Span::secs(10),
        container: Container {
            create: millis(300),
            start: millis(500),
            stop: millis(200),
            run: None,
            exit_code: 0,
            fails_to_prepare_ppm: 0,
            fails_to_start_ppm: 0,
        },
        from_start: true,
    };
    let end = SimTime::ZERO + Span::secs(600 + hours * 3600);
    let mut timeline = Vec::new();
    let mut crashes = Stream::new(1, "example.crashes", "");
    for minute in 0..hours * 60 {
        let node = NodeId(crashes.below(u64::from(nodes)) as u32);
        let at = SimTime::ZERO + Span::secs(600 + minute * 60);
        timeline.push(Step { at, action: Action::Crash { nodes: vec![node], lasts: Some(Span::secs(120)) } });
    }
    Setup {
        scenario: "deploy".into(),
        seed: 1,
        end: End::At(end),
        profile: Profile::swarm_current(),
        strategy: Arc::from(strategy::build("swarm-spread").expect("it is in the catalogue")),
        machines: (0..nodes).map(machine).collect(),
        images: vec![],
        services: (0..10).map(service).collect(),
        timeline,
        beats: Beats::Elided,
    }
}
