//! One after the other.

use super::{Candidate, Pick, Turn};
use crate::plan::{Group, Request};
use crate::view::NodeView;

/// The next node by name that passes the filters, after the one used last.
///
/// A plan is a pure function of its request, so "the one used last" cannot be remembered: it is derived. The cursor is the
/// number of active tasks in the cluster, those of this plan included: as tasks arrive it counts on by one for each, over all
/// services, and on an empty cluster that is the classic round robin. Where tasks have ended it steps back by as many, which
/// a stateful one would not; a task's attempt is added, so that a slot that fails again and again moves on all the same.
/// The cursor counts through the nodes that could take the group's first task; one that fills up meanwhile is passed over.
#[derive(Clone, Copy, Debug, Default)]
pub struct RoundRobin {
    cursor: u64,
}

impl Pick for RoundRobin {
    /// The turn.
    type Why = u64;
    type Key = ();

    fn begin(&mut self, request: &Request<'_>) {
        self.cursor = request.view.nodes().map(|node| u64::from(node.books.active)).sum();
    }

    fn pick(&self, turn: &Turn<'_>) -> (usize, u64) {
        let number = self.cursor + u64::from(turn.task.attempt.saturating_sub(1));
        (turn.first_from((number % turn.all.len() as u64) as usize), number)
    }

    fn placed(&mut self, _: &NodeView) {
        self.cursor += 1;
    }

    fn key(&self, _: &u64, _: &Group<'_>, _: &Candidate<'_>) -> ((), u64) {
        ((), 0)
    }

    fn show(&self, number: &u64, (): &()) -> String {
        format!("turn {number}")
    }
}
