//! One after the other.

use super::remaining::Remaining;
use super::{Planner, Strategy};
use crate::filter::Pipeline;
use crate::plan::{Group, Plan, Request};

/// The next node by name that passes the filters, after the one used last.
///
/// A plan is a pure function of its request, so "the one used last" cannot be remembered: it is derived. The cursor is the
/// number of active tasks in the cluster, those of this plan included: as tasks arrive it counts on by one for each, over all
/// services, and on an empty cluster that is the classic round robin. Where tasks have ended it steps back by as many, which
/// a stateful one would not; a task's attempt is added, so that a slot that fails again and again moves on all the same.
/// The cursor counts through the nodes that could take the group's first task; one that fills up meanwhile is passed over.
#[derive(Clone, Debug)]
pub struct RoundRobin {
    name: String,
}

impl RoundRobin {
    /// Under this name.
    pub fn new(name: impl Into<String>) -> RoundRobin {
        RoundRobin { name: name.into() }
    }
}

impl Strategy for RoundRobin {
    fn name(&self) -> &str {
        &self.name
    }

    fn heeds_priorities(&self) -> bool {
        true
    }

    fn plan(&self, request: &Request<'_>) -> Plan {
        let mut planner = Planner::new(request);
        let mut cursor: u64 = request.view.nodes().map(|n| u64::from(n.books.active)).sum();
        for group in request.by_priority() {
            cursor += place_group(&mut planner, group, cursor);
        }
        planner.finish()
    }
}

/// Places a group and tells how many of its tasks found a place.
fn place_group<'a>(planner: &mut Planner<'a>, group: &Group<'_>, cursor: u64) -> u64 {
    let pipeline = Pipeline::new(group.spec);
    let (possible, mut tally) = planner.possible(group, &pipeline);
    let mut remaining = Remaining::all(possible.len());
    for (i, task) in group.tasks.iter().enumerate() {
        let turn = cursor + i as u64 + u64::from(task.attempt.saturating_sub(1));
        let at = turn.checked_rem(possible.len() as u64).and_then(|start| remaining.from(start as usize));
        let at = at.map(|(at, _)| at);
        let Some(at) = at else {
            planner.refuse(group, &group.tasks[i..], tally);
            return i as u64;
        };
        // Whose turn it is is a matter of names alone.
        if possible.len() > 1 {
            planner.tie();
        }
        if planner.is_asked(task) {
            planner.explain(group, Some(possible[at].id), |_| ((), 0), |()| format!("turn {turn}"));
        }
        planner.place(possible[at], group, task);
        if let Err(filter) = planner.check(possible[at], group, &pipeline) {
            tally.fail(filter);
            remaining.drop_out(at);
        }
    }
    group.tasks.len() as u64
}
