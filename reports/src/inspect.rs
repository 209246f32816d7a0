//! The cluster at an instant, in Docker's columns and words (docker/cli `cli/command/{node,service,task}`).
//!
//! What is shown is what the managers have committed: like Docker's own, these tables can be wrong about a machine that
//! has just died.

use swarmbed_scheduler::node::{Availability, Node, NodeState, Role};
use swarmbed_scheduler::spec::PublishMode;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span};
use swarmbed_sim::Simulation;
use swarmbed_sim::manager::store::{ServiceRow, Task};
use swarmbed_sim::setup::Mode;

use crate::words::visible;

pub(crate) mod natural;
mod ports;

/// `docker node ls`.
pub fn node_ls(sim: &Simulation) -> String {
    let head = ["ID", "HOSTNAME", "STATUS", "AVAILABILITY", "MANAGER STATUS", "ENGINE VERSION"];
    let mut nodes: Vec<(NodeId, &Node)> = sim.store().nodes().collect();
    nodes.sort_by(|a, b| natural::compare(&a.1.hostname, &b.1.hostname));
    let row = |(_, n): &(NodeId, &Node)| {
        let manager = match (n.role, n.state) {
            (Role::Worker, _) => "",
            (Role::Manager, NodeState::Down) => "Unreachable",
            // The managers act as one: which of them leads is not simulated.
            (Role::Manager, _) => "Reachable",
        };
        let availability = match n.availability {
            Availability::Active => "Active",
            Availability::Pause => "Pause",
            Availability::Drain => "Drain",
        };
        let cells = [
            &n.name,
            &n.hostname,
            capital(n.state.name()).as_str(),
            availability,
            manager,
            sim.setup().profile.name,
        ]
        .map(visible);
        cells.to_vec()
    };
    columns(&head, &nodes.iter().map(row).collect::<Vec<_>>())
}

/// `docker service ls`. As Docker does, it counts every task whose last known state is RUNNING, so that a service
/// whose machine was lost can show more than it wants until the old tasks are given up.
pub fn service_ls(sim: &Simulation) -> String {
    let head = ["ID", "NAME", "MODE", "REPLICAS", "IMAGE", "PORTS"];
    let mut services: Vec<(ServiceId, &ServiceRow)> =
        sim.store().services().filter(|(_, s)| !s.removed).collect();
    services.sort_by(|a, b| natural::compare(sim.names().service(a.0), sim.names().service(b.0)));
    let mut counts = vec![(0_u32, 0_u32, 0_u32); sim.names().service_count()];
    for task in sim.store().tasks() {
        let (running, desired, completed) = &mut counts[task.service.index()];
        *running += u32::from(task.state == TaskState::Running);
        let done = task.state == TaskState::Complete && task.desired == TaskState::Complete;
        *completed += u32::from(done);
        *desired += u32::from(matches!(task.desired, TaskState::Running | TaskState::Complete) && !done);
    }
    let row = |(id, row): &(ServiceId, &ServiceRow)| {
        let spec = sim.setup().spec(*id, row.revision);
        let (running, tasks, completed) = counts[id.index()];
        // The columns of `cli/command/service/formatter.go`.
        let (mode, count) = match row.mode {
            Mode::Replicated { replicas } => ("replicated", format!("{running}/{replicas}")),
            Mode::Global => ("global", format!("{running}/{tasks}")),
            Mode::ReplicatedJob { completions, concurrent } => {
                let wanted = concurrent.min(completions - completed.min(completions));
                ("replicated job", format!("{running}/{wanted} ({completed}/{completions} completed)"))
            }
            Mode::GlobalJob => {
                ("global job", format!("{running}/{tasks} ({completed}/{} completed)", completed + tasks))
            }
        };
        let cap = match spec.task.max_replicas_per_node {
            0 => String::new(),
            n => format!(" (max {n} per node)"),
        };
        vec![
            id.0.to_string(),
            visible(&spec.name),
            mode.to_owned(),
            format!("{count}{cap}"),
            visible(&spec.image_name),
            ports::published(&spec.task.ports, PublishMode::Ingress),
        ]
    };
    columns(&head, &services.iter().map(row).collect::<Vec<_>>())
}

/// `docker service ps NAME`, as asked at `now`.
pub fn service_ps(sim: &Simulation, now: SimTime, service: ServiceId) -> String {
    tasks(sim, now, sim.store().tasks().filter(|t| t.service == service).collect())
}

/// `docker node ps NAME`, as asked at `now`.
pub fn node_ps(sim: &Simulation, now: SimTime, node: NodeId) -> String {
    tasks(sim, now, sim.store().tasks().filter(|t| t.node == Some(node)).collect())
}

/// Tasks of one slot stand together, the newest first and the others indented beneath it.
fn tasks(sim: &Simulation, now: SimTime, tasks: Vec<&Task>) -> String {
    let head = ["ID", "NAME", "IMAGE", "NODE", "DESIRED STATE", "CURRENT STATE", "ERROR", "PORTS"];
    let mut named: Vec<(String, &Task)> = tasks.into_iter().map(|t| (task_name(sim, t), t)).collect();
    named.sort_by(|a, b| natural::compare(&a.0, &b.0).then(b.1.id.cmp(&a.1.id)));
    let mut rows = Vec::new();
    for (i, (name, task)) in named.iter().enumerate() {
        let older = i > 0 && named[i - 1].0 == *name;
        let shown = if older { format!(" \\_ {name}") } else { name.clone() };
        rows.push(task_row(sim, now, task, shown));
    }
    columns(&head, &rows)
}

fn task_row(sim: &Simulation, now: SimTime, task: &Task, name: String) -> Vec<String> {
    let spec = task.spec(sim.setup());
    let since = ago(now.since(task.since));
    let host_ports = if task.state == TaskState::Running {
        ports::published(&spec.task.ports, PublishMode::Host)
    } else {
        String::new()
    };
    vec![
        task.id.0.to_string(),
        name,
        visible(&spec.image_name),
        task.node.map_or(String::new(), |n| visible(sim.names().node(n))),
        capital(task.desired.name()),
        format!("{} {} ago", capital(task.state.name()), since),
        error(&visible(sim.names().text(task.error))),
        host_ports,
    ]
}

fn task_name(sim: &Simulation, task: &Task) -> String {
    let service = visible(sim.names().service(task.service));
    match (task.slot, task.node) {
        (0, Some(node)) => format!("{service}.{}", visible(sim.names().node(node))),
        (slot, _) => format!("{service}.{slot}"),
    }
}

/// Docker cuts errors to 30 characters and quotes them.
fn error(text: &str) -> String {
    match text.chars().count() {
        0 => String::new(),
        1..=30 => format!("\"{text}\""),
        _ => format!("\"{}…\"", text.chars().take(29).collect::<String>()),
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// Docker's rough durations (docker/go-units `HumanDuration`), in lower case as it prints them here.
fn ago(span: Span) -> String {
    let seconds = span.nanos() / 1_000_000_000;
    let hours = (seconds + 1800) / 3600;
    match seconds {
        0 => "less than a second".into(),
        1 => "1 second".into(),
        2..60 => format!("{seconds} seconds"),
        60..120 => "about a minute".into(),
        120..3600 => format!("{} minutes", seconds / 60),
        _ => match hours {
            0..=1 => "about an hour".into(),
            2..48 => format!("{hours} hours"),
            48..336 => format!("{} days", hours / 24),
            336..1440 => format!("{} weeks", hours / 24 / 7),
            1440..17520 => format!("{} months", hours / 24 / 30),
            _ => format!("{} years", seconds / 3600 / 24 / 365),
        },
    }
}

/// Docker's table: columns at least ten wide, three spaces apart, lines not trimmed of what the last cell leaves.
fn columns(head: &[&str], rows: &[Vec<String>]) -> String {
    let length = |text: &str| text.chars().count();
    let widest = |c: usize| rows.iter().map(|r| length(&r[c])).max().unwrap_or(0).max(length(head[c]));
    let widths: Vec<usize> = (0..head.len()).map(|c| (widest(c) + 3).max(10)).collect();
    let line = |cells: &[&str]| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("{}\n", padded.collect::<String>().trim_end())
    };
    let body = rows.iter().map(|row| line(&row.iter().map(String::as_str).collect::<Vec<_>>()));
    std::iter::once(line(head)).chain(body).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_as_rough_as_dockers() {
        let check = |seconds, text: &str| assert_eq!(ago(Span::secs(seconds)), text, "{seconds}");
        check(0, "less than a second");
        check(1, "1 second");
        check(59, "59 seconds");
        check(60, "about a minute");
        check(3599, "59 minutes");
        check(3600, "about an hour");
        check(5400, "2 hours");
        check(47 * 3600, "47 hours");
        check(48 * 3600, "2 days");
        check(14 * 86_400, "2 weeks");
        check(60 * 86_400, "2 months");
        check(800 * 86_400, "2 years");
    }

    #[test]
    fn errors_are_cut_and_quoted() {
        assert_eq!(error(""), "");
        assert_eq!(error("no suitable node"), "\"no suitable node\"");
        assert_eq!(
            error("no suitable node (insufficient resources on 3 nodes)"),
            "\"no suitable node (insufficien…\""
        );
    }

    #[test]
    fn columns_are_dockers() {
        let rows = [vec!["1".to_owned(), "a-long-name".to_owned(), "x".to_owned()]];
        assert_eq!(
            columns(&["ID", "NAME", "MODE"], &rows),
            "ID        NAME          MODE\n1         a-long-name   x\n"
        );
    }
}
