//! The routing mesh: what becomes of a request on its way to a replica, there, and back.
//!
//! Every node has a load balancer with a table of its own ([`table`]): the replicas that the node was last told of. The
//! managers write nothing here. A request takes the next in turn, whether or not that one is still alive; containers answer
//! ([`replica`]), ask others while they do, and stop; clients give up ([`deadline`]). Each request ends in exactly one way.
//!
//! What nobody sends requests to is not kept here at all, and costs nothing.
//!
//! Whatever every request goes through is one piece of code, `inline(always)`: calls, and what they hand over by memory, were a
//! sixth of its cost (`benches/README.md`).

mod choose;
mod clients;
mod deadline;
mod endpoints;
mod hearsay;
mod kind;
pub(crate) mod proxy;
mod replica;
mod request;
mod serve;
mod staleness;
mod table;
mod ways;

use swarmbed_scheduler::{NodeId, Span};

use crate::context::Context;
use crate::engine::slab::Slab;
use crate::engine::table::Table;
use crate::event::{ClientEvent, Event, GossipEvent, MeshEvent};
use crate::observation::Observation;
use crate::setup::{Load, Setup};
use crate::world::Machines;
use clients::Clients;
use deadline::{Deadline, Deadlines};
use endpoints::Endpoints;
use hearsay::Hearsay;
use kind::Kinds;
use proxy::Proxies;
use replica::Replica;
pub use request::{Account, Cause, Ending};
use request::{NONE, Request, Stage};
use table::Tables;
use ways::Ways;

/// All nodes' load balancers, and all requests.
#[derive(Debug)]
pub struct Mesh {
    /// The kinds of requests that there are: each traffic, and each call that a service makes.
    kinds: Kinds,
    tables: Tables,
    endpoints: Endpoints,
    /// How tables hear of endpoints; nothing if nobody sends requests.
    hearsay: Option<Hearsay>,
    /// Running containers that answer or send requests, by their tasks.
    replicas: Table<Replica>,
    requests: Slab<Request>,
    /// By kind.
    deadlines: Vec<Deadlines>,
    clients: Clients,
    proxies: Proxies,
    ways: Ways,
    /// Events that came due on a node that stands still.
    stalled: Vec<(NodeId, MeshEvent)>,
    tally: Tally,
}

/// How many requests there were. Whatever was sent has ended or is open: see [`Mesh::recount`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Sent, by clients and by containers.
    pub sent: u64,
    /// Ended, in whatever way.
    pub ended: u64,
}

/// What a request's way leads through: lent to whoever moves it.
struct Room<'a, 'c> {
    mesh: &'a mut Mesh,
    machines: &'a Machines,
    ctx: &'a mut Context<'c>,
}

impl Mesh {
    /// Nothing runs and nothing was sent yet.
    pub fn new(setup: &Setup) -> Mesh {
        let proxies = Proxies::new(setup);
        let kinds = Kinds::of(setup, &proxies);
        Mesh {
            tables: Tables::new(setup.machines.len(), kinds.doors().len()),
            endpoints: Endpoints::default(),
            hearsay: (!setup.traffic.is_empty()).then(|| Hearsay::new(setup)),
            replicas: Table::default(),
            requests: Slab::new(),
            deadlines: kinds.all().iter().map(|kind| Deadlines::new(kind.patience)).collect(),
            clients: Clients::new(setup),
            proxies,
            ways: Ways::new(setup.machines.len()),
            stalled: Vec::new(),
            tally: Tally::default(),
            kinds,
        }
    }

    /// The first requests come.
    pub(crate) fn begin(&mut self, ctx: &mut Context<'_>) {
        self.clients.begin(ctx);
    }

    /// How many requests there were so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// For how many requests and deadlines memory is held, used or not: as many as there were at once.
    pub fn room(&self) -> usize {
        self.requests.capacity() + self.deadlines.iter().map(Deadlines::capacity).sum::<usize>()
    }

    /// Compares the accounts with a count of all that is there.
    ///
    /// # Errors
    /// What does not add up.
    pub fn recount(&self) -> Result<(), String> {
        let open = self.requests.iter().filter(|r| !r.ended).count() as u64;
        let Tally { sent, ended, .. } = self.tally;
        if sent != ended + open {
            return Err(format!("{sent} requests were sent, {ended} have ended and {open} are open"));
        }
        Ok(())
    }

    /// Ends a request for its client, `later` from now. Whoever works on it does not hear of it.
    #[inline(always)]
    fn end(&mut self, key: u32, ending: Ending, later: Span, ctx: &mut Context<'_>) {
        let request = self.requests.get_mut(key).expect("a request that ends is there");
        assert!(!request.ended, "a request ends once");
        request.ended = true;
        let Request { traffic, parent, number, .. } = *request;
        self.tally.ended += 1;
        ctx.observe(Observation::RequestEnded(request.account(ending, ctx.now + later)));
        if parent != NONE {
            let event = MeshEvent::Returns { request: parent, ending };
            ctx.after(later, Event::Mesh(event));
        } else if let Load::Closed { users, .. } = ctx.setup.traffic[traffic as usize].load {
            self.clients.think(traffic, (number % u64::from(users)) as u32, later, ctx);
        }
    }

    /// Ends a request on which nobody works any more.
    #[inline(always)]
    fn finish(&mut self, key: u32, ending: Ending, later: Span, ctx: &mut Context<'_>) {
        self.end(key, ending, later, ctx);
        self.requests.free(key);
    }

    /// A request of which nothing will be heard: its client waits until it gives up.
    fn lose(&mut self, key: u32, cause: Cause) {
        let request = self.requests.get_mut(key).expect("a request that is lost is there");
        if request.ended {
            self.requests.free(key);
        } else {
            request.stage = Stage::Lost(cause);
        }
    }

    /// Clients whose time is over.
    fn overdue(&mut self, class: u32, ctx: &mut Context<'_>) {
        loop {
            let Mesh { deadlines, requests, .. } = self;
            match deadlines[class as usize].ring(ctx.now, |deadline| is_open(requests, deadline)) {
                Ok(Deadline { request, .. }) if self.connected(request, class, ctx) => {}
                Ok(Deadline { request, .. }) => self.give_up(request, ctx),
                Err(Some(at)) => return ctx.at(at, Event::Mesh(MeshEvent::Overdue { class })),
                Err(None) => return,
            }
        }
    }

    fn give_up(&mut self, key: u32, ctx: &mut Context<'_>) {
        let asked = self.asked_for(key);
        match self.requests.get(key).expect("who gives up has waited").stage {
            Stage::Lost(cause) => self.finish(key, Ending::TimedOut(cause), Span::ZERO, ctx),
            Stage::Orphan(cause) => self.end(key, Ending::TimedOut(cause), Span::ZERO, ctx),
            _ => {
                let cause = asked.map_or(Cause::Slow, |child| self.why_late(child));
                self.end(key, Ending::TimedOut(cause), Span::ZERO, ctx);
            }
        }
        asked.into_iter().for_each(|child| self.give_up(child, ctx));
    }
}

fn is_open(requests: &Slab<Request>, deadline: &Deadline) -> bool {
    requests.get(deadline.request).is_some_and(|r| r.serial == deadline.serial && !r.ended)
}

/// Something happens to a request.
pub fn handle(event: MeshEvent, mesh: &mut Mesh, machines: &Machines, ctx: &mut Context<'_>) {
    let mut room = Room { mesh, machines, ctx };
    match event {
        MeshEvent::Arrives { request } => room.arrives(request),
        MeshEvent::Done { request } => room.done(request),
        MeshEvent::Shared { task, plan } => room.shared(task, plan),
        MeshEvent::Returns { request, ending } => room.returns(request, ending),
        MeshEvent::Overdue { class } => room.mesh.overdue(class, room.ctx),
    }
}

/// Nodes have something to tell each other.
pub fn tell(GossipEvent::Due: GossipEvent, mesh: &mut Mesh, machines: &Machines, ctx: &mut Context<'_>) {
    hearsay::due(mesh, machines, ctx);
}

/// Somebody sends a request.
pub fn send(event: ClientEvent, mesh: &mut Mesh, machines: &Machines, ctx: &mut Context<'_>) {
    let mut room = Room { mesh, machines, ctx };
    match event {
        ClientEvent::Sends { traffic } => room.next_arrival(traffic),
        ClientEvent::Thought { traffic, user } => room.user_sends(traffic, user),
    }
}
