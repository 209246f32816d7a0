//! The managers as a quorum: which node is which peer, what lies between them, who leads, and what follows from a change of
//! leader.
//!
//! A manager that is elected leads only when it has applied its whole log (`manager/state/raft/raft.go:689-696`). Then its
//! components start from the store, and what the last leader remembered is gone (`manager/manager.go:1150-1190`).

use swarmbed_scheduler::node::Role;
use swarmbed_scheduler::{NodeId, SimTime, Span};

use super::Leader;
use super::ledger::{self, Ledger};
use super::raft::log::Content;
use super::raft::peer::{Dropped, Role as RaftRole, Turn};
use super::raft::peers::{Broken, Peers, Power as PeerPower};
use super::raft::{Index, PeerId, Term};
use super::store::Store;
use crate::context::Context;
use crate::engine::stream::{IndexedStream, Stream};
use crate::event::{Event, RaftEvent};
use crate::observation::Observation;
use crate::setup::{Beats, Setup};
use crate::worker::{Workers, agent};
use crate::world::Machines;
use crate::world::machines::{Power, Trouble};

pub mod connections;
mod members;
mod room;

use connections::Connections;
use members::Membership;
use room::Room;

/// The managers' Raft, and who of them leads.
#[derive(Debug)]
pub struct Quorum {
    peers: Peers,
    /// By peer.
    seats: Vec<Seat>,
    /// By node: its peer, while it is one.
    peer_of: Vec<Option<PeerId>>,
    connections: Connections,
    /// Managers that want to become members, in the order in which they came.
    joiners: Vec<NodeId>,
    /// Whose components run, since when.
    leading: Option<Leading>,
    /// The leader's events that came due while it stood still.
    stalled: Vec<Event>,
    /// A manager's machine has changed: agents may have lost their way to the leader, or found it again.
    ways_changed: bool,
    /// Some manager knows of another leader than before, or of none: what it is asked to pass on goes elsewhere, or nowhere.
    leaders_changed: bool,
}

#[derive(Debug)]
struct Seat {
    /// `None` if the managers are elsewhere.
    node: Option<NodeId>,
    membership: Membership,
    writes: Stream,
    /// What befalls its messages on their way; by when and to whom they are sent, so that what is not played is not missed.
    journeys: IndexedStream,
    /// Since when it has known no leader.
    leaderless: Option<SimTime>,
    /// Whether it has had a leader since its machine booted: before that its own agent asks another manager.
    joined: bool,
}

#[derive(Clone, Copy, Debug)]
struct Leading {
    peer: PeerId,
    term: Term,
    /// Events with a smaller number were planned under an earlier leader.
    from: u64,
}

/// What becomes of a request to the leader that is made of a manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It gets there.
    Open,
    /// It fails at once.
    Refused,
    /// Nothing is heard of it.
    Silent,
    /// The manager waits for a leader (`raft.go:1512-1540`).
    Leaderless,
}

/// How long a manager keeps an operator's command that needs a leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// There is a leader.
    NotNeeded,
    /// It waits for one until then.
    Until(SimTime),
    /// It has been without one for too long (`raft.go:85`).
    Over,
    /// No manager answers.
    Nobody,
}

/// What a change of leader touches.
pub struct Realm<'a> {
    pub(crate) quorum: &'a mut Quorum,
    pub(crate) machines: &'a mut Machines,
    pub(crate) workers: &'a mut Workers,
    pub(crate) store: &'a mut Store,
    pub(crate) leader: &'a mut Leader,
    pub(crate) ledger: &'a mut Ledger,
}

impl Quorum {
    /// The setup's first managers, by ascending name: the first of them leads. Without managers there is one elsewhere.
    pub fn new(setup: &Setup) -> Quorum {
        let first = |m: &&crate::setup::Machine| m.from_start && m.node.role == Role::Manager;
        let managers = (0..).map(NodeId).zip(&setup.machines).filter(|(_, m)| first(m));
        let mut seats: Vec<Seat> = managers
            .map(|(node, m)| Seat::new(Some(node), &m.node.name, setup.seed, Membership::Member))
            .collect();
        if seats.is_empty() {
            seats.push(Seat::new(None, "", setup.seed, Membership::Member));
        }
        let name = |seat: &Seat| seat.node.map_or("", |n| &setup.machines[n.index()].node.name);
        let phases: Vec<Span> = seats
            .iter()
            .map(|s| Span(Stream::new(setup.seed, "raft.phase", name(s)).below(setup.profile.raft_tick.0)))
            .collect();
        let timeouts = |id: PeerId| Stream::new(setup.seed, "raft.election", name(&seats[id.index()]));
        let mut peers = Peers::founded(setup.profile.raft(), &phases, timeouts);
        if setup.beats == Beats::Played {
            peers.play_every_beat();
        }
        let mut peer_of = vec![None; setup.machines.len()];
        for (seat, id) in seats.iter().zip((0..).map(PeerId)) {
            seat.node.into_iter().for_each(|node| peer_of[node.index()] = Some(id));
        }
        Quorum {
            peers,
            seats,
            peer_of,
            connections: Connections::new(setup.seed),
            joiners: Vec::new(),
            leading: Some(Leading { peer: PeerId(0), term: 1, from: 0 }),
            stalled: Vec::new(),
            ways_changed: false,
            leaders_changed: false,
        }
    }

    /// The first manager leads, and everybody has heard it.
    pub fn begin(&mut self, machines: &Machines, ctx: &mut Context<'_>) {
        self.with_room(machines, ctx, |peers, room| peers.begin_led_by(PeerId(0), room));
    }

    /// The peers.
    pub fn peers(&self) -> &Peers {
        &self.peers
    }

    /// The node of the manager whose components run; `None` if there is none, or it is elsewhere.
    pub fn leader(&self) -> Option<NodeId> {
        self.node(self.leading?.peer)
    }

    /// Whether there is a leader whose components run.
    pub fn is_led(&self) -> bool {
        self.leading.is_some()
    }

    /// A peer's node.
    pub fn node(&self, peer: PeerId) -> Option<NodeId> {
        self.seats[peer.index()].node
    }

    /// A node's peer, while it is a member.
    pub fn peer_of(&self, node: NodeId) -> Option<PeerId> {
        self.peer_of[node.index()]
    }

    /// The manager that a node's agent asks without choosing: the node itself, if it is one that has joined the others.
    pub fn own(&self, node: NodeId) -> Option<PeerId> {
        self.peer_of(node).filter(|peer| self.seats[peer.index()].joined)
    }

    /// Whether nobody waits for anything that the managers do by themselves: there is a leader, or cannot be one.
    pub fn is_settled(&self) -> bool {
        let on = self.members().filter(|id| self.peers.power(*id) == PeerPower::On);
        self.is_led() || on.count() <= self.members().count() / 2
    }

    /// An invariant that did not hold.
    pub fn broken(&mut self) -> Option<Broken> {
        self.peers.broken()
    }

    /// Whether an event that only a leader's components know still means something: it was planned by this one.
    pub fn is_current(&self, planned: u64) -> bool {
        self.leading.is_some_and(|leading| planned >= leading.from)
    }

    /// Keeps an event of the leader's components until their machine goes on, if it stands still.
    pub fn stall(&mut self, event: Event, machines: &Machines) -> bool {
        let frozen = self.leader().is_some_and(|node| machines.power(node) == Power::Frozen);
        if frozen {
            self.stalled.push(event);
        }
        frozen
    }

    /// Proposes a transaction by its number.
    ///
    /// # Errors
    /// Why nobody takes it.
    pub fn propose(
        &mut self,
        number: u32,
        bytes: u32,
        machines: &Machines,
        ctx: &mut Context<'_>,
    ) -> Result<Index, Dropped> {
        let Some(Leading { peer, .. }) = self.leading else { return Err(Dropped::NotLeader) };
        let content = Content::Write(number);
        let taken = self.with_room(machines, ctx, |peers, room| peers.propose(peer, content, bytes, room));
        taken.map(|(_, index)| index)
    }

    /// What becomes of a request to the leader that a node makes of that manager.
    pub fn way(&self, node: NodeId, via: PeerId, machines: &Machines, now: SimTime) -> Way {
        if machines.power(node) != Power::On {
            return Way::Silent;
        }
        let first = self.hop(Some(node), via, machines);
        if first == Way::Open && self.seats[via.index()].membership == Membership::Removed {
            return Way::Refused; // a demoted node's manager has stopped
        }
        if first != Way::Open {
            return first;
        }
        let Some(leader) = self.peers.peer(via).leader() else {
            let seat = &self.seats[via.index()];
            let since = seat.leaderless.unwrap_or(SimTime::ZERO);
            if !seat.joined && now.since(since) < MANAGER_STARTS {
                return Way::Refused;
            }
            let patience = self.peers.peer(via).rules().tick.times(LEADERLESS_TICKS);
            return if now.since(since) > patience { Way::Refused } else { Way::Leaderless };
        };
        match self.hop(self.node(via), leader, machines) {
            Way::Open if self.leading.is_none_or(|leading| leading.peer != leader) => Way::Refused,
            way => way, // to a dispatcher that runs, if it is open
        }
    }

    /// What becomes of a request that one machine makes of a manager; an answer has to come back.
    fn hop(&self, from: Option<NodeId>, to: PeerId, machines: &Machines) -> Way {
        let (Some(from), Some(to)) = (from, self.node(to)) else {
            return if from.is_some_and(|node| machines.is_silent(node)) { Way::Silent } else { Way::Open };
        };
        match machines.power(to) {
            _ if machines.round_trip(from, to).is_none() => Way::Silent,
            Power::On => Way::Open,
            Power::Off => Way::Refused,
            Power::Frozen => Way::Silent,
        }
    }

    /// How long a message takes from a node's agent to the leader by way of that manager, or back: half of both. `None` if
    /// there is no way now.
    pub fn distance(
        &self,
        node: NodeId,
        via: PeerId,
        machines: &Machines,
        ctx: &Context<'_>,
    ) -> Option<Span> {
        let round = |from: Option<NodeId>, to: Option<NodeId>| match (from, to) {
            (Some(from), Some(to)) => machines.round_trip(from, to),
            _ => Some(ctx.setup.profile.latency.times(2)),
        };
        let via = self.node(via);
        let leader = self.leading.map_or(via, |leading| self.node(leading.peer));
        let proxied = if via == leader { Span::ZERO } else { round(via, leader)? };
        Some(Span((round(Some(node), via)? + proxied).nanos() / 2))
    }

    /// How long an operator's command waits: it is given to the first manager, by name, that answers.
    pub fn patience(&self, machines: &Machines, now: SimTime) -> Patience {
        let heard = |node: NodeId| machines.power(node) == Power::On && !machines.is_silent(node);
        let answers = |id: &PeerId| self.node(*id).is_none_or(heard);
        let Some(asked) = self.members().find(answers) else { return Patience::Nobody };
        if self.is_led() {
            return Patience::NotNeeded;
        }
        let since = self.seats[asked.index()].leaderless.unwrap_or(now);
        let until = since + self.peers.peer(asked).rules().tick.times(LEADERLESS_TICKS + 1);
        if now >= until { Patience::Over } else { Patience::Until(until) }
    }

    /// Something befell a manager's machine.
    pub fn befell(&mut self, trouble: Trouble, node: NodeId, machines: &Machines, ctx: &mut Context<'_>) {
        let Some(peer) = self.peer_of(node) else { return };
        self.ways_changed = true;
        match trouble {
            Trouble::Crash => {
                let all: Vec<PeerId> = self.members().collect();
                self.connections.close(peer, all.into_iter(), ctx.now);
                self.with_room(machines, ctx, |peers, room| peers.crash(peer, room));
            }
            Trouble::Freeze => self.with_room(machines, ctx, |peers, room| peers.freeze(peer, room)),
            Trouble::Silence => self.with_room(machines, ctx, |peers, room| peers.disturbed(room)),
        }
    }

    /// A manager's machine has recovered.
    pub fn recovered(&mut self, trouble: Trouble, node: NodeId, machines: &Machines, ctx: &mut Context<'_>) {
        let Some(peer) = self.peer_of(node) else { return };
        self.ways_changed = true;
        match trouble {
            Trouble::Crash => {
                self.connections.open(peer, ctx.now);
                let seat = &mut self.seats[peer.index()];
                (seat.leaderless, seat.joined) = (Some(ctx.now), false);
                let first_tick = members::first_tick(node, ctx);
                self.with_room(machines, ctx, |peers, room| peers.boot(peer, first_tick, room));
            }
            Trouble::Freeze => {
                self.with_room(machines, ctx, |peers, room| peers.thaw(peer, room));
                for event in std::mem::take(&mut self.stalled) {
                    ctx.after(Span::ZERO, event);
                }
            }
            Trouble::Silence => self.with_room(machines, ctx, |peers, room| peers.disturbed(room)),
        }
    }

    /// The network is not what it was.
    pub fn disturbed(&mut self, machines: &Machines, ctx: &mut Context<'_>) {
        self.ways_changed = true;
        self.with_room(machines, ctx, |peers, room| peers.disturbed(room));
    }

    fn with_room<R>(
        &mut self,
        machines: &Machines,
        ctx: &mut Context<'_>,
        act: impl FnOnce(&mut Peers, &mut Room<'_, '_>) -> R,
    ) -> R {
        let room = &mut Room { seats: &mut self.seats, connections: &mut self.connections, machines, ctx };
        act(&mut self.peers, room)
    }
}

/// A manager that has known no leader for so many ticks refuses requests at once (`raft.go:85`).
const LEADERLESS_TICKS: u64 = 10;

/// So long after its machine has booted a manager takes no requests. Fitted: of restarted managers whose own agent asked
/// them first, about half were too early in recordings of the real SwarmKit.
const MANAGER_STARTS: Span = Span::millis(65);

/// An event of the managers' Raft is due.
pub fn handle(event: RaftEvent, quorum: &mut Quorum, machines: &Machines, ctx: &mut Context<'_>) {
    quorum.with_room(machines, ctx, |peers, room| peers.handle(event, room));
}

/// What follows from what the peers have done: entries are applied, a leader starts or stops.
pub fn settle(realm: &mut Realm<'_>, ctx: &mut Context<'_>) {
    while realm.quorum.peers.has_news() {
        while let Some((peer, turn)) = realm.quorum.peers.next_turn() {
            note_turn(peer, turn, realm.quorum, ctx);
            realm.quorum.note_membership(turn, realm.machines, ctx);
        }
        // Applying an entry may change more, which is noted before the next one.
        if let Some((index, entry)) = realm.quorum.peers.next_committed() {
            match entry.content {
                Content::Write(number) => ledger::committed(number, realm, ctx),
                Content::Empty => begin_to_lead(index, entry.term, realm, ctx),
                Content::Add(_) | Content::Remove(_) => {}
            }
        }
    }
    if realm.quorum.leading.is_some_and(|leading| !realm.quorum.still_leads(leading)) {
        stop_leading(realm, ctx);
    }
    let changed = [&mut realm.quorum.ways_changed, &mut realm.quorum.leaders_changed].map(std::mem::take);
    if changed.contains(&true) {
        realm.workers.mesh.stir(ctx);
    }
    let ways = agent::Ways { machines: realm.machines, quorum: realm.quorum };
    if changed[0] {
        agent::ways_changed(ways, realm.workers, &mut realm.leader.dispatcher, ctx);
    }
    if changed[1] {
        agent::leaders_changed(ways, realm.workers, &mut realm.leader.dispatcher, ctx);
    }
}

/// Reports elections, and notes who knows of no leader.
fn note_turn(peer: PeerId, turn: Turn, quorum: &mut Quorum, ctx: &mut Context<'_>) {
    let term = quorum.peers.peer(peer).term() as u32;
    let seat = &mut quorum.seats[peer.index()];
    quorum.leaders_changed = true;
    match turn {
        Turn::Won | Turn::Follows(_) => (seat.leaderless, seat.joined) = (None, true),
        Turn::Stood | Turn::SteppedDown | Turn::Forsaken => drop(seat.leaderless.get_or_insert(ctx.now)),
        _ => {}
    }
    let Some(node) = seat.node else { return };
    match turn {
        Turn::Stood => ctx.observe(Observation::CandidateStood { node, term }),
        Turn::Won => ctx.observe(Observation::LeaderElected { node, term }),
        Turn::SteppedDown => ctx.observe(Observation::LeaderSteppedDown { node }),
        Turn::Follows(leader) => {
            let leader = quorum.seats[leader.index()].node.unwrap_or(node);
            ctx.observe(Observation::LeaderFollowed { node, leader });
        }
        _ => {}
    }
}

impl Quorum {
    /// Whether it leads in that term, as far as it knows: whoever stands still does.
    fn still_leads(&self, Leading { peer, term, .. }: Leading) -> bool {
        let on = matches!(self.peers.power(peer), PeerPower::On | PeerPower::Frozen);
        let lead = self.peers.peer(peer);
        on && lead.role() == RaftRole::Leader && lead.term() == term
    }
}

/// A leader's first entry is committed, and so its whole log is applied: its components start.
fn begin_to_lead(index: Index, term: Term, realm: &mut Realm<'_>, ctx: &mut Context<'_>) {
    let Some(peer) = realm.quorum.peers.leader().filter(|id| {
        let lead = realm.quorum.peers.peer(*id);
        lead.term() == term && lead.log().committed() >= index
    }) else {
        return;
    };
    if realm.quorum.is_led() {
        stop_leading(realm, ctx);
    }
    realm.quorum.leading = Some(Leading { peer, term, from: ctx.agenda.next_number() });
    if let Some(node) = realm.quorum.node(peer) {
        ctx.observe(Observation::LeaderReady { node });
    }
    realm.workers.mesh.stir(ctx);
    realm.ledger.forget_left();
    realm.leader.start(realm.store, &mut realm.workers.usage, ctx);
}

/// The leader's components stop: what waits to be written is lost, and so are the agents' sessions.
fn stop_leading(realm: &mut Realm<'_>, ctx: &mut Context<'_>) {
    let Some(Leading { peer, .. }) = realm.quorum.leading.take() else { return };
    if let Some(node) = realm.quorum.node(peer) {
        ctx.observe(Observation::LeadershipLost { node });
    }
    realm.quorum.stalled.clear();
    realm.workers.mesh.stir(ctx);
    realm.ledger.lose(ctx);
    let ways = agent::Ways { machines: realm.machines, quorum: realm.quorum };
    agent::leader_lost(ways, realm.workers, ctx);
}

impl Seat {
    fn new(node: Option<NodeId>, name: &str, seed: u64, membership: Membership) -> Seat {
        let writes = Stream::new(seed, "raft.write", name);
        let journeys = IndexedStream::new(seed, "raft.journey", name);
        Seat { node, membership, writes, journeys, leaderless: None, joined: true }
    }
}
