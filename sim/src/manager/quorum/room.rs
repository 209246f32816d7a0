//! What lies between the managers of a run: their machines, the network, and disks.
//!
//! Managers speak gRPC, one request for each message, over TCP: nothing is lost while there is a way, but a packet that is
//! lost is sent again, later each time, until the sender gives the request up.

use swarmbed_scheduler::{NodeId, SimTime, Span};

use super::{Connections, Seat};
use crate::context::Context;
use crate::event::{Event, RaftEvent};
use crate::manager::raft::PeerId;
use crate::manager::raft::peers::{Around, Journey, SEND_TIMEOUT};
use crate::world::Machines;
use crate::world::machines::Power;
use crate::world::network::{Path, takes};

/// Lent to the peers for as long as they act.
pub(super) struct Room<'a, 'c> {
    pub(super) seats: &'a mut [Seat],
    pub(super) connections: &'a mut Connections,
    pub(super) machines: &'a Machines,
    pub(super) ctx: &'a mut Context<'c>,
}

impl Room<'_, '_> {
    fn node(&self, peer: PeerId) -> Option<NodeId> {
        self.seats[peer.index()].node
    }

    fn is_off(&self, peer: PeerId) -> bool {
        self.node(peer).is_some_and(|node| self.machines.power(node) == Power::Off)
    }

    /// A manager that is elsewhere is as far away as any, and nothing is cut between.
    fn path(&self, from: PeerId, to: PeerId) -> Option<Path> {
        match (self.node(from), self.node(to)) {
            (Some(from), Some(to)) => self.machines.path(from, to),
            (one, other) => {
                let silent = one.or(other).is_some_and(|node| self.machines.is_silent(node));
                let latency = self.ctx.setup.profile.latency;
                (!silent).then(|| Path { latency, ..Path::default() })
            }
        }
    }
}

impl Around for Room<'_, '_> {
    fn now(&self) -> SimTime {
        self.ctx.now
    }

    fn at(&mut self, time: SimTime, event: RaftEvent) {
        self.ctx.at(time, Event::Raft(event));
    }

    fn send(&mut self, from: PeerId, to: PeerId, bytes: u64) -> Journey {
        let Some(path) = self.path(from, to) else { return Journey::Fails(SEND_TIMEOUT) };
        if self.is_off(to) || !self.connections.is_open(from, to, self.ctx.now) {
            return Journey::Fails(path.latency.times(2));
        }
        let departure = (u64::from(to.0) << 48).wrapping_add(self.ctx.now.nanos()).wrapping_mul(8);
        let takes = takes(path, bytes, self.seats[from.index()].journeys, departure);
        if takes > SEND_TIMEOUT {
            Journey::Fails(SEND_TIMEOUT)
        } else if self.path(to, from).is_some() {
            Journey::Arrives(takes)
        } else {
            Journey::Unanswered(takes)
        }
    }

    fn arrives(&self, from: PeerId, to: PeerId) -> bool {
        !self.is_off(to) && self.path(from, to).is_some()
    }

    fn write(&mut self, peer: PeerId, _: u64) -> Span {
        let slower = self.node(peer).map_or(Span::ZERO, |node| self.machines.network().disk(node));
        Span(self.ctx.setup.profile.disk_write.sample(&mut self.seats[peer.index()].writes)) + slower
    }

    fn connected(&mut self, from: PeerId, to: PeerId, at: SimTime) -> bool {
        self.connections.is_open(from, to, at)
    }

    fn steady(&self, from: PeerId, to: PeerId) -> Option<(Span, Span)> {
        let (there, back) = (self.path(from, to)?, self.path(to, from)?);
        let steady = |path: Path| path.jitter == Span::ZERO && path.loss_ppm == 0;
        let meets = !self.is_off(from) && !self.is_off(to) && steady(there) && steady(back);
        meets.then_some((there.latency, back.latency))
    }
}
