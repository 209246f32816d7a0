//! What every strategy of the catalogue must hold to, whatever the cluster and whatever waits.

use std::collections::BTreeSet;

use proptest::prelude::*;
use swarmbed_scheduler::filter::Pipeline;
use swarmbed_scheduler::plan::{Group, Plan, Request, Verdict};
use swarmbed_scheduler::strategy::{Catalogue, Strategy};
use swarmbed_scheduler::view::View;
use swarmbed_scheduler::{NodeId, SimTime, TaskId};

#[path = "laws/cases.rs"]
mod cases;
use cases::{Case, case};

/// Every strategy of the catalogue, with every value of every parameter.
fn strategies() -> Vec<Box<dyn Strategy>> {
    let catalogue = Catalogue::standard();
    let of = |entry: &swarmbed_scheduler::strategy::Entry| {
        let set = entry
            .params
            .iter()
            .flat_map(|p| p.values.iter().map(|v| format!("{}[{}={v}]", entry.name, p.name)));
        std::iter::once(entry.name.to_owned()).chain(set).collect::<Vec<_>>()
    };
    catalogue.entries().iter().flat_map(of).map(|text| catalogue.build(&text).unwrap()).collect()
}

fn request<'a>(case: &'a Case, groups: &'a [Group<'a>]) -> Request<'a> {
    Request { now: SimTime::ZERO, view: &case.view, groups, seed: case.seed, explain: None }
}

/// The group that a task belongs to.
fn group_of<'a>(groups: &'a [Group<'a>], task: TaskId) -> &'a Group<'a> {
    groups.iter().find(|g| g.tasks.iter().any(|t| t.id == task)).expect("a task of the request")
}

/// Carries the plan out on a copy of the view, in the order of its decisions, and checks each placement by hand before it
/// is entered. Returns what the plan leaves.
fn carry_out(case: &Case, groups: &[Group<'_>], plan: &Plan) -> Result<View, TestCaseError> {
    let mut view = case.view.clone();
    for decision in &plan.decisions {
        let Verdict::Place { node, claims } = &decision.verdict else { continue };
        let group = group_of(groups, decision.task);
        let (spec, service) = (group.spec, group.service);
        let there = view.node_mut(*node).expect("a member");
        prop_assert!(there.takes_tasks, "{node:?} takes no tasks");
        prop_assert!(
            spec.constraints.iter().all(|c| c.matches(&there.node)),
            "a constraint is broken on {node:?}"
        );
        let ports: Vec<_> = spec.ports.iter().filter_map(|p| p.host_key()).collect();
        prop_assert!(ports.iter().all(|p| !there.books.port_taken(*p)), "a port is taken twice on {node:?}");
        for need in &spec.generic {
            let given = claims.iter().find(|c| c.kind == need.kind).map_or(0, |c| c.stock.count());
            prop_assert_eq!(given, need.count, "{} of {:?}", &need.kind, node);
        }
        prop_assert_eq!(&there.books.hold(spec), claims);
        there.books.count_in(service);
        let left = there.books.available;
        if !spec.reservations.is_zero() {
            prop_assert!(left.nano_cpus >= 0 && left.memory >= 0, "{node:?} is over-committed: {left:?}");
        }
        let cap = spec.max_replicas_per_node;
        prop_assert!(cap == 0 || there.books.of_service(service) <= cap, "more than {cap} on {node:?}");
    }
    Ok(view)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_task_is_decided_on_once(case in case()) {
        let groups = case.groups();
        for strategy in strategies() {
            let plan = strategy.plan(&request(&case, &groups));
            let mut decided: Vec<_> = plan.decisions.iter().map(|d| d.task).collect();
            decided.sort_unstable();
            let mut asked: Vec<_> = groups.iter().flat_map(|g| g.tasks).map(|t| t.id).collect();
            asked.sort_unstable();
            prop_assert_eq!(decided, asked, "{}", strategy.name());
        }
    }

    #[test]
    fn no_placement_breaks_a_filter_and_no_refusal_is_in_vain(case in case()) {
        let groups = case.groups();
        for strategy in strategies() {
            let plan = strategy.plan(&request(&case, &groups));
            let name = strategy.name();
            let left = carry_out(&case, &groups, &plan).map_err(|e| TestCaseError::fail(format!("{name}: {e}")))?;
            for decision in &plan.decisions {
                let Verdict::Refuse(reason) = decision.verdict else { continue };
                // Later placements only take more, so what was impossible then still is.
                let group = group_of(&groups, decision.task);
                let pipeline = Pipeline::new(group.spec);
                let possible = left.nodes().find(|n| pipeline.check(n, &n.books, group.service).is_ok());
                prop_assert!(possible.is_none(), "{}: {:?} could take {:?}", name, possible.unwrap().id, decision.task);
                let tally = &plan.refusals[reason].tally;
                if !name.starts_with("swarm-spread") {
                    prop_assert_eq!(tally.total() as usize, left.nodes().count(), "{}: every node has a reason", name);
                }
            }
        }
    }

    #[test]
    fn a_plan_is_a_function_of_its_request(case in case()) {
        let groups = case.groups();
        for strategy in strategies() {
            let request = request(&case, &groups);
            prop_assert_eq!(strategy.plan(&request), strategy.plan(&request), "{}", strategy.name());
        }
    }

    #[test]
    fn explaining_changes_nothing(case in case(), chosen in any::<prop::sample::Index>()) {
        let groups = case.groups();
        let tasks: Vec<_> = groups.iter().flat_map(|g| g.tasks).map(|t| t.id).collect();
        prop_assume!(!tasks.is_empty());
        let task = *chosen.get(&tasks);
        for strategy in strategies() {
            let plain = strategy.plan(&request(&case, &groups));
            let mut asked = strategy.plan(&Request { explain: Some(task), ..request(&case, &groups) });
            let explanation = asked.explanation.take();
            prop_assert_eq!(&asked, &plain, "{}", strategy.name());
            let explanation = explanation.expect("the task was in the request");
            let node = plain.decisions.iter().find(|d| d.task == task).and_then(|d| d.node());
            prop_assert_eq!(explanation.winner.map(|w| w.0), node, "{}", strategy.name());
            let removed: BTreeSet<NodeId> = explanation.removed.iter().map(|r| r.0).collect();
            prop_assert!(node.is_none_or(|n| !removed.contains(&n)));
            prop_assert!(node.is_some() || removed.len() == case.view.nodes().count());
        }
    }

    #[test]
    fn a_node_that_takes_no_tasks_shifts_nothing(case in case()) {
        let groups = case.groups();
        let more = case.with_drained_node();
        for strategy in strategies() {
            let nodes = |plan: Plan| plan.decisions.iter().map(|d| (d.task, d.node())).collect::<Vec<_>>();
            let without = nodes(strategy.plan(&request(&case, &groups)));
            let with = nodes(strategy.plan(&Request { view: &more, ..request(&case, &groups) }));
            prop_assert_eq!(with, without, "{}", strategy.name());
        }
    }
}
