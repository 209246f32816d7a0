//! The better of a few nodes drawn at random.

use super::{Candidate, Params, Planner, Strategy, StrategyError};
use crate::filter::Pipeline;
use crate::id::NodeId;
use crate::plan::{Group, Plan, Request};
use crate::view::NodeView;

/// Each task draws `d` of the nodes that pass the filters, each time any of them, and takes the one with the fewest tasks
/// (M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 1996). With two draws the fullest node is far
/// less full than with one, and only two nodes have to be asked.
///
/// A node may be drawn twice. Of equal ones the one drawn first is taken, which is any of them, since draws have no order.
/// The draws are the task's own.
#[derive(Clone, Debug)]
pub struct PowerOfD {
    name: String,
    draws: u32,
}

/// More draws than this decide nothing: `least-loaded` and its like look at every node.
const MOST_DRAWS: u32 = 1_000;

impl PowerOfD {
    /// So many draws for each task, under this name.
    ///
    /// # Panics
    /// Without any draw, since there is no choice without one.
    pub fn new(name: impl Into<String>, draws: u32) -> PowerOfD {
        assert!(draws > 0, "a choice takes at least one draw");
        PowerOfD { name: name.into(), draws }
    }

    /// As the parameter `d` says, 2 if it is not set.
    pub(super) fn build(name: String, params: &Params) -> Result<PowerOfD, StrategyError> {
        let text = params.get("d").unwrap_or("2");
        let draws = text.parse().ok().filter(|d| (1..=MOST_DRAWS).contains(d));
        // A number written in another way would be another name for the same strategy.
        let draws = draws.filter(|d| d.to_string() == text).ok_or_else(|| StrategyError::BadValue {
            param: "d".into(),
            found: text.into(),
            expected: format!("a whole number from 1 to {MOST_DRAWS}"),
        })?;
        Ok(PowerOfD::new(name, draws))
    }

    fn place_group<'a>(&self, planner: &mut Planner<'a>, group: &Group<'_>) {
        let pipeline = Pipeline::new(group.spec);
        let (mut possible, mut tally) = planner.possible(group, &pipeline);
        for (i, task) in group.tasks.iter().enumerate() {
            if possible.is_empty() {
                return planner.refuse(group, &group.tasks[i..], tally);
            }
            let mut stream = planner.request().stream(group, task);
            let draws = || stream.below(possible.len() as u64) as usize;
            let drawn: Vec<usize> = std::iter::repeat_with(draws).take(self.draws as usize).collect();
            let load = |at: &usize| load(group, &planner.candidate(possible[*at]));
            let at = drawn.iter().copied().min_by_key(load).expect("there is at least one draw");
            if possible.len() > 1 {
                planner.tie();
            }
            if planner.is_asked(task) {
                explain(
                    planner,
                    group,
                    possible[at],
                    &drawn.iter().map(|at| possible[*at].id).collect::<Vec<_>>(),
                );
            }
            planner.place(possible[at], group, task);
            if let Err(filter) = planner.check(possible[at], group, &pipeline) {
                tally.fail(filter);
                possible.remove(at); // and not swap_remove: the order is what the next draw chooses from
            }
        }
    }
}

/// Recent failures if they are many, then all tasks.
fn load(group: &Group<'_>, node: &Candidate<'_>) -> (u32, u32) {
    (node.failures(group), node.active())
}

impl Strategy for PowerOfD {
    fn name(&self) -> &str {
        &self.name
    }

    fn heeds_priorities(&self) -> bool {
        true
    }

    fn plan(&self, request: &Request<'_>) -> Plan {
        let mut planner = Planner::new(request);
        for group in request.by_priority() {
            self.place_group(&mut planner, group);
        }
        planner.finish()
    }
}

/// The nodes drawn come first, of equal ones those drawn first.
fn explain(planner: &mut Planner<'_>, group: &Group<'_>, chosen: &NodeView, drawn: &[NodeId]) {
    let key = |node: &Candidate<'_>| {
        let place = drawn.iter().position(|id| *id == node.node.id);
        ((place.is_none(), load(group, node)), place.map_or(u64::MAX, |place| place as u64))
    };
    let show = |(not_drawn, (failures, tasks)): &(bool, (u32, u32))| {
        let drawn = if *not_drawn { "not drawn" } else { "drawn" };
        match failures {
            0 => format!("{drawn}, {tasks} tasks"),
            n => format!("{drawn}, {n} recent failures, {tasks} tasks"),
        }
    };
    planner.explain(group, Some(chosen.id), key, show);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ServiceId, TaskId};
    use crate::node::Node;
    use crate::plan::PendingTask;
    use crate::spec::TaskSpec;
    use crate::units::SimTime;
    use crate::view::View;

    /// The largest number of tasks on one of 200 nodes that get 200 tasks.
    fn fullest(draws: u32, seed: u64) -> u32 {
        let mut view = View::new();
        (0..200)
            .for_each(|id| view.set_node(NodeId(id), Node { name: format!("n{id:03}"), ..Node::default() }));
        let tasks: Vec<_> =
            (0..200).map(|n| PendingTask { id: TaskId(n), slot: n + 1, attempt: 1 }).collect();
        let spec = TaskSpec::default();
        let groups =
            [Group { service: ServiceId(0), service_name: "web", version: None, spec: &spec, tasks: &tasks }];
        let request = Request { now: SimTime::ZERO, view: &view, groups: &groups, seed, explain: None };
        let mut counts = [0; 200];
        for decision in PowerOfD::new("test", draws).plan(&request).decisions {
            counts[decision.node().expect("there is room").index()] += 1;
        }
        counts.into_iter().max().expect("there are nodes")
    }

    #[test]
    fn each_further_draw_levels_more() {
        let sum = |draws| (0..20).map(|seed| fullest(draws, seed)).sum::<u32>();
        let (one, two, many) = (sum(1), sum(2), sum(1_000));
        assert!(one > two + 20 && two > many, "{one}, {two}, {many}");
        assert_eq!(many, 20, "who asks everybody finds the emptiest");
    }
}
