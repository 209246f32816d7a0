//! What a peer says waits until what has to be on disk is there, travels, and arrives or does not.

use swarmbed_scheduler::{SimTime, Span};

use super::{Around, Journey, PeerId, Peers, Power, RaftEvent, SEND_TIMEOUT, WriteOrder, check};
use crate::manager::raft::message::{Kind, Message};

impl Peers {
    /// A message arrives.
    pub(super) fn deliver(&mut self, mail: u32, around: &mut impl Around) {
        let message = self.mail.get(mail).expect("a message is delivered once");
        let (from, to) = (message.from, message.to);
        let at = to.index();
        match self.rows[at].power {
            Power::Frozen => return self.stall(at, mail, around.now()),
            Power::On if around.arrives(from, to) => {}
            _ => {
                self.mail.take(mail);
                self.rows[from.index()].reaches[at] = false;
                return;
            }
        }
        let answers = around.arrives(to, from);
        self.rows[from.index()].reaches[at] = answers;
        let tick = self.tick(at, around);
        // SwarmKit heeds a candidate only if it can reach it (`raft.go:1426-1437`).
        if answers || !matches!(message.kind, Kind::RequestVote { .. }) {
            let in_lease = check::in_lease(&self.rows[at].peer, &self.rules, tick);
            // It is heard where it lies: a message is long, and its copies were a tenth of what a commit costs.
            self.rows[at].peer.hear(message, tick, &mut self.out);
            if let Some(checks) = &mut self.checks {
                checks.heard(message, &self.rows, in_lease, tick);
            }
        }
        self.out.recycle(self.mail.take(mail).entries);
        self.pump(at, tick, around);
    }

    /// A message waits before a peer that stands still, until its sender gives up.
    fn stall(&mut self, at: usize, mail: u32, now: SimTime) {
        let row = &mut self.rows[at];
        let patient = |(arrived, _): &(SimTime, u32)| now.since(*arrived) <= SEND_TIMEOUT;
        for (_, late) in row.stalled.extract_if(.., |waiting| !patient(waiting)) {
            self.mail.take(late);
            self.stalled -= 1;
        }
        row.stalled.push((now, mail));
        self.stalled += 1;
    }

    /// What a peer had to write is on disk.
    pub(super) fn saved(&mut self, at: usize, number: u32, around: &mut impl Around) {
        let row = &mut self.rows[at];
        if row.writes != number || row.power != Power::On {
            return; // it lost power meanwhile, or stands still: then it is through when it goes on
        }
        let Some(save) = row.write.take() else { return };
        self.writing -= 1;
        row.peer.saved(save, &mut self.out);
        let batch = std::mem::take(&mut row.batch);
        self.post(at, batch, around);
        let tick = self.tick(at, around);
        self.pump(at, tick, around);
    }

    /// A sender learns that a message did not arrive (`raft.go`: ReportUnreachable).
    pub(super) fn undelivered(&mut self, from: PeerId, to: PeerId, around: &impl Around) {
        self.failing -= 1;
        if self.rows[to.index()].power == Power::On && around.arrives(from, to) && around.arrives(to, from) {
            return; // it is there again, and has heard it or will hear the next one
        }
        let row = &mut self.rows[from.index()];
        if row.power == Power::On {
            row.reaches[to.index()] = false;
            row.peer.unreachable(to);
        }
    }

    /// After a peer has done something: what changed is noted, what has to be written is, what may be sent is, and its alarm
    /// is set.
    pub(super) fn pump(&mut self, at: usize, tick: u64, around: &mut impl Around) {
        loop {
            self.note(at, tick);
            let row = &mut self.rows[at];
            if row.power != Power::On {
                self.out.messages.clear();
                return;
            }
            if row.held.is_empty() {
                std::mem::swap(&mut row.held, &mut self.out.messages);
            } else {
                row.held.append(&mut self.out.messages);
            }
            if row.write.is_none() {
                let Some(save) = row.peer.save() else {
                    let all = row.held.len();
                    self.post(at, all, around);
                    break;
                };
                let entries = save.last.saturating_sub(row.peer.log().written());
                let takes = around.write(row.peer.id(), entries);
                if takes == Span::ZERO {
                    row.peer.saved(save, &mut self.out);
                    continue;
                }
                row.write = Some(save);
                row.batch = row.held.len();
                row.writes += 1;
                self.writing += 1;
                around.at(around.now() + takes, RaftEvent::Saved { peer: row.peer.id(), number: row.writes });
            }
            if self.rules.write_order != WriteOrder::Serial {
                self.post_ahead(at, around);
            }
            break;
        }
        self.set_alarm(at, around);
    }

    /// Sends the first `count` messages that a peer holds.
    fn post(&mut self, at: usize, count: usize, around: &mut impl Around) {
        let mut held = std::mem::take(&mut self.rows[at].held);
        held.drain(..count).for_each(|message| self.send(message, around));
        self.rows[at].held = held; // its room is used again
    }

    /// A leader that does not wait for its disk sends entries and heartbeats at once; everything else waits.
    fn post_ahead(&mut self, at: usize, around: &mut impl Around) {
        let mut held = std::mem::take(&mut self.rows[at].held);
        let waits = |m: &Message| {
            !matches!(m.kind, Kind::Append { .. } | Kind::Heartbeat { .. } | Kind::Snapshot { .. })
        };
        let batch = held.iter().take(self.rows[at].batch).filter(|m| waits(m)).count();
        for message in held.extract_if(.., |m| !waits(m)) {
            self.send(message, around);
        }
        let row = &mut self.rows[at];
        row.held = held;
        row.batch = batch;
    }

    #[inline(always)] // as long as it is, it is not to be copied on the way
    fn send(&mut self, message: Message, around: &mut impl Around) {
        let (from, to) = (message.from, message.to);
        match around.send(from, to, message.bytes()) {
            journey @ (Journey::Arrives(takes) | Journey::Unanswered(takes)) => {
                if self.rows[to.index()].power == Power::Frozen || journey == Journey::Unanswered(takes) {
                    self.fails(from, to, SEND_TIMEOUT, around);
                }
                let mail = self.mail.insert(message);
                around.at(around.now() + takes, RaftEvent::Deliver { mail });
            }
            Journey::Fails(after) => {
                self.out.recycle(message.entries);
                self.fails(from, to, after, around);
            }
        }
    }

    fn fails(&mut self, from: PeerId, to: PeerId, after: Span, around: &mut impl Around) {
        self.failing += 1;
        around.at(around.now() + after, RaftEvent::Undelivered { from, to });
    }
}
