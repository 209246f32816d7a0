//! A peer's log: entries that follow each other without a gap, of which a beginning may have been cut off.

use std::collections::VecDeque;

use super::{Index, PeerId, Term};

/// One entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The term of the leader that made it.
    pub term: Term,
    /// What it says.
    pub content: Content,
    /// Its size on the wire and on disk.
    pub bytes: u32,
}

/// What an entry says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Nothing: a leader's first entry.
    Empty,
    /// A transaction of the store, by its number.
    Write(u32),
    /// A peer becomes a member.
    Add(PeerId),
    /// A peer is no member any more, and never again.
    Remove(PeerId),
}

impl Content {
    /// Whether it changes the membership.
    pub fn is_change(self) -> bool {
        matches!(self, Content::Add(_) | Content::Remove(_))
    }
}

/// A log. Index 0 is before the first entry and has term 0.
#[derive(Clone, Debug)]
pub struct Log {
    /// The last entry that was cut off.
    cut: (Index, Term),
    entries: VecDeque<Entry>,
    /// Up to where entries are committed, as far as this peer knows.
    committed: Index,
    /// Up to where entries are on disk.
    written: Index,
    /// Entries behind this one have been replaced since the write that is under way began: it does not hold them.
    kept: Index,
}

impl Log {
    /// A log that begins behind a snapshot, or behind nothing.
    pub fn behind(index: Index, term: Term) -> Log {
        Log {
            cut: (index, term),
            entries: VecDeque::new(),
            committed: index,
            written: index,
            kept: Index::MAX,
        }
    }

    /// The last entry's index.
    pub fn last(&self) -> Index {
        self.cut.0 + self.entries.len() as u64
    }

    /// The last entry's term.
    pub fn last_term(&self) -> Term {
        self.entries.back().map_or(self.cut.1, |e| e.term)
    }

    /// The index of the last entry that was cut off.
    pub fn cut(&self) -> Index {
        self.cut.0
    }

    /// Up to where entries are committed, as far as this peer knows.
    pub fn committed(&self) -> Index {
        self.committed
    }

    /// Up to where entries are on disk.
    pub fn written(&self) -> Index {
        self.written
    }

    /// The term of an entry; `None` if it was cut off or does not exist.
    pub fn term(&self, index: Index) -> Option<Term> {
        if index == self.cut.0 {
            return Some(self.cut.1);
        }
        self.entry(index).map(|e| e.term)
    }

    /// An entry, unless it was cut off or does not exist.
    pub fn entry(&self, index: Index) -> Option<&Entry> {
        let place = index.checked_sub(self.cut.0 + 1)?;
        self.entries.get(place as usize)
    }

    /// Entries from `first` on, at most `bytes` of them but at least one.
    pub fn copy(&self, first: Index, bytes: u32, into: &mut Vec<Entry>) {
        let start = (first - self.cut.0 - 1) as usize;
        let mut room = u64::from(bytes);
        for entry in self.entries.range(start..) {
            if !into.is_empty() && u64::from(entry.bytes) > room {
                return;
            }
            into.push(*entry);
            room = room.saturating_sub(u64::from(entry.bytes));
        }
    }

    /// Adds an entry at the end.
    pub fn push(&mut self, entry: Entry) -> Index {
        self.entries.push_back(entry);
        self.last()
    }

    /// Takes a leader's entries that follow the entry `(before, term)`; an entry that conflicts goes, and all behind it
    /// (thesis, section 3.5). Returns the index of the last one taken, or `None` if the log does not hold the entry before.
    ///
    /// # Panics
    /// If a committed entry would go: then a quorum was not one.
    pub fn take(&mut self, before: Index, term: Term, entries: &[Entry]) -> Option<Index> {
        if self.term(before) != Some(term) {
            return None;
        }
        for (entry, index) in entries.iter().zip(before + 1..) {
            match self.term(index) {
                Some(term) if term == entry.term => continue,
                Some(_) => self.truncate(index),
                None => {}
            }
            self.entries.push_back(*entry);
        }
        Some(before + entries.len() as u64)
    }

    fn truncate(&mut self, from: Index) {
        assert!(from > self.committed, "a conflict at {from}, but {} is committed", self.committed);
        self.entries.truncate((from - self.cut.0 - 1) as usize);
        self.written = self.written.min(from - 1);
        self.kept = self.kept.min(from - 1);
    }

    /// Whether a log that ends with this entry is at least as good as this one (thesis, section 3.6.1).
    pub fn is_up_to_date(&self, last: Index, term: Term) -> bool {
        (term, last) >= (self.last_term(), self.last())
    }

    /// The last entry at or before `index` whose term is at most `term`: where a leader and a follower may agree.
    pub fn last_of_term(&self, index: Index, term: Term) -> (Index, Term) {
        let mut index = index.min(self.last());
        loop {
            match self.term(index) {
                Some(own) if own > term && index > 0 => index -= 1,
                Some(own) => return (index, own),
                None => return (index, 0),
            }
        }
    }

    /// Entries up to `index` are committed; returns whether that is news.
    pub fn commit(&mut self, index: Index) -> bool {
        let index = index.min(self.last());
        let news = index > self.committed;
        self.committed = self.committed.max(index);
        news
    }

    /// A write begins.
    pub fn begin_write(&mut self) {
        self.kept = Index::MAX;
    }

    /// A write of everything up to `index` is through.
    pub fn write(&mut self, index: Index) {
        self.written = self.written.max(index.min(self.last()).min(self.kept));
    }

    /// What was not on disk is lost.
    pub fn lose_unwritten(&mut self) {
        self.entries.truncate((self.written - self.cut.0) as usize);
        self.committed = self.committed.min(self.written);
    }

    /// Cuts the log off behind `index`, which is committed.
    pub fn cut_to(&mut self, index: Index) {
        let term = self.term(index).expect("the log is cut where it has an entry");
        self.entries.drain(..(index - self.cut.0) as usize);
        self.cut = (index, term);
    }

    /// What is not committed goes.
    pub fn drop_uncommitted(&mut self) {
        self.entries.truncate((self.committed - self.cut.0) as usize);
        self.written = self.written.min(self.committed);
    }
}
