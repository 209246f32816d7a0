//! The file as written -> the run as meant: one module for each part of the file.

mod behaviour;
mod demand;
mod expectations;
mod faults;
mod gossip;
mod harms;
mod images;
mod links;
mod machines;
pub(crate) mod networks;
mod order;
mod place;
mod port;
mod proxies;
mod room;
mod services;
mod serving;
pub(crate) mod stacks;
mod stateful;
mod target;
mod timeline;
mod traffic;
mod updates;
mod workloads;

use std::ops::Range;
use std::sync::Arc;

use swarmbed_scheduler::node::Role;
use swarmbed_scheduler::strategy::{Strategy, build};
use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::profile::Profile;
use swarmbed_sim::setup::{Beats, Curve, End, Service, Setup, Step};

use crate::file::{self, File};
use crate::mistakes::Mistakes;
use crate::scenario::{Options, Scenario, Source};
use crate::stack::{self, Environment};
use crate::trouble::Trouble;
use crate::value::{Kind, Misread, Name, Raw, Text, Written};
use behaviour::Patterns;
use harms::Harms;
use images::Images;
use machines::Fleet;
use networks::Networks;
pub(crate) use place::unplaceable;
use services::Draft;
use timeline::Stage;
use updates::Updates;

/// How long after the last event of the timeline a run that lasts until it is settled may go on.
const SETTLES_WITHIN: Span = Span::secs(600);
/// What runs without a strategy in their file use.
pub(crate) const STRATEGY: &str = "swarm-spread";

/// The scenario that a file describes, or every mistake in it.
pub(crate) fn scenario(
    name: &str,
    text: &str,
    file: &File,
    options: &Options<'_>,
) -> Result<Scenario, Vec<Trouble>> {
    let mut mistakes = Mistakes::new(name, text);
    let mut reader = Reader::new(options, source(name, text));
    let mut images = Images::new(&file.images, &mut mistakes);
    let mut networks = Networks::new(&file.network, &mut mistakes);
    let fleet = machines::fleet(&file.cluster.nodes, &mut images, &mut mistakes);
    check_managers(file, &fleet, &mut mistakes);
    if fleet.machines.is_empty() {
        return Err(mistakes.all());
    }
    let mut patterns = Patterns::new(&file.behaviour, &mut reader, &mut mistakes);
    let workloads =
        workloads::workloads(&file.workload, &fleet, &mut images, &mut patterns, &mut reader, &mut mistakes);
    let drafts = reader.services(file, &mut images, &mut networks, patterns, &mut mistakes);
    reader.notices.extend(place::check(&drafts, &file.service, &fleet, &mut mistakes));
    let rules: Vec<_> = drafts.iter().map(|draft| draft.rules.clone()).collect();
    let (mut services, servings): (Vec<Service>, Vec<_>) =
        drafts.into_iter().map(|draft| (draft.service, draft.serving)).unzip();
    // Calls and traffic know networks by their place.
    let later = file.at.iter().filter_map(|step| step.set.as_ref()?.networks.as_ref());
    networks.expect(later.flatten());
    let known_networks = networks.finish(services.iter_mut());
    let (ways, told) = proxies::routes(&mut services, &rules, &mut mistakes);
    reader.notices.extend(told);
    reader.notices.extend(serving::serve(&mut services, servings, ways, &mut mistakes));
    workloads::check_names(&file.workload, &services, &mut mistakes);
    let profile = profile(file, &mut mistakes);
    let (links, named) = links::links(&file.link, &fleet, profile.latency, &mut mistakes);
    let mut harms = Harms::default();
    let stage = Stage { fleet: &fleet, services: &services, links: &named };
    let mut updates = Updates::default();
    let mut planned = timeline::timeline(&file.at, &stage, &mut updates, &mut harms, &mut mistakes);
    let known = (&mut images, &mut networks);
    let revisions = updates.finish(&mut planned, &services, known, &mut reader, &mut mistakes);
    let timeline = order::check(planned, &stage, &mut mistakes);
    let traffic = traffic::traffic(&file.traffic, &stage, &mut reader, &mut mistakes);
    reader.notices.extend(proxies::unrouted(&services, &revisions, &traffic));
    let faults = faults::faults(file, &stage, &mut harms, &mut reader, &mut mistakes);
    if mistakes.count() == 0 {
        reader.notices.extend(room::crowded(&services, &fleet.machines, &timeline));
        reader.notices.extend(stateful::unpinned(&services, &fleet.machines));
    }
    let names: Vec<&str> = services.iter().map(|service| service.name.as_str()).collect();
    let expectations = expectations::expectations(&file.expect, options.metrics, &names, &mut mistakes);
    let in_use = services.iter().chain(&revisions).map(|service| service.image_name.as_str());
    let images = images.finish(in_use, &mut mistakes);
    let end = end(file, &timeline, &mut mistakes);
    traffic::check_amount(&file.traffic, &traffic, end.latest(), &mut mistakes);
    let title = file.title.as_ref().and_then(|title| mistakes.read(title)).unwrap_or_else(|| stem(name));
    let setup = Setup {
        scenario: name.to_owned(),
        seed: options.seed.unwrap_or_else(|| mistakes.read_or(file.run.seed.as_ref(), 1)),
        end,
        profile,
        strategy: strategy(file.run.strategy.as_ref(), options, &mut mistakes),
        machines: fleet.machines,
        links,
        images,
        networks: known_networks,
        services,
        revisions,
        workloads,
        metered: reader.metered,
        curves: reader.curves,
        timeline,
        harms: harms.all,
        faults,
        traffic,
        beats: Beats::default(),
    };
    reader.priorities |= file.service.iter().any(|service| service.priority.is_some());
    if reader.priorities && !setup.strategy.heeds_priorities() {
        let strategy = setup.strategy.name();
        reader.notices.push(format!("priorities change nothing here: the strategy '{strategy}' knows none"));
    }
    let Reader { notices, sources, lists, .. } = reader;
    mistakes.or(Scenario { title, setup, expectations, notices, sources, lists })
}

fn source(name: &str, text: &str) -> Source {
    Source { name: name.to_owned(), text: text.into() }
}

/// What is read beside the file itself, and what comes of it for the run as a whole.
struct Reader<'a> {
    options: &'a Options<'a>,
    notices: Vec<String>,
    sources: Vec<Source>,
    /// Whether the file says of anything what it really uses.
    metered: bool,
    curves: Vec<Curve>,
    lists: Vec<u64>,
    /// Whether anything has a priority.
    priorities: bool,
}

impl<'a> Reader<'a> {
    fn new(options: &'a Options<'a>, file: Source) -> Reader<'a> {
        Reader {
            options,
            notices: Vec::new(),
            sources: vec![file],
            metered: false,
            curves: Vec::new(),
            lists: Vec::new(),
            priorities: false,
        }
    }
}

impl Reader<'_> {
    /// Every service by ascending name: those of the file, and those of its stack files.
    fn services(
        &mut self,
        file: &File,
        images: &mut Images,
        networks: &mut Networks,
        mut patterns: Patterns,
        mistakes: &mut Mistakes,
    ) -> Vec<Draft> {
        let mut drafts = services::own(&file.service, images, networks, &mut patterns, self, mistakes);
        for stack in &file.stack {
            let found = self.stack(stack, networks, mistakes).unwrap_or_default();
            drafts.extend(found.into_iter().map(|mut service| {
                service.image = images.used(&service.image_name);
                let habits = patterns.habits(&service.name, behaviour::Habits::default());
                let serving = habits.serving();
                service.proxy = habits.proxy();
                service.container = habits.container();
                let (rules, span) = (Vec::new(), stack.file.span.clone());
                Draft { service, serving, rules, span, own: None }
            }));
        }
        let drafts = services::sorted(drafts, mistakes);
        patterns.finish(drafts.iter().map(|draft| draft.service.name.as_str()), mistakes);
        drafts
    }

    /// The services of one stack file. `None` after a mistake.
    fn stack(
        &mut self,
        written: &file::Stack,
        networks: &mut Networks,
        mistakes: &mut Mistakes,
    ) -> Option<Vec<Service>> {
        let path = mistakes.read(&written.file)?;
        let name = match &written.name {
            Some(name) => mistakes.read(name)?,
            None => stack_name(&written.file.span, &path, mistakes)?,
        };
        let mut environment = Environment::new();
        for entry in &written.env.entries {
            environment.set(entry.key.clone(), mistakes.read(&entry.value)?);
        }
        let source = self.beside("stack file", &written.file.span, &path, mistakes)?;
        let services = stack::read(&source.name, &source.text, &environment).and_then(|reading| {
            self.notices.extend(stacks::notices(&source.name, &reading));
            stacks::services(&reading.stack, &name, networks)
                .map_err(|trouble| trouble.in_source(&source.name, source.text.clone()))
        });
        services.map_err(|trouble| mistakes.foreign(trouble)).ok()
    }

    /// The text of a file that the scenario refers to. `None` after a mistake.
    fn beside(
        &mut self,
        what: &str,
        span: &Range<usize>,
        path: &str,
        mistakes: &mut Mistakes,
    ) -> Option<Source> {
        let source = self.options.loader.load(path);
        let source = source.map_err(|why| missing(what, span, path, &why, mistakes)).ok()?;
        self.sources.push(source.clone());
        Some(source)
    }
}

/// A file that the scenario refers to is not there.
fn missing(what: &str, span: &Range<usize>, path: &str, why: &str, mistakes: &mut Mistakes) {
    let misread = Misread::new(format!("the {what} '{}' {why}", crate::value::shortened(path)));
    mistakes.add(span, misread.help("it is looked for relative to this file"));
}

/// A stack without a name is called after its file, if that would do for a name.
fn stack_name(span: &Range<usize>, path: &str, mistakes: &mut Mistakes) -> Option<String> {
    let name = Name::read(&Raw::Text(stem(path)));
    name.map_err(|misread| mistakes.add(span, misread.help("give the stack a name, such as name = \"shop\"")))
        .ok()
}

/// The file's name without its folders and its ending.
pub(crate) fn stem(path: &str) -> String {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    file.split_once('.').map_or(file, |(stem, _)| stem).to_owned()
}

fn check_managers(file: &File, fleet: &Fleet, mistakes: &mut Mistakes) {
    let is_one =
        |machine: &&swarmbed_sim::setup::Machine| machine.node.role == Role::Manager && machine.from_start;
    if fleet.machines.iter().any(|machine| is_one(&machine)) || mistakes.count() > 0 {
        return;
    }
    let misread = match file.cluster.nodes.first() {
        None => Misread::new("the cluster has no machines").help("write at least one [[cluster.nodes]]"),
        Some(_) => Misread::new("the cluster has no manager from the start")
            .help("write role = \"manager\" in one of its classes"),
    };
    let place = file.cluster.nodes.first().map_or(0..0, |class| class.name.span.clone());
    mistakes.add(&place, misread);
}

/// The file's profile with the constants that it sets itself.
fn profile(file: &File, mistakes: &mut Mistakes) -> Profile {
    let cluster = &file.cluster;
    let named = cluster.profile.as_ref().and_then(|profile| mistakes.read(profile)).map(|name| name.0);
    let mut profile = named.and_then(Profile::named).unwrap_or_else(Profile::swarm_current);
    cluster.adjust(&mut profile, mistakes);
    check_heartbeat(cluster, &profile, mistakes);
    gossip::adjust(&file.gossip, &mut profile.gossip, mistakes);
    profile
}

fn check_heartbeat(cluster: &file::Cluster, profile: &Profile, mistakes: &mut Mistakes) {
    let heartbeat = cluster.heartbeat.as_ref();
    let either = cluster.heartbeat_epsilon.as_ref().or(heartbeat);
    if let (Some(written), true) = (heartbeat, profile.heartbeat < Span::millis(1)) {
        mistakes.say(&written.span, "a heartbeat more often than every 1ms is absurd");
    } else if let (Some(written), true) = (either, profile.heartbeat_epsilon >= profile.heartbeat) {
        let epsilon = crate::value::written_span(profile.heartbeat_epsilon);
        mistakes.say(
            &written.span,
            format!("heartbeat has to be more than heartbeat_epsilon, which is {epsilon}"),
        );
    }
}

/// The strategy of the command line, or of the file, or the default.
fn strategy(
    written: Option<&Written<Text>>,
    options: &Options<'_>,
    mistakes: &mut Mistakes,
) -> Arc<dyn Strategy> {
    let of_file = written.and_then(|written| mistakes.read(written));
    let text = options.strategy.or(of_file.as_deref()).unwrap_or(STRATEGY);
    match (options.strategies.build(text), written) {
        (Ok(strategy), _) => return Arc::from(strategy),
        (Err(error), Some(written)) if options.strategy.is_none() => {
            mistakes.say(&written.span, error.to_string())
        }
        (Err(error), _) => mistakes.foreign(Trouble::new(error.to_string())),
    }
    Arc::from(build(STRATEGY).expect("the default strategy is one of the catalogue"))
}

/// When the run ends; no step of the timeline comes later.
fn end(file: &File, timeline: &[Step], mistakes: &mut Mistakes) -> End {
    let last = timeline.last().map_or(SimTime::ZERO, |step| step.at);
    let duration = file.run.duration.as_ref().and_then(|duration| mistakes.read(duration)).flatten();
    let end = match (duration, &file.run.at_most) {
        (Some(span), None) => End::At(SimTime(span.nanos())),
        (Some(span), Some(at_most)) => {
            mistakes.say(&at_most.span, "a run of a given duration has no other end");
            End::At(SimTime(span.nanos()))
        }
        (None, Some(at_most)) => {
            let at_most = mistakes.read(at_most).unwrap_or(Span::LONGEST);
            End::Settled { at_most: SimTime(at_most.nanos()) }
        }
        (None, None) => End::Settled { at_most: last + SETTLES_WITHIN },
    };
    check_times(file, end.latest(), mistakes);
    end
}

fn check_times(file: &File, end: SimTime, mistakes: &mut Mistakes) {
    let steps = file.at.iter().map(|step| (&step.time, "this step comes"));
    let expectations =
        file.expect.iter().filter_map(|expect| Some((expect.at.as_ref()?, "this is expected")));
    for (time, what) in steps.chain(expectations) {
        if time.read().is_ok_and(|span| SimTime(span.nanos()) > end) {
            let misread = Misread::new(format!("{what} after the end of the run at {end}"));
            mistakes.add(&time.span, misread.help("[run] has the end: duration, or at_most"));
        }
    }
}
