//! Groups of one task: services by the thousand, or a task that is replaced.
//!
//! Such a group has no use for a list of nodes, only for the best one. The first of a plan looks at every node. From the
//! second on, if the rank can tell a node's [standing](Rank::standing), nodes are kept in the order of their standings: what
//! their key would be for a group that has never been here. No key is less than the standing, so the search ends at the first
//! standing that is beyond the best key found. Nodes that have a task of the very service, or failed it, have a greater key
//! than their standing, which is seen when they are looked at; they need no list of their own.
//!
//! Within a standing nodes come in the order of their names, as they do without it, so that either way of searching finds the
//! same node, the same ties and, if there is none, the same reasons: `tests/laws.rs` holds every strategy to that.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::rank::{Rank, explain};
use super::{Planner, TieBreak};
use crate::filter::{Pipeline, Tally};
use crate::id::NodeId;
use crate::plan::Group;
use crate::view::NodeView;

/// Places the groups of a plan that have one task each.
pub(super) struct Singles<'r, R: Rank> {
    rank: &'r R,
    /// How many there were.
    groups: u64,
    standings: Option<Standings<R::Key>>,
}

impl<'r, R: Rank> Singles<'r, R> {
    /// Before the first of them.
    pub(super) fn new(rank: &'r R) -> Singles<'r, R> {
        Singles { rank, groups: 0, standings: None }
    }

    /// Places or refuses the only task of a group.
    pub(super) fn place<'a>(&mut self, planner: &mut Planner<'a>, group: &Group<'_>, ties: TieBreak) {
        self.groups += 1;
        match &mut self.standings {
            Some(standings) => standings.catch_up(self.rank, planner),
            // To put nodes in order costs a little more than to look at each once.
            None if self.groups == 2 => self.standings = Standings::of(self.rank, planner),
            None => {}
        }
        let (rank, pipeline) = (self.rank, Pipeline::new(group.spec));
        let (best, tally) = (None, Tally::default());
        let mut search = Search { rank, group, pipeline, ties, planner, tally, best };
        match &self.standings {
            Some(standings) => search.by_standing(standings),
            None => search.through_all(),
        }
        let Search { best, tally, planner, .. } = search;
        let Some(best) = best else { return planner.refuse(group, group.tasks, tally) };
        if best.tied {
            planner.tie();
        }
        if planner.is_asked(&group.tasks[0]) {
            explain(planner, rank, group, ties, best.node.id);
        }
        planner.place(best.node, group, &group.tasks[0]);
    }
}

/// The best node so far.
struct Best<'a, K> {
    key: K,
    tie: u64,
    node: &'a NodeView,
    /// Whether the tie rule alone put it before another.
    tied: bool,
}

struct Search<'s, 'a, R: Rank> {
    rank: &'s R,
    group: &'s Group<'s>,
    pipeline: Pipeline<'s>,
    ties: TieBreak,
    planner: &'s mut Planner<'a>,
    tally: Tally,
    best: Option<Best<'a, R::Key>>,
}

impl<R: Rank> Search<'_, '_, R> {
    fn through_all(&mut self) {
        for node in self.planner.request().view.nodes() {
            self.look(node.id);
        }
    }

    fn by_standing(&mut self, standings: &Standings<R::Key>) {
        for (standing, nodes) in &standings.nodes {
            if self.best.as_ref().is_some_and(|best| best.key < *standing) {
                return;
            }
            let mut nodes = nodes.as_slice();
            while !nodes.is_empty() {
                let behind = self.behind(standing, nodes);
                self.planner.visit_some(behind);
                let Some((next, rest)) = nodes[behind..].split_first() else { break };
                self.look(next.node);
                nodes = rest;
            }
        }
    }

    /// How many of these nodes cannot be better than the best one, since their keys are no less and their ties are greater,
    /// before the first that may be. That takes no look at them, but to find one that is its equal: then the tie decides.
    fn behind(&mut self, standing: &R::Key, nodes: &[Place]) -> usize {
        let Some(best) = self.best.as_mut().filter(|best| best.key == *standing) else { return 0 };
        let (ties, tie) = (self.ties, best.tie);
        let next = nodes.iter().position(|place| ties.of(place.node, place.name_hash) <= tie);
        let behind = next.unwrap_or(nodes.len());
        let (rank, group, planner) = (self.rank, self.group, &self.planner);
        let is_equal = |place: &Place| {
            let node = planner.request().view.node(place.node).expect("a node in order is a member");
            rank.key(group, &planner.candidate(node)) == best.key
        };
        best.tied = best.tied || nodes[..behind].iter().any(is_equal);
        behind
    }

    /// Runs the filters if the node would be the best. If none is found, they have run on every node, so that the tally is
    /// complete.
    fn look(&mut self, id: NodeId) {
        let node = self.planner.request().view.node(id).expect("a node that is looked at is a member");
        let key = self.rank.key(self.group, &self.planner.candidate(node));
        let ties = self.ties;
        let order = match &mut self.best {
            None => Ordering::Less,
            Some(best) => {
                let order = key.cmp(&best.key);
                // Most nodes are worse by their keys, and need no draw.
                if order.is_gt() || (order.is_eq() && best.tie < ties.node(node)) {
                    best.tied |= order.is_eq();
                    return self.planner.visit();
                }
                order
            }
        };
        match self.planner.check(node, self.group, &self.pipeline) {
            Ok(()) => self.best = Some(Best { key, tie: ties.node(node), node, tied: order.is_eq() }),
            Err(filter) => self.tally.fail(filter),
        }
    }
}

/// Every node by its standing, kept up as the plan goes on.
struct Standings<K> {
    /// Those of one standing ascending.
    nodes: BTreeMap<K, Vec<Place>>,
    /// The standing under which a node is entered, by its number.
    of_node: Vec<Option<K>>,
    /// How many of the plan's decisions have been taken in.
    decisions: usize,
}

/// A node, and what its ties are drawn from, so that the node itself need not be looked at.
struct Place {
    node: NodeId,
    name_hash: u64,
}

impl<K: Ord + Clone> Standings<K> {
    /// All nodes as the plan would leave them so far; nothing if the rank knows no standings.
    fn of<R: Rank<Key = K>>(rank: &R, planner: &mut Planner<'_>) -> Option<Standings<K>> {
        let view = planner.request().view;
        let decisions = planner.decisions().len();
        let mut standings = Standings { nodes: BTreeMap::new(), of_node: vec![None; view.span()], decisions };
        for node in view.nodes() {
            let standing = rank.standing(&planner.candidate(node))?;
            planner.visit();
            let place = Place { node: node.id, name_hash: node.name_hash };
            standings.nodes.entry(standing.clone()).or_default().push(place);
            standings.of_node[node.id.index()] = Some(standing);
        }
        Some(standings)
    }

    /// Moves the nodes on which something was placed since.
    fn catch_up<R: Rank<Key = K>>(&mut self, rank: &R, planner: &mut Planner<'_>) {
        while let Some(decision) = planner.decisions().get(self.decisions) {
            self.decisions += 1;
            let Some(id) = decision.node() else { continue };
            planner.visit();
            let node = planner.request().view.node(id).expect("tasks are placed on members");
            let standing =
                rank.standing(&planner.candidate(node)).expect("a rank knows all standings or none");
            let before = self.of_node[id.index()].replace(standing.clone()).expect("members have a standing");
            if before == standing {
                continue;
            }
            let place = self.leave(&before, id);
            let others = self.nodes.entry(standing).or_default();
            others.insert(others.partition_point(|other| other.node < id), place);
        }
    }

    fn leave(&mut self, standing: &K, id: NodeId) -> Place {
        let nodes = self.nodes.get_mut(standing).expect("a node is entered under its standing");
        let place = nodes.remove(nodes.partition_point(|other| other.node < id));
        if nodes.is_empty() {
            self.nodes.remove(standing);
        }
        place
    }
}
