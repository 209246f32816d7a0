//! The easy way in: say how good one node is for one service, smallest key first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fmt::Debug;

use super::branches::{Level, Tree};
use super::single::Singles;
use super::{Planner, Strategy, TieBreak, Ties};
use crate::filter::{Pipeline, Tally};
use crate::id::NodeId;
use crate::plan::{Group, PendingTask, Plan, Request};
use crate::units::{Share, SimTime};
use crate::view::{Books, FAILURE_LIMIT, NodeView};

/// How good a node is for a task of a group.
pub trait Rank: Send + Sync {
    /// The smallest key wins. Tuples and exact ratios make better keys than a weighted sum.
    type Key: Ord + Clone + Debug;

    /// The node's key. It may depend on the group and on this one node as the plan would leave it, and on nothing else:
    /// after a placement only the node that was used is ranked anew.
    fn key(&self, group: &Group<'_>, node: &Candidate<'_>) -> Self::Key;

    /// What the node's key would be for a group that has never been here: without a task of its service and without failures.
    /// A rank that can tell it for every node, whatever the group needs, decides on many groups of one task each without
    /// looking at every node for each (by default it cannot: `None`).
    ///
    /// No group's key for the node may be less than its standing, and nodes whose keys are equal must have equal standings.
    fn standing(&self, _node: &Candidate<'_>) -> Option<Self::Key> {
        None
    }

    /// Whether it looks at what nodes were measured to use, as [`Strategy::reads_use`].
    fn reads_use(&self) -> bool {
        false
    }

    /// A key for people to read, in explanations.
    fn show(&self, key: &Self::Key) -> String {
        format!("{key:?}")
    }
}

/// A node as a plan would leave it so far.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The node.
    pub node: &'a NodeView,
    /// Its books as the plan would leave them; those in `node` are the view's.
    pub books: &'a Books,
    /// Now, in simulated time.
    pub now: SimTime,
}

impl Candidate<'_> {
    /// Recent failures of the group's service and version here, if they are enough to avoid the node; else 0
    /// (`scheduler.go:712-722`).
    pub fn failures(&self, group: &Group<'_>) -> u32 {
        let failures = self.node.recent_failures(group.service, group.version, self.now);
        if failures >= FAILURE_LIMIT { failures } else { 0 }
    }

    /// Active tasks of the group's service here.
    pub fn of_service(&self, group: &Group<'_>) -> u32 {
        self.books.of_service(group.service)
    }

    /// Active tasks here.
    pub fn active(&self) -> u32 {
        self.books.active
    }

    /// The dominant share of what would be reserved here with one more task of the group.
    pub fn share_after(&self, group: &Group<'_>) -> Share {
        let (all, left, need) = (self.node.size, self.books.available, group.spec.reservations);
        (all - left + need).dominant_share(all)
    }
}

/// A [`Rank`] as a strategy: for each group the nodes are filtered and ranked once, then each task takes the best one,
/// which alone is filtered and ranked anew. A group of one task only looks for the best node, see [`Rank::standing`].
///
/// A refusal counts every node of the cluster under the first filter that it fails.
#[derive(Clone, Debug)]
pub struct Ranked<R> {
    name: String,
    rank: R,
    ties: Ties,
    level: bool,
}

impl<R: Rank> Ranked<R> {
    /// The rank under this name, with this rule for ties. Placement preferences are ignored.
    pub fn new(name: impl Into<String>, rank: R, ties: Ties) -> Ranked<R> {
        Ranked { name: name.into(), rank, ties, level: false }
    }

    /// Heeds placement preferences: at each level the branch with the fewest tasks of the service comes first, of those
    /// that have a possible node; the rank decides within the innermost branch.
    pub fn levelling_preferences(mut self) -> Ranked<R> {
        self.level = true;
        self
    }
}

impl<R: Rank> Strategy for Ranked<R> {
    fn name(&self) -> &str {
        &self.name
    }

    fn plan(&self, request: &Request<'_>) -> Plan {
        let mut planner = Planner::new(request);
        let mut singles = Singles::new(&self.rank);
        for group in request.by_priority() {
            let levels = if self.level { Level::of(&group.spec.preferences) } else { Vec::new() };
            let ties = self.ties.of_group(request, group);
            if group.tasks.len() == 1 && levels.is_empty() {
                singles.place(&mut planner, group, ties);
                continue;
            }
            let plan = GroupPlan {
                rank: &self.rank,
                group,
                pipeline: Pipeline::new(group.spec),
                ties,
                planner: &mut planner,
                tree: Tree::new(),
                tally: Tally::default(),
            };
            plan.run(&levels);
        }
        planner.finish()
    }

    fn heeds_priorities(&self) -> bool {
        true
    }

    fn reads_use(&self) -> bool {
        self.rank.reads_use()
    }
}

/// A possible node by key, then tie. The heap keeps the greatest on top, hence the reversal.
type Entry<K> = Reverse<(K, u64, NodeId)>;

/// The possible nodes of an innermost branch, or the branches beneath another: what is best is on top.
#[derive(Debug)]
struct Leaf<K> {
    gathered: Vec<Entry<K>>,
    nodes: BinaryHeap<Entry<K>>,
    /// Tasks of the service, tie and place in the tree of each branch that may still have room.
    open: BinaryHeap<Reverse<(u64, u64, usize)>>,
}

impl<K: Ord> Default for Leaf<K> {
    fn default() -> Leaf<K> {
        Leaf { gathered: Vec::new(), nodes: BinaryHeap::new(), open: BinaryHeap::new() }
    }
}

struct GroupPlan<'p, 'a, R: Rank> {
    rank: &'p R,
    group: &'a Group<'a>,
    pipeline: Pipeline<'a>,
    ties: TieBreak,
    planner: &'p mut Planner<'a>,
    tree: Tree<'a, Leaf<R::Key>>,
    tally: Tally,
}

impl<R: Rank> GroupPlan<'_, '_, R> {
    fn run(mut self, levels: &[Level<'_>]) {
        self.gather(levels);
        let tasks = self.group.tasks;
        let placed = tasks.iter().take_while(|task| self.place_under(0, task)).count();
        self.planner.refuse(self.group, &tasks[placed..], self.tally);
    }

    /// Filters and ranks every node once.
    fn gather(&mut self, levels: &[Level<'_>]) {
        for node in self.planner.request().view.nodes() {
            let of_service = self.planner.candidate(node).of_service(self.group);
            let leaf = self.tree.enter(node, of_service, levels);
            match self.planner.check(node, self.group, &self.pipeline) {
                Ok(()) => {
                    let key = self.rank.key(self.group, &self.planner.candidate(node));
                    leaf.gathered.push(Reverse((key, self.ties.node(node), node.id)));
                }
                Err(filter) => self.tally.fail(filter),
            }
        }
        for at in 0..self.tree.branches.len() {
            let (ties, branches) = (self.ties, &self.tree.branches);
            // Children are in the order of their values, so with ties by id the place stands for the name.
            let open = |(i, c): (usize, &usize)| match ties.branch(branches[*c].value) {
                0 => Reverse((branches[*c].tasks, i as u64, *c)),
                tie => Reverse((branches[*c].tasks, tie, *c)),
            };
            let open = branches[at].children.iter().enumerate().map(open).collect();
            let leaf = &mut self.tree.branches[at].leaf;
            leaf.open = open;
            leaf.nodes = BinaryHeap::from(std::mem::take(&mut leaf.gathered));
        }
    }

    /// Gives the task the best node of the branch with the fewest tasks that has one.
    fn place_under(&mut self, at: usize, task: &PendingTask) -> bool {
        if self.tree.branches[at].children.is_empty() {
            return self.place_in_leaf(at, task);
        }
        while let Some(Reverse((_, _, child))) = self.tree.branches[at].leaf.open.peek() {
            let placed = self.place_under(*child, task);
            let open = &mut self.tree.branches[at].leaf.open;
            let mut top = open.peek_mut().expect("the branch that was just tried is still on top");
            if placed {
                top.0.0 += 1;
                return true;
            }
            PeekMut::pop(top);
        }
        false
    }

    fn place_in_leaf(&mut self, at: usize, task: &PendingTask) -> bool {
        let nodes = &mut self.tree.branches[at].leaf.nodes;
        let Some(Reverse((_, _, id))) = nodes.peek() else { return false };
        let node = self.planner.request().view.node(*id).expect("a node that was gathered is in the view");
        // The second best is one of the two beneath the top.
        let (first, others) = nodes.as_slice().split_first().expect("there is a top");
        if others.iter().take(2).any(|other| other.0.0 == first.0.0) {
            self.planner.tie();
        }
        if self.planner.is_asked(task) {
            explain(self.planner, self.rank, self.group, self.ties, node.id);
        }
        self.planner.place(node, self.group, task);
        let mut top = self.tree.branches[at].leaf.nodes.peek_mut().expect("there is a top");
        match self.planner.check(node, self.group, &self.pipeline) {
            Ok(()) => top.0.0 = self.rank.key(self.group, &self.planner.candidate(node)),
            Err(filter) => {
                self.tally.fail(filter);
                PeekMut::pop(top);
            }
        }
        true
    }
}

/// Explains the choice that is about to be made by the rank.
pub(super) fn explain<R: Rank>(
    planner: &mut Planner<'_>,
    rank: &R,
    group: &Group<'_>,
    ties: TieBreak,
    chosen: NodeId,
) {
    let key = |c: &Candidate<'_>| (rank.key(group, c), ties.node(c.node));
    planner.explain(group, Some(chosen), key, |key| rank.show(key));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ServiceId, TaskId};
    use crate::node::Node;
    use crate::spec::{SpecVersion, TaskSpec};
    use crate::view::View;

    /// The first nodes by name, each up to three tasks.
    struct Threes;

    impl Rank for Threes {
        type Key = u32;
        fn key(&self, _: &Group<'_>, node: &Candidate<'_>) -> u32 {
            node.active() / 3
        }
    }

    #[test]
    fn the_best_node_is_ranked_anew_after_each_task() {
        let mut view = View::new();
        for id in 0..3 {
            view.set_node(NodeId(id), Node { name: format!("n{id}"), ..Node::default() });
        }
        let tasks: Vec<_> = (0..7).map(|n| PendingTask { id: TaskId(n), slot: n + 1, attempt: 1 }).collect();
        let spec = TaskSpec::default();
        let version = Some(SpecVersion(1));
        let groups =
            [Group { service: ServiceId(0), service_name: "web", version, spec: &spec, tasks: &tasks }];
        let asked = Some(TaskId(3));
        let request = Request { now: SimTime::ZERO, view: &view, groups: &groups, seed: 1, explain: asked };
        let plan = Ranked::new("threes", Threes, Ties::Id).plan(&request);
        let nodes: Vec<_> = plan.decisions.iter().map(|d| d.node().unwrap().0).collect();
        assert_eq!(nodes, [0, 0, 0, 1, 1, 1, 2]);
        let explanation = plan.explanation.unwrap();
        assert_eq!(explanation.winner, Some((NodeId(1), "0".into())));
        assert_eq!(explanation.runner_up, Some((NodeId(2), "0".into())));
        assert!(explanation.tie);
        assert_eq!(plan.work.ties, 6); // the last task met 1, 1, 0
    }
}
