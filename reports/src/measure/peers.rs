//! What nodes hold each other for, as far as gossip goes, beside what is so.

use swarmbed_scheduler::{NodeId, SimTime};
use swarmbed_sim::observation::Observation;
use swarmbed_sim::setup::Setup;
use swarmbed_sim::worker::gossip::Holds;

use crate::stats::Histogram;

/// How soon nodes find out about each other.
#[derive(Clone, Debug)]
pub struct Peers {
    /// Since when each machine has had no power or has stood still.
    gone: Vec<Option<SimTime>>,
    /// From then until another node held it for dead, for each that did; nanoseconds.
    pub detect: Histogram,
    /// How often a node held another for dead that ran.
    pub mistaken: u64,
}

impl Peers {
    /// All run.
    pub fn new(setup: &Setup) -> Peers {
        Peers { gone: vec![None; setup.machines.len()], detect: Histogram::default(), mistaken: 0 }
    }

    /// Reads one observation.
    pub fn observe(&mut self, at: SimTime, what: &Observation) {
        match *what {
            Observation::MachineCrashed { node } | Observation::MachineFroze { node } => {
                self.gone(node).get_or_insert(at);
            }
            Observation::MachineBooted { node } | Observation::MachineThawed { node } => {
                *self.gone(node) = None;
            }
            Observation::PeerHeld { subject, held: Holds::Failed, .. } => match *self.gone(subject) {
                Some(since) => self.detect.count(at.since(since).nanos()),
                None => self.mistaken += 1,
            },
            _ => {}
        }
    }

    fn gone(&mut self, node: NodeId) -> &mut Option<SimTime> {
        &mut self.gone[node.index()]
    }
}
