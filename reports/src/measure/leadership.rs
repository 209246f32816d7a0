//! Who leads, who is a manager, and what befalls the network between them.

use std::collections::BTreeSet;

use swarmbed_scheduler::node::{NodeState, Role};
use swarmbed_scheduler::{NodeId, SimTime};
use swarmbed_sim::names::Text;
use swarmbed_sim::observation::Observation;

/// News of the managers and of the network, in order of time.
#[derive(Clone, Debug, Default)]
pub struct Leadership {
    /// What happened when.
    pub news: Vec<(SimTime, News)>,
    /// Machines that are off, unheard or stand still.
    in_trouble: BTreeSet<NodeId>,
}

/// A piece of news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// A leader is lost.
    Lost(NodeId),
    /// A leader's components have started.
    Leads(NodeId),
    /// A node has become a manager, or a worker.
    Role(NodeId, Role),
    /// A manager has made itself the only one, without so many entries of the log.
    Forced(NodeId, u32),
    /// Something between machines is cut, or worse.
    Harmed(Text),
    /// It is so no longer.
    Mended(Text),
    /// A node is declared DOWN though its machine runs.
    Unheard(NodeId),
}

impl Leadership {
    /// Reads one observation.
    pub fn observe(&mut self, at: SimTime, what: &Observation) {
        use Observation::*;
        let news = match *what {
            MachineCrashed { node } | MachineSilenced { node } | MachineFroze { node } => {
                self.in_trouble.insert(node);
                return;
            }
            MachineBooted { node } | MachineHeard { node } | MachineThawed { node } => {
                self.in_trouble.remove(&node);
                return;
            }
            LeadershipLost { node } => News::Lost(node),
            LeaderReady { node } => News::Leads(node),
            NodeRoleChanged { node, to } => News::Role(node, to),
            ClusterForced { node, lost } => News::Forced(node, lost),
            NetworkHarmed { harm } => News::Harmed(harm),
            NetworkMended { harm } => News::Mended(harm),
            NodeStateChanged { node, to: NodeState::Down, .. } if !self.in_trouble.contains(&node) => {
                News::Unheard(node)
            }
            _ => return,
        };
        self.news.push((at, news));
    }
}
