//! Peers on their own, without a swarm around them: to hold them against theory, against other implementations and against
//! the thesis's own examples.

use swarmbed_scheduler::stream::Stream;
use swarmbed_scheduler::{SimTime, Span};

use super::PeerId;
use super::peers::{Around, Journey, Peers, SEND_TIMEOUT};
use super::rules::Rules;
use crate::engine::agenda::Agenda;
use crate::engine::distribution::Distribution;
use crate::event::RaftEvent;

/// Peers, and links and disks of a few simple kinds.
#[derive(Clone, Debug)]
pub struct Lab {
    /// The peers.
    pub peers: Peers,
    /// What lies around them.
    pub room: Room,
    tick: Span,
    phases: Stream,
}

/// Links and disks, the same for all peers.
#[derive(Clone, Debug)]
pub struct Room {
    agenda: Agenda<RaftEvent>,
    now: SimTime,
    delay: Distribution,
    write: Option<Distribution>,
    delays: Stream,
    writes: Stream,
    /// Cut directions, from and to.
    cuts: Vec<(PeerId, PeerId)>,
    /// Machines that take no connections.
    off: Vec<PeerId>,
    /// Messages sent so far.
    sent: u64,
}

impl Lab {
    /// A founded quorum of `n` with random clock phases, nobody leading. Delays and writes are in nanoseconds; without a law
    /// a write takes no time.
    pub fn new(
        n: u32,
        rules: Rules,
        delay: Distribution,
        write: Option<Distribution>,
        mut draws: Stream,
    ) -> Lab {
        let seed = draws.next_u64();
        let phase = |draws: &mut Stream| Span(draws.below(rules.tick.0));
        let phases: Vec<Span> = (0..n).map(|_| phase(&mut draws)).collect();
        let peers =
            Peers::founded(rules, &phases, |id| Stream::new(seed, "raft.election", &id.0.to_string()));
        let room = Room {
            agenda: Agenda::new(),
            now: SimTime::ZERO,
            delay,
            write,
            delays: Stream::new(seed, "lab.delay", ""),
            writes: Stream::new(seed, "lab.write", ""),
            cuts: Vec::new(),
            off: Vec::new(),
            sent: 0,
        };
        Lab { peers, room, tick: rules.tick, phases: Stream::new(seed, "lab.phase", "") }
    }

    /// The last heartbeat of a leader that nobody hears of again has just reached everybody; that leader is off.
    pub fn leader_lost(&mut self, leader: PeerId) {
        self.peers.begin_led_by(leader, &mut self.room);
        self.crash(leader);
    }

    /// Plays the next event; `None` if there is none.
    pub fn step(&mut self) -> Option<SimTime> {
        let (now, event) = self.room.agenda.pop()?;
        self.room.now = now;
        self.peers.handle(event, &mut self.room);
        Some(now)
    }

    /// Plays everything up to that time.
    pub fn run_until(&mut self, until: SimTime) {
        while self.room.agenda.peek_time().is_some_and(|due| due <= until) {
            self.step();
        }
        self.room.now = until;
    }

    /// Now.
    pub fn now(&self) -> SimTime {
        self.room.now
    }

    /// When the next event is due, if there is one.
    pub fn next_time(&self) -> Option<SimTime> {
        self.room.agenda.peek_time()
    }

    /// A peer's machine loses power.
    pub fn crash(&mut self, id: PeerId) {
        self.room.off.push(id);
        self.peers.crash(id, &mut self.room);
    }

    /// A peer's machine boots.
    pub fn boot(&mut self, id: PeerId) {
        self.room.off.retain(|off| *off != id);
        let first_tick = Span(1 + self.phases.below(self.tick.0));
        self.peers.boot(id, first_tick, &mut self.room);
    }

    /// Nothing passes from one peer to another any more, or everything again.
    pub fn cut(&mut self, from: PeerId, to: PeerId, cut: bool) {
        self.room.cuts.retain(|c| *c != (from, to));
        if cut {
            self.room.cuts.push((from, to));
        }
        self.peers.disturbed(&mut self.room);
    }

    /// Somebody proposes a transaction to a peer; returns its term and index.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn propose(
        &mut self,
        to: PeerId,
        content: super::log::Content,
        bytes: u32,
    ) -> Result<(u64, u64), super::peer::Dropped> {
        self.peers.propose(to, content, bytes, &mut self.room)
    }
}

impl Room {
    /// Messages sent so far.
    pub fn sent(&self) -> u64 {
        self.sent
    }
}

/// What a law says, for which a constant one needs no draw.
fn drawn(law: &Distribution, draws: &mut Stream) -> Span {
    Span(law.constant_value().unwrap_or_else(|| law.sample(draws)))
}

impl Around for Room {
    fn now(&self) -> SimTime {
        self.now
    }

    fn at(&mut self, time: SimTime, event: RaftEvent) {
        self.agenda.schedule(time, event);
    }

    fn send(&mut self, from: PeerId, to: PeerId, _: u64) -> Journey {
        self.sent += 1;
        if self.off.contains(&to) {
            return Journey::Fails(drawn(&self.delay, &mut self.delays));
        }
        if self.cuts.contains(&(from, to)) {
            return Journey::Fails(SEND_TIMEOUT);
        }
        Journey::Arrives(drawn(&self.delay, &mut self.delays))
    }

    fn arrives(&self, from: PeerId, to: PeerId) -> bool {
        !self.cuts.contains(&(from, to)) && !self.off.contains(&to)
    }

    fn write(&mut self, _: PeerId, _: u64) -> Span {
        self.write.as_ref().map_or(Span::ZERO, |law| drawn(law, &mut self.writes))
    }

    fn steady(&self, from: PeerId, to: PeerId) -> Option<(Span, Span)> {
        let delay = Span(self.delay.constant_value()?);
        (self.arrives(from, to) && self.arrives(to, from)).then_some((delay, delay))
    }
}
