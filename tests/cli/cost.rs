//! Cost follows change, counted exactly: what a cluster costs in a year is what happens in it.

use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::Simulation;
use swarmbed_sim::setup::{End, Setup};
use swarmbed_sim::work::Work;

use super::meant;

/// The year of `benches/quorum.rs`: 5 managers, 95 workers, 1,000 tasks; each machine fails once in 30 days.
const YEAR: &str = include_str!("../../benches/quorum.toml");

fn setup(text: &str, strategy: Option<&str>) -> Setup {
    meant("quorum.toml", text, None, strategy)
}

fn work(setup: Setup) -> Work {
    let mut simulation = Simulation::new(setup);
    simulation.run(&mut []);
    assert_eq!(simulation.findings(), []);
    *simulation.work()
}

fn of(kind: &str, work: &Work) -> u64 {
    let place = Work::KINDS.iter().position(|own| *own == kind).expect("it is a kind of event");
    work.events[place]
}

#[test]
fn a_year_of_failures_costs_what_changes_in_it() {
    let work = work(setup(YEAR, None));
    let raft = of("raft", &work);
    assert!(of("fault", &work) > 2_000 && work.changes > 100_000, "{work:?}");
    // A transaction is 5 writes to disk, 4 messages with it and 4 answers, 4 messages that it is committed and 4 answers.
    assert!(raft <= 22 * work.transactions, "{work:?}");
    // What an agent is told and reports, for each change of a task.
    assert!(work.events_total() - raft <= 3 * work.changes, "{work:?}");
    assert!(work.beats_elided > 600 * work.events_total(), "{work:?}");
}

/// Neither an agent's heartbeat, nor a leader's, nor a measurement of what tasks use is an event.
#[test]
fn a_year_in_which_nothing_happens_costs_no_more_than_a_day() {
    let measured = YEAR.replace("replicas = 1000", "replicas = 1000\nuse = { cpu = \"0.1\" }");
    for (text, strategy) in [(YEAR, "swarm-spread"), (measured.as_str(), "least-used")] {
        let peace = |days: u64| {
            let end = End::At(SimTime::ZERO + Span::secs(days * 24 * 3600));
            work(Setup { faults: Vec::new(), end, ..setup(text, Some(strategy)) })
        };
        let (day, year) = (peace(1), peace(365));
        assert_eq!((day.events, day.changes), (year.events, year.changes), "{strategy}");
    }
}
