//! What tasks hold and how many wait, integrated over time in whole numbers.

use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, SimTime, TaskId};
use swarmbed_sim::observation::Observation;
use swarmbed_sim::setup::Setup;

use super::book::{Book, TaskRow};
use super::series::Series;

/// The cluster's load, now and so far.
#[derive(Clone, Debug)]
pub struct Load {
    /// What tasks hold that have a node and have not ended.
    pub held: Amounts,
    /// What the READY members have.
    pub capacity: Amounts,
    /// Tasks that wait for a node.
    pub waiting: Series,
    /// The most that waited at once.
    pub most_waiting: u64,
    machines: Vec<Resources>,
}

/// CPU and memory over time.
#[derive(Clone, Debug)]
pub struct Amounts {
    /// Nano-CPUs.
    pub cpu: Series,
    /// Bytes.
    pub memory: Series,
}

/// So many buckets are enough for a curve on paper, and for telling the warm-up from the rest.
pub(crate) const BUCKETS: usize = 2048;

/// How a task weighs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Whether it waits for a node.
    pub(crate) waits: bool,
    /// The node on which what it reserves is set aside.
    pub(crate) holder: Option<NodeId>,
}

impl Load {
    /// The load of a run that has not begun.
    pub fn new(setup: &Setup) -> Load {
        let mut capacity = Amounts::none();
        for machine in setup.machines.iter().filter(|m| m.from_start) {
            capacity.add(SimTime::ZERO, machine.node.resources);
        }
        Load {
            held: Amounts::none(),
            capacity,
            waiting: Series::new(BUCKETS),
            most_waiting: 0,
            machines: setup.machines.iter().map(|m| m.node.resources).collect(),
        }
    }

    /// What a machine has.
    pub fn size(&self, node: NodeId) -> Resources {
        self.machines[node.index()]
    }

    /// The task that an observation changes.
    pub(crate) fn subject(what: &Observation) -> Option<TaskId> {
        match *what {
            Observation::TaskCreated { task, .. }
            | Observation::TaskAssigned { task, .. }
            | Observation::TaskRefused { task, .. }
            | Observation::TaskStateChanged { task, .. }
            | Observation::TaskDesiredChanged { task, .. }
            | Observation::TaskDeleted { task } => Some(task),
            _ => None,
        }
    }

    /// How the task weighs now.
    pub(crate) fn standing(task: Option<&TaskRow>) -> Standing {
        task.map_or(Standing::default(), |row| Standing { waits: row.is_pending(), holder: row.holder() })
    }

    /// A task weighs otherwise than before.
    pub(crate) fn task_changed(&mut self, at: SimTime, before: Standing, task: TaskId, book: &Book) {
        let row = book.task(task);
        let now = Load::standing(Some(row));
        if before == now {
            return;
        }
        if before.waits != now.waits {
            self.waiting.set(at, self.waiting.level() + u64::from(now.waits) - u64::from(before.waits));
            self.most_waiting = self.most_waiting.max(self.waiting.level());
        }
        let reserves = book.reserves(task);
        match (before.holder.is_some(), now.holder.is_some()) {
            (false, true) => self.held.add(at, reserves),
            (true, false) => self.held.take(at, reserves),
            _ => {}
        }
    }

    /// A node's belonging or state changes; `book` does not know of it yet.
    pub(crate) fn node_changes(&mut self, at: SimTime, what: &Observation, book: &Book) {
        let Some((node, ready)) = book.readiness(what) else { return };
        let size = self.size(node);
        if ready { self.capacity.add(at, size) } else { self.capacity.take(at, size) }
    }

    /// Adds the time since the last change at the load that held all the while.
    pub fn settle(&mut self, at: SimTime) {
        for amounts in [&mut self.held, &mut self.capacity] {
            amounts.cpu.settle(at);
            amounts.memory.settle(at);
        }
        self.waiting.settle(at);
    }
}

impl Amounts {
    fn none() -> Amounts {
        Amounts { cpu: Series::new(BUCKETS), memory: Series::new(BUCKETS) }
    }

    fn add(&mut self, at: SimTime, more: Resources) {
        self.cpu.set(at, self.cpu.level() + more.nano_cpus.unsigned_abs());
        self.memory.set(at, self.memory.level() + more.memory.unsigned_abs());
    }

    fn take(&mut self, at: SimTime, less: Resources) {
        self.cpu.set(at, self.cpu.level() - less.nano_cpus.unsigned_abs());
        self.memory.set(at, self.memory.level() - less.memory.unsigned_abs());
    }
}
