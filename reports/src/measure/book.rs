//! The cluster as its observations tell it: every task that ever was, and what runs where.
//!
//! Two truths are kept apart: the managers' belief (states and desired states) and what is so (containers up).

use std::collections::BTreeSet;

use swarmbed_scheduler::node::NodeState;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span, TaskId};
use swarmbed_sim::names::Text;
use swarmbed_sim::observation::Observation;
use swarmbed_sim::setup::{Revision, Setup};

use super::level::Level;
use super::node::NodeRow;
use crate::stats::Histogram;

/// Every task, service and node of a run, kept up to date observation by observation.
#[derive(Clone, Debug)]
pub struct Book {
    /// Every task that was ever created, by id; a number may have been given out in vain.
    tasks: Vec<Option<TaskRow>>,
    /// Every service of the setup, by id.
    pub services: Vec<Level>,
    /// Every machine of the setup, by id.
    pub nodes: Vec<NodeRow>,
    /// How much was wanted and ran over all services.
    pub total: Total,
    /// Services that became complete, with what they want, until somebody takes them away.
    completed: Vec<(ServiceId, u32)>,
    /// What is set aside for a task of each later spec.
    revised: Vec<Resources>,
    /// Tasks that exist on a node, or whose container does, by node.
    hosts: Vec<BTreeSet<TaskId>>,
}

/// One task and what became of it.
#[derive(Clone, Debug)]
pub struct TaskRow {
    /// Its service.
    pub service: ServiceId,
    /// Its slot from 1; 0 for a global service.
    pub slot: u32,
    /// The how-manieth of its slot or node it is, from 1.
    pub attempt: u32,
    /// Which spec of its service it was made from.
    pub revision: Revision,
    /// Where it is or was.
    pub node: Option<NodeId>,
    /// What is wanted of it.
    pub desired: TaskState,
    /// What the managers know of it.
    pub state: TaskState,
    /// Its error, if it has one.
    pub error: Text,
    /// Why it was last refused a place.
    pub refusal: Text,
    /// When it was created.
    pub created: SimTime,
    /// When a node was chosen.
    pub assigned: Option<SimTime>,
    /// When the managers learned that it runs.
    pub running: Option<SimTime>,
    /// When the managers learned that it had ended.
    pub ended: Option<SimTime>,
    /// When its container was up.
    pub started: Option<SimTime>,
    /// When its container ended.
    pub exited: Option<SimTime>,
    /// Whether its container is up, whatever the managers know.
    pub up: bool,
    /// Whether it has left the store.
    pub deleted: bool,
}

/// Sums over all services.
#[derive(Clone, Copy, Debug, Default)]
pub struct Total {
    /// Services that run less than is wanted, now.
    pub below: u32,
    /// Of these, services that have been complete before.
    pub degraded: u32,
    /// Since when the two counts above hold.
    since: SimTime,
    /// How long at least one service was below what is wanted.
    pub below_for: Span,
    /// How long at least one service was below that had been complete before.
    pub degraded_for: Span,
}

impl TaskRow {
    /// Whether the managers mean it to run, and it has not ended.
    pub fn is_wanted(&self) -> bool {
        !self.deleted && self.desired <= TaskState::Complete && self.state <= TaskState::Running
    }

    /// Whether the managers count it as a running replica.
    pub fn is_running(&self) -> bool {
        self.is_wanted() && self.state == TaskState::Running
    }

    /// Whether it waits for a place.
    pub fn is_pending(&self) -> bool {
        self.is_wanted() && self.state == TaskState::Pending
    }

    /// The node on which what it reserves is set aside: it has been placed there and has not ended.
    pub fn holder(&self) -> Option<NodeId> {
        let holds = !self.deleted && self.assigned.is_some() && !self.state.is_over();
        self.node.filter(|_| holds)
    }

    /// Whether it stands for its replica although it has ended: it did what it was to do.
    fn is_done(&self, level: &Level) -> bool {
        !self.deleted && level.may_finish && self.state == TaskState::Complete
    }
}

impl Book {
    /// An empty book for that run.
    pub fn new(setup: &Setup) -> Book {
        Book {
            tasks: Vec::new(),
            services: setup.services.iter().map(Level::of).collect(),
            nodes: setup.machines.iter().map(NodeRow::new).collect(),
            total: Total::default(),
            completed: Vec::new(),
            revised: setup.revisions.iter().map(|spec| spec.task.reservations).collect(),
            hosts: vec![BTreeSet::new(); setup.machines.len()],
        }
    }

    /// The task of that id, which has been created.
    pub fn task(&self, id: TaskId) -> &TaskRow {
        self.tasks[id.index()].as_ref().expect("a task is observed to be created before anything else")
    }

    /// The task of that id, if it has been created.
    pub fn find(&self, id: TaskId) -> Option<&TaskRow> {
        self.tasks.get(id.index())?.as_ref()
    }

    /// What is set aside for that task, wherever it is.
    pub fn reserves(&self, id: TaskId) -> Resources {
        self.reserved_by(self.task(id))
    }

    /// What is set aside for it.
    pub fn reserved_by(&self, task: &TaskRow) -> Resources {
        match task.revision {
            Revision(0) => self.services[task.service.index()].reserves,
            Revision(number) => self.revised[usize::from(number) - 1],
        }
    }

    /// Every task that was ever created, ascending.
    pub fn tasks(&self) -> impl Iterator<Item = (TaskId, &TaskRow)> {
        (0..).map(TaskId).zip(&self.tasks).filter_map(|(id, row)| Some((id, row.as_ref()?)))
    }

    /// How long tasks waited, from their creation until a node was chosen, nanoseconds.
    pub fn waits(&self) -> Histogram {
        let mut waits = Histogram::default();
        for (_, task) in self.tasks() {
            task.assigned.into_iter().for_each(|at| waits.count(at.since(task.created).nanos()));
        }
        waits
    }

    /// The tasks on a node that the managers mean to run there, ascending.
    pub fn wanted_on(&self, node: NodeId) -> impl Iterator<Item = TaskId> {
        self.hosts[node.index()].iter().copied().filter(|t| self.task(*t).is_wanted())
    }

    /// The node that an observation makes READY, or makes something else; not yet taken in.
    pub fn readiness(&self, what: &Observation) -> Option<(NodeId, bool)> {
        let (node, ready) = match *what {
            Observation::NodeStateChanged { node, to, .. } => (node, to == NodeState::Ready),
            Observation::NodeRemoved { node } => (node, false),
            _ => return None,
        };
        (self.nodes[node.index()].is_ready() != ready).then_some((node, ready))
    }

    /// Whether every service runs all that is wanted.
    pub fn is_complete(&self) -> bool {
        self.total.below == 0
    }

    /// Takes away the services that have become complete since the last time, with how many they want.
    pub fn take_completed(&mut self) -> Vec<(ServiceId, u32)> {
        std::mem::take(&mut self.completed)
    }

    /// Takes one observation in.
    pub fn apply(&mut self, at: SimTime, what: &Observation) {
        use Observation::*;
        match *what {
            TaskCreated { task, service, slot, attempt, node, desired, revision } => {
                let row = TaskRow::new(at, service, slot, attempt, desired);
                self.create(task, TaskRow { node, revision, ..row });
            }
            TaskAssigned { task, node } => self.change(at, task, |row| {
                row.state = row.state.max(TaskState::Assigned);
                row.node = Some(node);
                row.assigned = Some(at);
                row.refusal = Text::NONE;
            }),
            TaskRefused { task, reason } => self.change(at, task, |row| row.refusal = reason),
            TaskStateChanged { task, to, error, .. } => self.change(at, task, |row| row.enter(at, to, error)),
            TaskDesiredChanged { task, to, .. } => self.change(at, task, |row| row.desired = to),
            TaskDeleted { task } => self.change(at, task, |row| row.deleted = true),
            ContainerStarted { task, .. } => self.change(at, task, |row| {
                row.up = true;
                row.started = Some(at);
            }),
            ContainerExited { task, .. } => self.change(at, task, |row| {
                row.up = false;
                row.exited = Some(at);
            }),
            ServiceArrived { service, workload, mode, reserves } => {
                // Arrivals of several workloads are numbered before they come, so one may come before a lower number.
                let known = self.services.len().max(service.index() + 1);
                self.services.resize_with(known, Level::unknown);
                self.services[service.index()] = Level::of_arrival(workload, mode, reserves);
            }
            ServiceCreated { service, replicas }
            | ServiceScaled { service, replicas }
            | ServiceUpdated { service, replicas, .. }
            | ServiceRolledBack { service, replicas, .. } => {
                self.level(at, service, |level| level.ask(at, replicas));
            }
            ServiceRemoved { service } => self.level(at, service, Level::remove),
            MachineCrashed { node } => {
                self.set_frozen(at, node, false);
                self.each_on(node, |book, task| book.change(at, task, |row| row.up = false));
            }
            MachineFroze { node } => self.set_frozen(at, node, true),
            MachineThawed { node } => self.set_frozen(at, node, false),
            NodeJoined { node } => self.nodes[node.index()].member = true,
            NodeRemoved { node } => {
                self.nodes[node.index()].enter(at, NodeState::Unknown);
                self.nodes[node.index()].member = false;
            }
            NodeAvailabilityChanged { node, to } => self.nodes[node.index()].availability = to,
            NodeStateChanged { node, to, .. } => self.nodes[node.index()].enter(at, to),
            _ => {}
        }
    }

    /// Brings every integral up to that instant: the end of the run.
    pub fn settle(&mut self, at: SimTime) {
        self.services.iter_mut().for_each(|level| level.settle(at));
        self.total.settle(at);
        for node in &mut self.nodes {
            node.enter(at, node.state);
        }
    }

    fn create(&mut self, id: TaskId, row: TaskRow) {
        let at = row.created;
        self.tasks.resize(self.tasks.len().max(id.index() + 1), None);
        // It counts from the change on, which moves it from deleted to there.
        self.tasks[id.index()] = Some(TaskRow { deleted: true, node: None, ..row.clone() });
        self.change(at, id, |place| *place = row);
    }

    /// Changes a task and moves whatever it counts in along with it.
    fn change(&mut self, at: SimTime, id: TaskId, change: impl FnOnce(&mut TaskRow)) {
        let before = self.weigh(id);
        let old_node = self.task(id).node;
        change(self.tasks[id.index()].as_mut().expect("weighed above"));
        let after = self.weigh(id);
        self.rehost(id, old_node);
        if before != after {
            let service = self.task(id).service;
            self.level(at, service, |level| level.reweigh(before, after));
        }
    }

    fn level(&mut self, at: SimTime, service: ServiceId, change: impl FnOnce(&mut Level)) {
        let level = &mut self.services[service.index()];
        level.settle(at);
        let (below, degraded) = (level.is_below(), level.is_degraded());
        change(level);
        if level.workload.is_some() {
            return; // it is measured by its tasks
        }
        if level.note_complete(at) {
            self.completed.push((service, level.wanted()));
        }
        let now = (level.is_below(), level.is_degraded());
        if now != (below, degraded) {
            self.total.settle(at);
            self.total.below = self.total.below + u32::from(now.0) - u32::from(below);
            self.total.degraded = self.total.degraded + u32::from(now.1) - u32::from(degraded);
        }
    }

    fn weigh(&self, id: TaskId) -> Weight {
        let row = self.task(id);
        let frozen = row.node.is_some_and(|n| self.nodes[n.index()].frozen);
        Weight {
            wanted: u32::from(row.is_wanted()),
            up: u32::from(row.up && !frozen),
            running: u32::from(row.is_running()),
            done: u32::from(row.is_done(&self.services[row.service.index()])),
        }
    }

    fn rehost(&mut self, id: TaskId, old: Option<NodeId>) {
        let row = self.task(id);
        let (new, stays) = (row.node, row.up || row.is_wanted());
        if let Some(node) = old.filter(|n| !stays || new != Some(*n)) {
            self.hosts[node.index()].remove(&id);
        }
        if let Some(node) = new.filter(|n| stays && old != Some(*n)) {
            self.hosts[node.index()].insert(id);
        }
    }

    fn set_frozen(&mut self, at: SimTime, node: NodeId, frozen: bool) {
        if self.nodes[node.index()].frozen == frozen {
            return;
        }
        self.each_on(node, |book, task| {
            if !book.task(task).up {
                return;
            }
            let service = book.task(task).service;
            book.level(at, service, |level| level.up = if frozen { level.up - 1 } else { level.up + 1 });
        });
        self.nodes[node.index()].frozen = frozen;
    }

    fn each_on(&mut self, node: NodeId, mut act: impl FnMut(&mut Book, TaskId)) {
        let tasks: Vec<TaskId> = self.hosts[node.index()].iter().copied().collect();
        tasks.into_iter().for_each(|task| act(self, task));
    }
}

impl TaskRow {
    fn new(at: SimTime, service: ServiceId, slot: u32, attempt: u32, desired: TaskState) -> TaskRow {
        TaskRow {
            service,
            slot,
            attempt,
            revision: Revision(0),
            node: None,
            desired,
            state: TaskState::New,
            error: Text::NONE,
            refusal: Text::NONE,
            created: at,
            assigned: None,
            running: None,
            ended: None,
            started: None,
            exited: None,
            up: false,
            deleted: false,
        }
    }

    fn enter(&mut self, at: SimTime, state: TaskState, error: Text) {
        self.state = state;
        self.error = if error == Text::NONE { self.error } else { error };
        if state == TaskState::Running {
            self.running = Some(at);
        }
        if state.is_over() {
            self.ended = Some(at);
        }
    }
}

impl Total {
    fn settle(&mut self, at: SimTime) {
        let past = at.since(self.since);
        self.since = at;
        if self.below > 0 {
            self.below_for = self.below_for + past;
        }
        if self.degraded > 0 {
            self.degraded_for = self.degraded_for + past;
        }
    }
}

/// What one task counts for in its service's level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Weight {
    pub(super) wanted: u32,
    pub(super) up: u32,
    pub(super) running: u32,
    pub(super) done: u32,
}
