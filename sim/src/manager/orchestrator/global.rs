//! The global orchestrator (`manager/orchestrator/global/global.go`): one task of the service on every node that is
//! neither DOWN nor drained and meets the constraints. A global job's tasks run there once
//! (`manager/orchestrator/jobs/global`).

use std::collections::BTreeSet;

use swarmbed_scheduler::node::{Availability, Node, NodeState};
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{NodeId, ServiceId, TaskId};

use super::replicated::Supervisors;
use super::{Ended, is_wanted, must_leave};
use crate::context::Context;
use crate::manager::ledger::Write;
use crate::manager::restart::Restarts;
use crate::manager::store::{Change, Store, Task};
use crate::manager::transaction::Transaction;
use crate::manager::updater::{Candidate, is_dirty};
use crate::observation::Observation;
use crate::setup::{RestartCondition, Revision, Service};

/// What is to be looked at when the transaction at hand is through.
#[derive(Debug, Default)]
pub struct Global {
    ended: Ended,
    services: BTreeSet<ServiceId>,
    nodes: BTreeSet<NodeId>,
}

impl Global {
    /// Notes what a change of the store asks for.
    pub fn watch(&mut self, what: &Observation, store: &Store) {
        match *what {
            Observation::ServiceCreated { service, .. }
            | Observation::ServiceUpdated { service, .. }
            | Observation::ServiceRolledBack { service, .. }
            | Observation::UpdateStateChanged { service, .. }
                if is_global(store, service) =>
            {
                self.services.insert(service);
            }
            Observation::NodeJoined { node }
            | Observation::NodeStateChanged { node, .. }
            | Observation::NodeRoleChanged { node, .. }
            | Observation::NodeAvailabilityChanged { node, .. }
            | Observation::NodeRemoved { node } => {
                self.nodes.insert(node);
            }
            Observation::TaskStateChanged { task, .. }
                if store.task(task).is_some_and(|row| has_ended(row, store)) =>
            {
                self.ended.note(task);
            }
            Observation::TaskDeleted { task } => {
                let row = store.task(task).expect("watchers see a deleted task once more");
                if is_global(store, row.service) {
                    self.nodes.extend(row.node);
                }
            }
            _ => {}
        }
    }

    /// A new leader's orchestrator looks at every task and every node.
    pub fn look_around(&mut self, store: &Store) {
        store.tasks().filter(|row| has_ended(row, store)).for_each(|row| self.ended.note(row.id));
        self.nodes.extend(store.nodes().map(|(id, _)| id));
    }

    /// A transaction was committed.
    pub fn committed(&mut self, ctx: &mut Context<'_>) {
        while let Some(node) = self.nodes.pop_first() {
            ctx.propose(Write::ReconcileNode(node));
        }
        self.ended.propose(Write::RestartGlobalTasks, ctx);
        while let Some(service) = self.services.pop_first() {
            ctx.propose(Write::ReconcileGlobal(service));
        }
    }

    /// Hands ended tasks to the restart supervisor; on a paused node, or where the constraints have changed, they are
    /// only shut down (`global.go:512-516`).
    pub fn restart_tasks(
        &mut self,
        restarts: &mut Restarts,
        store: &Store,
        changes: &mut Vec<Change>,
        ctx: &mut Context<'_>,
    ) {
        let mut tx = Transaction::new(store, changes);
        for row in self.ended.take(store) {
            let Some(node) = row.node.filter(|n| !must_leave(store, *n)).and_then(|n| store.node(n)) else {
                continue;
            };
            let fits = meets_constraints(row.service, node, store, ctx);
            if node.availability == Availability::Pause || !fits {
                tx.set_desired(row.id, TaskState::Shutdown);
            } else {
                restarts.restart(row, store, &mut tx, ctx);
            }
        }
    }

    /// Puts the service on every node where it belongs and is not, and hands what is there to the updater; where it does not
    /// belong any more it is shut down (`global.go:297-375`).
    pub fn reconcile_service(
        service: ServiceId,
        (_, updater): Supervisors<'_>,
        store: &Store,
        changes: &mut Vec<Change>,
        ctx: &mut Context<'_>,
    ) {
        let Some(row) = store.service(service).filter(|row| !row.removed) else { return };
        let mut tx = Transaction::new(store, changes);
        let mut there = Vec::new();
        for (id, node) in store.nodes() {
            if must_leave(store, id) {
                continue;
            }
            let wanted = wanted_there(service, id, store);
            if wanted.is_empty() {
                add_if_missing(service, id, store, &mut tx, ctx);
            } else if !meets_constraints(service, node, store, ctx) {
                wanted.iter().for_each(|task| tx.set_desired(*task, TaskState::Shutdown));
            } else if node.availability != Availability::Pause {
                there.push(Candidate { key: id.0, tasks: wanted });
            }
        }
        if !row.mode.is_job() {
            updater.reconcile(service, || there, store, ctx);
        }
    }

    /// Puts every service on the node, or shuts all its global tasks down if it has to be left
    /// (`global.go:378-480`). A deleted node's tasks are deleted (`global.go:161-163`).
    pub fn reconcile_node(node: NodeId, store: &Store, changes: &mut Vec<Change>, ctx: &mut Context<'_>) {
        let mut tx = Transaction::new(store, changes);
        if must_leave(store, node) {
            for task in store.tasks_on(node).iter().filter_map(|t| store.task(*t)) {
                if is_global(store, task.service) && !is_done(task) {
                    match store.node(node) {
                        Some(_) => tx.set_desired(task.id, TaskState::Shutdown),
                        None => tx.delete(task.id),
                    }
                }
            }
            return;
        }
        for (service, _) in store.services() {
            if is_global(store, service) {
                replace_outdated(service, node, store, &mut tx, ctx);
                add_if_missing(service, node, store, &mut tx, ctx);
            }
        }
    }
}

/// Somebody has to decide what becomes of a global service's slot on that node.
fn has_ended(task: &Task, store: &Store) -> bool {
    task.state.is_over() && is_wanted(task) && !is_done(task) && is_global(store, task.service)
}

fn is_global(store: &Store, service: ServiceId) -> bool {
    store.service(service).is_some_and(|s| !s.removed && s.mode.is_global())
}

/// A job's task that has done its work.
fn is_done(task: &Task) -> bool {
    task.state == TaskState::Complete && task.desired == TaskState::Complete
}

fn meets_constraints(service: ServiceId, node: &Node, store: &Store, ctx: &Context<'_>) -> bool {
    spec(service, store, ctx).task.constraints.iter().all(|c| c.matches(node))
}

/// What a service looks like now.
fn spec<'c>(service: ServiceId, store: &Store, ctx: &Context<'c>) -> &'c Service {
    let revision = store.service(service).map_or(Revision::default(), |row| row.revision);
    ctx.setup.spec(service, revision)
}

/// The service's tasks on that node of which something is wanted.
fn wanted_there(service: ServiceId, node: NodeId, store: &Store) -> Vec<TaskId> {
    let wanted = |task: &&TaskId| store.task(**task).is_some_and(is_wanted);
    store.tasks_in(service, node.0).iter().filter(wanted).copied().collect()
}

/// A node that changes gets the present spec at once, outside any rolling update (`global.go:447-480`).
fn replace_outdated(
    service: ServiceId,
    node: NodeId,
    store: &Store,
    tx: &mut Transaction<'_>,
    ctx: &Context<'_>,
) {
    let Some(row) = store.service(service).filter(|row| row.previous.is_some()) else { return };
    let paused = store.node(node).is_none_or(|node| node.availability == Availability::Pause);
    let rows = || wanted_there(service, node, store).into_iter().filter_map(|task| store.task(task));
    let (dirty, clean): (Vec<&Task>, Vec<&Task>) =
        rows().partition(|task| is_dirty(task, row, store, ctx.setup));
    if paused || dirty.is_empty() || row.mode.is_job() {
        return;
    }
    if clean.is_empty() {
        tx.create_task(service, node.0, Some(node), row.mode.goal());
    }
    for task in dirty.into_iter().chain(clean.into_iter().skip(1)) {
        tx.set_desired(task.id, TaskState::Shutdown);
    }
}

/// Creates the service's task on the node, unless it runs or is through there, the node is paused or not fit for it.
fn add_if_missing(
    service: ServiceId,
    node: NodeId,
    store: &Store,
    tx: &mut Transaction<'_>,
    ctx: &Context<'_>,
) {
    let Some(row) = store.node(node) else { return };
    let asked = spec(service, store, ctx);
    let condition = asked.restart_policy().condition;
    let counts = |task: &Task| {
        let runs = is_wanted(task) && !task.state.is_over();
        let through = match condition {
            RestartCondition::Any => false,
            RestartCondition::OnFailure => task.state == TaskState::Complete,
            RestartCondition::None => true,
        };
        runs || (through && task.state.is_over())
    };
    let there = store.tasks_in(service, node.0).iter().filter_map(|t| store.task(*t)).any(counts);
    // A job waits for a node to be READY; a service's task is created before, and waits in PENDING.
    let late = asked.mode.is_job() && row.state != NodeState::Ready;
    let open = row.availability != Availability::Pause && !late;
    if !there && open && meets_constraints(service, row, store, ctx) {
        tx.create_task(service, node.0, Some(node), asked.mode.goal());
    }
}
