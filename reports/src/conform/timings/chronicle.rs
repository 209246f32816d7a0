//! What happened, kept as the recordings keep it: every change of every task, node and container with its time.

use swarmbed_scheduler::node::{Availability, NodeState};
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, TaskId};
use swarmbed_sim::manager::store::UpdateState;
use swarmbed_sim::{Names, Observation, Observer};

/// Everything observed of the services under test and of their cluster.
#[derive(Debug, Default)]
pub(super) struct Chronicle {
    /// By ascending number of the task.
    pub lives: Vec<Life>,
    pub nodes: Vec<NodeChange>,
    pub managers: Vec<ManagerChange>,
    /// How far updates of services came.
    pub updates: Vec<(SimTime, UpdateState)>,
    /// When a transaction was committed.
    pub commits: Vec<SimTime>,
}

/// A task's life as the managers' store had it, and its container's.
#[derive(Clone, Debug)]
pub(super) struct Life {
    pub id: TaskId,
    pub service: ServiceId,
    /// Its slot, 0 for a global service.
    pub slot: u32,
    pub node: Option<NodeId>,
    pub changes: Vec<TaskChange>,
    pub started: Option<SimTime>,
    pub deleted: Option<SimTime>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct TaskChange {
    pub at: SimTime,
    pub state: TaskState,
    pub desired: TaskState,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct NodeChange {
    pub at: SimTime,
    pub node: NodeId,
    pub what: NodeEvent,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct ManagerChange {
    pub at: SimTime,
    pub node: NodeId,
    pub what: ManagerEvent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ManagerEvent {
    Stood { term: u32 },
    Elected { term: u32 },
    Ready,
    SteppedDown,
    Follows,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodeEvent {
    Joined,
    Became(NodeState),
    Availability(Availability),
}

impl Life {
    /// When the store first held such a state and desired state of it.
    pub(super) fn first(&self, is: impl Fn(&TaskChange) -> bool) -> Option<SimTime> {
        self.changes.iter().find(|change| is(change)).map(|change| change.at)
    }

    /// When it reached exactly that state; `None` if the store never held it, as when a report overtook it.
    pub(super) fn reached(&self, state: TaskState) -> Option<SimTime> {
        self.first(|change| change.state == state)
    }

    /// When it was created.
    pub(super) fn created(&self) -> SimTime {
        self.changes[0].at
    }

    /// When it was allowed to run.
    pub(super) fn allowed(&self) -> Option<SimTime> {
        self.first(|change| change.desired == TaskState::Running)
    }

    /// When it was told to stop.
    pub(super) fn told_to_stop(&self) -> Option<SimTime> {
        self.first(|change| change.desired >= TaskState::Shutdown)
    }

    /// When its end was known.
    pub(super) fn over(&self) -> Option<SimTime> {
        self.first(|change| change.state.is_over())
    }

    /// What is so of it now.
    pub(super) fn now(&self) -> TaskChange {
        *self.changes.last().expect("a life begins with its creation")
    }

    /// It is wanted, and nothing is known to be wrong with it.
    pub(super) fn is_live(&self) -> bool {
        self.deleted.is_none() && self.now().desired <= TaskState::Running && !self.now().state.is_over()
    }
}

impl Chronicle {
    /// The tasks now wanted on a node.
    pub(super) fn wanted_on(&self, node: NodeId) -> impl Iterator<Item = &Life> {
        let wanted = move |life: &&Life| life.node == Some(node) && life.is_live();
        self.lives.iter().filter(wanted)
    }

    /// The task that came after this one in its slot.
    pub(super) fn successor(&self, of: &Life) -> Option<&Life> {
        self.lives.iter().find(|life| life.id > of.id && life.slot == of.slot)
    }

    /// The tasks that a global service has had on a node.
    pub(super) fn on(&self, node: NodeId) -> impl Iterator<Item = &Life> {
        self.lives.iter().filter(move |life| life.node == Some(node))
    }

    /// The first such change of a node at or after a time.
    pub(super) fn node_changed(&self, node: NodeId, what: NodeEvent, since: SimTime) -> Option<SimTime> {
        let it = |change: &&NodeChange| (change.node, change.what) == (node, what) && change.at >= since;
        self.nodes.iter().find(it).map(|change| change.at)
    }

    /// What managers have done since a time.
    pub(super) fn managers_since(&self, since: SimTime) -> impl Iterator<Item = &ManagerChange> {
        self.managers.iter().filter(move |change| change.at >= since)
    }

    /// The first leader's readiness since a time.
    pub(super) fn leader_ready(&self, since: SimTime) -> Option<&ManagerChange> {
        self.managers_since(since).find(|change| change.what == ManagerEvent::Ready)
    }

    /// Who leads: the latest to have become ready.
    pub(super) fn leader(&self) -> Option<NodeId> {
        self.managers.iter().rfind(|change| change.what == ManagerEvent::Ready).map(|change| change.node)
    }

    /// How many changes of tasks there have been since a time.
    pub(super) fn task_changes_since(&self, since: SimTime) -> usize {
        let changes = self.lives.iter().flat_map(|life| &life.changes).filter(|c| c.at >= since).count();
        changes + self.lives.iter().filter(|life| life.deleted.is_some_and(|at| at >= since)).count()
    }

    /// How many tasks have been created since a time.
    pub(super) fn created_since(&self, since: SimTime) -> usize {
        self.lives.iter().filter(|life| life.created() >= since).count()
    }

    fn manager(&mut self, at: SimTime, node: NodeId, what: ManagerEvent) {
        self.managers.push(ManagerChange { at, node, what });
    }

    fn life(&mut self, task: TaskId) -> &mut Life {
        let place = self.lives.binary_search_by_key(&task, |life| life.id);
        &mut self.lives[place.expect("a task is created before anything else happens to it")]
    }

    fn change(&mut self, task: TaskId, at: SimTime, change: impl FnOnce(&mut TaskChange)) {
        let changes = &mut self.life(task).changes;
        let mut next = TaskChange { at, ..*changes.last().expect("a life begins with its creation") };
        change(&mut next);
        changes.push(next);
    }
}

impl Observer for Chronicle {
    fn observe(&mut self, at: SimTime, what: &Observation, _: &Names) {
        match *what {
            Observation::TaskCreated { task, service, slot, node, desired, .. } => {
                let changes = vec![TaskChange { at, state: TaskState::New, desired }];
                let life = Life { id: task, service, slot, node, changes, started: None, deleted: None };
                self.lives.push(life);
            }
            Observation::TaskAssigned { task, node } => {
                self.life(task).node = Some(node);
                self.change(task, at, |change| change.state = TaskState::Assigned);
            }
            Observation::TaskRefused { task, .. } => self.change(task, at, |_| {}),
            Observation::TaskStateChanged { task, to, .. } => self.change(task, at, |c| c.state = to),
            Observation::TaskDesiredChanged { task, to, .. } => self.change(task, at, |c| c.desired = to),
            Observation::TaskDeleted { task } => self.life(task).deleted = Some(at),
            Observation::ContainerStarted { task, .. } => self.life(task).started = Some(at),
            Observation::UpdateStateChanged { to, .. } => self.updates.push((at, to)),
            Observation::ServiceRolledBack { .. } => self.updates.push((at, UpdateState::RollbackStarted)),
            Observation::TransactionCommitted { .. } => self.commits.push(at),
            Observation::CandidateStood { node, term } => {
                self.manager(at, node, ManagerEvent::Stood { term });
            }
            Observation::LeaderElected { node, term } => {
                self.manager(at, node, ManagerEvent::Elected { term });
            }
            Observation::LeaderReady { node } => self.manager(at, node, ManagerEvent::Ready),
            Observation::LeaderSteppedDown { node } => self.manager(at, node, ManagerEvent::SteppedDown),
            Observation::LeaderFollowed { node, .. } => self.manager(at, node, ManagerEvent::Follows),
            Observation::NodeJoined { node } => {
                self.nodes.push(NodeChange { at, node, what: NodeEvent::Joined })
            }
            Observation::NodeStateChanged { node, to, .. } => {
                self.nodes.push(NodeChange { at, node, what: NodeEvent::Became(to) });
            }
            Observation::NodeAvailabilityChanged { node, to } => {
                self.nodes.push(NodeChange { at, node, what: NodeEvent::Availability(to) });
            }
            _ => {}
        }
    }
}
