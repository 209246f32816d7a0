//! `output_coverage`: how often an interval holds the truth that it is an interval of.

use serde::Deserialize;
use swarmbed_scheduler::stream::Stream;
use swarmbed_sim::engine::distribution::Distribution;

use super::{Answer, Budget, Case, Means};
use crate::stats::{Estimate, Interval, Moments};

#[derive(Deserialize)]
struct Params {
    data: String,
    nominal: f64,
    truth: f64,
    n: Option<u64>,
}

/// One value of 1 in the engine's whole numbers.
const ONE: f64 = 1e9;

/// The answers to a case's rows.
pub(super) fn answer(case: &Case, means: &Means<'_>) -> Vec<Answer> {
    case.rows.iter().map(|row| of(case, row.n_need.unwrap_or(10_000.0), means.budget)).collect()
}

fn of(case: &Case, need: f64, budget: Budget) -> Answer {
    let Ok(Params { data, nominal, truth, n }) = Params::deserialize(&case.params) else {
        return Answer::unsupported("its params are not those of an experiment on coverage");
    };
    match n {
        Some(n) if data == "iid exponential mean 1" => {
            covered(&case.name, (n, nominal, truth), need as u64 * budget.times())
        }
        _ => Answer::too_costly(format!("{data}: a thousand experiments of a million arrivals each")),
    }
}

/// The share of experiments of `n` values whose interval holds the truth.
fn covered(name: &str, (n, nominal, truth): (u64, f64, f64), experiments: u64) -> Answer {
    let law = Distribution::exponential(ONE).expect("1 is a mean");
    let mut stream = Stream::new(1, "validate.output_coverage", name);
    let mut hits = Moments::default();
    for _ in 0..experiments {
        let values: Moments = (0..n).map(|_| law.sample(&mut stream) as f64 / ONE).collect();
        let held = Interval::of_mean(&values, nominal).is_some_and(|interval| interval.holds(truth));
        hits.push(f64::from(u8::from(held)));
    }
    Answer::estimated(Estimate::of(&hits), "an experiment takes at least two values")
}
