//! What becomes of requests that pass through proxies: each ends in exactly one way, a proxy's list lags behind what is so, and a
//! look or a check that would find nothing new may be left out.

mod accounts;

use std::collections::BTreeMap;
use std::sync::Arc;

use swarmbed_scheduler::node::{Availability, Node, Role};
use swarmbed_scheduler::spec::{Port, Protocol, PublishMode};
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span, TaskId, strategy};
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::engine::process::Process;
use swarmbed_sim::engine::stream::Stream;
use swarmbed_sim::setup::{
    Action, Ask, Beats, Check, Connections, Deals, Discipline, Door, End, Harm, HarmPlace, INGRESS, Load,
    Machine, Mode, Network, Origin, Proxy, Revision, Route, Server, Service, Setup, Step, Traffic,
};
use swarmbed_sim::worker::mesh::{Account, Cause, Ending};
use swarmbed_sim::world::network::Plane;
use swarmbed_sim::{Names, Observation, Simulation};

const SECOND: u64 = 1_000_000_000;
/// Services by ascending name: the two that are routed to, and the proxy.
const SHOP: ServiceId = ServiceId(0);
const STATIC: ServiceId = ServiceId(1);
const TRAEFIK: ServiceId = ServiceId(2);

fn at(seconds: u64) -> SimTime {
    SimTime(seconds * SECOND)
}

fn law(millis: f64) -> Distribution {
    Distribution::exponential(millis * 1e6).expect("a positive mean")
}

fn machine(name: String, role: Role) -> Machine {
    Machine::new(Node { name, role, ..Node::default() })
}

fn service(name: &str, replicas: u32, work: f64) -> Service {
    let mut service = Service::new(name, Mode::Replicated { replicas });
    // Nothing falls on the instant of anything else.
    service.container.create = law(130.0);
    service.container.start = law(470.0);
    service.container.stop = law(110.0);
    service.networks = vec![1];
    service.server = Some(Server {
        slots: 64,
        discipline: Discipline::Fcfs,
        work: law(work),
        queue: None,
        calls: Vec::new(),
        drains: true,
    });
    service
}

fn route(host: Option<&str>, path: Option<&str>) -> Route {
    let [host, path] = [host, path].map(|text| text.map(str::to_owned));
    let priority = Route::weight(host.as_deref(), path.as_deref());
    Route { host, path, priority, via: None, vip: false }
}

fn asks(name: &str, host: &str, path: &str, entries: u32, rate: f64) -> Traffic {
    Traffic {
        name: name.to_owned(),
        to: TRAEFIK,
        door: Door::Network(INGRESS),
        from: Origin::Outside { entries: (0..entries).map(NodeId).collect(), latency: Span::millis(1) },
        load: Load::Open(Process::Renewal { gap: law(1000.0 / rate) }),
        begins: at(20),
        ends: SimTime::NEVER,
        timeout: Span::secs(5),
        connections: Connections::PerRequest,
        balance: Default::default(),
        ask: Ask { host: Some(host.to_owned()), path: path.to_owned() },
    }
}

/// Managers, workers, and two services behind a proxy whose port is published.
fn cluster(managers: u32, workers: u32, seed: u64) -> Setup {
    let strategy = Arc::from(strategy::build("swarm-spread").expect("it is in the catalogue"));
    let mut machines: Vec<Machine> =
        (0..managers).map(|n| machine(format!("manager-{n}"), Role::Manager)).collect();
    machines.iter_mut().for_each(|machine| machine.node.availability = Availability::Drain);
    machines.extend((0..workers).map(|n| machine(format!("worker-{n:03}"), Role::Worker)));
    let count = machines.len() as u32;
    let mut setup = Setup { machines, ..Setup::empty("proxies", seed, End::At(at(300)), strategy) };
    setup.networks = vec![Network::ingress(), Network::new("front")];
    let mut proxy = service("traefik", 1, 0.2);
    proxy.task.ports =
        vec![Port { protocol: Protocol::Tcp, target: 80, published: 80, mode: PublishMode::Ingress }];
    proxy.proxy = Some(Proxy::default());
    proxy.server.as_mut().expect("it answers").slots = 10_000;
    let (mut shop, mut files) = (service("shop", 4, 5.0), service("static", 2, 2.0));
    shop.routes = vec![route(Some("shop.example"), None)];
    files.routes = vec![route(Some("shop.example"), Some("/static"))];
    setup.services = vec![shop, files, proxy];
    setup.traffic = vec![asks("pages", "shop.example", "/", count, 50.0)];
    setup
}

fn spec(setup: &mut Setup) -> &mut Proxy {
    setup.services[TRAEFIK.index()].proxy.as_mut().expect("it is one")
}

struct Played {
    simulation: Simulation,
    accounts: Vec<Account>,
    /// When proxies changed what they route by, and to how many servers.
    configured: Vec<(SimTime, u32)>,
}

fn play(setup: Setup) -> Played {
    let mut simulation = Simulation::new(setup);
    let (mut accounts, mut configured) = (Vec::new(), Vec::new());
    let mut note = |at: SimTime, what: &Observation, _: &Names| match *what {
        Observation::RequestEnded(account) => accounts.push(account),
        Observation::ProxyConfigured { servers, .. } => configured.push((at, servers)),
        _ => {}
    };
    simulation.run(&mut [&mut note]);
    assert_eq!(simulation.findings(), []);
    Played { simulation, accounts, configured }
}

fn lost(accounts: &[Account]) -> Vec<Account> {
    accounts.iter().filter(|a| a.branch == 0 && a.ending != Ending::Answered).copied().collect()
}

#[test]
fn a_proxy_that_knows_all_gives_each_server_the_same() {
    for seed in 0..5 {
        let mut setup = cluster(1, 5, seed);
        setup.traffic[0].begins = at(60);
        let Played { accounts, .. } = play(setup);
        assert_eq!(lost(&accounts), []);
        let mut shares: BTreeMap<TaskId, u64> = BTreeMap::new();
        for account in accounts.iter().filter(|account| account.service == SHOP) {
            *shares.entry(account.task.expect("it was answered")).or_default() += 1;
        }
        let (least, most) = (shares.values().min(), shares.values().max());
        assert_eq!(shares.len(), 4);
        assert!(most.zip(least).is_some_and(|(most, least)| most - least <= 1), "{shares:?}");
    }
}

#[test]
fn requests_go_where_the_longest_rule_says_and_nowhere_if_none_fits() {
    let mut setup = cluster(1, 5, 3);
    setup.traffic = vec![
        asks("pages", "shop.example", "/", 6, 20.0),
        asks("files", "SHOP.example", "/static/logo.png", 6, 20.0),
        asks("lost", "example.org", "/", 6, 20.0),
    ];
    setup.traffic.iter_mut().for_each(|traffic| traffic.begins = at(60));
    let Played { accounts, .. } = play(setup);
    let of = |traffic, service| {
        let of = |account: &&Account| account.traffic == traffic && account.service == service;
        accounts.iter().filter(of).count()
    };
    assert!(of(0, SHOP) > 1000 && of(0, STATIC) == 0);
    assert!(of(1, STATIC) > 1000 && of(1, SHOP) == 0);
    assert!(of(2, TRAEFIK) > 1000 && of(2, SHOP) + of(2, STATIC) == 0);
    let lost = lost(&accounts);
    assert_eq!(lost.len(), of(2, TRAEFIK));
    assert!(lost.iter().all(|account| account.ending == Ending::Refused(Cause::NoRoute)));
}

#[test]
fn a_proxy_that_has_just_started_knows_no_route_before_it_has_looked() {
    let mut setup = cluster(1, 5, 3);
    setup.services[TRAEFIK.index()].container.ready = Some(Distribution::constant(SECOND));
    setup.traffic[0].begins = SimTime::ZERO;
    let Played { accounts, configured, .. } = play(setup);
    let first = configured[0].0;
    let known = |account: &&Account| account.ending == Ending::Refused(Cause::NoRoute);
    assert!(accounts.iter().filter(known).all(|account| account.sent < configured[1].0));
    assert!(accounts.iter().any(|account| account.ending == Ending::Answered && account.sent > first));
}

/// All of the shop's containers on one node exit, and come back 5 s later; `tweak` says how the proxy is meant to take it.
fn exits(tweak: impl Fn(&mut Setup)) -> Vec<Account> {
    let mut setup = cluster(1, 4, 5);
    for node in 1..3 {
        let nodes = vec![NodeId(node)];
        let action = Action::ExitContainers { service: SHOP, nodes, code: 1 };
        setup.timeline.push(Step { at: at(100 + u64::from(node) * 40), action });
    }
    tweak(&mut setup);
    lost(&play(setup).accounts)
}

#[test]
fn a_container_that_ends_is_used_until_the_next_look_unless_the_mesh_is_asked() {
    let stale = exits(|_| {});
    assert!(stale.len() > 20, "{}", stale.len());
    // Clients give up in 5 s, before the proxy does.
    let silent = |account: &&Account| account.ending == Ending::TimedOut(Cause::StaleBackend);
    let others = stale.iter().filter(|account| !silent(account)).count();
    assert!(others <= 4, "those that were worked on when it ended: {others}");
    let vip = exits(|setup| setup.services[0].routes[0].vip = true);
    assert!(vip.len() < 5, "{}", vip.len());
    let soon = exits(|setup| spec(setup).refresh = Span::secs(1));
    assert!(soon.len() < stale.len() / 2, "{} and {}", soon.len(), stale.len());
    let dials = exits(|setup| {
        (spec(setup).dial, spec(setup).retries) = (Span::millis(200), 3);
    });
    // In turn is in turn: among others that wait, a second try may meet the same server again.
    assert!(dials.len() * 3 < stale.len(), "{} and {}", dials.len(), stale.len());
}

#[test]
fn checks_leave_out_whom_they_find_silent() {
    let sick = |check: Option<Check>| {
        let mut setup = cluster(1, 4, 8);
        setup.services[0].container.sickens = Some(law(600_000.0));
        spec(&mut setup).check = check;
        let Played { accounts, simulation, .. } = play(setup);
        (lost(&accounts).len(), simulation.work().events[17])
    };
    let (unchecked, _) = sick(None);
    let check = Check { interval: Span::secs(3), timeout: Span::secs(1) };
    let (checked, events) = sick(Some(check));
    assert!(checked * 4 < unchecked, "{checked} and {unchecked}");
    assert!(events < 20, "{events}: rounds that find nothing new are not played");
}

#[test]
fn without_a_leader_a_proxy_keeps_its_list() {
    let mut setup = cluster(3, 4, 9);
    let nodes = vec![NodeId(1), NodeId(2)];
    setup.timeline.push(Step { at: at(80), action: Action::Crash { nodes, lasts: Some(Span::secs(120)) } });
    let scale = |at, replicas| Step { at, action: Action::Scale { service: SHOP, replicas } };
    setup.timeline.push(scale(at(60), 5));
    let exit = Action::ExitContainers { service: STATIC, nodes: (3..7).map(NodeId).collect(), code: 1 };
    setup.timeline.push(Step { at: at(100), action: exit });
    setup.traffic[0].ask.path = "/static/1".to_owned();
    setup.traffic[0].from =
        Origin::Outside { entries: (3..7).map(NodeId).collect(), latency: Span::millis(1) };
    let Played { accounts, configured, .. } = play(setup);
    let lost = lost(&accounts);
    // Nobody replaces what ended, so that it is missed until a leader is back and has replaced it.
    let (first, last) = (lost.first().expect("some are lost"), lost.last().expect("some are lost"));
    assert!(first.sent.since(at(95)) < Span::secs(6) && last.sent > at(195), "{first:?} {last:?}");
    let blind = |(when, _): &&(SimTime, u32)| *when > at(81) && *when < at(200);
    assert_eq!(configured.iter().find(blind), None);
    assert!(configured.iter().any(|(when, servers)| *when > at(200) && *servers == 7));
}

/// Everything at once.
fn wild(seed: u64) -> Setup {
    let mut draws = Stream::new(seed, "test.proxies", "");
    let mut setup = cluster(1 + 2 * draws.below(2) as u32, 3 + draws.below(3) as u32, seed);
    let count = setup.machines.len() as u32;
    let proxy = &mut setup.services[TRAEFIK.index()];
    proxy.mode = if draws.below(3) == 0 {
        Mode::Global
    } else {
        Mode::Replicated { replicas: 1 + draws.below(3) as u32 }
    };
    proxy.container.ready = (draws.below(2) == 0).then(|| law(2000.0));
    if draws.below(4) == 0 {
        proxy.server.as_mut().expect("it answers").discipline = Discipline::ProcessorSharing;
    }
    *spec(&mut setup) = Proxy {
        refresh: Span::millis(500 + draws.below(20_000)),
        throttle: Span::millis(draws.below(4000)),
        deals: [Deals::InTurn, Deals::Random, Deals::Fewest, Deals::FewestOf(2)][draws.below(4) as usize],
        retries: draws.below(4) as u32,
        dial: Span::millis(100 + draws.below(4000)),
        timeout: Span::millis(4100 + draws.below(4000)),
        check: (draws.below(2) == 0).then(|| Check {
            interval: Span::millis(500 + draws.below(9000)),
            timeout: Span::millis(500 + draws.below(3000)),
        }),
    };
    let shop = &mut setup.services[SHOP.index()];
    shop.container.ready = (draws.below(2) == 0).then(|| law(3000.0));
    shop.container.sickens = (draws.below(2) == 0).then(|| law(100_000.0));
    shop.container.run = (draws.below(2) == 0).then(|| law(60_000.0));
    shop.routes[0].vip = draws.below(3) == 0;
    let server = shop.server.as_mut().expect("it answers");
    (server.queue, server.slots) =
        ((draws.below(2) == 0).then(|| draws.below(4) as u32), 1 + draws.below(8) as u32);
    setup.services[STATIC.index()].networks = vec![[1, 0][usize::from(draws.below(8) == 0)]];
    setup.traffic.push(asks("files", "shop.example", "/static", count, 30.0));
    setup.traffic.push(asks("users", "shop.example", "/account", count, 1.0));
    setup.traffic[2].load = Load::Closed { users: 1 + draws.below(20) as u32, think: law(300.0) };
    setup.traffic[2].timeout = Span::millis(100 + draws.below(9000));
    let moved = Service {
        routes: vec![route(None, Some("/"))],
        image_name: "shop:2".into(),
        ..setup.services[0].clone()
    };
    setup.revisions = vec![moved];
    let update = Action::Update { service: SHOP, revision: Revision(1), replicas: None };
    setup.timeline.push(Step { at: at(60), action: update });
    for _ in 0..draws.below(14) {
        let nodes = vec![NodeId(draws.below(count.into()) as u32)];
        let lasts = Some(Span(draws.below(90 * SECOND)));
        let harm = setup.harms.len() as u32;
        let action = match draws.below(9) {
            0 | 1 => Action::Crash { nodes, lasts },
            2 => Action::Silence { nodes, lasts },
            3 => Action::Freeze { nodes, lasts },
            4 => Action::Restart { nodes },
            5 => Action::ExitContainers { service: TRAEFIK, nodes, code: 1 },
            6 => Action::Scale { service: SHOP, replicas: draws.below(9) as u32 },
            _ => {
                let planes = vec![Plane::ALL[draws.below(4) as usize]];
                let others = (0..count).map(NodeId).filter(|node| !nodes.contains(node)).collect();
                let place = HarmPlace::Between { from: nodes, to: others };
                let (name, one_way) = (harm.to_string(), draws.below(3) == 0);
                setup.harms.push(Harm { name, planes, place, one_way, worse: None });
                Action::Harm { harm, lasts }
            }
        };
        setup.timeline.push(Step { at: SimTime(30 * SECOND + draws.below(200 * SECOND)), action });
    }
    setup.timeline.sort_by_key(|step| step.at);
    setup
}

#[test]
fn each_request_ends_in_exactly_one_way_whatever_happens() {
    for seed in 0..120 {
        accounts::add_up(Simulation::new(wild(seed)), seed, Span::secs(1), at(300));
    }
}

#[test]
fn looks_and_checks_that_are_left_out_would_have_found_nothing() {
    let (mut most, mut few) = (0, 0);
    for seed in 0..60 {
        let run = |beats| {
            let mut simulation = Simulation::new(Setup { beats, ..wild(seed) });
            simulation.run(&mut []);
            (simulation.digest(), simulation.work().events[17])
        };
        let ((played, all), (elided, some)) = (run(Beats::Played), run(Beats::Elided));
        assert_eq!(played, elided, "seed {seed}");
        (most, few) = (most + all, few + some);
    }
    assert!(few * 2 < most, "{few} of {most}");
}
