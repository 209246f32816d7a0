//! The headline: how many trials of the README's scenario a second, on one core and on two.
//!
//! A trial is what `compare` plays: the whole run with every invariant checked, measured, and summed up.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use swarmbed_reports::compare::{Hands, Plan, Variant, run};
use swarmbed_scenarios::library::{self, Beside};
use swarmbed_scenarios::{Options, read};
use swarmbed_scheduler::strategy::Catalogue;
use swarmbed_sim::Setup;

/// Trials at a time: so many that threads seldom wait for one another.
const TRIALS: u64 = 256;

fn readme() -> Setup {
    let file = library::find("basics/voting-app").expect("it is in the library");
    let text = file.text.split("[[expect]]").next().expect("there is text before the expectations");
    let strategies = &Catalogue::standard();
    let options = Options {
        loader: &Beside { scenario: file.path },
        metrics: &[],
        strategies,
        seed: None,
        strategy: None,
    };
    read(file.path, text, &options).unwrap_or_else(|mistakes| panic!("{}", mistakes[0])).setup
}

fn plan(jobs: usize) -> Plan {
    Plan {
        variants: vec![Variant { label: "swarm-spread".into(), setup: readme() }],
        metrics: vec!["failover.total.max".into()],
        seed: 1,
        trials: TRIALS,
        precision: None,
        jobs,
    }
}

fn trials(c: &mut Criterion) {
    let mut group = c.benchmark_group("trials");
    group.throughput(Throughput::Elements(TRIALS)).sample_size(10).measurement_time(Duration::from_secs(10));
    for jobs in [1, 2] {
        let plan = plan(jobs);
        group.bench_function(format!("{jobs} cores"), |b| {
            b.iter(|| {
                let mut hands = Hands { stop: &|| false, ran: &|| {}, keep: &mut |_| {} };
                let found = run(&plan, Vec::new(), &mut hands);
                assert!(found.trials == TRIALS && found.is_fine());
                found
            });
        });
    }
    group.finish();
}

criterion_group!(benches, trials);
criterion_main!(benches);
