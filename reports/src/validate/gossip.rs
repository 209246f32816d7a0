//! The tables on gossip: a record that spreads, and a crash that is found out. Both run on the core that every run uses, with
//! the rules of the table; what the tables' models leave out (exchanges of what is known of nodes, tickers in phase) is
//! switched off by its rules.

mod detection;
mod dissemination;

pub(super) use detection::answer as detection;
pub(super) use dissemination::answer as dissemination;

use serde::Deserialize;
use swarmbed_scheduler::stream::unit;
use swarmbed_scheduler::{NodeId, SimTime, Span};
use swarmbed_sim::worker::gossip::rules::Rules;
use swarmbed_sim::worker::gossip::{Around, Gossip, NetworkId, News};

use super::{Answer, Case, Means};
use crate::stats::{Estimate, Moments, quantile};

/// The network that all nodes are on.
const NETWORK: NetworkId = NetworkId(0);

/// What both experiments have.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Base {
    n: u32,
    loss: f64,
    delay_ms: f64,
    gossip_interval_ms: f64,
    gossip_nodes: u32,
    retransmit_mult: u32,
}

/// Packets take equally long or are lost; nothing is lost over a connection.
#[derive(Clone, Copy, Debug)]
struct Links {
    loss: f64,
    delay: Span,
}

impl Around for Links {
    fn packet(&self, _: NodeId, _: NodeId, bits: u64) -> Option<Span> {
        (unit(bits) >= self.loss).then_some(self.delay)
    }

    fn stream(&self, _: NodeId, _: NodeId) -> Option<Span> {
        Some(self.delay)
    }
}

impl Base {
    fn rules(&self) -> Rules {
        Rules {
            gossip_interval: span(self.gossip_interval_ms),
            gossip_nodes: self.gossip_nodes,
            retransmit_mult: self.retransmit_mult,
            bulk_sync: Span::ZERO,
            push_pull: Span::ZERO,
            rejoin: Span::ZERO,
            in_phase: false,
            ..Rules::default()
        }
    }

    fn links(&self) -> Links {
        Links { loss: self.loss, delay: span(self.delay_ms) }
    }

    fn names(&self) -> Vec<String> {
        (0..self.n).map(|i| format!("node-{i}")).collect()
    }

    /// All nodes, up and on the network, at time 0.
    fn founded(&self, rules: Rules, seed: u64, names: &[String]) -> Gossip {
        let nodes: Vec<NodeId> = (0..self.n).map(NodeId).collect();
        let mut gossip = Gossip::new(rules, seed, names.iter().map(String::as_str));
        gossip.found(&nodes, &[], &[(NETWORK, &nodes)]);
        gossip
    }
}

/// Lets things happen until somebody has seen enough, or nothing is due any more.
fn play(gossip: &mut Gossip, links: &Links, mut seen: impl FnMut(SimTime, News) -> bool) {
    while let Some(now) = gossip.next_turn() {
        gossip.turn(now, links);
        while let Some(news) = gossip.next_news() {
            if seen(now, news) {
                return;
            }
        }
    }
}

fn span(millis: f64) -> Span {
    Span((millis * 1e6) as u64)
}

fn millis(span: Span) -> f64 {
    span.0 as f64 / 1e6
}

/// Half as many again as the most demanding row takes: how sure a quantile is can only be estimated, too.
fn trials(case: &Case, means: &Means<'_>) -> u64 {
    case.units(means.budget) * 3 / 2
}

/// One number of each trial.
struct Numbers {
    ascending: Vec<f64>,
}

impl Numbers {
    fn new(mut numbers: Vec<f64>) -> Numbers {
        numbers.sort_unstable_by(f64::total_cmp);
        Numbers { ascending: numbers }
    }

    fn mean(&self) -> Answer {
        Answer::estimated(Estimate::of_mean(&self.ascending), TOO_FEW).certain_if_alike()
    }

    fn quantile(&self, p: f64) -> Answer {
        Answer::estimated(Estimate::of_quantile(&self.ascending, p, 2.0), TOO_FEW).certain_if_alike()
    }
}

/// As many numbers of each trial, which depend on each other.
struct Pooled {
    each: usize,
    in_trials: Vec<f64>,
    ascending: Vec<f64>,
}

impl Pooled {
    /// The trials' numbers, one trial after the other.
    fn new(each: usize, in_trials: Vec<f64>) -> Pooled {
        let mut ascending = in_trials.clone();
        ascending.sort_unstable_by(f64::total_cmp);
        Pooled { each, in_trials, ascending }
    }

    fn per_trial(&self, of: impl Fn(&[f64]) -> f64) -> Option<Estimate> {
        let trials: Moments = self.in_trials.chunks(self.each.max(1)).map(of).collect();
        Estimate::of(&trials)
    }

    fn mean(&self) -> Answer {
        let estimate = self.per_trial(|trial| trial.iter().sum::<f64>() / trial.len() as f64);
        Answer::estimated(estimate, TOO_FEW).certain_if_alike()
    }

    /// A quantile of all numbers. Its rank is as sure as the share of a trial's numbers that lie below it; the error is read off
    /// the values whose ranks lie two standard errors to either side.
    fn quantile(&self, p: f64) -> Answer {
        let estimate = quantile(&self.ascending, p).and_then(|value| {
            let below =
                |trial: &[f64]| trial.iter().filter(|x| **x <= value).count() as f64 / trial.len() as f64;
            let share = self.per_trial(below)?;
            let at = |p: f64| quantile(&self.ascending, p.clamp(0.0, 1.0));
            let step = 2.0 * share.se;
            Some(Estimate { value, se: (at(p + step)? - at(p - step)?) / 4.0, n: share.n })
        });
        Answer::estimated(estimate, TOO_FEW).certain_if_alike()
    }
}

const TOO_FEW: &str = "an estimate takes at least two trials";

/// The quantity and the statistic that a metric names: `last_p99` is the quantile at 0.99 of `last`.
fn statistic(metric: &str) -> Option<(&str, Statistic)> {
    let (of, statistic) = metric.rsplit_once('_')?;
    match statistic {
        "mean" => Some((of, Statistic::Mean)),
        _ => {
            let percent: f64 = statistic.strip_prefix('p')?.parse().ok()?;
            (0.0..=100.0).contains(&percent).then_some((of, Statistic::Quantile(percent / 100.0)))
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Statistic {
    Mean,
    Quantile(f64),
}

impl Statistic {
    fn of(self, numbers: &Numbers) -> Answer {
        match self {
            Statistic::Mean => numbers.mean(),
            Statistic::Quantile(p) => numbers.quantile(p),
        }
    }

    fn of_pooled(self, numbers: &Pooled) -> Answer {
        match self {
            Statistic::Mean => numbers.mean(),
            Statistic::Quantile(p) => numbers.quantile(p),
        }
    }
}
