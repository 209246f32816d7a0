//! The managers' connections to each other, which are gRPC's: when one breaks it is tried again after 1 s, then after 1.6
//! times as long each time, up to 8 s, 20 % more or less (`grpc/backoff`; `manager/state/raft/transport/peer.go` sets the
//! longest). So a manager that returns hears of its leader up to 8 s later.

use std::collections::BTreeMap;

use swarmbed_scheduler::{SimTime, Span};

use crate::engine::stream::Stream;
use crate::manager::raft::PeerId;

const FIRST: Span = Span::secs(1);
const LONGEST: Span = Span::secs(8);

/// The connections that have broken.
#[derive(Debug)]
pub struct Connections {
    seed: u64,
    broken: BTreeMap<(PeerId, PeerId), Broken>,
    /// By peer: since when it takes connections, and how often it has stopped to.
    taking: BTreeMap<PeerId, (SimTime, u32)>,
}

#[derive(Debug)]
struct Broken {
    /// When it is tried next.
    next: SimTime,
    backoff: Span,
    jitter: Stream,
}

impl Connections {
    /// All of them hold. What is random about them is drawn from streams of that seed.
    pub fn new(seed: u64) -> Connections {
        Connections { seed, broken: BTreeMap::new(), taking: BTreeMap::new() }
    }

    /// A peer's machine is off: its connections to the others break, and theirs to it.
    pub fn close(&mut self, peer: PeerId, others: impl Iterator<Item = PeerId>, now: SimTime) {
        let (since, times) = self.taking.entry(peer).or_insert((SimTime::ZERO, 0));
        *since = SimTime::NEVER;
        *times += 1;
        let times = *times;
        self.broken.retain(|(from, to), _| *from != peer && *to != peer);
        for from in others.filter(|other| *other != peer) {
            let jitter = Stream::new(self.seed, "raft.connect", &format!("{}-{}.{times}", from.0, peer.0));
            self.broken.insert((from, peer), Broken { next: now + FIRST, backoff: FIRST, jitter });
        }
    }

    /// It takes connections again.
    pub fn open(&mut self, peer: PeerId, now: SimTime) {
        self.taking.entry(peer).or_insert((now, 0)).0 = now;
    }

    /// Whether a message can be sent; tries that came due meanwhile are made.
    pub fn is_open(&mut self, from: PeerId, to: PeerId, now: SimTime) -> bool {
        let Some((since, _)) = self.taking.get(&to).copied() else { return true };
        let Some(broken) = self.broken.get_mut(&(from, to)) else { return true };
        while broken.next <= now {
            if broken.next >= since {
                self.broken.remove(&(from, to));
                return true;
            }
            broken.try_again();
        }
        false
    }
}

impl Broken {
    fn try_again(&mut self) {
        self.backoff = Span((self.backoff.0 as f64 * 1.6) as u64).min(LONGEST);
        let factor = 0.8 + 0.4 * self.jitter.unit();
        self.next += Span((self.backoff.0 as f64 * factor) as u64);
    }
}
