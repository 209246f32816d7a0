//! The table of tasks on nodes, as their agents know them.

use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span, TaskId};

use super::health::Course;
use crate::engine::table::Table;
use crate::setup::{Revision, Service, Setup};
use crate::worker::Order;
use crate::worker::usage::Part;

/// A task on its node.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its service.
    pub service: ServiceId,
    /// Its slot from 1, or 0 for a global service.
    pub slot: u32,
    /// Which of the service's specs it was made from.
    pub revision: Revision,
    /// Its node.
    pub node: NodeId,
    /// What it is, as its agent knows.
    pub state: TaskState,
    /// What is wanted of it, as its agent was told.
    pub desired: TaskState,
    /// The exit code that goes with its state.
    pub(super) reported_code: u8,
    /// What its agent is busy with.
    pub(super) operation: Operation,
    /// Its container.
    pub(super) vessel: Vessel,
    /// When its container is, or will be, created, if that has begun.
    pub(super) created: Option<SimTime>,
    /// Counts operations, so that a late event is told.
    pub(super) generation: u32,
    /// The managers have deleted it.
    pub(super) forgotten: bool,
    /// Its container was stopped since it answered no more.
    pub(super) unhealthy: bool,
    /// How long its container takes for each step.
    pub(super) draws: Draws,
}

/// What an agent is busy with for a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// Nothing: it pauses, or has ended.
    None,
    /// Pulling the image or creating the container.
    Preparing,
    /// Starting the container.
    Starting,
    /// Waiting for the container to exit.
    Waiting,
    /// An order cancelled what it was doing; it goes on after a second.
    Cancelled,
    /// Stopping the container.
    Stopping,
}

/// The container itself, whatever its agent is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vessel {
    /// Not started.
    None,
    /// Started by the operation of that number.
    Running {
        /// The run's generation at its start.
        number: u32,
    },
    /// Ended with that code.
    Exited(u8),
}

/// How long one container takes for each step, and what it uses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draws {
    pub(super) create: Span,
    pub(super) start: Span,
    /// From the signal to the exit, if nobody kills it first.
    pub(super) stop: Span,
    pub(super) run: Option<Span>,
    pub(super) fails_to_prepare: bool,
    pub(super) fails_to_start: bool,
    /// What its container uses by itself, if anybody wants to know.
    pub(super) uses: Resources,
    /// When it is called healthy and unhealthy, if anybody asks.
    pub(super) health: Option<Course>,
    /// From its start until it answers, and from then until it answers no more.
    pub(super) ready: Span,
    pub(super) sickens: Option<Span>,
}

impl Run {
    pub(super) fn new(order: Order, node: NodeId, draws: Draws) -> Run {
        Run {
            service: order.service,
            slot: order.slot,
            revision: order.revision,
            node,
            state: TaskState::Assigned,
            desired: order.desired,
            reported_code: 0,
            operation: Operation::None,
            vessel: Vessel::None,
            created: None,
            generation: 0,
            forgotten: false,
            unhealthy: false,
            draws,
        }
    }

    /// What its task was made from.
    pub fn spec<'s>(&self, setup: &'s Setup) -> &'s Service {
        setup.spec(self.service, self.revision)
    }

    /// What its container adds to the use of its node while it runs.
    pub(in crate::worker) fn part(&self, setup: &Setup) -> Part {
        Part::of(self.spec(setup), self.draws.uses)
    }

    /// Whether its container runs.
    pub fn is_up(&self) -> bool {
        matches!(self.vessel, Vessel::Running { .. })
    }
}

/// All tasks on all nodes.
#[derive(Debug, Default)]
pub struct Runs {
    rows: Table<Run>,
}

impl Runs {
    /// Whether an agent knows the task.
    pub fn knows(&self, task: TaskId) -> bool {
        self.get(task).is_some()
    }

    /// The task on its node.
    pub fn get(&self, task: TaskId) -> Option<&Run> {
        self.rows.get(task.0)
    }

    pub(super) fn get_mut(&mut self, task: TaskId) -> Option<&mut Run> {
        self.rows.get_mut(task.0)
    }

    pub(super) fn insert(&mut self, task: TaskId, run: Run) {
        self.rows.insert(task.0, run);
    }

    pub(super) fn remove(&mut self, task: TaskId) -> Option<Run> {
        self.rows.remove(task.0)
    }

    /// All of them, by ascending task.
    pub fn iter(&self) -> impl Iterator<Item = &Run> {
        self.rows.iter()
    }
}
