use std::collections::BTreeMap;

use proptest::prelude::*;
use swarmbed_scheduler::node::Node;
use swarmbed_scheduler::{NodeId, Span};

use super::*;
use crate::setup::{Harm, HarmPlace, Link, Machine, Place};

const LATENCY: Span = Span::micros(501);

/// A machine that stands there; an empty word is nowhere.
fn machine([rack, zone, site]: [&str; 3]) -> Machine {
    let some = |name: &str| Some(name.to_owned()).filter(|name| !name.is_empty());
    Machine { rack: some(rack), zone: some(zone), site: some(site), ..Machine::new(Node::default()) }
}

fn link(one: LinkEnd, other: LinkEnd, quality: Quality) -> Link {
    Link { ends: [one, other], quality }
}

fn zone(name: &str) -> LinkEnd {
    LinkEnd::Place(Place::Zone(name.to_owned()))
}

fn rack(name: &str) -> LinkEnd {
    LinkEnd::Place(Place::Rack(name.to_owned()))
}

fn node(id: u32) -> LinkEnd {
    LinkEnd::Node(NodeId(id))
}

fn network(machines: &[Machine], links: &[Link]) -> Network {
    Network::new(&Topology::new(machines, links, LATENCY))
}

/// Two machines in rack a/1, one in a/2, one in zone b, one on its own.
fn five() -> Vec<Machine> {
    [["a/1", "a", ""], ["a/1", "a", ""], ["a/2", "a", ""], ["", "b", ""], ["", "", ""]].map(machine).into()
}

fn reached(network: &Network, plane: Plane) -> Vec<(u32, u32)> {
    let machines = network.topology.machines() as u32;
    let pairs = (0..machines).flat_map(|from| (0..machines).map(move |to| (from, to)));
    pairs.filter(|(from, to)| network.path(plane, NodeId(*from), NodeId(*to)).is_some()).collect()
}

#[test]
fn without_links_every_pair_is_equally_far_apart() {
    let network = network(&five(), &[]);
    for (from, to) in (0..5).flat_map(|from| (0..5).map(move |to| (from, to))) {
        let latency = if from == to { Span::ZERO } else { LATENCY };
        let path = network.path(Plane::Control, NodeId(from), NodeId(to));
        assert_eq!(path, Some(Path { latency, ..Path::default() }), "{from} to {to}");
    }
}

#[test]
fn a_rack_is_cut_off_one_way_in_one_plane() {
    let mut network = network(&five(), &[]);
    let border = network.border(&rack("a/1"));
    let [(uplink, outward)] = border[..] else { panic!("{border:?}") };
    network.cut(&[Plane::GossipPackets], uplink, &[outward]);
    assert_eq!(reached(&network, Plane::Control).len(), 25);
    let lost = |reached: &[(u32, u32)], from: u32, to: u32| !reached.contains(&(from, to));
    let gossip = reached(&network, Plane::GossipPackets);
    assert_eq!(gossip.len(), 25 - 2 * 3);
    assert!(lost(&gossip, 0, 2) && lost(&gossip, 1, 4) && !lost(&gossip, 2, 0) && !lost(&gossip, 0, 1));
    // Twice cut is whole only when twice mended.
    network.cut(&[Plane::GossipPackets], uplink, &Direction::BOTH);
    network.mend(&[Plane::GossipPackets], uplink, &[outward]);
    assert_eq!(reached(&network, Plane::GossipPackets).len(), 25 - 2 * 2 * 3);
    network.mend(&[Plane::GossipPackets], uplink, &Direction::BOTH);
    assert_eq!(reached(&network, Plane::GossipPackets).len(), 25);
}

#[test]
fn messages_go_round_a_cut_if_they_can() {
    let of = |ms: u64| Quality { jitter: Span::millis(1), ..Quality::of(Span::millis(ms)) };
    let links = [
        link(zone("a"), zone("b"), of(1)),
        link(zone("b"), zone("c"), of(2)),
        link(zone("c"), zone("a"), of(5)),
    ];
    let machines = ["a", "b", "c"].map(|zone| machine(["", zone, ""]));
    let mut network = network(&machines, &links);
    let to_c = |network: &Network| network.path(Plane::Data, NodeId(0), NodeId(2)).map(|p| p.latency);
    assert_eq!(to_c(&network), Some(LATENCY + Span::millis(3)), "over b it is nearer");
    let [(ab, there)] = network.between(&zone("a"), &zone("b"))[..] else { panic!("there is one link") };
    network.cut(&[Plane::Data], ab, &[there]);
    assert_eq!(to_c(&network), Some(LATENCY + Span::millis(5)));
    let back = network.path(Plane::Data, NodeId(2), NodeId(0)).unwrap();
    assert_eq!((back.latency, back.jitter), (LATENCY + Span::millis(3), Span::millis(2)));
    for (link, outward) in network.border(&zone("a")) {
        network.cut(&[Plane::Data], link, &[outward]);
    }
    assert_eq!(to_c(&network), None);
    assert_eq!(network.parted(Plane::Data), Some([NodeId(0), NodeId(1)]));
    network.mend(&[Plane::Data], ab, &[there]);
    network.mend(&[Plane::Data], ab, &[there]);
    assert_eq!(to_c(&network), Some(LATENCY + Span::millis(3)));
}

fn between(from: &[u32], to: &[u32], worse: Option<Quality>) -> Harm {
    let nodes = |ids: &[u32]| ids.iter().map(|id| NodeId(*id)).collect();
    let place = HarmPlace::Between { from: nodes(from), to: nodes(to) };
    Harm { name: String::new(), planes: vec![Plane::Control], place, one_way: true, worse }
}

#[test]
fn machines_of_one_rack_are_parted_from_some_and_not_from_others() {
    let mut network = network(&five(), &[]);
    let one = network.harm(&between(&[0, 4], &[1], None));
    let other = network.harm(&between(&[0], &[0, 1], None));
    let control = reached(&network, Plane::Control);
    assert_eq!(control.len(), 25 - 2, "a machine always reaches itself");
    assert!(!control.contains(&(0, 1)) && !control.contains(&(4, 1)) && control.contains(&(1, 0)));
    assert_eq!(reached(&network, Plane::Data).len(), 25);
    network.undo(one);
    assert_eq!(reached(&network, Plane::Control).len(), 25 - 1);
    network.undo(other);
    assert_eq!(reached(&network, Plane::Control).len(), 25);
    network.harm(&Harm { one_way: false, ..between(&[1], &[0, 4], None) });
    assert_eq!(reached(&network, Plane::Control).len(), 25 - 4);
}

#[test]
fn harms_add_up_and_go_without_a_trace() {
    let slow = |ms| Quality { loss_ppm: 500_000, ..Quality::of(Span::millis(ms)) };
    let mut network = network(&five(), &[link(node(0), zone("a"), Quality::of(Span::millis(1)))]);
    let met = |network: &Network| network.path(Plane::Control, NodeId(0), NodeId(4));
    let whole = met(&network).unwrap();
    let links = |worse| Harm { place: HarmPlace::Links(vec![0]), worse, ..between(&[], &[], None) };
    let all = [between(&[0], &[4], Some(slow(10))), links(Some(slow(20))), links(None)];
    let [far, link, cut] = all.map(|harm| network.harm(&harm));
    assert_eq!(met(&network), None);
    network.undo(cut);
    let worse = met(&network).unwrap();
    assert_eq!((worse.latency, worse.loss_ppm), (whole.latency + Span::millis(30), 750_000));
    let back = network.path(Plane::Control, NodeId(4), NodeId(0));
    assert_eq!(back, Some(whole), "they were one way");
    network.undo(link);
    network.undo(far);
    assert_eq!(met(&network), Some(whole));
}

#[test]
fn machines_pass_nothing_on() {
    let cable = |one, other| link(node(one), node(other), Quality::of(Span::micros(1)));
    let network = network(&five(), &[cable(0, 2), cable(2, 3)]);
    let latency = |from, to| network.path(Plane::Control, NodeId(from), NodeId(to)).unwrap().latency;
    assert_eq!(latency(0, 2), Span::micros(1), "by the cable");
    assert_eq!(latency(0, 3), LATENCY, "not through machine 2");
}

#[test]
fn what_is_met_adds_up() {
    let links = [
        link(node(0), rack("a/1"), Quality { loss_ppm: 500_000, bandwidth: Some(7), ..Quality::default() }),
        link(zone("a"), zone("b"), Quality { loss_ppm: 500_000, bandwidth: Some(9), ..Quality::default() }),
    ];
    let network = network(&five()[..4], &links);
    let path = network.path(Plane::Data, NodeId(0), NodeId(3)).unwrap();
    assert_eq!((path.loss_ppm, path.bandwidth), (750_000, Some(7)));
    assert_eq!(path.latency, LATENCY - Span(LATENCY.nanos() / 2), "the machine's own link takes no time");
}

#[test]
fn whoever_has_a_link_of_its_own_hangs_on_nothing_else() {
    let alone = [link(zone("a"), zone("b"), Quality::default())];
    let parted = network(&five(), &alone);
    assert_eq!(
        parted.parted(Plane::Control),
        Some([NodeId(0), NodeId(4)]),
        "nobody joins them with the core"
    );
    let core = link(zone("b"), LinkEnd::Place(Place::Core), Quality::default());
    let joined = network(&five(), &[alone[0].clone(), core]);
    assert_eq!(joined.parted(Plane::Control), None);
}

/// A small network of any shape: machines by their places, and links.
fn any_network() -> impl Strategy<Value = (Vec<Machine>, Vec<Link>)> {
    let place = |n: usize| ["", "p", "q", "r"][n];
    let machine = (0..4usize, 0..3usize, 0..2usize).prop_map(move |(rack, zone, site)| {
        let rack = if rack == 0 { String::new() } else { format!("{}/{rack}", place(zone)) };
        machine([&rack, place(zone), if zone == 0 { "" } else { place(site) }])
    });
    let quality =
        (0..4u64, 0..3u64, 0..3u32, 0..3u64).prop_map(|(latency, jitter, loss, bandwidth)| Quality {
            latency: Span::micros(latency * 100),
            jitter: Span::micros(jitter),
            loss_ppm: loss * 250_000,
            bandwidth: (bandwidth > 0).then_some(bandwidth),
        });
    let ends = (0..12usize, 0..12usize).prop_filter("a link has two ends", |(one, other)| one != other);
    let links = prop::collection::vec((ends, quality), 0..8);
    (prop::collection::vec(machine, 1..6), links).prop_map(|(machines, links)| {
        let topology = Topology::new(&machines, &[], LATENCY);
        let all: Vec<LinkEnd> = topology.all_ends().collect();
        let links = links.into_iter().filter_map(|((one, other), quality)| {
            Some(link(all.get(one)?.clone(), all.get(other)?.clone(), quality))
        });
        (machines, links.collect())
    })
}

type Cuts = Vec<(prop::sample::Index, usize, usize)>;

proptest! {
    /// Floyd and Warshall's algorithm on the links that are open, with places alone in the middle.
    #[test]
    fn every_path_is_the_shortest((machines, links) in any_network(), cuts: Cuts, mended: Vec<bool>) {
        let topology = Topology::new(&machines, &links, LATENCY);
        let mut network = Network::new(&topology);
        let all: Vec<LinkId> = network.links().collect();
        let mut open: BTreeMap<(usize, LinkId, Direction), i32> = BTreeMap::new();
        for (at, (link, plane, way)) in cuts.iter().take(6).enumerate() {
            let (plane, way) = (Plane::ALL[plane % 4], Direction::BOTH[way % 2]);
            let link = *link.get(&all);
            // Ask before, so that what was worked out has to be forgotten.
            network.path(plane, NodeId(0), NodeId(machines.len() as u32 - 1));
            network.cut(&[plane], link, &[way]);
            let cuts = open.entry((plane.index(), link, way)).or_default();
            *cuts += 1;
            if mended.get(at) == Some(&true) {
                network.path(plane, NodeId(0), NodeId(machines.len() as u32 - 1));
                network.mend(&[plane], link, &[way]);
                *cuts -= 1;
            }
        }
        for plane in Plane::ALL {
            let is_open = |link, way| open.get(&(plane.index(), link, way)).is_none_or(|cuts| *cuts == 0);
            let best = by_hand(&topology, is_open);
            for (from, to) in (0..machines.len()).flat_map(|from| (0..machines.len()).map(move |to| (from, to))) {
                let found = network.path(plane, NodeId(from as u32), NodeId(to as u32));
                let hand = best[from][to].as_ref().map(Way::path);
                // What is lost is rounded at each link, and there only in the end.
                let lost = |path: Option<Path>| path.map_or(0, |path| path.loss_ppm);
                prop_assert!(lost(found).abs_diff(lost(hand)) <= 2);
                let others = |path: Option<Path>| path.map(|path| Path { loss_ppm: 0, ..path });
                prop_assert_eq!(others(found), others(hand), "{:?}, {} to {}", plane, from, to);
            }
        }
    }
}

/// A way: its latency, then its links, then its vertices from the end backwards.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    latency: Span,
    links: usize,
    backwards: Vec<(usize, usize)>,
    qualities: Vec<(Span, Option<u64>, u32)>,
}

impl Way {
    fn path(&self) -> Path {
        let kept = |kept: f64, quality: &(Span, Option<u64>, u32)| kept * (1.0 - f64::from(quality.2) / 1e6);
        Path {
            latency: self.latency,
            jitter: self.qualities.iter().fold(Span::ZERO, |sum, quality| sum + quality.0),
            loss_ppm: (1e6 - 1e6 * self.qualities.iter().fold(1.0, kept)).round() as u32,
            bandwidth: self.qualities.iter().filter_map(|quality| quality.1).min(),
        }
    }
}

fn by_hand(topology: &Topology, is_open: impl Fn(LinkId, Direction) -> bool) -> Vec<Vec<Option<Way>>> {
    let n = topology.vertices();
    let mut best: Vec<Vec<Option<Way>>> = vec![vec![None; n]; n];
    let keep = |place: &mut Option<Way>, way: Way| {
        if place.as_ref().is_none_or(|known| way < *known) {
            *place = Some(way);
        }
    };
    for (at, edge) in topology.edges.iter().enumerate() {
        let ways = [
            (Direction::There, edge.ends, edge.there),
            (Direction::Back, [edge.ends[1], edge.ends[0]], edge.back),
        ];
        for (way, [from, to], quality) in
            ways.into_iter().filter(|(way, ..)| is_open(LinkId(at as u32), *way))
        {
            let number = at * 2 + way as usize;
            let qualities = vec![(quality.jitter, quality.bandwidth, quality.loss_ppm)];
            let way = Way { latency: quality.latency, links: 1, backwards: vec![(from, number)], qualities };
            keep(&mut best[from][to], way);
        }
    }
    let itself = Way { latency: Span::ZERO, links: 0, backwards: vec![], qualities: vec![] };
    (0..n).for_each(|v| best[v][v] = Some(itself.clone()));
    for middle in topology.machines()..n {
        for from in 0..n {
            for to in 0..n {
                let (Some(one), Some(other)) = (best[from][middle].clone(), best[middle][to].clone()) else {
                    continue;
                };
                let way = Way {
                    latency: one.latency + other.latency,
                    links: one.links + other.links,
                    backwards: [other.backwards, one.backwards].concat(),
                    qualities: [one.qualities, other.qualities].concat(),
                };
                keep(&mut best[from][to], way);
            }
        }
    }
    best
}
