//! A stack file's services -> the simulator's, with Docker's defaults where the file is silent.

use std::collections::{BTreeMap, BTreeSet};

use swarmbed_scheduler::Span;
use swarmbed_scheduler::constraint::Constraint;
use swarmbed_scheduler::spec::{GenericNeed, Port, Preference, Protocol, PublishMode, TaskSpec};
use swarmbed_scheduler::units::Resources;
use swarmbed_sim::setup::{
    EndpointMode, FailureAction, Health, Mode, RestartCondition, RestartPolicy, Service, UpdateConfig,
    UpdateOrder,
};

use super::behaviour::Habits;
use super::networks::Networks;
use super::services::{NETWORK_DRIVER, STOP_GRACE};
use crate::stack::{self, Reading, Stack};
use crate::trouble::Trouble;

/// The services of a stack, called `<name>_<service>`, without what only a scenario file can say: which images have to
/// be pulled and how containers behave. A service that Swarm's API would refuse is not among them; [`notices`] says so.
pub(crate) fn services(stack: &Stack, name: &str, networks: &mut Networks) -> Result<Vec<Service>, Trouble> {
    let accepted = stack.services.iter().filter(|service| refusal(service).is_none());
    accepted.map(|service| lowered(stack, service, name, networks)).collect()
}

/// Why Swarm's API refuses to create the service: a constraint that cannot be read. It often comes of a variable that
/// was not set.
fn refusal(service: &stack::Service) -> Option<String> {
    let error = Constraint::parse_all(&service.deploy.placement.constraints).err()?;
    Some(format!("service {} is not created, since Swarm refuses it: {error}", service.name))
}

fn lowered(
    stack: &Stack,
    service: &stack::Service,
    stack_name: &str,
    networks: &mut Networks,
) -> Result<Service, Trouble> {
    let placed = |error: &dyn std::fmt::Display| Trouble::new(format!("services.{}: {error}", service.name));
    let too_many =
        |what: &str, count: u64| placed(&format!("{what} is {count}, the most there can be is {}", u32::MAX));
    let deploy = &service.deploy;
    let replicas = deploy.replicas.unwrap_or(1);
    let constraints = Constraint::parse_all(&deploy.placement.constraints).map_err(|error| placed(&error))?;
    let most = deploy.placement.max_replicas_per_node;
    Ok(Service {
        image_name: service.image.clone().unwrap_or_default(),
        image: None,
        mode: mode(
            deploy.mode.as_ref(),
            u32::try_from(replicas).map_err(|_| too_many("deploy.replicas", replicas))?,
        ),
        task: TaskSpec {
            constraints,
            max_replicas_per_node: u32::try_from(most)
                .map_err(|_| too_many("deploy.placement.max_replicas_per_node", most))?,
            ..task(stack, service)
        },
        restart: restart_policy(service),
        stop_grace: service.stop_grace_period.map_or(STOP_GRACE, Span),
        container: Habits::default().container(),
        update: update_config(deploy.update_config.as_ref()),
        rollback: update_config(deploy.rollback_config.as_ref()),
        health: service.healthcheck.as_ref().and_then(health),
        endpoint_mode: match deploy.endpoint_mode {
            Some(stack::EndpointMode::Dnsrr) => EndpointMode::Dnsrr,
            _ => EndpointMode::Vip,
        },
        networks: attached(stack, service, stack_name, networks),
        volumes: volumes(stack, service, stack_name),
        ..Service::new(format!("{stack_name}_{}", service.name), Mode::Global)
    })
}

fn task(stack: &Stack, service: &stack::Service) -> TaskSpec {
    let deploy = &service.deploy;
    let reserved = deploy.reservations.as_ref();
    let limits = deploy.limits.as_ref();
    let generic = reserved.map_or(&[][..], |reserved| &reserved.generic);
    let preferences = &deploy.placement.preferences;
    TaskSpec {
        reservations: reserved.map_or(Resources::ZERO, |r| amounts(r.nano_cpus, r.memory)),
        limits: limits.map_or(Resources::ZERO, |limits| amounts(limits.nano_cpus, limits.memory)),
        generic: generic
            .iter()
            .map(|need| GenericNeed { kind: need.kind.clone(), count: need.value })
            .collect(),
        preferences: preferences.iter().map(|spread| Preference { spread: spread.clone() }).collect(),
        ports: service.ports.iter().map(port).collect(),
        network_drivers: network_drivers(stack, service),
        volume_drivers: volume_drivers(stack, service),
        ..TaskSpec::default()
    }
}

fn amounts(nano_cpus: u64, memory: u64) -> Resources {
    let signed = |amount| i64::try_from(amount).unwrap_or(i64::MAX);
    Resources::new(signed(nano_cpus), signed(memory))
}

fn port(port: &stack::Port) -> Port {
    Port {
        protocol: match port.protocol {
            Some(stack::Protocol::Udp) => Protocol::Udp,
            Some(stack::Protocol::Sctp) => Protocol::Sctp,
            _ => Protocol::Tcp,
        },
        target: port.target,
        published: port.published.unwrap_or(0),
        mode: match port.mode {
            Some(stack::PortMode::Host) => PublishMode::Host,
            _ => PublishMode::Ingress,
        },
    }
}

/// The overlay networks that it is attached to, in Docker's order. The networks of one machine have no addresses of the
/// managers'.
fn attached(stack: &Stack, service: &stack::Service, stack_name: &str, networks: &mut Networks) -> Vec<u32> {
    const OF_ONE_MACHINE: [&str; 3] = ["bridge", "host", "none"];
    let named = service.networks.keys().map(String::as_str);
    let default = service.networks.is_empty().then_some("default");
    let place = |key: &str| {
        let declared = stack.networks.get(key);
        let driver = declared.and_then(|network| network.driver.as_deref()).unwrap_or_default();
        let name = declared.and_then(|network| network.name.clone());
        let name = name.unwrap_or_else(|| format!("{stack_name}_{key}"));
        let overlay = matches!(driver, "" | NETWORK_DRIVER) && !OF_ONE_MACHINE.contains(&name.as_str());
        overlay.then(|| networks.of_stack(&name, declared.is_some_and(|network| network.internal)))
    };
    named.chain(default).filter_map(place).collect()
}

/// Each driver once, ascending. A network that is not declared here, or whose driver is not, is an overlay network.
fn network_drivers(stack: &Stack, service: &stack::Service) -> Vec<String> {
    let driver = |name: &str| stack.networks.get(name).and_then(|network| network.driver.clone());
    let named = service.networks.keys().map(String::as_str);
    let default = service.networks.is_empty().then_some("default");
    let drivers = named.chain(default).map(|name| driver(name).filter(|driver| !driver.is_empty()));
    distinct(drivers.map(|driver| driver.unwrap_or_else(|| NETWORK_DRIVER.to_owned())))
}

/// Volumes of the node, by their names there. Those of a driver are taken to be within reach of all nodes.
fn volumes(stack: &Stack, service: &stack::Service, stack_name: &str) -> Vec<String> {
    let named = service.mounts.iter().filter(|mount| mount.kind == stack::MountKind::Volume);
    let name = |key: &String| {
        let declared = stack.volumes.get(key);
        let driver = declared.and_then(|volume| volume.driver.as_deref()).unwrap_or_default();
        let name = declared.and_then(|volume| volume.name.clone());
        matches!(driver, "" | "local").then(|| name.unwrap_or_else(|| format!("{stack_name}_{key}")))
    };
    distinct(named.filter_map(|mount| name(mount.source.as_ref()?)))
}

/// Drivers of volumes, without the local one.
fn volume_drivers(stack: &Stack, service: &stack::Service) -> Vec<String> {
    let sources = service.mounts.iter().filter(|mount| mount.kind == stack::MountKind::Volume);
    let declared = sources.filter_map(|mount| stack.volumes.get(mount.source.as_ref()?));
    distinct(declared.filter_map(|volume| volume.driver.clone()).filter(|d| !d.is_empty() && d != "local"))
}

/// A job of a stack file has as many completions as replicas, all at once (`cli/compose/convert/service.go`).
fn mode(mode: Option<&stack::Mode>, replicas: u32) -> Mode {
    match mode {
        Some(stack::Mode::Global) => Mode::Global,
        Some(stack::Mode::GlobalJob) => Mode::GlobalJob,
        Some(stack::Mode::ReplicatedJob) => {
            Mode::ReplicatedJob { completions: replicas, concurrent: replicas }
        }
        _ => Mode::Replicated { replicas },
    }
}

fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    names.collect::<BTreeSet<_>>().into_iter().collect()
}

fn restart_policy(service: &stack::Service) -> RestartPolicy {
    let default = RestartPolicy::default();
    let Some(policy) = service.restart_policy() else { return default };
    RestartPolicy {
        condition: match policy.condition {
            Some(stack::RestartCondition::None) => RestartCondition::None,
            Some(stack::RestartCondition::OnFailure) => RestartCondition::OnFailure,
            Some(stack::RestartCondition::Any) => RestartCondition::Any,
            Some(stack::RestartCondition::Unknown(_)) | None => default.condition,
        },
        delay: policy.delay.map_or(default.delay, Span),
        max_attempts: policy.max_attempts.map_or(0, |most| u32::try_from(most).unwrap_or(u32::MAX)),
        window: policy.window.map_or(default.window, Span),
    }
}

/// An update's parallelism, if the file speaks of updates and not of that, is 1, as if it did not speak of them
/// (`cli/compose/convert/service.go`: convertUpdateConfig); a span of nothing to watch is Docker's own
/// (`api/defaults/service.go`).
fn update_config(written: Option<&stack::UpdateConfig>) -> UpdateConfig {
    let default = UpdateConfig::default();
    let Some(config) = written else { return default };
    UpdateConfig {
        parallelism: config
            .parallelism
            .map_or(default.parallelism, |most| u32::try_from(most).unwrap_or(u32::MAX)),
        delay: Span(config.delay),
        failure_action: match config.failure_action {
            Some(stack::FailureAction::Continue) => FailureAction::Continue,
            Some(stack::FailureAction::Rollback) => FailureAction::Rollback,
            _ => FailureAction::Pause,
        },
        monitor: if config.monitor == 0 { default.monitor } else { Span(config.monitor) },
        max_failure_ppm: (config.max_failure_ratio * 1e6).round() as u32,
        order: match config.order {
            Some(stack::UpdateOrder::StartFirst) => UpdateOrder::StartFirst,
            _ => UpdateOrder::StopFirst,
        },
    }
}

/// How containers are checked. A file that gives no command leaves it to the image, of which nothing is known: then there is no
/// check. Spans of nothing are Docker's own (`daemon/health.go:257-280`).
fn health(check: &stack::Healthcheck) -> Option<Health> {
    if check.disable || check.test.is_empty() || check.test[0] == "NONE" {
        return None;
    }
    let default = Health::default();
    let or = |span: Option<u64>, default: Span| span.filter(|span| *span > 0).map_or(default, Span);
    let retries = check.retries.filter(|retries| *retries > 0);
    Some(Health {
        interval: or(check.interval, default.interval),
        timeout: or(check.timeout, default.timeout),
        start_period: or(check.start_period, default.start_period),
        start_interval: or(check.start_interval, default.start_interval),
        retries: retries.map_or(default.retries, |retries| u32::try_from(retries).unwrap_or(u32::MAX)),
    })
}

/// What the user should know of a stack file: the reader's own notices, what exists elsewhere, and one line with all
/// that was read and is not simulated.
pub(crate) fn notices(source: &str, reading: &Reading) -> Vec<String> {
    let mut notices = reading.notices.clone();
    let externals = &reading.externals;
    let kinds = [
        ("networks", &externals.networks),
        ("volumes", &externals.volumes),
        ("secrets", &externals.secrets),
        ("configs", &externals.configs),
    ];
    for (kind, names) in kinds.iter().filter(|(_, names)| !names.is_empty()) {
        notices.push(format!("external {kind} are taken as present: {}", names.join(", ")));
    }
    notices.extend(reading.stack.services.iter().filter_map(refusal));
    let unsimulated = unsimulated(reading);
    if !unsimulated.is_empty() {
        let keys: Vec<String> =
            unsimulated.iter().map(|(key, users)| format!("{key} ({})", listed(users))).collect();
        notices.push(format!("read, but not simulated yet: {}", keys.join("; ")));
    }
    notices.iter().map(|notice| format!("{source}: {notice}")).collect()
}

/// Keys with their users: those that the reader set aside, and those it understands but the simulator does not.
fn unsimulated(reading: &Reading) -> BTreeMap<String, BTreeSet<String>> {
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for ignored in &reading.ignored {
        keys.entry(ignored.key.clone()).or_default().extend(ignored.used_by.iter().cloned());
    }
    for service in &reading.stack.services {
        let deploy = &service.deploy;
        let limits = deploy.limits.as_ref();
        let said = [
            (
                "deploy.resources.limits",
                limits.is_some_and(|l| l.nano_cpus > 0 || l.memory > 0 || l.pids > 0),
            ),
            ("volumes of the cluster", service.mounts.iter().any(|m| m.kind == stack::MountKind::Cluster)),
        ];
        for (key, _) in said.iter().filter(|(_, said)| *said) {
            keys.entry(format!("services.*.{key}")).or_default().insert(service.name.clone());
        }
    }
    keys
}

/// Up to five names, then how many more.
fn listed(names: &BTreeSet<String>) -> String {
    const MOST: usize = 5;
    let mut shown: Vec<&str> = names.iter().take(MOST).map(String::as_str).collect();
    let more = format!("and {} more", names.len().saturating_sub(MOST));
    if names.len() > MOST {
        shown.push(&more);
    }
    shown.join(", ")
}
