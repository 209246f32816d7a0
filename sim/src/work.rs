//! What a run cost, counted exactly: a measure without a clock, which a pipeline can hold to the last unit.

use swarmbed_scheduler::{SimTime, Span};

use crate::event::Event;

/// Exact counters of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Events played, by kind, in the order of [`Work::KINDS`].
    pub events: [u64; 18],
    /// Observations made.
    pub observations: u64,
    /// Transactions committed.
    pub transactions: u64,
    /// Changes in them.
    pub changes: u64,
    /// Times the scheduler ran.
    pub placements: u64,
    /// Nodes that strategies looked at.
    pub nodes_visited: u64,
    /// Filters run.
    pub filters_run: u64,
    /// Decisions that the tie rule made.
    pub ties: u64,
    /// Heartbeats that were computed instead of played.
    pub beats_elided: u64,
    /// Requests that clients have sent.
    pub requests_sent: u64,
    /// Requests that were due while no container was there to send them.
    pub requests_unsent: u64,
    /// How stale the load balancers' tables were.
    pub tables: Staleness,
}

/// How stale load balancers' tables are: how many of their entries take new connections to a replica that takes none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Staleness {
    /// Stale entries now.
    stale: u64,
    /// Since when so many.
    since: SimTime,
    /// Up to then: stale entries, times the nanoseconds for which they were that.
    total: u128,
    /// The longest time from a replica's withdrawal or loss until no table had it open.
    pub longest: Span,
}

impl Staleness {
    /// Entries become stale.
    pub(crate) fn more(&mut self, entries: u32, now: SimTime) {
        self.total = self.total(now);
        self.since = now;
        self.stale += u64::from(entries);
    }

    /// Stale entries are closed, or right again.
    pub(crate) fn fewer(&mut self, entries: u32, now: SimTime) {
        self.total = self.total(now);
        self.since = now;
        self.stale -= u64::from(entries);
    }

    /// It took so long until no table had a withdrawn replica open.
    pub(crate) fn known(&mut self, after: Span) {
        self.longest = self.longest.max(after);
    }

    /// Stale entries now.
    pub fn stale(&self) -> u64 {
        self.stale
    }

    /// Stale entries up to now, times the nanoseconds for which they were that.
    pub fn total(&self, now: SimTime) -> u128 {
        self.total + u128::from(self.stale) * u128::from(now.since(self.since).0)
    }
}

impl Work {
    /// The kinds of [`Work::events`], as the variants of [`Event`] are named.
    pub const KINDS: [&'static str; 18] = [
        "timeline",
        "arrival",
        "machine",
        "agent",
        "container",
        "raft",
        "dispatcher",
        "placement",
        "restart",
        "reaper",
        "usage",
        "fault",
        "role",
        "client",
        "mesh",
        "update",
        "gossip",
        "proxy",
    ];

    /// Counts an event.
    pub fn count(&mut self, event: &Event) {
        let kind = match event {
            Event::Timeline(_) => 0,
            Event::Arrival(_) => 1,
            Event::Machine(_) => 2,
            Event::Agent(_) => 3,
            Event::Container(_) => 4,
            Event::Raft(_) => 5,
            Event::Dispatcher(_) => 6,
            Event::Placement(_) => 7,
            Event::Restart(_) => 8,
            Event::Reaper(_) => 9,
            Event::Usage(_) => 10,
            Event::Fault(_) => 11,
            Event::Role(_) => 12,
            Event::Client(_) => 13,
            Event::Mesh(_) => 14,
            Event::Update(_) => 15,
            Event::Gossip(_) => 16,
            Event::Proxy(_) => 17,
        };
        self.events[kind] += 1;
    }

    /// All events played.
    pub fn events_total(&self) -> u64 {
        self.events.iter().sum()
    }
}
