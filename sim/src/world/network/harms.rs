//! What keeps messages back, or makes their ways worse, for the time being.

use std::collections::BTreeMap;

use swarmbed_scheduler::{NodeId, Span};

use super::{Direction, LinkId, Network, Path, Plane};
use crate::setup::{Harm, HarmPlace, Quality};

/// A harm that has been done, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HarmId(u32);

/// The harms that are done.
#[derive(Clone, Debug, Default)]
pub(super) struct Harms {
    done: BTreeMap<HarmId, Harm>,
    /// How many of them are between machines, whatever the links.
    between: usize,
    next: u32,
}

impl Harms {
    /// What a message meets besides; `None` if it is kept back.
    pub(super) fn besides(&self, plane: Plane, from: NodeId, to: NodeId) -> Option<Path> {
        let mut met = Path::default();
        if self.between == 0 || from == to {
            return Some(met);
        }
        for harm in self.done.values().filter(|harm| harm.is_between(plane, from, to)) {
            met = met.then(harm.worse?.into());
        }
        Some(met)
    }

    /// How much longer a write to a machine's disk takes.
    pub(super) fn disk(&self, node: NodeId) -> Span {
        let here = |harm: &&Harm| matches!(&harm.place, HarmPlace::Disks(nodes) if nodes.binary_search(&node).is_ok());
        let slower = self.done.values().filter(here).filter_map(|harm| harm.worse);
        slower.map(|worse| worse.latency).fold(Span::ZERO, |sum, more| sum + more)
    }

    /// What makes a link worse, that way and in that plane or in all.
    fn worse(&self, link: LinkId, way: Direction) -> impl Iterator<Item = Quality> + '_ {
        let here = move |harm: &&Harm| {
            matches!(&harm.place, HarmPlace::Links(links) if links.contains(&link.0))
                && harm.ways().contains(&way)
        };
        self.done.values().filter(here).filter_map(|harm| harm.worse)
    }
}

impl Harm {
    fn ways(&self) -> &'static [Direction] {
        if self.one_way { &[Direction::There] } else { &Direction::BOTH }
    }

    fn is_between(&self, plane: Plane, from: NodeId, to: NodeId) -> bool {
        let HarmPlace::Between { from: these, to: those } = &self.place else { return false };
        let among = |nodes: &[NodeId], node: NodeId| nodes.binary_search(&node).is_ok();
        let there = among(these, from) && among(those, to);
        let back = || !self.one_way && among(these, to) && among(those, from);
        self.planes.contains(&plane) && (there || back())
    }
}

impl Network {
    /// Does a harm. One that is done twice has to be undone twice.
    pub fn harm(&mut self, harm: &Harm) -> HarmId {
        let id = HarmId(self.harms.next);
        self.harms.next += 1;
        self.harms.done.insert(id, harm.clone());
        match (&harm.place, harm.worse) {
            (HarmPlace::Disks(_), _) => {}
            (HarmPlace::Between { .. }, _) => self.harms.between += 1,
            (HarmPlace::Links(links), None) => {
                links.iter().for_each(|link| self.cut(&harm.planes, LinkId(*link), harm.ways()));
            }
            (HarmPlace::Links(links), Some(_)) => self.degrade(links),
        }
        id
    }

    /// Undoes it.
    ///
    /// # Panics
    /// If it is not done any more.
    pub fn undo(&mut self, id: HarmId) {
        let harm = self.harms.done.remove(&id).expect("only a harm that is done is undone");
        match (&harm.place, harm.worse) {
            (HarmPlace::Disks(_), _) => {}
            (HarmPlace::Between { .. }, _) => self.harms.between -= 1,
            (HarmPlace::Links(links), None) => {
                links.iter().for_each(|link| self.mend(&harm.planes, LinkId(*link), harm.ways()));
            }
            (HarmPlace::Links(links), Some(_)) => self.degrade(links),
        }
    }

    /// Works out anew how good links are. A link is worse for every plane: it is the same wire.
    fn degrade(&mut self, links: &[u32]) {
        for link in links.iter().map(|link| LinkId(*link)) {
            for way in Direction::BOTH {
                let whole = self.topology.quality(link, way);
                let worse = self.harms.worse(link, way).fold(whole, Quality::and);
                self.set_quality(link, way, worse);
            }
        }
    }
}

impl Quality {
    /// What a message meets that meets both.
    fn and(self, other: Quality) -> Quality {
        let Path { latency, jitter, loss_ppm, bandwidth } = Path::from(self).then(other.into());
        Quality { latency, jitter, loss_ppm, bandwidth }
    }
}
