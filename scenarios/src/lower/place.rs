//! Whether each service has a place: a machine that could run its tasks if it had nothing else to do.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use swarmbed_scheduler::filter::{Filter, Pipeline, Tally};
use swarmbed_scheduler::node::Availability;
use swarmbed_scheduler::spec::PublishMode;
use swarmbed_scheduler::view::View;
use swarmbed_scheduler::{NodeId, ServiceId};
use swarmbed_sim::setup::{Machine, Service};

use super::machines::Fleet;
use super::services::Draft;
use crate::file;
use crate::mistakes::Mistakes;
use crate::value::{Misread, shortened};

/// A service of the file itself that no machine can run is a mistake. One of a stack file is not, since that was
/// written for another cluster: it is returned as a notice, and its tasks stay pending.
pub(super) fn check(
    drafts: &[Draft],
    own: &[file::Service],
    fleet: &Fleet,
    mistakes: &mut Mistakes,
) -> Vec<String> {
    let mut seen = BTreeSet::new();
    // Services that were written once and counted are all alike.
    let first = |draft: &&Draft| draft.own.is_some_and(|index| seen.insert(index));
    let firsts: Vec<(&Draft, &file::Service)> =
        drafts.iter().filter(first).filter_map(|draft| Some((draft, &own[draft.own?]))).collect();
    for (draft, written) in &firsts {
        check_constraints(draft, written, fleet, mistakes);
        check_preferences(written, fleet, mistakes);
    }
    check_ports(drafts, mistakes);
    // Whatever a machine or a service lacks because of a mistake would only make noise here.
    if mistakes.count() > 0 {
        return Vec::new();
    }
    let view = idle(&fleet.machines);
    for (draft, written) in firsts {
        if let Some(reason) = homeless(&draft.service, &view) {
            let message = format!("no machine can ever run '{}': {reason}", draft.service.name);
            mistakes.say(&culprit(written, &reason), message);
        }
    }
    unplaceable(
        drafts.iter().filter(|draft| draft.own.is_none()).map(|draft| &draft.service),
        &fleet.machines,
    )
}

/// A notice for each reason why no machine can run some services.
pub(crate) fn unplaceable<'a>(
    services: impl Iterator<Item = &'a Service>,
    machines: &[Machine],
) -> Vec<String> {
    let view = idle(machines);
    let mut reasons: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for service in services {
        if let Some(reason) = homeless(service, &view) {
            reasons.entry(reason.to_string()).or_default().push(&service.name);
        }
    }
    let notice = |(reason, names): (String, Vec<&str>)| {
        let tasks = if names.len() == 1 { "its tasks" } else { "their tasks" };
        format!("no machine can ever run {}: {reason}; {tasks} stay pending", some_of(&names))
    };
    reasons.into_iter().map(notice).collect()
}

/// `'a', 'b' and 7 more`.
pub(super) fn some_of(names: &[&str]) -> String {
    const MOST: usize = 5;
    let shown: Vec<String> = names.iter().take(MOST).map(|name| format!("'{name}'")).collect();
    match names.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// All machines, idle and willing: what they could run if everything else were gone.
pub(super) fn idle(machines: &[Machine]) -> View {
    let mut view = View::new();
    for (index, machine) in machines.iter().enumerate() {
        let mut node = machine.node.clone();
        node.availability = Availability::Active;
        view.set_node(NodeId(index as u32), node);
    }
    view
}

/// Why no machine can run it, in SwarmKit's words.
fn homeless(service: &Service, view: &View) -> Option<Tally> {
    let pipeline = Pipeline::new(&service.task);
    let mut tally = Tally::default();
    for node in view.nodes() {
        match pipeline.check(node, &node.books, ServiceId(0)) {
            Ok(()) => return None,
            Err(filter) => tally.fail(filter),
        }
    }
    Some(tally)
}

/// Where it is said what most machines lack.
fn culprit(service: &file::Service, reason: &Tally) -> Range<usize> {
    let most = Filter::ALL.into_iter().max_by_key(|filter| reason.count(*filter));
    let place = match most {
        Some(Filter::Resource) => service.reserve.as_ref().and_then(|reserve| {
            let cpu = reserve.cpu.as_ref().map(|cpu| cpu.span.clone());
            let memory = reserve.memory.as_ref().map(|memory| memory.span.clone());
            // All of it, if more than one thing is reserved.
            match (cpu, memory) {
                (Some(cpu), Some(memory)) => Some(cpu.start.min(memory.start)..cpu.end.max(memory.end)),
                (cpu, memory) => cpu.or(memory),
            }
        }),
        Some(Filter::Constraint) => service.constraints.first().map(|constraint| constraint.span.clone()),
        Some(Filter::Platform) => service.platforms.first().map(|platform| platform.span.clone()),
        _ => None,
    };
    place.unwrap_or(service.name.span.clone())
}

/// Constraints that can hardly be meant: labels that no machine has, keys that SwarmKit does not know.
fn check_constraints(draft: &Draft, written: &file::Service, fleet: &Fleet, mistakes: &mut Mistakes) {
    // The drafts of one written service are alike; a constraint that could not be read is missing in them.
    let constraints = &draft.service.task.constraints;
    if constraints.len() != written.constraints.len() {
        return;
    }
    let nodes = fleet.machines.iter().map(|machine| &machine.node);
    for (constraint, written) in constraints.iter().zip(&written.constraints) {
        if let Some(suspicion) = constraint.suspicion(nodes.clone()) {
            mistakes.say(&written.span, suspicion);
        }
    }
}

/// Preferences that SwarmKit would pass over in silence, or that every machine answers alike.
fn check_preferences(written: &file::Service, fleet: &Fleet, mistakes: &mut Mistakes) {
    for level in &written.preferences {
        let Ok(descriptor) = level.spread.read() else { continue };
        let lower = descriptor.to_ascii_lowercase();
        let of_node = lower.starts_with("node.labels.");
        let Some(prefix) =
            ["node.labels.", "engine.labels."].iter().find(|prefix| lower.starts_with(**prefix))
        else {
            let misread = Misread::new(format!("Swarm cannot spread over '{}'", shortened(&descriptor)));
            mistakes.add(&level.spread.span, misread.help("write node.labels.X or engine.labels.X"));
            continue;
        };
        let label = &descriptor[prefix.len()..];
        let labels = |machine: &'_ Machine| match of_node {
            true => machine.node.labels.keys().cloned().collect::<Vec<_>>(),
            false => machine.node.engine_labels.keys().cloned().collect(),
        };
        let known: BTreeSet<String> = fleet.machines.iter().flat_map(labels).collect();
        if !known.contains(label) {
            mistakes.unknown(&level.spread.span, "label", label, known.iter().map(String::as_str));
        }
    }
}

/// A port outside belongs to one service only, unless it is published on the task's own node.
fn check_ports(drafts: &[Draft], mistakes: &mut Mistakes) {
    let mut owners = BTreeMap::new();
    for draft in drafts {
        for port in &draft.service.task.ports {
            if port.published == 0 || port.mode == PublishMode::Host {
                continue;
            }
            let owner = owners.entry((port.protocol, port.published)).or_insert(&draft.service.name);
            if *owner != &draft.service.name {
                let message = format!("port {} is published by '{owner}' already", port.published);
                let misread = Misread::new(format!("'{}': {message}", draft.service.name));
                mistakes.add(&draft.span, misread.help("publish another port, or use mode = \"host\""));
            }
        }
    }
}
