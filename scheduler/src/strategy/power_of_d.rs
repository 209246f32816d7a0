//! The better of a few nodes drawn at random.

use super::{Candidate, Params, Pick, StrategyError, Turn};
use crate::id::NodeId;
use crate::plan::Group;

/// Each task draws `d` of the nodes that pass the filters, each time any of them, and takes the one with the fewest tasks
/// (M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 1996). With two draws the fullest node is far
/// less full than with one, and only two nodes have to be asked.
///
/// A node may be drawn twice. Of equal ones the one drawn first is taken, which is any of them, since draws have no order.
/// The draws are the task's own.
#[derive(Clone, Copy, Debug)]
pub struct PowerOfD {
    draws: u32,
}

/// More draws than this decide nothing: `least-loaded` and its like look at every node.
const MOST_DRAWS: u32 = 1_000;

impl PowerOfD {
    /// So many draws for each task.
    ///
    /// # Panics
    /// Without any draw, since there is no choice without one.
    pub fn new(draws: u32) -> PowerOfD {
        assert!(draws > 0, "a choice takes at least one draw");
        PowerOfD { draws }
    }

    /// As the parameter `d` says, 2 if it is not set.
    pub(super) fn of(params: &Params) -> Result<PowerOfD, StrategyError> {
        let text = params.get("d").unwrap_or("2");
        let draws = text.parse().ok().filter(|d| (1..=MOST_DRAWS).contains(d));
        // A number written in another way would be another name for the same strategy.
        let draws = draws.filter(|d| d.to_string() == text).ok_or_else(|| StrategyError::BadValue {
            param: "d".into(),
            found: text.into(),
            expected: format!("a whole number from 1 to {MOST_DRAWS}"),
        })?;
        Ok(PowerOfD::new(draws))
    }
}

/// Recent failures if they are many, then all tasks.
fn load(group: &Group<'_>, node: &Candidate<'_>) -> (u32, u32) {
    (node.failures(group), node.active())
}

impl Pick for PowerOfD {
    /// The nodes drawn.
    type Why = Vec<NodeId>;
    /// Whether the node was not drawn, then its load.
    type Key = (bool, (u32, u32));

    fn pick(&self, turn: &Turn<'_>) -> (usize, Vec<NodeId>) {
        let mut stream = turn.stream();
        let draws = || stream.below(turn.count() as u64) as usize;
        let drawn: Vec<usize> = std::iter::repeat_with(draws).take(self.draws as usize).collect();
        let best = drawn.iter().copied().min_by_key(|n| load(turn.group, &turn.candidate(*n)));
        let ids = drawn.iter().map(|n| turn.candidate(*n).node.id).collect();
        (best.expect("there is at least one draw"), ids)
    }

    /// The nodes drawn come first, of equal ones those drawn first.
    fn key(&self, drawn: &Vec<NodeId>, group: &Group<'_>, node: &Candidate<'_>) -> (Self::Key, u64) {
        let place = drawn.iter().position(|id| *id == node.node.id);
        ((place.is_none(), load(group, node)), place.map_or(u64::MAX, |place| place as u64))
    }

    fn show(&self, _: &Vec<NodeId>, (not_drawn, (failures, tasks)): &Self::Key) -> String {
        let drawn = if *not_drawn { "not drawn" } else { "drawn" };
        match failures {
            0 => format!("{drawn}, {tasks} tasks"),
            n => format!("{drawn}, {n} recent failures, {tasks} tasks"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ServiceId, TaskId};
    use crate::node::Node;
    use crate::plan::{PendingTask, Request};
    use crate::spec::TaskSpec;
    use crate::strategy::{Picked, Strategy};
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
        for decision in Picked::new("test", PowerOfD::new(draws)).plan(&request).decisions {
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
