//! The headline of a planner: simulated years of a whole cluster a second. 5 managers and 95 workers with 10 tasks each, every
//! machine of which fails once in 30 days and is repaired within an hour; every part of the simulator takes part.
//!
//! Beside the year stand one in which nothing fails and one whose managers are elsewhere and never fail: what is left is
//! the failures' doing, and the quorum's. What these cost is counted exactly in `tests/cli/cost.rs`.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use swarmbed_scenarios::library::Beside;
use swarmbed_scenarios::{Options, read};
use swarmbed_scheduler::node::Role;
use swarmbed_scheduler::strategy::Catalogue;
use swarmbed_sim::{Setup, Simulation};

fn year() -> Setup {
    let text = include_str!("quorum.toml");
    let strategies = &Catalogue::standard();
    let loader = &Beside { scenario: "" };
    let options = Options { loader, metrics: &[], strategies, seed: None, strategy: None };
    read("quorum.toml", text, &options).unwrap_or_else(|mistakes| panic!("{}", mistakes[0])).setup
}

/// As many machines, none of which is a manager.
fn led_from_elsewhere() -> Setup {
    let mut setup = year();
    setup.machines.iter_mut().for_each(|machine| machine.node.role = Role::Worker);
    setup
}

fn play(setup: &Setup) -> u64 {
    let mut simulation = Simulation::new(setup.clone());
    simulation.run(&mut []);
    assert_eq!(simulation.findings(), []);
    simulation.digest().0
}

fn years(c: &mut Criterion) {
    let mut group = c.benchmark_group("a year of 100 nodes");
    group.throughput(Throughput::Elements(1)).sample_size(10).measurement_time(Duration::from_secs(10));
    for (name, setup) in [
        ("with 5 managers", year()),
        ("with managers elsewhere", led_from_elsewhere()),
        ("in which nothing fails", Setup { faults: Vec::new(), ..year() }),
    ] {
        group.bench_function(name, |b| b.iter(|| play(black_box(&setup))));
    }
    group.finish();
}

criterion_group!(benches, years);
criterion_main!(benches);
