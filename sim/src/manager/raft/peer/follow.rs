//! What a follower does with what its leader sends (thesis, sections 3.5 and 5).

use super::{Kind, Log, Message, Output, Peer, Planted, Role, Snapshot, Turn};

impl Peer {
    /// The leader speaks: whoever stood for election gives up, and patience begins anew.
    pub(super) fn heed(&mut self, message: &Message, tick: u64, out: &mut Output) {
        if self.role == Role::Candidate {
            self.follow(self.term, Some(message.from), tick, out);
        }
        self.set_leader(Some(message.from), out);
        if !self.has(Planted::TimerNotReset) {
            self.since = tick;
        }
        match message.kind {
            Kind::Append { before, before_term, commit } => {
                self.take_entries(message, before, before_term, commit, out);
            }
            Kind::Heartbeat { commit } => {
                self.commit_to(commit, out);
                self.say(message.from, Kind::Heard, out);
            }
            Kind::Snapshot { index, index_term, ref members } => {
                self.install(Snapshot { index, term: index_term, members: members.clone() }, out);
                self.say(message.from, Kind::Appended { index: self.log.committed() }, out);
            }
            _ => unreachable!("only a leader's messages are heeded"),
        }
    }

    fn take_entries(
        &mut self,
        message: &Message,
        before: u64,
        before_term: u64,
        commit: u64,
        out: &mut Output,
    ) {
        let answer = if before < self.log.committed() {
            Kind::Appended { index: self.log.committed() }
        } else if let Some(last) = self.log.take(before, before_term, &message.entries) {
            self.commit_to(commit.min(last), out);
            Kind::Appended { index: last }
        } else {
            let (hint, hint_term) = self.log.last_of_term(before, before_term);
            Kind::Refused { before, hint, hint_term }
        };
        self.say(message.from, answer, out);
    }

    /// Everything up to an entry at once, unless it is known already (`raft.go` of etcd: `restore`).
    fn install(&mut self, snapshot: Snapshot, out: &mut Output) {
        if snapshot.index <= self.log.committed() {
            return;
        }
        if self.log.term(snapshot.index) == Some(snapshot.term) {
            self.commit_to(snapshot.index, out); // the log was right, only commitment was not known
            return;
        }
        self.log = Log::behind(snapshot.index, snapshot.term);
        self.applied = snapshot.index;
        self.set_members(&snapshot.members);
        out.turns.push(Turn::Installed(snapshot.index));
        self.snapshot = snapshot;
    }
}
