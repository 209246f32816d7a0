//! What every strategy of the catalogue must hold to, whatever the cluster and whatever waits.

use std::collections::BTreeSet;

use proptest::prelude::*;
use swarmbed_scheduler::plan::{Group, Plan, Request, Verdict};
use swarmbed_scheduler::spec::TaskSpec;
use swarmbed_scheduler::strategy::{Catalogue, Strategy};
use swarmbed_scheduler::{NodeId, SimTime, TaskId, laws};

#[path = "laws/cases.rs"]
mod cases;
use cases::{Case, case, singles};

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

/// The plan that comes of a request for each group, in the order in which `at_once` took them, each carried out before the
/// next one is made. A strategy that keeps accounts of all nodes over the groups of a plan has none to go by here.
fn one_by_one(strategy: &dyn Strategy, case: &Case, at_once: &Plan, explain: Option<TaskId>) -> Plan {
    let (groups, mut view, mut all) = (case.groups(), case.view.clone(), Plan::default());
    let of_task =
        |id| groups.iter().position(|g| g.tasks.iter().any(|t| t.id == id)).expect("it was asked about");
    let mut order: Vec<usize> = at_once.decisions.iter().map(|d| of_task(d.task)).collect();
    order.dedup();
    for group in order.into_iter().map(|at| groups[at]) {
        let asked = [group];
        let mut plan = strategy.plan(&Request { view: &view, explain, ..request(case, &asked) });
        for decision in &mut plan.decisions {
            match &mut decision.verdict {
                Verdict::Place { node, .. } => {
                    let books = view.books_mut(*node).expect("a member");
                    books.hold(group.spec);
                    books.count_in(group.service);
                }
                Verdict::Refuse(reason) => *reason += all.refusals.len(),
            }
        }
        all.decisions.append(&mut plan.decisions);
        all.refusals.append(&mut plan.refusals);
        all.work.ties += plan.work.ties;
        all.explanation = all.explanation.or(plan.explanation);
    }
    all
}

/// What becomes of each task: its place, or why it has none.
fn told(plan: &Plan) -> Vec<(TaskId, Result<&Verdict, String>)> {
    let told = |verdict| match verdict {
        &Verdict::Refuse(reason) => Err(plan.refusals[reason].to_string()),
        placed => Ok(placed),
    };
    plan.decisions.iter().map(|d| (d.task, told(&d.verdict))).collect()
}

fn with_priority(groups: &[Group<'_>], priority: u32) -> Vec<TaskSpec> {
    groups.iter().map(|group| TaskSpec { priority, ..group.spec.clone() }).collect()
}

fn regrouped<'a>(groups: &[Group<'a>], specs: &'a [TaskSpec]) -> Vec<Group<'a>> {
    groups.iter().zip(specs).map(|(group, spec)| Group { spec, ..*group }).collect()
}

#[test]
fn only_swarm_spread_heeds_no_priorities() {
    for strategy in strategies() {
        let is_swarmkit = strategy.name().starts_with("swarm-spread");
        assert_eq!(strategy.heeds_priorities(), !is_swarmkit, "{}", strategy.name());
    }
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
    fn groups_may_as_well_be_asked_about_one_by_one(
        case in prop_oneof![case(), singles()],
        chosen in any::<prop::sample::Index>(),
    ) {
        let groups = case.groups();
        let tasks: Vec<_> = groups.iter().flat_map(|g| g.tasks).map(|t| t.id).collect();
        prop_assume!(!tasks.is_empty());
        let explain = Some(*chosen.get(&tasks));
        for strategy in strategies() {
            let at_once = strategy.plan(&Request { explain, ..request(&case, &groups) });
            let (one_by_one, name) = (one_by_one(&*strategy, &case, &at_once, explain), strategy.name());
            prop_assert_eq!(told(&at_once), told(&one_by_one), "{}", name);
            prop_assert_eq!(at_once.work.ties, one_by_one.work.ties, "{}", name);
            prop_assert_eq!(at_once.explanation, one_by_one.explanation, "{}", name);
        }
    }

    #[test]
    fn equal_priorities_change_nothing(case in case(), priority in 1u32..1000) {
        let groups = case.groups();
        let (zero, equal) = (with_priority(&groups, 0), with_priority(&groups, priority));
        let (zero, equal) = (regrouped(&groups, &zero), regrouped(&groups, &equal));
        for strategy in strategies() {
            let (zero, equal) = (strategy.plan(&request(&case, &zero)), strategy.plan(&request(&case, &equal)));
            prop_assert_eq!(equal, zero, "{}", strategy.name());
        }
    }

    /// Or, to a strategy without priorities, what has any is placed as if all had the same.
    #[test]
    fn what_waits_with_less_priority_is_not_in_the_way(case in case()) {
        let groups = case.groups();
        let above: Vec<_> = groups.iter().filter(|group| group.spec.priority > 0).copied().collect();
        let level = with_priority(&groups, 0);
        let level = regrouped(&groups, &level);
        for strategy in strategies() {
            let plan = strategy.plan(&request(&case, &groups));
            if strategy.heeds_priorities() {
                let alone = strategy.plan(&request(&case, &above)).decisions;
                prop_assert_eq!(&plan.decisions[..alone.len()], &alone[..], "{}", strategy.name());
            } else {
                prop_assert_eq!(plan, strategy.plan(&request(&case, &level)), "{}", strategy.name());
            }
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
