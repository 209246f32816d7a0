//! What tasks hold and how many wait, integrated over time in whole numbers.

use swarmbed_scheduler::node::NodeState;

use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, SimTime, TaskId};
use swarmbed_sim::observation::Observation;
use swarmbed_sim::setup::Setup;

use super::book::{Book, TaskRow};

/// The cluster's load, now and so far.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// What tasks hold that have a node and have not ended.
    held: Amounts,
    /// What the READY members have.
    capacity: Amounts,
    /// Tasks that wait for a node.
    waiting: u64,
    /// The most that waited at once.
    pub most_waiting: u64,
    /// `held` over time: nano-CPUs and bytes, times nanoseconds.
    pub held_area: Areas,
    /// `capacity` over time, likewise.
    pub capacity_area: Areas,
    /// Waiting tasks times nanoseconds.
    pub waiting_area: u128,
    since: SimTime,
    machines: Vec<Resources>,
}

/// Nano-CPUs and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Amounts {
    cpu: u64,
    memory: u64,
}

/// Nano-CPUs and bytes, times nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Areas {
    /// Nano-CPUs times nanoseconds.
    pub cpu: u128,
    /// Bytes times nanoseconds.
    pub memory: u128,
}

/// How a task weighs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    waits: bool,
    holds: bool,
}

impl Load {
    /// The load of a run that has not begun.
    pub fn new(setup: &Setup) -> Load {
        let mut load =
            Load { machines: setup.machines.iter().map(|m| m.node.resources).collect(), ..Load::default() };
        for (id, _) in (0..).map(NodeId).zip(&setup.machines).filter(|(_, m)| m.from_start) {
            load.capacity.add(load.machines[id.index()]);
        }
        load
    }

    /// What a machine has.
    pub fn size(&self, node: NodeId) -> Resources {
        self.machines[node.index()]
    }

    /// The task that an observation changes.
    pub(super) fn subject(what: &Observation) -> Option<TaskId> {
        match *what {
            Observation::TaskCreated { task, .. }
            | Observation::TaskAssigned { task, .. }
            | Observation::TaskStateChanged { task, .. }
            | Observation::TaskDesiredChanged { task, .. }
            | Observation::TaskDeleted { task } => Some(task),
            _ => None,
        }
    }

    /// How the task weighs now.
    pub(super) fn standing(task: Option<&TaskRow>) -> Standing {
        task.map_or(Standing::default(), |row| Standing {
            waits: row.is_pending(),
            holds: !row.deleted && row.assigned.is_some() && !row.state.is_over(),
        })
    }

    /// A task weighs otherwise than before.
    pub(super) fn task_changed(&mut self, at: SimTime, before: Standing, task: TaskId, book: &Book) {
        let row = book.task(task);
        let now = Load::standing(Some(row));
        if before == now {
            return;
        }
        self.settle(at);
        self.waiting = self.waiting + u64::from(now.waits) - u64::from(before.waits);
        self.most_waiting = self.most_waiting.max(self.waiting);
        let reserves = book.services[row.service.index()].reserves;
        match (before.holds, now.holds) {
            (false, true) => self.held.add(reserves),
            (true, false) => self.held.take(reserves),
            _ => {}
        }
    }

    /// A node's belonging or state changes; `book` does not know of it yet.
    pub(super) fn node_changes(&mut self, at: SimTime, what: &Observation, book: &Book) {
        let (node, ready) = match *what {
            Observation::NodeStateChanged { node, to, .. } => (node, to == NodeState::Ready),
            Observation::NodeRemoved { node } => (node, false),
            _ => return,
        };
        let row = &book.nodes[node.index()];
        let was = row.member && row.state == NodeState::Ready;
        if was == ready {
            return;
        }
        self.settle(at);
        let amounts = self.machines[node.index()];
        if ready { self.capacity.add(amounts) } else { self.capacity.take(amounts) }
    }

    /// Adds the time since the last change at the load that held all the while.
    pub fn settle(&mut self, at: SimTime) {
        let past = u128::from(at.since(self.since).nanos());
        self.since = at;
        self.held_area.add(self.held, past);
        self.capacity_area.add(self.capacity, past);
        self.waiting_area += u128::from(self.waiting) * past;
    }
}

impl Amounts {
    fn add(&mut self, more: Resources) {
        self.cpu += more.nano_cpus.unsigned_abs();
        self.memory += more.memory.unsigned_abs();
    }

    fn take(&mut self, less: Resources) {
        self.cpu -= less.nano_cpus.unsigned_abs();
        self.memory -= less.memory.unsigned_abs();
    }
}

impl Areas {
    pub(super) fn add_resources(&mut self, amounts: Resources, nanos: u128) {
        let Resources { nano_cpus, memory } = amounts;
        self.add(Amounts { cpu: nano_cpus.unsigned_abs(), memory: memory.unsigned_abs() }, nanos);
    }

    fn add(&mut self, amounts: Amounts, nanos: u128) {
        self.cpu += u128::from(amounts.cpu) * nanos;
        self.memory += u128::from(amounts.memory) * nanos;
    }
}
