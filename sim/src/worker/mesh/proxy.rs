//! Proxies that route by host and path, as Traefik does in a swarm (`traefik: pkg/provider/docker/pswarm.go`).
//!
//! A proxy's container asks a manager every so often which tasks run and what their services' labels say, and routes by
//! that until it asks again. It sends to tasks' own addresses, so what load balancers know is nothing to it: it hears
//! later than they do of a task that stops, and nothing at all while no manager answers.
//!
//! * [`polls`]: when it asks. [`config`]: what comes of the answer. [`pool`]: whose turn it is. [`checks`]: who is left out.
//! * [`pass`]: a request on its way through.
//!
//! Looks and checks that would find nothing new are not played: a proxy sleeps until something has changed.

mod checks;
mod config;
mod pass;
mod polls;
mod pool;

use std::collections::BTreeMap;

use swarmbed_scheduler::stream::Stream;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, TaskId};

use super::Mesh;
use crate::context::Context;
use crate::engine::table::Table;
use crate::event::{Event, ProxyEvent};
use crate::manager::listing::{Api, Listed, rewrites};
use crate::manager::store::Store;
use crate::observation::Observation;
use crate::setup::{self, Beats, Revision, Setup};
use crate::worker::Workers;
use crate::world::machines::Power;
use checks::Checks;
use config::Config;
use polls::Polls;

/// All containers of proxies that requests are sent to.
#[derive(Debug, Default)]
pub(super) struct Proxies {
    rows: Table<Proxy>,
    running: Vec<TaskId>,
    /// By proxy: the services that some spec of theirs routes through it.
    routed: BTreeMap<ServiceId, Vec<ServiceId>>,
    /// How many containers each slot, or node, of a service has had: names their draws.
    starts: BTreeMap<(ServiceId, u32), u32>,
}

/// A running container of a proxy.
#[derive(Debug)]
struct Proxy {
    task: TaskId,
    service: ServiceId,
    revision: Revision,
    node: NodeId,
    polls: Polls,
    /// Looks in the agenda are told from late ones by their time; `NEVER` if it sleeps.
    next_look: SimTime,
    /// The last look failed.
    fails: bool,
    /// What it routes by; nothing before its first look.
    config: Option<Config>,
    changed: SimTime,
    /// What it will route by when it may change again.
    waits: Option<Vec<Listed>>,
    checks: Checks,
    /// By the request that waits for it: whom it has asked.
    asked: BTreeMap<u32, Asked>,
    /// How many requests of its own each task has.
    present: BTreeMap<TaskId, u32>,
    /// In which order servers stand.
    order: Stream,
}

/// Whom a proxy has asked for a request.
#[derive(Clone, Copy, Debug)]
struct Asked {
    /// The request that it made of it.
    child: u32,
    /// The task, unless a load balancer chose it.
    task: Option<TaskId>,
    /// It did not even take the connection.
    unreached: bool,
}

impl Proxies {
    /// None runs yet.
    pub(super) fn new(setup: &Setup) -> Proxies {
        if setup.traffic.is_empty() {
            return Proxies::default();
        }
        let proxies = || setup.services.iter().zip(0..).filter(|(service, _)| service.proxy.is_some());
        let routed = |proxy: ServiceId| {
            let through = |service: &setup::Service| service.routes.iter().any(|route| route.is_for(proxy));
            let own = setup.services.iter().filter(|service| through(service));
            let names =
                own.chain(setup.revisions.iter().filter(|spec| through(spec))).map(|s| s.name.as_str());
            let mut ids: Vec<ServiceId> =
                names.filter_map(|name| service_of(setup, name)).filter(|id| *id != proxy).collect();
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        let routed = proxies().map(|(_, id)| (ServiceId(id), routed(ServiceId(id)))).collect();
        Proxies { routed, ..Proxies::default() }
    }

    /// By proxy every service that is to be found through it, in some spec of its own.
    pub(super) fn routed_by(&self) -> impl Iterator<Item = (ServiceId, &[ServiceId])> {
        self.routed.iter().map(|(proxy, services)| (*proxy, services.as_slice()))
    }

    /// A container of a proxy runs, and listens from that time on.
    pub(super) fn started(
        &mut self,
        task: TaskId,
        (service, revision): (ServiceId, Revision),
        place: (u32, NodeId),
        listens: SimTime,
        ctx: &mut Context<'_>,
    ) {
        let Some(spec) = &ctx.setup.spec(service, revision).proxy else { return };
        let (slot, node) = place;
        let starts = self.starts.entry((service, if slot == 0 { node.0 } else { slot })).or_default();
        *starts += 1;
        let name = match slot {
            0 => format!("{}.{}.{starts}", ctx.names.service(service), ctx.names.node(node)),
            slot => format!("{}.{slot}.{starts}", ctx.names.service(service)),
        };
        let polls = Polls::new(listens, spec.refresh, ctx.stream("proxy.pause", &name));
        let mut proxy = Proxy {
            task,
            service,
            revision,
            node,
            polls,
            next_look: SimTime::NEVER,
            fails: false,
            config: None,
            changed: SimTime::ZERO,
            waits: None,
            checks: Checks::default(),
            asked: BTreeMap::new(),
            present: BTreeMap::new(),
            order: ctx.stream("proxy.order", &name),
        };
        proxy.look_at(listens, ctx);
        self.rows.insert(task.0, proxy);
        self.running.push(task);
    }

    /// A container has ended.
    pub(super) fn ended(&mut self, task: TaskId) {
        if self.rows.remove(task.0).is_some() {
            self.running.retain(|other| *other != task);
        }
    }

    /// Something has changed that looks or checks may find.
    pub(super) fn stir(&mut self, ctx: &mut Context<'_>) {
        for task in &self.running {
            let proxy = self.rows.get_mut(task.0).expect("it runs");
            proxy.wake(ctx);
            proxy.plan_check(ctx);
        }
    }
}

fn service_of(setup: &Setup, name: &str) -> Option<ServiceId> {
    let found = setup.services.binary_search_by(|service| service.name.as_str().cmp(name));
    found.ok().map(|place| ServiceId(place as u32))
}

impl Proxy {
    fn spec<'s>(&self, setup: &'s Setup) -> &'s setup::Proxy {
        setup.spec(self.service, self.revision).proxy.as_ref().expect("it is a proxy")
    }

    /// Plans for its next look, if it sleeps.
    fn wake(&mut self, ctx: &mut Context<'_>) {
        if self.next_look == SimTime::NEVER {
            self.look_at(self.polls.after(ctx.now), ctx);
        }
    }

    fn look_at(&mut self, at: SimTime, ctx: &mut Context<'_>) {
        self.next_look = at;
        ctx.at(at, Event::Proxy(ProxyEvent::Looks { task: self.task }));
    }

    /// It looks at the managers' list, or tries to.
    fn looks(&mut self, answer: Option<Vec<Listed>>, ctx: &mut Context<'_>) {
        let answered = answer.is_some();
        if std::mem::replace(&mut self.fails, !answered) == answered {
            ctx.observe(Observation::ProxyLooked { task: self.task, answered });
        }
        match answer {
            Some(list) => self.learn(list, ctx),
            None => self.polls.fail(ctx.now),
        }
        self.next_look = SimTime::NEVER;
        if self.fails || ctx.setup.beats == Beats::Played {
            self.wake(ctx);
        }
    }

    /// It has a list: if that is news it routes by it, as soon as it may.
    fn learn(&mut self, list: Vec<Listed>, ctx: &mut Context<'_>) {
        if self.waits.is_none() && self.config.as_ref().is_some_and(|config| config.is_of(&list)) {
            return;
        }
        let may = match self.config {
            Some(_) => self.changed + self.spec(ctx.setup).throttle,
            None => ctx.now,
        };
        if may <= ctx.now {
            self.waits = None;
            self.configure(list, ctx);
        } else if self.waits.replace(list).is_none() {
            ctx.at(may, Event::Proxy(ProxyEvent::Changes { task: self.task }));
        }
    }

    /// From now on it routes by that list.
    fn configure(&mut self, list: Vec<Listed>, ctx: &mut Context<'_>) {
        if self.config.as_ref().is_some_and(|config| config.is_of(&list)) {
            return;
        }
        let config = Config::new(self.service, list, &mut self.order, ctx.setup);
        let (rules, servers) = (config.rules(), config.servers().count() as u32);
        ctx.observe(Observation::ProxyConfigured { task: self.task, rules, servers });
        self.config = Some(config);
        self.changed = ctx.now;
        if self.spec(ctx.setup).check.is_some() {
            self.checks.begin(ctx.now);
            self.plan_check(ctx);
        }
    }
}

impl Mesh {
    /// Something has changed that proxies may find when they look next.
    pub(crate) fn stir(&mut self, ctx: &mut Context<'_>) {
        self.proxies.stir(ctx);
    }

    /// The managers have committed something: their list may read otherwise.
    pub(crate) fn learn(&mut self, what: &Observation, store: &Store, ctx: &mut Context<'_>) {
        if self.proxies.running.is_empty() || !rewrites(what) {
            return;
        }
        let service = match *what {
            Observation::TaskStateChanged { task, .. } | Observation::TaskDesiredChanged { task, .. } => {
                store.task(task).map(|task| task.service)
            }
            Observation::ServiceCreated { service, .. }
            | Observation::ServiceUpdated { service, .. }
            | Observation::ServiceRolledBack { service, .. }
            | Observation::ServiceRemoved { service } => Some(service),
            _ => None,
        };
        if service.is_some_and(|service| self.proxies.routed.values().any(|all| all.contains(&service))) {
            self.proxies.stir(ctx);
        }
    }
}

/// A proxy does something by itself.
pub(crate) fn handle(event: ProxyEvent, workers: &mut Workers, api: Api<'_>, ctx: &mut Context<'_>) {
    let (ProxyEvent::Looks { task } | ProxyEvent::Changes { task } | ProxyEvent::Checks { task }) = event;
    let Workers { mesh, agents, .. } = workers;
    let routed = &mesh.proxies.routed;
    let Some(proxy) = mesh.proxies.rows.get_mut(task.0) else { return };
    let stands = api.machines.power(proxy.node) == Power::Frozen;
    match event {
        ProxyEvent::Looks { .. } if proxy.next_look != ctx.now => {}
        // It leaves out what came due while its machine stood still; that it goes on is a change, too.
        ProxyEvent::Looks { .. } if stands => {
            proxy.next_look = SimTime::NEVER;
            if ctx.setup.beats == Beats::Played {
                proxy.wake(ctx);
            }
        }
        ProxyEvent::Looks { .. } => {
            let asks = (proxy.node, agents[proxy.node.index()].manager());
            let spec = ctx.setup.spec(proxy.service, proxy.revision);
            let answer = api.list(asks, spec, &routed[&proxy.service], ctx.now, ctx.setup);
            proxy.looks(answer, ctx);
        }
        ProxyEvent::Changes { .. } => {
            let list = proxy.waits.take();
            list.into_iter().for_each(|list| proxy.configure(list, ctx));
        }
        ProxyEvent::Checks { .. } => mesh.check(task, stands, api.machines, ctx),
    }
}
