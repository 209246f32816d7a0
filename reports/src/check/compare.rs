//! What differs between a run and its baseline.

use std::collections::BTreeSet;

use super::baseline::Entry;
use super::report::What;
use super::rules::{DIGEST, Rule, rule};

/// What a comparison came to.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// What differs and may not.
    pub failures: Vec<What>,
    /// What a reader may want to know besides.
    pub notes: Vec<String>,
    /// Whether the course of the run differs, even if it may.
    pub parted: bool,
}

/// Holds a run against its baseline. A scenario that was changed is not compared, since everything may differ then.
pub fn against(was: &Entry, is: &Entry, rules: &[Rule]) -> Compared {
    let changed = changed(was, is);
    if !changed.is_empty() {
        return Compared { failures: changed, ..Compared::default() };
    }
    let parted = was.digest != is.digest;
    let mut compared = Compared { parted, ..Compared::default() };
    if parted && rule(rules, DIGEST).is_none() {
        compared.failures.push(What::Course(None));
    }
    compared.metrics(was, is, rules);
    compared
}

fn changed(was: &Entry, is: &Entry) -> Vec<What> {
    let facts = [
        ("scenario", was.hash.clone(), is.hash.clone()),
        ("strategy", was.strategy.clone(), is.strategy.clone()),
        ("seed", was.seed.to_string(), is.seed.to_string()),
    ];
    let changed = facts.into_iter().filter(|(_, was, is)| was != is);
    changed.map(|(fact, was, is)| What::Changed { fact, was, is }).collect()
}

impl Compared {
    fn metrics(&mut self, was: &Entry, is: &Entry, rules: &[Rule]) {
        let names: BTreeSet<&String> = was.metrics.keys().chain(is.metrics.keys()).collect();
        let mut fresh = Vec::new();
        for name in names {
            let (before, now) = (was.metrics.get(name).copied(), is.metrics.get(name).copied());
            // A run that is the same byte for byte has no new value: the program has learned to measure one.
            if before.is_none() && !self.parted {
                fresh.push(name.as_str());
            } else if before != now && !rule(rules, name).is_some_and(|rule| rule.allows(before, now)) {
                self.failures.push(What::Metric { name: name.clone(), was: before, is: now });
            }
        }
        if !fresh.is_empty() {
            let list = fresh.join(", ");
            self.notes
                .push(format!("not in the baseline, though the run is the same: {list}; --accept adds it"));
        }
    }
}
