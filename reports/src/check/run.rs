//! Runs for a baseline: each scenario once, several at a time, in the order in which they were named.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use swarmbed_sim::Setup;

use super::baseline::Entry;
use super::course::{Decision, Follower};
use crate::outcome::About;
use crate::run::measure;

/// What a scenario came to.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What a baseline keeps of it.
    pub entry: Entry,
    /// The decisions that are marked in its course.
    pub decisions: Vec<Decision>,
    /// Expectations of its own that it did not meet: the place of each in the file's list, and the words.
    pub unmet: Vec<(usize, String)>,
    /// Broken invariants.
    pub findings: Vec<String>,
}

/// Plays a scenario.
pub fn look(setup: Setup, about: About) -> Facts {
    let mut follower = Follower::default();
    let outcome = measure(setup, about, &mut [&mut follower], &mut |_| {}).outcome;
    let (course, decisions) = follower.finish();
    let metrics = outcome.metrics.iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    let unmet = outcome.verdicts.iter().enumerate().filter(|(_, v)| !v.holds);
    Facts {
        unmet: unmet.map(|(i, v)| (i, v.to_string())).collect(),
        findings: outcome.findings,
        entry: Entry {
            hash: outcome.about.hash,
            strategy: outcome.about.strategy,
            seed: outcome.seed,
            digest: outcome.digest,
            course,
            metrics,
        },
        decisions,
    }
}

/// What `one` makes of each item, in their order, worked out on all cores. Once `stop` is set, no further item is begun:
/// those stay `None`.
pub fn each<T: Sync, R: Send>(
    items: &[T],
    stop: &AtomicBool,
    one: impl Fn(&T) -> R + Sync,
) -> Vec<Option<R>> {
    let one = |item| (!stop.load(Ordering::Relaxed)).then(|| one(item));
    // One by one, since one scenario may take a thousand times as long as the next.
    items.par_iter().with_max_len(1).map(one).collect()
}
