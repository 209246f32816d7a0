//! SwarmKit's own scheduler, quirks included (`manager/scheduler/scheduler.go:690-924`, `decision_tree.go`).
//!
//! It is exact to the recorded decisions with `ties=id`. What differs from what one might expect:
//!
//! * It does not level an uneven start: it fills a node until the *next* in its list is strictly better, then never comes
//!   back before it has reached the end of the list. [`Spread`](super::Spread) is the same intent without that.
//! * The counts of preference branches are those from before the group, throughout, and what is asked of a branch is not
//!   capped by what is left.
//! * It knows no priorities: a [`priority`](crate::spec::TaskSpec::priority) changes nothing.
//! * Any node that passes the filters wipes out the failures counted before it, so a refusal that follows a success tells
//!   only of the nodes looked at since.
//!
//! So an explanation may show a runner-up with the better key.
//!
//! Nodes are looked at in ascending order whatever the ties: with `ties=random` that could only show in such a text.

use std::collections::BinaryHeap;

use super::branches::{Level, Tree};
use super::rank::Candidate;
use super::remaining::Remaining;
use super::single::Singles;
use super::{Planner, Spread, Strategy, TieBreak, Ties};
use crate::filter::{Pipeline, Tally};
use crate::id::NodeId;
use crate::plan::{Group, Plan, Request};
use crate::view::NodeView;

/// The strategy.
#[derive(Clone, Debug)]
pub struct SwarmSpread {
    name: String,
    ties: Ties,
}

impl SwarmSpread {
    /// With this name and this rule for ties.
    pub fn new(name: impl Into<String>, ties: Ties) -> SwarmSpread {
        SwarmSpread { name: name.into(), ties }
    }
}

impl Strategy for SwarmSpread {
    fn name(&self) -> &str {
        &self.name
    }

    fn plan(&self, request: &Request<'_>) -> Plan {
        let mut planner = Planner::new(request);
        let mut groups: Vec<_> = request.groups.iter().map(|g| (g, self.ties.of_group(request, g))).collect();
        // One-off tasks come after all groups; among their like, Go's map order decides.
        groups.sort_by_key(|(group, ties)| (group.version.is_none(), ties.group()));
        // One task has no uneven start to go by: it takes the best node, as with the rank.
        let mut singles = Singles::new(&Spread);
        for (group, ties) in groups {
            if group.tasks.len() == 1 && Level::of(&group.spec.preferences).is_empty() {
                singles.place(&mut planner, group, ties);
            } else {
                GroupPlan::new(&mut planner, group, ties).run();
            }
        }
        planner.finish()
    }
}

/// `nodeLess` (`scheduler.go:708-735`): recent failures if they reach the limit, tasks of this service, all tasks. Packed
/// into one number, the first in the highest bits, since comparing keys is most of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key(u128);

impl Key {
    fn of(group: &Group<'_>, node: &Candidate<'_>) -> Key {
        let (failures, own, all) = (node.failures(group), node.of_service(group), node.active());
        Key(u128::from(failures) << 64 | u128::from(own) << 32 | u128::from(all))
    }

    /// No key of the node is less than this, which takes no look into its books of services.
    fn at_least(node: &Candidate<'_>) -> Key {
        Key(u128::from(node.active()))
    }

    fn failures(self) -> u32 {
        (self.0 >> 64) as u32
    }

    fn of_service(self) -> u32 {
        (self.0 >> 32) as u32
    }

    fn active(self) -> u32 {
        self.0 as u32
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.failures() > 0 {
            write!(f, "{} recent failures, ", self.failures())?;
        }
        write!(f, "{} of this service, {} tasks", self.of_service(), self.active())
    }
}

/// A node that passed the filters. Ordered by key, then tie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kept {
    key: Key,
    tie: u64,
    node: NodeId,
}

/// The best nodes of a leaf: as they come, then, once there are as many as may be kept, the worst on top, and best first
/// from the first visit on.
#[derive(Debug, Default)]
struct Leaf {
    nodes: Vec<Kept>,
    full: BinaryHeap<Kept>,
    /// The best key among nodes that were left out, to tell whether a tie alone kept them out.
    left_out: Option<Key>,
    visited: bool,
}

impl Leaf {
    /// Whether there are better nodes enough than any with such a key or a greater one.
    fn is_beyond(&self, key: Key) -> bool {
        self.full.peek().is_some_and(|worst| worst.key < key)
    }

    /// Whether there are better nodes enough already. The tie is only drawn where it decides.
    fn is_worse(&self, key: Key, tie: impl FnOnce() -> u64) -> bool {
        self.full.peek().is_some_and(|worst| worst.key < key || (worst.key == key && worst.tie < tie()))
    }

    fn keep(&mut self, kept: Kept, most: usize) {
        let out = self.full.peek_mut().map(|mut worst| std::mem::replace(&mut *worst, kept));
        if let Some(out) = out {
            return self.leave_out(out.key);
        }
        self.nodes.push(kept);
        if self.nodes.len() == most {
            self.full = BinaryHeap::from(std::mem::take(&mut self.nodes));
        }
    }

    fn leave_out(&mut self, key: Key) {
        self.left_out = Some(self.left_out.map_or(key, |best| best.min(key)));
    }

    /// The nodes, best first, for the first visit.
    fn first_visit(&mut self) -> Vec<Kept> {
        self.visited = true;
        self.nodes.append(&mut std::mem::take(&mut self.full).into_vec());
        self.nodes.sort_unstable();
        std::mem::take(&mut self.nodes)
    }
}

struct GroupPlan<'p, 'a> {
    planner: &'p mut Planner<'a>,
    group: &'a Group<'a>,
    pipeline: Pipeline<'a>,
    ties: TieBreak,
    tree: Tree<'a, Leaf>,
    tally: Tally,
    /// How many tasks of the group are placed.
    placed: usize,
}

impl<'p, 'a> GroupPlan<'p, 'a> {
    fn new(planner: &'p mut Planner<'a>, group: &'a Group<'a>, ties: TieBreak) -> GroupPlan<'p, 'a> {
        let pipeline = Pipeline::new(group.spec);
        GroupPlan { planner, group, pipeline, ties, tree: Tree::new(), tally: Tally::default(), placed: 0 }
    }

    fn run(mut self) {
        self.gather();
        self.place_under(0, self.group.tasks.len());
        let left = &self.group.tasks[self.placed..];
        self.planner.refuse(self.group, left, self.tally);
    }

    /// Puts every node into its leaf, of which each keeps the best so many as there are tasks (`nodeset.go:50-124`).
    /// The filters run only on a node that would enter.
    fn gather(&mut self) {
        let most = self.group.tasks.len();
        let levels = Level::of(&self.group.spec.preferences);
        for node in self.planner.request().view.nodes() {
            let candidate = self.planner.candidate(node);
            // In a full cluster this tells most nodes apart. Branches have to count all their tasks.
            if levels.is_empty() && self.tree.branches[0].leaf.is_beyond(Key::at_least(&candidate)) {
                self.planner.visit();
                continue;
            }
            let key = Key::of(self.group, &candidate);
            let leaf = self.tree.enter(node, key.of_service(), &levels);
            if leaf.is_worse(key, || self.ties.node(node)) {
                leaf.leave_out(key);
                self.planner.visit();
            } else if Self::check(self.planner, node, self.group, &self.pipeline, &mut self.tally) {
                leaf.keep(Kept { key, tie: self.ties.node(node), node: node.id }, most);
            }
        }
    }

    /// Runs the filters. A node that passes wipes out what was counted before (`pipeline.go:56-68`).
    fn check(
        planner: &mut Planner<'_>,
        node: &NodeView,
        group: &Group<'_>,
        pipeline: &Pipeline<'_>,
        tally: &mut Tally,
    ) -> bool {
        match planner.check(node, group, pipeline) {
            Ok(()) => tally.reset(),
            Err(filter) => {
                tally.fail(filter);
                return false;
            }
        }
        true
    }

    fn node(&self, id: NodeId) -> &'a NodeView {
        self.planner.request().view.node(id).expect("a node that was gathered is in the view")
    }

    fn passes(&mut self, node: &NodeView) -> bool {
        Self::check(self.planner, node, self.group, &self.pipeline, &mut self.tally)
    }

    /// `scheduleNTasksOnSubtree` (`scheduler.go:772-825`): places up to `n` tasks and tells how many.
    fn place_under(&mut self, at: usize, n: usize) -> usize {
        if self.tree.branches[at].children.is_empty() {
            return self.place_in_leaf(at, n);
        }
        let mut open = self.tree.branches[at].children.clone();
        open.sort_by_key(|c| (self.ties.branch(self.tree.branches[*c].value), self.tree.branches[*c].value));
        let mut usable = self.tree.branches[at].tasks as i64;
        let mut placed = 0;
        let mut again = true;
        while placed != n && !open.is_empty() && again {
            // Signed and truncating, as in Go: a quirk may ask for more than there is.
            let total = usable + n as i64 - placed as i64;
            let want = total / open.len() as i64;
            let mut rest = total % open.len() as i64;
            again = false;
            for branch in open.clone() {
                // The count from before the group, also in a second round.
                let tasks = self.tree.branches[branch].tasks as i64;
                if tasks > want || (tasks == want && rest <= 0) {
                    continue;
                }
                again = true;
                let ask = (want - tasks + i64::from(rest > 0)) as usize;
                let got = self.place_under(branch, ask);
                if got < ask {
                    open.retain(|b| *b != branch);
                    usable -= tasks;
                } else if rest > 0 {
                    rest -= 1;
                }
                placed += got;
            }
        }
        placed
    }

    /// `scheduleNTasksOnNodes` (`scheduler.go:844-924`) on the leaf's nodes, best first.
    fn place_in_leaf(&mut self, at: usize, n: usize) -> usize {
        let mut nodes = self.ordered(at);
        let cut = self.tree.branches[at].leaf.left_out;
        let (mut i, mut first_pass, mut placed) = (0, true, 0);
        let mut remaining = Remaining::all(nodes.len());
        while !nodes.is_empty() && self.placed < self.group.tasks.len() {
            // In a leaf that is visited again, nodes that were left out may be better than the next one in it.
            let rival = nodes.get(i + 1).map(|k| k.key).into_iter().chain(cut).min();
            if first_pass && rival == Some(nodes[i].key) {
                self.planner.tie();
            }
            self.place(&mut nodes[i]);
            placed += 1;
            if placed == n {
                break;
            }
            // Fill this node until the next is strictly better; from the last one on, go round.
            let next = nodes.get(i + 1).filter(|_| first_pass);
            let stay = next.is_some_and(|next| next.key >= nodes[i].key);
            match self.next_usable(&nodes, &mut remaining, if stay { i } else { i + 1 }) {
                Some((usable, wrapped)) => {
                    i = usable;
                    first_pass &= !wrapped;
                }
                None => break,
            }
        }
        self.tree.branches[at].leaf.nodes = nodes;
        placed
    }

    fn place(&mut self, chosen: &mut Kept) {
        let node = self.node(chosen.node);
        let task = &self.group.tasks[self.placed];
        if self.planner.is_asked(task) {
            self.explain(node);
        }
        self.planner.place(node, self.group, task);
        self.placed += 1;
        chosen.key = Key::of(self.group, &self.planner.candidate(node));
    }

    /// The first node from `from` on, going round, that still passes the filters. One that does not is never tried again.
    fn next_usable(
        &mut self,
        nodes: &[Kept],
        remaining: &mut Remaining,
        from: usize,
    ) -> Option<(usize, bool)> {
        let (mut at, mut went_round) = (from, false);
        loop {
            let (found, wrapped) = remaining.from(at)?;
            went_round |= wrapped;
            if self.passes(self.node(nodes[found].node)) {
                return Some((found, went_round));
            }
            remaining.drop_out(found);
            at = found;
        }
    }

    /// The leaf's nodes, best first. A leaf that is visited again first drops those that no longer pass, filling each gap
    /// with the last node (`decision_tree.go`, `orderedNodes`): the order in which filters run shows in the explanation.
    fn ordered(&mut self, at: usize) -> Vec<Kept> {
        let leaf = &mut self.tree.branches[at].leaf;
        if !leaf.visited {
            return leaf.first_visit();
        }
        let mut nodes = std::mem::take(&mut leaf.nodes);
        let mut i = 0;
        while i < nodes.len() {
            if self.passes(self.node(nodes[i].node)) {
                i += 1;
            } else {
                nodes.swap_remove(i);
            }
        }
        nodes.sort_unstable();
        nodes
    }

    fn explain(&mut self, chosen: &NodeView) {
        let (group, ties) = (self.group, self.ties);
        let key = |c: &Candidate<'_>| (Key::of(group, c), ties.node(c.node));
        self.planner.explain(group, Some(chosen.id), key, Key::to_string);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ServiceId, TaskId};
    use crate::node::Node;
    use crate::plan::PendingTask;
    use crate::spec::{Preference, SpecVersion, TaskSpec};
    use crate::units::SimTime;
    use crate::view::View;

    const SERVICE: ServiceId = ServiceId(0);

    /// Active tasks of the service on nodes with these `(zone, rack)` labels and counts, after `new` more tasks.
    fn after(nodes: &[(&str, &str, u32)], preferences: &[&str], new: u32, strategy: &str) -> Vec<u32> {
        let mut view = View::new();
        for (id, (zone, rack, tasks)) in (0..).zip(nodes) {
            let labels =
                [("zone".to_owned(), (*zone).to_owned()), ("rack".to_owned(), (*rack).to_owned())].into();
            view.set_node(NodeId(id), Node { name: format!("n{id}"), labels, ..Node::default() });
            (0..*tasks).for_each(|_| view.books_mut(NodeId(id)).unwrap().count_in(SERVICE));
        }
        let tasks: Vec<_> =
            (0..new).map(|n| PendingTask { id: TaskId(n), slot: n + 1, attempt: 1 }).collect();
        let preferences = preferences.iter().map(|p| Preference { spread: (*p).to_owned() }).collect();
        let spec = TaskSpec { preferences, ..TaskSpec::default() };
        let version = Some(SpecVersion(1));
        let groups = [Group { service: SERVICE, service_name: "web", version, spec: &spec, tasks: &tasks }];
        let request = Request { now: SimTime::ZERO, view: &view, groups: &groups, seed: 1, explain: None };
        let mut counts: Vec<u32> = nodes.iter().map(|n| n.2).collect();
        for decision in super::super::build(strategy).unwrap().plan(&request).decisions {
            counts[decision.node().unwrap().index()] += 1;
        }
        counts
    }

    fn on_nodes(counts: &[u32], new: u32, strategy: &str) -> Vec<u32> {
        after(&counts.iter().map(|c| ("", "", *c)).collect::<Vec<_>>(), &[], new, strategy)
    }

    #[test]
    fn an_uneven_start_is_not_levelled() {
        for strategy in ["swarm-spread[ties=id]", "swarm-spread"] {
            let check = |start: &[u32], new, expected: &[u32]| {
                let mut counts = on_nodes(start, new, strategy);
                counts.sort_unstable();
                assert_eq!(counts, expected, "{start:?} and {new} more");
            };
            check(&[0, 0, 5], 10, &[2, 6, 7]);
            check(&[0, 2], 4, &[3, 3]);
            check(&[3, 0, 1, 0], 6, &[1, 2, 3, 4]);
            check(&[0; 7], 24, &[3, 3, 3, 3, 4, 4, 4]);
        }
        assert_eq!(on_nodes(&[0, 0, 5], 10, "swarm-spread[ties=id]"), [2, 7, 6]);
        assert_eq!(on_nodes(&[0, 0, 5], 10, "spread"), [5, 5, 5]);
        assert_eq!(on_nodes(&[3, 0, 1, 0], 8, "spread"), [3, 3, 3, 3]);
    }

    #[test]
    fn branches_are_asked_for_more_than_there_is() {
        let zones = [("1", "", 10), ("2", "", 0), ("3", "", 0)];
        assert_eq!(after(&zones, &["node.labels.zone"], 2, "swarm-spread[ties=id]"), [10, 2, 0]);
        assert_eq!(after(&zones, &["node.labels.zone"], 2, "spread"), [10, 1, 1]);
        let racks =
            [("1", "a", 10), ("1", "b", 0), ("1", "c", 0), ("2", "d", 10), ("2", "e", 0), ("2", "f", 0)];
        let both = ["NODE.labels.zone", "node.hostname", "node.labels.rack"];
        assert_eq!(after(&racks, &both, 4, "swarm-spread[ties=id]"), [10, 4, 0, 10, 0, 0]);
        assert_eq!(after(&racks, &both, 20, "swarm-spread[ties=id]"), [10, 10, 10, 10, 0, 0]);
        assert_eq!(after(&racks, &both, 4, "spread"), [10, 1, 1, 10, 1, 1]);
        assert_eq!(after(&racks, &both, 20, "spread"), [10, 5, 5, 10, 5, 5]);
    }

    #[test]
    fn random_ties_do_not_depend_on_who_else_is_there() {
        let first = |nodes: u32| {
            on_nodes(&vec![0; nodes as usize], 1, "swarm-spread").iter().position(|c| *c == 1).unwrap()
        };
        let winners: Vec<usize> = (1..40).map(first).collect();
        assert!(winners.last() > Some(&0), "ties fall at random: {winners:?}");
        // A further node either takes the task itself or changes nothing.
        assert!(winners.windows(2).enumerate().all(|(i, w)| w[1] == w[0] || w[1] == i + 1), "{winners:?}");
    }
}
