//! Requests that must come to the same plan.

use std::collections::BTreeMap;

use super::{Held, INFEASIBLE, MEMORY, RENUMBERED, SAME, broken};
use crate::filter::Pipeline;
use crate::id::{NodeId, TaskId};
use crate::plan::{Group, Plan, Request};
use crate::spec::TaskSpec;
use crate::strategy::Strategy;
use crate::view::View;

/// Whether the strategy plans the same where it must: [`SAME`], [`MEMORY`], [`INFEASIBLE`] and [`RENUMBERED`]. It is
/// asked some times more.
///
/// # Errors
/// The first law that does not hold.
pub fn again(strategy: &dyn Strategy, request: &Request<'_>, plan: &Plan) -> Held {
    same(strategy, request, plan)?;
    without_infeasible(strategy, request, plan)?;
    renumbered(strategy, request, plan)
}

fn same(strategy: &dyn Strategy, request: &Request<'_>, plan: &Plan) -> Held {
    let once_more = || difference(request, plan, &strategy.plan(request), |node| node);
    if let Some(difference) = once_more() {
        return broken(SAME, difference);
    }
    // All copies are kept until the last one is planned for, so that each lies elsewhere.
    let copies: Vec<_> = (0..COPIES).map(|_| Copied::of(request)).collect();
    let elsewhere = copies.iter().find_map(|copy| {
        let groups = copy.groups(request);
        let other = strategy.plan(&Request { view: &copy.view, groups: &groups, ..*request });
        difference(request, plan, &other, |node| node)
    });
    match (elsewhere, once_more()) {
        // It is not where the request lies, but what the strategy remembers of those before.
        (_, Some(difference)) => broken(SAME, difference),
        (Some(difference), None) => broken(MEMORY, difference),
        (None, None) => Ok(()),
    }
}

/// How many copies of a request are planned for. One may by chance lie in memory as the request itself does.
const COPIES: usize = 3;

/// What a request refers to, elsewhere in memory and in another order there.
struct Copied {
    view: View,
    specs: Vec<TaskSpec>,
}

impl Copied {
    fn of(request: &Request<'_>) -> Copied {
        let mut specs: Vec<_> = request.groups.iter().rev().map(|group| group.spec.clone()).collect();
        specs.reverse();
        Copied { view: request.view.copied_backwards(), specs }
    }

    fn groups<'a>(&'a self, request: &Request<'a>) -> Vec<Group<'a>> {
        request.groups.iter().zip(&self.specs).map(|(group, spec)| Group { spec, ..*group }).collect()
    }
}

/// Only nodes without any active task are taken away: others count, in branches and cursors. Nor are they where there
/// are placement preferences: an empty branch that can take nothing is a quirk of SwarmKit's own (it is asked all the
/// same).
fn without_infeasible(strategy: &dyn Strategy, request: &Request<'_>, plan: &Plan) -> Held {
    if request.groups.iter().any(|group| !group.spec.preferences.is_empty()) {
        return Ok(());
    }
    let mut view = request.view.clone();
    let pipelines: Vec<_> = request.groups.iter().map(|g| (g.service, Pipeline::new(g.spec))).collect();
    let mut removed = Vec::new();
    for node in request.view.nodes().filter(|node| node.books.active == 0) {
        if pipelines.iter().all(|(service, pipeline)| pipeline.check(node, &node.books, *service).is_err()) {
            view.remove_node(node.id);
            removed.push(node.node.name.as_str());
        }
    }
    if removed.is_empty() {
        return Ok(());
    }
    match difference(request, plan, &strategy.plan(&Request { view: &view, ..*request }), |node| node) {
        Some(difference) => broken(INFEASIBLE, format!("without {}, {difference}", removed.join(", "))),
        None => Ok(()),
    }
}

/// The nodes change their names, last for first. A strategy that counts nothing cannot be held to this: whether it met
/// equals is not known.
fn renumbered(strategy: &dyn Strategy, request: &Request<'_>, plan: &Plan) -> Held {
    let counts = |plan: &Plan| plan.work.nodes_visited > 0 && plan.work.ties == 0;
    let by_name = |group: &Group<'_>| group.spec.constraints.iter().any(|c| c.looks_at_name());
    if !counts(plan) || request.groups.iter().any(by_name) {
        return Ok(());
    }
    let members: Vec<NodeId> = request.view.nodes().map(|node| node.id).collect();
    let mirrored: BTreeMap<NodeId, NodeId> =
        members.iter().copied().zip(members.iter().rev().copied()).collect();
    let view = request.view.renamed(|node| mirrored[&node]);
    let other = strategy.plan(&Request { view: &view, ..*request });
    if !counts(&other) {
        return Ok(());
    }
    match difference(request, plan, &other, |node| mirrored[&node]) {
        Some(difference) => {
            let help = "if it chose among equals, it should count a tie";
            broken(RENUMBERED, format!("with the nodes' names the other way round, {difference}; {help}"))
        }
        None => Ok(()),
    }
}

/// The first task, in the order of the request, that goes elsewhere in the other plan.
fn difference(
    request: &Request<'_>,
    plan: &Plan,
    other: &Plan,
    name: impl Fn(NodeId) -> NodeId,
) -> Option<String> {
    let by_task = |plan: &Plan| -> BTreeMap<TaskId, Option<NodeId>> {
        plan.decisions.iter().map(|decision| (decision.task, decision.node())).collect()
    };
    let (plan, other) = (by_task(plan), by_task(other));
    let node = |node: Option<NodeId>| match node.and_then(|node| request.view.node(node)) {
        Some(node) => format!("on {}", node.node.name),
        None => "nowhere".to_owned(),
    };
    for group in request.groups {
        for task in group.tasks {
            let first = plan.get(&task.id).copied().flatten();
            let second = other.get(&task.id).copied().flatten().map(&name);
            if first != second {
                let (TaskId(task), service) = (task.id, group.service_name);
                let (second, first) = (node(second), node(first));
                return Some(format!("task {task} of {service} went {second} instead of {first}"));
            }
        }
    }
    None
}
