//! The same bytes, whoever looks and however often; other bytes for another seed.

use std::collections::BTreeMap;

use swarmbed_scenarios::library;
use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::setup::Beats;
use swarmbed_sim::{Names, Observation, Observer, Setup, Simulation};

use super::{arg, file, folder, setup, swarmbed};

fn digest(args: &[&str]) -> String {
    let ran = swarmbed(&[&["run"], args].concat());
    let (_, digest) =
        ran.out.trim_end().rsplit_once("digest ").unwrap_or_else(|| panic!("{}{}", ran.out, ran.err));
    digest.to_owned()
}

#[test]
fn two_processes_agree_and_nobody_who_looks_changes_anything() {
    let folder = folder();
    let kept = folder.path().join("kept");
    let plain = digest(&["basics/voting-app"]);
    assert_eq!(digest(&["basics/voting-app"]), plain);
    assert_eq!(digest(&["basics/voting-app", "--trace", "--out", arg(&kept)]), plain);
    assert_eq!(digest(&["scenarios/basics/voting-app.toml"]), plain, "from the disk as from the library");
    let mut unwatched = Simulation::new(setup("basics/voting-app", 42, None));
    unwatched.run(&mut []);
    assert_eq!(unwatched.digest().to_string(), plain);
}

#[test]
fn heartbeats_that_are_played_change_nothing() {
    for file in library::FILES.iter().filter(|f| f.is_scenario() && f.theme() != "scale") {
        let [elided, played] = [Beats::Elided, Beats::Played].map(|beats| {
            let mut sim = Simulation::new(Setup { beats, ..setup(file.path, 3, None) });
            let mut told = Vec::new();
            let mut tell = |at: SimTime, what: &Observation, _: &Names| told.push(format!("{at} {what:?}"));
            sim.run(&mut [&mut tell]);
            (sim.digest(), told)
        });
        let differs = elided.1.iter().zip(&played.1).position(|(a, b)| a != b);
        let both = differs.map(|at| (&elided.1[at.saturating_sub(5)..=at], &played.1[at]));
        assert_eq!(both, None, "{}", file.path);
        assert_eq!(elided.0, played.0, "{}", file.path);
    }
}

/// What the outside world does to a run: who came when with what, how long each container ran by its task's stable name, and
/// what befell machines.
#[derive(Default)]
struct Outside {
    services: BTreeMap<u32, String>,
    tasks: BTreeMap<u32, String>,
    started: BTreeMap<u32, SimTime>,
    arrivals: Vec<String>,
    durations: BTreeMap<String, Span>,
}

impl Observer for Outside {
    fn observe(&mut self, at: SimTime, what: &Observation, names: &Names) {
        match *what {
            Observation::ServiceArrived { service, mode, reserves, .. } => {
                self.services.insert(service.0, names.service(service).to_owned());
                self.arrivals.push(format!("{at} {} {mode:?} {reserves:?}", names.service(service)));
            }
            Observation::TaskCreated { task, service, slot, attempt, .. } => {
                if let Some(name) = self.services.get(&service.0) {
                    self.tasks.insert(task.0, format!("{name}.{slot}.{attempt}"));
                }
            }
            Observation::ContainerStarted { task, .. } => {
                self.started.insert(task.0, at);
            }
            Observation::ContainerExited { task, code: 0, .. } => {
                if let (Some(name), Some(start)) = (self.tasks.get(&task.0), self.started.get(&task.0)) {
                    self.durations.insert(name.clone(), at.since(*start));
                }
            }
            _ => {}
        }
    }
}

#[test]
fn every_strategy_meets_the_same_arrivals_and_durations() {
    let outside = |strategy| {
        let mut outside = Outside::default();
        Simulation::new(setup("workloads/mixed-jobs", 5, Some(strategy))).run(&mut [&mut outside]);
        outside
    };
    let (one, other) = (outside("swarm-spread"), outside("binpack"));
    assert!(one.arrivals.len() > 500);
    assert_eq!(one.arrivals, other.arrivals);
    // A job that one strategy left waiting at the end has no duration there; services are stopped when they leave.
    let jobs = |outside: &Outside| {
        let jobs = outside.durations.iter().filter(|(name, _)| name.starts_with("jobs"));
        jobs.map(|(name, span)| (name.clone(), *span)).collect::<BTreeMap<_, _>>()
    };
    let (one, other) = (jobs(&one), jobs(&other));
    let both: Vec<_> = one.iter().filter(|(name, _)| other.contains_key(*name)).collect();
    assert!(both.len() > 1_000, "{}", both.len());
    assert!(both.iter().all(|(name, span)| other[*name] == **span), "a duration depends on the strategy");
}

#[test]
fn another_seed_is_another_run() {
    assert_ne!(digest(&["basics/voting-app", "--seed", "1"]), digest(&["basics/voting-app", "--seed", "2"]));
}

#[test]
fn the_order_of_tables_and_keys_is_no_part_of_a_scenario() {
    let blocks = [
        "title = \"Order\"\n",
        "[run]\nduration = \"2m\"\nseed = 4\n",
        "[cluster]\nheartbeat = \"4s\"\nprofile = \"swarm-current\"\n",
        "[images.\"example/web\"]\nsize = \"20MiB\"\n",
        "[images.\"example/api\"]\nsize = \"10MiB\"\n",
        "[[service]]\nname = \"web\"\nimage = \"example/web\"\nreplicas = 4\n",
        "[[service]]\nreplicas = 3\nimage = \"example/api\"\nname = \"api\"\n",
        "[[cluster.nodes]]\nname = \"m\"\nrole = \"manager\"\n",
        "[[cluster.nodes]]\nname = \"w\"\ncount = 3\nzones = [\"a\", \"b\"]\nlabels = { x = \"1\", y = \"2\" }\n",
        "[[at]]\ntime = \"1m\"\ndo = \"crash\"\ntarget = { zone = \"a\" }\nfor = \"20s\"\n",
    ];
    let folder = folder();
    let there = file(&folder, "order.toml", blocks.concat());
    let first = digest(&[arg(&there)]);
    // The title has to stand before the first table, and so stays.
    let backwards: Vec<&str> = blocks[..1].iter().chain(blocks[1..].iter().rev()).copied().collect();
    let there = file(
        &folder,
        "order.toml",
        backwards.concat().replace("x = \"1\", y = \"2\"", "y = \"2\", x = \"1\""),
    );
    assert_eq!(digest(&[arg(&there)]), first);
}
