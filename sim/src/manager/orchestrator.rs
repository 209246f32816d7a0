//! What the two orchestrators share. One keeps the slots of [`replicated`] services filled, the other keeps a task of
//! each [`global`] service on every node; both leave the replacing of ended tasks to [`super::restart`].

use swarmbed_scheduler::NodeId;
use swarmbed_scheduler::node::{Availability, NodeState};
use swarmbed_scheduler::task::TaskState;

use super::store::{Store, Task};

pub mod global;
pub mod replicated;

/// Tasks on such a node have to move (`orchestrator/task.go:152-157`).
pub(super) fn must_leave(store: &Store, node: NodeId) -> bool {
    store.node(node).is_none_or(|n| n.state == NodeState::Down || n.availability == Availability::Drain)
}

/// Nothing has been decided about the task's end yet.
pub(super) fn is_wanted(task: &Task) -> bool {
    task.desired <= TaskState::Running
}
