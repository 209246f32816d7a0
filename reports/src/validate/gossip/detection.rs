//! `gossip_detection`: how long the others take to find out that a node has crashed.

use rayon::prelude::*;
use serde::Deserialize;
use swarmbed_scheduler::{NodeId, SimTime};
use swarmbed_sim::worker::gossip::rules::Rules;
use swarmbed_sim::worker::gossip::{Holds, News};

use super::{Base, Numbers, Pooled, millis, play, span, statistic, trials};
use crate::validate::{Answer, Case, Means, Row};

#[derive(Deserialize)]
struct Params {
    #[serde(flatten)]
    base: Base,
    probe_interval_ms: f64,
    probe_timeout_ms: f64,
    indirect_checks: u32,
    awareness_max: u32,
    suspicion_mult: u32,
    suspicion_max_timeout_mult: u32,
}

/// How a crash was found out; milliseconds.
#[derive(Clone, Debug, Default)]
struct Found {
    first_probe: f64,
    first_suspect: f64,
    /// When each of the others held it for dead, in that order.
    dead: Vec<f64>,
}

/// The answers to a case's rows, all from the same trials.
pub(in crate::validate) fn answer(case: &Case, means: &Means<'_>) -> Vec<Answer> {
    let Ok(params) = Params::deserialize(&case.params) else { return case.unknown("detection") };
    if params.base.n < 2 {
        return case.unsupported("nobody is left to find out");
    }
    let names = params.base.names();
    let trials: Vec<Found> = case
        .seeds("gossip_detection", trials(case, means))
        .into_par_iter()
        .map(|seed| params.trial(seed, &names))
        .collect();
    let each = |of: fn(&Found) -> f64| Numbers::new(trials.iter().map(of).collect());
    let (first, last) = (|f: &Found| f.dead[0], |f: &Found| f.dead[f.dead.len() - 1]);
    let (probes, suspects) = (each(|f| f.first_probe), each(|f| f.first_suspect));
    let (firsts, lasts) = (each(first), each(last));
    let spreads = each(|f| f.dead[f.dead.len() - 1] - f.dead[0]);
    let others = params.base.n as usize - 1;
    let nodes = Pooled::new(others, trials.iter().flat_map(|f| f.dead.iter().copied()).collect());
    let (rules, n) = (params.rules(), params.base.n as usize);
    let of = |row: &Row| match row.metric.as_str() {
        "retransmit_limit" => Answer::Certain(f64::from(rules.retransmit_limit(n))),
        "suspicion_min" => Answer::Certain(millis(rules.suspicion_min(n))),
        "suspicion_max" => Answer::Certain(millis(rules.suspicion_max(n))),
        _ if !means.budget.reaches(row) => means.budget.beyond(row),
        metric => match statistic(metric) {
            Some(("first_probe", statistic)) => statistic.of(&probes),
            Some(("first_suspect", statistic)) => statistic.of(&suspects),
            Some(("first_dead", statistic)) => statistic.of(&firsts),
            Some(("node_dead", statistic)) => statistic.of_pooled(&nodes),
            Some(("last_dead", statistic)) => statistic.of(&lasts),
            Some(("spread", statistic)) => statistic.of(&spreads),
            _ => Answer::unsupported("a crash is probed, suspected and found out, and nothing else is timed"),
        },
    };
    case.rows.iter().map(of).collect()
}

impl Params {
    fn rules(&self) -> Rules {
        Rules {
            probe_interval: span(self.probe_interval_ms),
            probe_timeout: span(self.probe_timeout_ms),
            indirect_checks: self.indirect_checks,
            awareness_max: self.awareness_max,
            suspicion_mult: self.suspicion_mult,
            suspicion_max_mult: self.suspicion_max_timeout_mult,
            ..self.base.rules()
        }
    }

    /// The last node crashes at time 0.
    fn trial(&self, seed: u64, names: &[String]) -> Found {
        let mut gossip = self.base.founded(self.rules(), seed, names);
        let (links, others) = (self.base.links(), names.len() - 1);
        let mut found = Found { first_probe: f64::INFINITY, ..Found::default() };
        gossip.crash(SimTime::ZERO, NodeId(self.base.n - 1), &links);
        play(&mut gossip, &links, |now, news| {
            let now = millis(now.since(SimTime::ZERO));
            match news {
                News::Unanswered { begun, .. } => {
                    if found.first_suspect == 0.0 {
                        found.first_suspect = now;
                    }
                    found.first_probe = found.first_probe.min(millis(begun.since(SimTime::ZERO)));
                }
                News::Held(held) if held.held == Holds::Failed => found.dead.push(now),
                _ => {}
            }
            found.dead.len() == others
        });
        assert_eq!(found.dead.len(), others, "whoever probes the dead finds out in the end");
        found
    }
}
