//! What a leader does: replication, commitment, the look at the quorum, and giving its leadership away.

use super::{Content, Dropped, Entry, Kind, Message, Output, Peer, PeerId, Planted, Role};
use crate::manager::raft::Index;
use crate::manager::raft::progress::Pace;
use crate::manager::raft::rules::WriteOrder;

impl Peer {
    /// Heartbeats, and every `election_ticks` a look at whether a quorum has been heard since the last look.
    pub(super) fn lead_on(&mut self, tick: u64, out: &mut Output) {
        if self.elapsed(tick) >= u64::from(self.rules.election_ticks) {
            self.since = tick;
            if self.rules.check_quorum && !self.heard_a_quorum() {
                self.follow(self.term, None, tick, out);
                return;
            }
            self.heir = None; // it did not take over in time
        }
        if tick - self.beat_since >= u64::from(self.rules.heartbeat_ticks) {
            self.beat_since = tick;
            for at in (0..self.members.len()).filter(|at| self.members[*at] != self.id) {
                let commit = self.log.committed().min(self.progress[at].matched);
                self.say(self.members[at], Kind::Heartbeat { commit }, out);
            }
        }
    }

    fn heard_a_quorum(&mut self) -> bool {
        let active =
            self.members.iter().zip(&self.progress).filter(|(m, p)| **m == self.id || p.recently_active);
        let heard = active.count() >= self.quorum();
        self.progress.iter_mut().for_each(|p| p.recently_active = false);
        heard
    }

    /// Somebody wants an entry in the log.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn propose(&mut self, content: Content, bytes: u32, out: &mut Output) -> Result<Index, Dropped> {
        if self.role != Role::Leader || !self.is_member() {
            return Err(Dropped::NotLeader);
        }
        if self.heir.is_some() {
            return Err(Dropped::Transferring);
        }
        if content.is_change() {
            if self.change_pending() {
                return Err(Dropped::ChangePending);
            }
            self.change_at = self.log.last() + 1;
        }
        Ok(self.append(content.entry(self.term, bytes), out))
    }

    /// Puts an entry into its own log and sends it to everybody who can take it.
    pub(super) fn append(&mut self, entry: Entry, out: &mut Output) -> Index {
        let index = self.log.push(entry);
        self.send_to_all(out);
        index
    }

    fn send_to_all(&mut self, out: &mut Output) {
        for at in 0..self.members.len() {
            if self.members[at] != self.id {
                self.send(at, true, out);
            }
        }
    }

    /// Sends a member what it does not have, or a snapshot if that was cut off. Returns whether anything was sent.
    fn send(&mut self, at: usize, even_if_empty: bool, out: &mut Output) -> bool {
        let to = self.members[at];
        let progress = &mut self.progress[at];
        if progress.paused(self.rules.inflight) {
            return false;
        }
        let before = progress.next - 1;
        if before < self.log.cut() {
            if !progress.recently_active {
                return false; // nobody there to take it (etcd: "ignore sending snapshot … not recently active")
            }
            let snapshot = &self.snapshot;
            progress.snapshot(snapshot.index);
            let (index, index_term) = (snapshot.index, snapshot.term);
            let kind = Kind::Snapshot { index, index_term, members: snapshot.members.clone() };
            self.say(to, kind, out);
            return true;
        }
        if !even_if_empty && progress.next > self.log.last() {
            return false;
        }
        let mut entries = Vec::new();
        if progress.next <= self.log.last() {
            entries = out.spare.pop().unwrap_or_default();
            self.log.copy(progress.next, self.rules.append_bytes, &mut entries);
        }
        if !entries.is_empty() {
            progress.sent(before + entries.len() as u64);
        } else if let Pace::Probe { waiting } = &mut progress.pace {
            *waiting = true;
        }
        let before_term = self.log.term(before).expect("what is not cut off has a term");
        let kind = Kind::Append { before, before_term, commit: self.log.committed() };
        out.messages.push(Message { from: self.id, to, term: self.term, kind, entries });
        true
    }

    /// A member answers.
    pub(super) fn hear_member(&mut self, message: &Message, out: &mut Output) {
        let Some(at) = self.place(message.from) else { return };
        self.progress[at].recently_active = true;
        match message.kind {
            Kind::Appended { index } => self.agreed(at, index, out),
            Kind::Refused { before, hint, hint_term } => {
                let (hint, _) = self.log.last_of_term(hint, hint_term);
                let progress = &mut self.progress[at];
                if progress.refuse(before, hint) {
                    if progress.pace == Pace::Replicate {
                        progress.probe();
                    }
                    self.send(at, true, out);
                }
            }
            Kind::Heard => {
                let progress = &mut self.progress[at];
                match progress.pace {
                    Pace::Probe { .. } => progress.pace = Pace::Probe { waiting: false },
                    Pace::Replicate if progress.full(self.rules.inflight) => progress.free_first(),
                    _ => {}
                }
                if self.progress[at].matched < self.log.last() {
                    self.send(at, true, out);
                }
            }
            _ => unreachable!("only answers come here"),
        }
    }

    /// A member's log agrees with its own up to `index`.
    fn agreed(&mut self, at: usize, index: Index, out: &mut Output) {
        let progress = &mut self.progress[at];
        let was_paused = progress.paused(self.rules.inflight);
        if !progress.advance(index) {
            return;
        }
        match progress.pace {
            Pace::Probe { .. } => progress.replicate(),
            Pace::Snapshot(up_to) if progress.matched >= up_to => {
                progress.probe();
                progress.replicate();
            }
            _ => {}
        }
        let member = self.members[at];
        if !self.commit_and_tell(out) && was_paused {
            self.send(at, true, out);
        }
        let Some(at) = self.place(member) else { return }; // what was committed removed it
        while self.send(at, false, out) {}
        if self.heir == Some(member) && self.progress[at].matched == self.log.last() {
            self.say(member, Kind::TimeoutNow, out);
        }
    }

    /// Commits what can be, and tells everybody at once. Returns whether there was anything.
    pub(super) fn commit_and_tell(&mut self, out: &mut Output) -> bool {
        let mut news = false;
        // A member that is removed makes the quorum smaller, and more may be committed.
        while self.commit_what_a_quorum_has(out) {
            news = true;
        }
        if news {
            self.send_to_all(out);
        }
        news
    }

    /// Commits what a quorum has, if that is an entry of its own term (thesis, section 3.6.2). Returns whether it did.
    fn commit_what_a_quorum_has(&mut self, out: &mut Output) -> bool {
        let written = self.log.written();
        let as_one = self.rules.write_order == WriteOrder::ParallelAsOne;
        let own = if as_one { written } else { self.log.last() };
        self.scratch.clear();
        let matched = self.members.iter().zip(&self.progress);
        self.scratch.extend(matched.map(|(m, p)| if *m == self.id { own } else { p.matched }));
        if self.scratch.is_empty() {
            return false;
        }
        self.scratch.sort_unstable();
        let mut index = self.scratch[self.scratch.len() - self.quorum()];
        if !as_one {
            index = index.min(written);
        }
        let of_this_term = self.log.term(index) == Some(self.term) || self.has(Planted::CommitsOldTerm);
        index > self.log.committed() && of_this_term && self.commit_to(index, out)
    }

    /// Somebody wants that member to lead instead (thesis, section 3.10). It is told to stand as soon as it has the whole
    /// log; meanwhile nothing is proposed.
    ///
    /// # Errors
    /// This peer does not lead.
    pub fn transfer(&mut self, to: PeerId, tick: u64, out: &mut Output) -> Result<(), Dropped> {
        if self.role != Role::Leader {
            return Err(Dropped::NotLeader);
        }
        let Some(at) = self.place(to).filter(|_| self.heir != Some(to)) else { return Ok(()) };
        // Whom it had been promised to before does not get it any more.
        self.heir = Some(to).filter(|to| *to != self.id);
        if self.heir.is_none() {
            return Ok(());
        }
        self.since = tick; // it has one election time-out to take over
        if self.progress[at].matched == self.log.last() {
            self.say(to, Kind::TimeoutNow, out);
        } else {
            self.send(at, true, out);
        }
        Ok(())
    }

    /// A message to that member could not be delivered: from now on one at a time.
    pub fn unreachable(&mut self, member: PeerId) {
        let Some(at) = self.place(member).filter(|_| self.role == Role::Leader) else { return };
        let progress = &mut self.progress[at];
        match progress.pace {
            Pace::Replicate | Pace::Snapshot(_) => progress.probe(),
            Pace::Probe { .. } => {}
        }
    }
}
