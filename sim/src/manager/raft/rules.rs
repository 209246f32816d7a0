//! The rules and sizes of a quorum. The defaults are SwarmKit's.

use swarmbed_scheduler::Span;

/// Rules and sizes, the same for all peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The length of a tick: 1 s (`manager/state/raft/raft.go:218`).
    pub tick: Span,
    /// A leader sends heartbeats every so many ticks: 1 (`raft.go:488`).
    pub heartbeat_ticks: u32,
    /// A follower waits for so many ticks at least, and fewer than twice as many, before it stands for election: 10 (`raft.go:484`).
    pub election_ticks: u32,
    /// CheckQuorum, on in SwarmKit: a leader that has not heard of a quorum between two looks, `election_ticks` apart, steps
    /// down; and a follower that has heard of its leader within `election_ticks` ignores requests for its vote (the lease).
    pub check_quorum: bool,
    /// What is written before what is sent.
    pub write_order: WriteOrder,
    /// The most bytes of entries in one message: 65,535 (`raft.go:486`).
    pub append_bytes: u32,
    /// The most messages with entries on their way to one follower: 256 (`raft.go:490`).
    pub inflight: u32,
    /// The most entries in one write to disk.
    pub write_entries: u32,
    /// The log is cut after so many entries: 10,000 (`raft.go:500`).
    pub snapshot_every: u64,
    /// So many entries before the cut are kept for slow followers: 500 (`raft.go:501`).
    pub keep: u64,
    /// A mistake put in on purpose, to see it found.
    #[doc(hidden)]
    pub planted: Option<Planted>,
}

/// What a leader does first with a new entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WriteOrder {
    /// It writes, then sends. SwarmKit's (`raft.go`: the Ready loop saves before it sends).
    #[default]
    Serial,
    /// It writes and sends at once; an entry is committed only when the leader has written it too.
    Parallel,
    /// It writes and sends at once, and its own write counts as one vote like any follower's (thesis, section 10.2.1).
    ParallelAsOne,
}

/// Mistakes that the invariants have to find.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// A quorum is floor(N / 2).
    QuorumOfHalf,
    /// A leader commits an entry of an earlier term by counting replicas (thesis, figure 3.7).
    CommitsOldTerm,
    /// A vote is given to whoever asks.
    VotesTwice,
    /// A follower's timer is not set back when its leader is heard.
    TimerNotReset,
    /// A vote request is heeded although the leader has just been heard.
    LeaseIgnored,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            tick: Span::secs(1),
            heartbeat_ticks: 1,
            election_ticks: 10,
            check_quorum: true,
            write_order: WriteOrder::Serial,
            append_bytes: 65_535,
            inflight: 256,
            write_entries: u32::MAX,
            snapshot_every: 10_000,
            keep: 500,
            planted: None,
        }
    }
}

impl Rules {
    /// How many of `members` are a quorum: the smallest majority.
    pub fn quorum(&self, members: usize) -> usize {
        match self.planted {
            Some(Planted::QuorumOfHalf) => (members / 2).max(1),
            _ => members / 2 + 1,
        }
    }
}
