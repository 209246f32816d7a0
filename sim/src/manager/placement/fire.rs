//! A firing: confirm what is bound, place what waits, and what to do if a commit refuses.

use std::sync::Arc;

use swarmbed_scheduler::filter::{Pipeline, Tally};
use swarmbed_scheduler::plan::{Explanation, Group, PendingTask, Plan, Request, Verdict, Work};
use swarmbed_scheduler::spec::SpecVersion;
use swarmbed_scheduler::strategy::Strategy;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::view::Claim;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, TaskId};

use super::kinds::KindId;
use super::{Known, Placement};

/// What a firing needs to know beside the mirror.
#[derive(Clone, Copy)]
pub struct Firing<'a> {
    /// Now, in simulated time.
    pub now: SimTime,
    /// Who decides.
    pub strategy: &'a dyn Strategy,
    /// The run's seed.
    pub seed: u64,
    /// A task whose choice is to be explained.
    pub explain: Option<TaskId>,
    /// The current spec version of a service in the store, `None` if the service is gone. A service whose tasks have no
    /// version may answer anything.
    pub service_version: &'a dyn Fn(ServiceId) -> Option<SpecVersion>,
}

/// What a firing decided, to be committed.
#[derive(Clone, Debug, Default)]
pub struct Decisions {
    /// The changes, in the order in which they were decided: confirmations before placements.
    pub writes: Vec<Write>,
    /// What the strategy was asked, if it was.
    pub planned: Option<Planned>,
}

/// One task's fate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The task.
    pub task: TaskId,
    /// What becomes of it.
    pub outcome: Outcome,
}

/// What becomes of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// PENDING to ASSIGNED, on this node, with these generic resources. The error text is cleared.
    Assign {
        /// The node.
        node: NodeId,
        /// The generic resources that it gets.
        claims: Box<[Claim]>,
        /// It came bound to that node, which was found fit.
        confirmed: bool,
    },
    /// It stays PENDING, and this is the new error text.
    Refuse(Arc<str>),
    /// PENDING to SHUTDOWN: it is of an old version of its service, is not wanted any more and found no place.
    Shutdown,
}

/// What a tick asked of the strategy, and what that cost.
#[derive(Clone, Debug, Default)]
pub struct Planned {
    /// Groups in the request.
    pub groups: u32,
    /// Tasks in the request.
    pub tasks: u32,
    /// Tasks that found a node.
    pub placed: u32,
    /// The strategy's counters.
    pub work: Work,
    /// Of the task that was asked about, if it was in the request.
    pub explanation: Option<Explanation>,
}

impl Placement {
    /// Decides what there is to decide (`scheduler.go:164-172`), and takes it as done until [`Placement::undo`] says that
    /// the commit refused it.
    pub fn fire(&mut self, firing: &Firing<'_>) -> Decisions {
        let mut decisions = Decisions::default();
        for task in self.preassigned.iter().copied().collect::<Vec<_>>() {
            decisions.writes.extend(self.confirm(task));
        }
        if std::mem::take(&mut self.tick) {
            self.tick(firing, &mut decisions);
        }
        decisions
    }

    /// The commit refused to assign the task, which still exists. It waits for the next tick, but does not call for one
    /// (`scheduler.go:476-487`).
    pub fn undo(&mut self, task: TaskId) {
        let Some(known) = self.known(task).filter(|k| k.proposed) else { return };
        let (node, bound) = (known.node, known.came_bound);
        self.let_go(task);
        let known = self.known_mut(task);
        known.proposed = false;
        known.state = TaskState::Pending;
        if bound {
            known.node = node;
            self.expect(task);
        } else {
            known.node = None;
            self.requeue(task);
        }
    }

    /// Looks whether a bound task fits where it is (`scheduler.go:645-690`). An explanation has no wrapper here, and one
    /// whose node is unknown is left as it is.
    fn confirm(&mut self, task: TaskId) -> Option<Write> {
        let known = self.tasks[task.index()].as_mut().expect("a bound task that waits is in the mirror");
        let id = known.node.expect("a bound task has a node");
        let node = self.view.node(id)?;
        let kind = self.kinds.get(known.kind);
        if let Err(filter) = Pipeline::new(&kind.spec).check(node, &node.books, kind.service) {
            let mut tally = Tally::default();
            tally.fail(filter);
            return known.refuse(&tally.to_string().into());
        }
        self.preassigned.remove(&task);
        Some(self.assign(task, id, true))
    }

    /// Takes a task as assigned.
    fn assign(&mut self, task: TaskId, node: NodeId, confirmed: bool) -> Write {
        let known = self.known_mut(task);
        known.state = TaskState::Assigned;
        known.proposed = true;
        known.error = None;
        self.hold(task, node);
        let claims = self.known_mut(task).claims.clone();
        Write { task, outcome: Outcome::Assign { node, claims, confirmed } }
    }

    /// Puts the whole queue to the strategy (`scheduler.go:428-488`).
    fn tick(&mut self, firing: &Firing<'_>, decisions: &mut Decisions) {
        let queue = self.take_queue();
        if queue.is_empty() {
            return;
        }
        let groups = self.groups(&queue);
        let Firing { now, seed, explain, .. } = *firing;
        let request = Request { now, view: &self.view, groups: &groups, seed, explain };
        let plan = firing.strategy.plan(&request);
        let mut planned = Planned { groups: groups.len() as u32, work: plan.work, ..Planned::default() };
        planned.tasks = groups.iter().map(|g| g.tasks.len() as u32).sum();
        assert_eq!(
            plan.decisions.len(),
            planned.tasks as usize,
            "strategy `{}` must decide on every task of its request exactly once",
            firing.strategy.name()
        );
        let before = decisions.writes.len();
        let ghosts = self.apply(&plan, firing, decisions);
        let assigned = |w: &&Write| matches!(w.outcome, Outcome::Assign { .. });
        planned.placed = decisions.writes[before..].iter().filter(assigned).count() as u32;
        planned.explanation = plan.explanation;
        decisions.planned = Some(planned);
        ghosts.into_iter().for_each(|task| self.forget(task));
    }

    /// Takes the tasks out of the queue that still have no node.
    fn take_queue(&mut self) -> Vec<(KindId, Vec<PendingTask>)> {
        let mut queue = Vec::new();
        for (kind, tasks) in self.kinds.take_queues() {
            let mut pending = Vec::with_capacity(tasks.len());
            for task in tasks {
                let known = self.tasks[task.index()].as_mut().expect("a queued task is in the mirror");
                known.queued = false;
                if known.node.is_none() {
                    pending.push(known.task);
                }
            }
            if !pending.is_empty() {
                queue.push((kind, pending));
            }
        }
        queue
    }

    /// One group for each kind; tasks without a spec version come last, one by one (`scheduler.go:440-468`).
    fn groups<'a>(&'a self, queue: &'a [(KindId, Vec<PendingTask>)]) -> Vec<Group<'a>> {
        let group = |kind: KindId, tasks: &'a [PendingTask]| {
            let kind = self.kinds.get(kind);
            let (service, service_name, version) = (kind.service, &*kind.service_name, kind.version);
            Group { service, service_name, version, spec: &kind.spec, tasks }
        };
        let single = |kind: KindId| self.kinds.get(kind).version.is_none();
        let (one_off, grouped): (Vec<_>, Vec<_>) = queue.iter().partition(|(kind, _)| single(*kind));
        let mut groups: Vec<_> = grouped.iter().map(|(kind, tasks)| group(*kind, tasks)).collect();
        let first_one_off = groups.len();
        groups
            .extend(one_off.iter().flat_map(|(kind, tasks)| tasks.chunks(1).map(|task| group(*kind, task))));
        groups[first_one_off..].sort_by_key(|g| g.tasks[0].id);
        groups
    }

    /// Takes the plan as done. Returns the ghosts in it: SwarmKit finds that they are gone when it commits, and gives back
    /// what they took (`scheduler.go:513-521`).
    fn apply(&mut self, plan: &Plan, firing: &Firing<'_>, decisions: &mut Decisions) -> Vec<TaskId> {
        let texts: Vec<Arc<str>> = plan.refusals.iter().map(|r| r.to_string().into()).collect();
        let mut ghosts = Vec::new();
        for decision in &plan.decisions {
            let task = decision.task;
            let ghost = self.known(task).is_none();
            if ghost {
                ghosts.push(task);
            }
            let write = match &decision.verdict {
                Verdict::Place { node, .. } => Some(self.assign(task, *node, false)),
                Verdict::Refuse(_) if ghost => None,
                Verdict::Refuse(refusal) => self.left_over(task, &texts[*refusal], firing),
            };
            decisions.writes.extend(write.filter(|_| !ghost));
        }
        ghosts
    }

    /// A task found no node (`noSuitableNode`, `scheduler.go:926-971`).
    fn left_over(&mut self, task: TaskId, text: &Arc<str>, firing: &Firing<'_>) -> Option<Write> {
        let known = self.tasks[task.index()].as_mut().expect("a planned task is in the mirror");
        let kind = self.kinds.get(known.kind);
        // Without a service nobody wants it: the task is dropped from the queue without a word.
        let current = (firing.service_version)(kind.service)?;
        if kind.version.is_some_and(|own| current > own) {
            let unwanted = known.state == TaskState::Pending && known.desired >= TaskState::Shutdown;
            return unwanted.then_some(Write { task, outcome: Outcome::Shutdown });
        }
        let write = known.refuse(text);
        self.requeue(task);
        write
    }
}

impl Known {
    /// The write that a refusal takes, which is none if the text has not changed (`scheduler.go:526-531`).
    fn refuse(&mut self, text: &Arc<str>) -> Option<Write> {
        if self.error.as_ref() == Some(text) {
            return None;
        }
        self.error = Some(text.clone());
        Some(Write { task: self.task.id, outcome: Outcome::Refuse(text.clone()) })
    }
}
