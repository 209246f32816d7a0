//! A request on its way through a proxy: to a server, perhaps to another one, and back.

use swarmbed_scheduler::ServiceId;

use super::pool::{Server, Target};
use super::{Asked, Proxy};
use crate::context::Context;
use crate::setup::Setup;
use crate::worker::mesh::request::{Cause, Ending, NONE, Request, Stage};
use crate::worker::mesh::table::Backend;
use crate::worker::mesh::{Mesh, Room};

/// Where a proxy sends a request next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Task(ServiceId, Server),
    Vip(ServiceId),
}

impl Room<'_, '_> {
    /// A proxy's own work on a request is done: it passes it on, or says why it cannot.
    pub(in crate::worker::mesh) fn passes_on(&mut self, key: u32) {
        match self.next_server(key) {
            Ok(next) => self.tries(key, next),
            Err(cause) => self.gives_back(key, Ending::Refused(cause)),
        }
    }

    /// Whose turn it is.
    fn next_server(&mut self, key: u32) -> Result<Next, Cause> {
        let Mesh { requests, proxies, clients, .. } = &mut *self.mesh;
        let request = requests.get(key).expect("who is passed on is there");
        let proxy = proxies.rows.get_mut(request.task.0).expect("a proxy that works runs");
        let deals = proxy.spec(self.ctx.setup).deals;
        let config = proxy.config.as_mut().ok_or(Cause::NoRoute)?;
        let pool = config.way(request.traffic)?;
        let pool = &mut config.pools[pool as usize];
        if pool.target == Target::Vip {
            return Ok(Next::Vip(pool.service));
        }
        let draws = (clients.draws(request.traffic).choice, request.child().index() << 3);
        let server = pool.next(deals, self.ctx.now, &proxy.present, draws).ok_or(Cause::NoBackend)?;
        Ok(Next::Task(pool.service, server))
    }

    fn tries(&mut self, key: u32, next: Next) {
        let request = self.mesh.requests.get_mut(key).expect("who is passed on is there");
        request.stage = Stage::Calls;
        let (to, vip, task) = match next {
            Next::Task(service, server) => (service, None, Some(server.task)),
            Next::Vip(service) => (service, Some(service), None),
        };
        let kind = self.mesh.kinds.passed(request.to, request.revision, vip);
        let child = request.call(key, kind, to, self.ctx.now);
        request.calls += 1;
        let by = request.task;
        let child = self.comes_into_being(child);
        let proxy = self.mesh.proxies.rows.get_mut(by.0).expect("a proxy that works runs");
        task.into_iter().for_each(|task| *proxy.present.entry(task).or_default() += 1);
        proxy.asked.insert(key, Asked { child, task, unreached: false });
        match next {
            Next::Vip(_) => self.enters(child),
            Next::Task(_, Server { reachable: false, .. }) => self.mesh.lose(child, Cause::Isolated),
            Next::Task(_, Server { task, node, .. }) => {
                self.forward(child, Backend { task, node, open: true })
            }
        }
    }

    /// What a proxy has asked for a request has ended: it tries another server if that one could not be reached, or passes the
    /// answer on.
    pub(in crate::worker::mesh) fn passes_back(&mut self, key: u32, ending: Ending) {
        let request = self.mesh.requests.get(key).expect("who is passed back is there");
        let (ended, calls) = (request.ended, request.calls);
        let proxy = self.mesh.proxies.rows.get_mut(request.task.0).expect("a proxy that works runs");
        let unreached = proxy.forget(key) || is_refusal(ending);
        let retries = proxy.spec(self.ctx.setup).retries;
        match ending.cause() {
            None => self.answers(key),
            Some(_) if unreached && !ended && calls <= retries => self.passes_on(key),
            Some(cause) => self.gives_back(key, Ending::Failed(cause)),
        }
    }

    /// A proxy answers with an error of its own.
    fn gives_back(&mut self, key: u32, ending: Ending) {
        self.mesh.leaves(key, Stage::HandedOver, self.ctx);
        self.turned_away(key, ending);
    }
}

/// Whether it was not even let in.
fn is_refusal(ending: Ending) -> bool {
    matches!(
        ending,
        Ending::Refused(Cause::PortClosed | Cause::NoBackend | Cause::Isolated)
            | Ending::Reset(Cause::StaleBackend | Cause::NotReady)
    )
}

impl Proxy {
    /// A request has come back. Returns whether whom it was sent to did not even take the connection.
    fn forget(&mut self, key: u32) -> bool {
        let Some(Asked { task, unreached, .. }) = self.asked.remove(&key) else { return false };
        if let Some(task) = task
            && let Some(present) = self.present.get_mut(&task)
        {
            *present -= 1;
            if *present == 0 {
                self.present.remove(&task);
            }
        }
        unreached
    }
}

impl Mesh {
    /// A deadline of that class is over for a request, unless it is one for connections and the request has got through: then it
    /// has until the one for answers. Returns whether it has.
    pub(in crate::worker::mesh) fn connected(&mut self, key: u32, class: u32, ctx: &mut Context<'_>) -> bool {
        let request = self.requests.get(key).expect("who waits is there");
        if request.kind != class {
            let Request { kind, sent, serial, .. } = *request;
            self.file(kind, sent, (key, serial), ctx);
            return true;
        }
        if self.kinds.get(class).connects.is_some() && request.parent != NONE {
            let parent = self.requests.get(request.parent).expect("who asked waits");
            let asked =
                self.proxies.rows.get_mut(parent.task.0).and_then(|p| p.asked.get_mut(&request.parent));
            asked.into_iter().for_each(|asked| asked.unreached = true);
        }
        false
    }

    /// What a proxy has asked for a request and has no answer to: when the client gives up so does the proxy.
    pub(in crate::worker::mesh) fn asked_for(&self, key: u32) -> Option<u32> {
        let request = self.requests.get(key).filter(|request| request.stage == Stage::Calls)?;
        let child = self.proxies.rows.get(request.task.0)?.asked.get(&key)?.child;
        self.requests.get(child).is_some_and(|child| child.parent == key && !child.ended).then_some(child)
    }

    /// Why a request is not answered.
    pub(in crate::worker::mesh) fn why_late(&self, key: u32) -> Cause {
        match self.requests.get(key).expect("who is waited for is there").stage {
            Stage::Lost(cause) | Stage::Orphan(cause) => cause,
            _ => self.asked_for(key).map_or(Cause::Slow, |child| self.why_late(child)),
        }
    }

    /// Whether a request stands at a proxy.
    #[inline]
    pub(in crate::worker::mesh) fn is_at_proxy(&self, key: u32, setup: &Setup) -> bool {
        let request = self.requests.get(key).expect("it is there");
        setup.spec(request.to, request.revision).proxy.is_some()
    }
}
