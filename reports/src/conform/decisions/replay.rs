//! A recorded scenario, played with a strategy of ours.

use std::collections::BTreeMap;

use swarmbed_scheduler::node as ours;
use swarmbed_scheduler::spec::{SpecVersion, TaskSpec};
use swarmbed_scheduler::strategy::Strategy;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::view::Claim;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span, TaskId};
use swarmbed_sim::manager::placement::{Firing, Outcome, Placement, TaskFacts, Write};

use super::file::{Errors, Event, Node, Scenario, Step, Task};

/// When the scenario plays: late enough for failures to lie before it.
const NOW: SimTime = SimTime(Span::secs(1_000_000).nanos());

/// How many ticks may pass before a scenario must have settled. The recorded ones took "a few".
const PATIENCE: u32 = 100;

/// A scenario under way: the store, as far as the scheduler looks at it, and the scheduler.
pub(super) struct Replay<'a> {
    pub(super) scenario: &'a Scenario,
    /// Names in ascending order, so that an ascending id is an ascending name.
    pub(super) nodes: Vec<&'a str>,
    tasks: Vec<&'a str>,
    services: Services<'a>,
    /// The nodes as last described.
    pub(super) described: BTreeMap<&'a str, ours::Node>,
    pub(super) rows: BTreeMap<&'a str, Row<'a>>,
    pub(super) placement: Placement,
    strategy: &'a dyn Strategy,
    seed: u64,
}

/// A task's row in the store.
pub(super) struct Row<'a> {
    id: TaskId,
    pub(super) service: &'a str,
    pub(super) node: Option<NodeId>,
    pub(super) state: TaskState,
    pub(super) desired: TaskState,
    pub(super) error: String,
    pub(super) claims: Box<[Claim]>,
    /// It came as PENDING, and did so bound to a node.
    pub(super) entered: Option<Entered>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entered {
    Unbound,
    Bound,
}

/// What one round of scheduling did.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// Tasks that became assigned, with their nodes.
    pub(super) assigned: BTreeMap<String, String>,
    /// Error texts after the first tick.
    pub(super) errors_first_tick: Errors,
}

impl<'a> Replay<'a> {
    /// Before the first tick.
    pub(super) fn new(scenario: &'a Scenario, strategy: &'a dyn Strategy, seed: u64) -> Replay<'a> {
        let mut replay = Replay {
            scenario,
            nodes: sorted(scenario.all_nodes().map(|n| n.id.as_str())),
            tasks: sorted(scenario.all_tasks().map(|t| t.0.as_str())),
            services: BTreeMap::new(),
            described: scenario.nodes.iter().map(|n| (n.id.as_str(), n.to_node())).collect(),
            rows: BTreeMap::new(),
            placement: Placement::default(),
            strategy,
            seed,
        };
        let names = sorted(scenario.services.iter().map(|s| s.id.as_str()));
        for service in &scenario.services {
            let id = ServiceId(position(&names, &service.id));
            let version = service.spec_version.map(SpecVersion);
            replay.services.insert(&service.id, (id, service.to_spec(), version));
        }
        replay.rows = scenario.tasks.iter().map(|t| (t.0.as_str(), replay.row(t))).collect();
        let nodes = replay.described.iter().map(|(name, node)| (replay.node_id(name), node));
        let tasks = replay.rows.values().map(|row| replay.facts(row));
        replay.placement = Placement::start(nodes, tasks);
        scenario.nodes.iter().for_each(|node| replay.note_failures(node));
        replay
    }

    /// Applies a step's events, all of them, then lets the scheduler run.
    pub(super) fn step(&mut self, step: &'a Step) -> Settled {
        for event in &step.events {
            self.apply(event);
        }
        self.settle()
    }

    fn apply(&mut self, event: &'a Event) {
        match event {
            Event::CreateTask { task } => {
                self.rows.insert(&task.0, self.row(task));
                let facts = facts(&self.services, &self.rows[task.0.as_str()]);
                self.placement.task_created(&facts);
            }
            Event::TaskStatus { task_id, state, desired_state } => {
                let Some(row) = self.rows.get_mut(task_id.as_str()) else { return };
                row.state = state.map_or(row.state, |s| s.0);
                row.desired = desired_state.map_or(row.desired, |s| s.0);
                self.placement.task_updated(NOW, &facts(&self.services, row));
            }
            Event::DeleteTask { task_id } => {
                if let Some(row) = self.rows.remove(task_id.as_str()) {
                    self.placement.task_deleted(row.id);
                }
            }
            Event::AddNode { node } | Event::UpdateNode { node } => {
                self.described.insert(&node.id, node.to_node());
                self.placement.node_set(self.node_id(&node.id), &self.described[node.id.as_str()]);
            }
        }
    }

    /// Fires the scheduler and feeds its own commits back to it until nothing changes any more.
    pub(super) fn settle(&mut self) -> Settled {
        let mut settled = Settled { errors_first_tick: self.errors(), ..Settled::default() };
        for tick in 0.. {
            assert!(tick < PATIENCE, "scenario {} does not settle", self.scenario.id);
            if !self.placement.is_due() {
                break;
            }
            let services = &self.services;
            let version = |id| services.values().find(|s| s.0 == id).map(|s| s.2.unwrap_or_default());
            let (strategy, seed) = (self.strategy, self.seed);
            let firing = Firing { now: NOW, strategy, seed, explain: None, service_version: &version };
            let writes = self.placement.fire(&firing).writes;
            let done = writes.is_empty();
            for write in writes {
                self.commit(write, &mut settled);
            }
            if tick == 0 {
                settled.errors_first_tick = self.errors();
            }
            if done {
                break;
            }
        }
        if let Err(error) = self.placement.recount() {
            panic!("scenario {}: {error}", self.scenario.id);
        }
        settled
    }

    /// Commits a write and tells the scheduler of it, as its own watch of the store does.
    fn commit(&mut self, write: Write, settled: &mut Settled) {
        let name = self.tasks[write.task.index()];
        let row = self.rows.get_mut(name).expect("the scheduler writes only of tasks that exist");
        match write.outcome {
            Outcome::Assign { node, claims, .. } => {
                row.state = TaskState::Assigned;
                row.node = Some(node);
                row.claims = claims;
                row.error.clear();
                settled.assigned.insert(name.to_owned(), self.nodes[node.index()].to_owned());
            }
            Outcome::Refuse(text) => row.error = text.to_string(),
            Outcome::Shutdown => row.state = TaskState::Shutdown,
        }
        self.placement.task_updated(NOW, &facts(&self.services, row));
    }

    /// Error texts of the tasks that wait, by service.
    pub(super) fn errors(&self) -> Errors {
        let mut errors = Errors::new();
        for row in self.rows.values().filter(|r| r.waits() && !r.error.is_empty()) {
            *errors.entry(row.service.to_owned()).or_default().entry(row.error.clone()).or_default() += 1;
        }
        errors
    }

    /// Failures that the scheduler remembers from before the start.
    fn note_failures(&mut self, node: &Node) {
        let id = self.node_id(&node.id);
        for failures in &node.recent_failures {
            let service = self.services[failures.service.as_str()].0;
            for age in &failures.ages_s {
                let at = SimTime(NOW.nanos() - (age * 1e9) as u64);
                self.placement.note_failure(id, service, failures.spec_version.map(SpecVersion), at);
            }
        }
    }

    pub(super) fn node_id(&self, name: &str) -> NodeId {
        NodeId(position(&self.nodes, name))
    }

    fn row(&self, Task(id, service, node, state, desired): &'a Task) -> Row<'a> {
        let entered = match (state.0, node) {
            (TaskState::Pending, None) => Some(Entered::Unbound),
            (TaskState::Pending, Some(_)) => Some(Entered::Bound),
            _ => None,
        };
        Row {
            id: TaskId(position(&self.tasks, id)),
            service,
            node: node.as_ref().map(|n| self.node_id(n)),
            state: state.0,
            desired: desired.0,
            error: String::new(),
            claims: Box::default(),
            entered,
        }
    }

    fn facts<'r>(&'r self, row: &'r Row<'_>) -> TaskFacts<'r> {
        facts(&self.services, row)
    }
}

impl Row<'_> {
    /// It came as PENDING and still is.
    pub(super) fn waits(&self) -> bool {
        self.entered.is_some() && self.state == TaskState::Pending
    }
}

/// Services by name.
type Services<'a> = BTreeMap<&'a str, (ServiceId, TaskSpec, Option<SpecVersion>)>;

fn facts<'r>(services: &'r Services<'_>, row: &'r Row<'_>) -> TaskFacts<'r> {
    let (service, spec, version) = &services[row.service];
    TaskFacts {
        id: row.id,
        service: *service,
        service_name: row.service,
        version: *version,
        spec,
        slot: row.id.0 + 1,
        attempt: 1,
        state: row.state,
        desired: row.desired,
        node: row.node,
        error: &row.error,
    }
}

fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn position(names: &[&str], name: &str) -> u32 {
    names.binary_search(&name).expect("the recording was validated") as u32
}

impl Scenario {
    fn all_nodes(&self) -> impl Iterator<Item = &Node> {
        let later = self.steps.iter().flat_map(|s| &s.events).filter_map(|event| match event {
            Event::AddNode { node } => Some(&**node),
            _ => None,
        });
        self.nodes.iter().chain(later)
    }

    fn all_tasks(&self) -> impl Iterator<Item = &Task> {
        let later = self.steps.iter().flat_map(|s| &s.events).filter_map(|event| match event {
            Event::CreateTask { task } => Some(task),
            _ => None,
        });
        self.tasks.iter().chain(later)
    }
}
