//! One incident in words: what it was, when it was noticed, when its tasks were replaced, when it was over.

use swarmbed_scheduler::SimTime;
use swarmbed_sim::setup::Setup;

use super::{Line, Tone};
use crate::measure::{Cause, Hit, Incident, Recorder};
use crate::words::{machines, number, places, plural, span};

/// The lines of one incident.
pub(super) fn tell(setup: &Setup, followed: &Recorder, incident: &Incident) -> Vec<Line> {
    let mut lines = vec![Line::new(incident.at, Tone::Bad, began(setup, incident))];
    lines.extend(noticed(setup, incident));
    lines.extend(repaired(setup, followed, incident));
    lines.extend(over(setup, incident));
    lines
}

fn began(setup: &Setup, incident: &Incident) -> String {
    let who = machines(setup, &incident.nodes);
    let tasks = match incident.hits.len() {
        0 => "no task".to_owned(),
        n => plural(n, "task"),
    };
    let fate = match incident.cause {
        Cause::Silence if !incident.hits.is_empty() => " running on",
        _ => "",
    };
    let what = match incident.cause {
        Cause::Crash => "lost power",
        Cause::Silence => "cut off from the managers",
        Cause::Freeze => "stands still",
        Cause::Drain => "drained",
        Cause::Leave => "left the swarm",
        Cause::Removal => "removed by force",
    };
    match incident.nodes.len() {
        1 => format!("{who} {what}: {tasks}{fate}"),
        n => format!("{who} {what}: {}, {tasks}{fate}", plural(n, "node")),
    }
}

/// When the managers noticed: for one machine one line, for several the first and the last.
fn noticed(setup: &Setup, incident: &Incident) -> Vec<Line> {
    let after = |at: SimTime| span(at.since(incident.at));
    let nodes = incident.nodes.len();
    match (&incident.downs[..], incident.downs.first(), incident.downs.last()) {
        ([(node, at)], ..) if nodes == 1 => {
            let text = format!("{} declared down, {} after", machines(setup, &[*node]), after(*at));
            vec![Line::new(*at, Tone::Note, text)]
        }
        (downs, Some((_, first)), Some((_, last))) if first != last => {
            let which =
                if downs.len() == nodes { "last".into() } else { format!("{} of {nodes}", downs.len()) };
            vec![
                Line::new(*first, Tone::Note, format!("first declared down, {} after", after(*first))),
                Line::new(*last, Tone::Note, format!("{which} declared down, {} after", after(*last))),
            ]
        }
        (downs, Some((_, at)), _) => {
            let text = format!("{} of {nodes} declared down, {} after", downs.len(), after(*at));
            vec![Line::new(*at, Tone::Note, text)]
        }
        _ => Vec::new(),
    }
}

/// When the tasks that could be replaced elsewhere were, and where they run now.
fn repaired(setup: &Setup, followed: &Recorder, incident: &Incident) -> Option<Line> {
    let movable: Vec<&Hit> = incident.hits.iter().filter(|h| !h.global).collect();
    let ups: Vec<SimTime> = movable.iter().filter_map(|h| h.up).collect();
    let last = *ups.iter().max()?;
    let nodes: Vec<_> = movable
        .iter()
        .filter(|h| h.up.is_some())
        .filter_map(|h| followed.book().task(h.replacement?).node)
        .collect();
    let how_many = match (ups.len() == movable.len(), movable.len()) {
        (true, 1) => "its task".to_owned(),
        (true, 2) => "both".to_owned(),
        (true, n) => format!("all {}", number(n as u64)),
        (false, n) => format!("{} of {}", number(ups.len() as u64), number(n as u64)),
    };
    let where_to = places(setup, &nodes);
    let text =
        format!("{how_many} replaced and running, {} after: {where_to}", span(last.since(incident.at)));
    Some(Line::new(last, if ups.len() == movable.len() { Tone::Good } else { Tone::Bad }, text))
}

/// When the machines were back; a drained one is told of where the operator activates it.
fn over(setup: &Setup, incident: &Incident) -> Option<Line> {
    let verb = match incident.cause {
        Cause::Crash => "back",
        Cause::Silence => "heard again",
        Cause::Freeze => "goes on",
        Cause::Drain | Cause::Leave | Cause::Removal => return None,
    };
    let last = incident.backs.iter().map(|(_, at)| *at).max()?;
    let nodes: Vec<_> = incident.backs.iter().map(|(node, _)| *node).collect();
    let moved = incident.hits.iter().any(|h| !h.global && h.up.is_some_and(|up| up <= last));
    let rest = match incident.cause {
        Cause::Silence if moved => ": what was replaced stops there, and nothing rebalances",
        _ if moved => ": nothing rebalances",
        _ => "",
    };
    let global: Vec<SimTime> = incident.hits.iter().filter(|h| h.global).filter_map(|h| h.up).collect();
    let global = match global.iter().max() {
        Some(at) => {
            format!("; {} there again {} later", plural(global.len(), "global task"), span(at.since(last)))
        }
        None => String::new(),
    };
    Some(Line::new(last, Tone::Note, format!("{} {verb}{rest}{global}", machines(setup, &nodes))))
}
