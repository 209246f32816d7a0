//! The scheduler: keeps a mirror of the store and a queue of tasks that wait, and asks a strategy where they should go
//! (`manager/scheduler/scheduler.go`).
//!
//! [`Placement`] is told of every change of nodes and tasks. A change only alters the mirror, and may set the tick flag;
//! placing happens when the [`Debounce`] fires: first the tasks that are bound already ("preassigned": global services)
//! are confirmed one by one, then, if the flag is set, everything in the queue is put to the strategy at once. What is
//! decided is claimed in the mirror straight away, before it is committed, and undone if the commit refuses it.
//! The scheduler's own commits come back to it as changes like any other: so a refusal with a new text sets the flag again.
//!
//! Three quirks of SwarmKit live here. A pending task that is told to shut down is placed all the same, unless it was so
//! when the leader started (`scheduler.go:99-101`). A node's deletion wakes nobody. A task that is deleted while it waits
//! stays in the queue for one more tick and takes its part in it: `deleteTask` does not look into `unassignedTasks`.

use std::collections::BTreeSet;
use std::sync::Arc;

use swarmbed_scheduler::node::Node;
use swarmbed_scheduler::plan::PendingTask;
use swarmbed_scheduler::spec::{SpecVersion, TaskSpec};
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::view::{Claim, View};
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, TaskId};

mod audit;
mod debounce;
mod fire;
mod kinds;
#[cfg(test)]
mod tests;

pub use debounce::{Debounce, When};
pub use fire::{Decisions, Firing, Outcome, Planned, Write};
use kinds::{KindId, Kinds};

/// What the scheduler reads of a task's row in the store.
#[derive(Clone, Copy, Debug)]
pub struct TaskFacts<'a> {
    /// The task.
    pub id: TaskId,
    /// Its service.
    pub service: ServiceId,
    /// Its service's name: what random draws are keyed by.
    pub service_name: &'a str,
    /// The version of the spec that it was made from; `None` for a one-off task.
    pub version: Option<SpecVersion>,
    /// That spec.
    pub spec: &'a TaskSpec,
    /// Its slot.
    pub slot: u32,
    /// The how-manieth task of its slot it is, from 1.
    pub attempt: u32,
    /// What it is.
    pub state: TaskState,
    /// What is wanted of it.
    pub desired: TaskState,
    /// Where it is.
    pub node: Option<NodeId>,
    /// Why it waits, if that was said; empty if not.
    pub error: &'a str,
}

/// The scheduler's memory. It dies with the leader's term and is built anew from the store.
#[derive(Clone, Debug, Default)]
pub struct Placement {
    view: View,
    tasks: Vec<Option<Box<Known>>>,
    /// Tasks in the books of each node, in no order.
    on_node: Vec<Vec<TaskId>>,
    kinds: Kinds,
    /// Bound tasks in PENDING.
    preassigned: BTreeSet<TaskId>,
    /// Something happened that may let a waiting task be placed.
    tick: bool,
}

/// A task of the mirror: state PENDING to RUNNING.
#[derive(Clone, Debug)]
struct Known {
    kind: KindId,
    task: PendingTask,
    state: TaskState,
    desired: TaskState,
    node: Option<NodeId>,
    /// Where in the node's list it stands, if it is in the node's books.
    held: Option<u32>,
    claims: Box<[Claim]>,
    /// It came bound: its node was not the scheduler's choice.
    came_bound: bool,
    /// The scheduler has decided where it goes, and the commit has not come back yet.
    proposed: bool,
    /// It stands in its kind's queue.
    queued: bool,
    /// Deleted, and only here because the queue still has it.
    ghost: bool,
    error: Option<Arc<str>>,
}

impl Placement {
    /// The memory of a scheduler that starts with these nodes and tasks. It is to be fired at once, without a debounce
    /// (`scheduler.go:84-125, 141-147`).
    pub fn start<'a>(
        nodes: impl Iterator<Item = (NodeId, &'a Node)>,
        tasks: impl Iterator<Item = TaskFacts<'a>>,
    ) -> Placement {
        let mut placement = Placement::default();
        nodes.for_each(|(id, node)| placement.node_set(id, node));
        for facts in tasks {
            if facts.state != TaskState::Pending || facts.desired <= TaskState::Complete {
                placement.task_created(&facts);
            }
        }
        placement.tick = true;
        placement
    }

    /// What the scheduler believes of the cluster, its own decisions included.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The same, for whoever knows what the store does not say of nodes.
    pub(super) fn view_mut(&mut self) -> &mut View {
        &mut self.view
    }

    /// Whether a firing would do anything at all.
    pub fn is_due(&self) -> bool {
        self.tick || !self.preassigned.is_empty()
    }

    /// Tasks that wait for a node, ghosts included, and bound tasks that wait to be confirmed.
    pub fn waiting(&self) -> usize {
        self.kinds.waiting() + self.preassigned.len()
    }

    /// A node was created or updated.
    pub fn node_set(&mut self, id: NodeId, node: &Node) {
        self.view.set_node(id, node.clone());
        if self.on_node.len() <= id.index() {
            self.on_node.resize_with(id.index() + 1, Vec::new);
        }
        let books = self.view.books_mut(id).expect("the node has just been set");
        if !(node.generic.is_empty() && books.generic.is_empty()) {
            let claims =
                self.on_node[id.index()].iter().flat_map(|t| &self.tasks[t.index()]).flat_map(|k| &k.claims);
            books.restock(&node.generic, claims);
        }
        self.tick = true;
    }

    /// A node was deleted. Its tasks stay known but are in nobody's books. The flag is not set (`scheduler.go:198-199`).
    pub fn node_removed(&mut self, id: NodeId) {
        self.view.remove_node(id);
        for task in self.on_node.get_mut(id.index()).map(std::mem::take).unwrap_or_default() {
            if let Some(known) = &mut self.tasks[task.index()] {
                known.held = None;
            }
        }
    }

    /// A task was created (`scheduler.go:240-272`).
    pub fn task_created(&mut self, facts: &TaskFacts<'_>) {
        if facts.state < TaskState::Pending || facts.state.is_over() {
            return;
        }
        self.note(facts);
        match facts.node {
            None => self.enqueue(facts.id),
            Some(_) if facts.state == TaskState::Pending => self.expect(facts.id),
            Some(node) => self.hold(facts.id, node),
        }
    }

    /// A task's row changed (`scheduler.go:274-349`).
    pub fn task_updated(&mut self, now: SimTime, facts: &TaskFacts<'_>) {
        if facts.state < TaskState::Pending {
            return;
        }
        if facts.state.is_over() {
            return self.task_over(now, facts);
        }
        if facts.state == TaskState::Pending && self.known(facts.id).is_some_and(|k| k.proposed) {
            return self.update_proposed(facts);
        }
        match facts.node {
            None => {
                self.let_go(facts.id);
                self.note(facts);
                self.enqueue(facts.id);
            }
            Some(_) if facts.state == TaskState::Pending => {
                self.let_go(facts.id);
                self.note(facts);
                self.expect(facts.id);
            }
            Some(node) => self.update_bound(facts, node),
        }
    }

    /// The row of a task changed whose assignment is on its way. SwarmKit waits for its own commits, so it sees the change
    /// afterwards; until then the decision stands, or another task could be given the same room.
    fn update_proposed(&mut self, facts: &TaskFacts<'_>) {
        let before = std::mem::replace(&mut self.known_mut(facts.id).desired, facts.desired);
        self.recount_active(facts.id, before);
        self.tick |= facts.node.is_none();
    }

    fn update_bound(&mut self, facts: &TaskFacts<'_>, node: NodeId) {
        let held = self.known(facts.id).filter(|k| k.held.is_some()).map(|k| (k.node, k.desired));
        match held {
            Some((there, before)) if there == Some(node) => {
                self.note(facts);
                self.recount_active(facts.id, before);
            }
            _ => {
                let came_bound = self.known(facts.id).is_some_and(|k| k.came_bound);
                self.let_go(facts.id);
                self.note(facts);
                self.known_mut(facts.id).came_bound = came_bound;
                self.hold(facts.id, node);
            }
        }
    }

    /// A task was deleted (`scheduler.go:351-366`). That sets the flag only if it was on a node: it may have made room.
    pub fn task_deleted(&mut self, id: TaskId) {
        let held = self.known(id).is_some_and(|k| k.held.is_some());
        self.forget(id);
        self.tick |= held;
    }

    fn task_over(&mut self, now: SimTime, facts: &TaskFacts<'_>) {
        let Some(old) = self.known(facts.id) else { return };
        let failed = matches!(facts.state, TaskState::Failed | TaskState::Rejected) && !old.came_bound;
        if failed && let Some(node) = facts.node {
            self.note_failure(node, facts.service, facts.version, now);
        }
        self.forget(facts.id);
        self.tick = true;
    }

    /// Notes that a task of the scheduler's own choosing failed on a node.
    pub fn note_failure(
        &mut self,
        node: NodeId,
        service: ServiceId,
        version: Option<SpecVersion>,
        at: SimTime,
    ) {
        if let Some(node) = self.view.node_mut(node) {
            node.note_failure(service, version, at);
        }
    }

    /// A task of the mirror that has not been deleted.
    fn known(&self, id: TaskId) -> Option<&Known> {
        self.tasks.get(id.index())?.as_deref().filter(|k| !k.ghost)
    }

    fn known_mut(&mut self, id: TaskId) -> &mut Known {
        self.tasks[id.index()].as_mut().expect("the task is in the mirror")
    }

    /// Writes the row into the mirror; the books are the caller's affair.
    fn note(&mut self, facts: &TaskFacts<'_>) {
        if self.tasks.len() <= facts.id.index() {
            self.tasks.resize_with(facts.id.index() + 1, || None);
        }
        let place = &mut self.tasks[facts.id.index()];
        if let Some(known) = place {
            known.state = facts.state;
            known.desired = facts.desired;
            known.node = facts.node;
            known.proposed = false;
            known.ghost = false;
            if known.error.as_deref().unwrap_or_default() != facts.error {
                known.error = Some(facts.error.into());
            }
            return;
        }
        *place = Some(Box::new(Known {
            kind: self.kinds.enter(facts),
            task: PendingTask { id: facts.id, slot: facts.slot, attempt: facts.attempt },
            state: facts.state,
            desired: facts.desired,
            node: facts.node,
            held: None,
            claims: Box::default(),
            came_bound: false,
            proposed: false,
            queued: false,
            ghost: false,
            error: (!facts.error.is_empty()).then(|| facts.error.into()),
        }));
    }

    /// Puts a task into the queue.
    fn enqueue(&mut self, id: TaskId) {
        self.requeue(id);
        self.tick = true;
    }

    /// Puts a task into the queue for the next tick, whenever that may be.
    fn requeue(&mut self, id: TaskId) {
        let known = self.tasks[id.index()].as_mut().expect("the task is in the mirror");
        if !known.queued {
            known.queued = true;
            self.kinds.enqueue(known.kind, id);
        }
    }

    /// Awaits the confirmation of a bound task.
    fn expect(&mut self, id: TaskId) {
        self.known_mut(id).came_bound = true;
        self.preassigned.insert(id);
    }

    /// Enters a task into a node's books (`nodeinfo.go:108-154`). An unknown node has none.
    fn hold(&mut self, id: TaskId, node: NodeId) {
        let known = self.tasks[id.index()].as_mut().expect("the task is in the mirror");
        let Some(books) = self.view.books_mut(node) else { return };
        let kind = self.kinds.get(known.kind);
        known.claims = books.hold(&kind.spec);
        if is_active(known.desired) {
            books.count_in(kind.service);
        }
        let here = &mut self.on_node[node.index()];
        known.node = Some(node);
        known.held = Some(here.len() as u32);
        here.push(id);
    }

    /// Takes a task out of its node's books, and out of those who wait for confirmation.
    fn let_go(&mut self, id: TaskId) {
        let Some(known) = self.tasks.get_mut(id.index()).and_then(Option::as_mut) else { return };
        self.preassigned.remove(&id);
        known.came_bound = false;
        let Some(place) = known.held.take() else { return };
        let node = known.node.expect("a task in the books has a node");
        let kind = self.kinds.get(known.kind);
        let claims = std::mem::take(&mut known.claims);
        let active = is_active(known.desired);
        let there = self.view.node_mut(node).expect("a task in the books is on a member");
        there.release(&kind.spec, &claims);
        if active {
            there.books.count_out(kind.service);
        }
        let here = &mut self.on_node[node.index()];
        here.swap_remove(place as usize);
        if let Some(moved) = here.get(place as usize).copied() {
            self.known_mut(moved).held = Some(place);
        }
    }

    /// The desired state of a task in the books changed: only crossing COMPLETE matters (`nodeinfo.go:109-123`).
    fn recount_active(&mut self, id: TaskId, before: TaskState) {
        let known = self.tasks[id.index()].as_ref().expect("the task is in the mirror");
        let service = self.kinds.get(known.kind).service;
        let books =
            known.node.and_then(|n| self.view.books_mut(n)).expect("a task in the books is on a member");
        match (is_active(before), is_active(known.desired)) {
            (false, true) => books.count_in(service),
            (true, false) => books.count_out(service),
            _ => {}
        }
    }

    /// Drops a task from the mirror; one that is queued stays in the queue as a ghost.
    fn forget(&mut self, id: TaskId) {
        self.let_go(id);
        let Some(place) = self.tasks.get_mut(id.index()) else { return };
        match place {
            Some(known) if known.queued => {
                known.ghost = true;
                known.node = None;
            }
            Some(known) => {
                self.kinds.leave(known.kind);
                *place = None;
            }
            None => {}
        }
    }
}

/// Active tasks count for spreading; the others hold their resources all the same (`nodeinfo.go:148`).
fn is_active(desired: TaskState) -> bool {
    desired <= TaskState::Complete
}
