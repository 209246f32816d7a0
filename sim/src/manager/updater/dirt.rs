//! Which tasks an update has to replace.

use swarmbed_scheduler::TaskId;

use crate::manager::store::{ServiceRow, Store, Task};
use crate::setup::Setup;

/// A slot (or, for a global service, a node) as an orchestrator hands it to the updater.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The slot, or the node's number.
    pub key: u32,
    /// Its tasks of which something is still wanted, or its newest, if that has ended for good; ascending.
    pub tasks: Vec<TaskId>,
}

impl Candidate {
    /// Whether there is anything to replace: several tasks, or one that the present spec would not make.
    pub(super) fn is_dirty(&self, row: &ServiceRow, store: &Store, setup: &Setup) -> bool {
        match self.tasks[..] {
            [task] => store.task(task).is_some_and(|task| is_dirty(task, row, store, setup)),
            [] => false,
            _ => true,
        }
    }
}

/// Whether the service's present spec would make another task (`orchestrator/task.go:74-114`). One that merely asks for
/// other nodes leaves a task alone whose node will do.
pub fn is_dirty(task: &Task, row: &ServiceRow, store: &Store, setup: &Setup) -> bool {
    if task.version == row.version || task.revision == row.revision {
        return false;
    }
    let (new, old) = (setup.spec(task.service, row.revision), task.spec(setup));
    if new.makes_the_same_tasks(old) {
        return false;
    }
    let node = task.node.and_then(|node| store.node(node));
    let stays = node.is_some_and(|node| new.task.constraints.iter().all(|c| c.matches(node)));
    !(stays && new.differs_in_constraints_at_most(old))
}
