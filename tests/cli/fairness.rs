//! Comparisons are fair: every strategy meets the same arrivals, durations and faults, and a placebo shows no effect.

use std::collections::BTreeMap;
use std::sync::Arc;

use swarmbed_reports::compare::{Comparison, Hands, Plan, Variant, run};
use swarmbed_scheduler::plan::{Plan as Placement, Request};
use swarmbed_scheduler::strategy::{Strategy, build};
use swarmbed_scheduler::{SimTime, TaskId};
use swarmbed_sim::{Names, Observation, Observer, Setup, Simulation};

use super::meant;

/// A cluster in which machines crash, tasks end by themselves and start-up takes its time.
const SCENARIO: &str = r#"
[run]
duration = "4m"
[cluster]
[[cluster.nodes]]
name = "manager"
role = "manager"
availability = "drain"
[[cluster.nodes]]
name = "worker"
count = 8
zones = ["a", "b"]
[[service]]
name = "web"
image = "example/web"
replicas = 11
start = { lognormal = { median = "2s", sigma = 1.0 } }
[[service]]
name = "batch"
image = "example/batch"
replicas = 3
start = { exponential = "1s" }
run = { exponential = "40s" }
exit_code = 3                           # so that it can be told from one that was stopped
[[at]]
time = "30s"
do = "crash"
target = { zone = "a" }
for = "1m"
[[at]]
time = "2m"
do = "crash"
target = "worker-2"
[[fault]]
kind = "crash"
target = { role = "worker" }
share = "50%"
every = { exponential = "3m" }
lasts = { exponential = "20s" }
[[fault]]
kind = "silence"
target = { role = "worker" }
together = "zone"
every = { exponential = "5m" }
lasts = { exponential = "10s" }
"#;

fn setup(strategy: &str, seed: u64) -> Setup {
    meant("fair.toml", SCENARIO, Some(seed), Some(strategy))
}

/// What befalls machines, as text; and how long each container started and ran, by its task's stable name.
#[derive(Default)]
struct Fate {
    faults: String,
    names: BTreeMap<TaskId, (String, u32, u32)>,
    started: BTreeMap<TaskId, SimTime>,
    ran: BTreeMap<(String, u32, u32), u64>,
}

impl Observer for Fate {
    fn observe(&mut self, at: SimTime, what: &Observation, names: &Names) {
        match *what {
            Observation::TaskCreated { task, service, slot, attempt, .. } => {
                self.names.insert(task, (names.service(service).to_owned(), slot, attempt));
            }
            Observation::ContainerStarted { task, .. } => {
                self.started.insert(task, at);
            }
            Observation::ContainerExited { task, code: 3, .. } => {
                let began = self.started[&task];
                self.ran.insert(self.names[&task].clone(), at.since(began).nanos());
            }
            Observation::MachineCrashed { .. } | Observation::MachineBooted { .. } => {
                self.faults.push_str(&format!("{at} {what:?}\n"));
            }
            _ => {}
        }
    }
}

fn fate(strategy: &str, seed: u64) -> Fate {
    let mut fate = Fate::default();
    Simulation::new(setup(strategy, seed)).run(&mut [&mut fate]);
    fate
}

#[test]
fn two_strategies_meet_the_same_durations_and_faults() {
    for seed in 1..=20 {
        let (spread, binpack) = (fate("swarm-spread", seed), fate("binpack", seed));
        assert!(spread.faults.lines().count() >= 5, "{}", spread.faults);
        assert_eq!(spread.faults, binpack.faults, "faults are byte-equal");
        // Which tasks end with their machine is the strategy's own doing.
        let both = spread.ran.iter().filter_map(|(name, ran)| Some((name, ran, binpack.ran.get(name)?)));
        let both: Vec<_> = both.collect();
        assert!(both.len() >= 3, "seed {seed}: {both:?}");
        both.iter().for_each(|(name, here, there)| assert_eq!(here, there, "{name:?}"));
    }
}

/// The same rule with another stream of ties.
struct Placebo(Box<dyn Strategy>);

impl Strategy for Placebo {
    fn name(&self) -> &str {
        "placebo"
    }

    fn plan(&self, request: &Request<'_>) -> Placement {
        self.0.plan(&Request { seed: request.seed ^ 0x9e37_79b9_7f4a_7c15, ..*request })
    }
}

/// A strategy against its placebo, 20 trials from that seed on.
fn experiment(seed: u64, jobs: usize) -> Comparison {
    let base = setup("swarm-spread", seed);
    let placebo = Arc::new(Placebo(build("swarm-spread").expect("it is in the catalogue")));
    let other = Setup { strategy: placebo, ..base.clone() };
    let plan = Plan {
        variants: vec![
            Variant { label: "rule".into(), setup: base },
            Variant { label: "placebo".into(), setup: other },
        ],
        metrics: METRICS.map(str::to_owned).into(),
        seed,
        trials: 20,
        precision: None,
        jobs,
    };
    run(&plan, Vec::new(), &mut Hands { stop: &|| false, ran: &|| {}, keep: &mut |_| {} })
}

const METRICS: [&str; 3] = ["replicas.lost", "failover.tasks", "failover.total.p50"];

/// Of so many experiments, the shares whose 95 % intervals hold zero, by metric.
fn coverage(experiments: u64, jobs: usize) -> Vec<f64> {
    let mut held = vec![0_u64; METRICS.len()];
    for i in 0..experiments {
        let found = experiment(1 + 20 * i, jobs);
        for (held, row) in held.iter_mut().zip(&found.rows) {
            let interval = row.contrasts[0].interval.expect("every trial has the metric");
            *held += u64::from(interval.holds(0.0));
        }
    }
    held.iter().map(|held| *held as f64 / experiments as f64).collect()
}

#[test]
fn a_placebo_has_no_effect() {
    let experiments = 150;
    let found = coverage(experiments, 1);
    // Three and a half standard errors to either side of 0.95.
    for (metric, share) in METRICS.iter().zip(found) {
        assert!((0.887..=1.0).contains(&share), "{metric}: {share} of {experiments} intervals hold zero");
    }
}

/// The figures in `reports/README.md`: `cargo test --release --test cli -- --ignored --nocapture a_thousand_placebos`.
#[test]
#[ignore = "a thousand experiments take a minute"]
fn a_thousand_placebos() {
    for (metric, share) in METRICS.iter().zip(coverage(1_000, 2)) {
        println!("{metric}: {:.1} % of the intervals hold zero", 100.0 * share);
        assert!((0.93..=0.97).contains(&share), "{metric}: {share}");
    }
}
