//! The restart supervisor (`manager/orchestrator/restart/restart.go`): replaces ended tasks, after a delay, as often as
//! the service's policy allows.
//!
//! A replacement is created at once, so that it is placed and its image pulled during the delay; it waits in READY until
//! [`Write::Start`] allows it to run.

use std::collections::{BTreeMap, VecDeque};

use swarmbed_scheduler::node::{Availability, NodeState};
use swarmbed_scheduler::spec::SpecVersion;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span, TaskId};

use super::ledger::Write;
use super::store::{Store, Task};
use super::transaction::Transaction;
use crate::context::Context;
use crate::event::{Event, RestartEvent};
use crate::observation::Observation;
use crate::setup::{RestartCondition, RestartPolicy};

/// What the supervisor remembers. It dies with the leader's term.
#[derive(Debug, Default)]
pub struct Restarts {
    /// Replacements that may not run yet.
    delays: BTreeMap<TaskId, Delay>,
    /// The replacement that waits for this task to stop. Filled once the delay itself is over.
    waiting_for: BTreeMap<TaskId, TaskId>,
    /// Restarts so far, by service and slot (or node).
    history: BTreeMap<(ServiceId, u32), History>,
}

#[derive(Debug)]
struct Delay {
    old: TaskId,
    old_node: Option<NodeId>,
    wait_for_stop: bool,
    started: SimTime,
    /// The replacement itself ended meanwhile; it is replaced when its delay is over (`restart.go:120-133`).
    restart_after: bool,
}

#[derive(Debug)]
struct History {
    version: SpecVersion,
    total: u32,
    recent: VecDeque<SimTime>,
}

impl Restarts {
    /// Shuts the task down and, if the policy allows, creates its replacement and starts the delay.
    pub fn restart(&mut self, task: &Task, store: &Store, tx: &mut Transaction<'_>, ctx: &mut Context<'_>) {
        if let Some(delay) = self.delays.get_mut(&task.id) {
            delay.restart_after = true;
            return;
        }
        tx.set_desired(task.id, TaskState::Shutdown);
        let policy = task.spec(ctx.setup).restart_policy();
        if !self.should_restart(task, &policy) {
            return;
        }
        let global = task.slot == 0;
        let node = task.node.filter(|_| global);
        let replacement = tx.create_task(task.service, task.key, node, TaskState::Ready);
        let old_node = task.node.and_then(|n| store.node(n));
        let drained = old_node.is_some_and(|n| n.availability == Availability::Drain);
        let down = old_node.is_some_and(|n| n.state == NodeState::Down);
        let delay = if drained { Span::ZERO } else { policy.delay };
        self.record(task, store, ctx.now, ctx);
        let wait_for_stop = !down && !task.state.is_over();
        let entry = Delay {
            old: task.id,
            old_node: task.node,
            wait_for_stop,
            started: ctx.now,
            restart_after: false,
        };
        self.delays.insert(replacement, entry);
        ctx.after(delay, Event::Restart(RestartEvent::DelayOver { task: replacement }));
    }

    /// Lets a task of an update run as soon as the old one has stopped, if there is one to wait for; a delay that it was in
    /// counts no more (`restart.go:391-486`: DelayStart).
    pub fn delay_start(&mut self, task: TaskId, old: Option<TaskId>, store: &Store, ctx: &mut Context<'_>) {
        let old = old.and_then(|old| store.task(old));
        let entry = Delay {
            old: old.map_or(task, |old| old.id),
            old_node: old.and_then(|old| old.node),
            wait_for_stop: old.is_some_and(|old| !old.state.is_over()),
            started: ctx.now,
            restart_after: self.delays.get(&task).is_some_and(|delay| delay.restart_after),
        };
        self.delays.insert(task, entry);
        ctx.after(Span::ZERO, Event::Restart(RestartEvent::DelayOver { task }));
    }

    /// A new leader's supervisor takes up the delays that it finds (`taskinit/init.go:60-102`): what is left of a delay is
    /// counted from when its task last changed, and never longer than the delay. Earlier restarts are counted again from the
    /// tasks that are kept (`:118-148`).
    pub fn take_up(&mut self, store: &Store, ctx: &mut Context<'_>) {
        for row in store.tasks().filter(|t| t.desired == TaskState::Ready && t.state <= TaskState::Running) {
            let delay = row.spec(ctx.setup).restart_policy().delay;
            let left = Span((row.since + delay).0.saturating_sub(ctx.now.0)).min(delay);
            let entry = Delay {
                old: row.id,
                old_node: None,
                wait_for_stop: false,
                started: ctx.now,
                restart_after: false,
            };
            self.delays.insert(row.id, entry);
            ctx.after(left, Event::Restart(RestartEvent::DelayOver { task: row.id }));
        }
        for (_, row) in store.services() {
            for slot in row.slots.values() {
                for task in slot.tasks.iter().skip(1).filter_map(|t| store.task(*t)) {
                    self.record(task, store, task.created, ctx);
                }
            }
        }
    }

    /// Whether the policy allows a replacement for this task (`restart.go:215-328`).
    pub fn should_restart(&mut self, task: &Task, policy: &RestartPolicy) -> bool {
        let by_condition = match policy.condition {
            RestartCondition::Any => true,
            RestartCondition::OnFailure => task.state != TaskState::Complete,
            RestartCondition::None => false,
        };
        if !by_condition || policy.max_attempts == 0 {
            return by_condition;
        }
        let Some(history) = self.history.get_mut(&(task.service, task.key)) else { return true };
        if history.version != task.version {
            return true;
        }
        if policy.window == Span::ZERO {
            return history.total < policy.max_attempts;
        }
        let failed = task.since;
        let horizon = SimTime(failed.0.saturating_sub(policy.window.0));
        if failed.0 >= policy.window.0 {
            while history.recent.front().is_some_and(|t| *t <= horizon) {
                history.recent.pop_front();
            }
        }
        let counted = history.recent.iter().filter(|t| **t < failed).count();
        counted < policy.max_attempts as usize
    }

    /// Counts a restart in the task's slot. The replacement has the service's present spec.
    fn record(&mut self, task: &Task, store: &Store, now: SimTime, ctx: &Context<'_>) {
        let present = store.service(task.service).map(|row| (row.version, row.revision));
        let (version, revision) = present.unwrap_or((task.version, task.revision));
        let policy = ctx.setup.spec(task.service, revision).restart;
        if policy.max_attempts == 0 {
            return;
        }
        let fresh = || History { version, total: 0, recent: VecDeque::new() };
        let history = self.history.entry((task.service, task.key)).or_insert_with(fresh);
        if history.version != version {
            *history = fresh();
        }
        history.total += 1;
        if policy.window > Span::ZERO {
            history.recent.push_back(now);
        }
    }

    /// Notes that a task stopped, or that the node it was on is down or gone: whoever waited for that goes on.
    pub fn watch(&mut self, what: &Observation, store: &Store, ctx: &mut Context<'_>) {
        match *what {
            Observation::TaskStateChanged { task, to, .. } if to.is_over() => self.stopped(task, ctx),
            Observation::TaskDeleted { task } => self.stopped(task, ctx),
            Observation::NodeStateChanged { node, to: NodeState::Down, .. }
            | Observation::NodeRemoved { node } => {
                for task in store.tasks_on(node) {
                    self.stopped(*task, ctx);
                }
            }
            Observation::ServiceRemoved { service } => {
                self.history.retain(|(s, _), _| *s != service);
            }
            _ => {}
        }
    }

    fn stopped(&mut self, old: TaskId, ctx: &mut Context<'_>) {
        if let Some(replacement) = self.waiting_for.remove(&old) {
            self.finish(replacement, ctx);
        }
    }

    /// The delay, and the wait, are over: the replacement may run.
    fn finish(&mut self, replacement: TaskId, ctx: &mut Context<'_>) {
        let Some(delay) = self.delays.remove(&replacement) else { return };
        self.waiting_for.remove(&delay.old);
        ctx.propose(Write::Start(replacement));
        if delay.restart_after {
            ctx.propose(Write::RestartLate(replacement));
        }
    }

    /// Lets the replacement run.
    pub fn start(task: TaskId, store: &Store, tx: &mut Transaction<'_>) {
        let Some(row) = store.task(task).filter(|t| t.desired < TaskState::Running) else { return };
        let goal = store.service(row.service).map_or(TaskState::Running, |s| s.mode.goal());
        tx.set_desired(task, goal);
    }

    /// Replaces a task that ended in its own restart delay.
    pub fn restart_late(
        &mut self,
        task: TaskId,
        store: &Store,
        tx: &mut Transaction<'_>,
        ctx: &mut Context<'_>,
    ) {
        let wanted = |t: &&Task| t.desired <= TaskState::Complete && t.state.is_over();
        if let Some(row) = store.task(task).filter(wanted) {
            self.restart(row, store, tx, ctx);
        }
    }
}

/// A delay or a wait is over.
pub fn handle(event: RestartEvent, restarts: &mut Restarts, store: &Store, ctx: &mut Context<'_>) {
    match event {
        RestartEvent::DelayOver { task } => {
            let Some(delay) = restarts.delays.get(&task) else { return };
            let waited = ctx.now.since(delay.started);
            let patience = ctx.setup.profile.old_task_timeout;
            if !delay.wait_for_stop || has_stopped(delay, store) || waited >= patience {
                restarts.finish(task, ctx);
            } else {
                restarts.waiting_for.insert(delay.old, task);
                ctx.after(patience - waited, Event::Restart(RestartEvent::WaitOver { task }));
            }
        }
        RestartEvent::WaitOver { task } => restarts.finish(task, ctx),
    }
}

fn has_stopped(delay: &Delay, store: &Store) -> bool {
    let ended = store.task(delay.old).is_none_or(|t| t.state.is_over());
    let node_gone = delay.old_node.is_some_and(|n| store.node(n).is_none_or(|n| n.state == NodeState::Down));
    ended || node_gone
}
