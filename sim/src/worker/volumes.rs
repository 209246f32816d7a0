//! Volumes of the nodes: what a container writes stays on its node, and the managers know nothing of it. A task that moves to
//! another node finds an empty volume of the same name there, or what was left in it once.

use std::collections::{BTreeMap, BTreeSet};

use swarmbed_scheduler::{NodeId, ServiceId, TaskId};

use crate::context::Context;
use crate::names::Text;
use crate::observation::Observation;

/// Whose data lies where.
#[derive(Debug, Default)]
pub struct Volumes {
    /// Volumes that there are, with their nodes. None is ever removed: nobody but an operator does that.
    made: BTreeSet<(Text, NodeId)>,
    /// The node on which a slot last wrote to a volume.
    latest: BTreeMap<(ServiceId, u32, Text), NodeId>,
}

impl Volumes {
    /// A container of that slot (0 for a global service, whose tasks stay where they are) starts to use a volume of its node.
    pub(crate) fn mount(
        &mut self,
        task: TaskId,
        (service, slot): (ServiceId, u32),
        node: NodeId,
        volume: Text,
        ctx: &mut Context<'_>,
    ) {
        let empty = self.made.insert((volume, node));
        if slot == 0 {
            return;
        }
        let before = self.latest.insert((service, slot, volume), node);
        if let Some(before) = before.filter(|before| *before != node) {
            ctx.observe(Observation::DataStranded { task, service, slot, volume, node, before, empty });
        }
    }
}
