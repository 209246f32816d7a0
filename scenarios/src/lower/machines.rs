//! `[[cluster.nodes]]` -> machines: classes dealt out to zones and racks, each machine with a name of its own.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::Range;

use swarmbed_scheduler::NodeId;
use swarmbed_scheduler::node::{Availability, Generic, Node, NodeState, Plugin, Role, Stock};
use swarmbed_scheduler::units::Resources;
use swarmbed_sim::setup::Machine;

use super::images::Images;
use crate::file::{self, Joins, NodeClass};
use crate::mistakes::Mistakes;
use crate::value::{Kind, Misread, Named, Pieces, Text, Written};

/// The most machines of one run.
const MOST: usize = 100_000;

/// Every machine by ascending name, with what a target may ask for beside the machine itself.
pub(super) struct Fleet {
    /// The machines; the place of one is its [`NodeId`].
    pub(super) machines: Vec<Machine>,
    /// The name of each one's class.
    pub(super) classes: Vec<String>,
}

impl Fleet {
    /// The machine of that name.
    pub(super) fn find(&self, name: &str) -> Option<NodeId> {
        let place = self.machines.binary_search_by(|machine| machine.node.name.as_str().cmp(name));
        place.ok().map(|index| NodeId(index as u32))
    }

    /// All names, ascending.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.machines.iter().map(|machine| machine.node.name.as_str())
    }
}

/// One machine on its way into the fleet.
struct Draft {
    machine: Machine,
    class: String,
    /// Where its class is named, for mistakes.
    span: Range<usize>,
}

/// Deals every class out.
pub(super) fn fleet(classes: &[NodeClass], images: &mut Images, mistakes: &mut Mistakes) -> Fleet {
    let (mut drafts, before) = (Vec::new(), mistakes.count());
    for class in classes {
        if let Some(name) = mistakes.read(&class.name) {
            deal(class, &name, images, &mut drafts, mistakes);
        }
    }
    drafts.sort_by(|a, b| a.machine.node.name.cmp(&b.machine.node.name));
    for pair in drafts.windows(2) {
        if pair[0].machine.node.name == pair[1].machine.node.name {
            mistakes.say(&pair[1].span, format!("two machines are called '{}'", pair[1].machine.node.name));
        }
    }
    drafts.dedup_by(|a, b| a.machine.node.name == b.machine.node.name);
    // A count that could not be read says nothing of zones.
    if mistakes.count() == before {
        check_zones(classes, &drafts, mistakes);
        check_sites(classes, mistakes);
    }
    let (machines, classes) = drafts.into_iter().map(|draft| (draft.machine, draft.class)).unzip();
    Fleet { machines, classes }
}

/// The machines of one class.
fn deal(
    class: &NodeClass,
    name: &str,
    images: &mut Images,
    drafts: &mut Vec<Draft>,
    mistakes: &mut Mistakes,
) {
    let count = class.count.as_ref().map(|count| mistakes.read(count).unwrap_or(1) as usize);
    if drafts.len() + count.unwrap_or(1) > MOST {
        let message = format!("with this class there are more than {MOST} machines, the most there can be");
        return mistakes.say(&class.name.span, message);
    }
    let pattern = pattern(class, images, mistakes);
    let zones: Vec<String> = class.zones.iter().filter_map(|zone| mistakes.read(zone)).collect();
    let racks = class.racks_per_zone.as_ref().and_then(|racks| {
        if class.zones.is_empty() {
            let misread = Misread::new("racks_per_zone needs zones");
            mistakes.add(&racks.span, misread.help("write the zones beside it, such as zones = [\"a\"]"));
        }
        mistakes.read(racks)
    });
    for index in 0..count.unwrap_or(1) {
        let mut machine = pattern.clone();
        machine.node.name = if count.is_some() { format!("{name}-{}", index + 1) } else { name.to_owned() };
        machine.node.hostname = machine.node.name.clone();
        machine.node.addr = machine.node.addr.map(|first| following(first, index));
        if let Some(site) = &machine.site {
            machine.node.labels.entry("site".to_owned()).or_insert_with(|| site.clone());
        }
        if !zones.is_empty() {
            let rack = racks.map(|racks| index / zones.len() % racks as usize + 1);
            domain(&mut machine, &zones[index % zones.len()], rack);
        }
        drafts.push(Draft { machine, class: name.to_owned(), span: class.name.span.clone() });
    }
}

/// What all machines of a class have in common.
fn pattern(class: &NodeClass, images: &mut Images, mistakes: &mut Mistakes) -> Machine {
    let cpu = positive(class.cpu.as_ref(), 8_000_000_000, "CPU", "machine", mistakes);
    let memory = positive(class.memory.as_ref(), 32 << 30, "memory", "machine", mistakes);
    let linux = swarmbed_scheduler::node::Platform { os: "linux".to_owned(), arch: "x86_64".to_owned() };
    let node = Node {
        role: mistakes.read_or(class.role.as_ref(), Role::Worker),
        availability: mistakes.read_or(class.availability.as_ref(), Availability::Active),
        state: NodeState::Ready,
        addr: class.addr.as_ref().and_then(|addr| mistakes.read(addr)),
        labels: texts(&class.labels, mistakes),
        engine_labels: texts(&class.engine_labels, mistakes),
        platform: Some(mistakes.read_or(class.platform.as_ref(), linux)),
        resources: Resources::new(cpu as i64, memory as i64),
        generic: class
            .generic
            .entries
            .iter()
            .map(|entry| generic(&entry.key, &entry.value, mistakes))
            .collect(),
        plugins: class.plugins.as_ref().map(|plugins| plugin_list(plugins, mistakes)),
        ..Node::default()
    };
    Machine {
        node,
        zone: None,
        rack: None,
        site: class.site.as_ref().and_then(|site| mistakes.read(site)),
        from_start: mistakes.read_or(class.joins.as_ref(), Joins::Start) == Joins::Start,
        pull_rate: positive(class.pull_rate.as_ref(), 100 << 20, "bandwidth", "machine", mistakes),
        images: class.images.iter().filter_map(|image| images.present(image, mistakes)).collect(),
    }
}

/// An amount that cannot be nothing.
pub(super) fn positive<K: Kind<Value = u64>>(
    written: Option<&Written<K>>,
    default: u64,
    what: &str,
    of: &str,
    mistakes: &mut Mistakes,
) -> u64 {
    let Some(written) = written else { return default };
    match mistakes.read(written) {
        Some(0) => {
            mistakes.say(&written.span, format!("a {of} with no {what} at all can do nothing"));
            default
        }
        Some(amount) => amount,
        None => default,
    }
}

/// Puts a machine where it stands. What the file says of a label counts more.
fn domain(machine: &mut Machine, zone: &str, rack: Option<usize>) {
    let rack = rack.map(|rack| format!("{zone}/{rack}"));
    machine.node.labels.entry("zone".to_owned()).or_insert_with(|| zone.to_owned());
    if let Some(rack) = &rack {
        machine.node.labels.entry("rack".to_owned()).or_insert_with(|| rack.clone());
    }
    machine.zone = Some(zone.to_owned());
    machine.rack = rack;
}

/// The address so many after `first`; the addresses of one class lie one after the other.
fn following(first: IpAddr, index: usize) -> IpAddr {
    match first {
        IpAddr::V4(addr) => IpAddr::V4(u32::from(addr).wrapping_add(index as u32).into()),
        IpAddr::V6(addr) => IpAddr::V6(u128::from(addr).wrapping_add(index as u128).into()),
    }
}

/// A table of texts, such as labels.
pub(super) fn texts(table: &Named<Written<Text>>, mistakes: &mut Mistakes) -> BTreeMap<String, String> {
    let read = |entry: &crate::value::Entry<Written<Text>>, mistakes: &mut Mistakes| {
        mistakes.read(&entry.value).map(|text| (entry.key.clone(), text))
    };
    table.entries.iter().filter_map(|entry| read(entry, mistakes)).collect()
}

fn generic(kind: &str, stock: &file::Stock, mistakes: &mut Mistakes) -> Generic {
    let pieces = stock.read(mistakes);
    let stock = match pieces.as_slice() {
        [Pieces::Many(count)] => Stock::Discrete(*count),
        pieces => Stock::Named(
            pieces
                .iter()
                .filter_map(|piece| match piece {
                    Pieces::One(name) => Some(name.clone()),
                    Pieces::Many(count) => {
                        mistakes.say(&stock.span(), format!("found the number {count} among names"));
                        None
                    }
                })
                .collect(),
        ),
    };
    Generic { kind: kind.to_owned(), stock }
}

fn plugin_list(plugins: &file::Plugins, mistakes: &mut Mistakes) -> Vec<Plugin> {
    let kinds = [("Network", &plugins.network), ("Volume", &plugins.volume), ("Log", &plugins.log)];
    let mut list = Vec::new();
    for (kind, names) in kinds {
        for name in names.iter().filter_map(|name| mistakes.read(name)) {
            list.push(Plugin { kind: kind.to_owned(), name });
        }
    }
    list
}

/// A zone is in one site, or in none.
fn check_sites(classes: &[NodeClass], mistakes: &mut Mistakes) {
    let mut sites: BTreeMap<String, Option<String>> = BTreeMap::new();
    for class in classes {
        let site = class.site.as_ref().and_then(|site| site.read().ok());
        for zone in &class.zones {
            let Ok(name) = zone.read() else { continue };
            let known = sites.entry(name.clone()).or_insert_with(|| site.clone());
            if *known != site {
                let shown =
                    |site: &Option<String>| site.as_ref().map_or("none".to_owned(), |s| format!("'{s}'"));
                let (before, here) = (shown(known), shown(&site));
                let misread =
                    Misread::new(format!("zone '{name}' is in site {before} above, and in {here} here"));
                mistakes.add(&zone.span, misread.help("give one of them another name, or the same site"));
            }
        }
    }
}

/// Each zone that a class names has a machine, of this class or another.
fn check_zones(classes: &[NodeClass], drafts: &[Draft], mistakes: &mut Mistakes) {
    for zone in classes.iter().flat_map(|class| &class.zones) {
        let Ok(name) = zone.read() else { continue };
        if !drafts.iter().any(|draft| draft.machine.zone.as_deref() == Some(&name)) {
            let misread = Misread::new(format!("no machine is in zone '{name}'"));
            mistakes.add(
                &zone.span,
                misread.help("there are fewer machines than zones: raise count or drop the zone"),
            );
        }
    }
}
