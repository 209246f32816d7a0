//! 10,000 proposals through a quorum of five, by our core and by the `raft` crate, with nothing in between but memory: no
//! disk, no sleep, and every message delivered before the next batch is proposed.
//!
//! Ours is the whole of `Peers`: clocks, an agenda, alarms, a delay for every message; the crate's members are handed each
//! other's messages as they are. Beside criterion's figures ratios are printed. They come from rounds in which each has its
//! turn, the best of each, so that what else the machine does counts for nobody.

#![expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "a bench takes time")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group};
use raft_oracle::Side;
use raft_oracle::theirs::Theirs;
use swarmbed_scheduler::Span;
use swarmbed_scheduler::stream::Stream;
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::manager::raft::PeerId;
use swarmbed_sim::manager::raft::lab::Lab;
use swarmbed_sim::manager::raft::log::Content;
use swarmbed_sim::manager::raft::rules::Rules;

const MEMBERS: u32 = 5;
const PROPOSALS: u32 = 10_000;
/// Proposals that are made at once.
const BATCHES: [u32; 3] = [1, 10, 100];
/// Rounds for a ratio.
const ROUNDS: u32 = 15;

/// Who commits them.
#[derive(Clone, Copy, Debug)]
enum Quorum {
    Unchecked,
    Checked,
    Crate,
}

const ALL: [(&str, Quorum); 3] = [
    ("swarmbed", Quorum::Unchecked),
    ("swarmbed, every invariant checked", Quorum::Checked),
    ("the raft crate", Quorum::Crate),
];

impl Quorum {
    /// Plays all of it, from a leader to the last member's knowledge of the last commit.
    fn play(self, batch: u32) {
        match self {
            Quorum::Unchecked => ours(batch, false),
            Quorum::Checked => ours(batch, true),
            Quorum::Crate => theirs(batch),
        }
    }
}

fn ours(batch: u32, checked: bool) {
    let rules = Rules { snapshot_every: u64::MAX, ..Rules::default() };
    let delay = Distribution::constant(Span::micros(10).0);
    let mut lab = Lab::new(MEMBERS, rules, delay, None, Stream::new(1, "bench.proposals", ""));
    if !checked {
        lab.peers.unchecked();
    }
    let leader = PeerId(0);
    lab.peers.begin_led_by(leader, &mut lab.room);
    let base = lab.peers.committed_to();
    for first in (0..PROPOSALS).step_by(batch as usize) {
        for number in first..first + batch {
            lab.propose(leader, Content::Write(number), 1).expect("a leader takes every entry");
        }
        // There and back, and what was committed there again.
        lab.run_until(lab.now() + Span::micros(100));
        lab.peers.forget_news();
    }
    assert_eq!(lab.peers.broken(), None);
    for id in (0..MEMBERS).map(PeerId) {
        assert_eq!(lab.peers.peer(id).log().committed(), base + u64::from(PROPOSALS), "{id:?}");
    }
}

fn theirs(batch: u32) {
    let mut members = Theirs::new(MEMBERS, 0);
    let all = |_: u32, _: u32| true;
    while members.state(0).leader.is_none() {
        members.tick(0);
        members.deliver(&all);
    }
    let base = members.state(0).committed;
    for _ in (0..PROPOSALS).step_by(batch as usize) {
        (0..batch).for_each(|_| members.propose(0));
        members.deliver(&all);
    }
    for id in 0..MEMBERS {
        assert_eq!(members.state(id).committed, base + u64::from(PROPOSALS), "{id}");
    }
}

fn proposals(c: &mut Criterion) {
    for batch in BATCHES {
        let mut group = c.benchmark_group(format!("10,000 proposals, {batch} at once"));
        group.throughput(Throughput::Elements(u64::from(PROPOSALS)));
        group.sample_size(10).measurement_time(Duration::from_secs(2));
        for (name, quorum) in ALL {
            group.bench_function(name, |b| b.iter(|| quorum.play(black_box(batch))));
        }
        group.finish();
    }
}

/// The best of so many rounds for each, in seconds.
fn best(batch: u32, rounds: u32) -> [f64; 3] {
    let mut best = [f64::INFINITY; 3];
    for _ in 0..rounds {
        for (best, (_, quorum)) in best.iter_mut().zip(ALL) {
            let start = Instant::now();
            quorum.play(black_box(batch));
            *best = best.min(start.elapsed().as_secs_f64());
        }
    }
    best
}

criterion_group!(benches, proposals);

fn main() {
    benches();
    let rounds = if std::env::args().any(|argument| argument == "--test") { 1 } else { ROUNDS };
    for batch in BATCHES {
        let [unchecked, checked, theirs] = best(batch, rounds);
        println!(
            "{batch:>3} at once: {:.1} times as fast as the raft crate; checks take {:.2} times as long as none",
            theirs / unchecked,
            checked / unchecked,
        );
    }
    Criterion::default().configure_from_args().final_summary();
}
