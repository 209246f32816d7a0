//! Which published ports the managers' API takes (`manager/controlapi/service.go:335-350, 569-650`).

use swarmbed_scheduler::ServiceId;
use swarmbed_scheduler::spec::{Port, PublishMode};

use super::store::Store;
use crate::setup::{EndpointMode, Revision, Service, Setup};

/// Why the API refuses a service's ports whatever else there is, in its words.
pub fn refused_alone(service: &Service) -> Option<String> {
    let ports = &service.task.ports;
    let ingress = ports.iter().any(|port| port.mode == PublishMode::Ingress);
    if service.endpoint_mode == EndpointMode::Dnsrr && ingress {
        return Some(
            "EndpointSpec: port published with ingress mode can't be used with dnsrr mode".to_owned(),
        );
    }
    let given = |port: &&Port| port.published != 0;
    let again = |(at, port): (usize, &Port)| {
        ports[..at].iter().any(|other| (other.protocol, other.published) == (port.protocol, port.published))
    };
    let twice = ports.iter().enumerate().filter(|(_, port)| given(port)).any(again);
    twice.then(|| "EndpointSpec: duplicate published ports provided".to_owned())
}

/// Why the API refuses a service's spec beside those of the other services, in its words: a port that is published on every
/// node is nobody else's, in either mode; one that is published on the task's own node may be another's on its own.
pub fn refused_beside_others(
    service: ServiceId,
    revision: Revision,
    store: &Store,
    setup: &Setup,
) -> Option<String> {
    let wanted = &setup.spec(service, revision).task.ports;
    let others = store.services().filter(|(id, row)| *id != service && !row.removed);
    for (id, row) in others {
        let other = setup.spec(id, row.revision);
        let clashes = |port: &&Port| wanted.iter().any(|ours| clash(ours, port));
        if let Some(taken) = other.task.ports.iter().find(clashes) {
            let how = match taken.mode {
                PublishMode::Ingress => "an ingress port",
                PublishMode::Host => "a host-published port",
            };
            let Service { name, .. } = other;
            return Some(format!(
                "port '{}' is already in use by service '{name}' as {how}",
                taken.published
            ));
        }
    }
    None
}

fn clash(ours: &Port, theirs: &Port) -> bool {
    let both_host = ours.mode == PublishMode::Host && theirs.mode == PublishMode::Host;
    ours.published != 0
        && (ours.protocol, ours.published) == (theirs.protocol, theirs.published)
        && !both_host
}
