//! `[[link]]` -> links, and whether they join all machines.

use std::collections::BTreeMap;
use std::ops::Range;

use swarmbed_scheduler::{NodeId, Span};
use swarmbed_sim::setup::{Link, LinkEnd, Machine, Place, Quality};
use swarmbed_sim::world::Network;
use swarmbed_sim::world::network::{Plane, Topology};

use super::machines::{Fleet, positive};
use super::target::{distinct, known, named};
use crate::file;
use crate::mistakes::Mistakes;
use crate::value::{Misread, Name, Shape, Written};

/// No file means more links than this.
const MOST: usize = 200_000;

/// The links that have a name.
#[derive(Default)]
pub(super) struct LinkNames(BTreeMap<String, Vec<u32>>);

impl LinkNames {
    /// The links of that name.
    pub(super) fn find(&self, name: &Written<Name>, mistakes: &mut Mistakes) -> Option<Vec<u32>> {
        let found = mistakes.read(name)?;
        let links = self.0.get(&found).cloned();
        if links.is_none() {
            mistakes.unknown(&name.span, "link", &found, self.0.keys().map(String::as_str));
        }
        links
    }
}

/// The links of the file; `latency` lies between any two machines that no link is about.
pub(super) fn links(
    written: &[file::Link],
    fleet: &Fleet,
    latency: Span,
    mistakes: &mut Mistakes,
) -> (Vec<Link>, LinkNames) {
    let before = mistakes.count();
    let unsaid = Topology::new(&fleet.machines, &[], latency);
    let (mut links, mut names) = (Vec::new(), LinkNames::default());
    for link in written {
        let Some(lowered) = lowered(link, fleet, &unsaid, latency, mistakes) else { continue };
        let first = links.len() as u32;
        links.extend(lowered);
        let Some(written) = &link.name else { continue };
        let Some(name) = mistakes.read(written) else { continue };
        if names.0.insert(name.clone(), (first..links.len() as u32).collect()).is_some() {
            mistakes.say(&written.span, format!("two links are called '{name}'"));
        }
    }
    if let (Some(first), true) = (written.first(), mistakes.count() == before) {
        check_joined(&first.from.span, &links, &fleet.machines, latency, mistakes);
    }
    (links, names)
}

/// A link for each machine or place that it begins at.
fn lowered(
    written: &file::Link,
    fleet: &Fleet,
    unsaid: &Topology,
    latency: Span,
    mistakes: &mut Mistakes,
) -> Option<Vec<Link>> {
    let quality = Quality {
        latency: Span::ZERO,
        jitter: mistakes.read_or(written.jitter.as_ref(), Span::ZERO),
        loss_ppm: mistakes.read_or(written.loss.as_ref(), 0),
        bandwidth: written
            .bandwidth
            .as_ref()
            .map(|rate| positive(Some(rate), 1, "bandwidth", "link", mistakes)),
    };
    let said = written.latency.as_ref().map(|latency| mistakes.read(latency).unwrap_or_default());
    let from = ends(&written.from, fleet, mistakes);
    let to = written.to.as_ref().map(|to| ends(to, fleet, mistakes));
    let (from, to) = (from?, to.map_or(Some(None), |to| to.map(Some))?);
    let count = from.len().saturating_mul(to.as_ref().map_or(1, Vec::len));
    if count > MOST {
        mistakes
            .say(&written.from.span, format!("that makes {count} links, the most there can be is {MOST}"));
        return None;
    }
    let mut links = Vec::new();
    for one in from {
        let others = match &to {
            Some(to) => to.clone(),
            None => unsaid.holder(&one).into_iter().collect(),
        };
        for other in others {
            if one == other {
                mistakes.say(&written.from.span, "this link leads from one end back to the same");
                return None;
            }
            let machines = [&one, &other].into_iter().filter(|end| matches!(end, LinkEnd::Node(_))).count();
            let latency = said.unwrap_or(Span(latency.nanos() * machines as u64 / 2));
            links.push(Link { ends: [one.clone(), other], quality: Quality { latency, ..quality } });
        }
    }
    Some(links)
}

/// What one end of a link names: several only if it is a class.
fn ends(written: &file::LinkEnd, fleet: &Fleet, mistakes: &mut Mistakes) -> Option<Vec<LinkEnd>> {
    let help = "write a node's name, or one of { rack = … }, { zone = … }, { site = … }, { class = … }";
    let spot = match &written.shape {
        Shape::Plain(raw) => {
            return Some(vec![LinkEnd::Node(named(&written.span, raw, fleet, mistakes)?)]);
        }
        Shape::List(_) => {
            mistakes.add(&written.span, Misread::new("found a list, expected one end of a link").help(help));
            return None;
        }
        Shape::Table(spot) => spot,
    };
    let place = |written, what, of: fn(&Machine) -> Option<&str>, mistakes: &mut Mistakes| {
        known(written, what, &distinct(fleet, |fleet, index| of(&fleet.machines[index])), mistakes)
    };
    match (&spot.rack, &spot.zone, &spot.site, &spot.class) {
        (Some(rack), None, None, None) => {
            let name = place(Some(rack), "rack", |machine| machine.rack.as_deref(), mistakes)?;
            Some(vec![LinkEnd::Place(Place::Rack(name))])
        }
        (None, Some(zone), None, None) => {
            let name = place(Some(zone), "zone", |machine| machine.zone.as_deref(), mistakes)?;
            Some(vec![LinkEnd::Place(Place::Zone(name))])
        }
        (None, None, Some(site), None) => {
            let name = place(Some(site), "site", |machine| machine.site.as_deref(), mistakes)?;
            Some(vec![LinkEnd::Place(Place::Site(name))])
        }
        (None, None, None, Some(class)) => {
            let classes = distinct(fleet, |fleet, index| Some(&fleet.classes[index]));
            let name = known(Some(class), "class of machines", &classes, mistakes)?;
            let of_class = (0..).map(NodeId).zip(&fleet.classes).filter(|(_, class)| **class == name);
            Some(of_class.map(|(node, _)| LinkEnd::Node(node)).collect())
        }
        _ => {
            mistakes.add(&written.span, Misread::new("a link ends at one thing").help(help));
            None
        }
    }
}

/// Says so if some machine cannot be reached.
fn check_joined(
    span: &Range<usize>,
    links: &[Link],
    machines: &[Machine],
    latency: Span,
    mistakes: &mut Mistakes,
) {
    let network = Network::new(&Topology::new(machines, links, latency));
    if let Some(parted) = network.parted(Plane::Control) {
        let [one, other] = parted.map(|node| &machines[node.index()].node.name);
        let misread = Misread::new(format!("with these links nothing leads from '{one}' to '{other}'"));
        mistakes.add(
            span,
            misread.help(
                "what has a link to a place outside itself is joined by its links alone: write those, too",
            ),
        );
    }
}
