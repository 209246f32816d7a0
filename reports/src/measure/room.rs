//! What is free and of no use: on nodes that take no tasks, or beside too little of the other resource.

use swarmbed_scheduler::node::Availability;
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, SimTime};
use swarmbed_sim::setup::Setup;

use super::integral::Pair;
use super::node::NodeRow;

/// Why a member takes no tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// It is READY, and to be drained.
    Drained,
    /// It is READY, and paused.
    Paused,
    /// It is not READY, whatever the operator wants of it.
    Down,
}

/// What is free on the members of the swarm.
#[derive(Clone, Debug)]
pub struct Room {
    /// What all members have.
    pub members: Pair,
    /// Free on members that take no tasks, in the order of [`Closed::ALL`].
    pub closed: [Pair; 3],
    /// Free on nodes that take tasks, with nothing of the other resource beside it in the node's own proportion.
    pub stranded: Pair,
    /// Free on all nodes that take tasks.
    pub open: Resources,
    nodes: Vec<Node>,
}

/// One machine.
#[derive(Clone, Copy, Debug)]
struct Node {
    size: Resources,
    held: Resources,
    standing: Standing,
}

/// Whether a machine takes tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Stranger,
    Open,
    Closed(Closed),
}

impl Closed {
    /// Every reason.
    pub const ALL: [Closed; 3] = [Closed::Drained, Closed::Paused, Closed::Down];

    /// The last part of the metrics' names.
    pub const fn name(self) -> &'static str {
        match self {
            Closed::Drained => "drained",
            Closed::Paused => "paused",
            Closed::Down => "down",
        }
    }
}

impl Room {
    /// The room of a run that has not begun; `rows` are its nodes at the start.
    pub(super) fn new(setup: &Setup, rows: &[NodeRow]) -> Room {
        let node = |size| Node { size, held: Resources::ZERO, standing: Standing::Stranger };
        let mut room = Room {
            members: Pair::default(),
            closed: [Pair::default(); 3],
            stranded: Pair::default(),
            open: Resources::ZERO,
            nodes: setup.machines.iter().map(|m| node(m.node.resources)).collect(),
        };
        for (id, row) in (0..).map(NodeId).zip(rows) {
            room.node_is(SimTime::ZERO, id, row);
        }
        room
    }

    /// What is known of a node may have changed.
    pub(super) fn node_is(&mut self, at: SimTime, node: NodeId, row: &NodeRow) {
        self.change(at, node, |node| node.standing = Standing::of(row));
    }

    /// A task on a node holds so much from now on, or no more.
    pub(super) fn held(&mut self, at: SimTime, node: NodeId, amount: Resources, is_more: bool) {
        self.change(at, node, |node| {
            if is_more {
                node.held += amount;
            } else {
                node.held -= amount;
            }
        });
    }

    /// Brings every integral up to that instant.
    pub(super) fn settle(&mut self, at: SimTime) {
        for pair in [&mut self.members, &mut self.stranded].into_iter().chain(&mut self.closed) {
            pair.settle(at);
        }
    }

    fn change(&mut self, at: SimTime, id: NodeId, change: impl FnOnce(&mut Node)) {
        let before = self.nodes[id.index()];
        change(&mut self.nodes[id.index()]);
        let after = self.nodes[id.index()];
        self.members.shift(at, before.size_of_member(), after.size_of_member());
        for (pair, why) in self.closed.iter_mut().zip(Closed::ALL) {
            let free = |node: Node| node.free_if(Standing::Closed(why));
            pair.shift(at, free(before), free(after));
        }
        self.stranded.shift(at, before.stranded(), after.stranded());
        self.open -= before.free_if(Standing::Open);
        self.open += after.free_if(Standing::Open);
    }
}

impl Standing {
    fn of(row: &NodeRow) -> Standing {
        match row.availability {
            _ if !row.member => Standing::Stranger,
            _ if !row.is_ready() => Standing::Closed(Closed::Down),
            Availability::Active => Standing::Open,
            Availability::Pause => Standing::Closed(Closed::Paused),
            Availability::Drain => Standing::Closed(Closed::Drained),
        }
    }
}

impl Node {
    fn size_of_member(self) -> Resources {
        if self.standing == Standing::Stranger { Resources::ZERO } else { self.size }
    }

    /// What is free on it; never less than nothing.
    fn free(self) -> Resources {
        let left = |size: i64, held: i64| (size - held).max(0);
        Resources::new(
            left(self.size.nano_cpus, self.held.nano_cpus),
            left(self.size.memory, self.held.memory),
        )
    }

    fn free_if(self, standing: Standing) -> Resources {
        if self.standing == standing { self.free() } else { Resources::ZERO }
    }

    /// The part of what is free on an open node that has nothing of the other resource beside it.
    fn stranded(self) -> Resources {
        let free = self.free_if(Standing::Open);
        Resources::new(
            alone((free.nano_cpus, self.size.nano_cpus), (free.memory, self.size.memory)),
            alone((free.memory, self.size.memory), (free.nano_cpus, self.size.nano_cpus)),
        )
    }
}

/// How much of one resource is free beyond the share of the other that is free. On a node that has nothing of the other,
/// nothing could be beside it, and nothing counts.
fn alone((free, size): (i64, i64), (other_free, other_size): (i64, i64)) -> i64 {
    if other_size <= 0 {
        return 0;
    }
    let matched = i128::from(size) * i128::from(other_free) / i128::from(other_size);
    i64::try_from(i128::from(free) - matched).unwrap_or(i64::MAX).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alone_is_what_the_shares_differ_by() {
        assert_eq!(alone((6, 8), (16, 32)), 2, "three quarters of one, half of the other");
        assert_eq!(alone((16, 32), (6, 8)), 0);
        assert_eq!(alone((8, 8), (0, 32)), 8);
        assert_eq!(alone((8, 8), (0, 0)), 0);
    }
}
