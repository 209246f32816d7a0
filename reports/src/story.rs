//! The run's story: what was asked for, what happened to machines, and when it was made good.

use std::collections::BTreeMap;

use swarmbed_scheduler::node::Availability;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{NodeId, SimTime, Span};
use swarmbed_sim::names::{Names, Text};
use swarmbed_sim::setup::Setup;

use crate::measure::{Asked, Cause, Mark, Recorder};
use crate::words::{clock, machines, number, plural, span, visible};

mod managers;
mod proxies;
mod requests;
mod stranded;
mod trouble;
mod updates;

/// One line of the story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: SimTime,
    /// What kind of news it is.
    pub tone: Tone,
    /// What happened, in words.
    pub text: String,
}

/// What kind of news a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something was asked for.
    Asked,
    /// Something broke.
    Bad,
    /// Something was made good.
    Good,
    /// Something worth knowing.
    Note,
}

impl Line {
    pub(crate) fn new(at: SimTime, tone: Tone, text: impl Into<String>) -> Line {
        Line { at, tone, text: text.into() }
    }
}

/// The story of a run that has ended, in order of time.
pub fn tell(setup: &Setup, followed: &Recorder, names: &Names) -> Vec<Line> {
    let mut lines = asked(setup, followed, names);
    for incident in followed.incidents() {
        lines.extend(trouble::tell(setup, followed, incident));
    }
    lines.extend(managers::tell(setup, followed, names));
    lines.extend(proxies::tell(followed, names));
    lines.extend(requests::tell(followed, names));
    lines.extend(updates::tell(followed, names));
    lines.extend(stranded::tell(followed, names));
    lines.extend(failures(followed, names));
    lines.sort_by_key(|line| line.at);
    lines
}

/// What the operator asked for, things of one kind at one time in one line.
fn asked(setup: &Setup, followed: &Recorder, names: &Names) -> Vec<Line> {
    let mut lines = Vec::new();
    // Ten thousand services take fifty transactions: what is less than a second apart is one piece of news.
    let together = |a: &Mark, b: &Mark| b.at.since(a.at) < Span::secs(1);
    let alike = |a: &Mark, b: &Mark| together(a, b) && kind(&a.what) == kind(&b.what) && kind(&a.what) != 0;
    for marks in followed.chronicle().marks.chunk_by(alike) {
        match marks[0].what {
            Asked::Create(_) => created(marks, names, &mut lines),
            Asked::Scale { .. } => marks.iter().for_each(|mark| scaled(mark, names, &mut lines)),
            Asked::Refused(reason) => {
                let text = format!("a command was refused: {}", visible(names.text(reason)));
                lines.push(Line::new(marks[0].at, Tone::Bad, text));
            }
            _ => lines.extend(of_nodes(setup, followed, marks, names)),
        }
    }
    lines
}

/// Marks of one kind are told together; 0 is told alone.
fn kind(asked: &Asked) -> u8 {
    match asked {
        Asked::Create(_) => 1,
        Asked::RemoveService(_) => 2,
        Asked::Join(_) => 3,
        Asked::RemoveNode(_) => 4,
        Asked::Availability(_, Availability::Active) => 5,
        Asked::Availability(_, Availability::Pause) => 6,
        Asked::Availability(_, Availability::Drain) => 7,
        Asked::Scale { .. } | Asked::Refused(_) => 0,
    }
}

fn created(marks: &[Mark], names: &Names, lines: &mut Vec<Line>) {
    let service = |mark: &Mark| match mark.what {
        Asked::Create(id) => visible(names.service(id)),
        _ => unreachable!("marks of one kind"),
    };
    let what = if let [one] = marks { service(one) } else { plural(marks.len(), "service") };
    lines.push(Line::new(marks[0].at, Tone::Asked, format!("{what} created")));
    let done: Vec<(SimTime, u32)> = marks.iter().filter_map(|m| m.done).collect();
    let Some(last) = done.iter().map(|(at, _)| *at).max() else { return };
    let tasks = plural(done.iter().map(|(_, n)| *n as usize).sum(), "task");
    let text = match (marks.len() == done.len(), marks.len()) {
        (true, 1) => format!("{what} complete: {tasks} running"),
        (true, _) => format!("all {} complete: {tasks} running", number(marks.len() as u64)),
        (false, _) => format!("{} of {what} complete: {tasks} running", number(done.len() as u64)),
    };
    lines.push(Line::new(last, Tone::Good, text));
}

fn scaled(mark: &Mark, names: &Names, lines: &mut Vec<Line>) {
    let Asked::Scale { service, from, to } = mark.what else { return };
    let name = visible(names.service(service));
    let text = format!("{name} scaled from {} to {}", number(from), number(to));
    lines.push(Line::new(mark.at, Tone::Asked, text));
    if let Some((at, n)) = mark.done.filter(|_| to > from) {
        lines.push(Line::new(
            at,
            Tone::Good,
            format!("{name} complete: {} running", plural(n as usize, "task")),
        ));
    }
}

fn of_nodes(setup: &Setup, followed: &Recorder, marks: &[Mark], names: &Names) -> Option<Line> {
    let nodes: Vec<NodeId> = marks.iter().filter_map(node).collect();
    let who = machines(setup, &nodes);
    let told_elsewhere = |cause: Cause| {
        followed.incidents().iter().any(|i| i.cause == cause && nodes.iter().all(|n| i.nodes.contains(n)))
    };
    let text = match marks[0].what {
        Asked::RemoveService(id) if marks.len() == 1 => format!("{} removed", visible(names.service(id))),
        Asked::RemoveService(_) => format!("{} removed", plural(marks.len(), "service")),
        Asked::Join(_) => format!("{who} joined: nothing moves there by itself"),
        Asked::RemoveNode(_) if told_elsewhere(Cause::Removal) => return None,
        Asked::RemoveNode(_) => format!("{who} removed from the swarm"),
        Asked::Availability(_, Availability::Active) => format!("{who} active again: nothing rebalances"),
        Asked::Availability(_, Availability::Pause) => {
            format!("{who} paused: keeps its tasks, takes no new ones")
        }
        _ => return None, // draining is an incident
    };
    Some(Line::new(marks[0].at, Tone::Asked, text))
}

fn node(mark: &Mark) -> Option<NodeId> {
    match mark.what {
        Asked::Join(node) | Asked::RemoveNode(node) | Asked::Availability(node, _) => Some(node),
        _ => None,
    }
}

/// Tasks that ended against the managers' will, those of one service that ended alike in one line.
fn failures(followed: &Recorder, names: &Names) -> Vec<Line> {
    let mut known: BTreeMap<_, _> = BTreeMap::new();
    for ((service, state, error), seen) in &followed.chronicle().failures {
        let verb = if *state == TaskState::Failed { "failed" } else { "rejected" };
        let why = match *error {
            Text::NONE => String::new(),
            error => format!(": {}", visible(names.text(error))),
        };
        let until = match seen.count {
            1 => String::new(),
            _ => format!(", the last at {} ({} later)", clock(seen.last), span(seen.last.since(seen.first))),
        };
        let tasks = plural(seen.count as usize, "task");
        let text = format!("{}: {tasks} {verb}{why}{until}", visible(names.service(*service)));
        known.insert((seen.first, *service, *state, *error), text);
    }
    known.into_iter().map(|((at, ..), text)| Line::new(at, Tone::Bad, text)).collect()
}
