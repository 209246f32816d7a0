//! Durations recorded from clusters of the real SwarmKit (`swarmkit-timed/1`).
//!
//! A recording holds groups: situations that were played again and again on real managers and agents, with the value of
//! every duration in every repetition. [`check`] rebuilds each situation from the recording's family and the group's
//! parameters, plays it over many seeds, measures the same durations in the simulator's observations and holds the two
//! samples against each other. A duration agrees if the Kolmogorov-Smirnov distance stays under its limit (which counts
//! values that are independent: those of one repetition repeat each other), or if its
//! 5 %, 50 % and 95 % points each lie within [`TOLERANCE_S`]; a count agrees if its means lie within
//! [`STANDARD_ERRORS`] standard errors. The limits are such that a group in which nothing is wrong differs somewhere once in
//! a hundred times, however many durations it has: so the 1 % is shared out among them (Bonferroni).
//!
//! A group's name decides nothing. What cannot be compared is counted and listed with its reason.

use std::sync::Arc;

use rayon::prelude::*;
use swarmbed_scheduler::strategy::Strategy;

mod chronicle;
mod cluster;
mod families;
mod file;
mod mood;
mod samples;
mod show;
mod situation;
mod stage;
mod verdict;

use families::Family;
use samples::Pool;
use situation::Situation;

pub use file::{Group, Recording, RecordingError, read};
pub use verdict::{Compared, Measure, STANDARD_ERRORS, Summary, TOLERANCE_S};

/// How many seeds are played if nobody says: so many that the recordings' own scatter decides.
pub const SEEDS: u64 = 400;

/// How much of a recording the simulator reproduces.
#[derive(Clone, Debug, PartialEq)]
pub struct Conformance {
    /// The recording's family.
    pub family: String,
    /// Its groups, as they stand in the file.
    pub groups: Vec<GroupResult>,
}

/// How one situation came out.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupResult {
    /// The group's name.
    pub name: String,
    /// Parameters on which nothing in this family depends.
    pub unused: Vec<String>,
    /// Every recorded duration and count.
    pub durations: Vec<Duration>,
}

/// How one duration, or count, came out.
#[derive(Clone, Debug, PartialEq)]
pub struct Duration {
    /// Its name in the recording.
    pub name: String,
    /// What became of it.
    pub found: Found,
}

/// What became of a recorded duration.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// It was measured here too.
    Compared(Compared),
    /// It is measured here, but what it measures never happened.
    NeverHappened,
    /// It was not compared, for this reason.
    NotCompared(String),
}

impl Duration {
    /// Whether it agrees; `None` if it was not compared.
    pub fn agrees(&self) -> Option<bool> {
        match &self.found {
            Found::Compared(compared) => Some(compared.agrees()),
            Found::NeverHappened => Some(false),
            Found::NotCompared(_) => None,
        }
    }
}

impl GroupResult {
    /// Whether all that was compared agrees; `None` if nothing was.
    pub fn agrees(&self) -> Option<bool> {
        self.durations.iter().filter_map(Duration::agrees).reduce(|a, b| a && b)
    }
}

impl Conformance {
    /// Whether something was compared, and all of it agrees.
    pub fn holds(&self) -> bool {
        let (agreeing, compared) = self.durations_agreeing();
        agreeing == compared && compared > 0
    }

    /// Groups that agree, and groups compared.
    pub fn groups_agreeing(&self) -> (usize, usize) {
        tally(self.groups.iter().filter_map(GroupResult::agrees))
    }

    /// Durations that agree, and durations compared.
    pub fn durations_agreeing(&self) -> (usize, usize) {
        tally(self.durations().filter_map(Duration::agrees))
    }

    /// Durations not compared.
    pub fn not_compared(&self) -> usize {
        self.durations().filter(|duration| duration.agrees().is_none()).count()
    }

    fn durations(&self) -> impl Iterator<Item = &Duration> {
        self.groups.iter().flat_map(|group| &group.durations)
    }
}

fn tally(verdicts: impl Iterator<Item = bool>) -> (usize, usize) {
    verdicts.fold((0, 0), |(good, all), verdict| (good + usize::from(verdict), all + 1))
}

/// Plays every situation over so many seeds, on all cores, and compares. The result does not depend on the cores.
///
/// # Errors
/// If a group's parameters are not what its family needs.
pub fn check(
    recording: &Recording,
    strategy: &Arc<dyn Strategy>,
    seeds: u64,
) -> Result<Conformance, RecordingError> {
    let Some(family) = Family::named(&recording.family) else {
        let reason = format!("family {} is not simulated yet", recording.family);
        let groups = recording.groups.iter().map(|group| skip(group, &reason)).collect();
        return Ok(Conformance { family: recording.family.clone(), groups });
    };
    let mut situations = Vec::new();
    let mut unused = Vec::new();
    for group in &recording.groups {
        let (situation, not_used) = Situation::of(family, group)?;
        situations.push(situation);
        unused.push(not_used);
    }
    let pools = play(family, &situations, strategy, seeds);
    let groups = recording.groups.iter().zip(unused).zip(&pools);
    let groups = groups.map(|((group, unused), pool)| compare_group(group, unused, pool)).collect();
    Ok(Conformance { family: recording.family.clone(), groups })
}

/// What each situation measured over all seeds.
fn play(family: Family, situations: &[Situation], strategy: &Arc<dyn Strategy>, seeds: u64) -> Vec<Pool> {
    let played: Vec<_> =
        (0..seeds).into_par_iter().map(|seed| family.play(situations, seed, strategy)).collect();
    let mut pools = vec![Pool::default(); situations.len()];
    for by_situation in played {
        for (pool, repetitions) in pools.iter_mut().zip(by_situation) {
            repetitions.into_iter().for_each(|samples| pool.add(samples));
        }
    }
    pools
}

fn skip(group: &Group, reason: &str) -> GroupResult {
    let skipped = |name: &String| Duration { name: name.clone(), found: Found::NotCompared(reason.into()) };
    let durations = group.values.keys().map(skipped).collect();
    GroupResult { name: group.name.clone(), unused: Vec::new(), durations }
}

fn compare_group(group: &Group, unused: Vec<String>, pool: &Pool) -> GroupResult {
    let shared_by = group.values.keys().filter(|name| pool.spans.contains_key(*name)).count();
    let compare = |(name, recorded): (&String, &Vec<f64>)| Duration {
        name: name.clone(),
        found: compare(name, recorded, group.repetitions, pool, shared_by),
    };
    let durations = group.values.iter().map(compare).collect();
    GroupResult { name: group.name.clone(), unused, durations }
}

fn compare(
    name: &str,
    recorded: &[f64],
    repetitions: Option<u32>,
    simulated: &Pool,
    shared_by: usize,
) -> Found {
    if recorded.is_empty() {
        return Found::NotCompared("nothing was recorded of it".into());
    }
    if let Some(counts) = simulated.counts.get(name) {
        return Found::Compared(Compared::counts(recorded, counts));
    }
    match simulated.spans.get(name) {
        Some(spans) if spans.iter().all(Vec::is_empty) => Found::NeverHappened,
        Some(spans) => Found::Compared(Compared::durations(recorded, repetitions, spans, shared_by)),
        None => Found::NotCompared("no such duration is measured in this family".into()),
    }
}
