//! Helps a component to write down its changes: gives out the ids of the tasks it creates.

use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{NodeId, ServiceId, TaskId};

use super::store::{Change, Store};

/// The changes of one write, as they are put together.
#[derive(Debug)]
pub struct Transaction<'a> {
    changes: &'a mut Vec<Change>,
    next_task: TaskId,
}

impl<'a> Transaction<'a> {
    /// An empty one. Only one is ever being put together, so the store's next ids are its own.
    pub fn new(store: &Store, changes: &'a mut Vec<Change>) -> Transaction<'a> {
        Transaction { changes, next_task: store.next_task() }
    }

    /// A new task in a slot; `key` is the slot, or the node's number for a global service.
    pub fn create_task(
        &mut self,
        service: ServiceId,
        key: u32,
        node: Option<NodeId>,
        desired: TaskState,
    ) -> TaskId {
        let task = self.next_task;
        self.next_task = TaskId(task.0 + 1);
        self.changes.push(Change::CreateTask { task, service, key, node, desired });
        task
    }

    /// What is wanted of a task moves up.
    pub fn set_desired(&mut self, task: TaskId, to: TaskState) {
        self.changes.push(Change::SetDesired { task, to });
    }

    /// A task goes.
    pub fn delete(&mut self, task: TaskId) {
        self.changes.push(Change::DeleteTask { task });
    }
}
