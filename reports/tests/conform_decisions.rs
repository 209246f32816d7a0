//! The decisions recorded from SwarmKit's scheduler, made again.

use std::path::Path;

use swarmbed_reports::conform::decisions::{CANONICAL, Compare, Recording, check, read};
use swarmbed_scheduler::strategy::build;

/// A few recorded scenarios of each family, kept with the project.
const FIXTURE: &str = include_str!("fixtures/decisions.json");

/// The whole recording, where it is at hand.
fn whole() -> Option<Recording> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors/swarmkit.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: {} is not there; the fixture is tested all the same", path.display());
        return None;
    };
    Some(read(&text).expect("the recording is well-formed"))
}

fn fixture() -> Recording {
    read(FIXTURE).expect("the fixture is well-formed")
}

fn holds(recording: &Recording, strategy: &str, seed: u64) -> String {
    let strategy = build(strategy).expect("a strategy of the catalogue");
    let result = check(recording, &*strategy, seed, Compare::of(&*strategy));
    if let Some(difference) = &result.first {
        panic!("{}, seed {seed}: {result}: {difference}", strategy.name());
    }
    result.to_string()
}

#[test]
fn the_canonical_run_is_reproduced() {
    holds(&fixture(), CANONICAL, 0);
    if let Some(recording) = whole() {
        assert_eq!(holds(&recording, CANONICAL, 0), "scenarios 302/302, states 433/433");
    }
}

#[test]
fn random_ties_keep_what_does_not_depend_on_ties() {
    let recording = whole().unwrap_or_else(fixture);
    for seed in 0..60 {
        holds(&recording, "swarm-spread", seed);
    }
}

#[test]
fn another_strategy_is_told_apart() {
    let strategy = build("binpack").unwrap();
    let result = check(&fixture(), &*strategy, 0, Compare::of(&*strategy));
    assert!(!result.holds() && result.scenarios_same < result.scenarios, "{result}");
    let first = result.first.expect("a first difference").to_string();
    assert!(first.starts_with("scenario "), "{first}");
}
