//! Who holds whom for what, and what is said of it (`ML/state.go:986-1336`, `ML/suspicion.go`).

use swarmbed_scheduler::{NodeId, SimTime};

use super::rules::FailedEntries;
use super::{Around, Due, Gossip, Held, Holds, NetworkId, News, Power};

/// A message on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Note {
    pub(super) about: NodeId,
    pub(super) word: Word,
    /// Of the node, or of its being on a network.
    pub(super) version: u64,
    /// Who says so.
    pub(super) from: NodeId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Alive,
    Suspect,
    Dead,
    Left,
    Joined(NetworkId),
    Parted(NetworkId),
}

/// For what a node is held.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    /// Nothing if it is not known.
    pub(super) held: Option<Holds>,
    pub(super) version: u64,
    pub(super) since: SimTime,
    /// When a suspicion ends, who confirmed it, and how many nodes there were when it began.
    pub(super) deadline: SimTime,
    pub(super) accusers: Vec<NodeId>,
    pub(super) nodes: usize,
}

impl Note {
    /// Whether it takes the place of the other.
    pub(super) fn same_subject(&self, other: &Note) -> bool {
        self.about == other.about && self.word.network() == other.word.network()
    }
}

impl Word {
    fn network(self) -> Option<NetworkId> {
        match self {
            Word::Joined(network) | Word::Parted(network) => Some(network),
            _ => None,
        }
    }
}

/// The life that a version is of.
pub(super) fn life_of(version: u64) -> u32 {
    (version >> 32) as u32
}

impl Gossip {
    /// For what one node holds another, and which version of it.
    pub(super) fn view(&self, observer: NodeId, subject: NodeId) -> (Option<Holds>, u64) {
        let row = &self.rows[observer.index()];
        match row.views.get(&subject) {
            Some(standing) => (standing.held, standing.version),
            None if row.founder && row.knows_start && self.founded(subject) => (Some(Holds::Alive), 0),
            None => (None, 0),
        }
    }

    /// Whether one holds the other for a member that may be alive.
    pub(super) fn has_member(&self, observer: NodeId, subject: NodeId) -> bool {
        matches!(self.view(observer, subject).0, Some(Holds::Alive | Holds::Suspect))
    }

    /// How many nodes one knows, itself included: the dead stay for a while (`ML/state.go:565-586`).
    pub(super) fn estimate(&self, observer: NodeId, now: SimTime) -> usize {
        let row = &self.rows[observer.index()];
        let counts = |s: &Standing| match s.held {
            Some(Holds::Alive | Holds::Suspect) => true,
            Some(_) => s.since + self.rules.gossip_to_dead > now,
            None => false,
        };
        if !(row.founder && row.knows_start) {
            return row.views.values().filter(|s| counts(s)).count() + 1;
        }
        let from_start = |node: &NodeId| usize::from(self.founded(*node));
        let news = row.views.iter().map(|(node, s)| (from_start(node), usize::from(counts(s))));
        let (old, new) = news.fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
        self.founders + new - old
    }

    /// A message on a node has arrived.
    pub(super) fn hear(&mut self, at: NodeId, note: Note, now: SimTime, around: &impl Around) {
        if self.rows[at.index()].power != Power::On {
            return;
        }
        match note.word {
            Word::Alive => self.hear_alive(at, note, now, around),
            Word::Suspect => self.hear_suspect(at, note, now, around),
            Word::Dead | Word::Left => self.hear_dead(at, note, now, around),
            Word::Joined(network) => self.hear_attached(at, network, note, true, now, around),
            Word::Parted(network) => self.hear_attached(at, network, note, false, now, around),
        }
    }

    /// Whether a message would change nothing: so it will when it arrives, since what is known only grows.
    pub(super) fn is_stale(&self, at: NodeId, note: &Note) -> bool {
        let row = &self.rows[at.index()];
        if let Some(network) = note.word.network() {
            return self.attachment(at, note.about, network).0 >= note.version;
        }
        if note.about == at {
            return note.version < row.version || note.word == Word::Alive;
        }
        let (held, version) = self.view(at, note.about);
        match note.word {
            Word::Alive => held.is_some() && version >= note.version,
            _ if held.is_none() || version > note.version => true,
            Word::Suspect => match row.views.get(&note.about) {
                Some(s) if s.held == Some(Holds::Suspect) => {
                    let enough = s.accusers.len() as u32 > self.rules.confirmations(s.nodes);
                    enough || s.accusers.contains(&note.from)
                }
                Some(s) => s.held != Some(Holds::Alive),
                None => false,
            },
            _ => matches!(held, Some(Holds::Failed | Holds::Left)),
        }
    }

    fn hear_alive(&mut self, at: NodeId, note: Note, now: SimTime, around: &impl Around) {
        let subject = note.about;
        if self.is_stale(at, &note) {
            return;
        }
        let (held, version) = self.view(at, subject);
        if held.is_some() && life_of(version) < life_of(note.version) {
            // A new daemon with the address of a known one: the old one has left (`LN/nodemgmt.go`).
            self.drop_records(at, subject, None, now);
            self.forget_networks(at, subject);
        }
        let member = matches!(held, Some(Holds::Alive | Holds::Suspect));
        self.set_view(at, subject, Holds::Alive, note.version, now);
        if !member {
            self.prober_meets(at, subject, now);
            self.reveal_records(at, subject);
        }
        if held != Some(Holds::Alive) {
            self.doubt(now);
        }
        if held == Some(Holds::Failed) {
            self.seek(at, true, now, around);
        }
        self.tell(at, note, now);
        self.watch(at, subject, now, around);
    }

    fn hear_suspect(&mut self, at: NodeId, note: Note, now: SimTime, around: &impl Around) {
        let subject = note.about;
        if self.is_stale(at, &note) {
            return;
        }
        if subject == at {
            return self.refute(at, note.version, now);
        }
        if self.view(at, subject).0 == Some(Holds::Alive) {
            let nodes = self.estimate(at, now);
            self.set_view(at, subject, Holds::Suspect, note.version, now);
            let standing = self.standing(at, subject);
            (standing.nodes, standing.accusers) = (nodes, vec![note.from]);
            self.doubt(now);
        } else {
            self.standing(at, subject).accusers.push(note.from);
        }
        let rules = self.rules;
        let standing = self.standing(at, subject);
        standing.version = note.version;
        let confirmed = standing.accusers.len() as u32 - 1;
        standing.deadline = standing.since + rules.suspicion(standing.nodes, confirmed);
        let deadline = standing.deadline.max(now);
        self.tell(at, note, now);
        self.agenda.schedule(deadline, Due::Suspicion { observer: at, subject });
        self.watch(at, subject, now, around);
    }

    /// A suspicion may be over.
    pub(super) fn suspicion(&mut self, at: NodeId, subject: NodeId, now: SimTime, around: &impl Around) {
        if self.rows[at.index()].power != Power::On {
            return;
        }
        let over = |s: &&Standing| s.held == Some(Holds::Suspect) && s.deadline <= now;
        let Some(version) = self.rows[at.index()].views.get(&subject).filter(over).map(|s| s.version) else {
            return;
        };
        self.hear_dead(at, Note { about: subject, word: Word::Dead, version, from: at }, now, around);
    }

    fn hear_dead(&mut self, at: NodeId, note: Note, now: SimTime, around: &impl Around) {
        let subject = note.about;
        if self.is_stale(at, &note) {
            return;
        }
        if subject == at {
            return self.refute(at, note.version, now);
        }
        let held = if note.word == Word::Left { Holds::Left } else { Holds::Failed };
        if held == Holds::Failed && self.rules.failed_entries == FailedEntries::Hidden {
            self.hide_records(at, subject);
        } else {
            self.drop_records(at, subject, None, now);
            self.forget_networks(at, subject);
        }
        self.set_view(at, subject, held, note.version, now);
        self.close_records_of(subject);
        self.tell(at, note, now);
        self.doubt(now);
        if held == Holds::Failed {
            self.seek(at, false, now, around);
        }
    }

    /// A node hears ill of itself, and says that it is alive in a newer incarnation (`ML/state.go:883-916`).
    fn refute(&mut self, at: NodeId, version: u64, now: SimTime) {
        self.prober_catches_up(at, now);
        let worst = self.rules.awareness_max - 1;
        let row = &mut self.rows[at.index()];
        row.version = row.version.max(version) + 1;
        row.score = (row.score + 1).min(worst);
        let note = Note { about: at, word: Word::Alive, version: row.version, from: at };
        self.tell(at, note, now);
    }

    /// Puts a message into a node's queue.
    pub(super) fn tell(&mut self, at: NodeId, note: Note, now: SimTime) {
        self.rows[at.index()].notes.put(note, false, |other| other.same_subject(&note));
        self.wake_rounds(at, now);
    }

    fn standing(&mut self, at: NodeId, subject: NodeId) -> &mut Standing {
        self.rows[at.index()].views.get_mut(&subject).expect("it has been set before")
    }

    pub(super) fn set_view(&mut self, at: NodeId, subject: NodeId, held: Holds, version: u64, now: SimTime) {
        self.prober_catches_up(at, now); // as it was up to now
        let before = self.view(at, subject).0;
        let standing = Standing {
            held: Some(held),
            version,
            since: now,
            deadline: SimTime::NEVER,
            accusers: Vec::new(),
            nodes: 0,
        };
        self.rows[at.index()].views.insert(subject, standing);
        if before != Some(held) {
            self.news.push_back(News::Held(Held { observer: at, subject, held }));
        }
    }
}
