//! The rows of the store and the table of tasks.

use std::collections::BTreeMap;

use swarmbed_scheduler::spec::SpecVersion;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::view::Claim;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, TaskId};

use crate::names::Text;
use crate::setup::Mode;

/// A task as committed.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// Its service.
    pub service: ServiceId,
    /// The version of the service's spec that it was made from.
    pub version: SpecVersion,
    /// Its slot (a job's from 0), or its node's number for a global service.
    pub key: u32,
    /// Its slot from 1, or 0 for a global service.
    pub slot: u32,
    /// The how-manieth task of its slot it is, from 1.
    pub attempt: u32,
    /// What it is.
    pub state: TaskState,
    /// What is wanted of it.
    pub desired: TaskState,
    /// Where it is.
    pub node: Option<NodeId>,
    /// Why it waits, or what went wrong.
    pub error: Text,
    /// When it was created.
    pub created: SimTime,
    /// Since when it is what it is.
    pub since: SimTime,
    /// Generic resources it was given.
    pub claims: Box<[Claim]>,
}

/// A service as committed.
#[derive(Clone, Debug)]
pub struct ServiceRow {
    /// How many tasks it wants.
    pub mode: Mode,
    /// Its spec's version; tasks remember theirs.
    pub version: SpecVersion,
    /// Its tasks by slot, or by node for a global service.
    pub slots: BTreeMap<u32, Slot>,
    /// How many tasks there are.
    pub task_count: u32,
    /// How many of them are COMPLETE.
    pub completed: u32,
    /// Removed by the operator: the row stays until its last task has gone.
    pub removed: bool,
}

/// The tasks of one slot.
#[derive(Clone, Debug, Default)]
pub struct Slot {
    /// Ascending, so the newest is last.
    pub tasks: Vec<TaskId>,
    /// How many tasks the slot has ever had.
    pub attempts: u32,
}

impl ServiceRow {
    pub(super) fn new(mode: Mode, version: SpecVersion) -> ServiceRow {
        ServiceRow { mode, version, slots: BTreeMap::new(), task_count: 0, completed: 0, removed: false }
    }
}

pub(super) fn insert_sorted(list: &mut Vec<TaskId>, task: TaskId) {
    let at = list.partition_point(|t| *t < task);
    list.insert(at, task);
}

pub(super) fn remove_sorted(list: &mut Vec<TaskId>, task: TaskId) {
    if let Ok(at) = list.binary_search(&task) {
        list.remove(at);
    }
}
