//! Why a task is where it is, or why it waits: every time the scheduler thought about it, in words.

use std::collections::BTreeMap;

use swarmbed_scheduler::constraint::Constraint;
use swarmbed_scheduler::filter::Filter;
use swarmbed_scheduler::node::Node;
use swarmbed_scheduler::plan::Explanation;
use swarmbed_scheduler::{NodeId, ServiceId};
use swarmbed_sim::Simulation;
use swarmbed_sim::manager::scheduling::Answer;
use swarmbed_sim::manager::store::Task;
use swarmbed_sim::setup::Service;

use crate::output::page::{Paint, Style, hang};
use crate::words::{bytes, clock, cpus, machines, number, plural, visible};

/// The task that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Of a replicated service: by its slot.
    Slot(ServiceId, u32),
    /// Of a global service: by its node.
    Node(ServiceId, NodeId),
}

/// The page for one task: what it needs, then each decision of the scheduler. The simulation was asked about the slot
/// before it ran.
pub fn page(sim: &Simulation, asked: Asked, style: Style) -> String {
    let (service, place) = match asked {
        Asked::Slot(service, slot) => (service, slot.to_string()),
        Asked::Node(service, node) => (service, visible(sim.names().node(node))),
    };
    let revision = sim.store().service(service).map(|row| row.revision).unwrap_or_default();
    let spec = sim.setup().spec(service, revision);
    let mut page = format!("{}\n", style.paint(Paint::Head, &format!("{}.{place}", visible(&spec.name))));
    page.push_str(&hang("  is     ", &state(sim, asked), style, Paint::Plain));
    for line in needs(spec) {
        page.push_str(&hang("  needs  ", &line, style, Paint::Plain));
    }
    for line in suspicions(sim, service) {
        page.push_str(&hang("  note   ", &line, style, Paint::Bad));
    }
    for answer in sim.answers().iter().filter(|_| matches!(asked, Asked::Slot(..))) {
        page.push('\n');
        page.push_str(&decision(sim, answer, style));
    }
    page
}

/// What its newest task is, and where.
fn state(sim: &Simulation, asked: Asked) -> String {
    let is_it = |t: &&Task| match asked {
        Asked::Slot(service, slot) => (t.service, t.slot) == (service, slot),
        Asked::Node(service, node) => (t.service, t.node) == (service, Some(node)),
    };
    let Some(task) = sim.store().tasks().filter(is_it).last() else {
        return "not there at that time".to_owned();
    };
    let node = match (asked, task.node) {
        (Asked::Slot(..), Some(node)) => format!(" on {}", visible(sim.names().node(node))),
        _ => String::new(),
    };
    let why = visible(sim.names().text(task.error));
    let why = if why.is_empty() { why } else { format!(": {why}") };
    let pinned = if matches!(asked, Asked::Node(..)) { "; one a node, so no strategy chooses" } else { "" };
    format!("{}{node} since {}{why}{pinned}", task.state, clock(task.since))
}

/// What a task of the service needs of a node, a line each.
fn needs(service: &Service) -> Vec<String> {
    let spec = &service.task;
    let mut lines = Vec::new();
    if !spec.reservations.is_zero() {
        let r = spec.reservations;
        lines.push(format!("{} CPU and {} reserved", cpus(r.nano_cpus), bytes(r.memory)));
    }
    lines.extend(spec.generic.iter().map(|g| format!("{} of {}", number(g.count), visible(&g.kind))));
    lines.extend(spec.constraints.iter().map(|c| visible(&c.to_string())));
    if !spec.platforms.is_empty() {
        let platforms = spec.platforms.iter().map(|p| visible(&format!("{}/{}", p.os, p.arch)));
        lines.push(format!("platform {}", platforms.collect::<Vec<_>>().join(" or ")));
    }
    lines.extend(spec.ports.iter().filter_map(|p| p.host_key()).map(|(_, port)| format!("host port {port}")));
    if spec.max_replicas_per_node > 0 {
        lines.push(format!("at most {} on a node", plural(spec.max_replicas_per_node as usize, "task")));
    }
    lines.extend(spec.preferences.iter().map(|p| format!("preferably spread over {}", visible(&p.spread))));
    lines
}

/// Constraints that are lawful and can hardly be meant, such as a misspelt label.
pub(crate) fn suspicions(sim: &Simulation, service: ServiceId) -> Vec<String> {
    let nodes: Vec<&Node> = sim.store().nodes().map(|(_, node)| node).collect();
    let odd = |c: &Constraint| c.suspicion(nodes.iter().copied());
    let spec = &sim.setup().services[service.index()].task;
    spec.constraints.iter().filter_map(odd).map(|text| visible(&text)).collect()
}

fn decision(sim: &Simulation, answer: &Answer, style: Style) -> String {
    let Explanation { removed, winner, runner_up, tie, .. } = &answer.explanation;
    let name = |node: NodeId| visible(sim.names().node(node));
    let lead = format!("  {:>9}  ", clock(answer.at));
    let under = " ".repeat(lead.len());
    let mut out = match winner {
        Some((node, _)) => hang(&lead, &format!("placed on {}", name(*node)), style, Paint::Good),
        None => hang(&lead, "refused: no node passes every filter", style, Paint::Bad),
    };
    let mut by_filter: BTreeMap<Filter, Vec<NodeId>> = BTreeMap::new();
    removed.iter().for_each(|(node, filter)| by_filter.entry(*filter).or_default().push(*node));
    for (filter, nodes) in by_filter {
        let text = format!("{} removed {}", filter.name(), machines(sim.setup(), &nodes));
        out.push_str(&hang(&under, &text, style, Paint::Plain));
    }
    if let Some((node, key)) = winner {
        out.push_str(&hang(&under, &format!("winner     {}: {key}", name(*node)), style, Paint::Plain));
    }
    if let Some((node, key)) = runner_up {
        out.push_str(&hang(&under, &format!("runner-up  {}: {key}", name(*node)), style, Paint::Plain));
    }
    if *tie {
        out.push_str(&hang(&under, "the two are equal: the tie rule alone decided", style, Paint::Plain));
    }
    out
}
