//! The `raft` crate.

use raft::eraftpb::{ConfChange, ConfChangeType, Entry, EntryType, Message, MessageType};
use raft::storage::MemStorage;
use raft::{Config, RawNode, StateRole};
use slog::{Discard, Logger, o};

use crate::{Side, State};

/// Members with the `raft` crate. Its ids begin at 1.
pub struct Theirs {
    nodes: Vec<RawNode<MemStorage>>,
    out: Vec<Message>,
    /// The election time-outs to use: the crate draws its own from the thread, and they are never looked at.
    timeouts: Vec<u32>,
}

impl Theirs {
    /// So many members, in the first term.
    pub fn new(n: u32, spare: u32) -> Theirs {
        let members: Vec<u64> = (1..=u64::from(n)).collect();
        let storage = || MemStorage::new_with_conf_state((members.clone(), vec![]));
        let nodes: Vec<_> = (1..=u64::from(n + spare)).map(|id| node(id, storage(), 0)).collect();
        Theirs { timeouts: vec![10; nodes.len()], nodes, out: Vec::new() }
    }

    /// A member's election time-out from now on.
    pub fn set_timeout(&mut self, id: u32, ticks: u32) {
        self.timeouts[id as usize] = ticks;
        self.nodes[id as usize].raft.set_randomized_election_timeout(ticks as usize);
    }

    /// Writes what has to be written, and takes the messages.
    fn settle(&mut self, id: u32) {
        let node = &mut self.nodes[id as usize];
        while node.has_ready() {
            let mut ready = node.ready();
            self.out.extend(ready.take_messages());
            let storage = node.raft.raft_log.store.clone();
            storage.wl().append(ready.entries()).expect("entries follow each other");
            if let Some(hard) = ready.hs() {
                storage.wl().set_hardstate(hard.clone());
            }
            let committed = ready.take_committed_entries();
            apply(node, committed);
            self.out.extend(ready.take_persisted_messages());
            let mut light = node.advance(ready);
            if let Some(commit) = light.commit_index() {
                node.raft.raft_log.store.wl().mut_hard_state().set_commit(commit);
            }
            self.out.extend(light.take_messages());
            let committed = light.take_committed_entries();
            apply(node, committed);
            node.advance_apply();
        }
    }
}

fn apply(node: &mut RawNode<MemStorage>, committed: Vec<Entry>) {
    for entry in committed {
        if entry.get_entry_type() == EntryType::EntryConfChange {
            let mut change = ConfChange::default();
            protobuf::Message::merge_from_bytes(&mut change, entry.get_data()).expect("it was written here");
            let state = node.apply_conf_change(&change).expect("a change that was taken can be applied");
            node.raft.raft_log.store.wl().set_conf_state(state);
        }
    }
}

fn node(id: u64, storage: MemStorage, applied: u64) -> RawNode<MemStorage> {
    let config = Config {
        id,
        election_tick: 10,
        heartbeat_tick: 1,
        check_quorum: true,
        pre_vote: false,
        max_size_per_msg: 65_535,
        max_inflight_msgs: 256,
        applied,
        ..Config::default()
    };
    RawNode::new(&config, storage, &Logger::root(Discard, o!())).expect("a valid configuration")
}

impl Side for Theirs {
    fn tick(&mut self, id: u32) {
        let ticks = self.timeouts[id as usize] as usize;
        let node = &mut self.nodes[id as usize];
        node.raft.set_randomized_election_timeout(ticks);
        node.tick();
        self.settle(id);
    }

    fn propose(&mut self, id: u32) {
        let node = &mut self.nodes[id as usize];
        if node.raft.state == StateRole::Leader {
            let _ = node.propose(vec![], vec![1]);
            self.settle(id);
        }
    }

    fn change(&mut self, id: u32, member: u32, add: bool) {
        let node = &mut self.nodes[id as usize];
        // The crate takes a second change and makes an empty entry of it; ours refuses it.
        if node.raft.state == StateRole::Leader && !node.raft.has_pending_conf() {
            let mut change = ConfChange::default();
            change.set_node_id(u64::from(member) + 1);
            change.set_change_type(if add { ConfChangeType::AddNode } else { ConfChangeType::RemoveNode });
            let _ = node.propose_conf_change(vec![], change);
            self.settle(id);
        }
    }

    fn transfer(&mut self, id: u32, to: u32) {
        let node = &mut self.nodes[id as usize];
        if node.raft.state == StateRole::Leader {
            node.transfer_leader(u64::from(to) + 1);
            self.settle(id);
        }
    }

    fn restart(&mut self, id: u32) {
        let old = &self.nodes[id as usize];
        let storage = old.raft.raft_log.store.clone();
        let applied = old.raft.raft_log.applied();
        self.nodes[id as usize] = node(u64::from(id) + 1, storage, applied);
    }

    fn deliver(&mut self, passes: &dyn Fn(u32, u32) -> bool) {
        while !self.out.is_empty() {
            let mut wave = std::mem::take(&mut self.out);
            wave.sort_by_key(|m| (m.from, m.to));
            for mut message in wave {
                let (from, to) = ((message.from - 1) as u32, (message.to - 1) as u32);
                if matches!(
                    message.msg_type,
                    MessageType::MsgRequestVote | MessageType::MsgRequestVoteResponse
                ) {
                    // The crate's own addition to etcd's rules: voters learn what is committed.
                    (message.commit, message.commit_term) = (0, 0);
                }
                if passes(from, to) {
                    let _ = self.nodes[to as usize].step(message);
                    self.settle(to);
                } else {
                    self.nodes[from as usize].report_unreachable(u64::from(to) + 1);
                    self.settle(from);
                }
            }
        }
    }

    fn state(&self, id: u32) -> State {
        let raft = &self.nodes[id as usize].raft;
        let name = |id: u64| (id > 0).then(|| (id - 1) as u32);
        let log = &raft.raft_log;
        State {
            term: raft.term,
            vote: name(raft.vote),
            leader: name(raft.leader_id),
            stands: raft.state == StateRole::Candidate,
            last: (log.last_index(), log.last_term()),
            committed: log.committed,
            members: raft.prs().conf().voters().ids().iter().count(),
        }
    }
}
