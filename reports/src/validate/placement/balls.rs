//! `placement_balls_in_bins`: how full the fullest node is if each task takes the best of a few at random.

use rayon::prelude::*;
use serde::Deserialize;
use swarmbed_scheduler::spec::TaskSpec;
use swarmbed_scheduler::units::Resources;

use super::yard::Yard;
use crate::stats::Estimate;
use crate::validate::{Answer, Case, Means, Row};

#[derive(Deserialize)]
struct Params {
    balls: u32,
    bins: u32,
    choices: u32,
}

/// The answers to a case's rows, all from the same trials.
pub(in crate::validate) fn answer(case: &Case, means: &Means<'_>) -> Vec<Answer> {
    let Ok(params) = Params::deserialize(&case.params) else {
        return case.unknown("balls in bins");
    };
    let fullest = fullest(case.seeds("placement_balls_in_bins", case.units(means.budget)), &params);
    let of = |row: &Row| match statistic(&row.metric) {
        _ if !means.budget.reaches(row) => means.budget.beyond(row),
        Some(statistic) => {
            let values = fullest.iter().map(|load| statistic.of(*load)).collect();
            Answer::estimated(Estimate::of(&values), "an estimate takes at least two trials")
        }
        None => Answer::unsupported("the trials tell how full the fullest bin is, and nothing else"),
    };
    case.rows.iter().map(of).collect()
}

/// What is asked of the load of the fullest node.
enum Statistic {
    Itself,
    AtMost(u32),
}

fn statistic(metric: &str) -> Option<Statistic> {
    match metric.strip_prefix("p_max_load_le_") {
        Some(limit) => limit.parse().ok().map(Statistic::AtMost),
        None => (metric == "mean_max_load").then_some(Statistic::Itself),
    }
}

impl Statistic {
    fn of(&self, load: u32) -> f64 {
        match self {
            Statistic::Itself => f64::from(load),
            Statistic::AtMost(limit) => f64::from(u8::from(load <= *limit)),
        }
    }
}

/// The load of the fullest node in each trial, in their order. A trial is a request of its own.
fn fullest(seeds: Vec<u64>, params: &Params) -> Vec<u32> {
    let yard = Yard::new(&format!("power-of-d[d={}]", params.choices), params.bins, Resources::ZERO);
    let trial = |seed: u64| {
        let mut loads = vec![0; params.bins as usize];
        for decision in yard.plan(&TaskSpec::default(), params.balls, seed).decisions {
            let node = decision.node().expect("a task without reservations fits everywhere");
            loads[node.index()] += 1;
        }
        loads.into_iter().max().unwrap_or(0)
    };
    seeds.into_par_iter().map(trial).collect()
}
