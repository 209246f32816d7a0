//! What can befall the network, and the managers' disks.

use swarmbed_scheduler::NodeId;

use super::Quality;
use crate::world::network::Plane;

/// A cut, or a worse way: it comes and goes by steps of the timeline or by a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Harm {
    /// What it is called in reports.
    pub name: String,
    /// What of.
    pub planes: Vec<Plane>,
    /// Where.
    pub place: HarmPlace,
    /// Whether only what goes from the first to the second is harmed.
    pub one_way: bool,
    /// What messages meet besides; `None` if they do not pass.
    pub worse: Option<Quality>,
}

/// What lies under a harm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HarmPlace {
    /// Whatever any of some machines and any of others say to each other, whatever way there is. One that is among both
    /// still reaches itself.
    Between {
        /// These, ascending.
        from: Vec<NodeId>,
        /// And those, ascending.
        to: Vec<NodeId>,
    },
    /// The disks of these machines, ascending: each write takes as much longer as a message would.
    Disks(Vec<NodeId>),
    /// Links, by their index in [`Setup::links`](super::Setup::links): messages go round them if they can.
    Links(Vec<u32>),
}
