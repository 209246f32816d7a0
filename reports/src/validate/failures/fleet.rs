//! `failure_superposition`: machines of a fleet that fail on their own, and how many are down.

use rayon::prelude::*;
use serde::Deserialize;
use swarmbed_scheduler::SimTime;
use swarmbed_sim::world::faults::{Crews, Faults, Lives};

use super::history::History;
use crate::quorum::HOUR;
use crate::stats::Estimate;
use crate::stats::special::{binomial, binomial_quantile};
use crate::validate::laws::Drawn;
use crate::validate::{Answer, Case, Means, Row};

#[derive(Deserialize)]
struct Params {
    nodes: u32,
    ttf: Drawn,
    ttr: Drawn,
    target: Option<f64>,
}

/// Replications: as many whatever the budget, each as long as it allows for.
const REPLICATIONS: u64 = 256;

/// The answers to a case's rows.
pub(in crate::validate) fn answer(case: &Case, means: &Means<'_>) -> Vec<Answer> {
    let params = match Params::deserialize(&case.params) {
        Ok(params) => params,
        Err(why) => return case.unsupported(&format!("its params: {why}")),
    };
    let hours = case.units(means.budget) as f64 / REPLICATIONS as f64;
    let one = |i: u64| params.replication(&format!("{}/{i}", case.name), hours);
    let histories: Vec<History> = (0..REPLICATIONS).into_par_iter().map(one).collect();
    let of = |row: &Row| match row.method.as_str() {
        "analytic" => known(&row.metric, &params),
        _ if !means.budget.reaches(row) => means.budget.beyond(row),
        _ => seen(&row.metric, &histories, params.nodes),
    };
    case.rows.iter().map(of).collect()
}

impl Params {
    /// Hours of the fleet's life.
    fn replication(&self, name: &str, hours: f64) -> History {
        let mut lives = Lives::new(self.ttf.draws.clone(), self.ttr.draws.clone(), Crews::unlimited());
        for node in 0..self.nodes {
            lives.add((1, "validate.failure_superposition", &format!("{name}/{node}")), [node]);
        }
        let (mut faults, mut history) = (Faults::new(self.nodes, vec![lives]), History::new(self.nodes));
        history.begin(&mut faults);
        // The beginning, in which more than later are up, is not looked at.
        let warm = 10.0 * self.ttr.law.mean() * (1.0 + self.ttr.law.cv2());
        history.play(&mut faults, SimTime((warm * HOUR) as u64));
        history.forget();
        history.play(&mut faults, SimTime(((warm + hours) * HOUR) as u64));
        history
    }
}

fn seen(metric: &str, histories: &[History], nodes: u32) -> Answer {
    let share = |history: &History, wanted: &dyn Fn(u32) -> f64| {
        let all: u64 = history.times.iter().sum();
        let weighed = history.times.iter().enumerate().map(|(down, time)| *time as f64 * wanted(down as u32));
        weighed.sum::<f64>() / all as f64
    };
    let least = metric.strip_prefix("p_at_least_").and_then(|rest| rest.strip_suffix("_up"));
    let value = |history: &History| match (metric, least.and_then(|least| least.parse::<u32>().ok())) {
        ("mean_nodes_down", _) => Some(share(history, &f64::from)),
        ("p_at_least_one_down", _) => Some(share(history, &|down| f64::from(u8::from(down > 0)))),
        ("failures_per_day", _) => {
            let hours = history.times.iter().sum::<u64>() as f64 / HOUR;
            Some(history.failures as f64 / hours * 24.0)
        }
        (_, Some(least)) => Some(share(history, &|down| f64::from(u8::from(nodes - down >= least)))),
        _ => None,
    };
    let values: Option<Vec<f64>> = histories.iter().map(value).collect();
    let Some(values) = values else { return Answer::unsupported("nothing of that name is measured") };
    let estimate = Estimate::of_mean(&values).filter(|of| of.se > 0.0);
    Answer::estimated(estimate, "it was never seen to happen")
}

/// What follows from machines that are down each on its own.
fn known(metric: &str, params: &Params) -> Answer {
    let (up, down) = (params.ttf.law.mean(), params.ttr.law.mean());
    let down = down / (up + down);
    let nodes = i64::from(params.nodes);
    if let Some(level) = metric.strip_prefix("nodes_down_quantile_").and_then(|p| p.parse().ok()) {
        return Answer::Certain(binomial_quantile(level, nodes, down) as f64);
    }
    match (metric.starts_with("spares_so_that_"), params.target) {
        (true, Some(target)) => {
            let enough = |spares: &i64| binomial(*spares, nodes + spares, down) >= target;
            let spares = (0..=nodes).find(enough);
            spares.map_or(Answer::unsupported("twice as many machines do not do"), |n| {
                Answer::Certain(n as f64)
            })
        }
        _ => Answer::unsupported("nothing of that name is worked out"),
    }
}
