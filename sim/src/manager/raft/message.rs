//! What peers say to each other. A heartbeat is a message of its own, as in etcd/raft, and not an empty AppendEntries.

use super::log::Entry;
use super::{Index, PeerId, Term};

/// A message. Its entries are kept beside its kind, so that their room can be used again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who says it.
    pub from: PeerId,
    /// To whom.
    pub to: PeerId,
    /// The sender's term.
    pub term: Term,
    /// What it says.
    pub kind: Kind,
    /// The entries of an AppendEntries; of no other.
    pub entries: Vec<Entry>,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// RequestVote.
    RequestVote {
        /// The candidate's last entry.
        last: Index,
        /// That entry's term.
        last_term: Term,
        /// The leader has asked for this election, so that nobody's lease is in its way.
        transfer: bool,
    },
    /// The answer to it.
    Vote {
        /// Yes or no.
        granted: bool,
    },
    /// AppendEntries: entries that follow a certain one.
    Append {
        /// The entry before them.
        before: Index,
        /// That entry's term.
        before_term: Term,
        /// What is committed.
        commit: Index,
    },
    /// The answer to it, or to a snapshot: the log agrees up to there.
    Appended {
        /// Up to where.
        index: Index,
    },
    /// The other answer to it: the entry before is missing.
    Refused {
        /// The entry before.
        before: Index,
        /// Where the logs may agree: the last entry of at most that term.
        hint: Index,
        /// The term of the entry there.
        hint_term: Term,
    },
    /// The leader is alive.
    Heartbeat {
        /// What is committed, as far as the follower has it.
        commit: Index,
    },
    /// The answer to it.
    Heard,
    /// InstallSnapshot: everything up to an entry.
    Snapshot {
        /// The last entry in it.
        index: Index,
        /// That entry's term.
        index_term: Term,
        /// The members as of then.
        members: Box<[PeerId]>,
    },
    /// Stand for election at once: the leader gives way to you.
    TimeoutNow,
}

impl Message {
    /// How many bytes of entries it carries.
    pub fn bytes(&self) -> u64 {
        self.entries.iter().map(|e| u64::from(e.bytes)).sum()
    }
}
