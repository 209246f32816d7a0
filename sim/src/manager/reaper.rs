//! The task reaper (`manager/orchestrator/taskreaper/task_reaper.go`): deletes tasks that were told to go and have
//! stopped, and the oldest ended tasks of each slot beyond the history limit.

use std::collections::BTreeSet;

use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{ServiceId, TaskId};

use super::ledger::Write;
use super::store::{Change, Store, Task};
use crate::context::Context;
use crate::event::{Event, ReaperEvent};
use crate::observation::Observation;

/// What the reaper is to look at.
#[derive(Debug, Default)]
pub struct Reaper {
    /// Slots in which a task was created.
    dirty: BTreeSet<(ServiceId, u32)>,
    /// Tasks told to go that have stopped, or were never sent anywhere.
    cleanup: BTreeSet<TaskId>,
    armed: bool,
    proposed: bool,
}

impl Reaper {
    /// Notes what a change of the store asks for.
    pub fn watch(&mut self, what: &Observation, store: &Store, ctx: &mut Context<'_>) {
        match *what {
            Observation::TaskCreated { task, .. } => {
                let row = store.task(task).expect("watchers see a task when it is created");
                self.dirty.insert((row.service, row.key));
            }
            Observation::TaskStateChanged { task, .. } | Observation::TaskDesiredChanged { task, .. } => {
                if store.task(task).is_some_and(may_go) {
                    self.cleanup.insert(task);
                }
            }
            _ => return,
        }
        self.arm(ctx);
    }

    /// A new leader's reaper looks for tasks that may go.
    pub fn look_around(&mut self, store: &Store, ctx: &mut Context<'_>) {
        self.cleanup.extend(store.tasks().filter(|row| may_go(row)).map(|row| row.id));
        self.arm(ctx);
    }

    fn arm(&mut self, ctx: &mut Context<'_>) {
        let due = self.dirty.len() + self.cleanup.len();
        if due > ctx.setup.profile.reaper_batch_limit as usize {
            self.propose(ctx);
        } else if due > 0 && !self.armed && !self.proposed {
            self.armed = true;
            ctx.after(ctx.setup.profile.reaper_batch, Event::Reaper(ReaperEvent));
        }
    }

    fn propose(&mut self, ctx: &mut Context<'_>) {
        if !self.proposed {
            self.proposed = true;
            ctx.propose(Write::Reap);
        }
    }

    /// Deletes what may go.
    pub fn prepare(&mut self, store: &Store, changes: &mut Vec<Change>, ctx: &Context<'_>) {
        self.proposed = false;
        let mut doomed: BTreeSet<TaskId> = std::mem::take(&mut self.cleanup);
        doomed.retain(|task| store.task(*task).is_some_and(may_go));
        for (service, key) in std::mem::take(&mut self.dirty) {
            trim(service, key, store, &mut doomed, ctx);
        }
        changes.extend(doomed.into_iter().map(|task| Change::DeleteTask { task }));
    }
}

/// The batch is due.
pub fn handle(_: ReaperEvent, reaper: &mut Reaper, ctx: &mut Context<'_>) {
    reaper.armed = false;
    reaper.propose(ctx);
}

/// Told to go, and nothing runs: it never reached a node, or it has ended.
fn may_go(task: &Task) -> bool {
    task.desired == TaskState::Remove
        && (task.state < TaskState::Assigned || task.state >= TaskState::Complete)
}

/// Marks the oldest ended tasks of a slot beyond the limit. A job's history is not trimmed.
fn trim(service: ServiceId, key: u32, store: &Store, doomed: &mut BTreeSet<TaskId>, ctx: &Context<'_>) {
    let Some(row) = store.service(service).filter(|row| !row.mode.is_job()) else { return };
    let attempts = ctx.setup.spec(service, row.revision).restart.max_attempts;
    let limit = match (ctx.setup.profile.task_history, attempts) {
        (keep, _) if keep < 0 => return,
        (_, attempts) if attempts > 0 => attempts as usize + 1,
        (keep, _) => keep as usize,
    };
    let tasks = store.tasks_in(service, key);
    let mut surplus = tasks.len().saturating_sub(limit);
    for task in tasks.iter().filter_map(|t| store.task(*t)) {
        if surplus == 0 {
            return;
        }
        let unsent = task.state < TaskState::Assigned && task.desired > TaskState::Running;
        if task.state.is_over() || unsent {
            doomed.insert(task.id);
            surplus -= 1;
        }
    }
}
