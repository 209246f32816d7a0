//! The managers' consensus: Raft with the rules of etcd/raft, as SwarmKit configures it.
//!
//! [`peer::Peer`] is one member, and knows neither clock, network nor disk: a tick number and an input go in, messages and
//! what has to be written come out. [`peers::Peers`] is all of them together with what lies between: clocks, links, disks
//! and processors, on the agenda of whoever runs them. A healthy quorum costs nothing while nothing happens:
//! [`peers::quiet`] says how. [`lab::Lab`] runs peers by themselves, without a swarm around them: for theory and tests.
//!
//! The words are those of the Raft thesis (Ongaro, *Consensus: Bridging Theory and Practice*, 2014); the rules are those of
//! etcd-io/raft, which differ from the thesis where the modules say so.

pub mod lab;
pub mod log;
pub mod message;
pub mod peer;
pub mod peers;
pub mod progress;
pub mod rules;

/// The number of an election; 0 is before the first.
pub type Term = u64;

/// The place of an entry in the log; 0 is before the first.
pub type Index = u64;

/// A member's Raft id. A machine that leaves and joins again is another member: an id is never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(pub u32);

impl PeerId {
    /// As an index into a table of every peer that ever was.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}
