//! Whatever is done to both, both are in the same state after every step.

use raft_oracle::Side;
use raft_oracle::ours::Ours;
use raft_oracle::theirs::Theirs;
use swarmbed_scheduler::stream::Stream;

/// Random courses of random length: ticks, proposals, cuts one way and both, restarts, transfers.
#[test]
fn both_are_in_the_same_state_after_every_step() {
    let mut leaders = 0;
    for seed in 0..2000 {
        let mut draws = Stream::new(seed, "differential", "");
        let n = [1, 2, 3, 3, 4, 5, 5, 7][draws.below(8) as usize];
        let (mut ours, mut theirs) = (Ours::new(n, 0, seed), Theirs::new(n, 0));
        let mut cuts: Vec<(u32, u32)> = Vec::new();
        let mut story: Vec<String> = Vec::new();
        for _ in 0..400 {
            let (id, other) = (draws.below(u64::from(n)) as u32, draws.below(u64::from(n)) as u32);
            for id in 0..n {
                theirs.set_timeout(id, ours.timeout(id));
            }
            match draws.below(100) {
                0..70 => {
                    story.push(format!("tick {id}"));
                    ours.tick(id);
                    theirs.tick(id);
                }
                70..85 => {
                    story.push(format!("propose {id}"));
                    ours.propose(id);
                    theirs.propose(id);
                }
                85..90 => {
                    story.push(format!("cut {id} {other}"));
                    cuts.push((id, other));
                    if draws.below(2) == 0 {
                        cuts.push((other, id));
                    }
                }
                90..94 => {
                    story.push("heal".into());
                    cuts.clear();
                }
                94..97 => {
                    story.push(format!("restart {id}"));
                    ours.restart(id);
                    theirs.restart(id);
                }
                _ => {
                    story.push(format!("transfer {id} {other}"));
                    ours.transfer(id, other);
                    theirs.transfer(id, other);
                }
            }
            let passes = |from: u32, to: u32| !cuts.contains(&(from, to));
            ours.deliver(&passes);
            theirs.deliver(&passes);
            for id in 0..n {
                let (mine, oracle) = (ours.state(id), theirs.state(id));
                let last = story.len().saturating_sub(12);
                assert_eq!(mine, oracle, "seed {seed}, {n} members, member {id} after {:?}", &story[last..]);
                leaders += usize::from(mine.leader == Some(id));
            }
        }
    }
    assert!(leaders > 10_000, "somebody led most of the time: {leaders}");
}
