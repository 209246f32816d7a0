//! What a scenario file means, as far as a glance at the library does not show it.

mod known;

use swarmbed_scenarios::library::{Beside, find};
use swarmbed_scenarios::{Scenario, read};
use swarmbed_scheduler::node::Stock;
use swarmbed_scheduler::strategy::Catalogue;
use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::setup::{Action, End, LinkEnd, Machine, Mode, Place, Quality, Service, UpdateConfig};

fn scenario(path: &str, text: &str) -> Scenario {
    let loader = Beside { scenario: path };
    read(path, text, &known::options(&loader, &Catalogue::standard()))
        .unwrap_or_else(|troubles| panic!("{:#}", troubles[0]))
}

/// A scenario with one manager, and what `rest` adds.
fn small(rest: &str) -> Scenario {
    let manager = "[cluster]\n[[cluster.nodes]]\nname = \"manager\"\nrole = \"manager\"\n";
    scenario("basics/small.toml", &format!("{manager}{rest}"))
}

fn machine<'a>(scenario: &'a Scenario, name: &str) -> &'a Machine {
    scenario.setup.machines.iter().find(|machine| machine.node.name == name).expect("a machine of that name")
}

fn service<'a>(scenario: &'a Scenario, name: &str) -> &'a Service {
    scenario.setup.services.iter().find(|service| service.name == name).expect("a service of that name")
}

#[test]
fn machines_are_dealt_to_zones_and_racks_in_turn() {
    let voting = scenario("basics/voting-app.toml", find("voting-app").unwrap().text);
    let in_zone = |zone: &str, prefix: &str| {
        let there = |m: &&Machine| m.zone.as_deref() == Some(zone) && m.node.name.starts_with(prefix);
        voting.setup.machines.iter().filter(there).count()
    };
    assert_eq!(["a", "b", "c"].map(|zone| in_zone(zone, "manager")), [2, 2, 1]);
    assert_eq!(["a", "b", "c"].map(|zone| in_zone(zone, "worker")), [32, 32, 31]);
    let fourth = machine(&voting, "worker-4");
    assert_eq!((fourth.zone.as_deref(), fourth.rack.as_deref()), (Some("a"), Some("a/2")));
    assert_eq!(fourth.node.labels["zone"], "a");
    assert_eq!(fourth.node.labels["rack"], "a/2");
    assert_eq!(fourth.node.labels["disk"], "ssd");
    assert_eq!(machine(&voting, "manager-1").rack, None);

    let Action::Crash { nodes, .. } = &voting.setup.timeline[2].action else { panic!("the crash is last") };
    assert!(nodes.iter().all(|id| voting.setup.machines[id.index()].rack.as_deref() == Some("a/2")));
    assert_eq!(nodes.len(), 8);
}

/// A link without `to` leads to what holds the machine; a machine at its end brings half of the common latency along.
#[test]
fn links_are_between_what_they_name() {
    let nodes =
        "site = \"x\"\n[[cluster.nodes]]\nname = \"worker\"\ncount = 2\nzones = [\"a\"]\nsite = \"x\"\n";
    let links = "[[link]]\nfrom = { class = \"worker\" }\nloss = \"1%\"\n\
                 [[link]]\nfrom = { zone = \"a\" }\nto = { site = \"x\" }\nlatency = \"2ms\"\njitter = \"1ms\"\n";
    let setup = small(&format!("{nodes}{links}")).setup;
    assert_eq!(setup.machines[1].node.labels["site"], "x");
    let ends = |at: usize| setup.links[at].ends.clone();
    let zone = || LinkEnd::Place(Place::Zone("a".into()));
    let worker = |name: &str| {
        let at = setup.machines.iter().position(|machine| machine.node.name == name).expect("it is there");
        LinkEnd::Node(swarmbed_scheduler::NodeId(at as u32))
    };
    assert_eq!(ends(0), [worker("worker-1"), zone()]);
    assert_eq!(ends(1), [worker("worker-2"), zone()]);
    assert_eq!(ends(2), [zone(), LinkEnd::Place(Place::Site("x".into()))]);
    let own = Quality { loss_ppm: 10_000, ..Quality::of(Span::micros(250)) };
    assert_eq!(setup.links[0].quality, own);
    let other = Quality { jitter: Span::millis(1), ..Quality::of(Span::millis(2)) };
    assert_eq!((setup.links[2].quality, setup.links.len()), (other, 3));
}

#[test]
fn names_are_interned_in_byte_order() {
    let voting = scenario("basics/voting-app.toml", find("voting-app").unwrap().text);
    assert!(voting.setup.machines.windows(2).all(|pair| pair[0].node.name < pair[1].node.name));
    assert!(voting.setup.services.windows(2).all(|pair| pair[0].name < pair[1].name));
    assert_eq!(voting.sources.len(), 2, "the scenario and its stack");
}

#[test]
fn one_machine_keeps_its_name_and_counted_ones_are_numbered() {
    let scenario = small("[[cluster.nodes]]\nname = \"w\"\ncount = 1\naddr = \"10.0.0.255\"\n");
    let names: Vec<&str> = scenario.setup.machines.iter().map(|machine| machine.node.name.as_str()).collect();
    assert_eq!(names, ["manager", "w-1"]);

    let scenario = small("[[cluster.nodes]]\nname = \"w\"\ncount = 2\naddr = \"10.0.0.255\"\n");
    assert_eq!(machine(&scenario, "w-2").node.addr, Some([10, 0, 1, 0].into()));
}

#[test]
fn what_the_file_says_of_a_label_counts_more_than_the_zone() {
    let scenario = small("zones = [\"a\"]\nlabels = { zone = \"mine\" }\n");
    let manager = machine(&scenario, "manager");
    assert_eq!((manager.zone.as_deref(), manager.node.labels["zone"].as_str()), (Some("a"), "mine"));
}

#[test]
fn generic_resources_are_counted_or_named() {
    let scenario = small("generic = { gpu = 2, disk = [\"sda\", \"sdb\"] }\n");
    let generic = &machine(&scenario, "manager").node.generic;
    assert_eq!(generic[0].stock, Stock::Named(vec!["sda".into(), "sdb".into()]));
    assert_eq!(generic[1].stock, Stock::Discrete(2));
}

#[test]
fn images_are_pulled_where_they_are_not_present() {
    let scenario = small(
        "images = [\"example/web\"]\n[[cluster.nodes]]\nname = \"w\"\n[images.\"example/web:latest\"]\nsize = \"1GiB\"\n\
         [[service]]\nname = \"web\"\nimage = \"example/web\"\n[[service]]\nname = \"other\"\n",
    );
    assert_eq!(scenario.setup.images[0].size, 1 << 30);
    assert_eq!(service(&scenario, "web").image, Some(0), "a missing tag is `latest`");
    assert_eq!(service(&scenario, "other").image, None);
    assert_eq!(machine(&scenario, "manager").images, [0]);
    assert!(machine(&scenario, "w").images.is_empty());
}

#[test]
fn behaviour_is_taken_from_the_service_then_from_the_longest_name() {
    let scenario = small(
        "[[service]]\nname = \"web\"\ncount = 2\nstart = \"1s\"\n[[service]]\nname = \"api\"\n\
         [behaviour.\"*\"]\nstart = \"9s\"\nstop = \"9s\"\ncreate = \"9s\"\n[behaviour.\"web-*\"]\nstop = \"3s\"\n\
         [behaviour.\"web-2\"]\nexit_code = 4\nstop = \"4s\"\nfails_to_start = \"2.5%\"\n",
    );
    let secs = |law: &swarmbed_sim::engine::distribution::Distribution| law.quantile(1 << 63) / 1_000_000_000;
    let of = |name: &str| {
        let container = &service(&scenario, name).container;
        (secs(&container.create), secs(&container.start), secs(&container.stop), container.exit_code)
    };
    assert_eq!(of("api"), (9, 9, 9, 0));
    assert_eq!(of("web-1"), (9, 1, 3, 0));
    assert_eq!(of("web-2"), (9, 1, 4, 4));
    assert_eq!(service(&scenario, "web-2").container.fails_to_start_ppm, 25_000);
}

#[test]
fn a_described_target_means_the_nodes_that_are_members_then() {
    let late =
        "[[cluster.nodes]]\nname = \"late\"\ncount = 2\njoins = \"later\"\n[[cluster.nodes]]\nname = \"w\"\n";
    let step = |time: &str, deed: &str, target: &str| {
        format!("[[at]]\ntime = \"{time}\"\ndo = \"{deed}\"\ntarget = {target}\n")
    };
    let steps = [
        step("3m", "drain", "{ role = \"worker\" }"),
        step("1m", "pause", "{ role = \"worker\" }"),
        step("2m", "join", "\"late-2\""),
    ];
    let scenario = small(&format!("{late}{}", steps.concat()));
    let about: Vec<(SimTime, Vec<&str>)> = scenario
        .setup
        .timeline
        .iter()
        .map(|step| {
            let nodes = match &step.action {
                Action::SetAvailability { nodes, .. } | Action::Join { nodes } => nodes,
                other => panic!("{other:?}"),
            };
            (step.at, nodes.iter().map(|id| scenario.setup.machines[id.index()].node.name.as_str()).collect())
        })
        .collect();
    let at = |minutes: u64| SimTime(minutes * 60_000_000_000);
    assert_eq!(about, [(at(1), vec!["w"]), (at(2), vec!["late-2"]), (at(3), vec!["late-2", "w"])]);
}

#[test]
fn a_run_without_a_duration_ends_when_it_has_settled() {
    let end = |rest: &str| small(rest).setup.end;
    let minutes = |minutes: u64| SimTime(minutes * 60_000_000_000);
    assert_eq!(end(""), End::Settled { at_most: minutes(10) });
    let crash = "[[at]]\ntime = \"5m\"\ndo = \"crash\"\ntarget = \"manager\"\n";
    assert_eq!(end(crash), End::Settled { at_most: minutes(15) });
    assert_eq!(
        end("[run]\nduration = \"until settled\"\nat_most = \"1h\"\n"),
        End::Settled { at_most: minutes(60) }
    );
    assert_eq!(end("[run]\nduration = \"1h30m\"\n"), End::At(minutes(90)));
}

#[test]
fn constants_of_the_profile_are_overridden_one_by_one() {
    let text = "[cluster]\nprofile = \"swarm-2016\"\nheartbeat = \"30s\"\ntask_history = 2\n\
                [[cluster.nodes]]\nname = \"manager\"\nrole = \"manager\"\n";
    let profile = scenario("basics/small.toml", text).setup.profile;
    let original = swarmbed_sim::profile::Profile::swarm_2016();
    assert_eq!(profile.name, "swarm-2016");
    assert_eq!((profile.heartbeat.nanos(), profile.task_history), (30_000_000_000, 2));
    assert_eq!(profile.assignment_batch, original.assignment_batch);
}

#[test]
fn a_stack_in_a_scenario_is_what_its_file_says() {
    let voting = scenario("basics/voting-app.toml", find("voting-app").unwrap().text);
    let vote = service(&voting, "vote_vote");
    assert_eq!(vote.mode, Mode::Replicated { replicas: 6 });
    assert_eq!((vote.task.reservations.nano_cpus, vote.task.reservations.memory), (250_000_000, 128 << 20));
    assert_eq!(vote.task.max_replicas_per_node, 2);
    assert_eq!(vote.stop_grace.nanos(), 5_000_000_000);
    assert_eq!((vote.task.ports[0].published, vote.task.ports[0].target), (5000, 80));
    assert!(vote.health.is_some() && vote.update != UpdateConfig::default());
    let worker = service(&voting, "vote_worker");
    assert_eq!(worker.task.constraints[0].to_string(), "node.role == worker");
    assert_eq!((worker.restart.max_attempts, worker.restart.window.nanos()), (3, 120_000_000_000));
    assert!(voting.notices.iter().any(|notice| notice.contains("depends_on (vote)")), "{:?}", voting.notices);
}

#[test]
fn expectations_are_exact_in_their_unit() {
    let scenario = small(
        "[[service]]\nname = \"web\"\n[[expect]]\nmetric = \"service.web.lost\"\nat_least = \"0.1 replica s\"\n\
         at_most = \"2 replica s\"\nat = \"1m\"\n[[expect]]\nmetric = \"failover.total.p99\"\nat_most = \"21.5s\"\n",
    );
    let amounts: Vec<u128> = scenario.expectations.iter().map(|e| e.amount).collect();
    assert_eq!(amounts, [2_000_000_000, 100_000_000, 21_500_000_000]);
    assert_eq!(scenario.expectations[0].at, Some(SimTime(60_000_000_000)));
    assert!(scenario.expectations[0].holds(2_000_000_000));
    assert!(!scenario.expectations[0].holds(2_000_000_001));
    assert!(!scenario.expectations[1].holds(99_999_999));
}
