//! Our core.

use swarmbed_scheduler::stream::Stream;
use swarmbed_sim::manager::raft::PeerId;
use swarmbed_sim::manager::raft::log::Content;
use swarmbed_sim::manager::raft::message::Message;
use swarmbed_sim::manager::raft::peer::{Output, Peer, Role};
use swarmbed_sim::manager::raft::rules::Rules;

use crate::{Side, State};

/// Members with our core.
pub struct Ours {
    peers: Vec<Peer>,
    ticks: Vec<u64>,
    out: Vec<Message>,
    /// Where the log and the terms begin.
    base: u64,
}

impl Ours {
    /// So many members, in the first term.
    pub fn new(n: u32, spare: u32, seed: u64) -> Ours {
        let rules = Rules { snapshot_every: u64::MAX, ..Rules::default() };
        let members: Vec<PeerId> = (0..n).map(PeerId).collect();
        let timeouts = |id: u32| Stream::new(seed, "oracle", &id.to_string());
        let founders = members.iter().map(|id| Peer::founder(*id, &members, rules, timeouts(id.0)));
        // A machine that joins later has the founders' snapshot and knows no members.
        let others = (n..n + spare).map(|id| Peer::founder(PeerId(id), &members, rules, timeouts(id)));
        let peers: Vec<Peer> = founders.chain(others).collect();
        Ours { ticks: vec![0; peers.len()], peers, out: Vec::new(), base: u64::from(n) }
    }

    /// After how many ticks a member stands for election.
    pub fn timeout(&self, id: u32) -> u32 {
        self.peers[id as usize].timeout()
    }

    fn act(&mut self, id: u32, act: impl FnOnce(&mut Peer, u64, &mut Output)) {
        let mut out = Output::default();
        let peer = &mut self.peers[id as usize];
        act(peer, self.ticks[id as usize], &mut out);
        while let Some(save) = peer.save() {
            peer.saved(save, &mut out);
        }
        self.out.append(&mut out.messages);
    }
}

impl Side for Ours {
    fn tick(&mut self, id: u32) {
        self.ticks[id as usize] += 1;
        self.act(id, |peer, tick, out| peer.wake(tick, out));
    }

    fn propose(&mut self, id: u32) {
        self.act(id, |peer, _, out| {
            let _ = peer.propose(Content::Write(0), 1, out);
        });
    }

    fn change(&mut self, id: u32, member: u32, add: bool) {
        let peer = PeerId(member);
        let content = if add { Content::Add(peer) } else { Content::Remove(peer) };
        self.act(id, |peer, _, out| {
            let _ = peer.propose(content, 1, out);
        });
    }

    fn transfer(&mut self, id: u32, to: u32) {
        self.act(id, |peer, tick, out| {
            let _ = peer.transfer(PeerId(to), tick, out);
        });
    }

    fn restart(&mut self, id: u32) {
        let tick = self.ticks[id as usize];
        self.peers[id as usize].restart(tick);
    }

    fn deliver(&mut self, passes: &dyn Fn(u32, u32) -> bool) {
        while !self.out.is_empty() {
            let mut wave = std::mem::take(&mut self.out);
            wave.sort_by_key(|m| (m.from, m.to));
            for message in wave {
                if passes(message.from.0, message.to.0) {
                    self.act(message.to.0, |peer, tick, out| peer.hear(&message, tick, out));
                } else {
                    self.act(message.from.0, |peer, _, _| peer.unreachable(message.to));
                }
            }
        }
    }

    fn state(&self, id: u32) -> State {
        let peer = &self.peers[id as usize];
        let log = peer.log();
        State {
            term: peer.term() - 1,
            vote: peer.vote().map(|v| v.0),
            leader: peer.leader().map(|l| l.0),
            stands: peer.role() == Role::Candidate,
            last: (log.last() - self.base, log.last_term().saturating_sub(1)),
            committed: log.committed() - self.base,
            members: peer.members().len(),
        }
    }
}
