//! The allocator, as far as placement needs it: a new task becomes PENDING once its network resources are allocated
//! (`manager/allocator/network.go:805-814`). Addresses and ports are not modelled yet, so it always succeeds.

use swarmbed_scheduler::TaskId;
use swarmbed_scheduler::task::TaskState;

use super::ledger::Write;
use super::store::{Change, Store};
use crate::context::Context;
use crate::names::Text;

/// New tasks that wait for their network resources.
#[derive(Debug, Default)]
pub struct Allocator {
    new: Vec<TaskId>,
    proposed: bool,
}

impl Allocator {
    /// A task was created.
    pub fn task_created(&mut self, task: TaskId) {
        self.new.push(task);
    }

    /// A transaction was committed: allocate what it brought.
    pub fn committed(&mut self, ctx: &mut Context<'_>) {
        if !self.new.is_empty() && !self.proposed {
            self.proposed = true;
            ctx.propose(Write::Allocate);
        }
    }

    /// Moves new tasks to PENDING.
    pub fn prepare(&mut self, store: &Store, changes: &mut Vec<Change>) {
        self.proposed = false;
        let fresh = |task: &TaskId| store.task(*task).is_some_and(|t| t.state == TaskState::New);
        let pending = |task| Change::SetState { task, to: TaskState::Pending, error: Text::NONE };
        changes.extend(self.new.drain(..).filter(fresh).map(pending));
    }
}
