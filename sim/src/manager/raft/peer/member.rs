//! Membership, changed one member at a time (thesis, chapter 4), and the snapshots that carry it. As in etcd/raft a change
//! takes effect when it is applied, and not when it stands in the log.

use super::{Content, Output, Peer, PeerId, Progress, Snapshot, Turn};
use crate::manager::raft::Index;

impl Peer {
    pub(super) fn set_members(&mut self, members: &[PeerId]) {
        self.members = members.to_vec();
        self.members.sort_unstable();
        let next = self.log.last() + 1;
        self.progress = vec![Progress::new(next); members.len()];
        self.votes = vec![None; members.len()];
    }

    /// Entries up to `index` are committed: what they say about the membership is so. Returns whether that is news.
    pub(super) fn commit_to(&mut self, index: Index, out: &mut Output) -> bool {
        let news = self.log.commit(index);
        while self.applied < self.log.committed() {
            self.applied += 1;
            match self.log.entry(self.applied).map(|e| e.content) {
                Some(Content::Add(peer)) => self.add(peer, out),
                Some(Content::Remove(peer)) => self.remove(peer, out),
                _ => {}
            }
        }
        news
    }

    fn add(&mut self, peer: PeerId, out: &mut Output) {
        if let Err(at) = self.members.binary_search(&peer) {
            self.members.insert(at, peer);
            // It counts as heard, lest the next look at the quorum throw the leader out.
            let mut progress = Progress::new(self.log.last() + 1);
            progress.recently_active = true;
            self.progress.insert(at, progress);
            self.votes.insert(at, None);
            out.turns.push(Turn::Added(peer));
        }
    }

    /// A removed member is barred for good; a quorum may be smaller from now on.
    fn remove(&mut self, peer: PeerId, out: &mut Output) {
        self.barred.push(peer);
        if let Ok(at) = self.members.binary_search(&peer) {
            self.members.remove(at);
            self.progress.remove(at);
            self.votes.remove(at);
            self.heir = self.heir.filter(|heir| *heir != peer);
            out.turns.push(Turn::Removed(peer));
        }
    }

    /// Now and then, everything so far in one piece; what is needed only by whoever is far behind is cut off. To be called when
    /// whoever applies the entries has read them.
    pub fn make_snapshot_if_due(&mut self) {
        if self.applied - self.snapshot.index < self.rules.snapshot_every {
            return;
        }
        let index = self.applied;
        let term = self.log.term(index).expect("what is applied is in the log");
        self.snapshot = Snapshot { index, term, members: self.members.clone().into() };
        let cut = index.saturating_sub(self.rules.keep);
        if cut > self.log.cut() {
            self.log.cut_to(cut);
        }
    }

    /// `--force-new-cluster` (`raft.go`): what is not committed goes, and so do all other members.
    pub fn force_new_cluster(&mut self, tick: u64) {
        self.log.drop_uncommitted();
        let others: Vec<PeerId> = self.members.iter().copied().filter(|m| *m != self.id).collect();
        for peer in others {
            let index = self.log.push(Content::Remove(peer).entry(self.term, 0));
            self.log.write(index);
        }
        let last = self.log.last();
        let mut out = Output::default();
        self.commit_to(last, &mut out);
        self.restart(tick);
    }
}
