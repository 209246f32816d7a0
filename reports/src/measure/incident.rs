//! What happened to machines, which tasks it hit, and when each of them was made good.

use std::collections::BTreeMap;

use swarmbed_scheduler::node::{Availability, NodeState};
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, TaskId};
use swarmbed_sim::observation::Observation;
use swarmbed_sim::setup::{Action, Setup, Step};

use super::book::Book;

/// What happened to machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// They lost power.
    Crash,
    /// No message passed between them and the managers.
    Silence,
    /// They stood still.
    Freeze,
    /// The operator drained them.
    Drain,
    /// They left the swarm.
    Leave,
    /// The operator removed them by force.
    Removal,
}

/// One piece of trouble: machines that met the same fate at the same time.
#[derive(Clone, Debug)]
pub struct Incident {
    /// When it began.
    pub at: SimTime,
    /// What it was.
    pub cause: Cause,
    /// The machines, ascending unless the timeline names them otherwise.
    pub nodes: Vec<NodeId>,
    /// The tasks that the managers meant to run there.
    pub hits: Vec<Hit>,
    /// When each machine was declared DOWN.
    pub downs: Vec<(NodeId, SimTime)>,
    /// When each machine was back: booted, heard, gone on or active again.
    pub backs: Vec<(NodeId, SimTime)>,
}

/// A task that was hit, and its replacement's way.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The task.
    pub task: TaskId,
    /// Its service.
    pub service: ServiceId,
    /// Its machine.
    pub node: NodeId,
    /// Whether its service is global, so that its replacement can only be on the same machine.
    pub global: bool,
    /// When its machine was declared DOWN.
    pub down: Option<SimTime>,
    /// Its latest replacement.
    pub replacement: Option<TaskId>,
    /// When a node was chosen for the replacement.
    pub placed: Option<SimTime>,
    /// When the replacement was allowed to run: its restart delay was over.
    pub allowed: Option<SimTime>,
    /// When the replacement's container was up.
    pub up: Option<SimTime>,
}

/// A slot, or for a global service the node in its place.
type Slot = (ServiceId, u32, Option<NodeId>);

/// Follows every incident. It has to be told of an observation before the [`Book`] is.
#[derive(Clone, Debug)]
pub struct Incidents {
    list: Vec<Incident>,
    timeline: Vec<Step>,
    /// Of the services that are known beforehand; none that comes by itself is.
    global: Vec<bool>,
    /// Slots that wait for a replacement, and for which hit.
    waiting: BTreeMap<Slot, (usize, usize)>,
}

impl Incidents {
    /// None yet.
    pub fn new(setup: &Setup) -> Incidents {
        Incidents {
            list: Vec::new(),
            timeline: setup.timeline.clone(),
            global: setup.services.iter().map(|s| s.mode.is_global()).collect(),
            waiting: BTreeMap::new(),
        }
    }

    /// The incidents so far, in order of time.
    pub fn list(&self) -> &[Incident] {
        &self.list
    }

    /// Reads one observation; `book` does not know of it yet.
    pub fn observe(&mut self, at: SimTime, what: &Observation, book: &Book) {
        use Observation::*;
        match *what {
            MachineCrashed { node } => self.begin(at, Cause::Crash, &[node], book),
            MachineSilenced { node } => self.begin(at, Cause::Silence, &[node], book),
            MachineFroze { node } => self.begin(at, Cause::Freeze, &[node], book),
            MachineBooted { node } => self.end(at, Cause::Crash, node),
            MachineHeard { node } => self.end(at, Cause::Silence, node),
            MachineThawed { node } => self.end(at, Cause::Freeze, node),
            CommandReceived { step } => self.command(at, step, book),
            NodeAvailabilityChanged { node, to: Availability::Active } => self.end(at, Cause::Drain, node),
            NodeStateChanged { node, to: NodeState::Down, .. } => self.declared_down(at, node),
            TaskCreated { task, service, slot, node, desired, .. } => {
                self.replaced(at, task, (service, slot, node), desired);
            }
            TaskAssigned { task, .. } => self.hit_of(task, book, |hit| hit.placed = Some(at)),
            TaskDesiredChanged { task, to: TaskState::Running | TaskState::Complete, .. } => {
                self.hit_of(task, book, |hit| hit.allowed = Some(at));
            }
            ContainerStarted { task, .. } => {
                self.hit_of(task, book, |hit| hit.up = Some(at));
                if let Some(slot) = self.awaited(task, book) {
                    self.waiting.remove(&slot);
                }
            }
            ServiceRemoved { service } => self.waiting.retain(|slot, _| slot.0 != service),
            _ => {}
        }
    }

    fn command(&mut self, at: SimTime, step: u32, book: &Book) {
        let Some(step) = self.timeline.get(step as usize) else { return };
        let (cause, nodes) = match &step.action {
            Action::SetAvailability { nodes, availability: Availability::Drain } => {
                (Cause::Drain, nodes.clone())
            }
            Action::Leave { nodes } => (Cause::Leave, nodes.clone()),
            Action::RemoveNode { nodes, force: true } => (Cause::Removal, nodes.clone()),
            _ => return,
        };
        self.begin(at, cause, &nodes, book);
    }

    fn begin(&mut self, at: SimTime, cause: Cause, nodes: &[NodeId], book: &Book) {
        let together = |i: &Incident| i.at == at && i.cause == cause;
        if !self.list.last().is_some_and(together) {
            let (nodes, hits, downs, backs) = Default::default();
            self.list.push(Incident { at, cause, nodes, hits, downs, backs });
        }
        let index = self.list.len() - 1;
        for &node in nodes {
            self.list[index].nodes.push(node);
            for task in book.wanted_on(node) {
                self.hit(index, task, node, book);
            }
        }
    }

    fn hit(&mut self, index: usize, task: TaskId, node: NodeId, book: &Book) {
        let row = book.task(task);
        let global = self.is_global(row.service);
        let slot = (row.service, row.slot, global.then_some(node));
        let hits = &mut self.list[index].hits;
        self.waiting.insert(slot, (index, hits.len()));
        hits.push(Hit {
            task,
            service: row.service,
            node,
            global,
            down: book.nodes[node.index()].down_since,
            replacement: None,
            placed: None,
            allowed: None,
            up: None,
        });
    }

    /// A machine is back. What had not been replaced by then goes on, unless it was lost with the power.
    fn end(&mut self, at: SimTime, cause: Cause, node: NodeId) {
        let concerns = |i: &&mut Incident| i.cause == cause && i.nodes.contains(&node);
        let Some(incident) = self.list.iter_mut().rev().find(concerns) else { return };
        if incident.backs.iter().any(|(n, _)| *n == node) {
            return;
        }
        incident.backs.push((node, at));
        if matches!(cause, Cause::Silence | Cause::Freeze) {
            let list = &self.list;
            self.waiting.retain(|_, (i, h)| {
                let hit = &list[*i].hits[*h];
                list[*i].cause != cause || hit.node != node || hit.replacement.is_some()
            });
        }
    }

    fn declared_down(&mut self, at: SimTime, node: NodeId) {
        for (i, h) in self.waiting.values() {
            let hit = &mut self.list[*i].hits[*h];
            if hit.node == node && hit.down.is_none() {
                hit.down = Some(at);
            }
        }
        let concerns = |i: &&mut Incident| i.nodes.contains(&node);
        if let Some(incident) = self.list.iter_mut().rev().find(concerns)
            && !incident.downs.iter().any(|(n, _)| *n == node)
        {
            incident.downs.push((node, at));
        }
    }

    fn replaced(&mut self, at: SimTime, task: TaskId, created: Slot, desired: TaskState) {
        let (service, slot, node) = created;
        let slot = (service, slot, node.filter(|_| self.is_global(service)));
        if let Some((i, h)) = self.waiting.get(&slot) {
            let hit = &mut self.list[*i].hits[*h];
            hit.replacement = Some(task);
            hit.placed = None;
            hit.allowed = (desired >= TaskState::Running).then_some(at);
        }
    }

    fn is_global(&self, service: ServiceId) -> bool {
        self.global.get(service.index()).is_some_and(|global| *global)
    }

    /// The slot that waits for that very task.
    fn awaited(&self, task: TaskId, book: &Book) -> Option<Slot> {
        if self.waiting.is_empty() {
            return None;
        }
        let row = book.task(task);
        let slot = (row.service, row.slot, row.node.filter(|_| self.is_global(row.service)));
        let (i, h) = self.waiting.get(&slot)?;
        (self.list[*i].hits[*h].replacement == Some(task)).then_some(slot)
    }

    fn hit_of(&mut self, task: TaskId, book: &Book, note: impl FnOnce(&mut Hit)) {
        if let Some(slot) = self.awaited(task, book) {
            let (i, h) = self.waiting[&slot];
            note(&mut self.list[i].hits[h]);
        }
    }
}
