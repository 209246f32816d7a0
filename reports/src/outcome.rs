//! What came out of a run: everything that an output format shows.

use std::collections::{BTreeMap, BTreeSet};

use swarmbed_scheduler::node::{Availability, Role};
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime};
use swarmbed_sim::Simulation;
use swarmbed_sim::observe::checkers::Finding;
use swarmbed_sim::setup::{Setup, Workload};

use crate::expect::{Expectation, Verdict};
use crate::explain::suspicions;
use crate::inspect::natural;
use crate::measure::{Book, Level, Recorder, TaskRow};
use crate::metrics::Metrics;
use crate::run;
use crate::story::{self, Line};
use crate::words::{bytes, clock, cpus, number, places, plural, visible};

/// What a run is about, as far as the simulator does not know it.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The scenario's path or name in the library: what the user calls it.
    pub name: String,
    /// Its title.
    pub title: String,
    /// A hash of what the run was built from.
    pub hash: String,
    /// The strategy as it was asked for, parameters and all.
    pub strategy: String,
    /// What the user should know about how the scenario was read.
    pub notices: Vec<String>,
    /// What the scenario expects.
    pub expectations: Vec<Expectation>,
}

/// What came out of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What it is about.
    pub about: About,
    /// Its seed.
    pub seed: u64,
    /// Its digest: 16 hex digits.
    pub digest: String,
    /// When it ended.
    pub ended: SimTime,
    /// The machines, those that are alike in one line.
    pub cluster: Vec<String>,
    /// The services that exist at the end.
    pub services: Vec<ServiceOutcome>,
    /// What came by itself, a row for each workload.
    pub workloads: Vec<WorkloadOutcome>,
    /// What happened.
    pub story: Vec<Line>,
    /// Tasks that wait for a place at the end.
    pub pending: Vec<Pending>,
    /// How the scenario's expectations were met.
    pub verdicts: Vec<Verdict>,
    /// Broken invariants, each with its time and reason.
    pub findings: Vec<String>,
    /// The metrics.
    pub metrics: Metrics,
    /// Every task that ever was.
    pub tasks: Vec<TaskOutcome>,
}

/// One service at the end.
#[derive(Clone, Debug)]
pub struct ServiceOutcome {
    /// Its name.
    pub name: String,
    /// Whether it is global.
    pub global: bool,
    /// Its image.
    pub image: String,
    /// Replicas wanted.
    pub wanted: u32,
    /// Containers up.
    pub running: u32,
    /// Tasks that did their work.
    pub done: u32,
    /// Where the containers are, in words.
    pub places: String,
}

/// What came of one workload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkloadOutcome {
    /// Its name.
    pub name: String,
    /// Services that arrived.
    pub arrived: u32,
    /// Services that were removed: jobs that are done, or services whose time was over.
    pub left: u32,
    /// Tasks that exited with 0.
    pub done: u32,
    /// Tasks that failed or were rejected.
    pub failed: u32,
    /// Containers up.
    pub running: u32,
    /// Tasks that wait for a place.
    pub waiting: u32,
}

/// Tasks of one service, or of one workload's services, that wait for the same reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Their service, or the workload that brought their services.
    pub owner: String,
    /// Whether that is a workload.
    pub came: bool,
    /// Their names, ascending.
    pub tasks: Vec<String>,
    /// Why.
    pub reason: String,
    /// What is probably wrong with the constraints of the service, or of the first of them, a sentence each.
    pub hints: Vec<String>,
}

/// One task as `tasks.csv` has it.
#[derive(Clone, Debug)]
pub struct TaskOutcome {
    /// Its stable name: service, slot (or node) and attempt.
    pub name: String,
    /// Its service.
    pub service: String,
    /// Its node, or nothing.
    pub node: String,
    /// Its error, or why it waits.
    pub error: String,
    /// The rest.
    pub row: TaskRow,
}

impl Outcome {
    /// The outcome of a simulation that has ended and that the recorder has followed from its start. `early` holds the
    /// verdicts on expectations that were due before the end, by their place in the list.
    pub(crate) fn new(
        about: About,
        sim: &Simulation,
        mut followed: Recorder,
        early: &BTreeMap<usize, Verdict>,
    ) -> Outcome {
        let (setup, names) = (sim.setup(), sim.names());
        let ended = run::end(sim);
        followed.settle(ended);
        let metrics = Metrics::collect(&followed, ended, names, sim.work(), sim.findings().len());
        let tasks = tasks(sim, followed.book());
        let judge =
            |(i, e): (usize, &Expectation)| early.get(&i).cloned().unwrap_or_else(|| e.judge(&metrics));
        let verdicts = about.expectations.iter().enumerate().map(judge).collect();
        Outcome {
            seed: setup.seed,
            digest: sim.digest().to_string(),
            ended,
            cluster: cluster(setup),
            services: services(sim, followed.book()),
            workloads: workloads(setup, followed.book()),
            story: story::tell(setup, &followed, names),
            pending: pending(sim, followed.book(), &tasks),
            verdicts,
            findings: sim.findings().iter().map(finding).collect(),
            metrics,
            tasks,
            about,
        }
    }

    /// Whether every expectation was met and no invariant was broken.
    pub fn is_fine(&self) -> bool {
        self.findings.is_empty() && self.verdicts.iter().all(|v| v.holds)
    }
}

fn finding(finding: &Finding) -> String {
    format!("{}: {}: {}", clock(finding.at), finding.invariant, visible(&finding.reason))
}

/// The machines by role and size, then by zone.
fn cluster(setup: &Setup) -> Vec<String> {
    let mut classes: BTreeMap<_, usize> = BTreeMap::new();
    for machine in &setup.machines {
        let size = machine.node.resources;
        let class = (
            machine.node.role == Role::Worker,
            machine.node.availability,
            !machine.from_start,
            (size.nano_cpus, size.memory),
        );
        *classes.entry(class).or_default() += 1;
    }
    let class = |((worker, availability, joins, (cpu, memory)), n): (
        (bool, Availability, bool, (i64, i64)),
        usize,
    )| {
        let role = plural(n, if worker { "worker" } else { "manager" });
        let state = match availability {
            Availability::Active => "",
            Availability::Pause => ", paused",
            Availability::Drain => ", drained",
        };
        let joins = if joins { ", joining later" } else { "" };
        format!("{role}: {} CPU, {}{state}{joins}", cpus(cpu), bytes(memory))
    };
    let mut lines: Vec<String> = classes.into_iter().map(class).collect();
    let mut zones: BTreeMap<&str, usize> = BTreeMap::new();
    setup.machines.iter().filter_map(|m| m.zone.as_deref()).for_each(|z| *zones.entry(z).or_default() += 1);
    let racks: BTreeSet<&String> = setup.machines.iter().filter_map(|m| m.rack.as_ref()).collect();
    if !zones.is_empty() && zones.len() <= 12 {
        let zones: Vec<String> =
            zones.iter().map(|(z, n)| format!("{} {}", visible(z), number(*n as u64))).collect();
        let racks =
            if racks.is_empty() { String::new() } else { format!("; {}", plural(racks.len(), "rack")) };
        lines.push(format!("nodes by zone: {}{racks}", zones.join(", ")));
    }
    lines
}

fn services(sim: &Simulation, book: &Book) -> Vec<ServiceOutcome> {
    let setup = sim.setup();
    let mut hosts: Vec<Vec<NodeId>> = vec![Vec::new(); setup.services.len()];
    for (_, task) in book.tasks().filter(|(_, t)| t.up) {
        hosts[task.service.index()].extend(task.node);
    }
    let ids = (0..).map(ServiceId);
    let mut services: Vec<ServiceOutcome> = ids
        .zip(&setup.services)
        .filter(|(id, _)| {
            book.services.get(id.index()).is_some_and(|level| level.exists && level.workload.is_none())
        })
        .map(|(id, service)| {
            let level = &book.services[id.index()];
            ServiceOutcome {
                name: visible(&service.name),
                global: service.mode.is_global(),
                image: visible(&service.image_name),
                wanted: level.wanted(),
                running: level.up,
                done: level.done,
                places: places(setup, &hosts[id.index()]),
            }
        })
        .collect();
    services.sort_by(|a, b| natural::compare(&a.name, &b.name));
    services
}

fn workloads(setup: &Setup, book: &Book) -> Vec<WorkloadOutcome> {
    let named = |w: &Workload| WorkloadOutcome { name: visible(&w.name), ..WorkloadOutcome::default() };
    let mut rows: Vec<WorkloadOutcome> = setup.workloads.iter().map(named).collect();
    let of = |level: &Level| level.created.and(level.workload).map(|workload| workload as usize);
    for level in &book.services {
        if let Some(workload) = of(level) {
            rows[workload].arrived += 1;
            rows[workload].left += u32::from(!level.exists);
        }
    }
    for (_, task) in book.tasks() {
        let Some(workload) = of(&book.services[task.service.index()]) else { continue };
        let row = &mut rows[workload];
        row.done += u32::from(task.state == TaskState::Complete);
        row.failed += u32::from(matches!(task.state, TaskState::Failed | TaskState::Rejected));
        row.running += u32::from(task.up);
        row.waiting += u32::from(task.is_pending());
    }
    rows
}

fn tasks(sim: &Simulation, book: &Book) -> Vec<TaskOutcome> {
    let names = sim.names();
    let node = |id: Option<NodeId>| id.map_or(String::new(), |n| visible(names.node(n)));
    let of = |row: &TaskRow| {
        let service = visible(names.service(row.service));
        let place = if row.slot == 0 { node(row.node) } else { row.slot.to_string() };
        let error = if row.is_pending() { row.refusal } else { row.error };
        TaskOutcome {
            name: format!("{service}.{place}.{}", row.attempt),
            node: node(row.node),
            error: visible(names.text(error)),
            service,
            row: row.clone(),
        }
    };
    book.tasks().map(|(_, row)| of(row)).collect()
}

fn pending(sim: &Simulation, book: &Book, tasks: &[TaskOutcome]) -> Vec<Pending> {
    let setup = sim.setup();
    let workload = |service: ServiceId| book.services[service.index()].workload;
    // A workload may have brought services by the thousand: they are told of together.
    let owner = |service: ServiceId| workload(service).map_or((None, Some(service)), |w| (Some(w), None));
    type Owner = (Option<u32>, Option<ServiceId>);
    let mut waiting: BTreeMap<(Owner, &String), Vec<&TaskOutcome>> = BTreeMap::new();
    for task in tasks.iter().filter(|t| t.row.is_pending()) {
        waiting.entry((owner(task.row.service), &task.error)).or_default().push(task);
    }
    let one = |(((came, _), reason), tasks): ((Owner, &String), Vec<&TaskOutcome>)| Pending {
        owner: came.map_or(tasks[0].service.clone(), |w| visible(&setup.workloads[w as usize].name)),
        came: came.is_some(),
        reason: if reason.is_empty() { "not looked at yet".to_owned() } else { reason.to_owned() },
        hints: suspicions(sim, tasks[0].row.service),
        tasks: tasks.into_iter().map(|t| t.name.clone()).collect(),
    };
    waiting.into_iter().map(one).collect()
}
