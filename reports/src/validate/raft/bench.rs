//! A leader whom nobody disturbs, on links and disks made for a test: no tick comes between.

use swarmbed_scheduler::stream::Stream;
use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::engine::agenda::Agenda;
use swarmbed_sim::event::RaftEvent;
use swarmbed_sim::manager::raft::PeerId;
use swarmbed_sim::manager::raft::log::Content;
use swarmbed_sim::manager::raft::peers::{Around, Journey, Peers};
use swarmbed_sim::manager::raft::rules::Rules;

/// Who leads.
pub(super) const LEADER: PeerId = PeerId(0);

/// Links and disks.
pub(super) trait Gear {
    /// How long a message that is sent now is on its way.
    fn send(&mut self, now: SimTime, from: PeerId, to: PeerId, bytes: u64) -> Span;
    /// How long a write takes.
    fn write(&mut self, peer: PeerId) -> Span;
}

/// Peers, the first of them leading, and their gear.
pub(super) struct Bench<G> {
    /// The peers.
    pub(super) peers: Peers,
    room: Room<G>,
}

struct Room<G> {
    gear: G,
    agenda: Agenda<RaftEvent>,
    now: SimTime,
    /// Messages and writes that are not through yet.
    under_way: u64,
}

impl<G: Gear> Bench<G> {
    /// So many peers by these rules, which tick once a year.
    pub(super) fn new(count: u32, rules: Rules, seed: u64, gear: G) -> Bench<G> {
        let rules = Rules { tick: Span::secs(365 * 24 * 3600), ..rules };
        let mut peers = Peers::founded(rules, &vec![Span::secs(1); count as usize], |id| {
            Stream::new(seed, "validate.timeouts", &id.0.to_string())
        });
        peers.unchecked();
        let mut room = Room { gear, agenda: Agenda::new(), now: SimTime::ZERO, under_way: 0 };
        peers.begin_led_by(LEADER, &mut room);
        Bench { peers, room }
    }

    /// Now.
    pub(super) fn now(&self) -> SimTime {
        self.room.now
    }

    /// A follower's machine loses power.
    pub(super) fn crash(&mut self, follower: PeerId) {
        self.peers.crash(follower, &mut self.room);
    }

    /// The leader takes an entry at that time, which nothing that is due precedes; returns its index.
    pub(super) fn propose(&mut self, at: SimTime, number: u32, bytes: u32) -> u64 {
        self.room.now = at;
        let proposed = self.peers.propose(LEADER, Content::Write(number), bytes, &mut self.room);
        proposed.expect("a leader that nobody disturbs takes every entry").1
    }

    /// Whether a message or a write is not through yet.
    pub(super) fn is_busy(&self) -> bool {
        self.room.under_way > 0
    }

    /// When the next thing happens.
    pub(super) fn next_time(&self) -> Option<SimTime> {
        self.room.agenda.peek_time()
    }

    /// Plays it.
    pub(super) fn step(&mut self) {
        let (now, event) = self.room.agenda.pop().expect("something is due");
        self.room.now = now;
        self.room.under_way -= passes(&event);
        self.peers.handle(event, &mut self.room);
    }
}

/// 1 for the end of a message's way or of a write.
fn passes(event: &RaftEvent) -> u64 {
    u64::from(!matches!(event, RaftEvent::Alarm { .. }))
}

impl<G: Gear> Around for Room<G> {
    fn now(&self) -> SimTime {
        self.now
    }

    fn at(&mut self, time: SimTime, event: RaftEvent) {
        self.under_way += passes(&event);
        self.agenda.schedule(time, event);
    }

    fn send(&mut self, from: PeerId, to: PeerId, bytes: u64) -> Journey {
        Journey::Arrives(self.gear.send(self.now, from, to, bytes))
    }

    fn arrives(&self, _: PeerId, _: PeerId) -> bool {
        true
    }

    fn write(&mut self, peer: PeerId, _: u64) -> Span {
        self.gear.write(peer)
    }

    fn steady(&self, _: PeerId, _: PeerId) -> Option<(Span, Span)> {
        None
    }
}
