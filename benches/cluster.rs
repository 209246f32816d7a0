//! Whole clusters through the whole control loop: 50,000 tasks on 1,000 nodes deployed, then a day with crashes; and 50,000
//! jobs that arrive one by one.
//!
//! The peak memory of the process is printed after each, where the system tells it.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use swarmbed_scenarios::{Loader, Options, Source};
use swarmbed_scheduler::strategy::Catalogue;
use swarmbed_scheduler::{NodeId, SimTime, Span};
use swarmbed_sim::Simulation;
use swarmbed_sim::engine::stream::Stream;
use swarmbed_sim::setup::{Action, End, Setup, Step};

const THOUSAND_NODES: &str = include_str!("../scenarios/scale/thousand-nodes.toml");
const STEADY_ARRIVALS: &str = include_str!("../scenarios/scale/steady-arrivals.toml");

/// The scenarios refer to no other file.
struct Nothing;

impl Loader for Nothing {
    fn load(&self, _: &str) -> Result<Source, String> {
        Err("is not here".to_owned())
    }
}

fn setup(scenario: &str) -> Setup {
    let text = scenario.split("[[expect]]").next().expect("there is text before the expectations");
    let strategies = &Catalogue::standard();
    let options = Options { loader: &Nothing, metrics: &[], strategies, seed: None, strategy: None };
    let scenario = swarmbed_scenarios::read("scenario.toml", text, &options);
    scenario.unwrap_or_else(|mistakes| panic!("{}", mistakes[0])).setup
}

/// A machine loses power every minute, for two.
fn day_of_crashes() -> Setup {
    let mut setup = setup(THOUSAND_NODES);
    let start = Span::secs(600);
    let mut draws = Stream::new(setup.seed, "bench.crashes", "");
    for minute in 0..24 * 60 {
        let nodes = vec![NodeId(draws.below(setup.machines.len() as u64) as u32)];
        let at = SimTime::ZERO + start + Span::secs(60).times(minute);
        setup.timeline.push(Step { at, action: Action::Crash { nodes, lasts: Some(Span::secs(120)) } });
    }
    setup.end = End::At(SimTime::ZERO + start + Span::secs(24 * 3600));
    setup
}

fn play(setup: &Setup) -> u64 {
    let mut simulation = Simulation::new(setup.clone());
    simulation.run(&mut []);
    assert_eq!(simulation.findings(), []);
    simulation.digest().0
}

fn clusters(c: &mut Criterion) {
    let mut group = c.benchmark_group("cluster");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    for (name, setup) in [
        ("deploy 50,000 on 1,000", setup(THOUSAND_NODES)),
        ("and a day of crashes", day_of_crashes()),
        ("50,000 arrive over 10,000 s", setup(STEADY_ARRIVALS)),
    ] {
        group.bench_function(name, |b| b.iter(|| play(black_box(&setup))));
        if let Some(peak) = peak_memory() {
            println!("cluster/{name}: peak memory {peak}");
        }
    }
    group.finish();
}

/// The most memory this process has held, as Linux tells it.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    Some(line.trim().to_owned())
}

criterion_group!(benches, clusters);
criterion_main!(benches);
