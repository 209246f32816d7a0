//! `queue_*`: what theory says of queues, held against the mesh that every run uses: clients, ingress nodes with their load
//! balancers, replicas, and calls from one service to the next.

mod hall;
mod params;
mod watch;

use rayon::prelude::*;
use swarmbed_scheduler::Span;
use swarmbed_sim::Simulation;

use super::{Answer, Budget, Case, Means, Row, judge};
use crate::stats::{Estimate, Histogram, Moments};
use hall::Hall;
use params::Experiment;
use watch::Batch;

/// Runs that are played side by side, and the stretches of each that are looked at before the errors are; together as many as
/// the rules ask for.
const RUNS: u64 = 4;
const STRETCHES: usize = 16;

/// The answers to a case's rows, all from the same requests.
pub(super) fn answer(case: &Case, means: &Means<'_>) -> Vec<Answer> {
    let experiment = match Experiment::read(&case.params) {
        Ok(experiment) => experiment,
        Err(why) => return case.unsupported(&why),
    };
    let due: Vec<&Row> =
        case.rows.iter().filter(|row| row.method != "analytic" && means.budget.reaches(row)).collect();
    if due.is_empty() {
        return case.rows.iter().map(|row| not_due(row, means.budget)).collect();
    }
    let stretch = experiment.stretch(due_units(&due, means.budget));
    let hall =
        Hall { experiment: &experiment, percentiles: due.iter().any(|row| row.metric.starts_with('p')) };
    let mut runs: Vec<Run> = case
        .seeds(&case.rows[0].table, RUNS)
        .into_par_iter()
        .map(|seed| Run { sim: hall.warmed_up(seed), batches: Vec::new() })
        .collect();
    let (mut stretch, mut more) = (stretch, STRETCHES);
    loop {
        runs.par_iter_mut().for_each(|Run { sim, batches }| {
            batches.extend((0..more).map(|_| hall.watch(sim, stretch)));
        });
        let batches: Vec<&Batch> = runs.iter().flat_map(|run| &run.batches).collect();
        let found =
            Found { pooled: Batch::of(&batches), batches: &batches, experiment: &experiment, stretch };
        let answer = |row: &Row| match row.method.as_str() {
            "analytic" => not_due(row, means.budget),
            _ if !means.budget.reaches(row) => means.budget.beyond(row),
            _ => found.answer(&row.metric),
        };
        let answers: Vec<Answer> = case.rows.iter().map(answer).collect();
        let times = case
            .rows
            .iter()
            .zip(&answers)
            .map(|(row, answer)| times_too_few(row, answer))
            .fold(0.0, f64::max);
        let played = runs[0].batches.len();
        let seen: u64 = found.pooled.seen.iter().sum();
        if times <= 1.0 || seen > MOST {
            return answers;
        }
        more = ((played as f64 * (times - 1.0).min(3.0)) as usize + 1).next_multiple_of(4);
        if played + more > 2 * STRETCHES {
            // Longer stretches, and no more of them: they know even less of each other.
            runs.iter_mut().for_each(Run::join);
            (stretch, more) = (Span(stretch.0 * 2), more / 2);
        }
    }
}

/// A run, and what was seen in its stretches.
struct Run {
    sim: Simulation,
    batches: Vec<Batch>,
}

impl Run {
    /// Each two stretches become one.
    fn join(&mut self) {
        let pairs: Vec<&[Batch]> = self.batches.chunks(2).collect();
        self.batches = pairs.into_iter().map(|pair| Batch::of(&pair.iter().collect::<Vec<_>>())).collect();
    }
}

/// Requests beyond which nobody waits for a smaller error.
const MOST: u64 = 400_000_000;

/// Units that the rows of a case ask for; where a row does not say, its error decides.
fn due_units(due: &[&Row], budget: Budget) -> u64 {
    due.iter().filter(|row| row.n_need.is_some()).map(|row| budget.units(row)).max().unwrap_or(20_000)
}

fn not_due(row: &Row, budget: Budget) -> Answer {
    match row.method.as_str() {
        "analytic" => Answer::unsupported("a formula, with nothing to simulate"),
        _ => budget.beyond(row),
    }
}

/// How many times as many requests an answer would take to be judged, with a little to spare: how sure it is is an estimate, too.
fn times_too_few(row: &Row, answer: &Answer) -> f64 {
    match (answer, row.value.parse::<f64>()) {
        (Answer::Simulated { se, .. }, Ok(expected)) => {
            let enough = 0.85 * judge::cap(row, expected);
            if *se <= enough { 0.0 } else { (se / enough) * (se / enough) }
        }
        _ => 0.0,
    }
}

/// What was seen.
struct Found<'a> {
    pooled: Batch,
    batches: &'a [&'a Batch],
    experiment: &'a Experiment,
    stretch: Span,
}

impl Found<'_> {
    fn answer(&self, metric: &str) -> Answer {
        if let Some(stage) = metric.strip_prefix("mean_wait_").and_then(|name| self.experiment.stage(name)) {
            return self.ratio(move |batch| (batch.waits[stage], batch.seen[stage] as f64));
        }
        let time = self.stretch.0 as f64 / self.experiment.unit;
        let answered = |batch: &Batch| batch.seen[0] as f64;
        match metric {
            "mean_wait" => self.ratio(|b| (b.waits[0], answered(b))),
            "mean_sojourn" | "mean_response" => self.ratio(|b| (b.sojourn, answered(b))),
            "mean_slowdown" => self.ratio(|b| (b.slowdown, answered(b))),
            "mean_queue_length" => self.ratio(|b| (b.waits[0], time)),
            "mean_number_in_system" | "mean_requests_inside" => self.ratio(|b| (b.sojourn, time)),
            "p_wait_positive" => self.ratio(|b| (b.waited as f64, answered(b))),
            "p_arrival_finds_idle_choice" => self.ratio(|b| (answered(b) - b.waited as f64, answered(b))),
            "p_blocked" => self.ratio(|b| (b.blocked as f64, answered(b) + b.blocked as f64)),
            "sd_wait" => self.spread(),
            "wait_ratio_vs_random" => {
                let rho = self.experiment.load();
                let random = rho / (1.0 - rho);
                match self.ratio(|b| (b.waits[0], answered(b))) {
                    Answer::Simulated { value, se, n } => {
                        Answer::Simulated { value: value / random, se: se / random, n }
                    }
                    other => other,
                }
            }
            _ => self.percentile(metric).unwrap_or_else(|| Answer::unsupported("nobody counts that")),
        }
    }

    /// A total over another total, each of a stretch.
    fn ratio(&self, of: impl Fn(&Batch) -> (f64, f64)) -> Answer {
        let pairs: Vec<(f64, f64)> = self.batches.iter().map(|batch| of(batch)).collect();
        let (parts, wholes) = pairs.iter().fold((0.0, 0.0), |(p, w), (part, whole)| (p + part, w + whole));
        let value = parts / wholes;
        self.estimated(value, pairs.iter().map(|(part, whole)| part - value * whole), wholes)
    }

    /// The standard deviation of the waits.
    fn spread(&self) -> Answer {
        let sum = |of: &dyn Fn(&Batch) -> f64| self.batches.iter().map(|batch| of(batch)).sum::<f64>();
        let count = sum(&|b| b.seen[0] as f64);
        let (mean, square) = (sum(&|b| b.waits[0]) / count, sum(&|b| b.squares) / count);
        let sd = libm::sqrt((square - mean * mean).max(0.0));
        // By how much a stretch would move it: the linear part of the square root of the variance.
        let moves = self.batches.iter().map(|b| {
            let n = b.seen[0] as f64;
            (b.squares - square * n - 2.0 * mean * (b.waits[0] - mean * n)) / (2.0 * sd)
        });
        self.estimated(sd, moves, count)
    }

    fn percentile(&self, metric: &str) -> Option<Answer> {
        let (number, what) = metric.strip_prefix('p')?.split_once('_')?;
        let p = number.parse::<f64>().ok()? / 100.0;
        let of: fn(&Batch) -> &Histogram = match what {
            "wait" => |batch| &batch.wait,
            "sojourn" => |batch| &batch.sojourns,
            _ => return None,
        };
        let all = of(&self.pooled);
        let value = all.quantile(p)?;
        if value == 0.0 {
            return Some(Answer::Certain(0.0)); // so many need not wait at all
        }
        let near = |factor: f64| all.fraction_below(value * factor);
        let density = (near(1.03) - near(0.97)) / (0.06 * value);
        let counts = self.batches.iter().map(|batch| of(batch));
        let counts = counts.map(|one| one.total() as f64 * (one.fraction_below(value) - p) / density);
        let Answer::Simulated { se, n, .. } = self.estimated(value, counts, all.total() as f64) else {
            return None;
        };
        let unit = self.experiment.unit;
        Some(Answer::Simulated { value: value / unit, se: se / unit, n })
    }

    /// A value, and how sure it is from what each stretch would add to it.
    fn estimated(&self, value: f64, residuals: impl Iterator<Item = f64>, wholes: f64) -> Answer {
        let left: Moments = residuals.collect();
        let n = self.batches.len() as u64;
        let se = left
            .sd()
            .map(|sd| sd * libm::sqrt(n as f64) / wholes)
            .filter(|se| value.is_finite() && se.is_finite());
        Answer::estimated(se.map(|se| Estimate { value, se, n }), "nothing was seen")
    }
}
