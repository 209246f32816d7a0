//! What every strategy of the catalogue must hold to, whatever the cluster and whatever waits.

use std::collections::BTreeSet;

use proptest::prelude::*;
use swarmbed_scheduler::plan::{Group, Plan, Request};
use swarmbed_scheduler::strategy::{Catalogue, Strategy};
use swarmbed_scheduler::{NodeId, SimTime, laws};

#[path = "laws/cases.rs"]
mod cases;
use cases::{Case, case};

/// Every strategy of the catalogue, with every value of every parameter, and some of those that may be any number.
fn strategies() -> Vec<Box<dyn Strategy>> {
    let catalogue = Catalogue::standard();
    let mut texts = catalogue.variants();
    texts.extend(["power-of-d[d=1]", "power-of-d[d=5]"].map(str::to_owned));
    texts.iter().map(|text| catalogue.build(text).unwrap()).collect()
}

fn request<'a>(case: &'a Case, groups: &'a [Group<'a>]) -> Request<'a> {
    Request { now: SimTime::ZERO, view: &case.view, groups, seed: case.seed, explain: None }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn plans_do_what_was_asked(case in case()) {
        let groups = case.groups();
        for strategy in strategies() {
            let request = request(&case, &groups);
            let (plan, name) = (strategy.plan(&request), strategy.name());
            prop_assert_eq!(laws::plan(&request, &plan), Ok(()), "{}", name);
            for refusal in plan.refusals.iter().filter(|_| !name.starts_with("swarm-spread")) {
                let nodes = case.view.nodes().count();
                prop_assert_eq!(refusal.tally.total() as usize, nodes, "{}: every node has a reason", name);
            }
        }
    }

    #[test]
    fn plans_depend_on_their_request_alone(case in case()) {
        let groups = case.groups();
        for strategy in strategies() {
            let request = request(&case, &groups);
            let plan = strategy.plan(&request);
            prop_assert_eq!(&strategy.plan(&request), &plan, "{}", strategy.name());
            prop_assert_eq!(laws::again(&*strategy, &request, &plan), Ok(()), "{}", strategy.name());
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
