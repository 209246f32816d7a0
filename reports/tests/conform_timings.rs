//! The durations recorded from clusters of the real SwarmKit, measured again in simulated ones.

use std::path::Path;
use std::sync::Arc;

use swarmbed_reports::conform::timings::{Conformance, Found, SEEDS, check, read};
use swarmbed_scheduler::strategy::{Strategy, build};

/// Some durations of a recorded group, kept with the project.
const FIXTURE: &str = include_str!("fixtures/timings_drain.json");

fn spread() -> Arc<dyn Strategy> {
    Arc::from(build("swarm-spread").expect("a strategy of the catalogue"))
}

fn conform(text: &str, seeds: u64) -> Conformance {
    let recording = read(text).expect("the recording is well-formed");
    check(&recording, &spread(), seeds).expect("its parameters are complete")
}

/// A family's whole recording, where it is at hand.
fn whole(family: &str) -> Option<String> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../shared/vectors/timed/{family}.json"));
    let text = std::fs::read_to_string(&path);
    if text.is_err() {
        eprintln!("skipped: {} is not there; the fixture is tested all the same", path.display());
    }
    text.ok()
}

#[test]
fn the_fixture_agrees() {
    let result = conform(FIXTURE, 200);
    assert!(result.holds(), "{result}");
    assert!(result.to_string().ends_with("groups 1/1, durations 7/7, 0 not compared"), "{result}");
}

#[test]
fn every_recorded_group_agrees() {
    let expected = [
        ("drain", "groups 2/2, durations 30/30, 0 not compared"),
        ("worker_loss", "groups 2/2, durations 34/34, 0 not compared"),
        ("restart", "groups 12/12, durations 82/82, 0 not compared"),
        ("scale", "groups 1/1, durations 13/13, 0 not compared"),
        ("update", "groups 12/12, durations 148/148, 0 not compared"),
        ("global", "groups 1/1, durations 22/22, 0 not compared"),
    ];
    for (family, last_line) in expected {
        let Some(text) = whole(family) else { continue };
        let result = conform(&text, SEEDS).to_string();
        assert!(result.ends_with(last_line), "{family}: {result}");
    }
}

#[test]
fn the_situation_follows_from_the_parameters_not_from_the_name() {
    let renamed = FIXTURE.replace("drain/01", "something else");
    assert_eq!(conform(FIXTURE, 10).groups[0].durations, conform(&renamed, 10).groups[0].durations);
    let slower = FIXTURE.replace("\"stop_s\": 0.2", "\"stop_s\": 0.7");
    let result = conform(&slower, 200).to_string();
    assert!(result.contains("groups 0/1, durations 4/7"), "three durations contain the stop: {result}");
}

#[test]
fn what_is_not_compared_is_counted_with_its_reason() {
    let unknown = FIXTURE.replace("tasks moved", "phase of the moon");
    let result = conform(&unknown, 200);
    assert_eq!((result.durations_agreeing(), result.not_compared()), ((6, 6), 1));
    assert!(result.to_string().contains("phase of the moon: not compared: no such duration"), "{result}");

    let family = FIXTURE.replace("\"drain\"", "\"eclipse\"");
    let result = conform(&family, 200);
    assert_eq!((result.holds(), result.groups_agreeing(), result.not_compared()), (false, (0, 0), 7));
    let Found::NotCompared(reason) = &result.groups[0].durations[0].found else { panic!("{result}") };
    assert_eq!(reason, "family eclipse is not simulated yet");
}

#[test]
fn what_never_happens_differs() {
    let failing = FIXTURE.replace("\"start_s\": 0.2", "\"start_s\": 0.2, \"fail_in_start\": 1");
    let result = conform(&failing, 10);
    let running = result.groups[0].durations.iter().find(|d| d.name == "drain to replacement running");
    assert_eq!(running.map(|d| &d.found), Some(&Found::NeverHappened), "{result}");
    assert!(!result.holds());
}

#[test]
fn parameters_that_nothing_depends_on_are_named() {
    let result = conform(&FIXTURE.replace("\"workers\": 5", "\"workers\": 5, \"colour\": \"red\""), 10);
    assert_eq!(result.groups[0].unused, ["colour"]);
}

#[test]
fn the_result_depends_on_the_seeds_alone() {
    let again = || conform(FIXTURE, 20);
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool of one");
    assert_eq!(again(), one.install(again));
}

#[test]
fn a_malformed_file_is_told_where_and_what_is_expected() {
    let complaint = |from: &str, to: &str| {
        let recording = read(&FIXTURE.replacen(from, to, 1));
        match recording.and_then(|recording| check(&recording, &spread(), 1).map(|_| ())) {
            Ok(()) => panic!("`{to}` was accepted"),
            Err(error) => error.to_string(),
        }
    };
    assert_eq!(
        complaint("swarmkit-timed/1", "swarmkit-timed/9"),
        "format: found \"swarmkit-timed/9\", expected \"swarmkit-timed/1\""
    );
    assert_eq!(
        complaint("\"workers\": 5", "\"workers\": \"five\""),
        "groups[0].params.workers: found \"five\", expected a whole number, 10,000 at most"
    );
    assert_eq!(
        complaint("\"replicas\": 10", "\"copies\": 10"),
        "groups[0].params.replicas: found nothing, expected a whole number, 10,000 at most"
    );
    assert_eq!(
        complaint("\"stop_s\": 0.2", "\"stop_s\": -1"),
        "groups[0].params.container.stop_s: found -1, expected a number of seconds, an hour at most"
    );
    assert_eq!(
        complaint("\"tasks moved\": [", "\"tasks moved\": [null, "),
        "groups[0].values.\"tasks moved\"[0]: found nothing, expected a number"
    );
    assert!(complaint("{", "").starts_with("not a recording of timings: "));
}
