//! How nodes learn of each other and of each other's records, without any manager: memberlist (who is alive) and NetworkDB
//! (records of networks), of all nodes together. It knows nothing of services: a record is a key, and is enabled,
//! disabled or deleted.
//!
//! Sans-I/O: [`Gossip::next_turn`] says when something is due, [`Gossip::turn`] does it, [`Gossip::next_news`] tells what came of it.
//! What lies between the nodes is asked of the [`Around`] that the caller lends.
//!
//! Quiet costs nothing. A probe of a node that answers changes nothing but the prober's place in its list and its health
//! score; both are worked out when somebody stops answering. Nodes with nothing to tell have no ticks. Exchanges of tables
//! that agree are left out. All draws are indexed by the number of the tick, so that [`Gossip::play_every_tick`], which leaves
//! out nothing, gives the same news.
//!
//! Simplified: a record that every node of its network has is told no further, though a node that is full of others' news
//! would have lost a little room to it. Packets carry gossip only: none rides on probes. A network's size is counted as it
//! is where only the logarithm of it matters. An exchange that is under way when something happens
//! carries nothing of it, if nobody needed it when it began. A node that stands still loses what is sent to it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use swarmbed_scheduler::stream::IndexedStream;
use swarmbed_scheduler::{NodeId, SimTime, Span};

use crate::engine::agenda::Agenda;
use crate::engine::slab::Slab;

mod draws;
mod hearsay;
mod life;
mod probe;
mod queue;
mod records;
mod rounds;
pub mod rules;
mod sync;
#[cfg(test)]
mod tests;

use draws::Order;
use hearsay::{Note, Standing};
use queue::Queue;
use records::{Network, Record};
use rules::Rules;
use sync::Sweep;

/// What lies between the nodes. Answers depend on the links as they are now and on nothing else.
pub trait Around {
    /// How long a packet (UDP) sent now takes, or that it is lost; chance is to be taken from these random bits.
    fn packet(&self, from: NodeId, to: NodeId, bits: u64) -> Option<Span>;
    /// How long a message over a connection (TCP) takes one way, or that there is none to be had in either direction.
    fn stream(&self, from: NodeId, to: NodeId) -> Option<Span>;
}

/// A network with records of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NetworkId(pub u32);

/// A record's key: one owner publishes one record of that key on a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(pub u64);

/// What a record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is to be used.
    Enabled,
    /// It is not to be used any more, but still there.
    Disabled,
    /// It is not there.
    Deleted,
}

/// A change in what a node's table says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Heard {
    /// Whose table.
    pub node: NodeId,
    /// The record's network.
    pub network: NetworkId,
    /// Its key.
    pub key: Key,
    /// Who published it.
    pub owner: NodeId,
    /// What the table says now: `Deleted` also if the record went with its owner.
    pub state: State,
}

/// A change in whom a node holds for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// Who holds it.
    pub observer: NodeId,
    /// For whom.
    pub subject: NodeId,
    /// For what.
    pub held: Holds,
}

/// What a node may be held for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holds {
    /// Alive.
    Alive,
    /// Perhaps dead.
    Suspect,
    /// Dead.
    Failed,
    /// Gone of its own will, or started anew.
    Left,
}

/// What came of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum News {
    /// A table has changed.
    Heard(Heard),
    /// A node has changed its mind on another.
    Held(Held),
    /// A node's own probe of another, begun at that time, has had no answer.
    Unanswered {
        /// Who probed.
        observer: NodeId,
        /// Whom.
        subject: NodeId,
        /// When the probe began.
        begun: SimTime,
    },
}

/// The gossip of all nodes.
#[derive(Clone, Debug)]
pub struct Gossip {
    rules: Rules,
    rows: Vec<Row>,
    networks: BTreeMap<NetworkId, Network>,
    records: Vec<Record>,
    index: BTreeMap<(NetworkId, Key, NodeId), u32>,
    /// Places of records that nobody has any more, since when.
    free: VecDeque<(SimTime, u32)>,
    /// Records that somebody lacks.
    open: BTreeSet<u32>,
    /// Whether something has happened after which nodes may disagree for long.
    doubt: bool,
    checked: SimTime,
    bulk: Sweep,
    push: Sweep,
    rejoin: Sweep,
    agenda: Agenda<Due>,
    mail: Slab<Note>,
    news: VecDeque<News>,
    elides: bool,
    /// How many nodes were there from the start.
    founders: usize,
    scratch: Scratch,
}

/// Room that is used again.
#[derive(Clone, Debug, Default)]
struct Scratch {
    chosen: Vec<usize>,
    notes: Vec<Note>,
    records: Vec<u32>,
    helpers: Vec<usize>,
}

/// What is due within.
#[derive(Clone, Copy, Debug)]
enum Due {
    /// A node's round of gossip.
    Round { node: NodeId, life: u32 },
    /// A node's probe; the number tells a late one.
    Probe { node: NodeId, number: u32 },
    /// The end of a probe without an answer.
    Verdict { node: NodeId, number: u32 },
    /// A suspicion may be over.
    Suspicion { observer: NodeId, subject: NodeId },
    /// A message on a node arrives.
    Note { to: NodeId, mail: u32 },
    /// A record arrives; `synced` if it came over TCP.
    Record { to: NodeId, slot: u32, stamp: u64, synced: bool },
    /// A node answers an exchange of records.
    Answer { from: NodeId, to: NodeId },
    /// What one node knows of nodes arrives at another, which answers if it was asked.
    Merge { from: NodeId, to: NodeId, asked: bool },
    /// Somebody's regular exchange of records.
    Bulk,
    /// Somebody's regular exchange of what is known of nodes.
    Push,
    /// Somebody joins its contacts once more.
    Rejoin,
    /// A node tries to reach a failed one.
    Reconnect { node: NodeId, life: u32 },
    /// A node that has just started tries to find others.
    Bootstrap { node: NodeId, life: u32, tries: u32 },
    /// A deleted record is forgotten.
    Forget { slot: u32, stamp: u64 },
    /// A node that leaves has told so for long enough.
    Leave { node: NodeId, life: u32 },
}

/// Whether a node computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Power {
    On,
    /// It is on its way out, and tells so.
    Leaving,
    Frozen,
    Off,
}

/// A node.
#[derive(Clone, Debug)]
struct Row {
    power: Power,
    /// The how-manieth daemon runs on it: each has an identity of its own.
    life: u32,
    /// Its incarnation, and its life before that.
    version: u64,
    /// Whether it was there from the start, and whether it is still the daemon that knew the others from the start.
    founder: bool,
    knows_start: bool,
    /// Networks that it is on.
    networks: BTreeSet<NetworkId>,
    /// Whom it holds for anything but what it was at the start.
    views: BTreeMap<NodeId, Standing>,
    /// Who is on what network, where that is not as at the start: a stamp, and whether.
    attached: BTreeMap<(NetworkId, NodeId), (u64, bool)>,
    /// By place of the record: what it has, 0 for nothing.
    table: Vec<u64>,
    /// Places of records that it has published.
    owned: Vec<u32>,
    clock: u64,
    notes: Queue<Note>,
    queues: Vec<(NetworkId, Queue<u32>)>,
    /// Networks that it has joined without anybody to ask for their records.
    unsynced: BTreeSet<NetworkId>,
    /// Health score.
    score: u32,
    order: Order,
    /// Whom it knows that may not answer.
    troubles: Vec<NodeId>,
    probing: Probing,
    /// Tells late probes and verdicts.
    probes: u32,
    /// Ticks that its list and score are worked out for.
    probed: u64,
    rounds: bool,
    reconnects: bool,
    /// When it may try again to reach a failed node.
    reconnect_at: SimTime,
    contacts: Vec<NodeId>,
    phases: Phases,
    draws: Streams,
}

/// What a node's prober does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Probing {
    Quiet,
    Ticking,
    Waiting { subject: NodeId, version: u64, begun: SimTime, missing: u32 },
}

/// When a node's tickers tick first.
#[derive(Clone, Copy, Debug)]
struct Phases {
    round: SimTime,
    probe: SimTime,
    bulk: SimTime,
    push: SimTime,
    reconnect: SimTime,
    rejoin: SimTime,
}

#[derive(Clone, Copy, Debug)]
struct Streams {
    round: IndexedStream,
    probe: IndexedStream,
    sync: IndexedStream,
}

impl Gossip {
    /// Nodes of these names, in the order of their ids; all are off, and no network is there.
    pub fn new<'a>(rules: Rules, seed: u64, names: impl Iterator<Item = &'a str>) -> Gossip {
        let names: Vec<&str> = names.collect();
        let row = |(id, name): (usize, &&str)| Row::new(&rules, seed, NodeId(id as u32), name, names.len());
        Gossip {
            rules,
            rows: names.iter().enumerate().map(row).collect(),
            networks: BTreeMap::new(),
            records: Vec::new(),
            index: BTreeMap::new(),
            free: VecDeque::new(),
            open: BTreeSet::new(),
            doubt: false,
            checked: SimTime::ZERO,
            bulk: Sweep::default(),
            push: Sweep::default(),
            rejoin: Sweep::default(),
            agenda: Agenda::new(),
            mail: Slab::new(),
            news: VecDeque::new(),
            elides: true,
            founders: 0,
            scratch: Scratch::default(),
        }
    }

    /// Nothing is left out: every tick is played. Before [`Gossip::found`].
    pub fn play_every_tick(&mut self) {
        self.elides = false;
    }

    /// When something is due next.
    pub fn next_turn(&self) -> Option<SimTime> {
        self.agenda.peek_time()
    }

    /// Does all that is due by now.
    pub fn turn(&mut self, now: SimTime, around: &impl Around) {
        while self.agenda.peek_time().is_some_and(|due| due <= now) {
            let (at, due) = self.agenda.pop().expect("it is there");
            self.due(due, at, around);
        }
    }

    /// The next thing that has changed, in order.
    pub fn next_news(&mut self) -> Option<News> {
        self.news.pop_front()
    }

    /// What a node's table says of a record; nothing if it has no such record that it would use.
    pub fn says(&self, node: NodeId, network: NetworkId, key: Key, owner: NodeId) -> Option<State> {
        let slot = *self.index.get(&(network, key, owner))?;
        let state = self.visible(node, slot);
        (state != State::Deleted).then_some(state)
    }

    /// For what one node holds another; nothing if it does not know it, or is off.
    pub fn holds(&self, observer: NodeId, subject: NodeId) -> Option<Holds> {
        self.view(observer, subject).0
    }

    fn due(&mut self, due: Due, now: SimTime, around: &impl Around) {
        match due {
            Due::Round { node, life } => self.round(node, life, now, around),
            Due::Probe { node, number } => self.probe(node, number, now, around),
            Due::Verdict { node, number } => self.verdict(node, number, now, around),
            Due::Suspicion { observer, subject } => self.suspicion(observer, subject, now, around),
            Due::Note { to, mail } => {
                let note = self.mail.take(mail);
                self.hear(to, note, now, around);
            }
            Due::Record { to, slot, stamp, synced } => self.apply(to, slot, stamp, synced, now),
            Due::Answer { from, to } => self.send_records(from, to, now, around),
            Due::Merge { from, to, asked } => self.merge(from, to, asked, now, around),
            Due::Bulk => self.bulk_sync(now, around),
            Due::Push => self.push_pull(now, around),
            Due::Rejoin => self.rejoin(now, around),
            Due::Reconnect { node, life } => self.reconnect(node, life, now, around),
            Due::Bootstrap { node, life, tries } => self.bootstrap(node, life, tries, now, around),
            Due::Forget { slot, stamp } => self.forget(slot, stamp, now),
            Due::Leave { node, life } => self.left(node, life, now, around),
        }
    }

    fn is_on(&self, node: NodeId) -> bool {
        matches!(self.rows[node.index()].power, Power::On | Power::Leaving)
    }

    fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.rows.len() as u32).map(NodeId)
    }
}

impl Row {
    fn new(rules: &Rules, seed: u64, id: NodeId, name: &str, nodes: usize) -> Row {
        let stream = |purpose: &str| IndexedStream::new(seed, purpose, name);
        let draws = Streams {
            round: stream("gossip.round"),
            probe: stream("gossip.probe"),
            sync: stream("gossip.sync"),
        };
        Row {
            power: Power::Off,
            life: 0,
            version: 0,
            founder: false,
            knows_start: true,
            networks: BTreeSet::new(),
            views: BTreeMap::new(),
            attached: BTreeMap::new(),
            table: Vec::new(),
            owned: Vec::new(),
            clock: 0,
            notes: Queue::new(),
            queues: Vec::new(),
            unsynced: BTreeSet::new(),
            score: 0,
            order: Order::new(stream("gossip.order"), id, nodes),
            troubles: Vec::new(),
            probing: Probing::Quiet,
            probes: 0,
            probed: 0,
            rounds: false,
            reconnects: false,
            reconnect_at: SimTime::ZERO,
            contacts: Vec::new(),
            phases: Phases::of_founder(rules, draws.round, nodes),
            draws,
        }
    }
}

impl Phases {
    /// Somewhere within its periods at time 0.
    fn of_founder(rules: &Rules, draws: IndexedStream, nodes: usize) -> Phases {
        // The daemon has run for up to an hour, more than the longest period. Negative choices are no tick's.
        let phase = |choice: u64, period: Span| {
            let choice = if rules.in_phase { 0 } else { choice };
            let ago = draws.below(u64::MAX - choice, Span::secs(3600).0);
            SimTime(ago % period.0.max(1))
        };
        let [probe, round, bulk, push] = [
            phase(0, rules.probe_interval),
            phase(1, rules.gossip_interval),
            phase(2, rules.bulk_sync),
            phase(3, rules.push_pull(nodes)),
        ];
        Phases::in_turn([probe, push, round, phase(4, rules.reconnect), phase(5, rules.rejoin), bulk])
    }

    /// From the start of a daemon.
    fn of_start(now: SimTime) -> Phases {
        Phases::in_turn([now; 6])
    }

    /// A daemon makes its tickers one after the other (`ML/state.go:139-180`, `LN/cluster.go:171`): those of one phase tick in this
    /// order.
    fn in_turn([probe, push, round, reconnect, rejoin, bulk]: [SimTime; 6]) -> Phases {
        let [push, round, reconnect] = [push + Span(200), round + Span(400), reconnect + Span(600)];
        Phases { probe, push, round, reconnect, rejoin: rejoin + Span(800), bulk: bulk + Span(1000) }
    }
}

/// How often a ticker has ticked by a time, that tick included.
fn ticks(phase: SimTime, period: Span, now: SimTime) -> u64 {
    if now < phase { 0 } else { now.since(phase).0 / period.0 + 1 }
}

/// The number of a tick among those of all lives of a node.
fn numbered(life: u32, tick: u64) -> u64 {
    u64::from(life) << 40 | tick
}
