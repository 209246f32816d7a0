//! A procedure on the real core: every change of the membership is proposed to a leader and committed, and nobody fails but
//! those who are stopped on purpose.

use swarmbed_scheduler::stream::Stream;
use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::manager::raft::PeerId;
use swarmbed_sim::manager::raft::lab::Lab;
use swarmbed_sim::manager::raft::log::Content;
use swarmbed_sim::manager::raft::peer::Role;
use swarmbed_sim::profile::Profile;

use super::Procedure;
use crate::quorum::HOUR;
use crate::stats::Estimate;

/// Times that a procedure is gone through.
const SEEDS: u64 = 64;

/// Seconds without a leader in the replacement of so many managers; nothing if a change is not committed within its step.
pub(super) fn leaderless(procedure: Procedure, managers: u32, step: f64) -> Option<Estimate> {
    let walks: Option<Vec<f64>> = (0..SEEDS)
        .map(|seed| {
            let draws = Stream::new(1, "plan.procedure", &format!("{}/{managers}/{seed}", procedure.name()));
            let mut walk = Walk::new(managers, step, draws);
            for old in (0..managers).map(PeerId) {
                walk.replace(procedure, old)?;
            }
            Some(walk.leaderless.0 as f64 / 1e9)
        })
        .collect();
    Estimate::of_mean(&walks?)
}

struct Walk {
    lab: Lab,
    draws: Stream,
    step: Span,
    leaderless: Span,
}

impl Walk {
    fn new(managers: u32, step: f64, mut draws: Stream) -> Walk {
        let profile = Profile::swarm_current();
        let delay = Distribution::constant(profile.latency.0);
        let of_lab = Stream::new(draws.next_u64(), "plan.procedure", "lab");
        let mut lab = Lab::new(managers, profile.raft(), delay, Some(profile.disk_write), of_lab);
        let first = PeerId(draws.below(u64::from(managers)) as u32);
        lab.peers.begin_led_by(first, &mut lab.room);
        // An hour at most: whatever is not done by then never is.
        let step = Span((step.min(1.0) * HOUR) as u64);
        Walk { lab, draws, step, leaderless: Span::ZERO }
    }

    /// One manager is replaced; nothing if that cannot be done in its steps.
    fn replace(&mut self, procedure: Procedure, old: PeerId) -> Option<()> {
        match procedure {
            Procedure::JoinFirst => {
                self.join()?;
                self.demote(old)
            }
            Procedure::OneByOne => {
                self.demote(old)?;
                self.join()
            }
            Procedure::StopFirst => {
                self.lab.crash(old);
                self.pass();
                self.join()?;
                self.remove(old)
            }
            Procedure::DrainFirst => {
                self.pass();
                self.join()?;
                self.demote(old)
            }
        }
    }

    fn join(&mut self) -> Option<()> {
        let timeouts = Stream::new(self.draws.next_u64(), "plan.procedure", "election");
        let new = self.lab.peers.join(timeouts, &mut self.lab.room);
        self.change(Content::Add(new))
    }

    /// A leader that is to go gives its leadership to any other first (`manager/role_manager.go`). Whoever is removed is a
    /// manager no more.
    fn demote(&mut self, old: PeerId) -> Option<()> {
        if self.leader() == Some(old) {
            let members = self.lab.peers.peer(old).members();
            let others: Vec<PeerId> = members.iter().copied().filter(|id| *id != old).collect();
            let heir = *others.get(self.draws.below(others.len().max(1) as u64) as usize)?;
            self.lab.peers.transfer(old, heir, &mut self.lab.room).ok()?;
            self.pass();
        }
        self.remove(old)
    }

    /// The rule that keeps a quorum has to allow it.
    fn remove(&mut self, old: PeerId) -> Option<()> {
        self.lab.peers.can_remove(self.leader()?, old).then_some(())?;
        self.change(Content::Remove(old))?;
        self.lab.peers.retire(old, &mut self.lab.room);
        Some(())
    }

    /// The change is proposed, and a step later it is committed.
    fn change(&mut self, content: Content) -> Option<()> {
        let leader = self.leader()?;
        let (term, index) = self.lab.propose(leader, content, 0).ok()?;
        self.pass();
        let log = self.lab.peers.peer(self.leader()?).log();
        (log.committed() >= index && log.term(index).is_none_or(|found| found == term)).then_some(())
    }

    /// A step passes.
    fn pass(&mut self) {
        let end = self.lab.now() + self.step;
        let mut since = self.lab.now();
        while since < end {
            let led = self.leader().is_some();
            let next = self.lab.next_time().filter(|time| *time < end);
            match next {
                Some(_) => drop(self.lab.step()),
                None => self.lab.run_until(end),
            }
            let now: SimTime = self.lab.now();
            if !led {
                self.leaderless = self.leaderless + now.since(since);
            }
            since = now;
        }
        self.lab.peers.forget_news();
    }

    /// Who leads, and has committed an entry of its term.
    fn leader(&self) -> Option<PeerId> {
        let leader = self.lab.peers.leader()?;
        let peer = self.lab.peers.peer(leader);
        let log = peer.log();
        let ready = log.term(log.committed()) == Some(peer.term());
        (ready && peer.role() == Role::Leader).then_some(leader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_is_legal_where_a_quorum_is_left() {
        for managers in [3, 4, 5, 7] {
            for procedure in Procedure::ALL {
                let found = leaderless(procedure, managers, 1.0 / 6.0);
                let found = found.unwrap_or_else(|| panic!("{procedure:?} of {managers} cannot be done"));
                // Leadership that is given away is gone for moments; a stopped leader's for an election.
                let range = if procedure == Procedure::StopFirst { 8.0..60.0 } else { 0.0..1.0 };
                assert!(range.contains(&found.value), "{procedure:?} of {managers}: {found:?}");
            }
        }
        assert!(leaderless(Procedure::JoinFirst, 1, 1.0 / 6.0).is_some());
    }

    #[test]
    fn what_leaves_no_quorum_cannot_be_done() {
        assert_eq!(leaderless(Procedure::StopFirst, 2, 1.0 / 6.0), None);
        assert_eq!(leaderless(Procedure::StopFirst, 1, 1.0 / 6.0), None);
    }
}
