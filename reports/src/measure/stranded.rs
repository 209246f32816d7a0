//! Data that was left behind on another node.

use swarmbed_scheduler::{NodeId, ServiceId, SimTime};
use swarmbed_sim::names::Text;
use swarmbed_sim::observation::Observation;
use swarmbed_sim::setup::Setup;

/// Containers that ran without what their slots had written.
#[derive(Clone, Debug, Default)]
pub struct Stranded {
    /// Whether any service has volumes.
    pub any: bool,
    /// In order of time.
    pub news: Vec<Left>,
}

/// What was left behind.
#[derive(Clone, Copy, Debug)]
pub struct Left {
    /// When its container started without it.
    pub at: SimTime,
    /// Whose it is.
    pub service: ServiceId,
    /// Its slot.
    pub slot: u32,
    /// The volume's name.
    pub volume: Text,
    /// Where the container started.
    pub node: NodeId,
    /// Where the data lies.
    pub before: NodeId,
    /// Whether the volume that it found was new.
    pub empty: bool,
}

impl Stranded {
    /// Nothing yet.
    pub fn new(setup: &Setup) -> Stranded {
        let specs = setup.services.iter().chain(&setup.revisions);
        Stranded { any: specs.into_iter().any(|spec| !spec.volumes.is_empty()), news: Vec::new() }
    }

    /// Reads one observation.
    pub fn observe(&mut self, at: SimTime, what: &Observation) {
        if let Observation::DataStranded { service, slot, volume, node, before, empty, .. } = *what {
            self.news.push(Left { at, service, slot, volume, node, before, empty });
        }
    }
}
