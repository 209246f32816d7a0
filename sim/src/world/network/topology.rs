//! Which links there are: those that are written, and the ones that go without saying.

use std::collections::{BTreeMap, BTreeSet};

use swarmbed_scheduler::{NodeId, Span};

use super::{Direction, LinkId};
use crate::setup::{Link, LinkEnd, Machine, Place, Quality, Setup};

/// Machines, places and the links between them. A vertex is a number: first come the machines by their ids, then the places.
///
/// Unless a link says otherwise it is a tree: a machine hangs on its rack, or else its zone, its site or the core; a rack
/// hangs on its zone, a zone on its site, a site on the core. Half of the profile's latency lies between a machine and where
/// it hangs and none between places, so that any two machines are the profile's latency apart.
///
/// Whoever has a link to a place outside itself hangs on nothing else.
#[derive(Clone, Debug)]
pub struct Topology {
    machines: usize,
    places: Vec<Place>,
    /// For each vertex the place that it stands in.
    within: Vec<Option<usize>>,
    pub(super) edges: Vec<Edge>,
}

/// A link between two vertices.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) ends: [usize; 2],
    /// From the first end to the second.
    pub(super) there: Quality,
    /// From the second end to the first.
    pub(super) back: Quality,
}

impl Topology {
    /// The topology of a run.
    pub fn of(setup: &Setup) -> Topology {
        Topology::new(&setup.machines, &setup.links, setup.profile.latency)
    }

    /// The topology of these machines and links; any two machines between which no link is written are `latency` apart.
    pub fn new(machines: &[Machine], links: &[Link], latency: Span) -> Topology {
        let mut around: BTreeMap<Place, Option<Place>> = BTreeMap::from([(Place::Core, None)]);
        for machine in machines {
            for (place, outer) in stands(machine).windows(2).map(|pair| (&pair[0], &pair[1])) {
                around.entry(place.clone()).or_insert_with(|| Some(outer.clone()));
            }
        }
        for end in links.iter().flat_map(|link| &link.ends) {
            if let LinkEnd::Place(place) = end {
                around.entry(place.clone()).or_insert(None);
            }
        }
        let places: Vec<Place> = around.keys().cloned().collect();
        let vertex = |place: &Place| places.binary_search(place).ok().map(|at| machines.len() + at);
        let of_machines = machines.iter().map(|machine| vertex(&stands(machine)[0]));
        let within =
            of_machines.chain(around.values().map(|outer| outer.as_ref().and_then(vertex))).collect();
        let mut topology = Topology { machines: machines.len(), places, within, edges: Vec::new() };
        topology.join(links, latency);
        topology
    }

    fn join(&mut self, links: &[Link], latency: Span) {
        let mut hung = BTreeSet::new();
        for link in links {
            let ends = [0, 1].map(|i| self.vertex(&link.ends[i]).expect("a link's ends are in the topology"));
            for [end, other] in [ends, [ends[1], ends[0]]] {
                if other >= self.machines && !self.is_within(other, end) {
                    hung.insert(end);
                }
            }
            self.edges.push(Edge { ends, there: link.quality, back: link.quality });
        }
        // What an odd number of nanoseconds leaves is spent on the way down, so that every pair is just as far apart.
        let up = Span(latency.nanos() / 2);
        let halves = [Quality::of(up), Quality::of(latency - up)];
        let free = |(end, around): (usize, &Option<usize>)| {
            let [there, back] = if end < self.machines { halves } else { [Quality::default(); 2] };
            let edge = around.map(|around| Edge { ends: [end, around], there, back });
            edge.filter(|_| !hung.contains(&end))
        };
        let unsaid: Vec<Edge> = self.within.iter().enumerate().filter_map(free).collect();
        self.edges.extend(unsaid);
    }

    /// How good a link is when nothing is wrong with it.
    pub(super) fn quality(&self, link: LinkId, way: Direction) -> Quality {
        let edge = &self.edges[link.0 as usize];
        if way == Direction::There { edge.there } else { edge.back }
    }

    /// How many machines there are.
    pub fn machines(&self) -> usize {
        self.machines
    }

    /// How many vertices there are.
    pub(super) fn vertices(&self) -> usize {
        self.within.len()
    }

    /// Every machine and place.
    pub fn all_ends(&self) -> impl Iterator<Item = LinkEnd> {
        let machines = (0..self.machines as u32).map(|id| LinkEnd::Node(NodeId(id)));
        machines.chain(self.places.iter().cloned().map(LinkEnd::Place))
    }

    /// The place that a machine or place stands in; the core stands in none.
    pub fn holder(&self, of: &LinkEnd) -> Option<LinkEnd> {
        let place = self.within[self.vertex(of)?]?;
        Some(LinkEnd::Place(self.places[place - self.machines].clone()))
    }

    /// The number of a machine or place, if it is here.
    pub(super) fn vertex(&self, end: &LinkEnd) -> Option<usize> {
        match end {
            LinkEnd::Node(node) => Some(node.index()).filter(|vertex| *vertex < self.machines),
            LinkEnd::Place(place) => self.places.binary_search(place).ok().map(|at| self.machines + at),
        }
    }

    /// Whether one vertex is the other, or stands in it.
    pub(super) fn is_within(&self, vertex: usize, place: usize) -> bool {
        std::iter::successors(Some(vertex), |at| self.within[*at]).any(|at| at == place)
    }
}

/// Where a machine stands, from the inside out; the core comes last.
fn stands(machine: &Machine) -> Vec<Place> {
    let places = [
        machine.rack.clone().map(Place::Rack),
        machine.zone.clone().map(Place::Zone),
        machine.site.clone().map(Place::Site),
        Some(Place::Core),
    ];
    places.into_iter().flatten().collect()
}
