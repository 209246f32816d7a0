//! Bugs planted on purpose: each is found, and shrunk to a scenario of at most 15 lines.

use std::sync::{Arc, Once};
use std::time::Duration;

use swarmbed_fuzz::{Caught, ENDS, PATIENCE, hunt, is_planning, setup, trial};
use swarmbed_scenarios::library::Beside;
use swarmbed_scenarios::{Options, read};
use swarmbed_scheduler::laws;
use swarmbed_scheduler::strategy::{Catalogue, Strategy};
use swarmbed_sim::Setup;

#[path = "planted/bugs.rs"]
mod bugs;

/// From each of a few seeds the bug is found within some hundred trials, and what is left of the scenario is small and
/// shows it.
fn found<S: Strategy + 'static>(bug: fn() -> S, laws: &[&str]) -> Vec<Caught> {
    (1..=8).map(|seed| found_from(seed, bug, laws)).collect()
}

fn found_from<S: Strategy + 'static>(seed: u64, bug: fn() -> S, laws: &[&str]) -> Caught {
    quietly();
    let build = move || Arc::new(bug()) as Arc<dyn Strategy>;
    let caught = hunt(&build, seed, 300, &mut |_| ()).caught;
    let caught = caught.unwrap_or_else(|| panic!("{} was not found from {seed}", bug().name()));
    let (text, finding) = (caught.case.text(), &caught.finding);
    assert!(laws.contains(&finding.law), "seed {seed}: {finding:?}\n{text}");
    assert!(caught.case.lines() <= 15, "seed {seed}: {finding:?}\n{text}");
    // What hangs on addresses may break another of its laws the next time, or be lucky.
    let again = || trial(setup(&caught.case, &build).expect("it was read before"), PATIENCE).finding;
    assert!((0..20).any(|_| again().is_some_and(|again| laws.contains(&again.law))), "{text}");
    caught
}

/// A panic of a strategy on trial is no news.
fn quietly() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !is_planning() {
                before(panic);
            }
        }));
    });
}

#[test]
fn the_same_seed_finds_the_same() {
    let one = found(|| bugs::PortOff, &[laws::FITS, laws::IN_VAIN]);
    let two = found(|| bugs::PortOff, &[laws::FITS, laws::IN_VAIN]);
    assert_eq!(one, two);
}

#[test]
fn an_off_by_one_in_the_port_filter() {
    found(|| bugs::PortOff, &[laws::FITS, laws::IN_VAIN]);
}

#[test]
fn a_forgotten_release() {
    found(bugs::NoRelease::default, &[laws::SAME, laws::IN_VAIN]);
}

#[test]
fn a_forgotten_release_of_what_the_view_tells() {
    found(|| bugs::CountsEnded, &[laws::IN_VAIN]);
}

#[test]
fn a_tie_by_address() {
    found(|| bugs::ByAddress, &[laws::MEMORY, laws::RENUMBERED]);
}

#[test]
fn a_tie_by_name_that_is_not_counted() {
    found(|| bugs::FirstBest, &[laws::RENUMBERED]);
}

#[test]
fn an_endless_loop_on_an_unbalanced_tree() {
    found(|| bugs::Endless, &[ENDS]);
}

#[test]
fn a_filter_skipped_on_the_second_pass() {
    found(|| bugs::SecondPass, &[laws::FITS]);
}

#[test]
fn a_task_forgotten() {
    found(|| bugs::Forgets, &[laws::DECIDED]);
}

#[test]
fn a_panic() {
    found(|| bugs::Panics, &[ENDS]);
}

/// Shrinking is left to the command line, where each endless trial may take its second and leave its thread behind.
#[test]
fn an_endless_loop_that_calls_nothing_of_ours() {
    let build = || Arc::new(bugs::Spins) as Arc<dyn Strategy>;
    let scenario = "[[cluster.nodes]]\nname = \"m\"\nrole = \"manager\"\navailability = \"drain\"\nzones = [\"p\"]\n\
                    [[cluster.nodes]]\nname = \"a\"\n\
                    [[service]]\nname = \"w\"\npreferences = [{ spread = \"node.labels.zone\" }]\n";
    let strategies = &Catalogue::standard();
    let options =
        Options { loader: &Beside { scenario: "" }, metrics: &[], strategies, seed: None, strategy: None };
    let scenario =
        read("spins.toml", scenario, &options).unwrap_or_else(|troubles| panic!("{:#}", troubles[0]));
    let setup = Setup { strategy: build(), ..scenario.setup };
    let finding = trial(setup, Duration::from_millis(500)).finding.expect("it does not end");
    assert_eq!((finding.law, finding.at), (ENDS, None));
}
