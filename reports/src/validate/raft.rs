//! `raft_*`: what theory says of elections, commits and throughput, held against the managers' own Raft core. Rows that ask
//! for the thesis's timers, and not etcd's, are played by [`paper`]: the core has etcd's rules only.

mod bench;
mod commit;
mod election;
mod paper;
mod split;
mod throughput;

pub(super) use commit::answer as commit_latency;
pub(super) use election::answer as election;
pub(super) use split::answer as split_vote;
pub(super) use throughput::answer as throughput;

use super::{Answer, Case, Means};
use crate::stats::Estimate;

/// A millisecond in the engine's whole numbers.
const MILLI: f64 = 1e6;

/// Half as many again as the most demanding row takes: how sure a quantile is can only be estimated, too.
fn trials(case: &Case, means: &Means<'_>) -> u64 {
    case.units(means.budget) * 3 / 2
}

/// The mean of what was found.
fn mean(values: impl Iterator<Item = f64>) -> Answer {
    let why = "an estimate takes at least two trials";
    Answer::estimated(Estimate::of(&values.collect()), why).certain_if_alike()
}

/// A quantile of what was found, ascending. Times to a leader come in heaps, a term each, with little between them: farther
/// neighbours would belong to another.
fn quantile_of(ascending: &[f64], p: f64) -> Answer {
    let estimate = Estimate::of_quantile(ascending, p, 1.0);
    Answer::estimated(estimate, "a quantile takes a sample").certain_if_alike()
}

/// `p99.9_…` is the quantile at 0.999.
fn percentile(metric: &str) -> Option<f64> {
    let (number, _) = metric.strip_prefix('p')?.split_once('_')?;
    number.parse::<f64>().ok().map(|p| p / 100.0)
}
