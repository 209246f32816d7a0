//! What must always hold between peers (thesis, figure 3.2), looked at after every step of any of them.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use super::{Row, Turn};
use crate::manager::raft::log::Entry;
use crate::manager::raft::message::{Kind, Message};
use crate::manager::raft::peer::{Peer, Role};
use crate::manager::raft::rules::Rules;
use crate::manager::raft::{Index, PeerId, Term};

/// An invariant that did not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which.
    pub invariant: Invariant,
    /// Which peer broke it.
    pub peer: PeerId,
    /// In which of its terms.
    pub term: Term,
    /// At which entry, or the last committed one.
    pub index: Index,
}

/// What must always hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invariant {
    /// At most one leader in a term.
    ElectionSafety,
    /// A leader was voted for by a majority.
    MajorityElects,
    /// At most one vote in a term.
    OneVote,
    /// Nobody votes within `election_ticks` of hearing its leader.
    Lease,
    /// Nobody stands for election within `election_ticks` of hearing its leader.
    Patience,
    /// Logs that have an entry of one index and term are the same up to there.
    LogMatching,
    /// A leader has everything that was committed.
    LeaderCompleteness,
    /// What is committed is never replaced: all peers commit the same entries.
    StateMachineSafety,
    /// A majority has what is committed.
    MajorityHolds,
    /// A leader counts only entries of its own term.
    OwnTermCounts,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.invariant {
            Invariant::ElectionSafety => "a second leader was elected in one term",
            Invariant::MajorityElects => "a leader was elected without the votes of a majority",
            Invariant::OneVote => "a peer voted twice in one term",
            Invariant::Lease => "a peer voted although its leader had just been heard",
            Invariant::Patience => "a peer stood for election although its leader had just been heard",
            Invariant::LogMatching => "two logs differ before an entry that they share",
            Invariant::LeaderCompleteness => "a leader lacks an entry that was committed",
            Invariant::StateMachineSafety => "a committed entry was replaced",
            Invariant::MajorityHolds => "an entry was committed that a majority does not have",
            Invariant::OwnTermCounts => "an entry of an earlier term was committed by counting",
        };
        write!(f, "{what} (peer {}, term {}, entry {})", self.peer.0, self.term, self.index)
    }
}

/// How many committed entries are remembered.
const REMEMBERED: usize = 4096;

/// What the checks remember.
#[derive(Clone, Debug)]
pub(super) struct Checks {
    leaders: BTreeMap<Term, PeerId>,
    votes: BTreeMap<(Term, PeerId), PeerId>,
    /// The latest committed entries, and the index of the one before them.
    committed: VecDeque<Entry>,
    before: (Index, Term),
    /// Up to where each peer's commitment was checked, and when it heard its leader.
    seen: Vec<Seen>,
    broken: Option<Broken>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    committed: Index,
    heard: Option<u64>,
}

/// Whether the peer's leader was heard so lately that it may not vote.
pub(super) fn in_lease(peer: &Peer, rules: &Rules, tick: u64) -> bool {
    rules.check_quorum && peer.leader().is_some() && peer.elapsed(tick) < u64::from(rules.election_ticks)
}

impl Checks {
    pub(super) fn new(committed: Index, term: Term) -> Checks {
        Checks {
            leaders: BTreeMap::new(),
            votes: BTreeMap::new(),
            committed: VecDeque::new(),
            before: (committed, term),
            seen: Vec::new(),
            broken: None,
        }
    }

    /// The first invariant that did not hold, once.
    pub(super) fn broken(&mut self) -> Option<Broken> {
        self.broken.take()
    }

    fn breaks(&mut self, invariant: Invariant, peer: &Peer, index: Index) {
        self.broken.get_or_insert(Broken { invariant, peer: peer.id(), term: peer.term(), index });
    }

    fn seen(&mut self, at: usize) -> &mut Seen {
        if self.seen.len() <= at {
            self.seen.resize(at + 1, Seen::default());
        }
        &mut self.seen[at]
    }

    /// A follower heard its leader at that tick of its own.
    pub(super) fn heard_leader(&mut self, at: usize, tick: u64) {
        self.seen(at).heard = Some(tick);
    }

    /// A peer starts again, with a clock that begins at 0.
    pub(super) fn booted(&mut self, at: usize, peer: &Peer) {
        *self.seen(at) = Seen { committed: peer.log().committed(), heard: None };
    }

    /// A peer has heard a message.
    pub(super) fn heard(&mut self, message: &Message, rows: &[Row], was_in_lease: bool, tick: u64) {
        let at = message.to.index();
        let (peer, sender) = (&rows[at].peer, &rows[message.from.index()].peer);
        match message.kind {
            Kind::RequestVote { transfer: false, .. }
                if was_in_lease && peer.term() == message.term && peer.leader().is_none() =>
            {
                self.breaks(Invariant::Lease, peer, peer.log().last());
            }
            Kind::Vote { granted: true } => {
                let given = *self.votes.entry((message.term, message.from)).or_insert(message.to);
                if given != message.to {
                    self.breaks(Invariant::OneVote, sender, sender.log().last());
                }
            }
            Kind::Heartbeat { .. } | Kind::Append { .. } if message.term == peer.term() => {
                self.heard_leader(at, tick);
                if sender.role() == Role::Leader && sender.term() == message.term {
                    self.same_log(message, peer, sender);
                }
            }
            _ => {}
        }
    }

    /// What a follower took is what its leader has.
    fn same_log(&mut self, message: &Message, peer: &Peer, leader: &Peer) {
        let Kind::Append { before, .. } = message.kind else { return };
        let last = before + message.entries.len() as u64;
        if peer.log().term(last) != leader.log().term(last) {
            return; // it refused them
        }
        for index in before.max(peer.log().cut()).max(leader.log().cut()) + 1..=last {
            if peer.log().entry(index) != leader.log().entry(index) {
                self.breaks(Invariant::LogMatching, peer, index);
            }
        }
    }

    /// A peer has done something.
    pub(super) fn acted(&mut self, at: usize, rows: &[Row], turns: &[Turn], tick: u64) {
        let peer = &rows[at].peer;
        for turn in turns {
            match turn {
                Turn::Stood => self.stood(at, peer, tick),
                Turn::Won => self.won(peer),
                Turn::Installed(index) => self.seen(at).committed = *index,
                _ => {}
            }
        }
        let committed = peer.log().committed();
        if committed > self.seen(at).committed {
            self.commits(at, rows);
        }
    }

    fn stood(&mut self, at: usize, peer: &Peer, tick: u64) {
        let heard = self.seen(at).heard.take();
        let impatient =
            heard.is_some_and(|heard| tick.saturating_sub(heard) < u64::from(peer.rules().election_ticks));
        if impatient && !peer.was_told_to_stand() {
            self.breaks(Invariant::Patience, peer, peer.log().last());
        }
    }

    fn won(&mut self, peer: &Peer) {
        let first = *self.leaders.entry(peer.term()).or_insert(peer.id());
        if first != peer.id() {
            self.breaks(Invariant::ElectionSafety, peer, peer.log().last());
        }
        let for_it =
            |m: &&PeerId| **m == peer.id() || self.votes.get(&(peer.term(), **m)) == Some(&peer.id());
        // The vote that decided it is noted only after this.
        let votes = peer.members().iter().filter(for_it).count() + 1;
        if votes < peer.members().len() / 2 + 1 {
            self.breaks(Invariant::MajorityElects, peer, peer.log().last());
        }
        let (index, term) = self.last_committed();
        // Votes that took long may elect a leader whose term is over: what later terms have committed it need not have.
        let is_later = peer.term() > term;
        if is_later && index >= peer.log().cut() && peer.log().term(index) != Some(term) {
            self.breaks(Invariant::LeaderCompleteness, peer, index);
        }
    }

    fn last_committed(&self) -> (Index, Term) {
        let last = self.before.0 + self.committed.len() as u64;
        (last, self.committed.back().map_or(self.before.1, |e| e.term))
    }

    /// A peer knows more to be committed than before.
    fn commits(&mut self, at: usize, rows: &[Row]) {
        let peer = &rows[at].peer;
        let committed = peer.log().committed();
        let from = self.seen(at).committed.max(peer.log().cut()).max(self.before.0) + 1;
        self.seen(at).committed = committed;
        // A change of the membership counts from its commit on, and not for what was committed with it.
        let is_change = |index| peer.log().entry(index).is_some_and(|entry| entry.content.is_change());
        let changed = (from..=committed).any(is_change);
        for index in from..=committed {
            let Some(entry) = peer.log().entry(index) else { continue };
            match self.committed.get((index - self.before.0 - 1) as usize) {
                Some(known) if known == entry => {}
                Some(_) => self.breaks(Invariant::StateMachineSafety, peer, index),
                None => self.commits_first(*entry, index, changed, peer, rows),
            }
        }
    }

    /// Nobody knew before that this entry is committed.
    fn commits_first(&mut self, entry: Entry, index: Index, changed: bool, peer: &Peer, rows: &[Row]) {
        self.committed.push_back(entry);
        if self.committed.len() > REMEMBERED {
            let gone = self.committed.pop_front().expect("there are many");
            self.before = (self.before.0 + 1, gone.term);
        }
        if index != peer.log().committed() || peer.role() != Role::Leader {
            return;
        }
        if entry.term != peer.term() {
            self.breaks(Invariant::OwnTermCounts, peer, index);
        }
        if changed {
            return;
        }
        let holds = |m: &&PeerId| {
            let log = rows[m.index()].peer.log();
            log.cut() >= index || (log.written() >= index && log.term(index) == Some(entry.term))
        };
        if peer.members().iter().filter(holds).count() < peer.members().len() / 2 + 1 {
            self.breaks(Invariant::MajorityHolds, peer, index);
        }
    }
}
