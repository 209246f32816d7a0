//! Who is a member of the managers' Raft: members are added and removed one at a time, by the leader.

use swarmbed_scheduler::node::Role;
use swarmbed_scheduler::{NodeId, Span};

use super::{Leading, Quorum, Seat, Way};
use crate::context::Context;
use crate::engine::stream::Stream;
use crate::manager::raft::PeerId;
use crate::manager::raft::log::Content;
use crate::manager::raft::peer::Turn;
use crate::manager::store::Store;
use crate::observation::Observation;
use crate::world::Machines;
use crate::world::machines::Power;

/// What a peer is to the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Membership {
    /// It has asked to be added.
    Joining,
    /// It is one of them.
    Member,
    /// It has been removed, and never comes back.
    Removed,
}

impl Quorum {
    /// The members, by ascending peer.
    pub fn members(&self) -> impl Iterator<Item = PeerId> + Clone + '_ {
        let ids = (0..self.seats.len() as u32).map(PeerId);
        ids.filter(|id| self.seats[id.index()].membership == Membership::Member)
    }

    /// Whether a member could be removed without a loss of quorum, as far as the leader knows (`raft.go:1170-1193`).
    pub fn can_remove(&self, member: PeerId) -> bool {
        self.leading.is_some_and(|leading| self.peers.can_remove(leading.peer, member))
    }

    /// Whether the membership is being changed: the next change has to wait.
    pub fn is_changing(&self) -> bool {
        self.leading.is_some_and(|leading| self.peers.peer(leading.peer).change_pending())
    }

    /// A change was committed to the store: whoever has become a manager wants to join.
    pub(crate) fn learn(&mut self, what: &Observation, store: &Store) {
        match *what {
            Observation::NodeJoined { node } if store.node(node).is_some_and(|n| n.role == Role::Manager) => {
                self.joiners.push(node);
            }
            Observation::NodeRoleChanged { node, to: Role::Manager } if self.peer_of(node).is_none() => {
                self.joiners.push(node);
            }
            Observation::NodeRoleWanted { node, to: Role::Worker } | Observation::NodeRemoved { node } => {
                self.joiners.retain(|other| *other != node);
            }
            _ => {}
        }
    }

    /// Asks the leader to add the next manager that can be reached. Whether there is one.
    pub(crate) fn join_next(&mut self, machines: &Machines, ctx: &mut Context<'_>) -> bool {
        let Some(Leading { peer: leader, .. }) = self.leading else { return false };
        let reaches = |node: &NodeId| {
            machines.power(*node) == Power::On && self.hop(Some(*node), leader, machines) == Way::Open
        };
        let Some(node) = self.joiners.iter().copied().find(reaches) else { return false };
        let peer = self.peer_of(node).unwrap_or_else(|| self.seat(node, machines, ctx));
        self.change(Content::Add(peer), machines, ctx)
    }

    /// A manager begins: a peer that knows nothing yet.
    fn seat(&mut self, node: NodeId, machines: &Machines, ctx: &mut Context<'_>) -> PeerId {
        let name = format!("{}#{}", ctx.names.node(node), self.seats.len());
        self.seats.push(Seat::new(Some(node), &name, ctx.setup.seed, Membership::Joining));
        let timeouts = Stream::new(ctx.setup.seed, "raft.election", &name);
        let peer = self.with_room(machines, ctx, |peers, room| peers.join(timeouts, room));
        self.seats[peer.index()].leaderless = Some(ctx.now);
        self.seats[peer.index()].joined = false;
        self.peer_of[node.index()] = Some(peer);
        peer
    }

    /// Asks the leader to remove a member. Whether it has taken that on.
    pub(crate) fn remove(&mut self, member: PeerId, machines: &Machines, ctx: &mut Context<'_>) -> bool {
        self.change(Content::Remove(member), machines, ctx)
    }

    fn change(&mut self, change: Content, machines: &Machines, ctx: &mut Context<'_>) -> bool {
        let Some(Leading { peer, .. }) = self.leading else { return false };
        let proposed =
            self.with_room(machines, ctx, |peers, room| peers.propose(peer, change, CHANGE_BYTES, room));
        proposed.is_ok()
    }

    /// The leader gives its leadership to any other member that it reaches: which, is nowhere said
    /// (`transport/transport.go:310-330`).
    pub(crate) fn hand_over(&mut self, machines: &Machines, ctx: &mut Context<'_>) {
        let Some(Leading { peer, term, .. }) = self.leading else { return };
        let heirs: Vec<PeerId> = self.members().filter(|id| self.peers.reaches(peer, *id)).collect();
        if heirs.is_empty() || self.peers.peer(peer).heir().is_some() {
            return;
        }
        let mut draws = ctx.stream("raft.heir", &format!("{}.{term}", peer.0));
        let heir = heirs[draws.below(heirs.len() as u64) as usize];
        let asked = self.with_room(machines, ctx, |peers, room| peers.transfer(peer, heir, room));
        debug_assert!(asked.is_ok(), "whoever leads can give that away");
    }

    /// Somebody has applied a change of the membership. The first to do so is the leader; a member that is removed stops when
    /// it hears of it, which here is at once.
    pub(super) fn note_membership(&mut self, turn: Turn, machines: &Machines, ctx: &mut Context<'_>) {
        match turn {
            Turn::Added(peer) if self.seats[peer.index()].membership == Membership::Joining => {
                let seat = &mut self.seats[peer.index()];
                seat.membership = Membership::Member;
                self.joiners.retain(|node| Some(*node) != seat.node);
                seat.node.into_iter().for_each(|node| ctx.observe(Observation::ManagerAdded { node }));
            }
            Turn::Removed(peer) if self.seats[peer.index()].membership != Membership::Removed => {
                self.dismiss(peer, ctx);
                self.with_room(machines, ctx, |peers, room| peers.retire(peer, room));
            }
            _ => {}
        }
    }

    fn dismiss(&mut self, peer: PeerId, ctx: &mut Context<'_>) {
        let seat = &mut self.seats[peer.index()];
        seat.membership = Membership::Removed;
        self.ways_changed = true;
        if let Some(node) = seat.node {
            self.peer_of[node.index()] = None;
            ctx.observe(Observation::ManagerRemoved { node });
        }
    }

    /// `docker swarm init --force-new-cluster` on a manager: it is the only one from now on. What the others had committed and
    /// it had not heard of is lost: so many entries.
    ///
    /// # Errors
    /// Why it cannot be.
    pub(crate) fn force_new_cluster(
        &mut self,
        node: NodeId,
        machines: &Machines,
        ctx: &mut Context<'_>,
    ) -> Result<u64, &'static str> {
        let peer = self.peer_of(node).ok_or("it is not a manager")?;
        if machines.power(node) != Power::On {
            return Err("its machine does not run");
        }
        let known = self.peers.committed_to();
        for other in self.members().filter(|other| *other != peer).collect::<Vec<_>>() {
            self.dismiss(other, ctx);
        }
        self.joiners.clear();
        let kept = self.with_room(machines, ctx, |peers, room| peers.force_new_cluster(peer, room));
        self.connections = super::Connections::new(ctx.setup.seed);
        self.seats[peer.index()].leaderless = Some(ctx.now);
        Ok(known - kept.min(known))
    }
}

/// What a change of the membership takes in the log, about.
const CHANGE_BYTES: u32 = 128;

/// How long after its process has started a manager's clock ticks first: at no round time.
pub(super) fn first_tick(node: NodeId, ctx: &Context<'_>) -> Span {
    let name = format!("{}@{}", ctx.names.node(node), ctx.now.0);
    Span(1 + ctx.stream("raft.phase", &name).below(ctx.setup.profile.raft_tick.0))
}
