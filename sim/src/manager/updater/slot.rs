//! What a worker does with one slot.

use swarmbed_scheduler::TaskId;
use swarmbed_scheduler::task::TaskState;

use super::progress::Task;
use super::{Candidate, is_dirty};
use crate::context::Context;
use crate::manager::restart::Restarts;
use crate::manager::store::{ServiceRow, Store};
use crate::manager::transaction::Transaction;
use crate::setup::{Mode, UpdateOrder};

/// A task of the slot that the present spec would have made; rather one that may run than one that waits.
pub(super) fn existing(
    slot: &Candidate,
    row: &ServiceRow,
    store: &Store,
    ctx: &Context<'_>,
) -> Option<TaskId> {
    let rows = slot.tasks.iter().filter_map(|task| store.task(*task));
    let clean: Vec<_> = rows.filter(|task| !is_dirty(task, row, store, ctx.setup)).collect();
    let runs = clean.iter().find(|task| task.desired == TaskState::Running);
    let waits = clean.iter().rfind(|task| task.desired < TaskState::Running);
    runs.or(waits).map(|task| task.id)
}

/// The slot's other tasks go, and the one that is there may run. `None` if there is nothing to wait for.
pub(super) fn take_over(
    task: TaskId,
    slot: &Candidate,
    restarts: &mut Restarts,
    store: &Store,
    tx: &mut Transaction<'_>,
    ctx: &mut Context<'_>,
) -> Option<Task> {
    let others: Vec<TaskId> = slot.tasks.iter().copied().filter(|other| *other != task).collect();
    let old = match others[..] {
        [] => None,
        _ => Some(shut_down(&others, restarts, store, tx, ctx)?),
    };
    store.task(task).filter(|row| row.desired < TaskState::Running)?;
    restarts.delay_start(task, old, store, ctx);
    Some(Task::taken_over(task))
}

/// Creates the slot's new task. With stop-first the old ones go at once, and it waits for one of them; if they are on their
/// way already, nothing is done.
pub(super) fn make(
    slot: &Candidate,
    row: &ServiceRow,
    order: UpdateOrder,
    restarts: &mut Restarts,
    store: &Store,
    tx: &mut Transaction<'_>,
    ctx: &mut Context<'_>,
) -> Option<TaskId> {
    let first = store.task(*slot.tasks.first()?)?;
    let (service, node) = (first.service, first.node.filter(|_| row.mode == Mode::Global));
    match order {
        UpdateOrder::StartFirst => {
            let made = tx.create_task(service, slot.key, node, TaskState::Ready);
            restarts.delay_start(made, None, store, ctx);
            Some(made)
        }
        UpdateOrder::StopFirst => {
            let old = shut_down(&slot.tasks, restarts, store, tx, ctx)?;
            let made = tx.create_task(service, slot.key, node, TaskState::Ready);
            restarts.delay_start(made, Some(old), store, ctx);
            Some(made)
        }
    }
}

/// Tells tasks to stop. Returns one that was told so, or had ended for good before; `None` if there is none.
pub(super) fn shut_down(
    tasks: &[TaskId],
    restarts: &mut Restarts,
    store: &Store,
    tx: &mut Transaction<'_>,
    ctx: &Context<'_>,
) -> Option<TaskId> {
    let mut told = None;
    for task in tasks.iter().filter_map(|task| store.task(*task)) {
        if task.desired <= TaskState::Running {
            tx.set_desired(task.id, TaskState::Shutdown);
            told = Some(task.id);
        } else if !restarts.should_restart(task, &task.spec(ctx.setup).restart_policy()) {
            told = Some(task.id);
        }
    }
    told
}
