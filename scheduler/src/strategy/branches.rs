//! The tree that a service's placement preferences make of the nodes (`manager/scheduler/nodeset.go:50-124`).

use crate::constraint::strip_prefix_any_case;
use crate::node::Node;
use crate::spec::Preference;
use crate::view::NodeView;

/// A preference that is understood: spread over a label of the node or of its engine.
#[derive(Clone, Copy, Debug)]
pub(super) enum Level<'a> {
    Node(&'a str),
    Engine(&'a str),
}

impl<'a> Level<'a> {
    /// The levels that are understood, outermost first. Any other descriptor is skipped without a word, as in SwarmKit.
    pub(super) fn of(preferences: &'a [Preference]) -> Vec<Level<'a>> {
        let read = |p: &'a Preference| {
            let node = strip_prefix_any_case(&p.spread, "node.labels.").map(Level::Node);
            node.or_else(|| strip_prefix_any_case(&p.spread, "engine.labels.").map(Level::Engine))
        };
        preferences.iter().filter_map(read).collect()
    }

    /// The node's value; a label that it lacks is an empty one, which is a branch of its own.
    fn value(self, node: &Node) -> &str {
        let value = match self {
            Level::Node(label) => node.labels.get(label),
            Level::Engine(label) => node.engine_labels.get(label),
        };
        value.map_or("", String::as_str)
    }
}

/// A tree of branches, one level for each preference, with an `L` in each leaf. Branch 0 is the root; without any
/// preference it is the only leaf.
#[derive(Debug)]
pub(super) struct Tree<'a, L> {
    pub(super) branches: Vec<Branch<'a, L>>,
}

#[derive(Debug)]
pub(super) struct Branch<'a, L> {
    /// The label's value.
    pub(super) value: &'a str,
    /// Active tasks of the service on all nodes beneath, usable or not. Whether it is kept up while placing is the
    /// strategy's affair.
    pub(super) tasks: u64,
    /// Ascending by value; empty for a leaf.
    pub(super) children: Vec<usize>,
    pub(super) leaf: L,
}

impl<'a, L: Default> Tree<'a, L> {
    pub(super) fn new() -> Tree<'a, L> {
        Tree { branches: vec![Branch::new("")] }
    }

    /// The leaf that the node belongs to, made if it is new; `tasks` are counted in on the way.
    #[inline]
    pub(super) fn enter(&mut self, node: &'a NodeView, tasks: u32, levels: &[Level<'_>]) -> &mut L {
        let mut at = 0;
        for level in levels {
            self.branches[at].tasks += u64::from(tasks);
            at = self.child(at, level.value(&node.node));
        }
        self.branches[at].tasks += u64::from(tasks);
        &mut self.branches[at].leaf
    }

    fn child(&mut self, at: usize, value: &'a str) -> usize {
        match self.branches[at].children.binary_search_by(|c| self.branches[*c].value.cmp(value)) {
            Ok(place) => self.branches[at].children[place],
            Err(place) => {
                self.branches.push(Branch::new(value));
                let child = self.branches.len() - 1;
                self.branches[at].children.insert(place, child);
                child
            }
        }
    }
}

impl<'a, L: Default> Branch<'a, L> {
    fn new(value: &'a str) -> Branch<'a, L> {
        Branch { value, tasks: 0, children: Vec::new(), leaf: L::default() }
    }
}
