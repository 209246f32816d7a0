//! `[[service]]` -> services.

use std::ops::Range;

use swarmbed_scheduler::Span;
use swarmbed_scheduler::constraint::Constraint;
use swarmbed_scheduler::spec::{GenericNeed, Port, Preference, Protocol, PublishMode, TaskSpec};
use swarmbed_scheduler::units::Resources;
use swarmbed_sim::setup::{EndpointMode, Mode, RestartCondition, RestartPolicy, Service};

use super::Reader;
use super::behaviour::{Habits, Patterns};
use super::images::Images;
use super::networks::Networks;
use super::port;
use super::proxies::{self, Rule};
use super::serving::Serving;
use super::updates::{health, update_config};
use crate::file::{self, Created};
use crate::mistakes::Mistakes;
use crate::value::{Misread, Name, Shape, Written};

/// How long a container may take to stop (`api/defaults/service.go:17`).
pub(super) const STOP_GRACE: Span = Span::secs(10);
/// The driver of a swarm's networks unless a file names another.
pub(super) const NETWORK_DRIVER: &str = "overlay";
/// The most tasks that all services may want at once.
const MOST_TASKS: u64 = 10_000_000;

/// A service on its way into the setup.
pub(super) struct Draft {
    pub(super) service: Service,
    /// How its containers answer requests.
    pub(super) serving: Option<Serving>,
    /// Which requests proxies pass on to it.
    pub(super) rules: Vec<Rule>,
    /// Where it is named, for mistakes.
    pub(super) span: Range<usize>,
    /// Its index among the file's own services; `None` if it comes from a stack file.
    pub(super) own: Option<usize>,
}

/// The services that the file describes itself.
pub(super) fn own(
    written: &[file::Service],
    images: &mut Images,
    networks: &mut Networks,
    patterns: &mut Patterns,
    reader: &mut Reader<'_>,
    mistakes: &mut Mistakes,
) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for (index, service) in written.iter().enumerate() {
        let Some(name) = mistakes.read(&service.name) else { continue };
        let habits = Habits::read(&service.conduct(), reader, mistakes);
        let pattern = lowered(service, name.clone(), images, networks, mistakes);
        check_ports(&pattern, &service.name.span, mistakes);
        let rules = proxies::rules(&service.routes, &service.name.span, mistakes);
        let names = match &service.count {
            None => vec![name],
            Some(count) => (1..=mistakes.read(count).unwrap_or(1)).map(|n| format!("{name}-{n}")).collect(),
        };
        for name in names {
            let habits = patterns.habits(&name, habits.clone());
            let (serving, proxy, container) = (habits.serving(), habits.proxy(), habits.container());
            let here = Service { name, container, proxy, ..pattern.clone() };
            let (rules, span) = (rules.clone(), service.name.span.clone());
            drafts.push(Draft { service: here, serving, rules, span, own: Some(index) });
        }
    }
    drafts
}

/// Sorts services by name, each name once.
pub(super) fn sorted(mut drafts: Vec<Draft>, mistakes: &mut Mistakes) -> Vec<Draft> {
    drafts.sort_by(|a, b| a.service.name.cmp(&b.service.name));
    for pair in drafts.windows(2) {
        if pair[0].service.name == pair[1].service.name {
            mistakes.say(&pair[1].span, format!("two services are called '{}'", pair[1].service.name));
        }
    }
    drafts.dedup_by(|a, b| a.service.name == b.service.name);
    let wanted = |draft: &Draft| u64::from(draft.service.mode.replicas());
    if let (total, Some(first)) = (drafts.iter().map(wanted).sum::<u64>(), drafts.first())
        && total > MOST_TASKS
    {
        mistakes.say(
            &first.span,
            format!("the services want {total} tasks, the most there can be is {MOST_TASKS}"),
        );
    }
    drafts
}

/// A service without its containers' behaviour, which depends on its name.
fn lowered(
    written: &file::Service,
    name: String,
    images: &mut Images,
    networks: &mut Networks,
    mistakes: &mut Mistakes,
) -> Service {
    let image_name =
        written.image.as_ref().and_then(|image| mistakes.read(image)).unwrap_or_else(|| name.clone());
    Service {
        image: images.used(&image_name),
        image_name,
        mode: mode(written, mistakes),
        task: task(written, mistakes),
        restart: written
            .restart_policy
            .as_ref()
            .map_or_else(RestartPolicy::default, |policy| restart_policy(policy, mistakes)),
        stop_grace: mistakes.read_or(written.stop_grace_period.as_ref(), STOP_GRACE),
        container: Habits::default().container(),
        from_start: mistakes.read_or(written.created.as_ref(), Created::Start) == Created::Start,
        update: written.update_config.as_ref().map_or_else(Default::default, |c| update_config(c, mistakes)),
        rollback: written
            .rollback_config
            .as_ref()
            .map_or_else(Default::default, |c| update_config(c, mistakes)),
        health: written.health.as_ref().map(|checks| health(checks, mistakes)),
        endpoint_mode: mistakes.read_or(written.endpoint_mode.as_ref(), EndpointMode::Vip),
        networks: networks.attached(&written.networks, mistakes),
        volumes: volumes(&written.volumes, mistakes),
        ..Service::new(name, Mode::Global)
    }
}

fn mode(written: &file::Service, mistakes: &mut Mistakes) -> Mode {
    let replicas = mistakes.read_or(written.replicas.as_ref(), 1) as u32;
    let mode = mistakes.read_or(written.mode.as_ref(), file::Mode::Replicated);
    if let (Some(completions), false) = (&written.completions, mode == file::Mode::ReplicatedJob) {
        let misread = Misread::new("only a replicated job has a number of completions");
        mistakes.add(&completions.span, misread.help("make it one: mode = \"replicated-job\""));
    }
    if let (Some(replicas), file::Mode::Global | file::Mode::GlobalJob) = (&written.replicas, mode) {
        let misread = Misread::new("a global service has no number of replicas");
        mistakes
            .add(&replicas.span, misread.help("it has one task on every node that meets its constraints"));
    }
    match mode {
        file::Mode::Replicated => Mode::Replicated { replicas },
        file::Mode::Global => Mode::Global,
        file::Mode::GlobalJob => Mode::GlobalJob,
        file::Mode::ReplicatedJob => Mode::ReplicatedJob {
            completions: mistakes.read_or(written.completions.as_ref(), u64::from(replicas)) as u32,
            concurrent: replicas,
        },
    }
}

fn task(written: &file::Service, mistakes: &mut Mistakes) -> TaskSpec {
    let reservations = written
        .reserve
        .as_ref()
        .map_or(Resources::ZERO, |reserve| amounts(reserve.cpu.as_ref(), reserve.memory.as_ref(), mistakes));
    let limits = written
        .limit
        .as_ref()
        .map_or(Resources::ZERO, |limit| amounts(limit.cpu.as_ref(), limit.memory.as_ref(), mistakes));
    check_limits(written.limit.as_ref(), reservations, limits, mistakes);
    TaskSpec {
        reservations,
        limits,
        generic: written.reserve.as_ref().map_or_else(Vec::new, |reserve| generic(reserve, mistakes)),
        constraints: written.constraints.iter().filter_map(|text| constraint(text, mistakes)).collect(),
        preferences: written.preferences.iter().filter_map(|level| preference(level, mistakes)).collect(),
        max_replicas_per_node: mistakes.read_or(written.max_replicas_per_node.as_ref(), 0) as u32,
        ports: written.ports.iter().filter_map(|written| published(written, mistakes)).collect(),
        platforms: written.platforms.iter().filter_map(|platform| mistakes.read(platform)).collect(),
        network_drivers: drivers(&written.networks),
        volume_drivers: Vec::new(),
        log_driver: None,
        priority: mistakes.read_or(written.priority.as_ref(), 0) as u32,
    }
}

/// Changes what a service's tasks need of a node.
pub(super) fn change_task(changes: &file::Changes, task: &mut TaskSpec, mistakes: &mut Mistakes) {
    if let Some(reserve) = &changes.reserve {
        task.reservations = amounts(reserve.cpu.as_ref(), reserve.memory.as_ref(), mistakes);
        task.generic = generic(reserve, mistakes);
    }
    if let Some(limit) = &changes.limit {
        task.limits = amounts(limit.cpu.as_ref(), limit.memory.as_ref(), mistakes);
    }
    check_limits(changes.limit.as_ref(), task.reservations, task.limits, mistakes);
    if let Some(constraints) = &changes.constraints {
        task.constraints = constraints.iter().filter_map(|text| constraint(text, mistakes)).collect();
    }
    if let Some(levels) = &changes.preferences {
        task.preferences = levels.iter().filter_map(|level| preference(level, mistakes)).collect();
    }
    if let Some(most) = changes.max_replicas_per_node.as_ref().and_then(|most| mistakes.read(most)) {
        task.max_replicas_per_node = most as u32;
    }
    if let Some(ports) = &changes.ports {
        task.ports = ports.iter().filter_map(|port| published(port, mistakes)).collect();
    }
    if let Some(platforms) = &changes.platforms {
        task.platforms = platforms.iter().filter_map(|platform| mistakes.read(platform)).collect();
    }
}

/// Ports that Docker's API refuses by themselves (`manager/controlapi/service.go:335-350`).
pub(super) fn check_ports(service: &Service, span: &Range<usize>, mistakes: &mut Mistakes) {
    if let Some(refused) = swarmbed_sim::manager::ports::refused_alone(service) {
        mistakes.say(span, format!("Docker refuses '{}': {refused}", service.name));
    }
}

/// Each volume once, ascending.
pub(super) fn volumes(written: &[Written<Name>], mistakes: &mut Mistakes) -> Vec<String> {
    let mut names: Vec<String> = written.iter().filter_map(|name| mistakes.read(name)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// All of a scenario's networks are overlay networks.
pub(super) fn drivers(networks: &[Written<Name>]) -> Vec<String> {
    if networks.is_empty() { Vec::new() } else { vec![NETWORK_DRIVER.to_owned()] }
}

type Cpu = crate::value::Written<crate::value::Cpus>;
type Memory = crate::value::Written<crate::value::Size>;

/// CPU and memory, held to the least that Docker's API takes (`manager/controlapi/service.go:40,44`).
fn amounts(cpu: Option<&Cpu>, memory: Option<&Memory>, mistakes: &mut Mistakes) -> Resources {
    let nano_cpus = cpu.map_or(0, |written| match mistakes.read(written) {
        Some(1..1_000_000) => {
            mistakes.say(&written.span, "Docker refuses less than 0.001 CPU");
            0
        }
        amount => amount.unwrap_or(0),
    });
    let bytes = memory.map_or(0, |written| match mistakes.read(written) {
        Some(1..0x40_0000) => {
            mistakes.say(&written.span, "Docker refuses less than 4MiB of memory");
            0
        }
        amount => amount.unwrap_or(0),
    });
    Resources::new(nano_cpus as i64, bytes as i64)
}

/// Docker refuses a limit below the reservation.
fn check_limits(
    written: Option<&file::Amounts>,
    reserved: Resources,
    limits: Resources,
    mistakes: &mut Mistakes,
) {
    let Some(limit) = written else { return };
    let mut check = |span: Option<&Range<usize>>, reserved: i64, limit: i64, what: &str| {
        if let Some(span) = span.filter(|_| limit != 0 && limit < reserved) {
            mistakes.say(span, format!("the limit of {what} is below what is reserved"));
        }
    };
    check(limit.cpu.as_ref().map(|cpu| &cpu.span), reserved.nano_cpus, limits.nano_cpus, "CPU");
    check(limit.memory.as_ref().map(|memory| &memory.span), reserved.memory, limits.memory, "memory");
}

fn generic(reserve: &file::Reserve, mistakes: &mut Mistakes) -> Vec<GenericNeed> {
    let need = |entry: &crate::value::Entry<_>| {
        mistakes.read(&entry.value).map(|count| GenericNeed { kind: entry.key.clone(), count })
    };
    reserve.generic.entries.iter().filter_map(need).collect()
}

pub(super) fn constraint(
    text: &crate::value::Written<crate::value::Text>,
    mistakes: &mut Mistakes,
) -> Option<Constraint> {
    let expression = mistakes.read(text)?;
    Constraint::parse(&expression).map_err(|error| mistakes.say(&text.span, error.to_string())).ok()
}

fn preference(level: &file::Preference, mistakes: &mut Mistakes) -> Option<Preference> {
    mistakes.read(&level.spread).map(|spread| Preference { spread })
}

fn published(
    written: &crate::value::Shaped<crate::value::Text, file::PortTable>,
    mistakes: &mut Mistakes,
) -> Option<Port> {
    match &written.shape {
        Shape::Plain(raw) => port::short(raw).map_err(|misread| mistakes.add(&written.span, misread)).ok(),
        Shape::List(_) => {
            mistakes.say(&written.span, "found a list, expected a port such as \"8080:80\"");
            None
        }
        Shape::Table(table) => Some(Port {
            target: mistakes.read(&table.target)? as u16,
            published: mistakes.read_or(table.published.as_ref(), 0) as u16,
            protocol: mistakes.read_or(table.protocol.as_ref(), Protocol::Tcp),
            mode: mistakes.read_or(table.mode.as_ref(), PublishMode::Ingress),
        }),
    }
}

pub(super) fn restart_policy(policy: &file::RestartPolicy, mistakes: &mut Mistakes) -> RestartPolicy {
    let default = RestartPolicy::default();
    RestartPolicy {
        condition: mistakes.read_or(policy.condition.as_ref(), RestartCondition::Any),
        delay: mistakes.read_or(policy.delay.as_ref(), default.delay),
        max_attempts: mistakes.read_or(policy.max_attempts.as_ref(), 0) as u32,
        window: mistakes.read_or(policy.window.as_ref(), default.window),
    }
}
