//! `placement_makespan`: jobs on machines that are alike, each on the one with the least work (Graham).

use std::cmp::Reverse;

use serde::Deserialize;
use swarmbed_scheduler::units::Resources;

use super::yard::Yard;
use crate::validate::{Answer, Case, Means};

#[derive(Deserialize)]
struct Params {
    jobs: Vec<i64>,
    machines: u32,
}

/// The answers to a case's rows. A row of a bound asks for the same as the one that it bounds.
pub(in crate::validate) fn answer(case: &Case, _: &Means<'_>) -> Vec<Answer> {
    let params = Params::deserialize(&case.params);
    let of = |metric: &str| match (&params, metric.trim_end_matches("_max")) {
        (Err(_), _) => Answer::unsupported("its params are not those of an experiment on makespans"),
        (Ok(params), "least_loaded_greedy") => Answer::Certain(longest(&params.jobs, params.machines) as f64),
        (Ok(params), "lpt") => {
            let mut jobs = params.jobs.clone();
            jobs.sort_by_key(|job| Reverse(*job));
            Answer::Certain(longest(&jobs, params.machines) as f64)
        }
        (Ok(_), _) => Answer::unsupported("no strategy looks ahead, so none can be asked for the optimum"),
    };
    case.rows.iter().map(|row| of(&row.metric)).collect()
}

/// The most work on one machine. A unit of work is a nano-CPU reserved.
fn longest(jobs: &[i64], machines: u32) -> i64 {
    let all = Resources::new(jobs.iter().sum(), 0);
    let mut yard = Yard::new("least-loaded[ties=id]", machines, all);
    for job in jobs {
        yard.put(Resources::new(*job, 0));
    }
    yard.reserved().map(|reserved| reserved.nano_cpus).max().unwrap_or(0)
}
