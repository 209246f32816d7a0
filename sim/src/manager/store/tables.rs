//! The rows of the store and the table of tasks.

use std::collections::BTreeMap;

use swarmbed_scheduler::spec::SpecVersion;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::view::Claim;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, TaskId};

use super::status::UpdateState;
use crate::manager::allocator::Address;
use crate::names::Text;
use crate::setup::{Mode, Revision, Service, Setup};

/// A task as committed.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// Its service.
    pub service: ServiceId,
    /// The version of the service's spec that it was made from.
    pub version: SpecVersion,
    /// That spec.
    pub revision: Revision,
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
    /// Its addresses, if it is in any network.
    pub addresses: Box<[Address]>,
    /// Generic resources it was given.
    pub claims: Box<[Claim]>,
}

impl Task {
    /// What it was made from.
    pub fn spec<'s>(&self, setup: &'s Setup) -> &'s Service {
        setup.spec(self.service, self.revision)
    }
}

/// A service as committed.
#[derive(Clone, Debug)]
pub struct ServiceRow {
    /// How many tasks it wants.
    pub mode: Mode,
    /// Its spec's version; tasks remember theirs.
    pub version: SpecVersion,
    /// Its spec.
    pub revision: Revision,
    /// The spec before that, to which it can be rolled back.
    pub previous: Option<Previous>,
    /// Its virtual addresses.
    pub vips: Box<[Address]>,
    /// How far its update has come, since it got its spec.
    pub update: Option<UpdateState>,
    /// The latest version that a spec of it ever had.
    pub(super) latest: SpecVersion,
    /// Its tasks by slot, or by node for a global service.
    pub slots: BTreeMap<u32, Slot>,
    /// How many tasks there are.
    pub task_count: u32,
    /// How many of them are COMPLETE.
    pub completed: u32,
    /// Removed by the operator: the row stays until its last task has gone.
    pub removed: bool,
}

/// What a service was before its last update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Previous {
    /// How many tasks it wanted.
    pub mode: Mode,
    /// Its spec's version.
    pub version: SpecVersion,
    /// Its spec.
    pub revision: Revision,
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
        ServiceRow {
            mode,
            version,
            revision: Revision::default(),
            previous: None,
            vips: Box::default(),
            update: None,
            latest: version,
            slots: BTreeMap::new(),
            task_count: 0,
            completed: 0,
            removed: false,
        }
    }

    /// What it is now, to be gone back to.
    pub(super) fn present(&self) -> Previous {
        Previous { mode: self.mode, version: self.version, revision: self.revision }
    }

    /// Gives it a new spec, even if only the replicas change: the version counts up, what it was is kept, and of an earlier
    /// update no more is said (`controlapi/service.go:895-918`).
    pub(super) fn respecify(&mut self, revision: Revision, replicas: Option<u32>) {
        self.previous = Some(self.present());
        self.latest.0 += 1;
        self.version = self.latest;
        self.revision = revision;
        self.update = None;
        if let Some(replicas) = replicas {
            self.mode = match self.mode {
                Mode::ReplicatedJob { concurrent, .. } => {
                    Mode::ReplicatedJob { completions: replicas, concurrent }
                }
                Mode::Replicated { .. } => Mode::Replicated { replicas },
                mode => mode,
            };
        }
    }

    /// Gives it its previous spec again. The operator may ask for the present one back; a failing update may not
    /// (`controlapi/service.go:870-890`, `update/updater.go`: rollbackUpdate).
    pub(super) fn go_back(&mut self, by_operator: bool) -> Option<()> {
        let Previous { mode, version, revision } = self.previous?;
        self.previous = by_operator.then(|| self.present());
        (self.mode, self.version, self.revision) = (mode, version, revision);
        self.update = Some(UpdateState::RollbackStarted);
        Some(())
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
