//! `raft_commit_latency`: how long an entry takes from the leader to being committed.

use rayon::prelude::*;
use serde::Deserialize;
use swarmbed_scheduler::stream::Stream;
use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::engine::agenda::Agenda;
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::event::RaftEvent;
use swarmbed_sim::manager::raft::PeerId;
use swarmbed_sim::manager::raft::log::Content;
use swarmbed_sim::manager::raft::peers::{Around, Journey, Peers};
use swarmbed_sim::manager::raft::rules::{Rules, WriteOrder};

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
        // No tick and no snapshot comes between.
        let rules = Rules {
            tick: Span::secs(365 * 24 * 3600),
            write_order,
            snapshot_every: 1000,
            keep: 0,
            ..Rules::default()
        };
        let leader = PeerId(0);
        let mut peers = Peers::founded(rules, &vec![Span::secs(1); self.n as usize], |id| {
            Stream::new(seed, "validate.timeouts", &id.0.to_string())
        });
        peers.unchecked();
        let mut room = Room {
            agenda: Agenda::new(),
            now: SimTime::ZERO,
            under_way: 0,
            ack: self.follower_ack.clone_law(),
            fsync: self.leader_fsync.as_ref().map(Law::clone_law),
            draws: Stream::new(seed, "validate.acks", ""),
        };
        peers.begin_led_by(leader, &mut room);
        (self.live_followers + 1..self.n).for_each(|dead| peers.crash(PeerId(dead), &mut room));
        let mut took = Vec::with_capacity(count as usize);
        for number in 0..count {
            let begun = room.now;
            let (_, index) = peers
                .propose(leader, Content::Write(number as u32), 0, &mut room)
                .expect("a leader that nobody disturbs takes every entry");
            // To the last straggler's answer, so that each entry has disks and links to itself.
            while room.under_way > 0 {
                let (now, event) = room.agenda.pop().expect("what is under way is in the agenda");
                room.now = now;
                room.under_way -= u64::from(!matches!(event, RaftEvent::Alarm { .. }));
                peers.handle(event, &mut room);
                if std::iter::from_fn(|| peers.next_committed()).any(|(committed, _)| committed == index) {
                    took.push(now.since(begun).0 as f64 / MILLI);
                }
            }
        }
        took
    }
}

/// Requests and followers' writes take no time; a follower's answer takes all of it.
struct Room {
    agenda: Agenda<RaftEvent>,
    now: SimTime,
    /// Messages and writes that are not through yet.
    under_way: u64,
    ack: (Distribution, u64),
    fsync: Option<(Distribution, u64)>,
    draws: Stream,
}

impl Law {
    /// The law of what is added to a constant, both in nanoseconds.
    fn clone_law(&self) -> (Distribution, u64) {
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

impl Around for Room {
    fn now(&self) -> SimTime {
        self.now
    }

    fn at(&mut self, time: SimTime, event: RaftEvent) {
        self.under_way += u64::from(!matches!(event, RaftEvent::Alarm { .. }));
        self.agenda.schedule(time, event);
    }

    fn send(&mut self, from: PeerId, _: PeerId, _: u64) -> Journey {
        if from == PeerId(0) {
            return Journey::Arrives(Span::ZERO);
        }
        let (law, base) = &self.ack;
        Journey::Arrives(Span(base + law.sample(&mut self.draws)))
    }

    fn arrives(&self, _: PeerId, _: PeerId) -> bool {
        true
    }

    fn write(&mut self, peer: PeerId, _: u64) -> Span {
        match &self.fsync {
            Some((law, base)) if peer == PeerId(0) => Span(base + law.sample(&mut self.draws)),
            _ => Span::ZERO,
        }
    }

    fn steady(&self, _: PeerId, _: PeerId) -> Option<(Span, Span)> {
        None
    }
}
