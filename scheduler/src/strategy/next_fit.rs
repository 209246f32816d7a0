//! One open node at a time.

use super::{Candidate, Pick, Turn};
use crate::id::NodeId;
use crate::plan::{Group, Request};
use crate::view::NodeView;

/// The open node if the task fits it, else the next by name that it fits, which is then the open one.
///
/// A plan is a pure function of its request, so the open node cannot be remembered: it is the last by name that has an active
/// task. That is the classic next fit for as long as there are nodes ahead. From the last node it goes on at the first, and
/// since the open one does not change by that, it is first fit from there: a task is never refused while a node has room.
#[derive(Clone, Copy, Debug, Default)]
pub struct NextFit {
    /// The first of all while no node has a task.
    open: NodeId,
}

impl Pick for NextFit {
    /// The open node.
    type Why = NodeId;
    /// Whether the node lies behind the open one, then its name.
    type Key = (bool, NodeId);

    fn begin(&mut self, request: &Request<'_>) {
        let open = request.view.nodes().filter(|node| node.books.active > 0).last();
        self.open = open.map_or(NodeId(0), |node| node.id);
    }

    fn pick(&self, turn: &Turn<'_>) -> (usize, NodeId) {
        (turn.first_from(turn.all.partition_point(|node| node.id < self.open)), self.open)
    }

    fn placed(&mut self, node: &NodeView) {
        self.open = self.open.max(node.id);
    }

    fn key(&self, open: &NodeId, _: &Group<'_>, node: &Candidate<'_>) -> ((bool, NodeId), u64) {
        let id = node.node.id;
        ((id < *open, id), 0)
    }

    fn show(&self, _: &NodeId, (behind, _): &(bool, NodeId)) -> String {
        if *behind { "behind the open node" } else { "fits" }.to_owned()
    }
}
