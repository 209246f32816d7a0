//! One run: peers on machines that fail, are repaired, and stand in zones.

use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::engine::agenda::Agenda;
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::engine::stream::Stream;
use swarmbed_sim::event::RaftEvent;
use swarmbed_sim::manager::quorum::connections::Connections;
use swarmbed_sim::manager::raft::log::Content;
use swarmbed_sim::manager::raft::peer::{Role, Turn};
use swarmbed_sim::manager::raft::peers::{Around, Journey, Peers, Power};
use swarmbed_sim::manager::raft::{Index, PeerId, Term};
use swarmbed_sim::profile::Profile;
use swarmbed_sim::world::faults::{self, Crews, FaultEvent, Faults, Lives};

use super::watch::{Seen, Watch};
use crate::quorum::{HOUR, Managers};

/// Managers at work.
pub(super) struct Play {
    peers: Peers,
    faults: Faults,
    stage: Stage,
    quorum: u32,
    /// Whose first entry is committed, and in which term.
    leading: Option<(PeerId, Term)>,
    proposed: Option<(Index, SimTime)>,
    gap: Distribution,
    gaps: Stream,
    phases: Stream,
    watch: Watch,
}

/// What lies around peers and faults.
struct Stage {
    agenda: Agenda<Happening>,
    up: Vec<bool>,
    /// Units that have turned: managers, and behind them zones.
    turned: Vec<(u32, bool)>,
    connections: Connections,
    latency: Span,
    disk: Distribution,
    writes: Vec<Stream>,
}

#[derive(Clone, Copy, Debug)]
enum Happening {
    Fault(FaultEvent),
    Raft(RaftEvent),
    /// Somebody wants something to be written.
    Propose,
}

/// The bytes of a proposal: a task's change of state, more or less.
const BYTES: u32 = 500;

impl Play {
    /// Managers that are all up, of whom one leads. Random numbers are named after `name`; proposals come every `every`
    /// hours on average.
    pub(super) fn new(managers: &Managers, zones: u32, profile: &Profile, name: &str, every: f64) -> Play {
        let count = managers.count();
        let stream = |what: &str| Stream::new(1, &format!("plan.core.{what}"), name);
        let of =
            |what: &str, peer: u32| Stream::new(1, &format!("plan.core.{what}"), &format!("{name}/{peer}"));
        let mut phases = stream("phase");
        let tick = profile.raft_tick.0;
        let first: Vec<Span> = (0..count).map(|_| Span(phases.below(tick))).collect();
        let peers = Peers::founded(profile.raft(), &first, |id| of("election", id.0));
        let stage = Stage {
            agenda: Agenda::new(),
            up: vec![true; count as usize],
            turned: Vec::new(),
            connections: Connections::new(stream("connect").next_u64()),
            latency: profile.latency,
            disk: profile.disk_write.clone(),
            writes: (0..count).map(|peer| of("write", peer)).collect(),
        };
        Play {
            peers,
            faults: faults(managers, zones, name),
            stage,
            quorum: managers.quorum(),
            leading: None,
            proposed: None,
            gap: Distribution::exponential(every * HOUR).expect("there is time to play"),
            gaps: stream("propose"),
            phases,
            watch: Watch::default(),
        }
    }

    /// Plays so many hours.
    pub(super) fn run(&mut self, hours: f64) -> Seen {
        let end = SimTime((hours * HOUR) as u64);
        let first = PeerId(self.phases.below(u64::from(self.stage.up.len() as u32)) as u32);
        self.peers.begin_led_by(first, &mut self.stage);
        self.leading = Some((first, self.peers.peer(first).term()));
        self.faults.start(&mut self.stage);
        self.propose_later();
        while self.stage.agenda.peek_time().is_some_and(|time| time < end) {
            self.step();
        }
        std::mem::take(&mut self.watch).end(end)
    }

    fn step(&mut self) {
        let Some((now, happening)) = self.stage.agenda.pop() else { return };
        let mut falls = 0;
        match happening {
            Happening::Fault(event) => {
                self.faults.handle(event, &mut self.stage);
                falls = self.machines_turn(now);
            }
            Happening::Raft(event) => self.peers.handle(event, &mut self.stage),
            Happening::Propose => self.propose(now),
        }
        let noticed = self.settle(now);
        let up = self.stage.up.iter().filter(|up| **up).count() as u32;
        self.watch.look(now, up >= self.quorum, self.leading.is_some(), falls, noticed);
        if let Some(broken) = self.peers.broken() {
            panic!("an invariant of the managers' Raft does not hold: {broken}");
        }
    }

    /// Machines have failed or are back; returns how many zones have failed.
    fn machines_turn(&mut self, now: SimTime) -> usize {
        let turned = std::mem::take(&mut self.stage.turned);
        let managers = self.stage.up.len() as u32;
        // All at once: who is gone with its zone cannot be asked by the others any more.
        for (unit, up) in turned.iter().filter(|(unit, _)| *unit < managers) {
            self.stage.up[*unit as usize] = *up;
        }
        for (unit, up) in turned.iter().filter(|(unit, _)| *unit < managers) {
            let id = PeerId(*unit);
            if *up {
                self.stage.connections.open(id, now);
                let first_tick = Span(1 + self.phases.below(self.peers.peer(id).rules().tick.0));
                self.peers.boot(id, first_tick, &mut self.stage);
            } else {
                self.stage.connections.close(id, (0..managers).map(PeerId), now);
                self.peers.crash(id, &mut self.stage);
            }
        }
        turned.iter().filter(|(unit, up)| *unit >= managers && !up).count()
    }

    /// Notes who leads, and what is committed. Returns whether a manager has noticed that nobody leads.
    fn settle(&mut self, now: SimTime) -> bool {
        let mut noticed = false;
        while let Some((_, turn)) = self.peers.next_turn() {
            noticed |= matches!(turn, Turn::Stood | Turn::SteppedDown);
            self.watch.seen.elections += u64::from(turn == Turn::Won);
        }
        let mut ready = None;
        while let Some((index, entry)) = self.peers.next_committed() {
            if entry.content == Content::Empty {
                ready = Some(entry.term);
            }
            if let Some((_, since)) = self.proposed.take_if(|(proposed, _)| *proposed == index) {
                self.watch.seen.commits.push(now.since(since).as_secs_f64());
            }
        }
        let peers = &self.peers;
        let still = |(id, term): (PeerId, Term)| {
            let peer = peers.peer(id);
            peers.power(id) == Power::On && peer.role() == Role::Leader && peer.term() == term
        };
        let elected = || Some((peers.leader()?, ready?));
        self.leading = self.leading.filter(|leading| still(*leading));
        self.leading = self.leading.or_else(|| elected().filter(|leading| still(*leading)));
        if self.leading.is_none() {
            self.proposed = None;
        }
        noticed
    }

    fn propose(&mut self, now: SimTime) {
        self.propose_later();
        // One that was given to a leader who is gone is no measure of a commit.
        self.proposed = None;
        let Some((leader, _)) = self.leading else { return };
        if let Ok((_, index)) = self.peers.propose(leader, Content::Write(0), BYTES, &mut self.stage) {
            self.proposed = Some((index, now));
        }
    }

    fn propose_later(&mut self) {
        let gap = Span(self.gap.sample(&mut self.gaps));
        self.stage.agenda.schedule(self.stage.agenda.now() + gap, Happening::Propose);
    }
}

/// What befalls managers, and zones: a zone is a unit behind the managers, so that it is seen where none stands.
fn faults(managers: &Managers, zones: u32, name: &str) -> Faults {
    let count = managers.count();
    let mut own = Lives::new(managers.life.clone(), managers.repair.clone(), Crews::unlimited());
    for unit in 0..count {
        own.add((1, "plan.core.manager", &format!("{name}/{unit}")), [unit]);
    }
    let mut lives = vec![own];
    if let Some((up, down)) = &managers.outages {
        let mut outages = Lives::new(up.clone(), down.clone(), Crews::unlimited());
        let mut first = 0;
        for zone in 0..zones {
            let size = managers.zones.get(zone as usize).copied().unwrap_or(0);
            let units = (first..first + size).chain([count + zone]);
            outages.add((1, "plan.core.zone", &format!("{name}/{zone}")), units);
            first += size;
        }
        lives.push(outages);
    }
    Faults::new(count + zones, lives)
}

impl faults::Around for Stage {
    fn now(&self) -> SimTime {
        self.agenda.now()
    }

    fn after(&mut self, delay: Span, event: FaultEvent) {
        self.agenda.schedule(self.agenda.now() + delay, Happening::Fault(event));
    }

    fn turned(&mut self, _: u8, unit: u32, up: bool) {
        self.turned.push((unit, up));
    }
}

/// As the managers of a simulated cluster have it (`swarmbed_sim::manager::quorum`), on a network that never fails.
impl Around for Stage {
    fn now(&self) -> SimTime {
        self.agenda.now()
    }

    fn at(&mut self, time: SimTime, event: RaftEvent) {
        self.agenda.schedule(time, Happening::Raft(event));
    }

    fn send(&mut self, from: PeerId, to: PeerId, _: u64) -> Journey {
        if self.up[to.index()] && self.connections.is_open(from, to, self.agenda.now()) {
            Journey::Arrives(self.latency)
        } else {
            Journey::Fails(self.latency.times(2))
        }
    }

    fn arrives(&self, _: PeerId, to: PeerId) -> bool {
        self.up[to.index()]
    }

    fn write(&mut self, peer: PeerId, _: u64) -> Span {
        Span(self.disk.sample(&mut self.writes[peer.index()]))
    }

    fn steady(&self, from: PeerId, to: PeerId) -> Option<(Span, Span)> {
        (self.up[from.index()] && self.up[to.index()]).then_some((self.latency, self.latency))
    }
}
