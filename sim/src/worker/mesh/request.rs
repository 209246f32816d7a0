//! One request, and the ways in which it can end. It ends in exactly one of them.

use std::fmt;

use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span, TaskId};

use crate::setup::Revision;

/// How a request ended, as its client saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// With an answer, in time.
    Answered,
    /// It was refused at once.
    Refused(Cause),
    /// Its connection broke.
    Reset(Cause),
    /// No answer came in time.
    TimedOut(Cause),
    /// With an error, since a request behind it was lost.
    Failed(Cause),
}

/// Why a request was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Nothing was lost: the answer would have come, but too late.
    Slow,
    /// It was sent to a container that is gone, or that does not listen any more.
    StaleBackend,
    /// The node, or a proxy, knows the service, but no replica of it that takes new connections.
    NoBackend,
    /// The node knows of no replica, so nobody listens on the port, or the name does not resolve.
    PortClosed,
    /// The container stopped before it had answered.
    Stopped,
    /// The node that it entered by, or that its replica was on, has no power or stands still.
    NodeDead,
    /// There is no way to where it should go, or back.
    Partition,
    /// As many requests waited as may.
    QueueFull,
    /// Sender and service have no network in common.
    Isolated,
    /// Its container runs, and does not listen yet.
    NotReady,
    /// Its container runs, and does not answer any more.
    Sick,
    /// A proxy has no rule that fits it.
    NoRoute,
}

impl Cause {
    /// Each, in the order of its number.
    pub const ALL: [Cause; 12] = [
        Cause::Slow,
        Cause::StaleBackend,
        Cause::NoBackend,
        Cause::PortClosed,
        Cause::Stopped,
        Cause::NodeDead,
        Cause::Partition,
        Cause::QueueFull,
        Cause::Isolated,
        Cause::NotReady,
        Cause::Sick,
        Cause::NoRoute,
    ];

    /// As metrics and tables name it.
    pub const fn name(self) -> &'static str {
        match self {
            Cause::Slow => "slow",
            Cause::StaleBackend => "stale_backend",
            Cause::NoBackend => "no_backend",
            Cause::PortClosed => "port_closed",
            Cause::Stopped => "stopped",
            Cause::NodeDead => "node_dead",
            Cause::Partition => "partition",
            Cause::QueueFull => "queue_full",
            Cause::Isolated => "isolated",
            Cause::NotReady => "not_ready",
            Cause::Sick => "sick",
            Cause::NoRoute => "no_route",
        }
    }
}

impl Ending {
    /// Why it was lost, if it was.
    pub const fn cause(self) -> Option<Cause> {
        match self {
            Ending::Answered => None,
            Ending::Refused(cause)
            | Ending::Reset(cause)
            | Ending::TimedOut(cause)
            | Ending::Failed(cause) => Some(cause),
        }
    }

    /// The way it ended, by number and name.
    pub const fn way(self) -> (u8, &'static str) {
        match self {
            Ending::Answered => (0, "answered"),
            Ending::Refused(_) => (1, "refused"),
            Ending::Reset(_) => (2, "reset"),
            Ending::TimedOut(_) => (3, "timed_out"),
            Ending::Failed(_) => (4, "failed"),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cause() {
            None => f.write_str(self.way().1),
            Some(cause) => write!(f, "{} ({})", self.way().1, cause.name()),
        }
    }
}

/// No request, or no task.
pub(super) const NONE: u32 = u32::MAX;

/// A request between its sending and its end, or until nobody works on it any more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    /// Counts all requests, so that a late deadline is told.
    pub(super) serial: u64,
    /// The traffic that it belongs to.
    pub(super) traffic: u32,
    /// What kind of request it is.
    pub(super) kind: u32,
    /// Its number within the traffic; a call has that of the request that it is made for.
    pub(super) number: u64,
    /// Where it stands in the tree of calls: names its draws.
    pub(super) branch: u32,
    /// The request that it is a call of, or [`NONE`].
    pub(super) parent: u32,
    /// Calls made for it so far.
    pub(super) calls: u32,
    pub(super) to: ServiceId,
    /// The node at which it enters the mesh.
    pub(super) entry: NodeId,
    /// The replica that it was sent to, or [`NONE`].
    pub(super) task: TaskId,
    /// Where that is, and which spec it was made from.
    pub(super) node: NodeId,
    pub(super) revision: Revision,
    pub(super) sent: SimTime,
    /// When it reached its replica.
    pub(super) arrived: SimTime,
    /// How long it waited there.
    pub(super) waited: Span,
    /// How long its replica has to work on it.
    pub(super) work: Span,
    /// From its sender to the node at which it enters, one way.
    pub(super) outside: Span,
    /// Where it stands among those that its replica works on.
    pub(super) place: u32,
    pub(super) stage: Stage,
    /// Its client knows how it ended.
    pub(super) ended: bool,
    /// Nodes that it crossed beside that of its replica.
    pub(super) hops: u8,
}

impl Request {
    /// The next call that is made for it, as far as its draws go.
    pub(super) fn child(&self) -> Request {
        Request { branch: self.branch.wrapping_mul(61).wrapping_add(self.calls + 1), ..*self }
    }

    /// The next call that is made for it, of that kind and to that service, by its replica and now.
    pub(super) fn call(&self, key: u32, kind: u32, to: ServiceId, now: SimTime) -> Request {
        Request {
            kind,
            parent: key,
            calls: 0,
            to,
            entry: self.node,
            task: TaskId(NONE),
            sent: now,
            waited: Span::ZERO,
            work: Span::ZERO,
            outside: Span::ZERO,
            stage: Stage::Travels,
            ended: false,
            hops: 0,
            ..self.child()
        }
    }

    /// Names its draws among those of its traffic.
    pub(super) fn index(&self) -> u64 {
        self.number << 32 | u64::from(self.branch)
    }

    /// What is reported of it when it ends at that time.
    pub(super) fn account(&self, ending: Ending, at: SimTime) -> Account {
        Account {
            traffic: self.traffic,
            number: self.number,
            branch: self.branch,
            service: self.to,
            entry: self.entry,
            task: (self.task.0 != NONE).then_some(self.task),
            sent: self.sent,
            waited: self.waited,
            worked: self.work,
            latency: at.since(self.sent),
            hops: self.hops,
            ending,
        }
    }
}

/// Where a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// On its way to a replica.
    Travels,
    /// It waits at its replica.
    Waits,
    /// Its replica works on it.
    Served,
    /// Its replica waits for the answer to a call, and keeps its slot.
    Calls,
    /// The same, and its slot is free: it was handed over.
    HandedOver,
    /// Nobody will ever answer it: it ends when its client gives up.
    Lost(Cause),
    /// Its replica is gone while an event of it is still due.
    Orphan(Cause),
}

/// What the outcome of a request is made of. Small and `Copy`, since there are millions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Index of the traffic that it belongs to.
    pub traffic: u32,
    /// Its number within the traffic.
    pub number: u64,
    /// Its place in the tree of calls: 0 for what a client sent.
    pub branch: u32,
    /// The service it was sent to.
    pub service: ServiceId,
    /// The node at which it entered the mesh.
    pub entry: NodeId,
    /// The replica that it was sent to, if there was one.
    pub task: Option<TaskId>,
    /// When it was sent.
    pub sent: SimTime,
    /// How long it waited at its replica before that worked on it.
    pub waited: Span,
    /// How long its replica worked on it, if it answered.
    pub worked: Span,
    /// From its sending to its end. An answer on its way back is counted as ended, with the time that it still takes.
    pub latency: Span,
    /// Nodes that it crossed beside that of its replica.
    pub hops: u8,
    /// How it ended.
    pub ending: Ending,
}
