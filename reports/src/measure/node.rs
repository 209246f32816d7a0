//! One machine, as the managers see it.

use swarmbed_scheduler::node::{Availability, NodeState};
use swarmbed_scheduler::{NodeId, SimTime};
use swarmbed_sim::observation::Observation;
use swarmbed_sim::setup::Machine;

/// One machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct NodeRow {
    /// Whether it is a member of the swarm.
    pub member: bool,
    /// What the managers believe of it.
    pub state: NodeState,
    /// What the operator wants of it.
    pub availability: Availability,
    /// Since when the managers have believed it DOWN, if they do.
    pub down_since: Option<SimTime>,
    /// How long they have believed so before, nanoseconds.
    pub down_before: u64,
    /// Whether its containers stand still.
    pub frozen: bool,
}

impl NodeRow {
    /// What the store holds at the start (a machine that joins later is UNKNOWN until it is heard).
    pub(super) fn new(machine: &Machine) -> NodeRow {
        let state = if machine.from_start { NodeState::Ready } else { NodeState::Unknown };
        NodeRow {
            member: machine.from_start,
            state,
            availability: machine.node.availability,
            ..NodeRow::default()
        }
    }

    /// The managers believe this of it from then on.
    pub(super) fn enter(&mut self, at: SimTime, state: NodeState) {
        if let Some(since) = self.down_since.take() {
            self.down_before += at.since(since).nanos();
        }
        self.state = state;
        self.down_since = (state == NodeState::Down).then_some(at);
    }

    /// The node of which an observation changes what is known here.
    pub(super) fn subject(what: &Observation) -> Option<NodeId> {
        match *what {
            Observation::NodeJoined { node }
            | Observation::NodeRemoved { node }
            | Observation::NodeStateChanged { node, .. }
            | Observation::NodeAvailabilityChanged { node, .. } => Some(node),
            _ => None,
        }
    }

    /// Whether it is a member that the managers believe READY.
    pub fn is_ready(&self) -> bool {
        self.member && self.state == NodeState::Ready
    }

    /// Whether it is READY and ACTIVE, too.
    pub fn takes_tasks(&self) -> bool {
        self.is_ready() && self.availability == Availability::Active
    }
}
