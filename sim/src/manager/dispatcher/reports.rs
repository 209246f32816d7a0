//! Status reports that wait to be written, and the words that go with them.

use swarmbed_scheduler::TaskId;
use swarmbed_scheduler::task::TaskState;

use crate::context::Context;
use crate::manager::store::{Change, Store};
use crate::names::Text;

/// Reports since the last batch, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Reports {
    waiting: Vec<Report>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Report {
    task: TaskId,
    state: TaskState,
    code: u8,
    unhealthy: bool,
}

impl Reports {
    pub(super) fn add(&mut self, task: TaskId, state: TaskState, code: u8, unhealthy: bool) {
        self.waiting.push(Report { task, state, code, unhealthy });
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Only the furthest report of each task is written, and only if it is news (`dispatcher.go:780`).
    pub(super) fn prepare(&mut self, store: &Store, changes: &mut Vec<Change>, ctx: &mut Context<'_>) {
        self.waiting.sort_unstable();
        for at in 0..self.waiting.len() {
            let Report { task, state, code, unhealthy } = self.waiting[at];
            let furthest = self.waiting.get(at + 1).is_none_or(|next| next.task != task);
            if furthest && store.task(task).is_some_and(|t| t.state < state) {
                let error = error_text(state, code, unhealthy, ctx);
                changes.push(Change::SetState { task, to: state, error });
            }
        }
        self.waiting.clear();
    }
}

/// Docker's words for an end.
fn error_text(state: TaskState, code: u8, unhealthy: bool, ctx: &mut Context<'_>) -> Text {
    match state {
        TaskState::Failed if unhealthy => {
            ctx.text(&format!("task: non-zero exit ({code}): dockerexec: unhealthy container"))
        }
        TaskState::Failed | TaskState::Rejected => ctx.text(&format!("task: non-zero exit ({code})")),
        _ => Text::NONE,
    }
}
