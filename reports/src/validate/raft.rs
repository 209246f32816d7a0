//! `raft_*`: what theory says of elections, commits and throughput, held against the managers' own Raft core. Rows that ask
//! for the thesis's timers, and not etcd's, are played by [`paper`]: the core has etcd's rules only.

mod commit;
mod election;
mod paper;
mod split;
mod throughput;

pub(super) use commit::answer as commit_latency;
pub(super) use election::answer as election;
pub(super) use split::answer as split_vote;
pub(super) use throughput::answer as throughput;

use super::{Answer, Case, Means, Row};
use crate::stats::{Moments, quantile};

/// A millisecond in the engine's whole numbers.
const MILLI: f64 = 1e6;

/// The seeds of a case's trials.
fn seeds(table: &str, case: &str, trials: u64) -> Vec<u64> {
    let mut seeds = swarmbed_scheduler::stream::Stream::new(1, &format!("validate.{table}"), case);
    (0..trials).map(|_| seeds.next_u64()).collect()
}

/// As many trials as the most demanding row takes that there is time for.
fn trials(case: &Case, means: &Means<'_>) -> u64 {
    let due = |row: &&Row| row.method == "simulate" && means.budget.reaches(row);
    case.rows.iter().filter(due).map(|row| means.budget.units(row)).max().unwrap_or(0)
}

/// The mean of what was found.
fn mean(values: impl Iterator<Item = f64>) -> Answer {
    let moments: Moments = values.collect();
    match (moments.mean(), moments.standard_error()) {
        (Some(value), Some(0.0)) => Answer::Certain(value),
        (Some(value), Some(se)) => Answer::Simulated { value, se, n: moments.n() },
        _ => Answer::unsupported("an estimate takes at least two trials"),
    }
}

/// A quantile of what was found, ascending; its standard error is a fifth of the distance between the values whose ranks lie
/// two and a half standard deviations to either side (the rank of a quantile is binomial; nearer ones would say less surely).
fn quantile_of(ascending: &[f64], p: f64) -> Answer {
    let Some(value) = quantile(ascending, p) else {
        return Answer::unsupported("a quantile takes a sample");
    };
    let n = ascending.len() as f64;
    let step = 2.5 * libm::sqrt(p * (1.0 - p) / n);
    let at = |p: f64| quantile(ascending, p).unwrap_or(value);
    match (at(p + step) - at(p - step)) / 5.0 {
        0.0 => Answer::Certain(value),
        se => Answer::Simulated { value, se, n: ascending.len() as u64 },
    }
}

/// `p99.9_…` is the quantile at 0.999.
fn percentile(metric: &str) -> Option<f64> {
    let (number, _) = metric.strip_prefix('p')?.split_once('_')?;
    number.parse::<f64>().ok().map(|p| p / 100.0)
}

fn unknown(case: &Case, of: &str) -> Vec<Answer> {
    let why = format!("its params are not those of an experiment on {of}");
    case.rows.iter().map(|_| Answer::unsupported(why.clone())).collect()
}
