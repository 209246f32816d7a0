//! The managers' Raft by itself: random troubles break no invariant, what heals converges, and passing over quiet times
//! changes nothing.

use swarmbed_scheduler::stream::Stream;
use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::manager::raft::PeerId;
use swarmbed_sim::manager::raft::lab::Lab;
use swarmbed_sim::manager::raft::log::Content;
use swarmbed_sim::manager::raft::peer::Role;
use swarmbed_sim::manager::raft::peers::{Broken, Invariant, Power};
use swarmbed_sim::manager::raft::rules::{Planted, Rules, WriteOrder};

fn millis(n: u64) -> Distribution {
    Distribution::constant(Span::millis(n).0)
}

/// A led quorum, and random troubles for `minutes`: crashes, cuts one way and both, freezes, proposals, transfers.
struct Ordeal {
    lab: Lab,
    draws: Stream,
    proposals: u32,
}

impl Ordeal {
    fn new(seed: u64, rules: Rules) -> Ordeal {
        let mut draws = Stream::new(seed, "ordeal", "");
        let n = [1, 2, 3, 3, 4, 5, 5, 7][draws.below(8) as usize];
        let delay = match draws.below(3) {
            0 => millis(1),
            1 => millis(150),
            _ => Distribution::uniform(0, Span::millis(300).0).unwrap(),
        };
        let write = match draws.below(3) {
            0 => None,
            1 => Some(millis(5)),
            _ => Some(Distribution::exponential(50e6).unwrap()),
        };
        let mut lab = Lab::new(n, rules, delay, write, Stream::new(seed, "lab", ""));
        lab.peers.begin_led_by(PeerId(0), &mut lab.room);
        Ordeal { lab, draws, proposals: 0 }
    }

    fn any(&mut self) -> PeerId {
        PeerId(self.draws.below(self.lab.peers.ids().count() as u64) as u32)
    }

    /// One trouble or one piece of work.
    fn disturb(&mut self) {
        let (id, other) = (self.any(), self.any());
        match self.draws.below(12) {
            0 => self.lab.crash_if_on(id),
            1 | 2 if self.lab.peers.power(id) == Power::Off => self.lab.boot(id),
            3 => self.lab.peers.freeze(id, &mut self.lab.room),
            4 | 5 => self.lab.peers.thaw(id, &mut self.lab.room),
            6 => self.lab.cut(id, other, true),
            7 => {
                self.lab.cut(id, other, true);
                self.lab.cut(other, id, true);
            }
            8 => self.lab.heal_links(),
            9 => drop(self.lab.peers.transfer(id, other, &mut self.lab.room)),
            _ => self.propose(),
        }
    }

    fn propose(&mut self) {
        self.proposals += 1;
        let content = Content::Write(self.proposals);
        for id in self.lab.peers.ids().collect::<Vec<_>>() {
            if self.lab.peers.peer(id).role() == Role::Leader {
                let _ = self.lab.propose(id, content, 100);
            }
        }
    }

    fn run(&mut self, troubles: u64) -> Result<(), Broken> {
        for _ in 0..troubles {
            self.disturb();
            let pause = match self.draws.below(3) {
                0 => Span::millis(self.draws.below(400)),
                _ => Span::millis(self.draws.below(30_000)),
            };
            self.lab.run_until(self.lab.now() + pause);
            if let Some(broken) = self.lab.peers.broken() {
                return Err(broken);
            }
        }
        Ok(())
    }

    /// Everything is mended: in the end all peers agree.
    fn heal(&mut self) -> Result<(), Broken> {
        self.lab.heal_links();
        for id in self.lab.peers.ids().collect::<Vec<_>>() {
            match self.lab.peers.power(id) {
                Power::Off => self.lab.boot(id),
                Power::Frozen => self.lab.peers.thaw(id, &mut self.lab.room),
                _ => {}
            }
        }
        self.lab.run_until(self.lab.now() + Span::secs(300));
        self.propose();
        self.lab.run_until(self.lab.now() + Span::secs(30));
        self.lab.peers.broken().map_or(Ok(()), Err)
    }
}

trait Extra {
    fn crash_if_on(&mut self, id: PeerId);
    fn heal_links(&mut self);
}

impl Extra for Lab {
    fn crash_if_on(&mut self, id: PeerId) {
        if self.peers.power(id) != Power::Off {
            self.crash(id);
        }
    }

    fn heal_links(&mut self) {
        let ids: Vec<PeerId> = self.peers.ids().collect();
        for from in &ids {
            ids.iter().for_each(|to| self.cut(*from, *to, false));
        }
    }
}

fn rules(seed: u64) -> Rules {
    let write_order =
        [WriteOrder::Serial, WriteOrder::Parallel, WriteOrder::ParallelAsOne][(seed % 3) as usize];
    let append_bytes = [1, 250, 65_535][(seed / 3 % 3) as usize];
    Rules { write_order, append_bytes, snapshot_every: 5, keep: 2, ..Rules::default() }
}

#[test]
fn random_troubles_break_no_invariant_and_what_heals_converges() {
    for seed in 0..10_000 {
        let mut ordeal = Ordeal::new(seed, rules(seed));
        let healed = ordeal.run(60).and_then(|()| ordeal.heal());
        assert_eq!(healed, Ok(()), "seed {seed}");
        let peers = &ordeal.lab.peers;
        let leader = peers.leader().unwrap_or_else(|| panic!("seed {seed}: nobody leads in the end"));
        let log = peers.peer(leader).log();
        assert_eq!(log.committed(), log.last(), "seed {seed}");
        for id in peers.ids() {
            let peer = peers.peer(id);
            assert_eq!(peer.leader(), Some(leader), "seed {seed}: peer {}", id.0);
            assert_eq!(peer.log().committed(), log.last(), "seed {seed}: peer {}", id.0);
        }
    }
}

#[test]
fn passing_over_quiet_times_changes_nothing() {
    let course = |seed: u64, played: bool| {
        let mut ordeal = Ordeal::new(seed, rules(seed));
        if played {
            ordeal.lab.peers.play_every_beat();
            ordeal.lab.peers.disturbed(&mut ordeal.lab.room);
        }
        let mut course = Vec::new();
        for _ in 0..40 {
            ordeal.run(1).unwrap();
            let peers = &ordeal.lab.peers;
            let state = |id| {
                let peer = peers.peer(id);
                (peer.term(), peer.role(), peer.leader(), peer.log().last(), peer.log().committed())
            };
            course.push(peers.ids().map(state).collect::<Vec<_>>());
        }
        course
    };
    for seed in 0..300 {
        let (elided, played) = (course(seed, false), course(seed, true));
        for (step, (a, b)) in elided.iter().zip(&played).enumerate() {
            assert_eq!(a, b, "seed {seed}, after step {step}");
        }
    }
}

#[test]
fn a_quiet_quorum_costs_no_event() {
    let mut lab = Lab::new(5, Rules::default(), millis(1), Some(millis(2)), Stream::new(1, "lab", ""));
    lab.peers.begin_led_by(PeerId(0), &mut lab.room);
    let mut events = 0;
    while lab.step().is_some_and(|now| now < SimTime::ZERO + Span::secs(365 * 24 * 3600)) {
        events += 1;
    }
    assert!(events < 10, "{events} events in a year in which nothing happened");
    assert_eq!(lab.room.sent(), 0);
}

#[test]
fn every_planted_mistake_is_found_by_its_name() {
    let expected = [
        (
            Planted::QuorumOfHalf,
            &[Invariant::MajorityHolds, Invariant::MajorityElects, Invariant::ElectionSafety][..],
        ),
        (Planted::CommitsOldTerm, &[Invariant::OwnTermCounts, Invariant::StateMachineSafety]),
        (Planted::VotesTwice, &[Invariant::OneVote, Invariant::ElectionSafety]),
        (Planted::TimerNotReset, &[Invariant::Patience]),
        (Planted::LeaseIgnored, &[Invariant::Lease]),
    ];
    for (planted, invariants) in expected {
        let found = (0..400).find_map(|seed| {
            let rules = Rules { planted: Some(planted), ..rules(seed) };
            Ordeal::new(seed, rules).run(60).err()
        });
        let broken = found.unwrap_or_else(|| panic!("{planted:?} was not found"));
        assert!(invariants.contains(&broken.invariant), "{planted:?} was found as {broken}");
    }
}
