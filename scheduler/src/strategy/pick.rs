//! The other easy way in: choose one of the possible nodes, where more than the node itself decides: a draw, or whose turn
//! it is.

use super::{Candidate, Planner, Strategy};
use crate::filter::Pipeline;
use crate::plan::{Group, PendingTask, Plan, Request};
use crate::view::NodeView;

/// Chooses a node for one task after the other. What it remembers, it remembers for one plan.
pub trait Pick: Clone + Send + Sync {
    /// Why a node was chosen, as far as an explanation asks.
    type Why;
    /// What orders the nodes in an explanation, smallest first.
    type Key: Ord;

    /// Looks at the cluster as the plan finds it.
    fn begin(&mut self, _request: &Request<'_>) {}

    /// Which of the nodes that are left the task gets, counted from 0; there is at least one.
    fn pick(&self, turn: &Turn<'_>) -> (usize, Self::Why);

    /// The task has been placed there.
    fn placed(&mut self, _node: &NodeView) {}

    /// The node's place in an explanation of that choice, with the number that tells equals apart.
    fn key(&self, why: &Self::Why, group: &Group<'_>, node: &Candidate<'_>) -> (Self::Key, u64);

    /// A key for people to read.
    fn show(&self, why: &Self::Why, key: &Self::Key) -> String;
}

/// What a task can choose from.
#[derive(Clone, Copy, Debug)]
pub struct Turn<'t> {
    /// Its group.
    pub group: &'t Group<'t>,
    /// The task.
    pub task: &'t PendingTask,
    /// The nodes that the group's first task could choose from, ascending.
    pub all: &'t [&'t NodeView],
    /// Places in `all`, ascending: some nodes have filled up since.
    left: &'t [u32],
    planner: &'t Planner<'t>,
}

impl<'t> Turn<'t> {
    /// How many nodes are left.
    pub fn count(&self) -> usize {
        self.left.len()
    }

    /// One of those left, as the plan would leave it so far.
    pub fn candidate(&self, n: usize) -> Candidate<'t> {
        self.planner.candidate(self.all[self.left[n] as usize])
    }

    /// The first of those left at or behind that place in `all`, from the end on to the beginning.
    pub fn first_from(&self, place: usize) -> usize {
        let n = self.left.partition_point(|left| (*left as usize) < place);
        if n < self.left.len() { n } else { 0 }
    }

    /// Draws of the task's own.
    pub fn stream(&self) -> crate::stream::Stream {
        self.planner.request().stream(self.group, self.task)
    }
}

/// A [`Pick`] as a strategy: nodes are filtered once for each group, then the one that was used after each task. What waits
/// is placed by descending priority.
#[derive(Clone, Debug)]
pub struct Picked<P> {
    name: String,
    pick: P,
}

impl<P: Pick> Picked<P> {
    /// The pick under this name.
    pub fn new(name: impl Into<String>, pick: P) -> Picked<P> {
        Picked { name: name.into(), pick }
    }
}

impl<P: Pick> Strategy for Picked<P> {
    fn name(&self) -> &str {
        &self.name
    }

    fn plan(&self, request: &Request<'_>) -> Plan {
        let (mut planner, mut pick) = (Planner::new(request), self.pick.clone());
        pick.begin(request);
        for group in request.by_priority() {
            place_group(&mut planner, &mut pick, group);
        }
        planner.finish()
    }

    fn heeds_priorities(&self) -> bool {
        true
    }
}

fn place_group<P: Pick>(planner: &mut Planner<'_>, pick: &mut P, group: &Group<'_>) {
    let pipeline = Pipeline::new(group.spec);
    let (all, mut tally) = planner.possible(group, &pipeline);
    let mut left: Vec<u32> = (0..all.len() as u32).collect();
    for (i, task) in group.tasks.iter().enumerate() {
        if left.is_empty() {
            return planner.refuse(group, &group.tasks[i..], tally);
        }
        let (n, why) = pick.pick(&Turn { group, task, all: &all, left: &left, planner });
        let node = all[left[n] as usize];
        // Nothing that a node is has decided.
        if left.len() > 1 {
            planner.tie();
        }
        if planner.is_asked(task) {
            planner.explain(group, Some(node.id), |c| pick.key(&why, group, c), |key| pick.show(&why, key));
        }
        planner.place(node, group, task);
        pick.placed(node);
        if let Err(filter) = planner.check(node, group, &pipeline) {
            tally.fail(filter);
            left.remove(n); // and not swap_remove: the next choice depends on the order
        }
    }
}
