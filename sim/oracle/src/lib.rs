//! Our Raft core and the `raft` crate, a port of etcd/raft, side by side: whatever is done to both, both are in the same
//! state. A witness that has nothing in common with us but the rules; it stays outside the product, since it needs a
//! protobuf compiler that some machines lack.

pub mod ours;
pub mod theirs;

/// Everything of a member that has to be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Its term.
    pub term: u64,
    /// To whom it gave its vote in that term.
    pub vote: Option<u32>,
    /// Whom it takes for the leader.
    pub leader: Option<u32>,
    /// Whether it stands for election.
    pub stands: bool,
    /// Its last entry, and that entry's term.
    pub last: (u64, u64),
    /// What it knows to be committed.
    pub committed: u64,
    /// How many members it knows.
    pub members: usize,
}

/// Members of one implementation. Messages are delivered in waves: all that are out, ordered by sender and receiver, and then
/// those that they gave rise to, so that both implementations deliver alike.
pub trait Side {
    /// A tick of its clock.
    fn tick(&mut self, id: u32);
    /// Somebody proposes an entry, or not if it does not lead.
    fn propose(&mut self, id: u32);
    /// Somebody proposes to add a member or to remove it.
    fn change(&mut self, id: u32, member: u32, add: bool);
    /// A leader is asked to give way.
    fn transfer(&mut self, id: u32, to: u32);
    /// It loses everything but its disk.
    fn restart(&mut self, id: u32);
    /// Delivers everything, and what follows from it; what `passes` refuses is lost.
    fn deliver(&mut self, passes: &dyn Fn(u32, u32) -> bool);
    /// Its state.
    fn state(&self, id: u32) -> State;
}
