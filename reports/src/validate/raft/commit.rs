//! `raft_commit_latency`: how long an entry takes from the leader to being committed.

use rayon::prelude::*;
use serde::Deserialize;
use swarmbed_scheduler::stream::Stream;
use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::manager::raft::PeerId;
use swarmbed_sim::manager::raft::rules::{Rules, WriteOrder};

use super::bench::{Bench, Gear, LEADER};
use super::{MILLI, mean, percentile, quantile_of};
use crate::validate::{Answer, Case, Means, Row};

#[derive(Deserialize)]
struct Params {
    n: u32,
    live_followers: u32,
    rule: String,
    follower_ack: Law,
    leader_fsync: Option<Law>,
}

/// A law of the tables, in milliseconds.
#[derive(Deserialize)]
#[serde(tag = "dist", rename_all = "snake_case")]
enum Law {
    Const { ms: f64 },
    Exp { mean_ms: f64 },
    Lognormal { median_ms: f64, sigma: f64 },
    ShiftedExp { base_ms: f64, mean_extra_ms: f64 },
}

/// The answers to a case's rows, all from the same entries.
pub(in crate::validate) fn answer(case: &Case, means: &Means<'_>) -> Vec<Answer> {
    let Ok(params) = Params::deserialize(&case.params) else { return case.unknown("commits") };
    let commits = case.units(means.budget);
    // A few leaders, each with many entries, so that two processors are of use.
    const LEADERS: u64 = 16;
    let times: Vec<Vec<f64>> = case
        .seeds("raft_commit_latency", LEADERS)
        .into_par_iter()
        .map(|seed| params.commits(seed, commits.div_ceil(LEADERS)))
        .collect();
    let mut times = times.concat();
    let average = mean(times.iter().copied());
    times.sort_unstable_by(f64::total_cmp);
    let of = |row: &Row| match row.metric.as_str() {
        _ if !means.budget.reaches(row) => means.budget.beyond(row),
        "mean_commit" => average.clone(),
        metric => match percentile(metric) {
            Some(p) => quantile_of(&times, p),
            None => Answer::unsupported("a commit has a latency, and nothing else"),
        },
    };
    case.rows.iter().map(of).collect()
}

impl Params {
    /// The latencies of entries proposed one after the other, milliseconds.
    fn commits(&self, seed: u64, count: u64) -> Vec<f64> {
        let write_order = match self.rule.as_str() {
            "leader_counts_as_one" => WriteOrder::ParallelAsOne,
            _ => WriteOrder::Parallel,
        };
        // No snapshot comes between.
        let rules = Rules { write_order, snapshot_every: 1000, keep: 0, ..Rules::default() };
        let gear = Acks {
            ack: self.follower_ack.drawn(),
            fsync: self.leader_fsync.as_ref().map(Law::drawn),
            draws: Stream::new(seed, "validate.acks", ""),
        };
        let mut bench = Bench::new(self.n, rules, seed, gear);
        (self.live_followers + 1..self.n).for_each(|dead| bench.crash(PeerId(dead)));
        let mut took = Vec::with_capacity(count as usize);
        for number in 0..count {
            let begun = bench.now();
            let index = bench.propose(begun, number as u32, 0);
            // To the last straggler's answer, so that each entry has disks and links to itself.
            while bench.is_busy() {
                bench.step();
                if std::iter::from_fn(|| bench.peers.next_committed()).any(|(done, _)| done == index) {
                    took.push(bench.now().since(begun).0 as f64 / MILLI);
                }
            }
        }
        took
    }
}

/// Requests and followers' writes take no time; a follower's answer takes all of it.
struct Acks {
    ack: Sum,
    fsync: Option<Sum>,
    draws: Stream,
}

/// The law of what is added to a constant, and the constant, both in nanoseconds.
type Sum = (Distribution, u64);

impl Gear for Acks {
    fn send(&mut self, _: SimTime, from: PeerId, _: PeerId, _: u64) -> Span {
        match from {
            LEADER => Span::ZERO,
            _ => Span(self.ack.1 + self.ack.0.sample(&mut self.draws)),
        }
    }

    fn write(&mut self, peer: PeerId) -> Span {
        match &self.fsync {
            Some((law, base)) if peer == LEADER => Span(base + law.sample(&mut self.draws)),
            _ => Span::ZERO,
        }
    }
}

impl Law {
    fn drawn(&self) -> Sum {
        let is_law = "the tables' laws are laws";
        match *self {
            Law::Const { ms } => (Distribution::constant((ms * MILLI) as u64), 0),
            Law::Exp { mean_ms } => (Distribution::exponential(mean_ms * MILLI).expect(is_law), 0),
            Law::Lognormal { median_ms, sigma } => {
                (Distribution::log_normal(median_ms * MILLI, sigma).expect(is_law), 0)
            }
            Law::ShiftedExp { base_ms, mean_extra_ms } => {
                (Distribution::exponential(mean_extra_ms * MILLI).expect(is_law), (base_ms * MILLI) as u64)
            }
        }
    }
}
