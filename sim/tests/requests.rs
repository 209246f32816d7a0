//! What becomes of requests while clusters are updated, cut, and lose machines: each ends in exactly one way, none is lost where
//! none has to be, and some are where some have to be.

mod accounts;

use std::sync::Arc;

use swarmbed_scheduler::node::{Availability, Node, Role};
use swarmbed_scheduler::spec::{Port, Protocol, PublishMode};
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span, strategy};
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::engine::process::Process;
use swarmbed_sim::engine::stream::Stream;
use swarmbed_sim::setup::{
    Action, Balance, Call, Connections, Discipline, Door, End, Harm, HarmPlace, INGRESS, Load, Machine, Mode,
    Network, Origin, Quality, Revision, Server, Service, Setup, Step, Traffic, UpdateConfig, UpdateOrder,
};
use swarmbed_sim::worker::mesh::{Account, Cause, Ending};
use swarmbed_sim::world::network::Plane;
use swarmbed_sim::{Names, Observation, Simulation};

const SECOND: u64 = 1_000_000_000;

fn at(seconds: u64) -> SimTime {
    SimTime(seconds * SECOND)
}

fn law(millis: f64) -> Distribution {
    Distribution::exponential(millis * 1e6).expect("a positive mean")
}

fn machine(name: String, role: Role) -> Machine {
    Machine::new(Node { name, role, ..Node::default() })
}

fn server(slots: u32, millis: f64) -> Server {
    Server {
        slots,
        discipline: Discipline::Fcfs,
        work: law(millis),
        queue: None,
        calls: Vec::new(),
        drains: true,
    }
}

/// A service that publishes a port and whose containers finish what they have.
fn web(replicas: u32) -> Service {
    let mut service = Service::new("web", Mode::Replicated { replicas });
    service.task.ports =
        vec![Port { protocol: Protocol::Tcp, target: 80, published: 80, mode: PublishMode::Ingress }];
    service.container.create = Distribution::constant(SECOND / 10);
    service.container.start = Distribution::constant(SECOND / 2);
    service.container.stop = Distribution::constant(SECOND / 10);
    service.server = Some(server(8, 20.0));
    service
}

fn clients(to: u32, entries: u32, rate: f64) -> Traffic {
    Traffic {
        name: format!("clients-{to}"),
        to: ServiceId(to),
        door: Door::Network(INGRESS),
        from: Origin::Outside { entries: (0..entries).map(NodeId).collect(), latency: Span::millis(1) },
        load: Load::Open(Process::Renewal { gap: law(1000.0 / rate) }),
        begins: at(20),
        ends: SimTime::NEVER,
        timeout: Span::secs(5),
        connections: Connections::PerRequest,
        balance: Balance::Mesh,
        ask: Default::default(),
    }
}

/// One manager, so many workers, and a service with so many replicas under load, of which clients enter anywhere.
fn cluster(workers: u32, replicas: u32, seed: u64) -> Setup {
    let managers = std::iter::once(machine("manager".into(), Role::Manager));
    let workers = (0..workers).map(|n| machine(format!("worker-{n:03}"), Role::Worker));
    let strategy = Arc::from(strategy::build("swarm-spread").expect("it is in the catalogue"));
    let machines: Vec<Machine> = managers.chain(workers).collect();
    let entries = machines.len() as u32;
    let mut setup = Setup { machines, ..Setup::empty("requests", seed, End::At(at(600)), strategy) };
    setup.machines[0].node.availability = Availability::Drain;
    setup.services = vec![web(replicas)];
    setup.traffic = vec![clients(0, entries, 200.0)];
    setup
}

/// All endings of a run, and the run.
fn play(setup: Setup) -> (Simulation, Vec<Account>) {
    let mut simulation = Simulation::new(setup);
    let mut accounts = Vec::new();
    let mut note = |_: SimTime, what: &Observation, _: &Names| {
        if let Observation::RequestEnded(account) = what {
            accounts.push(*account);
        }
    };
    simulation.run(&mut [&mut note]);
    assert_eq!(simulation.findings(), []);
    (simulation, accounts)
}

fn lost(accounts: &[Account]) -> usize {
    accounts.iter().filter(|account| account.ending != Ending::Answered).count()
}

/// The service is updated, all slots in turn.
fn updated(mut setup: Setup, order: UpdateOrder) -> Setup {
    setup.services[0].update = UpdateConfig { parallelism: 2, order, ..UpdateConfig::default() };
    setup.revisions = vec![Service { image_name: "example:2".into(), ..setup.services[0].clone() }];
    let action = Action::Update { service: ServiceId(0), revision: Revision(1), replicas: None };
    setup.timeline.push(Step { at: at(60), action });
    setup
}

/// From a time on, packets of the gossip are late or lost.
fn gossip_is(mut setup: Setup, worse: Quality) -> Setup {
    let all: Vec<NodeId> = (0..setup.machines.len() as u32).map(NodeId).collect();
    let place = HarmPlace::Between { from: all.clone(), to: all };
    let planes = Plane::GOSSIP.to_vec();
    setup.harms.push(Harm { name: "gossip".into(), planes, place, one_way: false, worse: Some(worse) });
    setup.timeline.insert(0, Step { at: at(30), action: Action::Harm { harm: 0, lasts: None } });
    setup
}

#[test]
fn a_rolling_update_loses_nothing_while_withdrawals_arrive_in_time() {
    for (seed, order) in
        [(1, UpdateOrder::StopFirst), (2, UpdateOrder::StartFirst), (3, UpdateOrder::StopFirst)]
    {
        let (_, accounts) = play(updated(cluster(10, 16, seed), order));
        assert!(accounts.len() > 100_000, "{}", accounts.len());
        assert_eq!(
            lost(&accounts),
            0,
            "seed {seed}: {:?}",
            accounts.iter().find(|a| a.ending != Ending::Answered)
        );
    }
}

#[test]
fn where_gossip_is_lost_an_update_loses_requests_and_more_of_them_the_larger_it_is() {
    // Each replica has the same load, whatever the size; messages are sent equally often among 10 to 98 nodes.
    let lossy = Quality { loss_ppm: 800_000, ..Quality::of(Span::millis(1)) };
    let lost_by = |workers, replicas| {
        let each = (0..4).map(|seed| {
            let mut setup =
                gossip_is(updated(cluster(workers, replicas, seed), UpdateOrder::StopFirst), lossy);
            setup.traffic = vec![clients(0, workers + 1, 10.0 * f64::from(replicas))];
            lost(&play(setup).1)
        });
        each.sum::<usize>()
    };
    let (small, middle, large) = (lost_by(10, 8), lost_by(20, 16), lost_by(40, 32));
    assert!(0 < small && small < middle && middle < large, "{small}, {middle}, {large}");
}

#[test]
fn a_plain_reboot_loses_requests_and_a_drain_before_it_none() {
    let reboot = |setup: &mut Setup, seconds| {
        let action = Action::Restart { nodes: vec![NodeId(3)] };
        setup.timeline.push(Step { at: at(seconds), action });
    };
    let mut plain = cluster(10, 16, 5);
    reboot(&mut plain, 60);
    let (_, accounts) = play(plain);
    assert!(lost(&accounts) > 0);
    let mut drained = cluster(10, 16, 5);
    let action = Action::SetAvailability { nodes: vec![NodeId(3)], availability: Availability::Drain };
    drained.timeline.push(Step { at: at(60), action });
    reboot(&mut drained, 90);
    drained.traffic[0].from =
        Origin::Outside { entries: vec![NodeId(0), NodeId(1)], latency: Span::millis(1) };
    let (_, accounts) = play(drained);
    assert_eq!(lost(&accounts), 0);
}

#[test]
fn a_dead_workers_replicas_vanish_by_gossip_before_the_managers_notice_and_without_any() {
    let crashed = |nodes: &[u32]| {
        let mut setup = cluster(10, 20, 7);
        setup.traffic[0].from =
            Origin::Outside { entries: vec![NodeId(1), NodeId(2)], latency: Span::millis(1) };
        let nodes = nodes.iter().copied().map(NodeId).collect();
        setup.timeline.push(Step { at: at(60), action: Action::Crash { nodes, lasts: None } });
        let (_, accounts) = play(setup);
        let dead = accounts.iter().filter(|a| a.ending == Ending::TimedOut(Cause::NodeDead));
        let last = dead.map(|account| account.sent).max().expect("some are lost");
        assert_eq!(
            lost(&accounts),
            accounts.iter().filter(|a| a.ending == Ending::TimedOut(Cause::NodeDead)).count()
        );
        last.since(at(60))
    };
    // Node 0 is the only manager: with it there is no leader.
    for lasts in [crashed(&[5]), crashed(&[0, 5])] {
        assert!(lasts > Span::secs(4) && lasts < Span::secs(11), "{lasts}");
    }
}

#[test]
fn kept_connections_stay_with_their_replicas_and_others_take_turns() {
    let mut setup = cluster(4, 4, 9);
    setup.traffic[0].connections = Connections::Kept { count: 3 };
    setup.traffic[0].from = Origin::Outside { entries: vec![NodeId(1)], latency: Span::ZERO };
    let (_, accounts) = play(setup);
    for connection in 0..3 {
        let mut tasks: Vec<_> =
            accounts.iter().filter(|a| a.number % 3 == connection).map(|a| a.task).collect();
        tasks.dedup();
        assert_eq!(tasks.len(), 1, "connection {connection}");
    }
    let mut setup = cluster(4, 4, 9);
    setup.traffic[0].from = Origin::Outside { entries: vec![NodeId(1)], latency: Span::ZERO };
    let (_, mut accounts) = play(setup);
    accounts.sort_by_key(|account| account.number);
    let in_turn = accounts[..50_000].windows(5).all(|w| w[0].task == w[4].task && w[0].task != w[1].task);
    assert!(in_turn, "one entry, four replicas: the fifth is the first again");
}

/// Everything at once: services that call each other over an overlay network, users and open loads, full queues, shared
/// processors, kept connections; machines that die, freeze, fall silent; cuts of each plane; updates, drains and scalings.
fn wild(seed: u64) -> Setup {
    let mut draws = Stream::new(seed, "test.requests", "");
    let workers = 3 + draws.below(4) as u32;
    let mut setup = cluster(workers, 1 + draws.below(8) as u32, seed);
    let count = setup.machines.len() as u32;
    setup.networks = vec![Network::ingress(), Network::new("back")];
    setup.services[0].networks = vec![1];
    setup.services[0].stop_grace = Span::secs(draws.below(4));
    let mut db = Service::new("zdb", Mode::Replicated { replicas: 1 + draws.below(3) as u32 });
    db.networks = vec![1];
    db.server =
        Some(Server { queue: Some(draws.below(5) as u32), drains: draws.below(2) == 0, ..server(2, 8.0) });
    setup.services.push(db);
    let call = Call {
        to: ServiceId(1),
        door: if draws.below(8) == 0 { Door::Nowhere } else { Door::Network(1) },
        timeout: Span::millis(100 + draws.below(3000)),
        hands_over: draws.below(2) == 0,
    };
    let web = setup.services[0].server.as_mut().expect("it answers");
    web.calls = vec![call; draws.below(3) as usize];
    web.drains = draws.below(2) == 0;
    if draws.below(2) == 0 {
        web.discipline = Discipline::ProcessorSharing;
    }
    let users = Load::Closed { users: 1 + draws.below(20) as u32, think: law(300.0) };
    let mut inside = clients(1, 1, 1.0);
    (inside.from, inside.door, inside.load) = (Origin::Service(ServiceId(0)), Door::Network(1), users);
    inside.connections = Connections::Kept { count: 7 };
    setup.traffic[0].load = Load::Open(Process::Renewal { gap: law(30.0) });
    setup.traffic[0].timeout = Span::millis(200 + draws.below(5000));
    setup.traffic[0].balance =
        [Balance::Mesh, Balance::Random, Balance::LeastConnections, Balance::BestOf(2)]
            [draws.below(4) as usize];
    setup.traffic.push(inside);
    setup =
        updated(setup, if draws.below(2) == 0 { UpdateOrder::StartFirst } else { UpdateOrder::StopFirst });
    for _ in 0..draws.below(14) {
        let nodes = vec![NodeId(draws.below(count.into()) as u32)];
        let lasts = Some(Span(draws.below(90 * SECOND)));
        let harm = setup.harms.len() as u32;
        let action = match draws.below(9) {
            0 | 1 => Action::Crash { nodes, lasts },
            2 => Action::Silence { nodes, lasts },
            3 => Action::Freeze { nodes, lasts },
            4 => Action::Restart { nodes },
            5 => Action::SetAvailability { nodes, availability: Availability::Drain },
            6 => Action::Scale { service: ServiceId(0), replicas: draws.below(9) as u32 },
            _ => {
                let planes = vec![Plane::ALL[draws.below(4) as usize]];
                let others = (0..count).map(NodeId).filter(|node| !nodes.contains(node)).collect();
                let place = HarmPlace::Between { from: nodes, to: others };
                let worse = Quality {
                    jitter: Span::millis(draws.below(50)),
                    loss_ppm: draws.below(500_000) as u32,
                    ..Quality::of(Span::millis(draws.below(200)))
                };
                let worse = (draws.below(2) == 0).then_some(worse);
                let (name, one_way) = (harm.to_string(), draws.below(3) == 0);
                setup.harms.push(Harm { name, planes, place, one_way, worse });
                Action::Harm { harm, lasts }
            }
        };
        setup.timeline.push(Step { at: SimTime(30 * SECOND + draws.below(300 * SECOND)), action });
    }
    setup.timeline.sort_by_key(|step| step.at);
    setup
}

#[test]
fn each_request_ends_in_exactly_one_way_whatever_happens() {
    for seed in 0..150 {
        accounts::add_up(Simulation::new(wild(seed)), seed, Span::millis(500), SimTime(600 * SECOND));
    }
}

#[test]
fn strategies_meet_the_same_requests() {
    let of = |name: &str| {
        let mut setup = cluster(6, 9, 11);
        setup.strategy = Arc::from(strategy::build(name).expect("it is in the catalogue"));
        let (_, mut accounts) = play(setup);
        accounts.sort_by_key(|account| account.number);
        let fates = accounts.iter().map(|a| (a.number, a.sent, a.entry, a.worked));
        fates.take(50_000).collect::<Vec<_>>()
    };
    assert_eq!(of("swarm-spread"), of("binpack"));
}

#[test]
fn memory_does_not_grow_with_the_number_of_requests() {
    let mut setup = cluster(4, 8, 3);
    setup.traffic = vec![clients(0, 5, 1_000.0)];
    setup.end = End::At(at(1_020));
    let mut simulation = Simulation::new(setup);
    simulation.run_until(at(120), &mut []);
    let sent = simulation.workers().mesh().tally().sent;
    assert!((99_000..101_000).contains(&sent), "{sent} requests by now");
    let room = (simulation.room(), simulation.workers().mesh().room());
    simulation.run(&mut []);
    let sent = simulation.workers().mesh().tally().sent;
    assert!((995_000..1_005_000).contains(&sent), "{sent} requests in the end");
    assert_eq!((simulation.room(), simulation.workers().mesh().room()), room);
    assert!(room.0 + room.1 < 16_384, "5 s of deadlines at 1,000 a second, and not much else: {room:?}");
}
