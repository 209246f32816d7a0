//! What a manager answers to somebody who lists services and their tasks, as a proxy does that routes by their labels.

use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, TaskId};

use super::quorum::{Quorum, Way};
use super::raft::PeerId;
use super::store::Store;
use crate::observation::Observation;
use crate::setup::{Route, Service, Setup};
use crate::world::Machines;

/// The managers' API, for those who only read.
#[derive(Clone, Copy)]
pub struct Api<'a> {
    /// The managers.
    pub quorum: &'a Quorum,
    /// What they have committed.
    pub store: &'a Store,
    /// What lies between them and whoever asks.
    pub machines: &'a Machines,
}

/// A service that is to be found through a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Which.
    pub service: ServiceId,
    /// What its labels say.
    pub routes: Vec<Route>,
    /// Its tasks that run and are to run, where each is, and whether it has a network in common with the proxy. Tasks without any
    /// network have no address, and are left out (`traefik: pswarm.go`: listTasks).
    pub servers: Vec<(TaskId, NodeId, bool)>,
}

impl Api<'_> {
    /// What a container of `proxy` on that node is told of these services; nothing without a way to a leader. The list is taken at
    /// once, although its parts are asked for one after the other.
    pub fn list(
        &self,
        (node, via): (NodeId, PeerId),
        proxy: &Service,
        services: &[ServiceId],
        now: SimTime,
        setup: &Setup,
    ) -> Option<Vec<Listed>> {
        let open = self.quorum.way(node, via, self.machines, now) == Way::Open;
        open.then(|| services.iter().filter_map(|service| self.listed(*service, proxy, setup)).collect())
    }

    fn listed(&self, service: ServiceId, proxy: &Service, setup: &Setup) -> Option<Listed> {
        let row = self.store.service(service).filter(|row| !row.removed)?;
        let tasks = row.slots.values().flat_map(|slot| &slot.tasks).filter_map(|task| self.store.task(*task));
        let servers =
            tasks.filter(|task| task.desired == TaskState::Running && task.state == TaskState::Running);
        let servers = servers.filter_map(|task| {
            let spec = task.spec(setup);
            let reachable = proxy.network_to(spec).is_some();
            spec.is_balanced().then_some((task.id, task.node?, reachable))
        });
        let servers = servers.collect();
        Some(Listed { service, routes: setup.spec(service, row.revision).routes.clone(), servers })
    }
}

/// Whether a list may read otherwise after that: tasks begin or end to be listed, services come, change or go.
pub fn rewrites(what: &Observation) -> bool {
    match *what {
        Observation::TaskStateChanged { from, to, .. } | Observation::TaskDesiredChanged { from, to, .. } => {
            (from == TaskState::Running) != (to == TaskState::Running)
        }
        Observation::ServiceCreated { .. }
        | Observation::ServiceUpdated { .. }
        | Observation::ServiceRolledBack { .. }
        | Observation::ServiceRemoved { .. } => true,
        _ => false,
    }
}
