//! What an operator would remember of a run: what was asked for and when it was there, and what failed by itself.

use std::collections::BTreeMap;

use swarmbed_scheduler::node::Availability;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime};
use swarmbed_sim::names::Text;
use swarmbed_sim::observation::Observation;

use super::book::Book;

/// The few observations that a person wants to read about one by one, and counts of the rest.
#[derive(Clone, Debug, Default)]
pub struct Chronicle {
    /// What was asked for, in order of time.
    pub marks: Vec<Mark>,
    /// Tasks that ended against the managers' will, by service, how they ended and why.
    pub failures: BTreeMap<(ServiceId, TaskState, Text), Failures>,
    /// Marks that wait for their service to be complete.
    awaited: BTreeMap<ServiceId, usize>,
}

/// Something that was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// When.
    pub at: SimTime,
    /// What.
    pub what: Asked,
    /// When it was there in full, and how many replicas that were.
    pub done: Option<(SimTime, u32)>,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A service was created.
    Create(ServiceId),
    /// A service was scaled.
    Scale {
        /// Which.
        service: ServiceId,
        /// From.
        from: u32,
        /// To.
        to: u32,
    },
    /// A service was removed.
    RemoveService(ServiceId),
    /// A node became a member.
    Join(NodeId),
    /// A node was removed.
    RemoveNode(NodeId),
    /// A node's availability was set.
    Availability(NodeId, Availability),
    /// A command was refused, for that reason.
    Refused(Text),
}

/// Tasks that ended in the same way.
#[derive(Clone, Copy, Debug)]
pub struct Failures {
    /// How many.
    pub count: u64,
    /// The first.
    pub first: SimTime,
    /// The last.
    pub last: SimTime,
}

impl Chronicle {
    /// Reads one observation; `book` does not know of it yet.
    pub fn observe(&mut self, at: SimTime, what: &Observation, book: &Book) {
        use Observation::*;
        // Of what comes by itself there is too much to tell one by one.
        let by_itself = |service: ServiceId| book.services[service.index()].workload.is_some();
        let asked = match *what {
            ServiceCreated { service, .. } | ServiceRemoved { service } if by_itself(service) => return,
            ServiceCreated { service, .. } => Asked::Create(service),
            ServiceScaled { service, replicas: to } => {
                Asked::Scale { service, from: book.services[service.index()].replicas, to }
            }
            ServiceRemoved { service } => Asked::RemoveService(service),
            NodeJoined { node } => Asked::Join(node),
            NodeRemoved { node } => Asked::RemoveNode(node),
            NodeAvailabilityChanged { node, to } => Asked::Availability(node, to),
            CommandRefused { reason } => Asked::Refused(reason),
            TaskStateChanged { task, to: to @ (TaskState::Failed | TaskState::Rejected), error, .. } => {
                if book.task(task).is_wanted() && !by_itself(book.task(task).service) {
                    self.failed(at, (book.task(task).service, to, error));
                }
                return;
            }
            _ => return,
        };
        if let Asked::Create(service) | Asked::Scale { service, .. } = asked {
            self.awaited.insert(service, self.marks.len());
        }
        self.marks.push(Mark { at, what: asked, done: None });
    }

    /// A service has become complete, with so many replicas.
    pub fn completed(&mut self, at: SimTime, service: ServiceId, replicas: u32) {
        if let Some(mark) = self.awaited.remove(&service) {
            self.marks[mark].done = Some((at, replicas));
        }
    }

    fn failed(&mut self, at: SimTime, how: (ServiceId, TaskState, Text)) {
        let seen = self.failures.entry(how).or_insert(Failures { count: 0, first: at, last: at });
        seen.count += 1;
        seen.last = at;
    }
}
