//! How far one update has come: slots to be taken, workers and what they wait for, failures.

use std::collections::{BTreeMap, VecDeque};

use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{SimTime, TaskId};

use super::{Candidate, Goal, Seen};
use crate::setup::{UpdateConfig, UpdateOrder};

/// One update under way.
#[derive(Debug)]
pub(super) struct Update {
    pub(super) number: u32,
    pub(super) goal: Goal,
    pub(super) config: UpdateConfig,
    pub(super) rolls_back: bool,
    pub(super) phase: Phase,
    /// Slots that no worker has taken yet.
    left: VecDeque<Candidate>,
    /// Slots whose workers wait for their turn to write.
    taken: BTreeMap<u32, Candidate>,
    /// Slots whose tasks workers wait for; `None` if there is nothing to wait for.
    pub(super) workers: BTreeMap<u32, Option<Task>>,
    /// How many workers rest.
    pub(super) resting: u32,
    /// How many slots were dirty.
    dirty: u64,
    /// Tasks that it made and that have not been counted as failures.
    pub(super) made: BTreeMap<TaskId, Seen>,
    failures: u64,
    /// Tasks that ended while nobody looked: after the last slot was taken and before all workers were done.
    pub(super) unseen: Vec<TaskId>,
}

/// What an update is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Slots are left to be taken.
    Taking,
    /// Workers are busy with the last ones.
    Finishing,
    /// New tasks are watched.
    Watching,
    /// Nothing more is to be done, once the workers are through with what they have.
    Stopped,
}

/// What a worker waits for.
#[derive(Debug)]
pub(super) struct Task {
    id: TaskId,
    /// It may run.
    allowed: bool,
    /// The first state from RUNNING on that it was seen in.
    reached: Option<TaskState>,
    /// It was there before: that it may run is enough.
    was_there: bool,
    /// The tasks that go when it runs.
    pub(super) old: Vec<TaskId>,
    /// They have been told.
    removing: bool,
}

/// What a worker does next.
pub(super) enum Then {
    /// The old tasks go.
    RemoveOld,
    /// It rests.
    Rest,
}

impl Update {
    pub(super) fn new(
        number: u32,
        goal: Goal,
        config: UpdateConfig,
        rolls_back: bool,
        dirty: Vec<Candidate>,
    ) -> Update {
        Update {
            number,
            goal,
            config,
            rolls_back,
            phase: Phase::Taking,
            dirty: dirty.len() as u64,
            left: dirty.into(),
            taken: BTreeMap::new(),
            workers: BTreeMap::new(),
            resting: 0,
            made: BTreeMap::new(),
            failures: 0,
            unseen: Vec::new(),
        }
    }

    /// Every worker takes its first slot.
    pub(super) fn begin(&mut self) -> Vec<u32> {
        let workers = match self.config.parallelism {
            0 => self.left.len(),
            parallelism => parallelism as usize,
        };
        std::iter::from_fn(|| self.take()).take(workers).collect()
    }

    /// A worker takes the next slot, if there is one.
    pub(super) fn take(&mut self) -> Option<u32> {
        let slot = self.left.pop_front()?;
        if self.left.is_empty() {
            self.phase = Phase::Finishing;
        }
        let key = slot.key;
        self.taken.insert(key, slot);
        Some(key)
    }

    /// A slot that was taken, now that its worker's turn has come.
    pub(super) fn slot(&mut self, key: u32) -> Candidate {
        self.taken.remove(&key).unwrap_or_else(|| panic!("slot {key} was taken before it is replaced"))
    }

    /// What the slot's worker waits for from now on.
    pub(super) fn hand(&mut self, key: u32, task: Option<Task>) {
        self.workers.insert(key, task);
    }

    /// No further slot is taken; for good, or only for now.
    pub(super) fn stop_taking(&mut self, for_good: bool) {
        self.left.clear();
        self.phase = if for_good { Phase::Stopped } else { Phase::Finishing };
    }

    /// Whether no worker has anything to do any more.
    pub(super) fn is_idle(&self) -> bool {
        self.taken.is_empty() && self.workers.is_empty() && self.resting == 0
    }

    /// A task has got so far.
    pub(super) fn reached(&mut self, task: TaskId, state: TaskState) {
        if let Some(task) = self.waited_for(task) {
            task.reached.get_or_insert(state);
        }
    }

    /// A task may run now.
    pub(super) fn allowed(&mut self, task: TaskId) {
        if let Some(task) = self.waited_for(task) {
            task.allowed = true;
        }
    }

    fn waited_for(&mut self, id: TaskId) -> Option<&mut Task> {
        self.workers.values_mut().flatten().find(|task| task.id == id)
    }

    /// The slots whose workers need not wait any more, and what they do now.
    pub(super) fn come_far(&mut self, now: SimTime) -> Vec<(u32, Then)> {
        let mut far = Vec::new();
        for (key, worker) in &mut self.workers {
            let Some(task) = worker else {
                far.push((*key, Then::Rest));
                continue;
            };
            let runs = task.was_there || task.reached.is_some();
            if !task.allowed || !runs || task.removing {
                continue;
            }
            if let Some(seen) = self.made.get_mut(&task.id) {
                *seen = Some(now);
            }
            task.removing = !task.old.is_empty() && task.reached == Some(TaskState::Running);
            far.push((*key, if task.removing { Then::RemoveOld } else { Then::Rest }));
        }
        far
    }

    /// Whether that a task has ended makes one failure too many.
    pub(super) fn counts_failure(&mut self, task: TaskId, now: SimTime) -> bool {
        let Some(seen) = self.made.get(&task) else { return false };
        if seen.is_some_and(|seen| now.since(seen) > self.config.monitor) {
            return false;
        }
        self.made.remove(&task);
        self.failures += 1;
        self.failures * 1_000_000 > u64::from(self.config.max_failure_ppm) * self.dirty
    }
}

impl Task {
    /// A task that was made: with start-first the old ones go when it runs.
    pub(super) fn new(id: TaskId, slot: &Candidate, order: UpdateOrder) -> Task {
        let old = match order {
            UpdateOrder::StartFirst => slot.tasks.clone(),
            UpdateOrder::StopFirst => Vec::new(),
        };
        Task { id, allowed: false, reached: None, was_there: false, old, removing: false }
    }

    /// A task that was there.
    pub(super) fn taken_over(id: TaskId) -> Task {
        Task { id, allowed: false, reached: None, was_there: true, old: Vec::new(), removing: false }
    }
}
