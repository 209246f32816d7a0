//! The replicated orchestrator (`manager/orchestrator/replicated`): as many slots as the service wants. Jobs have one of
//! their own in SwarmKit (`manager/orchestrator/jobs/replicated`), which differs in what it makes of a service.

use std::collections::BTreeSet;

use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{NodeId, ServiceId, TaskId};

use super::{Ended, is_wanted, must_leave};
use crate::context::Context;
use crate::manager::ledger::Write;
use crate::manager::restart::Restarts;
use crate::manager::store::{Change, ServiceRow, Slot, Store, Task, UpdateState};
use crate::manager::transaction::Transaction;
use crate::manager::updater::{Candidate, Updater};
use crate::observation::Observation;
use crate::setup::Mode;

/// What is to be looked at when the transaction at hand is through.
#[derive(Debug, Default)]
pub struct Replicated {
    ended: Ended,
    reconcile: BTreeSet<ServiceId>,
}

/// A slot that counts, and what the order of scaling down depends on.
struct RunningSlot {
    key: u32,
    task: Option<(NodeId, bool)>,
    many: bool,
}

/// Who replaces ended tasks, and who outdated ones.
pub(in crate::manager) type Supervisors<'a> = (&'a mut Restarts, &'a mut Updater);

impl Replicated {
    /// Notes what a change of the store asks for.
    pub fn watch(&mut self, what: &Observation, store: &Store) {
        match *what {
            Observation::ServiceCreated { service, .. }
            | Observation::ServiceScaled { service, .. }
            | Observation::ServiceUpdated { service, .. }
            | Observation::ServiceRolledBack { service, .. }
            | Observation::UpdateStateChanged { service, .. }
                if is_replicated(store, service) =>
            {
                self.reconcile.insert(service);
            }
            Observation::TaskStateChanged { task, .. }
            | Observation::TaskDesiredChanged { task, .. }
            | Observation::TaskAssigned { task, .. } => self.task_changed(task, store),
            Observation::TaskDeleted { task } => {
                let row = store.task(task).expect("watchers see a deleted task once more");
                if is_wanted(row) && is_replicated(store, row.service) {
                    self.reconcile.insert(row.service);
                }
            }
            Observation::NodeStateChanged { node, .. }
            | Observation::NodeAvailabilityChanged { node, .. }
            | Observation::NodeRemoved { node }
                if must_leave(store, node) =>
            {
                for task in store.tasks_on(node) {
                    self.task_changed(*task, store);
                }
            }
            _ => {}
        }
    }

    fn task_changed(&mut self, task: TaskId, store: &Store) {
        let Some(row) = store.task(task).filter(|t| is_wanted(t) && is_replicated(store, t.service)) else {
            return;
        };
        if row.state == TaskState::Complete && is_job(store, row.service) {
            self.reconcile.insert(row.service);
        } else if row.state.is_over() || row.node.is_some_and(|n| must_leave(store, n)) {
            self.ended.note(task);
        }
    }

    /// A new leader's orchestrator looks at every task and every service (`taskinit/init.go`, `replicated.go`).
    pub fn look_around(&mut self, store: &Store) {
        store.tasks().for_each(|row| self.task_changed(row.id, store));
        let services = store.services().map(|(id, _)| id).filter(|id| is_replicated(store, *id));
        self.reconcile.extend(services);
    }

    /// A transaction was committed: first tasks, then services, as SwarmKit's event loop has it.
    pub fn committed(&mut self, ctx: &mut Context<'_>) {
        self.ended.propose(Write::RestartTasks, ctx);
        while let Some(service) = self.reconcile.pop_first() {
            ctx.propose(Write::Reconcile(service));
        }
    }

    /// Hands ended tasks to the restart supervisor.
    pub fn restart_tasks(
        &mut self,
        restarts: &mut Restarts,
        store: &Store,
        changes: &mut Vec<Change>,
        ctx: &mut Context<'_>,
    ) {
        let mut tx = Transaction::new(store, changes);
        for task in self.ended.take(store) {
            restarts.restart(task, store, &mut tx, ctx);
        }
    }

    /// Makes the service's running slots as many as it wants (`replicated/services.go:95-209`).
    pub fn reconcile(
        service: ServiceId,
        (restarts, updater): Supervisors<'_>,
        store: &Store,
        changes: &mut Vec<Change>,
        ctx: &mut Context<'_>,
    ) {
        let Some(row) = store.service(service).filter(|s| !s.removed) else { return };
        let mut tx = Transaction::new(store, changes);
        let replicas = match row.mode {
            Mode::Replicated { replicas } => replicas,
            Mode::ReplicatedJob { completions, concurrent } => {
                return add_to_job(service, row, completions, concurrent, store, &mut tx);
            }
            Mode::Global | Mode::GlobalJob => return,
        };
        let (mut running, dead) = slots(row, restarts, store, ctx);
        let have = running.len() as u32;
        if have > replicas {
            sort_for_scale_down(&mut running);
        }
        let kept = running.iter().take(replicas as usize).map(|slot| slot.key);
        updater.reconcile(service, || candidates(kept, row, store), store, ctx);
        if have < replicas {
            let taken: BTreeSet<u32> = running.iter().map(|s| s.key).collect();
            let missing = (1..).filter(|key| !taken.contains(key)).take((replicas - have) as usize);
            let created: BTreeSet<u32> = missing.collect();
            for key in &created {
                tx.create_task(service, *key, None, TaskState::Running);
            }
            delete_all(dead.iter().filter(|key| !created.contains(key)), row, &mut tx);
            return;
        }
        delete_all(dead.iter(), row, &mut tx);
        if have > replicas {
            for slot in &running[replicas as usize..] {
                for task in row.slots[&slot.key].tasks.iter() {
                    tx.set_desired(*task, TaskState::Remove);
                }
            }
        }
    }
}

fn is_replicated(store: &Store, service: ServiceId) -> bool {
    store.service(service).is_some_and(|s| !s.removed && !s.mode.is_global())
}

fn is_job(store: &Store, service: ServiceId) -> bool {
    store.service(service).is_some_and(|s| s.mode.is_job())
}

/// Creates tasks as long as completions are missing and not too many run (`replicated/reconciler.go:153-175`). A failed task
/// counts as running until the restart supervisor has decided about it, and its replacement from then on.
fn add_to_job(
    service: ServiceId,
    row: &ServiceRow,
    completions: u32,
    concurrent: u32,
    store: &Store,
    tx: &mut Transaction<'_>,
) {
    let tasks = || row.slots.values().flat_map(|slot| &slot.tasks).filter_map(|task| store.task(*task));
    let running = tasks().filter(|t| t.state != TaskState::Complete && is_wanted(t)).count() as u32;
    let missing = concurrent.saturating_sub(running).min(completions.saturating_sub(row.completed + running));
    let unused = (0..).filter(|key| row.slots.get(key).is_none_or(|slot| slot.tasks.is_empty()));
    for key in unused.take(missing as usize) {
        tx.create_task(service, key, None, TaskState::Complete);
    }
}

/// Which slots count and which are dead (`restart.go:340-372`): a slot counts if something is still wanted of one of
/// its tasks, or if its newest task has ended for good.
fn slots(
    row: &ServiceRow,
    restarts: &mut Restarts,
    store: &Store,
    ctx: &Context<'_>,
) -> (Vec<RunningSlot>, Vec<u32>) {
    let (mut running, mut dead) = (Vec::new(), Vec::new());
    for (key, slot) in row.slots.iter().filter(|(_, slot)| !slot.tasks.is_empty()) {
        let rolls_back = row.update == Some(UpdateState::RollbackStarted);
        let ended_for_good =
            |newest: &Task| !rolls_back && !restarts.should_restart(newest, &newest.spec(ctx.setup).restart);
        match updatable(slot, store, ended_for_good) {
            Some((task, many)) => {
                let at = task.node.map(|node| (node, task.state == TaskState::Running));
                running.push(RunningSlot { key: *key, task: at, many });
            }
            None => dead.push(*key),
        }
    }
    (running, dead)
}

/// The task that stands for a running slot, and whether the slot has several.
fn updatable<'s>(
    slot: &Slot,
    store: &'s Store,
    ended_for_good: impl FnOnce(&Task) -> bool,
) -> Option<(&'s Task, bool)> {
    let rows = || slot.tasks.iter().filter_map(|t| store.task(*t));
    let mut wanted = rows().filter(|t| is_wanted(t));
    if let Some(first) = wanted.next() {
        return Some((first, wanted.next().is_some()));
    }
    let newest = rows().next_back()?;
    let gone_for_good = newest.desired < TaskState::Remove && ended_for_good(newest);
    gone_for_good.then_some((newest, false))
}

/// What the updater is to look at in these slots.
pub(super) fn candidates(keys: impl Iterator<Item = u32>, row: &ServiceRow, store: &Store) -> Vec<Candidate> {
    let candidate = |key: u32| {
        let slot = &row.slots[&key].tasks;
        let wanted = |task: &&TaskId| store.task(**task).is_some_and(is_wanted);
        let mut tasks: Vec<TaskId> = slot.iter().filter(wanted).copied().collect();
        if tasks.is_empty() {
            tasks.extend(slot.last());
        }
        Candidate { key, tasks }
    };
    keys.map(candidate).collect()
}

/// SwarmKit's order of scaling down (`services.go:126-175`): the first are kept. Its second sort is not stable above
/// 12 slots; ours is.
fn sort_for_scale_down(slots: &mut [RunningSlot]) {
    slots.sort_by_key(|s| (!s.task.is_some_and(|t| t.1), s.key));
    let mut copies = std::collections::BTreeMap::new();
    let mut nth = |slot: &RunningSlot| match slot.task {
        Some((node, _)) if !slot.many => {
            let n = copies.entry(node).or_insert(0u32);
            *n += 1;
            *n
        }
        _ => u32::MAX, // unassigned and mid-update slots go first
    };
    slots.sort_by_cached_key(|s| nth(s));
}

fn delete_all<'k>(keys: impl Iterator<Item = &'k u32>, row: &ServiceRow, tx: &mut Transaction<'_>) {
    for task in keys.flat_map(|key| &row.slots[key].tasks) {
        tx.delete(*task);
    }
}
