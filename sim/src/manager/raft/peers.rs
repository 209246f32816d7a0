//! All peers together, with what lies between them: clocks that tick at different phases, links, disks.
//!
//! Whoever runs them lends them an [`Around`]: the agenda, the links and the disks. A peer's messages wait until what has to
//! be on disk is there; then they travel, and arrive or do not. What changed comes out as [`Peers::next_turn`] and
//! [`Peers::next_committed`].

use std::collections::VecDeque;

use swarmbed_scheduler::stream::Stream;
use swarmbed_scheduler::{SimTime, Span};

use super::log::{Content, Entry};
use super::message::Message;
use super::peer::{Dropped, Output, Peer, Role, Save, Turn};
use super::rules::{Rules, WriteOrder};
use super::{Index, PeerId, Term};
use crate::engine::slab::Slab;
use crate::event::RaftEvent;

mod check;
mod clock;
mod machine;
mod mail;
mod membership;
pub mod quiet;

pub use check::{Broken, Invariant};

use check::Checks;
use clock::Clock;

/// What lies around the peers.
pub trait Around {
    /// Now.
    fn now(&self) -> SimTime;
    /// Puts an event into the agenda.
    fn at(&mut self, time: SimTime, event: RaftEvent);
    /// What becomes of a message that is sent now; `bytes` of entries are in it.
    fn send(&mut self, from: PeerId, to: PeerId, bytes: u64) -> Journey;
    /// Whether a message that was on its way may arrive now.
    fn arrives(&self, from: PeerId, to: PeerId) -> bool;
    /// How long a write of so many entries takes.
    fn write(&mut self, peer: PeerId, entries: u64) -> Span;
    /// Whether a message that was sent at that time, no later than now, found a connection; asked by ascending times.
    fn connected(&mut self, _from: PeerId, _to: PeerId, _at: SimTime) -> bool {
        true
    }
    /// How long every message takes there and back, if each takes as long as the other and none is lost.
    fn steady(&self, from: PeerId, to: PeerId) -> Option<(Span, Span)>;
}

/// After how long a sender gives up (`manager/state/raft/transport`: 2 s).
pub const SEND_TIMEOUT: Span = Span::secs(2);

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Journey {
    /// It arrives after that time, if nothing happens meanwhile.
    Arrives(Span),
    /// It does too, but the sender never hears of it, and takes it for lost.
    Unanswered(Span),
    /// It does not, and the sender knows after that time.
    Fails(Span),
}

/// Whether a peer computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// It does.
    On,
    /// It stands still, with everything in its memory.
    Frozen,
    /// It is off: only its disk is left.
    Off,
    /// It has been removed, and never comes back.
    Gone,
}

/// All peers that ever were, by their ids.
#[derive(Clone, Debug)]
pub struct Peers {
    rules: Rules,
    rows: Vec<Row>,
    /// Messages on their way.
    mail: Slab<Message>,
    /// How many of them lie before a peer that stands still.
    stalled: usize,
    /// Writes under way.
    writing: u32,
    /// Messages known not to arrive, of which the sender does not know yet.
    failing: u32,
    quiet: Option<quiet::Quiet>,
    /// Whether a quiet time is ever passed over, or every beat played.
    elides: bool,
    /// Up to where entries are committed, as far as anybody knows.
    committed: Index,
    turns: VecDeque<(PeerId, Turn)>,
    news: VecDeque<(Index, Entry)>,
    out: Output,
    checks: Option<Checks>,
}

#[derive(Clone, Debug)]
struct Row {
    peer: Peer,
    clock: Clock,
    power: Power,
    /// When its alarm in the agenda goes off, and the alarm's number.
    alarm: SimTime,
    alarms: u32,
    /// What it wants to say when its write is through: the first `batch` of them after the write under way.
    held: Vec<Message>,
    batch: usize,
    write: Option<Save>,
    writes: u32,
    /// To which peers its last message got through.
    reaches: Vec<bool>,
    /// What reached it while it stood still.
    stalled: Vec<(SimTime, u32)>,
}

impl Peers {
    /// A quorum that has existed for a while; nobody leads yet. `phases` says when each peer's clock ticks first, and
    /// `timeouts` where its election time-outs come from.
    pub fn founded(rules: Rules, phases: &[Span], mut timeouts: impl FnMut(PeerId) -> Stream) -> Peers {
        let members: Vec<PeerId> = (0..phases.len() as u32).map(PeerId).collect();
        let rows = members.iter().zip(phases).map(|(id, phase)| {
            let peer = Peer::founder(*id, &members, rules, timeouts(*id));
            Row::new(peer, Clock::new(SimTime::ZERO + *phase, rules.tick), members.len())
        });
        let rows: Vec<Row> = rows.collect();
        let committed = rows.first().map_or(0, |row| row.peer.log().committed());
        Peers {
            rules,
            mail: Slab::new(),
            stalled: 0,
            writing: 0,
            failing: 0,
            quiet: None,
            elides: true,
            committed,
            turns: VecDeque::new(),
            news: VecDeque::new(),
            out: Output::default(),
            checks: Some(Checks::new(committed, 1)),
            rows,
        }
    }

    /// Every beat is played, and no quiet time passed over.
    pub fn play_every_beat(&mut self) {
        self.elides = false;
    }

    /// Checks no invariant.
    pub fn unchecked(&mut self) {
        self.checks = None;
    }

    /// Sets every peer's alarm, for the beginning of a run.
    pub fn start(&mut self, around: &mut impl Around) {
        (0..self.rows.len()).for_each(|at| self.set_alarm(at, around));
    }

    /// One peer leads from the start, and everybody knows.
    pub fn begin_led_by(&mut self, leader: PeerId, around: &mut impl Around) {
        for row in &mut self.rows {
            row.peer.begin_led_by(leader);
        }
        self.start(around);
        self.rest(around);
    }

    /// One of them.
    pub fn peer(&self, id: PeerId) -> &Peer {
        &self.rows[id.index()].peer
    }

    /// All of them that were not removed.
    pub fn ids(&self) -> impl Iterator<Item = PeerId> + '_ {
        self.rows.iter().filter(|r| r.power != Power::Gone).map(|r| r.peer.id())
    }

    /// Whether a peer computes.
    pub fn power(&self, id: PeerId) -> Power {
        self.rows[id.index()].power
    }

    /// Who leads in the highest term, as far as anybody who computes says so.
    pub fn leader(&self) -> Option<PeerId> {
        let leading = self.rows.iter().filter(|r| r.power == Power::On && r.peer.role() == Role::Leader);
        leading.max_by_key(|r| r.peer.term()).map(|r| r.peer.id())
    }

    /// Up to where entries are known to be committed by anybody.
    pub fn committed_to(&self) -> Index {
        self.committed
    }

    /// The next thing that has changed, in order.
    pub fn next_turn(&mut self) -> Option<(PeerId, Turn)> {
        self.turns.pop_front()
    }

    /// The next entry that has been committed, in order.
    pub fn next_committed(&mut self) -> Option<(Index, Entry)> {
        self.news.pop_front()
    }

    /// Whether something has changed that nobody has asked for.
    pub fn has_news(&self) -> bool {
        !self.turns.is_empty() || !self.news.is_empty()
    }

    /// Nobody wants to know what has changed so far.
    pub fn forget_news(&mut self) {
        self.turns.clear();
        self.news.clear();
    }

    /// An invariant that did not hold.
    pub fn broken(&mut self) -> Option<Broken> {
        self.checks.as_mut()?.broken()
    }

    /// An event of theirs is due.
    pub fn handle(&mut self, event: RaftEvent, around: &mut impl Around) {
        match event {
            RaftEvent::Alarm { peer, number } => self.alarm(peer.index(), number, around),
            RaftEvent::Deliver { mail } => self.deliver(mail, around),
            RaftEvent::Saved { peer, number } => self.saved(peer.index(), number, around),
            RaftEvent::Undelivered { from, to } => self.undelivered(from, to, around),
        }
        self.rest(around);
    }

    /// Somebody proposes an entry to a peer.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn propose(
        &mut self,
        to: PeerId,
        content: Content,
        bytes: u32,
        around: &mut impl Around,
    ) -> Result<(Term, Index), Dropped> {
        self.stir(around);
        let at = to.index();
        let tick = self.tick(at, around);
        let row = &mut self.rows[at];
        let taken = if row.power == Power::On {
            row.peer.propose(content, bytes, &mut self.out)
        } else {
            Err(Dropped::NotLeader)
        };
        self.pump(at, tick, around);
        self.rest(around);
        taken.map(|index| (self.rows[at].peer.term(), index))
    }

    /// A leader is asked to give its leadership to another.
    ///
    /// # Errors
    /// The peer does not lead.
    pub fn transfer(&mut self, from: PeerId, to: PeerId, around: &mut impl Around) -> Result<(), Dropped> {
        self.stir(around);
        let at = from.index();
        let tick = self.tick(at, around);
        let asked = self.rows[at].peer.transfer(to, tick, &mut self.out);
        self.pump(at, tick, around);
        self.rest(around);
        asked
    }

    /// The links have changed, or what else lies between the peers.
    pub fn disturbed(&mut self, around: &mut impl Around) {
        self.stir(around);
        self.rest(around);
    }

    fn tick(&self, at: usize, around: &impl Around) -> u64 {
        self.rows[at].clock.tick(around.now())
    }

    /// A peer's alarm goes off: perhaps too early, since its time-out has begun anew meanwhile.
    fn alarm(&mut self, at: usize, number: u32, around: &mut impl Around) {
        let row = &mut self.rows[at];
        if row.alarms != number || row.power != Power::On {
            return;
        }
        row.alarm = SimTime::NEVER;
        if self.quiet.is_some() {
            return;
        }
        let tick = self.tick(at, around);
        self.rows[at].peer.wake(tick, &mut self.out);
        self.pump(at, tick, around);
    }

    /// Makes sure that the peer is woken when it has to be.
    fn set_alarm(&mut self, at: usize, around: &mut impl Around) {
        let row = &mut self.rows[at];
        if row.power != Power::On {
            return;
        }
        let Some(due) = row.peer.due() else { return };
        let time = row.clock.time(due);
        if time < row.alarm {
            row.alarm = time;
            row.alarms += 1;
            around.at(time.max(around.now()), RaftEvent::Alarm { peer: row.peer.id(), number: row.alarms });
        }
    }

    /// Notes what a peer's step has changed.
    fn note(&mut self, at: usize, tick: u64) {
        if let Some(checks) = &mut self.checks {
            checks.acted(at, &self.rows, &self.out.turns, tick);
        }
        let peer = &self.rows[at].peer;
        let id = peer.id();
        for index in self.committed + 1..=peer.log().committed() {
            let Some(entry) = peer.log().entry(index) else { break };
            self.news.push_back((index, *entry));
        }
        self.committed = self.committed.max(peer.log().committed());
        self.rows[at].peer.make_snapshot_if_due();
        if self.out.turns.is_empty() {
            return;
        }
        let removed = self.out.turns.contains(&Turn::Removed(id));
        self.turns.extend(self.out.turns.drain(..).map(|turn| (id, turn)));
        if removed {
            self.switch_off(id, Power::Gone);
        }
    }
}

impl Row {
    fn new(peer: Peer, clock: Clock, peers: usize) -> Row {
        Row {
            peer,
            clock,
            power: Power::On,
            alarm: SimTime::NEVER,
            alarms: 0,
            held: Vec::new(),
            batch: 0,
            write: None,
            writes: 0,
            reaches: vec![true; peers],
            stalled: Vec::new(),
        }
    }
}
