//! `failure_superposition`: machines of a fleet that fail on their own, and how many are down.

use rayon::prelude::*;
use serde::Deserialize;
use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::engine::agenda::Agenda;
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::world::faults::{Around, Crews, FaultEvent, Faults, Lives};

use crate::quorum::{Estimate, HOUR};
use crate::stats::special::{binomial, binomial_quantile};
use crate::validate::laws::Law;
use crate::validate::{Answer, Case, Means, Row};

#[derive(Deserialize)]
struct Params {
    nodes: u32,
    ttf: Law,
    ttr: Law,
    target: Option<f64>,
}

/// Replications: as many whatever the budget, each as long as it allows for.
const REPLICATIONS: u64 = 256;

/// The answers to a case's rows.
pub(in crate::validate) fn answer(case: &Case, means: &Means<'_>) -> Vec<Answer> {
    let params = Params::deserialize(&case.params).map_err(|e| e.to_string());
    let read = params.and_then(|params| {
        let laws = (params.ttf.draws(), params.ttr.draws());
        Ok((params, laws.0.map_err(|e| e.to_string())?, laws.1.map_err(|e| e.to_string())?))
    });
    let (params, ttf, ttr) = match read {
        Ok(read) => read,
        Err(why) => {
            let why = format!("its params: {why}");
            return case.rows.iter().map(|_| Answer::unsupported(why.as_str())).collect();
        }
    };
    let due = case.rows.iter().filter(|row| row.method == "simulate" && means.budget.reaches(row));
    let hours = due.map(|row| means.budget.units(row)).max().unwrap_or(0) as f64 / REPLICATIONS as f64;
    // The beginning, in which more than later are up, is not looked at.
    let warm = 10.0 * params.ttr.mean() * (1.0 + params.ttr.cv2());
    let one = |i: u64| {
        let name = format!("{}/{i}", case.name);
        replication(&name, (params.nodes, &ttf, &ttr), warm, hours)
    };
    let histories: Vec<History> = (0..REPLICATIONS).into_par_iter().map(one).collect();
    let of = |row: &Row| match row.method.as_str() {
        "analytic" => known(&row.metric, &params),
        _ if !means.budget.reaches(row) => means.budget.beyond(row),
        _ => seen(&row.metric, &histories, params.nodes),
    };
    case.rows.iter().map(of).collect()
}

/// What is seen of a fleet.
struct History {
    agenda: Agenda<FaultEvent>,
    /// How many nanoseconds so many were down.
    times: Vec<u64>,
    failures: u64,
    down: usize,
    since: SimTime,
}

impl Around for History {
    fn now(&self) -> SimTime {
        self.agenda.now()
    }

    fn after(&mut self, delay: Span, event: FaultEvent) {
        self.agenda.schedule(self.agenda.now() + delay, event);
    }

    fn turned(&mut self, _: u8, _: u32, up: bool) {
        self.pass(self.now());
        self.failures += u64::from(!up);
        self.down = if up { self.down - 1 } else { self.down + 1 };
    }
}

impl History {
    fn pass(&mut self, now: SimTime) {
        self.times[self.down] += now.since(self.since).0;
        self.since = now;
    }
}

fn replication(
    name: &str,
    (nodes, ttf, ttr): (u32, &Distribution, &Distribution),
    warm: f64,
    hours: f64,
) -> History {
    let mut lives = Lives::new(ttf.clone(), ttr.clone(), Crews::unlimited());
    for node in 0..nodes {
        lives.add((1, "validate.failure_superposition", &format!("{name}/{node}")), [node]);
    }
    let mut faults = Faults::new(nodes, vec![lives]);
    let times = vec![0; nodes as usize + 1];
    let mut history = History { agenda: Agenda::new(), times, failures: 0, down: 0, since: SimTime::ZERO };
    faults.start(&mut history);
    let until = |history: &mut History, faults: &mut Faults, end: SimTime| {
        while history.agenda.peek_time().is_some_and(|time| time < end) {
            let Some((_, event)) = history.agenda.pop() else { break };
            faults.handle(event, history);
        }
        history.pass(end);
    };
    until(&mut history, &mut faults, SimTime((warm * HOUR) as u64));
    history.times.fill(0);
    history.failures = 0;
    until(&mut history, &mut faults, SimTime(((warm + hours) * HOUR) as u64));
    history
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
    match Estimate::of_mean(&values) {
        Some(Estimate { value, se, n }) if se > 0.0 => Answer::Simulated { value, se, n },
        _ => Answer::unsupported("it was never seen to happen"),
    }
}

/// What follows from machines that are down each on its own.
fn known(metric: &str, params: &Params) -> Answer {
    let down = params.ttr.mean() / (params.ttf.mean() + params.ttr.mean());
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
