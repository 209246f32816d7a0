//! `raft_election`: how long a quorum is without a leader.

use rayon::prelude::*;
use serde::Deserialize;
use swarmbed_scheduler::stream::Stream;
use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::manager::raft::PeerId;
use swarmbed_sim::manager::raft::lab::Lab;
use swarmbed_sim::manager::raft::peer::Turn;
use swarmbed_sim::manager::raft::rules::Rules;

use super::paper::Paper;
use super::{MILLI, mean, percentile, quantile_of, trials};
use crate::validate::{Answer, Case, Means, Row};

#[derive(Deserialize)]
struct Params {
    rules: String,
    n: u32,
    alive_followers: u32,
    delay_ms: [f64; 2],
    tick_ms: f64,
    election_ticks: Option<u32>,
    timeout_ms: [f64; 2],
    lease: bool,
}

/// How an election went.
#[derive(Clone, Copy, Debug)]
pub(super) struct Election {
    /// Until the winner had its majority, milliseconds.
    pub(super) took: f64,
    /// Terms it needed.
    pub(super) terms: u64,
}

/// The answers to a case's rows, all from the same elections.
pub(in crate::validate) fn answer(case: &Case, means: &Means<'_>) -> Vec<Answer> {
    let Ok(params) = Params::deserialize(&case.params) else { return case.unknown("elections") };
    let elections: Vec<Election> = case
        .seeds("raft_election", trials(case, means))
        .into_par_iter()
        .map(|seed| if params.rules == "paper" { params.by_paper(seed) } else { params.by_core(seed) })
        .collect();
    let mut times: Vec<f64> = elections.iter().map(|e| e.took).collect();
    times.sort_unstable_by(f64::total_cmp);
    let of = |row: &Row| match row.metric.as_str() {
        "mean_time_thesis_approximation" => Answer::Certain(params.approximation()),
        _ if row.method == "analytic" => Answer::unsupported("no engine reaches it"),
        _ if !means.budget.reaches(row) => means.budget.beyond(row),
        "mean_time_to_leader" => mean(elections.iter().map(|e| e.took)),
        "mean_terms_used" => mean(elections.iter().map(|e| e.terms as f64)),
        "p_first_term_split" => mean(elections.iter().map(|e| f64::from(u8::from(e.terms > 1)))),
        "mean_time_given_no_split" => mean(elections.iter().filter(|e| e.terms == 1).map(|e| e.took)),
        metric => match percentile(metric) {
            Some(p) => quantile_of(&times, p),
            None => Answer::unsupported("an election has a length and a number of terms, and nothing else"),
        },
    };
    case.rows.iter().map(of).collect()
}

impl Params {
    /// One election on the real core.
    fn by_core(&self, seed: u64) -> Election {
        let rules = Rules {
            tick: Span((self.tick_ms * MILLI) as u64),
            election_ticks: self.election_ticks.unwrap_or(10),
            check_quorum: self.lease,
            ..Rules::default()
        };
        let [low, high] = self.delay_ms.map(|ms| (ms * MILLI) as u64);
        let delay = match low == high {
            true => Distribution::constant(low),
            false => Distribution::uniform(low, high).expect("the least delay is at most the longest"),
        };
        let mut lab = Lab::new(self.n, rules, delay, None, Stream::new(seed, "validate.election", ""));
        lab.peers.unchecked();
        lab.leader_lost(PeerId(0));
        (self.alive_followers + 1..self.n).for_each(|dead| lab.crash(PeerId(dead)));
        let before = lab.peers.peer(PeerId(0)).term();
        while let Some(now) = lab.step() {
            let won = std::iter::from_fn(|| lab.peers.next_turn()).find(|(_, turn)| *turn == Turn::Won);
            if let Some((winner, _)) = won {
                let terms = lab.peers.peer(winner).term() - before;
                return Election { took: now.since(SimTime::ZERO).0 as f64 / MILLI, terms };
            }
        }
        unreachable!("as long as followers live that are a majority, one of them wins in the end")
    }

    fn by_paper(&self, seed: u64) -> Election {
        let [low, high] = self.timeout_ms;
        let draw = move |draws: &mut Stream| low + (high - low) * draws.unit();
        Paper { n: self.n, alive: self.alive_followers, delay: self.delay_ms, timeout: &draw }.elect(seed)
    }

    /// The thesis's own estimate of the mean (section 9.2): `(T + W/(s+1) + l) / (1 - p) + l`, where `p` is the chance of a
    /// split vote.
    fn approximation(&self) -> f64 {
        let [low, high] = self.timeout_ms;
        let (width, latency) = (high - low, (self.delay_ms[0] + self.delay_ms[1]) / 2.0);
        let s = i64::from(self.alive_followers);
        let needed = s - i64::from(self.n / 2) + 1;
        let split = 1.0 - crate::stats::special::binomial(needed - 2, s, latency / width);
        (low + width / (s + 1) as f64 + latency) / (1.0 - split) + latency
    }
}
