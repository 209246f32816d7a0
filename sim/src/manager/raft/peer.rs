//! One member of the quorum: what it knows, and what it does with a message, a proposal or the passing of time.
//!
//! It is sans-I/O. Whoever drives it says at which tick of its own clock something reaches it, sends its messages and
//! writes its log; [`Peer::due`] says at which tick it wants to be woken if nothing comes before. So time that only passes
//! costs nothing.

use swarmbed_scheduler::stream::Stream;

use super::log::{Content, Entry, Log};
use super::message::{Kind, Message};
use super::progress::Progress;
use super::rules::{Planted, Rules};
use super::{Index, PeerId, Term};

mod elect;
mod follow;
mod lead;
mod member;

/// What a peer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It follows a leader, or waits for one.
    Follower,
    /// It stands for election.
    Candidate,
    /// It leads.
    Leader,
}

/// Why a proposal or a request was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// The peer does not lead.
    NotLeader,
    /// It is giving its leadership away.
    Transferring,
    /// An earlier change of the membership is not applied yet.
    ChangePending,
}

/// Where a peer puts what it wants to say, and what it did.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// Messages, to be sent when what is to be written is written.
    pub messages: Vec<Message>,
    /// Changes of role and membership, in order.
    pub turns: Vec<Turn>,
    /// Entries' room that can be used again.
    pub spare: Vec<Vec<Entry>>,
}

/// A change that others may want to know of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It stands for election in its term.
    Stood,
    /// It leads.
    Won,
    /// It does not lead any more.
    SteppedDown,
    /// It has a leader.
    Follows(PeerId),
    /// It followed one, and knows of none now: somebody spoke of a higher term.
    Forsaken,
    /// That member was added.
    Added(PeerId),
    /// That member was removed.
    Removed(PeerId),
    /// It got everything up to that entry as a snapshot.
    Installed(Index),
}

/// What has to be on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Save {
    /// The term.
    pub term: Term,
    /// To whom it gave its vote in that term.
    pub vote: Option<PeerId>,
    /// The log up to that entry.
    pub last: Index,
}

/// A snapshot as it lies on disk.
#[derive(Clone, Debug)]
struct Snapshot {
    index: Index,
    term: Term,
    members: Box<[PeerId]>,
}

/// One peer.
#[derive(Clone, Debug)]
pub struct Peer {
    id: PeerId,
    rules: Rules,
    term: Term,
    vote: Option<PeerId>,
    leader: Option<PeerId>,
    role: Role,
    log: Log,
    /// Up to where changes of the membership are applied.
    applied: Index,
    /// The members, ascending, as far as they are applied; beside each what a leader knows of it, and its vote.
    members: Vec<PeerId>,
    progress: Vec<Progress>,
    votes: Vec<Option<bool>>,
    /// Members of the past: nobody listens to them any more.
    barred: Vec<PeerId>,
    /// The tick at which the election timer began.
    since: u64,
    /// The tick at which the heartbeat timer began.
    beat_since: u64,
    /// After how many ticks it stands for election.
    timeout: u32,
    timeouts: Stream,
    /// To whom leadership is being given.
    heir: Option<PeerId>,
    /// Its leader told it to stand for election.
    told_to_stand: bool,
    /// No further change of the membership before this entry is applied.
    change_at: Index,
    snapshot: Snapshot,
    saved: (Term, Option<PeerId>),
    scratch: Vec<Index>,
}

impl Peer {
    /// A member of a quorum that has existed for a while: everybody has the same log, which was cut off behind its last
    /// entry, and nobody leads.
    pub fn founder(id: PeerId, members: &[PeerId], rules: Rules, timeouts: Stream) -> Peer {
        let (index, term) = (members.len() as u64, 1);
        let snapshot = Snapshot { index, term, members: members.into() };
        Peer::with(id, term, Log::behind(index, term), members, snapshot, rules, timeouts)
    }

    /// A machine that has just joined: it knows nothing, and waits for a leader to tell it.
    pub fn newcomer(id: PeerId, rules: Rules, timeouts: Stream) -> Peer {
        let snapshot = Snapshot { index: 0, term: 0, members: Box::default() };
        Peer::with(id, 0, Log::behind(0, 0), &[], snapshot, rules, timeouts)
    }

    fn with(
        id: PeerId,
        term: Term,
        log: Log,
        members: &[PeerId],
        snapshot: Snapshot,
        rules: Rules,
        timeouts: Stream,
    ) -> Peer {
        let mut peer = Peer {
            id,
            rules,
            term,
            vote: None,
            leader: None,
            role: Role::Follower,
            applied: log.committed(),
            log,
            members: Vec::new(),
            progress: Vec::new(),
            votes: Vec::new(),
            barred: Vec::new(),
            since: 0,
            beat_since: 0,
            timeout: 0,
            timeouts,
            heir: None,
            told_to_stand: false,
            change_at: 0,
            snapshot,
            saved: (term, None),
            scratch: Vec::new(),
        };
        peer.set_members(members);
        peer.draw_timeout();
        peer
    }

    /// Its id.
    pub fn id(&self) -> PeerId {
        self.id
    }

    /// Its term.
    pub fn term(&self) -> Term {
        self.term
    }

    /// What it is.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Whom it takes for the leader.
    pub fn leader(&self) -> Option<PeerId> {
        self.leader
    }

    /// To whom it gave its vote in this term.
    pub fn vote(&self) -> Option<PeerId> {
        self.vote
    }

    /// Its log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The members, ascending, as far as it knows.
    pub fn members(&self) -> &[PeerId] {
        &self.members
    }

    /// What it knows of a member as a leader.
    pub fn progress(&self, of: PeerId) -> Option<&Progress> {
        self.place(of).map(|at| &self.progress[at])
    }

    /// To whom it is giving its leadership.
    pub fn heir(&self) -> Option<PeerId> {
        self.heir
    }

    /// Whether it stands for election since its leader told it to.
    pub fn was_told_to_stand(&self) -> bool {
        self.told_to_stand
    }

    /// The rules it goes by.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Whether a change of the membership is on its way.
    pub fn change_pending(&self) -> bool {
        self.change_at > self.applied
    }

    /// After how many ticks without a leader it stands for election.
    pub fn timeout(&self) -> u32 {
        self.timeout
    }

    /// How many ticks its election timer has counted.
    pub fn elapsed(&self, tick: u64) -> u64 {
        tick - self.since
    }

    /// At which tick it wants to be woken, if nothing reaches it before; `None` if it would do nothing by itself.
    pub fn due(&self) -> Option<u64> {
        match self.role {
            Role::Leader => {
                let look = self.since + u64::from(self.rules.election_ticks);
                Some(look.min(self.beat_since + u64::from(self.rules.heartbeat_ticks)))
            }
            _ if self.is_member() => Some(self.since + u64::from(self.timeout)),
            _ => None,
        }
    }

    /// It is woken: an election time-out, a heartbeat or a look at the quorum may be due.
    pub fn wake(&mut self, tick: u64, out: &mut Output) {
        match self.role {
            Role::Leader => self.lead_on(tick, out),
            _ if self.is_member() && self.elapsed(tick) >= u64::from(self.timeout) => {
                self.stand(false, tick, out);
            }
            _ => {}
        }
    }

    /// A message reaches it. Its entries are left in it.
    pub fn hear(&mut self, message: &Message, tick: u64, out: &mut Output) {
        if self.barred.contains(&message.from) {
            return; // a removed member is told so by the transport, and stops (`raft.go`: ErrMemberRemoved)
        }
        if message.term > self.term {
            if let Kind::RequestVote { transfer: false, .. } = message.kind
                && self.in_lease(tick)
            {
                return;
            }
            let leads =
                matches!(message.kind, Kind::Append { .. } | Kind::Heartbeat { .. } | Kind::Snapshot { .. });
            self.follow(message.term, leads.then_some(message.from), tick, out);
        } else if message.term < self.term {
            // A leader of the past does not listen to votes; an answer of our term makes it step down.
            if matches!(message.kind, Kind::Append { .. } | Kind::Heartbeat { .. }) {
                self.say(message.from, Kind::Appended { index: 0 }, out);
            }
            return;
        }
        match (&message.kind, self.role) {
            (&Kind::RequestVote { last, last_term, .. }, _) => {
                self.answer_candidate(message.from, last, last_term, tick, out);
            }
            (&Kind::Vote { granted }, Role::Candidate) => self.count_vote(message.from, granted, tick, out),
            (Kind::Append { .. } | Kind::Heartbeat { .. } | Kind::Snapshot { .. }, role) => {
                assert!(
                    role != Role::Leader,
                    "two leaders in term {}: {:?} and {:?}",
                    self.term,
                    self.id,
                    message.from
                );
                self.heed(message, tick, out);
            }
            (Kind::Appended { .. } | Kind::Refused { .. } | Kind::Heard, Role::Leader) => {
                self.hear_member(message, out);
            }
            (Kind::TimeoutNow, Role::Follower) if self.is_member() => self.stand(true, tick, out),
            _ => {}
        }
    }

    /// Begins a write of what has to be on disk before its messages are sent; `None` if it is there.
    pub fn save(&mut self) -> Option<Save> {
        self.log.begin_write();
        let last =
            self.log.last().min(self.log.written().saturating_add(u64::from(self.rules.write_entries)));
        let news = self.saved != (self.term, self.vote) || last > self.log.written();
        news.then_some(Save { term: self.term, vote: self.vote, last })
    }

    /// It is on disk. A leader's own entries count from now on.
    pub fn saved(&mut self, save: Save, out: &mut Output) {
        self.saved = (save.term, save.vote);
        self.log.write(save.last);
        if self.role == Role::Leader {
            self.commit_and_tell(out);
        }
    }

    /// It lost power and starts again: only what was on disk is left.
    pub fn restart(&mut self, tick: u64) {
        self.log.lose_unwritten();
        (self.term, self.vote) = self.saved;
        self.reset(self.term, tick);
        self.role = Role::Follower;
        self.leader = None;
        self.applied = self.applied.min(self.log.committed());
    }

    /// Before the run began that peer was elected, and everybody has heard it since.
    pub fn begin_led_by(&mut self, leader: PeerId) {
        self.leader = Some(leader);
        self.role = if leader == self.id { Role::Leader } else { Role::Follower };
        let last = self.log.last();
        for progress in &mut self.progress {
            progress.advance(last);
            progress.replicate();
            progress.recently_active = true;
        }
    }

    /// A follower has heard its leader at that tick: a heartbeat that nobody played.
    pub fn heard_at(&mut self, tick: u64) {
        self.since = self.since.max(tick);
    }

    /// A leader's timers as they would be if its heartbeats had been played: the ticks of the last look at the quorum and
    /// of the last heartbeat.
    pub fn led_on(&mut self, look: u64, beat: u64) {
        (self.since, self.beat_since) = (look, beat);
    }

    /// The ticks at which a leader last looked at its quorum, and last sent heartbeats.
    pub fn timers(&self) -> (u64, u64) {
        (self.since, self.beat_since)
    }

    /// Whether a member has been heard since the last look at the quorum.
    pub fn set_recently_active(&mut self, member: PeerId, active: bool) {
        if let Some(at) = self.place(member) {
            self.progress[at].recently_active = active;
        }
    }

    /// A follower, in that term.
    fn follow(&mut self, term: Term, leader: Option<PeerId>, tick: u64, out: &mut Output) {
        let followed = self.role == Role::Follower && self.leader.is_some();
        self.reset(term, tick);
        if std::mem::replace(&mut self.role, Role::Follower) == Role::Leader {
            out.turns.push(Turn::SteppedDown);
        } else if followed && leader.is_none() {
            out.turns.push(Turn::Forsaken);
        }
        self.set_leader(leader, out);
    }

    fn set_leader(&mut self, leader: Option<PeerId>, out: &mut Output) {
        if let Some(leader) = leader
            && self.leader != Some(leader)
        {
            out.turns.push(Turn::Follows(leader));
        }
        self.leader = leader;
    }

    /// Everything begins anew: a change of role or of term.
    fn reset(&mut self, term: Term, tick: u64) {
        if term != self.term {
            self.term = term;
            self.vote = None;
        }
        self.leader = None;
        (self.since, self.beat_since) = (tick, tick);
        self.draw_timeout();
        self.heir = None;
        self.votes.fill(None);
        let next = self.log.last() + 1;
        self.progress.iter_mut().for_each(|p| p.reset(next));
        self.change_at = 0;
    }

    /// Uniform in {E, …, 2E - 1} ticks.
    fn draw_timeout(&mut self) {
        let least = self.rules.election_ticks;
        self.timeout = least + self.timeouts.below(u64::from(least)) as u32;
    }

    fn is_member(&self) -> bool {
        self.place(self.id).is_some()
    }

    /// A member's place in the tables beside `members`.
    fn place(&self, id: PeerId) -> Option<usize> {
        self.members.binary_search(&id).ok()
    }

    fn quorum(&self) -> usize {
        self.rules.quorum(self.members.len())
    }

    fn say(&self, to: PeerId, kind: Kind, out: &mut Output) {
        out.messages.push(Message { from: self.id, to, term: self.term, kind, entries: Vec::new() });
    }

    fn has(&self, mistake: Planted) -> bool {
        self.rules.planted == Some(mistake)
    }
}

impl Output {
    /// Gives a message's room back.
    pub fn recycle(&mut self, mut entries: Vec<Entry>) {
        if entries.capacity() > 0 {
            entries.clear();
            self.spare.push(entries);
        }
    }
}

impl Content {
    /// An entry of that content.
    pub fn entry(self, term: Term, bytes: u32) -> Entry {
        Entry { term, content: self, bytes }
    }
}
