//! Those who send requests: from outside, or from containers of the swarm.

use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span, TaskId};

use super::request::{NONE, Request, Stage};
use super::{Deadline, Mesh, Room};
use crate::context::Context;
use crate::engine::process::Times;
use crate::engine::stream::{IndexedStream, Stream};
use crate::event::{ClientEvent, Event, MeshEvent};
use crate::setup::{Load, Origin, Revision, Setup, Traffic};

/// All clients.
#[derive(Debug)]
pub(super) struct Clients {
    rows: Vec<Client>,
    /// By service that sends requests, and then by slot: the container that stands there now.
    senders: Vec<(ServiceId, Vec<Option<TaskId>>)>,
}

/// Those who send one traffic.
#[derive(Debug)]
struct Client {
    times: Option<Times>,
    next: u64,
    /// By user, how many requests it has sent.
    rounds: Vec<u32>,
    draws: Draws,
    /// The connections that are kept.
    pub(super) kept: Vec<Option<Connection>>,
}

/// A connection that is kept: where it enters, and the replica that it is pinned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Connection {
    pub(super) entry: NodeId,
    pub(super) task: TaskId,
}

/// The random numbers of a traffic, by what they are for; each is drawn by a request's number, so that under every strategy a
/// request meets the same fate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draws {
    pub(super) work: IndexedStream,
    pub(super) choice: IndexedStream,
    pub(super) journey: IndexedStream,
    entry: IndexedStream,
    think: IndexedStream,
}

impl Clients {
    pub(super) fn new(setup: &Setup) -> Clients {
        let client = |traffic: &Traffic| {
            let indexed = |purpose| IndexedStream::new(setup.seed, purpose, &traffic.name);
            let draws = Draws {
                work: indexed("request.work"),
                choice: indexed("request.choice"),
                journey: indexed("request.journey"),
                entry: indexed("request.entry"),
                think: indexed("client.think"),
            };
            let arrivals = || Stream::new(setup.seed, "request.arrival", &traffic.name);
            let (times, users) = match &traffic.load {
                Load::Open(process) => (Some(process.times(traffic.begins, arrivals())), 0),
                Load::Closed { users, .. } => (None, *users),
            };
            Client { times, next: 0, rounds: vec![0; users as usize], draws, kept: Vec::new() }
        };
        let mut senders: Vec<(ServiceId, Vec<Option<TaskId>>)> = Vec::new();
        for traffic in &setup.traffic {
            if let Origin::Service(service) = traffic.from
                && senders.iter().all(|(known, _)| *known != service)
            {
                let mode = setup.services[service.index()].mode;
                let slots = if mode.is_global() { setup.machines.len() } else { mode.replicas() as usize };
                senders.push((service, vec![None; slots]));
            }
        }
        Clients { rows: setup.traffic.iter().map(client).collect(), senders }
    }

    /// A container runs, or ran, from which requests may be sent. A global service's containers stand by node.
    pub(super) fn stands(&mut self, service: ServiceId, slot: u32, node: NodeId, task: TaskId, runs: bool) {
        let place = if slot == 0 { node.index() } else { slot as usize - 1 };
        let Some((_, slots)) = self.senders.iter_mut().find(|(known, _)| *known == service) else { return };
        if slots.len() <= place {
            slots.resize(place + 1, None);
        }
        if runs {
            slots[place] = Some(task);
        } else if slots[place] == Some(task) {
            slots[place] = None;
        }
    }

    #[inline]
    pub(super) fn draws(&self, traffic: u32) -> &Draws {
        &self.rows[traffic as usize].draws
    }

    #[inline]
    pub(super) fn kept(&mut self, traffic: u32, place: usize) -> &mut Option<Connection> {
        let kept = &mut self.rows[traffic as usize].kept;
        if kept.len() <= place {
            kept.resize(place + 1, None);
        }
        &mut kept[place]
    }

    /// The first of each: called once, at the beginning.
    pub(super) fn begin(&mut self, ctx: &mut Context<'_>) {
        let setup = ctx.setup;
        for (traffic, number) in setup.traffic.iter().zip(0..) {
            match traffic.load {
                Load::Open(_) => self.expect_next(number, ctx),
                Load::Closed { users, .. } => {
                    (0..users).for_each(|user| self.think(number, user, traffic.begins.since(ctx.now), ctx));
                }
            }
        }
    }

    /// Puts the next arrival of an open load into the agenda.
    #[inline(always)]
    fn expect_next(&mut self, traffic: u32, ctx: &mut Context<'_>) {
        let times = self.rows[traffic as usize].times.as_mut().expect("an open load has its times");
        if let Some(at) = times.next().filter(|at| *at < ctx.setup.traffic[traffic as usize].ends) {
            ctx.at(at, Event::Client(ClientEvent::Sends { traffic }));
        }
    }

    /// A user has its answer `later` from now, thinks, and then sends its next request.
    pub(super) fn think(&mut self, traffic: u32, user: u32, later: Span, ctx: &mut Context<'_>) {
        let Traffic { load: Load::Closed { users, think }, ends, .. } = &ctx.setup.traffic[traffic as usize]
        else {
            return;
        };
        let row = &mut self.rows[traffic as usize];
        let round = u64::from(row.rounds[user as usize]);
        let thinks = think.quantile(row.draws.think.draw(round * u64::from(*users) + u64::from(user)));
        let at = ctx.now + later + Span(thinks);
        if at < *ends {
            ctx.at(at, Event::Client(ClientEvent::Thought { traffic, user }));
        }
    }
}

impl Room<'_, '_> {
    /// The next request of an open load.
    #[inline]
    pub(super) fn next_arrival(&mut self, traffic: u32) {
        let client = &mut self.mesh.clients.rows[traffic as usize];
        let number = client.next;
        client.next += 1;
        self.mesh.clients.expect_next(traffic, self.ctx);
        self.sends(traffic, number);
    }

    /// A user sends its next request.
    pub(super) fn user_sends(&mut self, traffic: u32, user: u32) {
        let client = &mut self.mesh.clients.rows[traffic as usize];
        let (round, users) = (u64::from(client.rounds[user as usize]), client.rounds.len() as u64);
        client.rounds[user as usize] += 1;
        if !self.sends(traffic, round * users + u64::from(user)) {
            self.mesh.clients.think(traffic, user, PAUSE, self.ctx);
        }
    }

    /// A client sends a request; false if there is no container that could.
    #[inline(always)]
    fn sends(&mut self, traffic: u32, number: u64) -> bool {
        let Traffic { to, from, .. } = &self.ctx.setup.traffic[traffic as usize];
        let draws = &self.mesh.clients.rows[traffic as usize].draws;
        let (entry, outside) = match from {
            Origin::Outside { entries, latency } => {
                let which =
                    if entries.len() == 1 { 0 } else { draws.entry.below(number, entries.len() as u64) };
                (entries[which as usize], *latency)
            }
            Origin::Service(service) => {
                let (_, slots) = self
                    .mesh
                    .clients
                    .senders
                    .iter()
                    .find(|(known, _)| known == service)
                    .expect("whoever sends requests is known");
                let slot =
                    slots.get(draws.entry.below(number, slots.len() as u64) as usize).copied().flatten();
                let Some(replica) = slot.and_then(|task| self.mesh.replicas.get(task.0)) else {
                    self.ctx.work.requests_unsent += 1;
                    return false;
                };
                (replica.node, Span::ZERO)
            }
        };
        self.ctx.work.requests_sent += 1;
        let request = Request {
            serial: 0,
            traffic,
            kind: traffic,
            number,
            branch: 0,
            parent: NONE,
            calls: 0,
            to: *to,
            entry,
            task: TaskId(NONE),
            node: entry,
            revision: Revision::default(),
            sent: SimTime(self.ctx.now.0.saturating_sub(outside.0)),
            arrived: SimTime::ZERO,
            waited: Span::ZERO,
            work: Span::ZERO,
            outside,
            place: 0,
            stage: Stage::Travels,
            ended: false,
            hops: 0,
        };
        self.begin(request);
        true
    }

    /// A request comes into being, at the node by which it enters.
    #[inline(always)] // the request is written where it stays
    pub(super) fn begin(&mut self, request: Request) {
        let key = self.comes_into_being(request);
        self.enters(key);
    }

    /// A request comes into being.
    #[inline(always)]
    pub(super) fn comes_into_being(&mut self, mut request: Request) -> u32 {
        self.mesh.tally.sent += 1;
        request.serial = self.mesh.tally.sent;
        let Request { kind, serial, sent, .. } = request;
        let key = self.mesh.requests.insert(request);
        self.mesh.file(kind, sent, (key, serial), self.ctx);
        key
    }
}

impl Mesh {
    /// Notes when the client of a request gives up, among those of its kind.
    #[inline(always)]
    pub(super) fn file(
        &mut self,
        class: u32,
        sent: SimTime,
        (request, serial): (u32, u64),
        ctx: &mut Context<'_>,
    ) {
        let Mesh { deadlines, requests, .. } = self;
        let deadlines = &mut deadlines[class as usize];
        let deadline = Deadline { at: (sent + deadlines.patience).max(ctx.now), request, serial };
        if let Some(at) = deadlines.set(deadline, |deadline| super::is_open(requests, deadline)) {
            ctx.at(at, Event::Mesh(MeshEvent::Overdue { class }));
        }
    }
}

/// How long a user waits whose container is not there, before it looks again.
const PAUSE: Span = Span::secs(1);
