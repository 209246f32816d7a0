//! Elections (thesis, sections 3.4, 3.6.1 and 4.2.3).

use super::{Kind, Output, Peer, PeerId, Planted, Role, Turn};
use crate::manager::raft::log::Content;
use crate::manager::raft::{Index, Term};

impl Peer {
    /// Its leader has been heard so lately that requests for its vote are ignored, unless the leader itself asked for them.
    pub(super) fn in_lease(&self, tick: u64) -> bool {
        self.rules.check_quorum
            && self.leader.is_some()
            && self.elapsed(tick) < u64::from(self.rules.election_ticks)
            && !self.has(Planted::LeaseIgnored)
    }

    /// It stands for election: a new term, its own vote, and a request to everybody else. A change of the membership that
    /// is committed but not applied would have to be applied first; here it always is.
    pub(super) fn stand(&mut self, transfer: bool, tick: u64, out: &mut Output) {
        if self.role == Role::Leader {
            return;
        }
        self.reset(self.term + 1, tick);
        self.role = Role::Candidate;
        self.told_to_stand = transfer;
        self.vote = Some(self.id);
        out.turns.push(Turn::Stood);
        let own = self.place(self.id).expect("only a member stands for election");
        self.votes[own] = Some(true);
        if self.quorum() == 1 {
            self.win(tick, out);
            return;
        }
        let request = Kind::RequestVote { last: self.log.last(), last_term: self.log.last_term(), transfer };
        for to in self.members.iter().filter(|m| **m != self.id) {
            self.say(*to, request.clone(), out);
        }
    }

    /// At most one vote per term, and only for a log at least as good as its own.
    pub(super) fn answer_candidate(
        &mut self,
        from: PeerId,
        last: Index,
        last_term: Term,
        tick: u64,
        out: &mut Output,
    ) {
        let free = match self.vote {
            Some(vote) => vote == from,
            None => self.leader.is_none(),
        };
        let free = free || (self.has(Planted::VotesTwice) && self.role == Role::Follower);
        let granted = free && self.log.is_up_to_date(last, last_term);
        self.say(from, Kind::Vote { granted }, out);
        if granted {
            self.since = tick;
            self.vote = Some(from);
        }
    }

    /// A vote comes in: a majority for it makes it leader; when none can come together any more it is a follower.
    pub(super) fn count_vote(&mut self, from: PeerId, granted: bool, tick: u64, out: &mut Output) {
        let Some(at) = self.place(from) else { return };
        self.votes[at].get_or_insert(granted);
        let count = |wanted| self.votes.iter().filter(|v| **v == Some(wanted)).count();
        if count(true) >= self.quorum() {
            self.win(tick, out);
        } else if count(false) > self.members.len() - self.quorum() {
            self.follow(self.term, None, tick, out);
        }
    }

    /// It leads, and begins its term with an empty entry: what earlier terms left is committed with it (thesis, section
    /// 3.6.2).
    fn win(&mut self, tick: u64, out: &mut Output) {
        self.reset(self.term, tick);
        self.role = Role::Leader;
        self.leader = Some(self.id);
        out.turns.push(Turn::Won);
        // There may be a change of the membership among what is not committed.
        self.change_at = self.log.last();
        let own = self.place(self.id).expect("only a member wins");
        self.progress[own].recently_active = true;
        let empty = Content::Empty.entry(self.term, 0);
        self.append(empty, out);
    }
}
