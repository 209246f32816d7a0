//! Members come and go.

use swarmbed_scheduler::stream::Stream;

use super::{Around, Checks, Clock, Index, Peer, PeerId, Peers, Power, Row};

impl Peers {
    /// A machine joins: a peer that knows nothing yet. Somebody has to propose it as a member.
    pub fn join(&mut self, timeouts: Stream, around: &mut impl Around) -> PeerId {
        self.stir(around);
        let id = PeerId(self.rows.len() as u32);
        let clock = Clock::new(around.now() + self.rules.tick, self.rules.tick);
        let peer = Peer::newcomer(id, self.rules, timeouts);
        self.rows.push(Row::new(peer, clock, self.rows.len() + 1));
        self.rows.iter_mut().for_each(|row| row.reaches.resize(id.index() + 1, true));
        id
    }

    /// Whether the last message of a peer to another got through.
    pub fn reaches(&self, from: PeerId, to: PeerId) -> bool {
        from != to
            && self.rows[to.index()].power != Power::Gone
            && self.rows[from.index()].reaches[to.index()]
    }

    /// Whether a member could be removed without a loss of quorum, as its leader sees it: those others that it reaches, and
    /// itself, have to be a majority of what is then left (`raft.go:1170-1193`).
    pub fn can_remove(&self, leader: PeerId, member: PeerId) -> bool {
        let members = self.rows[leader.index()].peer.members();
        let there = |id: &&PeerId| **id != member && (**id == leader || self.reaches(leader, **id));
        members.iter().filter(there).count() > (members.len() - 1) / 2
    }

    /// A removed member has been told: it stops for good.
    pub fn retire(&mut self, id: PeerId, around: &mut impl Around) {
        self.stir(around);
        self.switch_off(id, Power::Gone);
        self.rest(around);
    }

    /// Only this peer is left of the cluster (`docker swarm init --force-new-cluster`): what it did not know to be
    /// committed is lost. Returns up to where the log is kept.
    pub fn force_new_cluster(&mut self, id: PeerId, around: &mut impl Around) -> Index {
        self.stir(around);
        let at = id.index();
        let kept = self.rows[at].peer.log().committed();
        for other in (0..self.rows.len() as u32).map(PeerId).filter(|other| *other != id) {
            self.switch_off(other, Power::Gone);
        }
        let tick = self.tick(at, around);
        let row = &mut self.rows[at];
        row.peer.force_new_cluster(tick);
        self.committed = row.peer.log().committed();
        if let Some(checks) = &mut self.checks {
            *checks = Checks::new(self.committed, row.peer.log().last_term());
        }
        self.set_alarm(at, around);
        kept
    }
}
