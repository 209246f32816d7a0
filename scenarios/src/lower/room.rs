//! Whether each service has room enough: so many places on idle machines as it is to have replicas.

use std::collections::BTreeMap;

use swarmbed_scheduler::ServiceId;
use swarmbed_scheduler::filter::Pipeline;
use swarmbed_scheduler::spec::TaskSpec;
use swarmbed_scheduler::view::View;
use swarmbed_sim::setup::{Action, Machine, Mode, Service, Step};

use super::place::{idle, some_of};

/// A notice on services that are to have more replicas, at some time, than all machines could take together if they did
/// nothing else.
pub(super) fn crowded(services: &[Service], machines: &[Machine], timeline: &[Step]) -> Vec<String> {
    let view = idle(machines);
    let mut crowded: BTreeMap<(u32, u32), Vec<&str>> = BTreeMap::new();
    for (id, service) in (0..).map(ServiceId).zip(services) {
        let wanted = most_wanted(id, service, timeline);
        let room = if is_bounded(&service.task) { room(&service.task, &view, wanted) } else { wanted };
        // Where there is no room at all something else is wrong, and is told as such.
        if (1..wanted).contains(&room) {
            crowded.entry((wanted, room)).or_default().push(&service.name);
        }
    }
    let notice = |((wanted, room), names): ((u32, u32), Vec<&str>)| {
        let (each, have) = if names.len() == 1 { ("", "is to have") } else { (" each", "are to have") };
        let (names, pending) = (some_of(&names), wanted - room);
        format!(
            "{names} {have} {wanted} replicas{each}, and all machines have room for {room}: {pending} stay pending"
        )
    };
    crowded.into_iter().map(notice).collect()
}

/// The most replicas that a service is to have at any time. A job has time.
fn most_wanted(id: ServiceId, service: &Service, timeline: &[Step]) -> u32 {
    let Mode::Replicated { replicas } = service.mode else { return 0 };
    let scaled = timeline.iter().filter_map(|step| match step.action {
        Action::Scale { service, replicas } if service == id => Some(replicas),
        _ => None,
    });
    scaled.fold(replicas, u32::max)
}

/// Whether a node takes only so many of its tasks.
fn is_bounded(task: &TaskSpec) -> bool {
    task.max_replicas_per_node > 0
        || !task.reservations.is_zero()
        || !task.generic.is_empty()
        || task.ports.iter().any(|port| port.host_key().is_some())
}

/// How many tasks find a place, up to `wanted`.
fn room(task: &TaskSpec, view: &View, wanted: u32) -> u32 {
    let (pipeline, service) = (Pipeline::new(task), ServiceId(0));
    let mut room = 0;
    for node in view.nodes() {
        let mut books = node.books.clone();
        while room < wanted && pipeline.check(node, &books, service).is_ok() {
            books.hold(task);
            books.count_in(service);
            room += 1;
        }
    }
    room
}
