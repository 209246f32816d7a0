//! `update_config` and `health` of a service, and steps that update one -> its later specs.

use swarmbed_sim::setup::{Action, Health, Revision, Service, UpdateConfig};

use super::behaviour::Habits;
use super::networks::Networks;
use super::order::Planned;
use super::{Reader, proxies, services};
use crate::file;
use crate::lower::images::Images;
use crate::mistakes::Mistakes;

/// The most specs that all services of a file may come to have.
const MOST: usize = u16::MAX as usize;

/// What steps of the timeline change of services, in the order of the file; a step knows its own by the revision that it
/// bears until [`Updates::finish`].
#[derive(Default)]
pub(super) struct Updates<'f> {
    written: Vec<Option<&'f file::Changes>>,
}

impl<'f> Updates<'f> {
    /// Notes one, and says which it is.
    pub(super) fn note(&mut self, changes: Option<&'f file::Changes>) -> Revision {
        self.written.push(changes);
        Revision(self.written.len().min(MOST) as u16)
    }

    /// The specs that services come to have, each from the one before it: what the operator knows then. `planned` stands by
    /// ascending time.
    pub(super) fn finish(
        self,
        planned: &mut [Planned],
        services: &[Service],
        (images, networks): (&mut Images, &mut Networks),
        reader: &mut Reader<'_>,
        mistakes: &mut Mistakes,
    ) -> Vec<Service> {
        let mut present: Vec<Service> = services.to_vec();
        let mut previous: Vec<Option<Service>> = vec![None; services.len()];
        let mut specs = Vec::new();
        for Planned { step, span, .. } in planned {
            match &mut step.action {
                Action::Update { service, revision, replicas } => {
                    let place = service.index();
                    let changes = self.written[usize::from(revision.0) - 1];
                    let mut next = present[place].clone();
                    match changes {
                        Some(changes) => {
                            *replicas = apply(changes, &mut next, (images, networks), reader, mistakes);
                            if let Some(routes) = &changes.routes {
                                let rules = proxies::rules(routes, span, mistakes);
                                let told = proxies::route(&mut next, &rules, services, mistakes);
                                reader.notices.extend(told);
                            }
                        }
                        None => next.forced += 1,
                    }
                    if replicas.is_some() && next.mode.is_global() {
                        mistakes
                            .say(span, format!("'{}' is a global service, it has no replicas", next.name));
                    }
                    services::check_ports(&next, span, mistakes);
                    if specs.len() == MOST {
                        mistakes.say(span, format!("services are updated more than {MOST} times in all"));
                        return specs;
                    }
                    specs.push(next.clone());
                    *revision = Revision(specs.len() as u16);
                    previous[place] = Some(std::mem::replace(&mut present[place], next));
                }
                Action::Rollback { service } => {
                    if let Some(before) = &mut previous[service.index()] {
                        std::mem::swap(before, &mut present[service.index()]);
                    }
                }
                _ => {}
            }
        }
        specs
    }
}

/// Changes a spec. Returns the number of replicas that is asked for, if one is.
fn apply(
    changes: &file::Changes,
    spec: &mut Service,
    (images, networks): (&mut Images, &mut Networks),
    reader: &mut Reader<'_>,
    mistakes: &mut Mistakes,
) -> Option<u32> {
    if let Some(image) = changes.image.as_ref().and_then(|image| mistakes.read(image)) {
        spec.image = images.used(&image);
        spec.image_name = image;
    }
    services::change_task(changes, &mut spec.task, mistakes);
    if let Some(written) = &changes.volumes {
        spec.volumes = services::volumes(written, mistakes);
    }
    if let Some(written) = &changes.networks {
        spec.networks = networks.attached(written, mistakes);
        spec.task.network_drivers = services::drivers(written);
    }
    spec.endpoint_mode = mistakes.read_or(changes.endpoint_mode.as_ref(), spec.endpoint_mode);
    if let Some(policy) = &changes.restart_policy {
        spec.restart = services::restart_policy(policy, mistakes);
    }
    if let Some(config) = &changes.update_config {
        spec.update = update_config(config, mistakes);
    }
    if let Some(config) = &changes.rollback_config {
        spec.rollback = update_config(config, mistakes);
    }
    if let Some(checks) = &changes.health {
        spec.health = Some(health(checks, mistakes));
    }
    spec.stop_grace = mistakes.read_or(changes.stop_grace_period.as_ref(), spec.stop_grace);
    let habits = Habits::read(&changes.conduct(), reader, mistakes);
    spec.container = habits.changed(spec.container.clone());
    changes.replicas.as_ref().and_then(|replicas| mistakes.read(replicas)).map(|replicas| replicas as u32)
}

/// How a service is updated, with SwarmKit's defaults where nothing is said.
pub(super) fn update_config(written: &file::UpdateConfig, mistakes: &mut Mistakes) -> UpdateConfig {
    let default = UpdateConfig::default();
    UpdateConfig {
        parallelism: mistakes.read_or(written.parallelism.as_ref(), default.parallelism.into()) as u32,
        delay: mistakes.read_or(written.delay.as_ref(), default.delay),
        failure_action: mistakes.read_or(written.failure_action.as_ref(), default.failure_action),
        monitor: mistakes.read_or(written.monitor.as_ref(), default.monitor),
        max_failure_ppm: mistakes.read_or(written.max_failure_ratio.as_ref(), 0),
        order: mistakes.read_or(written.order.as_ref(), default.order),
    }
}

/// How containers are checked, with Docker's defaults where nothing is said. Docker reads a span of nothing as nothing said
/// (`daemon/health.go:257-280`).
pub(super) fn health(written: &file::Health, mistakes: &mut Mistakes) -> Health {
    let default = Health::default();
    let mut or = |span: Option<&crate::value::Written<crate::value::TimeSpan>>, default| {
        let read = mistakes.read_or(span, default);
        if read.nanos() == 0 { default } else { read }
    };
    Health {
        interval: or(written.interval.as_ref(), default.interval),
        timeout: or(written.timeout.as_ref(), default.timeout),
        start_period: or(written.start_period.as_ref(), default.start_period),
        start_interval: or(written.start_interval.as_ref(), default.start_interval),
        retries: mistakes.read_or(written.retries.as_ref(), default.retries.into()) as u32,
    }
}
