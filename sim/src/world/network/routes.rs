//! The shortest ways through the trunk, worked out when somebody asks and kept until a link there changes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use petgraph::Direction::Outgoing;
use petgraph::graph::{DiGraph, EdgeIndex, NodeIndex};
use petgraph::visit::EdgeRef;
use swarmbed_scheduler::Span;

use super::branches::Branches;
use super::{Edge, Path, Plane};

/// From one vertex of the trunk to every other.
type Ways = Box<[Option<Path>]>;

/// What has been worked out.
#[derive(Clone, Debug)]
pub(super) struct Routes {
    /// The number of each vertex within the trunk, if it is there.
    places: Vec<Option<u32>>,
    /// The ways from each vertex of the trunk, by plane.
    ways: [Vec<Option<Ways>>; Plane::ALL.len()],
}

/// What is known of the best way to a vertex: smaller is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Reached {
    latency: Span,
    /// Of equally long ways the one over fewer links is better, so that even where links take no time no way is a circle.
    links: u32,
    /// Then the one whose last vertex has the smallest number, and then the last link.
    before: usize,
    edge: EdgeIndex,
}

impl Routes {
    /// Nothing is known yet.
    pub(super) fn new(branches: &Branches, vertices: usize) -> Routes {
        let mut count = 0..;
        let number = |vertex| branches.is_trunk(vertex).then(|| count.next().expect("numbers do not end"));
        let places: Vec<Option<u32>> = (0..vertices).map(number).collect();
        let trunk = places.iter().flatten().count();
        Routes { places, ways: Plane::ALL.map(|_| vec![None; trunk]) }
    }

    /// A link of the trunk has changed.
    pub(super) fn forget(&mut self, plane: Plane) {
        self.ways[plane.index()].fill(None);
    }

    /// The best way between two vertices of the trunk.
    pub(super) fn way(
        &mut self,
        graph: &DiGraph<(), Edge>,
        machines: usize,
        plane: Plane,
        [from, to]: [usize; 2],
    ) -> Option<Path> {
        let [start, end] = [from, to].map(|v| self.places[v].expect("both are of the trunk") as usize);
        if self.ways[plane.index()][start].is_none() {
            self.ways[plane.index()][start] = Some(self.search(graph, machines, plane, from));
        }
        self.ways[plane.index()][start].as_ref().and_then(|ways| ways[end])
    }

    /// Dijkstra's algorithm. Machines pass nothing on.
    fn search(&self, graph: &DiGraph<(), Edge>, machines: usize, plane: Plane, from: usize) -> Ways {
        let trunk = self.ways[plane.index()].len();
        let mut best: Vec<Option<Reached>> = vec![None; trunk];
        let mut paths: Ways = vec![None; trunk].into();
        let mut queue = BinaryHeap::from([Reverse((Span::ZERO, 0, from))]);
        while let Some(Reverse((latency, links, vertex))) = queue.pop() {
            let here = self.places[vertex].expect("the search stays in the trunk") as usize;
            if paths[here].is_some() {
                continue;
            }
            let path = best[here].map_or(Path::default(), |last| {
                let before = self.places[last.before].and_then(|before| paths[before as usize]);
                before.expect("a way is known up to there").then(graph[last.edge].quality.into())
            });
            paths[here] = Some(path);
            if vertex < machines && vertex != from {
                continue;
            }
            for edge in graph.edges_directed(NodeIndex::new(vertex), Outgoing) {
                let Some(there) = self.places[edge.target().index()] else { continue };
                if !edge.weight().is_open(plane) {
                    continue;
                }
                let reached = Reached {
                    latency: latency + edge.weight().quality.latency,
                    links: links + 1,
                    before: vertex,
                    edge: edge.id(),
                };
                let known = &mut best[there as usize];
                if known.is_none_or(|known| reached < known) {
                    *known = Some(reached);
                    queue.push(Reverse((reached.latency, reached.links, edge.target().index())));
                }
            }
        }
        paths
    }
}
