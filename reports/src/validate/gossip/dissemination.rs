//! `gossip_dissemination`: how long a record takes to all nodes of its network.

use rayon::prelude::*;
use serde::Deserialize;
use swarmbed_scheduler::{NodeId, SimTime};
use swarmbed_sim::worker::gossip::rules::Rules;
use swarmbed_sim::worker::gossip::{Key, News, State};

use super::{Base, NETWORK, Numbers, Pooled, millis, play, span, statistic, trials};
use crate::validate::{Answer, Case, Means, Row};

#[derive(Deserialize)]
struct Params {
    #[serde(flatten)]
    base: Base,
    bulk_sync_ms: f64,
}

/// What the wait between withdrawal and SIGTERM is, milliseconds.
const WITHDRAWN: f64 = 2000.0;

/// The answers to a case's rows, all from the same trials.
pub(in crate::validate) fn answer(case: &Case, means: &Means<'_>) -> Vec<Answer> {
    let Ok(params) = Params::deserialize(&case.params) else { return case.unknown("dissemination") };
    if params.base.n < 2 {
        return case.unsupported("a record has nowhere to go on a network of one node");
    }
    let names = params.base.names();
    let trials: Vec<Vec<f64>> = case
        .seeds("gossip_dissemination", trials(case, means))
        .into_par_iter()
        .map(|seed| params.trial(seed, &names))
        .collect();
    let others = params.base.n as usize - 1;
    let complete = |times: &&Vec<f64>| times.len() == others;
    let incomplete = trials.iter().map(|times| f64::from(u8::from(times.len() < others))).collect();
    let last = |times: &Vec<f64>| times.iter().copied().fold(0.0, f64::max);
    let lasts: Vec<f64> = trials.iter().filter(complete).map(last).collect();
    let stale = |times: &Vec<f64>| times.iter().filter(|t| **t > WITHDRAWN).count() as f64;
    let stales: Vec<f64> = trials.iter().filter(complete).map(stale).collect();
    let late = lasts.iter().map(|last| f64::from(u8::from(*last > WITHDRAWN))).collect();
    let (incomplete, late, stales) = (Numbers::new(incomplete), Numbers::new(late), Numbers::new(stales));
    let nodes = Pooled::new(others, trials.iter().filter(complete).flatten().copied().collect());
    let lasts = Numbers::new(lasts);
    let of = |row: &Row| match row.metric.as_str() {
        "retransmit_limit" => {
            Answer::Certain(f64::from(params.rules().retransmit_limit(params.base.n as usize)))
        }
        _ if !means.budget.reaches(row) => means.budget.beyond(row),
        "p_incomplete" => incomplete.mean(),
        "p_last_after_2s" => late.mean(),
        "stale_nodes_at_2s" => stales.mean(),
        metric => match statistic(metric) {
            Some(("node", statistic)) => statistic.of_pooled(&nodes),
            Some(("last", statistic)) => statistic.of(&lasts),
            _ => Answer::unsupported("a record reaches a node and the last node, and nothing else is timed"),
        },
    };
    case.rows.iter().map(of).collect()
}

impl Params {
    fn rules(&self) -> Rules {
        Rules { bulk_sync: span(self.bulk_sync_ms), ..self.base.rules() }
    }

    /// When the record of node 0 reached each of the others that it reached, milliseconds.
    fn trial(&self, seed: u64, names: &[String]) -> Vec<f64> {
        let mut gossip = self.base.founded(self.rules(), seed, names);
        let (links, others) = (self.base.links(), names.len() - 1);
        let mut times = Vec::with_capacity(others);
        gossip.publish(SimTime::ZERO, NodeId(0), NETWORK, Key(0), State::Enabled);
        play(&mut gossip, &links, |now, news| {
            if let News::Heard(heard) = news
                && heard.node != NodeId(0)
            {
                times.push(millis(now.since(SimTime::ZERO)));
            }
            times.len() == others
        });
        times
    }
}
