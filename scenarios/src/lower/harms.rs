//! What steps and faults do to the network.

use std::ops::Range;

use swarmbed_scheduler::{NodeId, Span};
use swarmbed_sim::setup::{Harm, HarmPlace, Quality};
use swarmbed_sim::world::network::Plane;

use super::links::LinkNames;
use super::machines::{Fleet, positive};
use super::target;
use crate::file::{self, Planes, Target};
use crate::mistakes::Mistakes;
use crate::value::{Kind, Misread, Name, OneOrMore, Rate, Share, Switch, TimeSpan, Word, Written};

/// Every harm of a file, each once.
#[derive(Default)]
pub(super) struct Harms {
    pub(super) all: Vec<Harm>,
}

/// The words of a step or of a fault that say what befalls the network, and where they stand.
pub(super) struct HarmWords<'a> {
    pub(super) place: Range<usize>,
    pub(super) target: Option<&'a Target>,
    pub(super) to: Option<&'a Target>,
    pub(super) link: Option<&'a Written<Name>>,
    pub(super) planes: Option<&'a OneOrMore<Word<Planes>>>,
    pub(super) one_way: Option<&'a Written<Switch>>,
    pub(super) latency: Option<&'a Written<TimeSpan>>,
    pub(super) jitter: Option<&'a Written<TimeSpan>>,
    pub(super) loss: Option<&'a Written<Share>>,
    pub(super) bandwidth: Option<&'a Written<Rate>>,
    pub(super) disk: Option<&'a Written<TimeSpan>>,
}

macro_rules! words_of {
    ($written:ident, $place:expr) => {
        HarmWords {
            place: $place.clone(),
            target: $written.target.as_ref(),
            to: $written.to.as_ref(),
            link: $written.link.as_ref(),
            planes: $written.planes.as_ref(),
            one_way: $written.one_way.as_ref(),
            latency: $written.latency.as_ref(),
            jitter: $written.jitter.as_ref(),
            loss: $written.loss.as_ref(),
            bandwidth: $written.bandwidth.as_ref(),
            disk: $written.disk.as_ref(),
        }
    };
}

impl<'a> From<&'a file::Step> for HarmWords<'a> {
    fn from(step: &'a file::Step) -> Self {
        words_of!(step, step.deed.span)
    }
}

impl<'a> From<&'a file::Fault> for HarmWords<'a> {
    fn from(fault: &'a file::Fault) -> Self {
        words_of!(fault, fault.kind.span)
    }
}

impl HarmWords<'_> {
    /// Each key that only a harm has, and where it stands.
    pub(super) fn given(&self) -> [(&'static str, Option<Range<usize>>); 9] {
        [
            ("to", self.to.map(|to| to.span.clone())),
            ("link", self.link.map(|link| link.span.clone())),
            ("planes", self.planes.map(OneOrMore::span)),
            ("one_way", self.one_way.map(|one_way| one_way.span.clone())),
            ("latency", self.latency.map(|latency| latency.span.clone())),
            ("jitter", self.jitter.map(|jitter| jitter.span.clone())),
            ("loss", self.loss.map(|loss| loss.span.clone())),
            ("bandwidth", self.bandwidth.map(|bandwidth| bandwidth.span.clone())),
            ("disk", self.disk.map(|disk| disk.span.clone())),
        ]
    }

    /// The harm by its index: a cut, or a worse way.
    pub(super) fn harm(
        &self,
        cut: bool,
        harms: &mut Harms,
        fleet: &Fleet,
        links: &LinkNames,
        mistakes: &mut Mistakes,
    ) -> Option<u32> {
        let before = mistakes.count();
        let worse = (!cut).then(|| self.quality(mistakes));
        let place = match self.disk {
            Some(_) => self.disks(fleet, mistakes),
            None => self.place(fleet, links, mistakes),
        };
        let planes = self.planes(mistakes);
        let one_way = mistakes.read_or(self.one_way, false);
        if mistakes.count() > before {
            return None;
        }
        let place = place?;
        let name = format!(
            "{} {}",
            if cut { "cut" } else { "degraded" },
            described(&place, self.link, fleet, mistakes)
        );
        let harm = Harm { name, planes, place, one_way, worse };
        let index = harms.all.iter().position(|other| *other == harm).unwrap_or_else(|| {
            harms.all.push(harm);
            harms.all.len() - 1
        });
        Some(index as u32)
    }

    /// The harms that a step mends: those at the same place, or all if it names none.
    pub(super) fn mended(
        &self,
        harms: &Harms,
        fleet: &Fleet,
        links: &LinkNames,
        mistakes: &mut Mistakes,
    ) -> Option<Vec<u32>> {
        let place = match (self.target, self.link) {
            (None, None) => None,
            _ => Some(self.place(fleet, links, mistakes)?),
        };
        let meant = |harm: &Harm| place.as_ref().is_none_or(|place| harm.place == *place);
        let found: Vec<u32> =
            (0..).zip(&harms.all).filter(|(_, harm)| meant(harm)).map(|(at, _)| at).collect();
        if found.is_empty() {
            let misread = Misread::new("there is nothing to mend here");
            let help = "it takes the target and to, or the link, of a step that cuts or degrades; or neither for all";
            mistakes.add(&self.place, misread.help(help));
            return None;
        }
        Some(found)
    }

    fn place(&self, fleet: &Fleet, links: &LinkNames, mistakes: &mut Mistakes) -> Option<HarmPlace> {
        if let Some(link) = self.link {
            if let Some(other) = self.target.or(self.to) {
                mistakes.say(&other.span, "either a link or what lies between machines, not both");
            }
            return Some(HarmPlace::Links(links.find(link, mistakes)?));
        }
        let Some(target) = self.target else {
            let misread = Misread::new("nothing says where");
            let help =
                "such as target = { zone = \"a\" }, with to = … for the other side, or link = \"backbone\"";
            mistakes.add(&self.place, misread.help(help));
            return None;
        };
        let from = target::nodes(target, fleet, mistakes)?;
        let others =
            || (0..fleet.machines.len() as u32).map(NodeId).filter(|node| !from.contains(node)).collect();
        let to: Vec<NodeId> = match self.to {
            Some(to) => target::nodes(to, fleet, mistakes)?,
            None => others(),
        };
        if to.is_empty() || (from.len() == 1 && from == to) {
            mistakes.say(&target.span, "there is nobody on the other side");
            return None;
        }
        Some(HarmPlace::Between { from, to })
    }

    fn disks(&self, fleet: &Fleet, mistakes: &mut Mistakes) -> Option<HarmPlace> {
        let others =
            [self.latency.map(|l| &l.span), self.jitter.map(|j| &j.span), self.loss.map(|l| &l.span)];
        let others = others.into_iter().chain([self.link.map(|l| &l.span), self.to.map(|to| &to.span)]);
        for span in others.flatten() {
            mistakes.say(span, "this means nothing to a disk: write it in a step or fault of its own");
        }
        match self.target {
            Some(target) => target::nodes(target, fleet, mistakes).map(HarmPlace::Disks),
            None => {
                let misread = Misread::new("nothing says whose disk");
                mistakes.add(&self.place, misread.help("such as target = { role = \"manager\" }"));
                None
            }
        }
    }

    fn planes(&self, mistakes: &mut Mistakes) -> Vec<Plane> {
        let Some(written) = self.planes else { return Plane::ALL.to_vec() };
        let read = |(span, raw): (Range<usize>, _)| {
            Word::<Planes>::read(raw).map_err(|misread| mistakes.add(&span, misread)).ok()
        };
        let mut planes: Vec<Plane> =
            written.each().into_iter().filter_map(read).flat_map(|planes| planes.0.iter().copied()).collect();
        planes.sort_unstable();
        planes.dedup();
        if written.each().is_empty() {
            mistakes.say(&written.span(), "the list of planes is empty");
        }
        planes
    }

    fn quality(&self, mistakes: &mut Mistakes) -> Quality {
        let bandwidth = self.bandwidth.map(|rate| positive(Some(rate), 1, "bandwidth", "link", mistakes));
        let quality = Quality {
            latency: mistakes.read_or(self.disk.or(self.latency), Span::ZERO),
            jitter: mistakes.read_or(self.jitter, Span::ZERO),
            loss_ppm: mistakes.read_or(self.loss, 0),
            bandwidth,
        };
        if quality == Quality::default() {
            let misread = Misread::new("nothing says what is worse");
            mistakes.add(&self.place, misread.help("give it latency, jitter, loss, bandwidth or disk"));
        }
        quality
    }
}

/// Where it is, in a few words.
fn described(
    place: &HarmPlace,
    link: Option<&Written<Name>>,
    fleet: &Fleet,
    mistakes: &mut Mistakes,
) -> String {
    let nodes = |nodes: &[NodeId]| match nodes {
        [one] => fleet.machines[one.index()].node.name.clone(),
        [one, other] => {
            format!("{}, {}", fleet.machines[one.index()].node.name, fleet.machines[other.index()].node.name)
        }
        [first, .., last] => {
            let [first, last] = [first, last].map(|node| &fleet.machines[node.index()].node.name);
            format!("{} nodes {first}..{last}", nodes.len())
        }
        [] => String::new(),
    };
    match place {
        HarmPlace::Disks(of) => format!("disk of {}", nodes(of)),
        HarmPlace::Between { from, to } => format!("{} | {}", nodes(from), nodes(to)),
        HarmPlace::Links(_) => {
            format!("link {}", link.and_then(|link| mistakes.read(link)).unwrap_or_default())
        }
    }
}
