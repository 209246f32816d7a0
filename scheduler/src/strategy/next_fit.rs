//! One open node at a time.

use super::remaining::Remaining;
use super::{Planner, Strategy};
use crate::filter::Pipeline;
use crate::id::NodeId;
use crate::plan::{Group, Plan, Request};

/// The open node if the task fits it, else the next by name that it fits, which is then the open one.
///
/// A plan is a pure function of its request, so the open node cannot be remembered: it is the last by name that has an active
/// task. That is the classic next fit for as long as there are nodes ahead. From the last node it goes on at the first, and
/// since the open one does not change by that, it is first fit from there: a task is never refused while a node has room.
#[derive(Clone, Debug)]
pub struct NextFit {
    name: String,
}

impl NextFit {
    /// Under this name.
    pub fn new(name: impl Into<String>) -> NextFit {
        NextFit { name: name.into() }
    }
}

impl Strategy for NextFit {
    fn name(&self) -> &str {
        &self.name
    }

    fn heeds_priorities(&self) -> bool {
        true
    }

    fn plan(&self, request: &Request<'_>) -> Plan {
        let mut planner = Planner::new(request);
        let open = request.view.nodes().filter(|node| node.books.active > 0).last();
        let mut open = open.map_or(NodeId(0), |node| node.id);
        for group in request.by_priority() {
            open = place_group(&mut planner, group, open);
        }
        planner.finish()
    }
}

/// Places a group and tells which node is open then.
fn place_group<'a>(planner: &mut Planner<'a>, group: &Group<'_>, mut open: NodeId) -> NodeId {
    let pipeline = Pipeline::new(group.spec);
    let (possible, mut tally) = planner.possible(group, &pipeline);
    let mut remaining = Remaining::all(possible.len());
    for (i, task) in group.tasks.iter().enumerate() {
        let start = possible.partition_point(|node| node.id < open);
        let Some((at, _)) = remaining.from(start) else {
            planner.refuse(group, &group.tasks[i..], tally);
            return open;
        };
        // What comes next is a matter of names alone.
        if possible.len() > 1 {
            planner.tie();
        }
        if planner.is_asked(task) {
            let turn = |node: NodeId| (node < open, node);
            let show = |(behind, _): &(bool, NodeId)| if *behind { "behind the open node" } else { "fits" };
            let key = |node: &super::Candidate<'_>| (turn(node.node.id), 0);
            planner.explain(group, Some(possible[at].id), key, |key| show(key).to_owned());
        }
        planner.place(possible[at], group, task);
        open = open.max(possible[at].id);
        if let Err(filter) = planner.check(possible[at], group, &pipeline) {
            tally.fail(filter);
            remaining.drop_out(at);
        }
    }
    open
}
