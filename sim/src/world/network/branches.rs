//! The parts of a network in which there is one way only: branches, which hang on the rest.

use petgraph::graph::{DiGraph, EdgeIndex, NodeIndex};

use super::{Edge, link_of};

/// What hangs on what. What hangs on nothing is the trunk: in a tree it is a single place, and where links form circles all
/// that lies on them.
#[derive(Clone, Debug)]
pub(super) struct Branches {
    hung: Vec<Option<Hung>>,
    /// How many vertices lie between each and the trunk, itself included.
    depth: Vec<u32>,
}

/// On which vertex another hangs, and by which link.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hung {
    pub(super) on: usize,
    /// From the one that hangs.
    pub(super) up: EdgeIndex,
    /// To it.
    pub(super) down: EdgeIndex,
}

impl Branches {
    /// Takes away whatever hangs on a single place, then what hangs on a single one of what is left, and so on.
    pub(super) fn of(graph: &DiGraph<(), Edge>, machines: usize) -> Branches {
        let mut links: Vec<usize> = graph.node_indices().map(|v| graph.edges(v).count()).collect();
        let mut hung: Vec<Option<Hung>> = vec![None; links.len()];
        let mut taken = Vec::new();
        let mut next: Vec<usize> = (0..links.len()).rev().filter(|v| links[*v] == 1).collect();
        while let Some(vertex) = next.pop() {
            let left = |to: &usize| hung[*to].is_none() && *to >= machines;
            let Some((up, on)) = only_neighbour(graph, vertex, &hung).filter(|(_, on)| left(on)) else {
                continue;
            };
            let [there, back] = link_of(up).edges();
            hung[vertex] = Some(Hung { on, up, down: if up == there { back } else { there } });
            taken.push(vertex);
            links[on] -= 1;
            if links[on] == 1 {
                next.push(on);
            }
        }
        let mut depth = vec![0; links.len()];
        // What was taken later hangs further in.
        for vertex in taken.into_iter().rev() {
            depth[vertex] = hung[vertex].map_or(0, |hung| depth[hung.on] + 1);
        }
        Branches { hung, depth }
    }

    /// Whether a vertex is of the trunk.
    pub(super) fn is_trunk(&self, vertex: usize) -> bool {
        self.hung[vertex].is_none()
    }

    /// How far a vertex is from the trunk.
    pub(super) fn depth(&self, vertex: usize) -> u32 {
        self.depth[vertex]
    }

    /// What a vertex hangs on; one that is not of the trunk hangs on something.
    pub(super) fn hung(&self, vertex: usize) -> Hung {
        self.hung[vertex].expect("the trunk is not climbed")
    }
}

/// The one vertex that is left beside this one, and the edge to it.
fn only_neighbour(
    graph: &DiGraph<(), Edge>,
    vertex: usize,
    hung: &[Option<Hung>],
) -> Option<(EdgeIndex, usize)> {
    let mut walker = graph.neighbors(NodeIndex::new(vertex)).detach();
    while let Some((edge, to)) = walker.next(graph) {
        let hangs_here = hung[to.index()].is_some_and(|hung| hung.on == vertex);
        if !hangs_here {
            return Some((edge, to.index()));
        }
    }
    None
}
