//! What lies between machines: links, and the way that a message takes over them.
//!
//! A message takes the way with the least latency; of equal ones that over fewer links, and then the one that comes first by
//! its vertices' numbers, from the end backwards. Places pass messages on, machines do not. Where a link is cut, for one plane
//! or several and one way or both, messages go round it if they can, and are lost if they cannot.
//!
//! **Cost follows change.** Where there is only one way, as everywhere in a tree, nothing is worked out beforehand: the way is
//! walked. Where links form circles the shortest ways are worked out from the vertex that asks, and again only after one of
//! those links has changed.

mod branches;
mod harms;
mod journey;
mod path;
mod plane;
mod routes;
#[cfg(test)]
mod tests;
mod topology;

use std::cell::RefCell;

use petgraph::graph::{DiGraph, EdgeIndex, NodeIndex};
use swarmbed_scheduler::{NodeId, Span};

use crate::setup::{LinkEnd, Quality};
use branches::Branches;
use harms::Harms;
use routes::Routes;

pub use harms::HarmId;
pub use journey::takes;
pub use path::Path;
pub use plane::{Direction, Plane};
pub use topology::Topology;

/// Machines, places and links, as they are now.
#[derive(Clone, Debug)]
pub struct Network {
    topology: Topology,
    /// A vertex is a machine or a place, each link two edges: see [`LinkId::edges`].
    graph: DiGraph<(), Edge>,
    branches: Branches,
    /// What has been worked out of it, whoever asked.
    routes: RefCell<Routes>,
    harms: Harms,
}

/// A link, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkId(pub u32);

/// One way over a link.
#[derive(Clone, Debug)]
struct Edge {
    quality: Quality,
    /// How often it is cut, by plane.
    cuts: [u32; Plane::ALL.len()],
}

impl Edge {
    fn new(quality: Quality) -> Edge {
        Edge { quality, cuts: [0; Plane::ALL.len()] }
    }

    fn is_open(&self, plane: Plane) -> bool {
        self.cuts[plane.index()] == 0
    }
}

impl LinkId {
    /// The ways there and back.
    fn edges(self) -> [EdgeIndex; 2] {
        [0, 1].map(|way| EdgeIndex::new(self.0 as usize * 2 + way))
    }

    fn edge(self, direction: Direction) -> EdgeIndex {
        self.edges()[direction as usize]
    }
}

fn link_of(edge: EdgeIndex) -> LinkId {
    LinkId((edge.index() / 2) as u32)
}

impl Network {
    /// A network in which every link is whole.
    pub fn new(topology: &Topology) -> Network {
        let mut graph = DiGraph::with_capacity(topology.vertices(), topology.edges.len() * 2);
        (0..topology.vertices()).for_each(|_| {
            graph.add_node(());
        });
        for edge in &topology.edges {
            let [one, other] = edge.ends.map(NodeIndex::new);
            graph.add_edge(one, other, Edge::new(edge.there));
            graph.add_edge(other, one, Edge::new(edge.back));
        }
        let branches = Branches::of(&graph, topology.machines());
        let routes = RefCell::new(Routes::new(&branches, topology.vertices()));
        Network { topology: topology.clone(), graph, branches, routes, harms: Harms::default() }
    }

    /// What a message of that plane meets from one machine to another; `None` if it cannot get there. From a machine to
    /// itself it meets nothing.
    pub fn path(&self, plane: Plane, from: NodeId, to: NodeId) -> Option<Path> {
        let mut begin = self.harms.besides(plane, from, to)?;
        let mut end = Path::default();
        let (mut from, mut to) = (from.index(), to.index());
        while from != to {
            match (self.branches.depth(from), self.branches.depth(to)) {
                (0, 0) => {
                    let machines = self.topology.machines();
                    let middle = self.routes.borrow_mut().way(&self.graph, machines, plane, [from, to])?;
                    return Some(begin.then(middle).then(end));
                }
                (one, other) if one >= other => {
                    let hung = self.branches.hung(from);
                    begin = begin.then(self.open(plane, hung.up)?);
                    from = hung.on;
                }
                _ => {
                    let hung = self.branches.hung(to);
                    end = self.open(plane, hung.down)?.then(end);
                    to = hung.on;
                }
            }
        }
        Some(begin.then(end))
    }

    fn open(&self, plane: Plane, edge: EdgeIndex) -> Option<Path> {
        let edge = &self.graph[edge];
        edge.is_open(plane).then(|| edge.quality.into())
    }

    /// Cuts a link for these planes, these ways. It may be cut more than once, and is whole when it has been mended as often.
    pub fn cut(&mut self, planes: &[Plane], link: LinkId, ways: &[Direction]) {
        self.count_cuts(planes, link, ways, |cuts| cuts + 1);
    }

    /// Takes one cut back.
    ///
    /// # Panics
    /// If it is not cut.
    pub fn mend(&mut self, planes: &[Plane], link: LinkId, ways: &[Direction]) {
        self.count_cuts(planes, link, ways, |cuts| cuts.checked_sub(1).expect("only what was cut is mended"));
    }

    fn count_cuts(&mut self, planes: &[Plane], link: LinkId, ways: &[Direction], count: impl Fn(u32) -> u32) {
        for way in ways {
            for plane in planes {
                let edge = &mut self.graph[link.edge(*way)];
                let was_open = edge.is_open(*plane);
                let cuts = &mut edge.cuts[plane.index()];
                *cuts = count(*cuts);
                if edge.is_open(*plane) != was_open {
                    self.changed(*plane, link);
                }
            }
        }
    }

    /// How much longer a write to a machine's disk takes than usual.
    pub fn disk(&self, node: NodeId) -> Span {
        self.harms.disk(node)
    }

    /// How good a link is, that way.
    pub fn quality(&self, link: LinkId, way: Direction) -> Quality {
        self.graph[link.edge(way)].quality
    }

    /// Makes a link better or worse, that way.
    pub fn set_quality(&mut self, link: LinkId, way: Direction, quality: Quality) {
        self.graph[link.edge(way)].quality = quality;
        Plane::ALL.iter().for_each(|plane| self.changed(*plane, link));
    }

    fn changed(&mut self, plane: Plane, link: LinkId) {
        if self.ends(link).iter().all(|end| self.branches.is_trunk(*end)) {
            self.routes.get_mut().forget(plane);
        }
    }

    fn ends(&self, link: LinkId) -> [usize; 2] {
        let (one, other) =
            self.graph.edge_endpoints(link.edges()[0]).expect("the link is one of this network");
        [one.index(), other.index()]
    }

    /// Every link, ascending.
    pub fn links(&self) -> impl Iterator<Item = LinkId> + use<> {
        (0..(self.graph.edge_count() / 2) as u32).map(LinkId)
    }

    /// The links by which a machine, or all that stands in a place, is joined with the rest; and which way is outward.
    pub fn border(&self, of: &LinkEnd) -> Vec<(LinkId, Direction)> {
        let Some(of) = self.topology.vertex(of) else { return Vec::new() };
        let outward = |link| {
            let [there, back] = self.ends(link).map(|end| self.topology.is_within(end, of));
            match (there, back) {
                (true, false) => Some((link, Direction::There)),
                (false, true) => Some((link, Direction::Back)),
                _ => None,
            }
        };
        self.links().filter_map(outward).collect()
    }

    /// The links between what stands in one place, or is that machine, and what stands in another; and which way leads from
    /// the first to the second.
    pub fn between(&self, one: &LinkEnd, other: &LinkEnd) -> Vec<(LinkId, Direction)> {
        let [Some(one), Some(other)] = [one, other].map(|end| self.topology.vertex(end)) else {
            return Vec::new();
        };
        let is = |end: usize, of: usize| self.topology.is_within(end, of);
        let leads = |link| match self.ends(link) {
            [from, to] if is(from, one) && is(to, other) => Some((link, Direction::There)),
            [from, to] if is(from, other) && is(to, one) => Some((link, Direction::Back)),
            _ => None,
        };
        self.links().filter_map(leads).collect()
    }

    /// The first two machines, by their ids, that cannot reach each other both ways.
    pub fn parted(&self, plane: Plane) -> Option<[NodeId; 2]> {
        let others = (1..self.topology.machines() as u32).map(NodeId);
        let first = NodeId(0);
        others.into_iter().map(|other| [first, other]).find(|[first, other]| {
            self.path(plane, *first, *other).is_none() || self.path(plane, *other, *first).is_none()
        })
    }
}
