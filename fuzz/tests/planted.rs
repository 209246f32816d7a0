//! Bugs planted on purpose: each is found, and shrunk to a scenario of at most 15 lines.

use std::sync::Arc;

use swarmbed_fuzz::{Caught, ENDS, hunt, setup, trial};
use swarmbed_scheduler::laws;
use swarmbed_scheduler::strategy::Strategy;

#[path = "planted/bugs.rs"]
mod bugs;

/// The bug is found within some hundred trials, twice the same, and is small.
fn found(strategy: impl Strategy + 'static, laws: &[&str]) {
    let strategy: Arc<dyn Strategy> = Arc::new(strategy);
    let name = strategy.name();
    let once = hunt(&strategy, 1, 300, &mut |_| ());
    let Some(Caught { finding, case, .. }) = &once.caught else { panic!("{name} was not found") };
    assert!(laws.contains(&finding.law), "{name}: {finding:?}\n{}", case.text());
    assert!(case.lines() <= 15, "{name}: {} lines\n{}", case.lines(), case.text());
    assert_eq!(hunt(&strategy, 1, 300, &mut |_| ()), once, "{name}");
    let again = trial(setup(case, &strategy).expect("it was read before"), swarmbed_fuzz::PATIENCE);
    assert_eq!(again.finding.as_ref(), Some(finding), "{name}");
    println!("{name}: {finding:?}\n{}", case.text());
}

#[test]
fn an_off_by_one_in_the_port_filter() {
    found(bugs::PortOff, &[laws::FITS, laws::IN_VAIN]);
}

#[test]
fn a_forgotten_release() {
    found(bugs::NoRelease::default(), &[laws::SAME, laws::IN_VAIN]);
}

#[test]
fn a_forgotten_release_of_what_the_view_tells() {
    found(bugs::CountsEnded, &[laws::IN_VAIN]);
}

#[test]
fn a_tie_by_address() {
    found(bugs::ByAddress, &[laws::MEMORY]);
}

#[test]
fn a_tie_by_name_that_is_not_counted() {
    found(bugs::FirstBest, &[laws::RENUMBERED]);
}

#[test]
fn an_endless_loop_on_an_unbalanced_tree() {
    found(bugs::Endless, &[ENDS]);
}

#[test]
fn a_filter_skipped_on_the_second_pass() {
    found(bugs::SecondPass, &[laws::FITS]);
}

#[test]
fn a_task_forgotten() {
    found(bugs::Forgets, &[laws::DECIDED]);
}

#[test]
fn a_panic() {
    found(bugs::Panics, &[ENDS]);
}
