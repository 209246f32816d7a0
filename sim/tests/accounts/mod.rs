//! Whether all that is said of requests adds up, whatever happens to them.

use std::collections::BTreeSet;

use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::{Names, Observation, Simulation};

/// Plays a run, and looks at its accounts again and again: each request ends once, and nothing is miscounted.
pub(crate) fn add_up(mut simulation: Simulation, seed: u64, looks: Span, until: SimTime) {
    let mut seen = BTreeSet::new();
    let mut now = SimTime::ZERO;
    while now < until {
        now += looks;
        let mut note = |_: SimTime, what: &Observation, _: &Names| {
            if let Observation::RequestEnded(account) = what {
                let fresh = seen.insert((account.traffic, account.number, account.branch));
                assert!(fresh, "seed {seed}: {account:?} has ended before");
            }
        };
        simulation.run_until(now, &mut [&mut note]);
        let mesh = simulation.workers().mesh();
        assert_eq!(mesh.recount(), Ok(()), "seed {seed}");
        assert_eq!(mesh.count_stale(), simulation.work().tables.stale(), "seed {seed}");
        assert_eq!(mesh.tally().ended, seen.len() as u64, "seed {seed}");
    }
    assert_eq!(simulation.findings(), [], "seed {seed}");
    assert!(seen.len() > 1000, "seed {seed}: {}", seen.len());
}
