//! The update supervisor (`manager/orchestrator/update/updater.go`): replaces the tasks of a service that has a new spec, a
//! few slots at a time, and stops or goes back if too many of the new ones fail.
//!
//! An orchestrator that looks at a service hands it every slot. A slot is *dirty* if the present spec would have made another
//! task, or if several tasks stand in it. As many *workers* as the update's parallelism take one dirty slot after the
//! other: a worker creates the new task, lets it start, waits until it runs, however long that takes, rests for the
//! update's delay, and takes the next. When no slot is left and all workers are done, the new tasks are watched for one more
//! monitoring period.
//!
//! What is written down is the state of the update; all else the leader merely remembers. A new leader finds dirty
//! slots and begins with them anew.

mod dirt;
mod progress;
mod slot;

use std::collections::BTreeMap;

use super::ledger::Write;
use super::restart::Restarts;
use super::store::{Change, ServiceRow, Store, UpdateState};
use super::transaction::Transaction;
use crate::context::Context;
use crate::engine::stream::Stream;
use crate::event::{Event, UpdateEvent};
use crate::observation::Observation;
use crate::setup::{FailureAction, Mode, Revision, UpdateConfig};
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{ServiceId, SimTime, TaskId};

pub use dirt::{Candidate, is_dirty};
use progress::{Phase, Task, Then, Update};
use slot::{existing, make, shut_down, take_over};

/// The updates under way. It dies with the leader's term.
#[derive(Debug, Default)]
pub struct Updater {
    updates: BTreeMap<ServiceId, Update>,
    /// How many there have been: a late timer is told by its update's number.
    count: u32,
    /// Writes that an orchestrator's overtake.
    overtaken: Vec<Write>,
}

/// What an update writes about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It begins.
    Start,
    /// Too many tasks failed, this one last: nothing more is replaced.
    Pause(TaskId),
    /// The same in a rollback that would roll back.
    PauseRollback(TaskId),
    /// Too many tasks failed, this one last: the service gets its previous spec.
    RollBack(TaskId),
    /// All is done.
    Complete,
}

impl Updater {
    /// An orchestrator has looked at the service: begins to replace what is dirty, unless that is being done already. An
    /// update towards another spec is dropped where it is.
    pub fn reconcile(
        &mut self,
        service: ServiceId,
        slots: impl FnOnce() -> Vec<Candidate>,
        store: &Store,
        ctx: &mut Context<'_>,
    ) {
        let Some(row) = store.service(service).filter(|row| row.previous.is_some() || row.update.is_some())
        else {
            return; // it never had another spec
        };
        let goal = (row.revision, row.mode);
        if self.updates.get(&service).is_some_and(|update| update.goal == goal) {
            return;
        }
        self.updates.remove(&service);
        if row.update.is_some_and(UpdateState::is_paused) {
            return;
        }
        let dirty: Vec<Candidate> =
            slots().into_iter().filter(|slot| slot.is_dirty(row, store, ctx.setup)).collect();
        if dirty.is_empty() {
            if row.update.is_some_and(UpdateState::is_under_way) {
                ctx.propose(Write::NoteUpdate(service, Notice::Complete));
            }
            return;
        }
        if row.update.is_none() {
            ctx.propose(Write::NoteUpdate(service, Notice::Start));
        }
        self.count += 1;
        let rolls_back = row.update == Some(UpdateState::RollbackStarted);
        let config = config(service, row.revision, rolls_back, ctx);
        let mut update =
            Update::new(self.count, goal, config, rolls_back, shuffled(service, dirty, row, ctx));
        let keys = update.begin();
        let number = update.number;
        self.updates.insert(service, update);
        for key in keys {
            ctx.propose(Write::UpdateSlot { service, key, number });
        }
    }

    /// A worker's turn has come to replace a slot.
    pub fn replace(
        &mut self,
        (service, key, number): (ServiceId, u32, u32),
        restarts: &mut Restarts,
        store: &Store,
        changes: &mut Vec<Change>,
        ctx: &mut Context<'_>,
    ) {
        let Some(update) = self.updates.get_mut(&service).filter(|update| update.number == number) else {
            return;
        };
        let Some(row) = store.service(service).filter(|row| !row.removed) else { return };
        let slot = update.slot(key);
        let mut tx = Transaction::new(store, changes);
        let task = match existing(&slot, row, store, ctx) {
            Some(task) => take_over(task, &slot, restarts, store, &mut tx, ctx),
            None => {
                let made = make(&slot, row, update.config.order, restarts, store, &mut tx, ctx);
                update.made.extend(made.map(|task| (task, None)));
                made.map(|task| Task::new(task, &slot, update.config.order))
            }
        };
        update.hand(key, task);
    }

    /// A slot's new task runs: with start-first its old ones go now.
    pub fn remove_old(
        &self,
        (service, key, number): (ServiceId, u32, u32),
        restarts: &mut Restarts,
        store: &Store,
        changes: &mut Vec<Change>,
        ctx: &Context<'_>,
    ) {
        let update = self.updates.get(&service).filter(|update| update.number == number);
        if let Some(task) = update.and_then(|update| update.workers.get(&key)?.as_ref()) {
            shut_down(&task.old, restarts, store, &mut Transaction::new(store, changes), ctx);
        }
    }

    /// What an update writes about itself.
    pub fn note(
        service: ServiceId,
        notice: Notice,
        store: &Store,
        changes: &mut Vec<Change>,
        ctx: &mut Context<'_>,
    ) {
        let Some(row) = store.service(service) else { return };
        let named = |task| named(service, task, store, ctx);
        let (to, message) = match (notice, row.update) {
            (Notice::Start, None) => (UpdateState::Updating, "update in progress".to_owned()),
            // Of an update that was forgotten by the operator nothing more is said.
            (Notice::Start, Some(_))
            | (Notice::Complete | Notice::Pause(_) | Notice::PauseRollback(_), None) => return,
            (Notice::Complete, Some(state)) => match state.completed() {
                UpdateState::RollbackCompleted => {
                    (UpdateState::RollbackCompleted, "rollback completed".to_owned())
                }
                completed => (completed, "update completed".to_owned()),
            },
            (Notice::Pause(task), Some(state)) => {
                (state.paused(), format!("update paused due to {FAILURE} {}", named(task)))
            }
            (Notice::PauseRollback(task), Some(state)) => {
                (state.paused(), format!("rollback paused due to {FAILURE} {}", named(task)))
            }
            (Notice::RollBack(task), _) => {
                let message = ctx.text(&format!("update rolled back due to {FAILURE} {}", named(task)));
                changes.push(Change::RollBackService { service, by_operator: false, message });
                return;
            }
        };
        let message = ctx.text(&message);
        changes.push(Change::SetUpdateState { service, to, message });
    }

    /// Notes that a task that an update made runs or has ended, and that a service is gone.
    pub fn watch(&mut self, what: &Observation, store: &Store, ctx: &mut Context<'_>) {
        match *what {
            Observation::TaskStateChanged { task, to, .. } if to >= TaskState::Running => {
                let Some(service) = store.task(task).map(|row| row.service) else { return };
                let Some(update) = self.updates.get_mut(&service) else { return };
                update.reached(task, to);
                // A worker whose task ends before it runs and whoever counts failures hear of it at the same time.
                let counted_first = to.is_over() && race("worker", service, task, store, ctx).below(2) == 0;
                if counted_first {
                    self.ended(service, task, store, ctx);
                }
                self.advance(service, store, ctx);
                if to.is_over() && !counted_first {
                    self.ended(service, task, store, ctx);
                }
            }
            Observation::ServiceRemoved { service } => {
                self.updates.remove(&service);
            }
            _ => {}
        }
    }

    /// A write is committed for which a worker, or the whole update, has waited.
    pub fn written(&mut self, write: Write, store: &Store, ctx: &mut Context<'_>) {
        match write {
            Write::Start(task) => {
                let Some(service) = store.task(task).map(|row| row.service) else { return };
                if let Some(update) = self.updates.get_mut(&service) {
                    update.allowed(task);
                    self.advance(service, store, ctx);
                }
            }
            Write::UpdateSlot { service, number, .. } if self.is_current(service, number) => {
                self.advance(service, store, ctx);
            }
            Write::RemoveOld { service, key, number } if self.is_current(service, number) => {
                self.rest(service, key, store, ctx);
            }
            Write::NoteUpdate(service, Notice::Complete) => {
                self.updates.remove(&service);
            }
            _ => {}
        }
    }

    /// A transaction is through, and the orchestrators have asked for what follows from it.
    pub fn committed(&mut self, ctx: &mut Context<'_>) {
        self.overtaken.drain(..).for_each(|write| ctx.propose(write));
    }

    fn is_current(&self, service: ServiceId, number: u32) -> bool {
        self.updates.get(&service).is_some_and(|update| update.number == number)
    }

    /// Lets every worker go on whose slot has come as far as it waited for.
    fn advance(&mut self, service: ServiceId, store: &Store, ctx: &mut Context<'_>) {
        let Some(update) = self.updates.get_mut(&service) else { return };
        let number = update.number;
        for (key, then) in update.come_far(ctx.now) {
            match then {
                Then::RemoveOld => ctx.propose(Write::RemoveOld { service, key, number }),
                Then::Rest => self.rest(service, key, store, ctx),
            }
        }
    }

    /// A worker is through with a slot: it rests, or takes the next at once.
    fn rest(&mut self, service: ServiceId, key: u32, store: &Store, ctx: &mut Context<'_>) {
        let Some(update) = self.updates.get_mut(&service) else { return };
        update.workers.remove(&key);
        if update.config.delay.nanos() > 0 {
            let event = UpdateEvent::Rested { service, number: update.number };
            update.resting += 1;
            ctx.after(update.config.delay, Event::Update(event));
        } else {
            self.take_next(service, store, ctx);
        }
    }

    /// A worker takes the next slot, or is done for good.
    fn take_next(&mut self, service: ServiceId, store: &Store, ctx: &mut Context<'_>) {
        let Some(update) = self.updates.get_mut(&service) else { return };
        let number = update.number;
        if let Some(key) = update.take() {
            ctx.propose(Write::UpdateSlot { service, key, number });
        } else if update.is_idle() {
            self.workers_done(service, store, ctx);
        }
    }

    /// Every worker is done: the new tasks are watched for a while, unless the update was stopped.
    fn workers_done(&mut self, service: ServiceId, store: &Store, ctx: &mut Context<'_>) {
        let Some(update) = self.updates.get_mut(&service) else { return };
        if update.phase == Phase::Stopped {
            self.updates.remove(&service);
            return;
        }
        update.phase = Phase::Watching;
        let event = UpdateEvent::Watched { service, number: update.number };
        ctx.after(update.config.monitor, Event::Update(event));
        // What ended meanwhile nobody has looked at yet.
        for task in std::mem::take(&mut update.unseen) {
            self.ended(service, task, store, ctx);
        }
    }

    /// A task has ended that the update may have made.
    fn ended(&mut self, service: ServiceId, task: TaskId, store: &Store, ctx: &mut Context<'_>) {
        let Some(update) = self.updates.get_mut(&service) else { return };
        if update.config.failure_action == FailureAction::Continue || !update.made.contains_key(&task) {
            return;
        }
        match update.phase {
            Phase::Stopped => return,
            Phase::Finishing => return update.unseen.push(task),
            Phase::Taking | Phase::Watching => {}
        }
        if !update.counts_failure(task, ctx.now) {
            return;
        }
        let was_watching = update.phase == Phase::Watching;
        let (notice, stops) = match (update.config.failure_action, update.rolls_back) {
            (FailureAction::Rollback, false) => (Notice::RollBack(task), true),
            // SwarmKit forgets that it has stopped here, and says in the end that all is completed
            // (`updater.go:242-246` with `:280-310`).
            (FailureAction::Rollback, true) => (Notice::PauseRollback(task), false),
            _ => (Notice::Pause(task), true),
        };
        let write = Write::NoteUpdate(service, notice);
        match notice {
            Notice::RollBack(_) if race("rollback", service, task, store, ctx).below(4) == 0 => {
                self.overtaken.push(write)
            }
            _ => ctx.propose(write),
        }
        update.stop_taking(stops);
        if was_watching && !stops {
            ctx.propose(Write::NoteUpdate(service, Notice::Complete));
        } else if update.is_idle() {
            self.workers_done(service, store, ctx);
        }
    }
}

/// How a service is updated, or rolled back.
fn config(service: ServiceId, revision: Revision, rolls_back: bool, ctx: &Context<'_>) -> UpdateConfig {
    let spec = ctx.setup.spec(service, revision);
    if rolls_back { spec.rollback } else { spec.update }
}

/// What a task is called: `web.3`, or by its node for a global service.
fn named(service: ServiceId, task: TaskId, store: &Store, ctx: &Context<'_>) -> String {
    let name = ctx.names.service(service);
    match store.task(task) {
        Some(row) if row.slot > 0 => format!("{name}.{}", row.slot),
        Some(row) => format!("{name}.{}", row.node.map_or("", |node| ctx.names.node(node))),
        None => name.to_owned(),
    }
}

/// A worker has rested, or the new tasks have been watched long enough.
pub fn handle(event: UpdateEvent, updater: &mut Updater, store: &Store, ctx: &mut Context<'_>) {
    match event {
        UpdateEvent::Rested { service, number } if updater.is_current(service, number) => {
            if let Some(update) = updater.updates.get_mut(&service) {
                update.resting -= 1;
            }
            updater.take_next(service, store, ctx);
        }
        UpdateEvent::Watched { service, number } if updater.is_current(service, number) => {
            ctx.propose(Write::NoteUpdate(service, Notice::Complete));
        }
        UpdateEvent::Rested { .. } | UpdateEvent::Watched { .. } => {}
    }
}

/// Slots in the order in which they are taken: SwarmKit goes through a map, in no order.
fn shuffled(
    service: ServiceId,
    mut slots: Vec<Candidate>,
    row: &ServiceRow,
    ctx: &Context<'_>,
) -> Vec<Candidate> {
    let name = format!("{}.{}", ctx.names.service(service), row.version.0);
    ctx.stream("update.slots", &name).shuffle(&mut slots);
    slots
}

/// Draws for who comes first where SwarmKit's components hear of a task's end at the same time. A worker and the count of
/// failures are two cases of one `select`, of which Go picks one at random (`updater.go`: Run). Whether a rollback or the
/// restart of the task that it is for reaches the store first is open: in recordings of the real SwarmKit the restart did in
/// 25 of 103 rollbacks.
fn race(between: &str, service: ServiceId, task: TaskId, store: &Store, ctx: &Context<'_>) -> Stream {
    let attempt = store.task(task).map_or(0, |row| row.attempt);
    let name = format!("{between}.{}.{attempt}", named(service, task, store, ctx));
    ctx.stream("update.race", &name)
}

/// What an update is stopped for.
const FAILURE: &str = "failure or early termination of task";

/// What an update works towards: a spec with its number of replicas.
type Goal = (Revision, Mode);
/// When a task that an update made was first seen to run or to have ended.
type Seen = Option<SimTime>;
