//! Everything that can be reported: what has happened, in the past tense.
//!
//! Observations are the only way out of a run. Reports, metrics, digests and checkers read them and change nothing.

use swarmbed_scheduler::node::{Availability, NodeState, Role};
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, ServiceId, TaskId};

use crate::manager::store::UpdateState;
use crate::names::Text;
use crate::setup::{Mode, Revision};
use crate::worker::gossip::Holds;
use crate::worker::mesh::Account;

/// Something that has happened. Small and `Copy`: names and texts stand behind ids in [`Names`](crate::names::Names).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observation {
    /// A machine lost power.
    MachineCrashed {
        /// Which.
        node: NodeId,
    },
    /// A machine booted.
    MachineBooted {
        /// Which.
        node: NodeId,
    },
    /// No message passes to or from the machine any more.
    MachineSilenced {
        /// Which.
        node: NodeId,
    },
    /// Messages pass again.
    MachineHeard {
        /// Which.
        node: NodeId,
    },
    /// A machine stands still.
    MachineFroze {
        /// Which.
        node: NodeId,
    },
    /// A machine goes on.
    MachineThawed {
        /// Which.
        node: NodeId,
    },
    /// Something befalls the network.
    NetworkHarmed {
        /// What it is called.
        harm: Text,
    },
    /// It is over.
    NetworkMended {
        /// What it is called.
        harm: Text,
    },
    /// A manager has become a member of the managers' Raft.
    ManagerAdded {
        /// Which.
        node: NodeId,
    },
    /// It is no member any more.
    ManagerRemoved {
        /// Which.
        node: NodeId,
    },
    /// A manager has made itself the only one (`--force-new-cluster`).
    ClusterForced {
        /// Which.
        node: NodeId,
        /// How many entries of the log were committed that it had not heard of.
        lost: u32,
    },
    /// The operator wants a node to be something else.
    NodeRoleWanted {
        /// Which.
        node: NodeId,
        /// To be what.
        to: Role,
    },
    /// A node has become something else.
    NodeRoleChanged {
        /// Which.
        node: NodeId,
        /// What it is.
        to: Role,
    },
    /// A manager stands for election.
    CandidateStood {
        /// Which.
        node: NodeId,
        /// In which term.
        term: u32,
    },
    /// A manager has the votes of a majority.
    LeaderElected {
        /// Which.
        node: NodeId,
        /// In which term.
        term: u32,
    },
    /// A leader's components have started.
    LeaderReady {
        /// Which.
        node: NodeId,
    },
    /// A leader has given up: it lost contact with a majority, or another was elected.
    LeaderSteppedDown {
        /// Which.
        node: NodeId,
    },
    /// A leader's components have stopped, since it does not lead any more or its machine has no power.
    LeadershipLost {
        /// Whose.
        node: NodeId,
    },
    /// A manager has a leader.
    LeaderFollowed {
        /// Which manager.
        node: NodeId,
        /// Its leader.
        leader: NodeId,
    },
    /// An agent's request to open a session arrived.
    SessionRequested {
        /// Whose.
        node: NodeId,
    },
    /// An agent's session is open.
    SessionOpened {
        /// Whose.
        node: NodeId,
    },
    /// An agent gave its session up.
    SessionLost {
        /// Whose.
        node: NodeId,
    },
    /// A node became a member.
    NodeJoined {
        /// Which.
        node: NodeId,
    },
    /// The managers' belief about a node changed.
    NodeStateChanged {
        /// Which.
        node: NodeId,
        /// From.
        from: NodeState,
        /// To.
        to: NodeState,
    },
    /// The operator's wish for a node changed.
    NodeAvailabilityChanged {
        /// Which.
        node: NodeId,
        /// To.
        to: Availability,
    },
    /// A node is no member any more.
    NodeRemoved {
        /// Which.
        node: NodeId,
    },
    /// An operator's command reached the managers.
    CommandReceived {
        /// Its index in the timeline.
        step: u32,
    },
    /// An operator's command was refused.
    CommandRefused {
        /// Why.
        reason: Text,
    },
    /// A workload's next service came: the operator is asked to create it.
    ServiceArrived {
        /// Which.
        service: ServiceId,
        /// Index of the workload.
        workload: u32,
        /// How many tasks it has.
        mode: Mode,
        /// What is set aside for each of its tasks.
        reserves: Resources,
    },
    /// A service exists.
    ServiceCreated {
        /// Which.
        service: ServiceId,
        /// Tasks wanted; for a global service 0.
        replicas: u32,
    },
    /// A service's number of replicas changed.
    ServiceScaled {
        /// Which.
        service: ServiceId,
        /// To.
        replicas: u32,
    },
    /// A service has another spec.
    ServiceUpdated {
        /// Which.
        service: ServiceId,
        /// Its spec.
        revision: Revision,
        /// Tasks wanted; for a global service 0.
        replicas: u32,
    },
    /// A service has its previous spec again.
    ServiceRolledBack {
        /// Which.
        service: ServiceId,
        /// Its spec.
        revision: Revision,
        /// Tasks wanted; for a global service 0.
        replicas: u32,
        /// Why, in SwarmKit's words.
        message: Text,
    },
    /// A service's update has come farther.
    UpdateStateChanged {
        /// Which.
        service: ServiceId,
        /// To.
        to: UpdateState,
        /// What SwarmKit says of it.
        message: Text,
    },
    /// A service is gone; its tasks follow.
    ServiceRemoved {
        /// Which.
        service: ServiceId,
    },
    /// A task was created.
    TaskCreated {
        /// The task.
        task: TaskId,
        /// Its service.
        service: ServiceId,
        /// Its slot from 1, or 0 for a global service.
        slot: u32,
        /// The how-manieth task of its slot (or of its node) it is, from 1.
        attempt: u32,
        /// Its node, if it was created for one.
        node: Option<NodeId>,
        /// What is wanted of it.
        desired: TaskState,
        /// Which of its service's specs it was made from.
        revision: Revision,
    },
    /// A node was chosen for a task, or a global task was confirmed on its node.
    TaskAssigned {
        /// The task.
        task: TaskId,
        /// Its node.
        node: NodeId,
    },
    /// A task still waits, with a new reason.
    TaskRefused {
        /// The task.
        task: TaskId,
        /// Why.
        reason: Text,
    },
    /// A task's observed state moved up in the managers' store.
    TaskStateChanged {
        /// The task.
        task: TaskId,
        /// From.
        from: TaskState,
        /// To.
        to: TaskState,
        /// An error, or [`Text::NONE`].
        error: Text,
    },
    /// What is wanted of a task moved up.
    TaskDesiredChanged {
        /// The task.
        task: TaskId,
        /// From.
        from: TaskState,
        /// To.
        to: TaskState,
    },
    /// A task was deleted from the store.
    TaskDeleted {
        /// The task.
        task: TaskId,
    },
    /// A machine began to pull an image.
    PullStarted {
        /// Where.
        node: NodeId,
        /// Index into the images of the setup.
        image: u32,
    },
    /// A machine has the image.
    PullEnded {
        /// Where.
        node: NodeId,
        /// Index into the images of the setup.
        image: u32,
    },
    /// A container runs (whatever the managers know).
    ContainerStarted {
        /// Its task.
        task: TaskId,
        /// Where.
        node: NodeId,
    },
    /// A container has ended (whatever the managers know).
    ContainerExited {
        /// Its task.
        task: TaskId,
        /// Where.
        node: NodeId,
        /// Its exit code; 137 if it was killed.
        code: u8,
    },
    /// The containers of a node want more or less of it than before. Only reported if the setup is metered.
    NodeUseChanged {
        /// Where.
        node: NodeId,
        /// All of them together; it may be more than there is.
        demand: Resources,
    },
    /// A node holds another for alive, failed or gone, as far as gossip between nodes goes.
    PeerHeld {
        /// Who holds it.
        observer: NodeId,
        /// Whom.
        subject: NodeId,
        /// For what.
        held: Holds,
    },
    /// A container runs without what its slot has written: that lies on another node.
    DataStranded {
        /// Its task.
        task: TaskId,
        /// Its service.
        service: ServiceId,
        /// Its slot.
        slot: u32,
        /// The volume's name.
        volume: Text,
        /// Where it runs.
        node: NodeId,
        /// Where its data lies.
        before: NodeId,
        /// Whether its volume there is new; otherwise it holds whatever was left in it.
        empty: bool,
    },
    /// A proxy routes by another list than before, or by its first.
    ProxyConfigured {
        /// Its task.
        task: TaskId,
        /// How many rules it has.
        rules: u32,
        /// How many servers behind them.
        servers: u32,
    },
    /// A proxy that was told what it asked the managers for is not told any more, and keeps what it has; or it is told again.
    ProxyLooked {
        /// Its task.
        task: TaskId,
        /// Whether it is told.
        answered: bool,
    },
    /// A proxy's check of a server ended otherwise than the one before.
    ProxyHeld {
        /// The proxy's task.
        proxy: TaskId,
        /// The server's.
        server: TaskId,
        /// Whether it answered.
        up: bool,
    },
    /// A request has ended, in whatever way.
    RequestEnded(Account),
    /// The scheduler ran.
    PlacementRan {
        /// Tasks it placed.
        placed: u32,
        /// Tasks it refused.
        refused: u32,
        /// Decisions in which equal nodes were told apart by the tie rule.
        ties: u32,
    },
    /// A transaction was committed.
    TransactionCommitted {
        /// How many changes it held.
        changes: u32,
    },
}
