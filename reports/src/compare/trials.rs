//! The trials, in parallel, and their sum in order.

use rayon::prelude::*;
use swarmbed_sim::Setup;

use super::tally::Tally;
use super::{Comparison, Ended, Plan};
use crate::run;
use crate::stats::Histogram;

/// What one seed came to in every variant.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Its number, from 0.
    pub number: u64,
    /// Its seed.
    pub seed: u64,
    /// By variant and metric; nothing where the run has no such value.
    pub values: Vec<Vec<Option<f64>>>,
    /// By variant: whether an invariant was broken.
    pub broken: Vec<bool>,
    /// By variant: how long tasks waited for a node, nanoseconds; nothing of a trial that was not played here.
    pub waits: Option<Vec<Histogram>>,
}

/// How the outside has a hand in it.
pub struct Hands<'a> {
    /// Whether to stop: what has ended by then counts, as far as no trial before it is missing.
    pub stop: &'a (dyn Fn() -> bool + Sync),
    /// Told after each run, from any thread.
    pub ran: &'a (dyn Fn() + Sync),
    /// Given each trial in order, as it is summed up.
    pub keep: &'a mut dyn FnMut(&Trial),
}

/// Runs that are handed out at a time, for each thread: so many that threads seldom wait for one another at the end, so
/// few that no more than these have to be remembered.
const AT_A_TIME: u64 = 64;

/// Plays the trials and says what came out. `kept` are trials of the same plan that were played before: the first ones,
/// in order.
///
/// # Panics
/// If a plan has no variant, or its threads cannot be started.
pub fn run(plan: &Plan, kept: Vec<Trial>, hands: &mut Hands<'_>) -> Comparison {
    assert!(!plan.variants.is_empty(), "there is nothing to compare");
    let pool =
        rayon::ThreadPoolBuilder::new().num_threads(plan.jobs).build().expect("threads can be started");
    let mut tally = Tally::new(plan);
    for trial in &kept {
        tally.add(trial);
    }
    let round = (AT_A_TIME * plan.jobs as u64 / plan.variants.len() as u64).max(1);
    while tally.trials() < plan.trials {
        if tally.is_sure() {
            return tally.finish(Ended::Sure);
        }
        let first = tally.trials();
        let last = plan.trials.min(first + round);
        let played = pool.install(|| play(plan, first..last, hands.stop, hands.ran));
        for trial in played {
            // One that is missing was stopped; those behind it would leave a gap.
            let Some(trial) = trial else { return tally.finish(Ended::Stopped) };
            if tally.is_sure() {
                return tally.finish(Ended::Sure);
            }
            tally.add(&trial);
            (hands.keep)(&trial);
        }
    }
    let ended = if tally.is_sure() { Ended::Sure } else { Ended::Done };
    tally.finish(ended)
}

/// The trials of these numbers, in order; nothing for one that was stopped.
fn play(
    plan: &Plan,
    numbers: std::ops::Range<u64>,
    stop: &(dyn Fn() -> bool + Sync),
    ran: &(dyn Fn() + Sync),
) -> Vec<Option<Trial>> {
    let variants = plan.variants.len() as u64;
    let runs = numbers.start * variants..numbers.end * variants;
    let runs: Vec<u64> = runs.collect();
    let one = |run: &u64| {
        if stop() {
            return None;
        }
        let came_to = single(plan, run / variants, (run % variants) as usize);
        ran();
        Some(came_to)
    };
    // One by one: a thread that has drawn the longer runs must not sit on a pile of them.
    let came_to: Vec<Option<Run>> = runs.par_iter().with_max_len(1).map(one).collect();
    let trial = |(number, of_all): (u64, &[Option<Run>])| {
        let all: Option<Vec<Run>> = of_all.iter().cloned().collect();
        let mut trial = Trial::empty(plan, number);
        trial.waits = Some(Vec::new());
        for (variant, run) in all?.into_iter().enumerate() {
            trial.values[variant] = run.values;
            trial.broken[variant] = run.broken;
            trial.waits.iter_mut().for_each(|waits| waits.push(run.waits.clone()));
        }
        Some(trial)
    };
    numbers.zip(came_to.chunks(variants as usize)).map(trial).collect()
}

/// What one run came to.
#[derive(Clone)]
struct Run {
    /// The metrics that are asked for.
    values: Vec<Option<f64>>,
    /// Whether it broke an invariant.
    broken: bool,
    waits: Histogram,
}

fn single(plan: &Plan, number: u64, variant: usize) -> Run {
    let setup = Setup { seed: plan.seed + number, ..plan.variants[variant].setup.clone() };
    let (metrics, waits) = run::metrics_and_waits(setup);
    Run {
        values: plan.metrics.iter().map(|name| metrics.get(name).map(|value| value.as_f64())).collect(),
        broken: metrics.get("run.findings").is_some_and(|found| found.amount > 0),
        waits,
    }
}

impl Trial {
    /// A trial of which nothing is known yet.
    pub(super) fn empty(plan: &Plan, number: u64) -> Trial {
        let variants = plan.variants.len();
        Trial {
            number,
            seed: plan.seed + number,
            values: vec![vec![None; plan.metrics.len()]; variants],
            broken: vec![false; variants],
            waits: None,
        }
    }
}
