//! What the managers have committed: nodes, services, tasks.
//!
//! The store changes only through [`Store::apply`], one committed [`Change`] at a time. Each change is checked again
//! when it is applied, since the world has moved on since it was proposed, and what really changed comes out as an
//! [`Observation`]: the managers' components watch those, and so do reports.

use swarmbed_scheduler::node::{Availability, Node, NodeState, Role};
use swarmbed_scheduler::spec::SpecVersion;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::view::Claim;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, TaskId};

use super::allocator::Address;
use crate::engine::table::Table;
use crate::names::Text;
use crate::observation::Observation;
use crate::setup::{Mode, Revision, Setup};

mod status;
mod tables;

pub use status::UpdateState;
pub use tables::{Previous, ServiceRow, Slot, Task};
use tables::{insert_sorted, remove_sorted};

/// One change to the store. A transaction is a list of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new task. Ids are given out in advance by the transaction, in order.
    CreateTask {
        /// Its id.
        task: TaskId,
        /// Its service.
        service: ServiceId,
        /// Its slot (a job's from 0), or its node's number for a global service.
        key: u32,
        /// Its node, if it is made for one.
        node: Option<NodeId>,
        /// What is wanted of it.
        desired: TaskState,
    },
    /// What is wanted of a task moves up.
    SetDesired {
        /// The task.
        task: TaskId,
        /// To.
        to: TaskState,
    },
    /// A task's observed state moves up.
    SetState {
        /// The task.
        task: TaskId,
        /// To.
        to: TaskState,
        /// An error, or none.
        error: Text,
    },
    /// A pending task gets its node.
    Assign {
        /// The task.
        task: TaskId,
        /// The node.
        node: NodeId,
        /// The generic resources it gets.
        claims: Box<[Claim]>,
    },
    /// A pending task gets a new reason to wait.
    Refuse {
        /// The task.
        task: TaskId,
        /// Why.
        reason: Text,
    },
    /// A new task gets its addresses, and is PENDING.
    Allocate {
        /// The task.
        task: TaskId,
        /// The addresses.
        addresses: Box<[Address]>,
    },
    /// There is no address for a new task.
    LeaveNew {
        /// The task.
        task: TaskId,
        /// Why.
        reason: Text,
    },
    /// A service gets its virtual addresses.
    SetVips {
        /// Which.
        service: ServiceId,
        /// The addresses.
        vips: Box<[Address]>,
    },
    /// A task goes.
    DeleteTask {
        /// The task.
        task: TaskId,
    },
    /// A node becomes a member, UNKNOWN until it is heard.
    CreateNode {
        /// Which.
        node: NodeId,
    },
    /// The managers' belief about a node changes.
    SetNodeState {
        /// Which.
        node: NodeId,
        /// To.
        to: NodeState,
    },
    /// The operator's wish for a node changes.
    SetAvailability {
        /// Which.
        node: NodeId,
        /// To.
        to: Availability,
    },
    /// The operator's wish for a node's role changes.
    WantRole {
        /// Which.
        node: NodeId,
        /// To.
        to: Role,
    },
    /// A node's role changes.
    SetRole {
        /// Which.
        node: NodeId,
        /// To.
        to: Role,
    },
    /// A node is no member any more.
    RemoveNode {
        /// Which.
        node: NodeId,
    },
    /// A service comes into being.
    CreateService {
        /// Which.
        service: ServiceId,
    },
    /// A service's number of replicas changes.
    ScaleService {
        /// Which.
        service: ServiceId,
        /// To.
        replicas: u32,
    },
    /// A service gets another spec.
    UpdateService {
        /// Which.
        service: ServiceId,
        /// Its new spec.
        revision: Revision,
        /// How many replicas, if that changes.
        replicas: Option<u32>,
    },
    /// A service gets its previous spec again.
    RollBackService {
        /// Which.
        service: ServiceId,
        /// Whether its operator asked for it; otherwise its update failed.
        by_operator: bool,
        /// What is said of it.
        message: Text,
    },
    /// A service's update has come farther.
    SetUpdateState {
        /// Which.
        service: ServiceId,
        /// To.
        to: UpdateState,
        /// What is said of it.
        message: Text,
    },
    /// A service goes; its tasks are told to by its orchestrator.
    RemoveService {
        /// Which.
        service: ServiceId,
    },
}

/// What the managers have committed.
#[derive(Clone, Debug)]
pub struct Store {
    nodes: Vec<Option<Node>>,
    /// What the operator wants each node to be.
    wanted: Vec<Role>,
    on_node: Vec<Vec<TaskId>>,
    services: Vec<Option<ServiceRow>>,
    tasks: Table<Task>,
    next_task: TaskId,
    /// Tasks deleted by the change just applied, kept until the watchers have looked.
    leaving: Option<TaskId>,
}

impl Store {
    /// A store in which the setup's first machines are READY members and nothing else is.
    pub fn new(setup: &Setup) -> Store {
        let ready = |node: &Node| Node { state: NodeState::Ready, ..node.clone() };
        Store {
            nodes: setup.machines.iter().map(|m| m.from_start.then(|| ready(&m.node))).collect(),
            wanted: setup.machines.iter().map(|m| m.node.role).collect(),
            on_node: vec![Vec::new(); setup.machines.len()],
            services: vec![None; setup.services.len()],
            tasks: Table::default(),
            next_task: TaskId(0),
            leaving: None,
        }
    }

    /// A member, or `None`.
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes[id.index()].as_ref()
    }

    /// What the operator wants a node to be.
    pub fn wants(&self, id: NodeId) -> Role {
        self.wanted[id.index()]
    }

    /// The members, ascending.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        (0..).map(NodeId).zip(&self.nodes).filter_map(|(id, n)| Some((id, n.as_ref()?)))
    }

    /// A service that exists, or `None`.
    pub fn service(&self, id: ServiceId) -> Option<&ServiceRow> {
        self.services.get(id.index())?.as_ref()
    }

    /// The services that exist, ascending.
    pub fn services(&self) -> impl Iterator<Item = (ServiceId, &ServiceRow)> {
        (0..).map(ServiceId).zip(&self.services).filter_map(|(id, s)| Some((id, s.as_ref()?)))
    }

    /// A task that exists, or `None`.
    pub fn task(&self, id: TaskId) -> Option<&Task> {
        self.tasks.get(id.0)
    }

    /// The tasks, ascending.
    pub fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter()
    }

    /// The tasks bound to a node, ascending.
    pub fn tasks_on(&self, node: NodeId) -> &[TaskId] {
        &self.on_node[node.index()]
    }

    /// The tasks of one slot (or, for a global service, one node), ascending.
    pub fn tasks_in(&self, service: ServiceId, key: u32) -> &[TaskId] {
        let slot = self.service(service).and_then(|s| s.slots.get(&key));
        slot.map_or(&[], |s| &s.tasks)
    }

    /// The id that the next created task will have.
    pub fn next_task(&self) -> TaskId {
        self.next_task
    }

    /// Applies a committed change, unless what it speaks of has gone or moved on, and says what really changed.
    pub fn apply(&mut self, change: &Change, now: SimTime, setup: &Setup) -> Option<Observation> {
        match *change {
            Change::CreateTask { task, service, key, node, desired } => {
                self.create_task(task, service, key, node, desired, now)
            }
            Change::SetDesired { task, to } => {
                let row = self.tasks.get_mut(task.0).filter(|t| t.desired < to)?;
                let from = std::mem::replace(&mut row.desired, to);
                Some(Observation::TaskDesiredChanged { task, from, to })
            }
            Change::SetState { task, to, error } => self.set_state(task, to, error, now),
            Change::Assign { task, node, ref claims } => {
                let row = self.tasks.get_mut(task.0).filter(|t| t.state == TaskState::Pending)?;
                row.claims = claims.clone();
                row.state = TaskState::Assigned;
                row.since = now;
                row.error = Text::NONE;
                if row.node.replace(node).is_none() {
                    insert_sorted(&mut self.on_node[node.index()], task);
                }
                Some(Observation::TaskAssigned { task, node })
            }
            Change::Refuse { task, reason } => {
                let pending = |t: &&mut Task| t.state == TaskState::Pending && t.error != reason;
                self.tasks.get_mut(task.0).filter(pending)?.error = reason;
                Some(Observation::TaskRefused { task, reason })
            }
            Change::Allocate { task, ref addresses } => {
                self.tasks.get_mut(task.0).filter(|t| t.state == TaskState::New)?.addresses =
                    addresses.clone();
                self.set_state(task, TaskState::Pending, Text::NONE, now)
            }
            Change::LeaveNew { task, reason } => {
                let waits = |t: &&mut Task| t.state == TaskState::New && t.error != reason;
                self.tasks.get_mut(task.0).filter(waits)?.error = reason;
                Some(Observation::TaskRefused { task, reason })
            }
            Change::SetVips { service, ref vips } => {
                self.services.get_mut(service.index())?.as_mut()?.vips = vips.clone();
                None // nobody but the allocator cares
            }
            Change::DeleteTask { task } => {
                self.tasks.get(task.0)?;
                self.leaving = Some(task);
                Some(Observation::TaskDeleted { task })
            }
            Change::CreateNode { node } => self.create_node(node, setup),
            Change::SetNodeState { node, to } => {
                let row = self.nodes[node.index()].as_mut().filter(|n| n.state != to)?;
                let from = std::mem::replace(&mut row.state, to);
                Some(Observation::NodeStateChanged { node, from, to })
            }
            Change::SetAvailability { node, to } => {
                self.nodes[node.index()].as_mut().filter(|n| n.availability != to)?.availability = to;
                Some(Observation::NodeAvailabilityChanged { node, to })
            }
            Change::WantRole { node, to } => {
                self.node(node).filter(|_| self.wants(node) != to)?;
                self.wanted[node.index()] = to;
                Some(Observation::NodeRoleWanted { node, to })
            }
            Change::SetRole { node, to } => {
                self.nodes[node.index()].as_mut().filter(|n| n.role != to)?.role = to;
                Some(Observation::NodeRoleChanged { node, to })
            }
            Change::RemoveNode { node } => {
                self.nodes[node.index()].take()?;
                Some(Observation::NodeRemoved { node })
            }
            Change::CreateService { service } => self.create_service(service, setup),
            Change::ScaleService { service, replicas } => {
                let row = self.services.get_mut(service.index())?.as_mut()?;
                row.respecify(row.revision, Some(replicas));
                Some(Observation::ServiceScaled { service, replicas })
            }
            Change::UpdateService { service, revision, replicas } => {
                let row = self.services.get_mut(service.index())?.as_mut()?;
                row.respecify(revision, replicas);
                let replicas = row.mode.replicas();
                Some(Observation::ServiceUpdated { service, revision, replicas })
            }
            Change::RollBackService { service, by_operator, message } => {
                let row = self.services.get_mut(service.index())?.as_mut()?;
                row.go_back(by_operator)?;
                let (revision, replicas) = (row.revision, row.mode.replicas());
                Some(Observation::ServiceRolledBack { service, revision, replicas, message })
            }
            Change::SetUpdateState { service, to, message } => {
                self.services.get_mut(service.index())?.as_mut()?.update = Some(to);
                Some(Observation::UpdateStateChanged { service, to, message })
            }
            Change::RemoveService { service } => {
                let place = self.services.get_mut(service.index())?;
                place.as_mut().filter(|s| !s.removed)?.removed = true;
                if place.as_ref().is_some_and(|s| s.task_count == 0) {
                    *place = None;
                }
                Some(Observation::ServiceRemoved { service })
            }
        }
    }

    /// Lets go of what the last change deleted, now that every watcher has looked.
    pub fn sweep(&mut self) {
        let Some(id) = self.leaving.take() else { return };
        let task = self.tasks.remove(id.0).expect("a task is deleted once");
        if let Some(node) = task.node {
            remove_sorted(&mut self.on_node[node.index()], id);
        }
        let place = &mut self.services[task.service.index()];
        let row = place.as_mut().expect("a service's row outlives its tasks");
        let slot = row.slots.get_mut(&task.key).expect("a task stands in its slot");
        remove_sorted(&mut slot.tasks, id);
        row.task_count -= 1;
        row.completed -= u32::from(task.state == TaskState::Complete);
        if row.removed && row.task_count == 0 {
            *place = None;
        }
    }

    fn create_task(
        &mut self,
        task: TaskId,
        service: ServiceId,
        key: u32,
        node: Option<NodeId>,
        desired: TaskState,
        now: SimTime,
    ) -> Option<Observation> {
        assert_eq!(task, self.next_task, "a transaction gives out task ids in order");
        self.next_task = TaskId(task.0 + 1); // used up even if the task cannot be created any more
        let row = self.services[service.index()].as_mut().filter(|s| !s.removed)?;
        let slot = row.slots.entry(key).or_default();
        slot.tasks.push(task);
        slot.attempts += 1;
        row.task_count += 1;
        let attempt = slot.attempts;
        if let Some(node) = node {
            insert_sorted(&mut self.on_node[node.index()], task);
        }
        let slot = match row.mode {
            Mode::Replicated { .. } => key,
            Mode::ReplicatedJob { .. } => key + 1,
            Mode::Global | Mode::GlobalJob => 0,
        };
        let (version, revision) = (row.version, row.revision);
        self.tasks.insert(
            task.0,
            Task {
                id: task,
                service,
                version,
                revision,
                key,
                slot,
                attempt,
                state: TaskState::New,
                desired,
                node,
                error: Text::NONE,
                created: now,
                since: now,
                addresses: Box::default(),
                claims: Box::default(),
            },
        );
        Some(Observation::TaskCreated { task, service, slot, attempt, node, desired, revision })
    }

    fn set_state(&mut self, task: TaskId, to: TaskState, error: Text, now: SimTime) -> Option<Observation> {
        let row = self.tasks.get_mut(task.0).filter(|t| t.state < to)?;
        let from = std::mem::replace(&mut row.state, to);
        row.since = now;
        row.error = error;
        let completed = i64::from(to == TaskState::Complete) - i64::from(from == TaskState::Complete);
        let service =
            self.services[row.service.index()].as_mut().expect("a service's row outlives its tasks");
        service.completed = service.completed.saturating_add_signed(completed as i32);
        Some(Observation::TaskStateChanged { task, from, to, error })
    }

    fn create_node(&mut self, node: NodeId, setup: &Setup) -> Option<Observation> {
        let place = &mut self.nodes[node.index()];
        if place.is_some() {
            return None;
        }
        self.wanted[node.index()] = setup.machines[node.index()].node.role;
        *place = Some(Node { state: NodeState::Unknown, ..setup.machines[node.index()].node.clone() });
        Some(Observation::NodeJoined { node })
    }

    fn create_service(&mut self, service: ServiceId, setup: &Setup) -> Option<Observation> {
        if self.services.len() <= service.index() {
            self.services.resize_with(service.index() + 1, || None);
        }
        let place = &mut self.services[service.index()];
        if place.is_some() {
            return None;
        }
        let mode = setup.services[service.index()].mode;
        *place = Some(ServiceRow::new(mode, SpecVersion(0)));
        Some(Observation::ServiceCreated { service, replicas: mode.replicas() })
    }
}
