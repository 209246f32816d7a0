//! Heartbeats. Each answer grants the agent a fresh period, uniform in 5 s ± 0.5 s, and the dispatcher is patient for
//! three of them (`manager/dispatcher/dispatcher.go:31-34`).
//!
//! Beats that arrive cost no event each: nobody waits for them. Their times follow from the session's beginning and from
//! draws that are indexed by the number of the beat, so they are worked out when somebody looks: when a machine falls
//! silent, or a dispatcher's timer ends. [`setup::Beats::Played`](crate::setup::Beats) plays each as an event instead,
//! and must give the same digest.

use swarmbed_scheduler::{NodeId, SimTime, Span};

use crate::context::Context;
use crate::engine::stream::IndexedStream;
use crate::profile::Profile;
use crate::setup::Setup;

/// A heartbeat that arrived, by what it granted. Told by the next one's time, since the last one before a run began
/// arrived before time 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    /// The period that its answer granted.
    pub period: Span,
    /// When the agent sends the next one: that period after the answer arrived.
    pub next: SimTime,
    /// How long it took.
    pub took: Span,
}

impl Beat {
    fn arrived(at: SimTime, period: Span, took: Span) -> Beat {
        Beat { period, next: at + took + period, took }
    }

    /// When the dispatcher's patience ends if no further beat comes: so many periods after this one arrived.
    pub fn deadline(&self, profile: &Profile) -> SimTime {
        let more = self.period.times(u64::from(profile.grace_multiplier.saturating_sub(1)));
        SimTime((self.next + more).nanos().saturating_sub(self.took.nanos()))
    }
}

/// The heartbeats of all nodes.
#[derive(Debug)]
pub struct Beats {
    rows: Vec<Row>,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    draws: IndexedStream,
    /// How long a message takes between the agent and the leader, by way of the agent's manager.
    distance: Span,
    /// The number of the last beat worked out. Numbers go on over sessions.
    number: u64,
    last: Beat,
    /// Whether they go on by themselves.
    flowing: bool,
    /// Whether the machine is up and heard.
    allowed: bool,
}

impl Beats {
    /// Every first member's beats flow from before the start, each with a phase of its own.
    pub fn new(setup: &Setup) -> Beats {
        let row = |machine: &crate::setup::Machine| {
            let draws = IndexedStream::new(setup.seed, "heartbeat", &machine.node.name);
            let period = period(draws, 1, &setup.profile);
            // Somewhere within its current period at time 0. Draw 0 is the phase.
            let next = SimTime((period.0 as f64 * draws.unit(0)) as u64);
            let distance = setup.profile.latency;
            let last = Beat { period, next, took: distance };
            Row { draws, distance, number: 1, last, flowing: machine.from_start, allowed: true }
        };
        Beats { rows: setup.machines.iter().map(row).collect() }
    }

    /// How long a message takes between the node's agent and the leader, by way of the agent's manager.
    pub fn distance(&self, node: NodeId) -> Span {
        self.rows[node.index()].distance
    }

    /// It takes that long from now on.
    pub fn set_distance(&mut self, node: NodeId, distance: Span, ctx: &mut Context<'_>) {
        if self.rows[node.index()].distance != distance {
            self.last(node, ctx);
            self.rows[node.index()].distance = distance;
        }
    }

    /// The last beat by now, whether it was played or is worked out here.
    pub fn last(&mut self, node: NodeId, ctx: &mut Context<'_>) -> Beat {
        let row = &mut self.rows[node.index()];
        while row.flowing && row.last.next <= ctx.now {
            row.advance(&ctx.setup.profile);
            ctx.work.beats_elided += 1;
        }
        row.last
    }

    /// When the last beat by `now` arrived and the period it granted, whether it was played or not; `None` if it arrived
    /// before the run began.
    pub fn arrived_by(&self, node: NodeId, now: SimTime, profile: &Profile) -> Option<(SimTime, Span)> {
        let mut row = self.rows[node.index()];
        while row.flowing && row.last.next + row.distance <= now {
            row.advance(profile);
        }
        let ago = row.last.period + row.last.took; // from its arrival to the next one's sending
        (row.last.next.0 >= ago.0).then(|| (SimTime(row.last.next.0 - ago.0), row.last.period))
    }

    /// The machine falls silent and the beats end; returns the last one sent by now.
    pub fn stop(&mut self, node: NodeId, ctx: &mut Context<'_>) -> Beat {
        let last = self.last(node, ctx);
        let row = &mut self.rows[node.index()];
        (row.flowing, row.allowed) = (false, false);
        last
    }

    /// The machine is heard again; the beats go on with the next one that comes through.
    pub fn allow(&mut self, node: NodeId) {
        self.rows[node.index()].allowed = true;
    }

    /// Whether the node's beats go on by themselves.
    pub fn flowing(&self, node: NodeId) -> bool {
        self.rows[node.index()].flowing
    }

    /// A beat arrives at that time, and they go on from there unless the machine has fallen silent again.
    pub fn resume(&mut self, node: NodeId, arrives: SimTime, profile: &Profile) -> Beat {
        let row = &mut self.rows[node.index()];
        row.number += 1;
        row.last = Beat::arrived(arrives, period(row.draws, row.number, profile), row.distance);
        row.flowing = row.allowed;
        row.last
    }

    /// Plays the next beat, which is due now.
    pub fn play(&mut self, node: NodeId, profile: &Profile) {
        self.rows[node.index()].advance(profile);
    }

    /// When the next beat is due to be sent, going by the last one worked out.
    pub fn next(&self, node: NodeId) -> SimTime {
        self.rows[node.index()].last.next
    }
}

impl Row {
    fn advance(&mut self, profile: &Profile) {
        self.number += 1;
        let arrives = self.last.next + self.distance;
        self.last = Beat::arrived(arrives, period(self.draws, self.number, profile), self.distance);
    }
}

/// The period that the beat of that number is granted.
fn period(draws: IndexedStream, number: u64, profile: &Profile) -> Span {
    let width = 2.0 * profile.heartbeat_epsilon.0 as f64;
    let shortest = profile.heartbeat - profile.heartbeat_epsilon;
    shortest + Span((width * draws.unit(number)) as u64)
}
