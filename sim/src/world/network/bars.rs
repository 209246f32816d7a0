//! Messages that are kept back whatever links there are.

use std::collections::{BTreeMap, BTreeSet};

use swarmbed_scheduler::NodeId;

use super::Plane;

/// A rule of somebody's firewall, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BarId(u32);

/// The rules that hold now.
#[derive(Clone, Debug, Default)]
pub(super) struct Bars {
    bars: BTreeMap<BarId, Bar>,
    next: u32,
}

#[derive(Clone, Debug)]
struct Bar {
    planes: Vec<Plane>,
    from: BTreeSet<NodeId>,
    to: BTreeSet<NodeId>,
}

impl Bars {
    pub(super) fn put(&mut self, planes: &[Plane], from: &[NodeId], to: &[NodeId]) -> BarId {
        let set = |nodes: &[NodeId]| nodes.iter().copied().collect();
        let id = BarId(self.next);
        self.next += 1;
        self.bars.insert(id, Bar { planes: planes.to_vec(), from: set(from), to: set(to) });
        id
    }

    pub(super) fn lift(&mut self, id: BarId) {
        self.bars.remove(&id).expect("only a bar that holds is lifted");
    }

    pub(super) fn keep(&self, plane: Plane, from: NodeId, to: NodeId) -> bool {
        let keeps =
            |bar: &Bar| bar.planes.contains(&plane) && bar.from.contains(&from) && bar.to.contains(&to);
        from != to && self.bars.values().any(keeps)
    }
}
