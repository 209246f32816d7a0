//! Tasks by what they need: all tasks of one service and spec version are of one kind and wait in one queue.

use swarmbed_scheduler::spec::{SpecVersion, TaskSpec};
use swarmbed_scheduler::{ServiceId, TaskId};

use super::TaskFacts;

/// A kind's place in the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct KindId(u32);

/// Tasks that are alike.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    pub(super) service: ServiceId,
    pub(super) service_name: Box<str>,
    pub(super) version: Option<SpecVersion>,
    pub(super) spec: TaskSpec,
    /// Tasks of this kind in the mirror; at none it is dropped.
    tasks: u32,
    queue: Vec<TaskId>,
}

/// The kinds there are.
#[derive(Clone, Debug, Default)]
pub(super) struct Kinds {
    table: Vec<Option<Kind>>,
    free: Vec<KindId>,
    /// The kinds of each service: as many as it has spec versions with tasks, which is one or two.
    of_service: Vec<Vec<KindId>>,
    /// Kinds with a queue.
    queued: Vec<KindId>,
}

impl Kinds {
    pub(super) fn get(&self, id: KindId) -> &Kind {
        self.table[id.0 as usize].as_ref().expect("a kind lives as long as its tasks")
    }

    fn get_mut(&mut self, id: KindId) -> &mut Kind {
        self.table[id.0 as usize].as_mut().expect("a kind lives as long as its tasks")
    }

    /// Counts one more task of its kind, made if it is new.
    pub(super) fn enter(&mut self, facts: &TaskFacts<'_>) -> KindId {
        if self.of_service.len() <= facts.service.index() {
            self.of_service.resize_with(facts.service.index() + 1, Vec::new);
        }
        // One-off tasks have no version that would say whether they are alike.
        let alike = |kind: &Kind| {
            kind.version == facts.version && (kind.version.is_some() || kind.spec == *facts.spec)
        };
        let known = self.of_service[facts.service.index()].iter().copied().find(|id| alike(self.get(*id)));
        let id = known.unwrap_or_else(|| self.add(facts));
        self.get_mut(id).tasks += 1;
        id
    }

    fn add(&mut self, facts: &TaskFacts<'_>) -> KindId {
        let id = self.free.pop().unwrap_or_else(|| {
            self.table.push(None);
            KindId(self.table.len() as u32 - 1)
        });
        self.of_service[facts.service.index()].push(id);
        self.table[id.0 as usize] = Some(Kind {
            service: facts.service,
            service_name: facts.service_name.into(),
            version: facts.version,
            spec: facts.spec.clone(),
            tasks: 0,
            queue: Vec::new(),
        });
        id
    }

    /// Counts one task of the kind less. It must not stand in the queue.
    pub(super) fn leave(&mut self, id: KindId) {
        let kind = self.get_mut(id);
        kind.tasks -= 1;
        if kind.tasks == 0 {
            let service = kind.service;
            self.of_service[service.index()].retain(|k| *k != id);
            self.table[id.0 as usize] = None;
            self.free.push(id);
        }
    }

    pub(super) fn enqueue(&mut self, id: KindId, task: TaskId) {
        let queue = &mut self.get_mut(id).queue;
        queue.push(task);
        if queue.len() == 1 {
            self.queued.push(id);
        }
    }

    /// How many tasks are queued.
    pub(super) fn waiting(&self) -> usize {
        self.queued.iter().map(|id| self.get(*id).queue.len()).sum()
    }

    /// Empties the queues: each kind with its tasks, ascending; kinds ascending by service and version, those without a
    /// version last.
    pub(super) fn take_queues(&mut self) -> Vec<(KindId, Vec<TaskId>)> {
        let mut queued = std::mem::take(&mut self.queued);
        queued.sort_unstable_by_key(|id| {
            let kind = self.get(*id);
            (kind.version.is_none(), kind.service, kind.version)
        });
        let take = |id| {
            let mut tasks = std::mem::take(&mut self.get_mut(id).queue);
            tasks.sort_unstable();
            (id, tasks)
        };
        queued.into_iter().map(take).collect()
    }
}
