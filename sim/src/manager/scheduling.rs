//! The scheduler's place among the leader's components: [`Placement`] decides, this feeds it with what is committed,
//! lets it run after 50 ms of quiet, and proposes what it decided.

use swarmbed_scheduler::plan::Explanation;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{ServiceId, SimTime, TaskId};

use super::ledger::Write;
use super::metrics::Metrics;
use super::placement::{self, Debounce, Firing, Outcome, Placement, TaskFacts, When};
use super::store::{Change, Store, Task};
use crate::context::Context;
use crate::event::{Event, PlacementEvent};
use crate::names::{Names, Text};
use crate::observation::Observation;
use crate::setup::Setup;
use crate::worker::usage::Usage;

/// The scheduler and what it is about to write. It dies with the leader's term.
#[derive(Debug)]
pub struct Scheduling {
    placement: Placement,
    metrics: Metrics,
    debounce: Debounce,
    /// The alarm in the agenda; it may go off early, and is then set anew.
    alarm: Option<SimTime>,
    decided: Vec<placement::Write>,
    question: Option<Question>,
    answers: Vec<Answer>,
}

/// Which slot's placements are to be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// The service.
    pub service: ServiceId,
    /// The slot.
    pub slot: u32,
    /// The slot's newest task.
    newest: Option<TaskId>,
}

/// Why a task went where it went, or why it waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// When the scheduler ran.
    pub at: SimTime,
    /// The task.
    pub task: TaskId,
    /// The strategy's reasons.
    pub explanation: Explanation,
}

impl Scheduling {
    /// A scheduler that knows the first members.
    pub fn new(setup: &Setup, store: &Store) -> Scheduling {
        Scheduling {
            placement: Placement::start(store.nodes(), std::iter::empty()),
            metrics: Metrics::new(setup),
            debounce: Debounce::new(setup.profile.debounce, setup.profile.debounce_cap),
            alarm: None,
            decided: Vec::new(),
            question: None,
            answers: Vec::new(),
        }
    }

    /// A new leader's scheduler knows what the store says; what was asked of its predecessor is asked of it.
    pub fn begin_again(&mut self, store: &Store, ctx: &Context<'_>) {
        let mut fresh = Scheduling::new(ctx.setup, store);
        let tasks = store.tasks().map(|row| facts(row, ctx.setup, ctx.names));
        fresh.placement = Placement::start(store.nodes(), tasks);
        fresh.question = self.question.take();
        fresh.answers = std::mem::take(&mut self.answers);
        *self = fresh;
    }

    /// Asks for reasons, from now on, for the tasks of one slot.
    pub fn ask(&mut self, service: ServiceId, slot: u32) {
        self.question = Some(Question { service, slot, newest: None });
    }

    /// The reasons so far.
    pub fn answers(&self) -> &[Answer] {
        &self.answers
    }

    /// The scheduler's mirror of the store.
    pub fn placement(&self) -> &Placement {
        &self.placement
    }

    /// A change was committed.
    pub fn watch(&mut self, what: &Observation, store: &Store, ctx: &Context<'_>) {
        match *what {
            Observation::TaskCreated { task, service, slot, .. } => {
                if let Some(q) = self.question.as_mut().filter(|q| (q.service, q.slot) == (service, slot)) {
                    q.newest = Some(task);
                }
                if let Some(row) = store.task(task) {
                    self.placement.task_created(&facts(row, ctx.setup, ctx.names));
                }
            }
            Observation::TaskStateChanged { task, .. }
            | Observation::TaskDesiredChanged { task, .. }
            | Observation::TaskAssigned { task, .. }
            | Observation::TaskRefused { task, .. } => {
                if let Some(row) = store.task(task) {
                    self.placement.task_updated(ctx.now, &facts(row, ctx.setup, ctx.names));
                }
            }
            Observation::TaskDeleted { task } => self.placement.task_deleted(task),
            Observation::NodeJoined { node }
            | Observation::NodeStateChanged { node, .. }
            | Observation::NodeRoleChanged { node, .. }
            | Observation::NodeAvailabilityChanged { node, .. } => {
                if let Some(row) = store.node(node) {
                    self.placement.node_set(node, row);
                }
            }
            Observation::NodeRemoved { node } => self.placement.node_removed(node),
            _ => {}
        }
    }

    /// A transaction is through: the debounce begins anew.
    pub fn committed(&mut self, store: &Store, usage: &mut Usage, ctx: &mut Context<'_>) {
        // A debounce that ended with nothing to do had no alarm: it ends here.
        if let Some(due) = self.debounce.due().filter(|due| *due < ctx.now && self.alarm.is_none()) {
            self.debounce.on_timer(due);
        }
        match self.debounce.on_commit(ctx.now) {
            When::Now => self.fire(store, usage, ctx),
            When::At(due) => self.set_alarm(due, ctx),
        }
    }

    fn set_alarm(&mut self, due: SimTime, ctx: &mut Context<'_>) {
        if self.alarm.is_none() && self.placement.is_due() {
            self.alarm = Some(due);
            ctx.at(due, Event::Placement(PlacementEvent));
        }
    }

    /// Lets the scheduler run, and proposes what it decides.
    pub(super) fn fire(&mut self, store: &Store, usage: &mut Usage, ctx: &mut Context<'_>) {
        if ctx.setup.strategy.reads_use() {
            self.metrics.refresh(self.placement.view_mut(), usage, ctx.now, &ctx.setup.profile);
        }
        let explain = self.question.and_then(|q| q.newest);
        let firing = Firing {
            now: ctx.now,
            strategy: &*ctx.setup.strategy,
            seed: ctx.setup.seed,
            explain,
            service_version: &|service| store.service(service).filter(|s| !s.removed).map(|s| s.version),
        };
        let decisions = self.placement.fire(&firing);
        if let Some(planned) = decisions.planned {
            ctx.work.placements += 1;
            ctx.work.nodes_visited += planned.work.nodes_visited;
            ctx.work.filters_run += planned.work.filters_run;
            ctx.work.ties += planned.work.ties;
            ctx.observe(Observation::PlacementRan {
                placed: planned.placed,
                refused: planned.tasks - planned.placed,
                ties: planned.work.ties as u32,
            });
            let answer = planned.explanation.zip(explain);
            self.answers.extend(answer.map(|(explanation, task)| Answer { at: ctx.now, task, explanation }));
        }
        if !decisions.writes.is_empty() {
            self.decided.extend(decisions.writes);
            ctx.propose(Write::Place);
        }
    }

    /// What was decided, to be committed.
    pub fn prepare(&mut self, changes: &mut Vec<Change>, ctx: &mut Context<'_>) {
        for placement::Write { task, outcome } in self.decided.drain(..) {
            changes.push(match outcome {
                Outcome::Assign { node, claims, .. } => Change::Assign { task, node, claims },
                Outcome::Refuse(reason) => Change::Refuse { task, reason: ctx.names.intern(&reason) },
                Outcome::Shutdown => Change::SetState { task, to: TaskState::Shutdown, error: Text::NONE },
            });
        }
    }

    /// An assignment was refused by the commit.
    pub fn refused(&mut self, task: TaskId) {
        self.placement.undo(task);
    }
}

/// The debounce's alarm goes off.
pub fn handle(
    _: PlacementEvent,
    scheduling: &mut Scheduling,
    store: &Store,
    usage: &mut Usage,
    ctx: &mut Context<'_>,
) {
    scheduling.alarm = None;
    if scheduling.debounce.on_timer(ctx.now) {
        scheduling.fire(store, usage, ctx);
    } else if let Some(due) = scheduling.debounce.due() {
        scheduling.set_alarm(due, ctx);
    }
}

/// What the scheduler reads of a task's row.
fn facts<'a>(row: &Task, setup: &'a Setup, names: &'a Names) -> TaskFacts<'a> {
    let service = setup.spec(row.service, row.revision);
    TaskFacts {
        id: row.id,
        service: row.service,
        service_name: &service.name,
        version: Some(row.version),
        spec: &service.task,
        slot: row.slot,
        attempt: row.attempt,
        state: row.state,
        desired: row.desired,
        node: row.node,
        error: names.text(row.error),
    }
}
