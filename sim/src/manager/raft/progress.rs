//! What a leader knows of a member, and at which pace it sends to it.

use std::collections::VecDeque;

use super::Index;

/// What a leader knows of one member.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The last entry that the member is known to have.
    pub matched: Index,
    /// The next entry to send.
    pub next: Index,
    /// At which pace.
    pub pace: Pace,
    /// Whether it has been heard since the last look at the quorum.
    pub recently_active: bool,
    /// The last index of each message with entries that is on its way.
    inflight: VecDeque<Index>,
}

/// At which pace a leader sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// One message at a time, until it is known where the logs agree.
    Probe {
        /// One is out, and not answered yet.
        waiting: bool,
    },
    /// One message after the other, without waiting for answers.
    Replicate,
    /// Nothing, while a snapshot of everything up to that entry is on its way.
    Snapshot(Index),
}

impl Progress {
    /// A member of whom nothing is known.
    pub fn new(next: Index) -> Progress {
        Progress {
            matched: 0,
            next,
            pace: Pace::Probe { waiting: false },
            recently_active: false,
            inflight: VecDeque::new(),
        }
    }

    /// As for a new leader; keeps the room it has.
    pub fn reset(&mut self, next: Index) {
        self.inflight.clear();
        (self.matched, self.next) = (0, next);
        self.pace = Pace::Probe { waiting: false };
        self.recently_active = false;
    }

    /// Whether nothing may be sent to it now.
    pub fn paused(&self, most_inflight: u32) -> bool {
        match self.pace {
            Pace::Probe { waiting } => waiting,
            Pace::Replicate => self.inflight.len() >= most_inflight as usize,
            Pace::Snapshot(_) => true,
        }
    }

    /// Whether as many messages are out as may be.
    pub fn full(&self, most_inflight: u32) -> bool {
        self.inflight.len() >= most_inflight as usize
    }

    /// Entries up to `last` have been sent; none if it is before the next one.
    pub fn sent(&mut self, last: Index) {
        match &mut self.pace {
            Pace::Probe { waiting } => *waiting = true,
            Pace::Replicate if last >= self.next => {
                self.next = last + 1;
                self.inflight.push_back(last);
            }
            _ => {}
        }
    }

    /// It has everything up to `index`; returns whether that is news.
    pub fn advance(&mut self, index: Index) -> bool {
        let news = index > self.matched;
        self.matched = self.matched.max(index);
        self.next = self.next.max(index + 1);
        while self.inflight.front().is_some_and(|last| *last <= index) {
            self.inflight.pop_front();
        }
        news
    }

    /// One more message may go out, whatever is on its way.
    pub fn free_first(&mut self) {
        self.inflight.pop_front();
    }

    /// It refused entries behind `before`; returns whether that is news and not an old answer.
    pub fn refuse(&mut self, before: Index, hint: Index) -> bool {
        if self.pace == Pace::Replicate {
            if before <= self.matched {
                return false;
            }
            self.next = self.matched + 1;
            return true;
        }
        if self.next.checked_sub(1) != Some(before) {
            return false;
        }
        self.next = before.min(hint + 1).max(1);
        if let Pace::Probe { waiting } = &mut self.pace {
            *waiting = false;
        }
        true
    }

    /// From now on one message at a time.
    pub fn probe(&mut self) {
        self.next = match self.pace {
            Pace::Snapshot(index) => (self.matched + 1).max(index + 1),
            _ => self.matched + 1,
        };
        self.pace = Pace::Probe { waiting: false };
        self.inflight.clear();
    }

    /// From now on one after the other.
    pub fn replicate(&mut self) {
        self.pace = Pace::Replicate;
        self.next = self.matched + 1;
        self.inflight.clear();
    }

    /// A snapshot of everything up to `index` is on its way.
    pub fn snapshot(&mut self, index: Index) {
        self.pace = Pace::Snapshot(index);
        self.inflight.clear();
    }
}
