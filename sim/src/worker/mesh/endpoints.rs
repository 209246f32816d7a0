//! What nodes tell each other of their containers, and when.
//!
//! The node of a task publishes it: as soon as it takes requests, when it is about to stop (weight 0, 2 s before the signal), and
//! when it is gone (`daemon/cluster/executor/container/controller.go:207-408`). No manager takes part.

use std::ops::Range;

use swarmbed_scheduler::{NodeId, ServiceId, SimTime, TaskId};

use super::request::{Cause, Ending, Stage};
use super::staleness::Stale;
use super::{Mesh, Replica};
use crate::context::Context;
use crate::engine::table::Table;
use crate::setup::Revision;

/// What is so of each container that answers or sends requests, or did.
#[derive(Debug, Default)]
pub(super) struct Endpoints {
    rows: Table<Endpoint>,
    /// By node, those that run.
    by_node: Vec<Vec<TaskId>>,
}

#[derive(Clone, Copy, Debug)]
struct Endpoint {
    service: ServiceId,
    /// It has a port in the ingress network.
    published: bool,
    /// Its machine lost power under it.
    died: bool,
    /// When it would exit if it had no requests, and the agent's number for that.
    stopping: Option<(SimTime, u32)>,
    stale: Stale,
}

impl Endpoints {
    /// Its service, if requests are sent to it or by it.
    pub(super) fn service(&self, task: TaskId) -> Option<ServiceId> {
        self.rows.get(task.0).map(|row| row.service)
    }

    /// What is stale of its entries in load balancers.
    pub(super) fn stale(&self, task: TaskId) -> Option<Stale> {
        self.rows.get(task.0).map(|row| row.stale)
    }

    pub(super) fn stale_mut(&mut self, task: TaskId) -> Option<&mut Stale> {
        self.rows.get_mut(task.0).map(|row| &mut row.stale)
    }

    /// Whether it has a port in the ingress network.
    pub(super) fn is_published(&self, task: TaskId) -> bool {
        self.rows.get(task.0).is_some_and(|row| row.published)
    }

    pub(super) fn on(&self, node: NodeId) -> &[TaskId] {
        self.by_node.get(node.index()).map_or(&[], Vec::as_slice)
    }

    pub(super) fn stopping(&self, task: TaskId) -> Option<(SimTime, u32)> {
        self.rows.get(task.0)?.stopping
    }

    /// Why whoever is sent to a container that is gone hears nothing.
    pub(super) fn fate(&self, task: TaskId) -> Cause {
        let died = self.rows.get(task.0).is_some_and(|row| row.died);
        if died { Cause::NodeDead } else { Cause::StaleBackend }
    }
}

impl Mesh {
    /// A container runs, in that slot and on that node, and answers within these times.
    pub(crate) fn started(
        &mut self,
        task: TaskId,
        (service, revision): (ServiceId, Revision),
        (slot, node): (u32, NodeId),
        answers: Range<SimTime>,
        published: bool,
        ctx: &mut Context<'_>,
    ) {
        if !self.kinds.concerns(service) {
            return;
        }
        self.offered(task, ctx);
        self.replicas.remove(task.0);
        self.replicas.insert(task.0, Replica::new(service, revision, node, slot, answers.clone()));
        self.endpoints.rows.remove(task.0);
        self.endpoints.rows.insert(
            task.0,
            Endpoint { service, published, died: false, stopping: None, stale: Stale::default() },
        );
        if self.endpoints.by_node.len() <= node.index() {
            self.endpoints.by_node.resize(node.index() + 1, Vec::new());
        }
        self.endpoints.by_node[node.index()].push(task);
        self.clients.stands(service, slot, node, task, true);
        self.proxies.started(task, (service, revision), (slot, node), answers.start, ctx);
        self.proxies.stir(ctx);
    }

    /// A container gets the signal to stop, and would exit at that time: it takes no new requests. Returns whether it has
    /// some to finish, in which case it exits when it has done so.
    pub(crate) fn signalled(
        &mut self,
        task: TaskId,
        exits: SimTime,
        generation: u32,
        drains: bool,
        ctx: &mut Context<'_>,
    ) -> bool {
        let Some(replica) = self.replicas.get_mut(task.0) else { return false };
        replica.listens = false;
        self.proxies.stir(ctx);
        let busy = drains && replica.present() > 0;
        if busy && let Some(row) = self.endpoints.rows.get_mut(task.0) {
            row.stopping = Some((exits, generation));
        }
        busy
    }

    /// Whether a container has requests.
    pub(crate) fn is_busy(&self, task: TaskId) -> bool {
        self.replicas.get(task.0).is_some_and(|replica| replica.present() > 0)
    }

    /// A container has ended, for whatever reason. What it was working on meets a reset, or silence if its machine died.
    pub(crate) fn ended(&mut self, task: TaskId, died: bool, ctx: &mut Context<'_>) {
        let Some(replica) = self.replicas.remove(task.0) else { return };
        self.withdrawn(task, ctx);
        self.proxies.ended(task);
        self.proxies.stir(ctx);
        self.clients.stands(replica.service, replica.slot, replica.node, task, false);
        self.endpoints.by_node[replica.node.index()].retain(|other| *other != task);
        if let Some(row) = self.endpoints.rows.get_mut(task.0) {
            row.died = died;
        }
        let cause = if died { Cause::NodeDead } else { Cause::Stopped };
        let sharing: Vec<u32> = replica.sharing.requests().collect();
        for key in replica.served.iter().copied() {
            self.requests.get_mut(key).expect("who is worked on is there").stage = Stage::Orphan(cause);
            if !died {
                self.broken(key, ctx);
            }
        }
        for key in replica.waiting.iter().copied().chain(sharing) {
            let request = self.requests.get(key).expect("who waits is there");
            match (request.ended, died) {
                (true, _) => {
                    self.requests.free(key);
                }
                (false, true) => self.lose(key, cause),
                (false, false) => {
                    let outside = request.outside;
                    self.finish(key, Ending::Reset(cause), outside, ctx);
                }
            }
        }
    }

    /// The connection of a request that is worked on breaks.
    fn broken(&mut self, key: u32, ctx: &mut Context<'_>) {
        let request = self.requests.get(key).expect("who is worked on is there");
        if !request.ended {
            let (ending, outside) = (Ending::Reset(Cause::Stopped), request.outside);
            self.end(key, ending, outside, ctx);
        }
    }
}
