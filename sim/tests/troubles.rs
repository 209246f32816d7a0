//! Whatever befalls the machines of a small cluster, in whatever order: heartbeats that are worked out give the same
//! digest as heartbeats that are played, no invariant breaks, and once everything is well again every service is complete.

use std::sync::Arc;

use swarmbed_scheduler::node::{Availability, Node, Role};
use swarmbed_scheduler::spec::TaskSpec;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span, strategy};
use swarmbed_sim::Simulation;
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::engine::stream::Stream;
use swarmbed_sim::names::Names;
use swarmbed_sim::observation::Observation;
use swarmbed_sim::setup::{
    Action, Beats, Container, Course, End, Fault, Harm, HarmPlace, Machine, Mode, Outage, Quality, Service,
    Setup, Step, Strikes,
};
use swarmbed_sim::world::machines::Trouble;
use swarmbed_sim::world::network::Plane;

const MACHINES: u32 = 5;
/// How many of them are managers, by the seed; without any the managers are elsewhere.
const MANAGERS: [u32; 4] = [0, 1, 3, 5];
/// All is well from then on.
const HEALED: Span = Span::secs(600);

fn machine(n: u32, managers: u32) -> Machine {
    let node = Node {
        name: format!("w{n}"),
        role: if n < managers { Role::Manager } else { Role::Worker },
        resources: Resources::new(8_000_000_000, 8 << 30),
        ..Node::default()
    };
    Machine::new(node)
}

fn service(name: &str, mode: Mode, run: Option<Distribution>) -> Service {
    Service {
        task: TaskSpec { reservations: Resources::new(500_000_000, 0), ..TaskSpec::default() },
        container: Container {
            create: Distribution::uniform(100_000_000, 3_000_000_000).unwrap(),
            start: Distribution::exponential(1e9).unwrap(),
            stop: Distribution::uniform(0, 12_000_000_000).unwrap(),
            run,
            exit_code: 1,
            fails_to_start_ppm: 50_000,
            ..Container::at_once()
        },
        ..Service::new(name, mode)
    }
}

/// Troubles drawn from the seed: any kind, any machine, any length, overlapping as they may. Some of them scale a service.
/// In SwarmKit that can strand a task that waits (see the story `scaled-while-pending`), so it may be left out.
fn troubles(seed: u64, scaling: bool) -> Vec<Step> {
    let mut draws = Stream::new(seed, "test.troubles", "");
    let mut steps = Vec::new();
    for _ in 0..4 + draws.below(20) {
        let at = SimTime::ZERO + Span(draws.below(500_000_000_000));
        let nodes = vec![NodeId(draws.below(u64::from(MACHINES)) as u32)];
        let lasts = Some(Span(draws.below(60_000_000_000)));
        let set = |nodes, availability| Action::SetAvailability { nodes, availability };
        let action = match draws.below(if scaling { 9 } else { 8 }) {
            0 | 1 => Action::Crash { nodes, lasts },
            2 | 3 => Action::Silence { nodes, lasts },
            4 | 5 => Action::Freeze { nodes, lasts },
            6 => Action::Restart { nodes },
            7 => set(nodes, Availability::Drain),
            _ => Action::Scale { service: ServiceId(1), replicas: draws.below(12) as u32 },
        };
        steps.push(Step { at, action });
    }
    let all: Vec<NodeId> = (0..MACHINES).map(NodeId).collect();
    let healed = SimTime::ZERO + HEALED;
    let well = |action| Step { at: healed, action };
    steps.push(well(Action::Unsilence { nodes: all.clone() }));
    steps.push(well(Action::Thaw { nodes: all.clone() }));
    steps.push(well(Action::SetAvailability { nodes: all, availability: Availability::Active }));
    steps.sort_by_key(|s| s.at);
    steps
}

/// What happens beside the steps, and overlaps with them: one fault of each kind, of which each machine has two outages.
fn faults(seed: u64) -> Vec<Fault> {
    let mut draws = Stream::new(seed, "test.troubles", "faults");
    let mut span = |limit: u64| Span(draws.below(limit * 1_000_000_000));
    let mut of = |trouble| {
        let mut outages = Vec::new();
        for node in (0..MACHINES).map(NodeId) {
            let mut at = SimTime::ZERO;
            for _ in 0..2 {
                let down = at + span(200);
                at = down + Span(1) + span(60);
                outages.push(Outage { node, down, up: Some(at) });
            }
        }
        outages.sort_by_key(|outage: &Outage| outage.down);
        Fault {
            name: format!("{trouble:?}"),
            strikes: Strikes::Machines(trouble),
            course: Course::Recorded(outages.into()),
        }
    };
    // A quarter of the seeds have none.
    Trouble::ALL.into_iter().take(seed as usize / 4 % 4).map(&mut of).collect()
}

/// What befalls the network: cuts between any machines, both ways and one way, and ways that are worse; and the steps that
/// do it, until all is well. A third of the seeds have none.
fn harms(seed: u64) -> (Vec<Harm>, Vec<Step>) {
    let mut draws = Stream::new(seed, "test.troubles", "network");
    let (mut harms, mut steps) = (Vec::new(), Vec::new());
    for harm in 0..(seed as u32 % 3) * 3 {
        let mut some = || {
            let drawn = 1 + draws.below((1 << MACHINES) - 1);
            (0..MACHINES).filter(|n| drawn >> n & 1 == 1).map(NodeId).collect::<Vec<NodeId>>()
        };
        let place = HarmPlace::Between { from: some(), to: some() };
        let worse = Quality {
            jitter: Span::millis(draws.below(40)),
            loss_ppm: draws.below(400_000) as u32,
            ..Quality::of(Span::millis(draws.below(1500)))
        };
        let planes = vec![Plane::Control];
        let (one_way, worse) = (draws.below(3) == 0, (draws.below(2) == 0).then_some(worse));
        harms.push(Harm { name: harm.to_string(), planes, place, one_way, worse });
        let lasts = Some(Span(draws.below(90_000_000_000)));
        for _ in 0..2 {
            let at = SimTime::ZERO + Span(draws.below(500_000_000_000));
            steps.push(Step { at, action: Action::Harm { harm, lasts } });
        }
    }
    (harms, steps)
}

/// Managers become workers, and workers managers, as far as they may. Every fourth seed has none of that.
fn roles(seed: u64) -> Vec<Step> {
    let mut draws = Stream::new(seed, "test.troubles", "roles");
    let step = |_| {
        let at = SimTime::ZERO + Span(draws.below(550_000_000_000));
        let node = NodeId(draws.below(u64::from(MACHINES)) as u32);
        let action = if draws.below(2) == 0 { Action::Promote { node } } else { Action::Demote { node } };
        Step { at, action }
    };
    (0..seed / 4 % 4 * 2).map(step).collect()
}

fn setup(seed: u64, scaling: bool, beats: Beats) -> Setup {
    let (harms, steps) = harms(seed);
    let mut timeline = troubles(seed, scaling);
    timeline.extend(steps);
    timeline.extend(roles(seed));
    timeline.sort_by_key(|step| step.at);
    let mortal = Distribution::exponential(40e9).unwrap();
    let end = End::At(SimTime::ZERO + HEALED + Span::secs(300));
    let strategy = Arc::from(strategy::build("swarm-spread").unwrap());
    Setup {
        machines: (0..MACHINES).map(|n| machine(n, MANAGERS[(seed % 4) as usize])).collect(),
        services: vec![
            service("global", Mode::Global, None),
            service("lasting", Mode::Replicated { replicas: 7 }, None),
            service("mortal", Mode::Replicated { replicas: 4 }, Some(mortal)),
        ],
        timeline,
        harms,
        faults: if scaling { vec![] } else { faults(seed) },
        beats,
        ..Setup::empty("troubles", seed, end, strategy)
    }
}

fn play(seed: u64, scaling: bool, beats: Beats) -> Simulation {
    play_and_tell(seed, scaling, beats).0
}

/// The run, and everything that is observed in it, in words.
fn play_and_tell(seed: u64, scaling: bool, beats: Beats) -> (Simulation, Vec<String>) {
    let mut simulation = Simulation::new(setup(seed, scaling, beats));
    let mut told = Vec::new();
    let mut tell = |at: SimTime, what: &Observation, _: &Names| told.push(format!("{at} {what:?}"));
    simulation.run(&mut [&mut tell]);
    assert_eq!(simulation.findings(), [], "seed {seed}");
    (simulation, told)
}

#[test]
fn elided_heartbeats_are_those_that_would_be_played() {
    for (seed, scaling) in (0..200).flat_map(|seed| [(seed, true), (seed, false)]) {
        let (elided, brief) = play_and_tell(seed, scaling, Beats::Elided);
        let (played, full) = play_and_tell(seed, scaling, Beats::Played);
        let differs = brief.iter().zip(&full).enumerate().find(|(_, (a, b))| a != b);
        assert_eq!(differs, None, "seed {seed}, scaling {scaling}");
        assert_eq!(elided.digest(), played.digest(), "seed {seed}");
        assert!(elided.work().events_total() < played.work().events_total());
    }
}

#[test]
fn once_all_is_well_every_service_is_complete() {
    for seed in 0..150 {
        let simulation = play(seed, false, Beats::Elided);
        let running = |service: u32| {
            let up = |t: &&swarmbed_sim::manager::store::Task| {
                t.service == ServiceId(service)
                    && t.state == TaskState::Running
                    && t.desired == TaskState::Running
            };
            simulation.store().tasks().filter(up).count()
        };
        assert_eq!((running(0), running(1)), (MACHINES as usize, 7), "seed {seed}");
        let up = simulation.workers().runs().filter(|r| r.is_up() && r.service == ServiceId(1));
        assert_eq!(up.count(), 7, "seed {seed}: containers outlive what is wanted of them");
    }
}
