//! `raft_throughput`: how many entries a second a leader commits whose window is always full, and what holds it up.

use serde::Deserialize;
use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::manager::raft::PeerId;
use swarmbed_sim::manager::raft::rules::{Rules, WriteOrder};

use super::MILLI;
use super::bench::{Bench, Gear, LEADER};
use crate::validate::{Answer, Case, Means, Row};

#[derive(Deserialize)]
struct Params {
    n: u32,
    batch: u32,
    cpu_us_per_entry: f64,
    cpu_us_per_follower_entry: f64,
    entry_bytes: u32,
    fsync_ms: f64,
    inflight_entries: u32,
    nic_bytes_s: u64,
    rtt_ms: f64,
}

/// The answers to a case's rows.
pub(in crate::validate) fn answer(case: &Case, _: &Means<'_>) -> Vec<Answer> {
    let Ok(params) = Params::deserialize(&case.params) else { return case.unknown("throughput") };
    let ceilings = params.ceilings();
    let of = |row: &Row| match row.metric.as_str() {
        "saturation_throughput" => Answer::Certain(params.saturated()),
        "leader_egress_bytes_per_entry" => Answer::Certain(f64::from((params.n - 1) * params.entry_bytes)),
        "bottleneck" => {
            let least = ceilings.iter().min_by(|a, b| a.1.total_cmp(&b.1)).expect("there are four");
            Answer::Named(least.0)
        }
        metric => match ceilings.iter().find(|(name, _)| metric.strip_prefix("ceiling_") == Some(name)) {
            Some((_, value)) => Answer::Certain(*value),
            None => Answer::unsupported("throughput has ceilings, and nothing else"),
        },
    };
    case.rows.iter().map(of).collect()
}

impl Params {
    /// What each part would allow for by itself, entries a second.
    fn ceilings(&self) -> [(&'static str, f64); 4] {
        let copies = f64::from(self.n - 1);
        let cpu = self.cpu_us_per_entry + copies * self.cpu_us_per_follower_entry;
        let nic = match self.n {
            1 => f64::INFINITY,
            _ => self.nic_bytes_s as f64 / (copies * f64::from(self.entry_bytes)),
        };
        let round = if self.n == 1 { self.fsync_ms } else { self.rtt_ms + self.fsync_ms };
        [
            ("nic", nic),
            ("cpu", 1e6 / cpu),
            ("disk", f64::from(self.batch) * 1000.0 / self.fsync_ms),
            ("pipeline", f64::from(self.inflight_entries) * 1000.0 / round),
        ]
    }

    /// What the core really commits, entries a second: the second half of a long run, from one commit to another.
    fn saturated(&self) -> f64 {
        // A leader sends what it has while its disk is at work, an entry a message, as many as the window holds; and no
        // snapshot comes between.
        let rules = Rules {
            write_order: WriteOrder::Parallel,
            write_entries: self.batch,
            append_bytes: 1,
            inflight: self.inflight_entries,
            snapshot_every: u64::MAX,
            ..Rules::default()
        };
        let gear = Card {
            one_way: Span((self.rtt_ms / 2.0 * MILLI) as u64),
            fsync: Span((self.fsync_ms * MILLI) as u64),
            nic_bytes_s: self.nic_bytes_s / u64::from(self.n - 1).max(1),
            free: vec![SimTime::ZERO; self.n as usize],
        };
        let mut bench = Bench::new(self.n, rules, 1, gear);
        let base = bench.peers.committed_to();
        let cpu = self.cpu_us_per_entry + f64::from(self.n - 1) * self.cpu_us_per_follower_entry;
        let cpu = Span((cpu * 1000.0) as u64);
        // The processor takes one proposal after the other; so many lie before the window that it is always refilled.
        let backlog = 8 * u64::from(self.inflight_entries.max(self.batch));
        let (mut proposed, mut at_work) = (0_u64, None);
        const ENTRIES: u64 = 160_000;
        let mut half = None;
        loop {
            let committed = bench.peers.committed_to() - base;
            bench.peers.forget_news();
            if committed >= ENTRIES / 2 {
                let (since, before) = *half.get_or_insert((bench.now(), committed));
                if committed >= ENTRIES {
                    return (committed - before) as f64 * 1e9 / bench.now().since(since).0 as f64;
                }
            }
            if at_work.is_none() && proposed - committed < backlog {
                at_work = Some(bench.now() + cpu);
            }
            match (bench.next_time(), at_work) {
                (due, Some(ready)) if due.is_none_or(|due| due > ready) => {
                    at_work = None;
                    proposed += 1;
                    bench.propose(ready, proposed as u32, self.entry_bytes);
                }
                _ => bench.step(),
            }
        }
    }
}

/// Links of one length, disks of one speed, and the leader's network card, of which each connection has an equal share, as
/// TCP's have: first come, first served would let the fastest majority run ahead of the others for ever.
struct Card {
    one_way: Span,
    fsync: Span,
    /// Of each connection.
    nic_bytes_s: u64,
    /// When what waits to be sent is sent, by follower.
    free: Vec<SimTime>,
}

impl Gear for Card {
    fn send(&mut self, now: SimTime, from: PeerId, to: PeerId, bytes: u64) -> Span {
        if from != LEADER {
            return self.one_way;
        }
        let takes = u128::from(bytes) * 1_000_000_000 / u128::from(self.nic_bytes_s);
        let free = &mut self.free[to.index()];
        *free = (*free).max(now) + Span(takes as u64);
        free.since(now) + self.one_way
    }

    fn write(&mut self, _: PeerId) -> Span {
        self.fsync
    }
}
