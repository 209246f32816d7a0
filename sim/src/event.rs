//! Everything that can happen at a time. Each variant carries the same word as its module, and its handler is there.

use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{NodeId, ServiceId, TaskId};

use crate::manager::raft::PeerId;
use crate::setup::Beats;
use crate::worker::mesh::Ending;
use crate::world::faults::FaultEvent;

/// Something that will happen; it lives in the agenda. Kept to 16 bytes, since the agenda moves them about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The timeline's next step is due.
    Timeline(TimelineEvent),
    /// A service comes by itself, or goes.
    Arrival(ArrivalEvent),
    /// Something goes wrong by itself, or right again.
    Fault(FaultEvent),
    /// Something happens to a machine.
    Machine(MachineEvent),
    /// An agent acts.
    Agent(AgentEvent),
    /// A container acts.
    Container(ContainerEvent),
    /// What containers use rises or falls.
    Usage(UsageEvent),
    /// Something of the managers' Raft.
    Raft(RaftEvent),
    /// The dispatcher acts.
    Dispatcher(DispatcherEvent),
    /// The scheduler acts.
    Placement(PlacementEvent),
    /// A restart's delay ends.
    Restart(RestartEvent),
    /// An update's timer.
    Update(UpdateEvent),
    /// The task reaper acts.
    Reaper(ReaperEvent),
    /// The role manager acts.
    Role(RoleEvent),
    /// Somebody sends a request.
    Client(ClientEvent),
    /// Something happens to a request.
    Mesh(MeshEvent),
    /// Nodes tell each other of themselves and their tasks.
    Gossip(GossipEvent),
    /// A proxy does something by itself.
    Proxy(ProxyEvent),
}

/// A step of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimelineEvent {
    /// It is due.
    Due {
        /// Its index.
        step: u32,
    },
    /// The manager that was given this command has waited long enough for a leader.
    GivenUp {
        /// Its index.
        step: u32,
    },
}

/// The operator is asked for a service of a workload, or has kept it long enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrivalEvent {
    /// It comes.
    Comes {
        /// Index of the workload.
        workload: u32,
        /// Which.
        service: ServiceId,
    },
    /// It goes.
    Leaves {
        /// Which.
        service: ServiceId,
    },
}

/// Something happens to a machine by itself: the end of what a step began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineEvent {
    /// It boots, if that is still the same trouble.
    Boot {
        /// Which.
        node: NodeId,
        /// The machine's trouble count when this was planned.
        trouble: u32,
    },
    /// It is heard again, if that is still the same trouble.
    Hear {
        /// Which.
        node: NodeId,
        /// The machine's trouble count when this was planned.
        trouble: u32,
    },
    /// It goes on, if that is still the same trouble.
    Thaw {
        /// Which.
        node: NodeId,
        /// The machine's trouble count when this was planned.
        trouble: u32,
    },
    /// A harm to the network is over, if it is still that one.
    Mend {
        /// Which.
        harm: u32,
        /// How often steps had done it when this was planned.
        time: u32,
    },
}

/// An agent acts. Late ones are told by the session number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentEvent {
    /// It sends a heartbeat (played only while something is wrong, or when beats are not elided).
    Beat {
        /// Which.
        node: NodeId,
        /// Its session.
        session: u32,
    },
    /// A request of its is given up.
    TimedOut {
        /// Which.
        node: NodeId,
        /// Its session.
        session: u32,
    },
    /// It asks again for a session: the manager that it asked knows of no leader.
    AskAgain {
        /// Which.
        node: NodeId,
        /// Its session.
        session: u32,
    },
    /// It asks for a new session.
    Register {
        /// Which.
        node: NodeId,
        /// Its session.
        session: u32,
    },
    /// Its session is open.
    Registered {
        /// Which.
        node: NodeId,
        /// Its session.
        session: u32,
    },
    /// A parcel of assignments arrives.
    Assignments {
        /// Which.
        node: NodeId,
        /// The session that they belong to.
        session: u32,
        /// The parcel.
        parcel: u32,
    },
    /// An image has been pulled.
    Pulled {
        /// Where.
        node: NodeId,
        /// Index of the image.
        image: u32,
        /// The node's count of power losses when the pull began.
        power: u32,
    },
    /// Its heartbeat was answered with an error: the managers do not know its session.
    Refused {
        /// Which.
        node: NodeId,
        /// Its session.
        session: u32,
    },
}

/// A container acts. A late one is told by the run's generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContainerEvent {
    /// Its task.
    pub task: TaskId,
    /// The run's generation when this was planned.
    pub generation: u32,
    /// What happens.
    pub what: ContainerStep,
}

/// What a container does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerStep {
    /// It has been created.
    Created,
    /// It has started.
    Started,
    /// It exits by itself.
    Exits,
    /// It has answered a health check.
    Healthy,
    /// It has left too many of them unanswered.
    Unhealthy,
    /// Its agent tries a cancelled operation again.
    Retry,
    /// Load balancers have had time to hear that it takes no new connections: it gets the signal to stop.
    Signalled,
    /// It has stopped as told.
    Stopped,
}

/// A curve comes to its next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageEvent {
    /// Index of the curve.
    pub curve: u32,
    /// The step's number; numbers go on over periods.
    pub step: u32,
}

/// Something of the managers' Raft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RaftEvent {
    /// A peer's time-out may be over, or a heartbeat due.
    Alarm {
        /// Whose.
        peer: PeerId,
        /// The alarm's number: a late one is ignored.
        number: u32,
    },
    /// A message arrives.
    Deliver {
        /// Where it is kept.
        mail: u32,
    },
    /// What a peer had to write is on disk.
    Saved {
        /// Whose.
        peer: PeerId,
        /// The write's number.
        number: u32,
    },
    /// A sender learns that a message did not arrive.
    Undelivered {
        /// The sender.
        from: PeerId,
        /// To whom it was.
        to: PeerId,
    },
}

/// The dispatcher acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DispatcherEvent {
    /// A heartbeat arrives.
    Heard {
        /// Whose.
        node: NodeId,
        /// The session it belongs to.
        session: u32,
    },
    /// A node's patience may have run out.
    GraceOver {
        /// Whose.
        node: NodeId,
    },
    /// An agent asks for a session.
    Register {
        /// Whose.
        node: NodeId,
        /// The session it asks for.
        session: u32,
    },
    /// A status report arrives.
    Reported {
        /// About which task.
        task: TaskId,
        /// Its state.
        state: TaskState,
        /// Its exit code, if it ended.
        code: u8,
        /// Whether it was ended since it answered no health check.
        unhealthy: bool,
    },
    /// Waiting status reports and node states are written.
    Batch,
    /// A node's assignments are sent, if nothing changed since.
    Send {
        /// Whose.
        node: NodeId,
    },
    /// A node's complete assignments are sent, at the beginning of a session.
    SendAll {
        /// Whose.
        node: NodeId,
        /// The session.
        session: u32,
    },
    /// A node has been down for so long that its tasks become orphans.
    Orphan {
        /// Which.
        node: NodeId,
        /// How often its state had changed when this was planned.
        downs: u32,
    },
}

/// The scheduler's alarm goes off; early, if commits have held it off since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacementEvent;

/// A restart's delay, or its wait for the old task, ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartEvent {
    /// The delay before that task may run is over.
    DelayOver {
        /// The replacement.
        task: TaskId,
    },
    /// The old task has had long enough to stop.
    WaitOver {
        /// The replacement.
        task: TaskId,
    },
}

/// An update goes on. Late ones are told by the update's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateEvent {
    /// One of its workers has rested.
    Rested {
        /// Whose.
        service: ServiceId,
        /// The update.
        number: u32,
    },
    /// Its new tasks have been watched long enough.
    Watched {
        /// Whose.
        service: ServiceId,
        /// The update.
        number: u32,
    },
}

/// The task reaper's batch is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReaperEvent;

/// The role manager acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleEvent {
    /// It tries again what could not be done.
    TryAgain,
}

/// Nodes tell each other of themselves and their tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GossipEvent {
    /// Something is due.
    Due,
}

/// A container of a proxy does something by itself. Late ones are told by their time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyEvent {
    /// It looks at the managers' list.
    Looks {
        /// Its task.
        task: TaskId,
    },
    /// It may change what it routes by again.
    Changes {
        /// Its task.
        task: TaskId,
    },
    /// It checks its servers.
    Checks {
        /// Its task.
        task: TaskId,
    },
}

/// Somebody sends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientEvent {
    /// The next one of an open load is due.
    Sends {
        /// Index of the traffic.
        traffic: u32,
    },
    /// A user of a closed load has thought.
    Thought {
        /// Index of the traffic.
        traffic: u32,
        /// Which user.
        user: u32,
    },
}

/// Something happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeshEvent {
    /// It reaches the replica that it was sent to.
    Arrives {
        /// Which.
        request: u32,
    },
    /// A replica has done its work on it.
    Done {
        /// Which.
        request: u32,
    },
    /// A replica whose requests share its speed has done the first of them, if nothing came between.
    Shared {
        /// Its task.
        task: TaskId,
        /// The number of the plan.
        plan: u32,
    },
    /// A call that was made for it has ended.
    Returns {
        /// The request that it was made for.
        request: u32,
        /// How it ended.
        ending: Ending,
    },
    /// Clients give up.
    Overdue {
        /// The kind of request.
        class: u32,
    },
}

impl Event {
    /// Whether a run may be called settled although this is still due: nobody waits for it.
    pub fn is_background(&self, beats: Beats) -> bool {
        match self {
            Event::Dispatcher(DispatcherEvent::Orphan { .. }) => true,
            Event::Usage(_) | Event::Raft(_) | Event::Role(_) | Event::Gossip(_) | Event::Proxy(_) => true,
            Event::Agent(AgentEvent::Beat { .. }) => beats == Beats::Played,
            _ => false,
        }
    }

    /// Whether only the components of a leader know of it: under another leader it means nothing.
    pub fn is_the_leaders(&self) -> bool {
        matches!(
            self,
            Event::Dispatcher(_)
                | Event::Placement(_)
                | Event::Restart(_)
                | Event::Update(_)
                | Event::Reaper(_)
                | Event::Role(_)
        )
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn events_stay_small() {
        assert!(std::mem::size_of::<super::Event>() <= 16);
    }
}
