//! `[[at]]` -> the timeline.

use std::ops::Range;

use swarmbed_scheduler::node::Availability;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span};
use swarmbed_sim::setup::{Action, Service, Step};

use super::harms::{HarmWords, Harms};
use super::links::LinkNames;
use super::machines::Fleet;
use super::order::Planned;
use super::target;
use super::updates::Updates;
use crate::file::{self, Deed};
use crate::mistakes::Mistakes;
use crate::value::{Kind, Misread, Name, Shape, Word, Words, one_of};

/// What the steps are about.
pub(super) struct Stage<'a> {
    /// The machines.
    pub(super) fleet: &'a Fleet,
    /// The services by ascending name.
    pub(super) services: &'a [Service],
    /// The links that have a name.
    pub(super) links: &'a LinkNames,
}

/// The steps by ascending time; steps of one time stay in the order of the file.
pub(super) fn timeline<'f>(
    written: &'f [file::Step],
    stage: &Stage<'_>,
    updates: &mut Updates<'f>,
    harms: &mut Harms,
    mistakes: &mut Mistakes,
) -> Vec<Planned> {
    let mut planned = Vec::new();
    // What is mended has to be known by then.
    let is_mend = |step: &&file::Step| matches!(Word::<Deed>::read(&step.deed.raw), Ok(Deed::Mend));
    let (mends, others): (Vec<&file::Step>, Vec<&file::Step>) = written.iter().partition(is_mend);
    for step in others.into_iter().chain(mends) {
        if let (Some(time), Some(deed)) = (mistakes.read(&step.time), mistakes.read(&step.deed)) {
            check_keys(step, deed, mistakes);
            let at = SimTime(time.nanos());
            let actions = actions(step, deed, stage, updates, harms, mistakes).unwrap_or_default();
            planned.extend(actions.into_iter().map(|action| Planned {
                step: Step { at, action },
                span: subject(step),
                described: matches!(&step.target, Some(target) if matches!(target.shape, Shape::Table(_))),
            }));
        }
    }
    planned.sort_by_key(|planned| planned.step.at);
    planned
}

/// Where it is said what a step is about.
fn subject(step: &file::Step) -> Range<usize> {
    let target = step.target.as_ref().map(|target| target.span.clone());
    let service = step.service.as_ref().map(|service| service.span());
    service.or(target).unwrap_or(step.deed.span.clone())
}

/// The keys that mean something to a deed, beside `time` and `do`.
fn keys(deed: Deed) -> &'static [&'static str] {
    match deed {
        Deed::Scale => &["service", "replicas"],
        Deed::Create | Deed::Rollback => &["service"],
        Deed::Update => &["service", "set"],
        Deed::Remove => &["target", "force", "service"],
        Deed::Crash | Deed::Silence | Deed::Freeze => &["target", "for"],
        Deed::Exit => &["service", "target", "code"],
        Deed::Cut => &["target", "to", "link", "planes", "one_way", "for"],
        Deed::Degrade => &[
            "target",
            "to",
            "link",
            "planes",
            "one_way",
            "latency",
            "jitter",
            "loss",
            "bandwidth",
            "disk",
            "for",
        ],
        Deed::Mend => &["target", "to", "link"],
        Deed::Drain
        | Deed::Pause
        | Deed::Activate
        | Deed::Restart
        | Deed::Unsilence
        | Deed::Thaw
        | Deed::Join
        | Deed::Leave
        | Deed::Promote
        | Deed::Demote
        | Deed::ForceNewCluster => &["target"],
    }
}

fn check_keys(step: &file::Step, deed: Deed, mistakes: &mut Mistakes) {
    let given = [
        ("target", step.target.as_ref().map(|target| target.span.clone())),
        ("service", step.service.as_ref().map(|service| service.span())),
        ("set", step.set.as_ref().map(|_| step.deed.span.clone())),
        ("replicas", step.replicas.as_ref().map(|replicas| replicas.span.clone())),
        ("for", step.lasts.as_ref().map(|lasts| lasts.span.clone())),
        ("force", step.force.as_ref().map(|force| force.span.clone())),
        ("code", step.code.as_ref().map(|code| code.span.clone())),
    ];
    for (key, span) in given.into_iter().chain(HarmWords::from(step).given()) {
        if let Some(span) = span.filter(|_| !keys(deed).contains(&key)) {
            let misread = Misread::new(format!("'{key}' means nothing to do = \"{}\"", word(deed)));
            mistakes.add(&span, misread.help(format!("it takes {}", one_of(keys(deed).iter().copied()))));
        }
    }
}

fn word(deed: Deed) -> &'static str {
    Deed::WORDS.iter().find(|(_, other)| *other == deed).map_or("", |(word, _)| word)
}

/// What a step does; several actions if it is about several services. `None` after a mistake.
fn actions<'f>(
    step: &'f file::Step,
    deed: Deed,
    stage: &Stage<'_>,
    updates: &mut Updates<'f>,
    harms: &mut Harms,
    mistakes: &mut Mistakes,
) -> Option<Vec<Action>> {
    let availability = |availability| move |nodes| Action::SetAvailability { nodes, availability };
    let lasts = lasts(step, mistakes);
    let one = |action| Some(vec![action]);
    match deed {
        Deed::Scale => scale(step, stage, mistakes),
        Deed::Create => create(step, stage, mistakes),
        Deed::Update => update(step, stage, updates, mistakes),
        Deed::Rollback => {
            let services = services(step, stage, mistakes)?;
            Some(services.into_iter().map(|(_, service)| Action::Rollback { service }).collect())
        }
        Deed::Remove if step.service.is_some() => {
            if let Some(target) = &step.target {
                mistakes.say(&target.span, "a step removes nodes or services, not both");
            }
            let services = services(step, stage, mistakes)?;
            Some(services.into_iter().map(|(_, service)| Action::RemoveService { service }).collect())
        }
        Deed::Remove => {
            let force = mistakes.read_or(step.force.as_ref(), false);
            one(Action::RemoveNode { nodes: nodes(step, deed, stage, mistakes)?, force })
        }
        Deed::Drain => {
            nodes(step, deed, stage, mistakes).map(availability(Availability::Drain)).and_then(one)
        }
        Deed::Pause => {
            nodes(step, deed, stage, mistakes).map(availability(Availability::Pause)).and_then(one)
        }
        Deed::Activate => {
            nodes(step, deed, stage, mistakes).map(availability(Availability::Active)).and_then(one)
        }
        Deed::Crash => one(Action::Crash { nodes: nodes(step, deed, stage, mistakes)?, lasts }),
        Deed::Silence => one(Action::Silence { nodes: nodes(step, deed, stage, mistakes)?, lasts }),
        Deed::Freeze => one(Action::Freeze { nodes: nodes(step, deed, stage, mistakes)?, lasts }),
        Deed::Restart => one(Action::Restart { nodes: nodes(step, deed, stage, mistakes)? }),
        Deed::Unsilence => one(Action::Unsilence { nodes: nodes(step, deed, stage, mistakes)? }),
        Deed::Thaw => one(Action::Thaw { nodes: nodes(step, deed, stage, mistakes)? }),
        Deed::Join => one(Action::Join { nodes: nodes(step, deed, stage, mistakes)? }),
        Deed::Leave => one(Action::Leave { nodes: nodes(step, deed, stage, mistakes)? }),
        Deed::Exit => exit(step, stage, mistakes),
        // Each is a command of its own.
        Deed::Promote => {
            let nodes = nodes(step, deed, stage, mistakes)?;
            Some(nodes.into_iter().map(|node| Action::Promote { node }).collect())
        }
        Deed::Demote => {
            let nodes = nodes(step, deed, stage, mistakes)?;
            Some(nodes.into_iter().map(|node| Action::Demote { node }).collect())
        }
        Deed::ForceNewCluster => match nodes(step, deed, stage, mistakes)?[..] {
            [node] => one(Action::ForceNewCluster { node }),
            _ => {
                let place = step.target.as_ref().map_or(&step.deed.span, |target| &target.span);
                mistakes.say(place, "one manager is made the only one, found several");
                None
            }
        },
        Deed::Cut | Deed::Degrade => {
            let cut = deed == Deed::Cut;
            let harm = HarmWords::from(step).harm(cut, harms, stage.fleet, stage.links, mistakes)?;
            one(Action::Harm { harm, lasts })
        }
        Deed::Mend => {
            let mended = HarmWords::from(step).mended(harms, stage.fleet, stage.links, mistakes)?;
            Some(mended.into_iter().map(|harm| Action::Mend { harm }).collect())
        }
    }
}

fn lasts(step: &file::Step, mistakes: &mut Mistakes) -> Option<Span> {
    let written = step.lasts.as_ref()?;
    let span = mistakes.read(written)?;
    if span == Span::ZERO {
        mistakes.say(&written.span, "what lasts 0s does not happen");
    }
    Some(span)
}

fn nodes(step: &file::Step, deed: Deed, stage: &Stage<'_>, mistakes: &mut Mistakes) -> Option<Vec<NodeId>> {
    match &step.target {
        Some(target) => target::nodes(target, stage.fleet, mistakes),
        None => {
            let misread = Misread::new(format!("do = \"{}\" needs a target", word(deed)));
            mistakes.add(
                &step.deed.span,
                misread.help("such as target = \"worker-1\" or target = { rack = \"a/2\" }"),
            );
            None
        }
    }
}

/// The services of a step, each with the place of its name. `None` after a mistake.
fn services(
    step: &file::Step,
    stage: &Stage<'_>,
    mistakes: &mut Mistakes,
) -> Option<Vec<(Range<usize>, ServiceId)>> {
    let Some(written) = &step.service else {
        let misread = Misread::new("this step needs a service");
        mistakes.add(&step.deed.span, misread.help("such as service = \"web\""));
        return None;
    };
    let mut found = Vec::new();
    for (span, raw) in written.each() {
        let name = Name::read(raw).map_err(|misread| mistakes.add(&span, misread)).ok()?;
        match stage.services.binary_search_by(|service| service.name.as_str().cmp(&name)) {
            Ok(index) => found.push((span, ServiceId(index as u32))),
            Err(_) => {
                let names = stage.services.iter().map(|service| service.name.as_str());
                mistakes.unknown(&span, "service", &name, names);
                return None;
            }
        }
    }
    if found.is_empty() {
        mistakes.say(&written.span(), "the list of services is empty");
    }
    Some(found)
}

fn scale(step: &file::Step, stage: &Stage<'_>, mistakes: &mut Mistakes) -> Option<Vec<Action>> {
    let services = services(step, stage, mistakes)?;
    for (span, service) in &services {
        if stage.services[service.index()].mode.is_global() {
            mistakes.say(
                span,
                format!(
                    "'{}' is a global service, it cannot be scaled",
                    stage.services[service.index()].name
                ),
            );
        }
    }
    let Some(replicas) = &step.replicas else {
        let misread = Misread::new("do = \"scale\" needs a number of replicas");
        mistakes.add(&step.deed.span, misread.help("such as replicas = 3"));
        return None;
    };
    let replicas = mistakes.read(replicas)? as u32;
    Some(services.into_iter().map(|(_, service)| Action::Scale { service, replicas }).collect())
}

fn create(step: &file::Step, stage: &Stage<'_>, mistakes: &mut Mistakes) -> Option<Vec<Action>> {
    let services = services(step, stage, mistakes)?;
    Some(services.into_iter().map(|(_, service)| Action::Create { service }).collect())
}

fn update<'f>(
    step: &'f file::Step,
    stage: &Stage<'_>,
    updates: &mut Updates<'f>,
    mistakes: &mut Mistakes,
) -> Option<Vec<Action>> {
    let services = services(step, stage, mistakes)?;
    for (span, service) in &services {
        let service = &stage.services[service.index()];
        if service.mode.is_job() {
            mistakes.say(span, format!("'{}' is a job, and jobs are not updated here", service.name));
        }
    }
    let action = |(_, service)| {
        let revision = updates.note(step.set.as_ref());
        Action::Update { service, revision, replicas: None }
    };
    Some(services.into_iter().map(action).collect())
}

fn exit(step: &file::Step, stage: &Stage<'_>, mistakes: &mut Mistakes) -> Option<Vec<Action>> {
    let services = services(step, stage, mistakes)?;
    let code = mistakes.read_or(step.code.as_ref(), 1) as u8;
    let nodes = match &step.target {
        Some(target) => target::nodes(target, stage.fleet, mistakes)?,
        None => (0..stage.fleet.machines.len() as u32).map(NodeId).collect(),
    };
    let action = |(_, service)| Action::ExitContainers { service, nodes: nodes.clone(), code };
    Some(services.into_iter().map(action).collect())
}
