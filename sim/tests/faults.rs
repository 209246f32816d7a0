//! What goes wrong by itself, and the timeline beside it.

use std::sync::Arc;

use swarmbed_scheduler::node::{Node, Role};
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span, strategy};
use swarmbed_sim::Simulation;
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::names::Names;
use swarmbed_sim::observation::Observation;
use swarmbed_sim::observe::Observer;
use swarmbed_sim::setup::{
    Action, Course, Drawn, End, Fault, FaultPart, Machine, Mode, Outage, Service, Setup, Step, Strikes,
};
use swarmbed_sim::world::machines::Trouble;

const SECOND: u64 = 1_000_000_000;

fn at(seconds: u64) -> SimTime {
    SimTime(seconds * SECOND)
}

fn setup(minutes: u64, strategy: &str) -> Setup {
    let machine = |n: u32| {
        let role = if n == 0 { Role::Manager } else { Role::Worker };
        Machine::new(Node { name: format!("n{n}"), role, ..Node::default() })
    };
    let strategy = Arc::from(strategy::build(strategy).expect("it is in the catalogue"));
    Setup {
        machines: (0..8).map(machine).collect(),
        services: vec![Service::new("web", Mode::Replicated { replicas: 12 })],
        ..Setup::empty("faults", 1, End::At(at(60 * minutes)), strategy)
    }
}

/// What happens to machines, in words.
#[derive(Default)]
struct Told(Vec<String>);

impl Observer for Told {
    fn observe(&mut self, now: SimTime, what: &Observation, _: &Names) {
        let (node, word) = match *what {
            Observation::MachineCrashed { node } => (node, "crashed"),
            Observation::MachineBooted { node } => (node, "booted"),
            Observation::MachineSilenced { node } => (node, "silenced"),
            Observation::MachineHeard { node } => (node, "heard"),
            Observation::MachineFroze { node } => (node, "froze"),
            Observation::MachineThawed { node } => (node, "thawed"),
            _ => return,
        };
        self.0.push(format!("{} n{} {word}", now.0 / SECOND, node.0));
    }
}

fn told(setup: Setup) -> Vec<String> {
    let (mut told, mut simulation) = (Told::default(), Simulation::new(setup));
    simulation.run(&mut [&mut told]);
    assert_eq!(simulation.findings(), []);
    told.0
}

/// A fault as recorded: from and until which second the worker `n1` is in trouble.
fn recorded(trouble: Trouble, outages: &[(u64, u64)]) -> Fault {
    let outage = |(down, up): &(u64, u64)| Outage { node: NodeId(1), down: at(*down), up: Some(at(*up)) };
    let name = format!("{trouble:?} {outages:?}");
    Fault {
        name,
        strikes: Strikes::Machines(trouble),
        course: Course::Recorded(outages.iter().map(outage).collect()),
    }
}

fn step(seconds: u64, action: Action) -> Step {
    Step { at: at(seconds), action }
}

fn n1() -> Vec<NodeId> {
    vec![NodeId(1)]
}

#[test]
fn a_machine_is_well_when_nothing_holds_it_any_more() {
    let crash = |lasts: u64| Action::Crash { nodes: n1(), lasts: Some(Span::secs(lasts)) };
    let of = |faults: Vec<Fault>, timeline: Vec<Step>| told(Setup { faults, timeline, ..setup(5, "spread") });
    // Two faults that overlap.
    let two = vec![recorded(Trouble::Crash, &[(10, 30)]), recorded(Trouble::Crash, &[(20, 50)])];
    assert_eq!(of(two, vec![]), ["10 n1 crashed", "50 n1 booted"]);
    // A fault and a step, whichever begins or ends first.
    let one = || vec![recorded(Trouble::Crash, &[(60, 120)])];
    assert_eq!(of(one(), vec![step(70, crash(20))]), ["60 n1 crashed", "120 n1 booted"]);
    assert_eq!(of(one(), vec![step(70, crash(100))]), ["60 n1 crashed", "170 n1 booted"]);
    assert_eq!(of(one(), vec![step(50, crash(20))]), ["50 n1 crashed", "120 n1 booted"]);
    // An operator's restart does not mend a broken machine.
    let restart = step(80, Action::Restart { nodes: n1() });
    assert_eq!(of(one(), vec![restart]), ["60 n1 crashed", "120 n1 booted"]);
}

#[test]
fn another_trouble_waits_until_the_machine_is_on_again() {
    let faults = vec![
        recorded(Trouble::Crash, &[(20, 40)]),
        recorded(Trouble::Silence, &[(10, 60)]),
        recorded(Trouble::Freeze, &[(30, 50)]),
    ];
    assert_eq!(
        told(Setup { faults, ..setup(5, "spread") }),
        [
            "10 n1 silenced",
            "20 n1 crashed",
            "40 n1 booted",
            "40 n1 silenced",
            "40 n1 froze",
            "50 n1 thawed",
            "60 n1 heard"
        ]
    );
    // What befell a machine before it joined is forgotten.
    let mut late = setup(5, "spread");
    late.machines[1].from_start = false;
    late.faults = vec![recorded(Trouble::Crash, &[(10, 90), (120, 150)])];
    late.timeline = vec![step(60, Action::Join { nodes: n1() })];
    assert_eq!(told(late), ["120 n1 crashed", "150 n1 booted"]);
}

/// Workers that crash every ten minutes or so.
fn drawn(names: impl IntoIterator<Item = u32>) -> Drawn {
    let part = |n: u32| FaultPart { name: format!("n{n}"), nodes: vec![NodeId(n)] };
    Drawn {
        parts: names.into_iter().map(part).collect(),
        share_ppm: 1_000_000,
        every: Some(Distribution::weibull_with_mean(0.7, 600e9).expect("a law")),
        lasts: Distribution::log_normal(40e9, 0.5).expect("a law"),
        crews: None,
        shocks: None,
    }
}

fn crashes(strategy: &str, drawn: Drawn, timeline: Vec<Step>) -> Vec<String> {
    let fault =
        Fault { name: "1".into(), strikes: Strikes::Machines(Trouble::Crash), course: Course::Drawn(drawn) };
    told(Setup { faults: vec![fault], timeline, ..setup(60, strategy) })
}

fn only(told: &[String], node: &str) -> Vec<String> {
    told.iter().filter(|line| line.contains(node)).cloned().collect()
}

#[test]
fn failures_are_the_same_whatever_the_strategy_and_whoever_else_fails() {
    let all = crashes("spread", drawn(1..8), vec![]);
    assert!(all.len() > 60, "{all:?}");
    let scale = step(90, Action::Scale { service: ServiceId(0), replicas: 30 });
    assert_eq!(all, crashes("binpack", drawn(1..8), vec![scale]));
    // One machine's are its own.
    assert_eq!(only(&all, " n3 "), crashes("spread", drawn([3]), vec![]));
    // Longer repairs shift later failures, but their draws are the same: it is up as long as before.
    let up = |told: Vec<String>| {
        let second =
            |line: &String| line.split(' ').next().and_then(|t| t.parse::<i64>().ok()).expect("a time");
        let times: Vec<i64> = told.iter().map(second).collect();
        times[1..].chunks_exact(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>()
    };
    let slow = Drawn { lasts: Distribution::log_normal(80e9, 0.5).expect("a law"), ..drawn([3]) };
    let (before, after) = (up(only(&all, " n3 ")), up(crashes("spread", slow, vec![])));
    assert!(
        after.len() > 2 && before.iter().zip(&after).all(|(a, b)| (a - b).abs() <= 1),
        "{before:?} {after:?}"
    );
}

#[test]
fn a_share_of_the_machines_is_chosen_by_their_names() {
    let some = |share_ppm, names: std::ops::Range<u32>| {
        let told = crashes("spread", Drawn { share_ppm, ..drawn(names) }, vec![]);
        (0..8).filter(|n| told.iter().any(|line| line.contains(&format!(" n{n} ")))).collect::<Vec<u32>>()
    };
    let half = some(500_000, 1..7);
    assert_eq!(half.len(), 3);
    assert_eq!(some(1, 1..8).len(), 1, "at least one");
    let more = some(500_000, 1..8);
    assert!(half.iter().all(|n| more.contains(n)), "a machine more changes nobody's lot but at the margin");
}

#[test]
fn what_stands_together_falls_together_and_a_crew_takes_one_at_a_time() {
    let rack = FaultPart { name: "a".into(), nodes: (1..4).map(NodeId).collect() };
    let every = Some(Distribution::constant(100 * SECOND));
    let lasts = Distribution::constant(30 * SECOND);
    let together = Drawn { parts: vec![rack], every: every.clone(), lasts: lasts.clone(), ..drawn([]) };
    let found = crashes("spread", together, vec![]);
    assert_eq!(found[..4], ["100 n1 crashed", "100 n2 crashed", "100 n3 crashed", "130 n1 booted"]);
    let crew = Drawn { every, lasts: lasts.clone(), crews: Some(1), ..drawn(1..3) };
    let found = crashes("spread", crew, vec![]);
    assert_eq!(found[..4], ["100 n1 crashed", "100 n2 crashed", "130 n1 booted", "160 n2 booted"]);
    let shocks = Some(Distribution::constant(200 * SECOND));
    let shocked = Drawn { every: None, lasts, shocks, ..drawn(1..3) };
    let found = crashes("spread", shocked, vec![]);
    assert_eq!(found[..4], ["200 n1 crashed", "200 n2 crashed", "230 n1 booted", "230 n2 booted"]);
}
