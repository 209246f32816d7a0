//! `raft_split_vote`: how often the first term elects nobody, and when the first timer fires.

use rayon::prelude::*;
use serde::Deserialize;
use swarmbed_scheduler::stream::Stream;

use super::paper::Paper;
use super::{mean, percentile, quantile_of, trials};
use crate::validate::{Answer, Case, Means, Row};

#[derive(Deserialize)]
struct Params {
    experiment: String,
    alive_followers: u32,
    #[serde(default)]
    n: u32,
    delay_over_width: Option<f64>,
    aligned_ticks: Option<u64>,
}

/// The width of the timers' range, milliseconds. Timers begin at ten times that, so that a second term cannot begin before
/// the first has ended.
const WIDTH: f64 = 1000.0;

/// The answers to a case's rows, all from the same elections.
pub(in crate::validate) fn answer(case: &Case, means: &Means<'_>) -> Vec<Answer> {
    let Ok(params) = Params::deserialize(&case.params) else { return case.unknown("split votes") };
    let seeds = case.seeds("raft_split_vote", trials(case, means));
    let mut found: Vec<f64> = seeds.into_par_iter().map(|seed| params.trial(seed)).collect();
    let average = mean(found.iter().copied());
    found.sort_unstable_by(f64::total_cmp);
    let of = |row: &Row| {
        if !means.budget.reaches(row) {
            return means.budget.beyond(row);
        }
        match row.metric.as_str() {
            "p_first_term_split" | "first_timeout_mean_over_width" => average.clone(),
            metric => match metric.strip_prefix("first_timeout_").and_then(percentile) {
                Some(p) => quantile_of(&found, p),
                None => Answer::unsupported("a first term is split or not, and a timer fires"),
            },
        }
    };
    case.rows.iter().map(of).collect()
}

impl Params {
    /// 1 for a split vote and 0 for a leader; or the first timer, in widths.
    fn trial(&self, seed: u64) -> f64 {
        let ticks = self.aligned_ticks;
        let timer = move |draws: &mut Stream| match ticks {
            Some(ticks) => 10.0 * WIDTH + WIDTH * draws.below(ticks) as f64 / ticks as f64,
            None => 10.0 * WIDTH + WIDTH * draws.unit(),
        };
        let delay = match (self.delay_over_width, ticks) {
            (Some(delay), _) => delay * WIDTH,
            (None, Some(ticks)) => 0.4 * WIDTH / ticks as f64, // there and back within a tick
            (None, None) => 0.0,
        };
        let paper = Paper { n: self.n, alive: self.alive_followers, delay: [delay, delay], timeout: &timer };
        match self.experiment.as_str() {
            "raft_first_timeout" => paper.first_timeout(seed) / WIDTH - 10.0,
            _ => f64::from(u8::from(paper.elect(seed).terms > 1)),
        }
    }
}
