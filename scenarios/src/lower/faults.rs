//! `[[fault]]` -> what goes wrong with machines by itself.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use swarmbed_scheduler::{NodeId, Span};
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::setup::{Course, Drawn, Fault, FaultPart, Outage, Strikes};

use super::harms::{HarmWords, Harms};
use super::machines::Fleet;
use super::timeline::Stage;
use super::{Reader, target};
use crate::file::{self, FaultKind, Together};
use crate::mistakes::Mistakes;
use crate::outages;
use crate::value::{Law, Misread, Path, Written};

/// Every fault of the file, each with a name of its own.
pub(super) fn faults(
    file: &file::File,
    stage: &Stage<'_>,
    harms: &mut Harms,
    reader: &mut Reader<'_>,
    mistakes: &mut Mistakes,
) -> Vec<Fault> {
    let fleet = stage.fleet;
    let mut all: Vec<Fault> = Vec::new();
    for (i, written) in file.fault.iter().enumerate() {
        let strikes = match mistakes.read(&written.kind) {
            Some(FaultKind::Machine(trouble)) => {
                only_of_machines(written, mistakes);
                Some(Strikes::Machines(trouble))
            }
            Some(kind) => {
                let cut = kind == FaultKind::Cut;
                let harm = HarmWords::from(written).harm(cut, harms, fleet, stage.links, mistakes);
                only_of_the_network(written, cut, mistakes);
                harm.map(Strikes::Network)
            }
            None => None,
        };
        let of_network = matches!(strikes, Some(Strikes::Network(_)));
        let name = match &written.name {
            Some(name) => mistakes.read(name),
            None => Some((i + 1).to_string()),
        };
        let nodes = match &written.target {
            _ if of_network => Some(Vec::new()),
            Some(target) => target::nodes(target, fleet, mistakes),
            None => Some((0..fleet.machines.len() as u32).map(NodeId).collect()),
        };
        let course = match &written.trace {
            Some(trace) => {
                only_a_trace(written, trace, mistakes);
                nodes.and_then(|nodes| recorded(trace, &nodes, fleet, reader, mistakes)).map(Course::Recorded)
            }
            None => drawn(written, nodes, of_network, fleet, mistakes).map(Course::Drawn),
        };
        let (Some(strikes), Some(name), Some(course)) = (strikes, name, course) else { continue };
        if all.iter().any(|other| other.name == name) {
            let span = written.name.as_ref().map_or(&written.kind.span, |name| &name.span);
            mistakes.say(span, format!("two faults are called '{name}'"));
        }
        all.push(Fault { name, strikes, course });
    }
    if let (Some(first), None, None) = (file.fault.first(), &file.run.duration, &file.run.at_most) {
        let misread = Misread::new("a run whose machines fail by themselves never settles");
        mistakes.add(&first.kind.span, misread.help("give it an end, such as duration = \"30d\" in [run]"));
    }
    all
}

/// What means something to a fault of the network alone.
fn only_of_machines(written: &file::Fault, mistakes: &mut Mistakes) {
    for (key, span) in HarmWords::from(written).given() {
        if let Some(span) = span {
            let misread = Misread::new(format!("'{key}' means nothing to a fault of machines"));
            mistakes.add(&span, misread.help("it is for kind = \"cut\" or kind = \"degrade\""));
        }
    }
}

/// What means something to a fault of machines alone, or to one that makes ways worse.
fn only_of_the_network(written: &file::Fault, cut: bool, mistakes: &mut Mistakes) {
    let of_machines = [
        ("share", written.share.as_ref().map(|share| share.span.clone())),
        ("together", written.together.as_ref().map(|together| together.span.clone())),
        ("crews", written.crews.as_ref().map(|crews| crews.span.clone())),
        ("trace", written.trace.as_ref().map(|trace| trace.span.clone())),
    ];
    for (key, span) in of_machines {
        if let Some(span) = span {
            mistakes
                .say(&span, format!("'{key}' means nothing to a fault of the network, which comes as one"));
        }
    }
    let worse = HarmWords::from(written).given();
    let worse =
        worse.into_iter().filter(|(key, _)| ["latency", "jitter", "loss", "bandwidth", "disk"].contains(key));
    for (key, span) in worse.filter(|_| cut) {
        if let Some(span) = span {
            mistakes.say(&span, format!("'{key}' means nothing to a cut: nothing passes"));
        }
    }
}

/// What a trace says is not drawn besides.
fn only_a_trace(written: &file::Fault, trace: &Written<Path>, mistakes: &mut Mistakes) {
    let said_twice = written.share.is_some()
        || written.together.is_some()
        || written.every.is_some()
        || written.lasts.is_some()
        || written.crews.is_some()
        || written.shock.is_some();
    if said_twice {
        let misread = Misread::new("what a trace says of its outages is not drawn besides");
        let help = "take share, together, every, lasts, crews and shock out, or the trace";
        mistakes.add(&trace.span, misread.help(help));
    }
}

fn recorded(
    trace: &Written<Path>,
    nodes: &[NodeId],
    fleet: &Fleet,
    reader: &mut Reader<'_>,
    mistakes: &mut Mistakes,
) -> Option<Arc<[Outage]>> {
    let path = mistakes.read(trace)?;
    let source = reader.beside("trace", &trace.span, &path, mistakes)?;
    let names: Vec<&str> = fleet.names().collect();
    let outages = outages::read(&source, &names).map_err(|trouble| mistakes.foreign(trouble)).ok()?;
    let of_target = |outage: &Outage| nodes.binary_search(&outage.node).is_ok();
    let outages: Arc<[Outage]> = outages.into_iter().filter(of_target).collect();
    if outages.is_empty() {
        mistakes.say(&trace.span, "the trace has no outage of a machine of the target");
        return None;
    }
    Some(outages)
}

fn drawn(
    written: &file::Fault,
    nodes: Option<Vec<NodeId>>,
    of_network: bool,
    fleet: &Fleet,
    mistakes: &mut Mistakes,
) -> Option<Drawn> {
    let every = law(written.every.as_ref(), LEAST, mistakes);
    let shocks = law(written.shock.as_ref(), LEAST, mistakes);
    let lasts = law(written.lasts.as_ref(), Span(1), mistakes);
    let place = &written.kind.span;
    if written.every.is_none() && written.shock.is_none() {
        let misread = Misread::new("nothing says how often it comes");
        mistakes.add(place, misread.help("such as every = { exponential = \"720h\" }, or shock, or a trace"));
    }
    if written.lasts.is_none() {
        let misread = Misread::new("nothing says how long it lasts");
        mistakes
            .add(place, misread.help("such as lasts = { lognormal = { median = \"54m\", sigma = 1.9 } }"));
    }
    let share_ppm = mistakes.read_or(written.share.as_ref(), 1_000_000);
    if let (Some(share), 0) = (&written.share, share_ppm) {
        mistakes.say(&share.span, "a fault that befalls none does not happen");
    }
    let crews = written.crews.as_ref().and_then(|crews| mistakes.read(crews)).map(|crews| crews as u32);
    let parts = match of_network {
        true => vec![FaultPart { name: "network".to_owned(), nodes: Vec::new() }],
        false => parts(written, nodes?, fleet, mistakes)?,
    };
    Some(Drawn { parts, share_ppm, every, lasts: lasts?, crews, shocks })
}

/// What comes more often than this, on average, is no fault: a machine could fail without end within one instant.
const LEAST: Span = Span::secs(1);

/// A law that is long enough on average. `None` if there is none, or after a mistake.
fn law(written: Option<&Law>, least: Span, mistakes: &mut Mistakes) -> Option<Distribution> {
    let written = written?;
    let law = written.read().map_err(|(span, misread)| mistakes.add(&span, misread)).ok()?;
    if law.mean() < least.0 as f64 {
        let least = if least == LEAST { "at least 1s" } else { "some time" };
        mistakes.say(written.span(), format!("this is {least} on average, or it is no fault"));
        return None;
    }
    Some(law)
}

/// What fails, by ascending name.
fn parts(
    written: &file::Fault,
    nodes: Vec<NodeId>,
    fleet: &Fleet,
    mistakes: &mut Mistakes,
) -> Option<Vec<FaultPart>> {
    let machine = |node: NodeId| &fleet.machines[node.index()];
    let (together, span) = match &written.together {
        Some(together) => (Some(mistakes.read(together)?), together.span.clone()),
        None => (None, 0..0),
    };
    let part = |(name, nodes)| FaultPart { name, nodes };
    Some(match together {
        None => nodes.iter().map(|node| part((machine(*node).node.name.clone(), vec![*node]))).collect(),
        Some(Together::All) => vec![part(("all".to_owned(), nodes))],
        Some(Together::Rack) => {
            let of = |node: NodeId| machine(node).rack.clone();
            grouped(&nodes, "rack", of, fleet, &span, mistakes)?.into_iter().map(part).collect()
        }
        Some(Together::Site) => {
            let of = |node: NodeId| machine(node).site.clone();
            grouped(&nodes, "site", of, fleet, &span, mistakes)?.into_iter().map(part).collect()
        }
        Some(Together::Zone) => {
            let of = |node: NodeId| machine(node).zone.clone();
            grouped(&nodes, "zone", of, fleet, &span, mistakes)?.into_iter().map(part).collect()
        }
    })
}

fn grouped(
    nodes: &[NodeId],
    what: &str,
    of: impl Fn(NodeId) -> Option<String>,
    fleet: &Fleet,
    span: &Range<usize>,
    mistakes: &mut Mistakes,
) -> Option<BTreeMap<String, Vec<NodeId>>> {
    let mut groups = BTreeMap::<String, Vec<NodeId>>::new();
    for node in nodes {
        let Some(group) = of(*node) else {
            let name = &fleet.machines[node.index()].node.name;
            let misread = Misread::new(format!("'{name}' is in no {what}"));
            let keys = [("rack", "racks_per_zone"), ("zone", "zones"), ("site", "site")];
            let key = keys.iter().find(|(group, _)| *group == what).map_or(what, |(_, key)| key);
            let help = format!("give its class {key}, or the fault a target that is in {what}s");
            mistakes.add(span, misread.help(help));
            return None;
        };
        groups.entry(group).or_default().push(*node);
    }
    Some(groups)
}
