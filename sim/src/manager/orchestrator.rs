//! What the two orchestrators share. One keeps the slots of [`replicated`] services filled, the other keeps a task of
//! each [`global`] service on every node; each sees to the jobs of its kind, too. Both leave the replacing of ended tasks to [`super::restart`].

use std::collections::BTreeSet;

use swarmbed_scheduler::node::{Availability, NodeState};
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{NodeId, TaskId};

use super::ledger::Write;
use super::store::{Store, Task};
use crate::context::Context;

pub mod global;
pub mod replicated;

/// Tasks on such a node have to move (`orchestrator/task.go:152-157`).
pub(super) fn must_leave(store: &Store, node: NodeId) -> bool {
    store.node(node).is_none_or(|n| n.state == NodeState::Down || n.availability == Availability::Drain)
}

/// Nothing has been decided about the task's end yet. Of a job's task COMPLETE is wanted.
pub(super) fn is_wanted(task: &Task) -> bool {
    task.desired <= TaskState::Complete
}

/// Ended tasks that an orchestrator has to decide about with its next write.
#[derive(Debug, Default)]
pub(super) struct Ended {
    tasks: BTreeSet<TaskId>,
    proposed: bool,
}

impl Ended {
    fn note(&mut self, task: TaskId) {
        self.tasks.insert(task);
    }

    /// Asks for that write once, if there is anything to decide.
    fn propose(&mut self, write: Write, ctx: &mut Context<'_>) {
        if !self.tasks.is_empty() && !self.proposed {
            self.proposed = true;
            ctx.propose(write);
        }
    }

    /// The tasks about which nothing has been decided meanwhile.
    fn take<'s>(&mut self, store: &'s Store) -> impl Iterator<Item = &'s Task> + use<'s> {
        self.proposed = false;
        let tasks = std::mem::take(&mut self.tasks).into_iter();
        tasks.filter_map(|task| store.task(task)).filter(|task| is_wanted(task))
    }
}
