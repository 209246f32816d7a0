//! The loop. Read this first.
//!
//! One closed [`Event`] enum, one `match`, and handlers that are lent exactly the state they may change. An agent is
//! lent no store: it cannot read the managers' mind. What a handler wants to happen later it puts into the agenda, what
//! it wants written it proposes to the ledger, and what has happened it reports as an observation.

use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span};

use crate::context::Context;
use crate::engine::agenda::Agenda;
use crate::event::{ArrivalEvent, Event, TimelineEvent};
use crate::manager::ledger::{self, Ledger, Write};
use crate::manager::listing::Api;
use crate::manager::quorum::{self, Quorum, Realm};
use crate::manager::scheduling::Answer;
use crate::manager::store::Store;
use crate::manager::{Leader, control, dispatcher, reaper, restart, roles, scheduling, updater};
use crate::names::Names;
use crate::observation::Observation;
use crate::observe::Observer;
use crate::observe::checkers::{Checkers, Finding};
use crate::observe::digest::{Digest, Digester};
use crate::setup::{Action, Arrival, Container, End, Revision, Setup, Step};
use crate::work::Work;
use crate::worker::{Workers, agent, container, mesh, usage};
use crate::world::faults::{Faults, Struck};
use crate::world::machines::Scene;
use crate::world::{Arrivals, Machines, machines, operator};

/// One run. It cannot fail once it is built: what goes wrong in the cluster is an observation, and what must never go
/// wrong is a [`Finding`].
pub struct Simulation {
    setup: Setup,
    names: Names,
    arrivals: Arrivals,
    faults: Faults,
    machines: Machines,
    workers: Workers,
    store: Store,
    leader: Leader,
    ledger: Ledger,
    quorum: Quorum,
    agenda: Agenda<Event>,
    /// Events in the agenda that nobody waits for.
    background: usize,
    writes: Vec<Write>,
    observations: Vec<Observation>,
    witnesses: Witnesses,
    work: Work,
    now: SimTime,
    ended: bool,
}

/// Who hears of everything that happens in any run.
struct Witnesses {
    digester: Digester,
    checkers: Checkers,
}

impl Simulation {
    /// A run as meant, at its beginning: machines on, agents connected, no service yet.
    pub fn new(setup: Setup) -> Simulation {
        let setup = with_first_services(setup);
        let names = Names::new(
            setup.machines.iter().map(|m| m.node.name.clone()),
            setup.services.iter().map(|s| s.name.clone()),
        );
        let store = Store::new(&setup);
        let mut simulation = Simulation {
            names,
            arrivals: Arrivals::new(&setup),
            faults: Faults::of(&setup),
            machines: Machines::new(&setup),
            workers: Workers::new(&setup),
            leader: Leader::new(&setup, &store),
            ledger: Ledger::default(),
            quorum: Quorum::new(&setup),
            agenda: Agenda::new(),
            background: 0,
            writes: Vec::new(),
            observations: Vec::new(),
            witnesses: Witnesses { digester: Digester::new(), checkers: Checkers::new(&setup) },
            work: Work::default(),
            now: SimTime::ZERO,
            ended: false,
            store,
            setup,
        };
        for (step, index) in simulation.setup.timeline.iter().zip(0..) {
            simulation.agenda.schedule(step.at, Event::Timeline(TimelineEvent::Due { step: index }));
        }
        (0..simulation.arrivals.count()).for_each(|workload| simulation.expect_next(workload));
        let (realm, faults, _, mut ctx) = simulation.split();
        realm.quorum.begin(realm.machines, &mut ctx);
        agent::start(agent::Ways { machines: realm.machines, quorum: realm.quorum }, realm.workers, &mut ctx);
        usage::begin(&realm.workers.usage, &mut ctx);
        realm.workers.mesh.begin(&mut ctx);
        let Realm { machines, workers, quorum, leader, .. } = realm;
        let dispatcher = &mut leader.dispatcher;
        let scene = Scene { machines, workers, quorum, dispatcher };
        faults.start(&mut Struck { scene, ctx: &mut ctx });
        simulation
    }

    /// Plays everything up to and including `until`, or to the end of the run if that comes first.
    pub fn run_until(&mut self, until: SimTime, observers: &mut [&mut dyn Observer]) {
        let end = self.setup.end.latest();
        let latest = until.min(end);
        while !self.ended {
            if !self.settled() {
                if let Some((now, event)) = self.agenda.pop_by(latest) {
                    self.now = now;
                    self.step(event, observers);
                    self.play_requests(latest, observers);
                    continue;
                }
                if self.agenda.peek_time().is_some_and(|due| due <= end) {
                    self.now = until;
                    return;
                }
            }
            self.finish();
        }
    }

    /// Nothing will happen any more: what the parts of the simulator hold of it is compared.
    fn finish(&mut self) {
        self.ended = true;
        if let End::At(end) = self.setup.end {
            self.now = end;
        }
        let placement = self.quorum.is_led().then(|| self.leader.scheduling.placement());
        let used = self.workers.recount_usage(&self.setup);
        let Witnesses { checkers, .. } = &mut self.witnesses;
        checkers.recount(self.now, &self.store, placement, used);
        checkers.requests(self.now, self.workers.mesh.recount());
    }

    /// Plays the whole run.
    pub fn run(&mut self, observers: &mut [&mut dyn Observer]) {
        self.run_until(SimTime::NEVER, observers);
    }

    /// Adds a step to the timeline, as if it had stood there from the start: for an operator who looks before acting. It
    /// has to be added while the run goes on, so a run that nobody may call over wants a step at its end.
    ///
    /// # Panics
    /// If its time has passed.
    pub fn add_step(&mut self, step: Step) {
        assert!(step.at >= self.now && !self.ended, "a step was added at {}, after its time", self.now);
        let index = self.setup.timeline.len() as u32;
        self.agenda.schedule(step.at, Event::Timeline(TimelineEvent::Due { step: index }));
        self.setup.timeline.push(step);
    }

    /// From now on, containers of that version of a service behave otherwise: something has changed that they depend on.
    pub fn change_containers(&mut self, service: ServiceId, revision: Revision, to: Container) {
        self.setup.spec_mut(service, revision).container = to;
    }

    /// Plays an event.
    fn step(&mut self, event: Event, observers: &mut [&mut dyn Observer]) {
        self.work.count(&event);
        let planned = self.agenda.number();
        let (mut realm, faults, witnesses, mut ctx) = self.split();
        let Realm { quorum, machines, workers, store, leader, .. } = &mut realm;
        let ctx = &mut ctx;
        match event {
            // A leader's plans die with its term, and stand still with its machine.
            e if e.is_the_leaders() && (!quorum.is_current(planned) || quorum.stall(e, machines)) => {}
            Event::Timeline(TimelineEvent::Due { step }) => {
                let dispatcher = &mut leader.dispatcher;
                control::take_step(step, &mut Scene { machines, workers, quorum, dispatcher }, ctx);
            }
            Event::Timeline(TimelineEvent::GivenUp { step }) => control::give_up(step, quorum, ctx),
            Event::Arrival(e) => operator::handle(e, ctx),
            Event::Fault(e) => {
                let dispatcher = &mut leader.dispatcher;
                let scene = Scene { machines, workers, quorum, dispatcher };
                faults.handle(e, &mut Struck { scene, ctx });
            }
            Event::Machine(e) => {
                let dispatcher = &mut leader.dispatcher;
                machines::handle(e, &mut Scene { machines, workers, quorum, dispatcher }, ctx);
            }
            Event::Agent(e) => agent::handle(e, agent::Ways { machines, quorum }, workers, ctx),
            Event::Container(e) => container::handle(e, machines, workers, ctx),
            Event::Usage(e) => usage::handle(e, workers, ctx),
            Event::Raft(e) => quorum::handle(e, quorum, machines, ctx),
            Event::Dispatcher(e) => dispatcher::handle(e, &mut leader.dispatcher, store, workers, ctx),
            Event::Placement(e) => {
                scheduling::handle(e, &mut leader.scheduling, store, &mut workers.usage, ctx);
            }
            Event::Restart(e) => restart::handle(e, &mut leader.restarts, store, ctx),
            Event::Update(e) => updater::handle(e, &mut leader.updater, store, ctx),
            Event::Reaper(e) => reaper::handle(e, &mut leader.reaper, ctx),
            Event::Role(e) => leader.roles.handle(e),
            Event::Client(e) => mesh::send(e, &mut workers.mesh, machines, ctx),
            Event::Mesh(e) => mesh::handle(e, &mut workers.mesh, machines, ctx),
            Event::Gossip(e) => mesh::tell(e, &mut workers.mesh, machines, ctx),
            Event::Proxy(e) => {
                let api = Api { quorum, store, machines };
                mesh::proxy::handle(e, workers, api, ctx);
            }
        }
        quorum::settle(&mut realm, ctx);
        roles::advance(&mut realm, ctx);
        ledger::advance(&mut realm, ctx);
        *ctx.background -= usize::from(event.is_background(ctx.setup.beats));
        witnesses.hear(ctx, observers);
        if let Some(broken) = realm.quorum.broken() {
            witnesses.checkers.raft(ctx.now, &broken);
        }
        if let Event::Arrival(ArrivalEvent::Comes { workload, .. }) = event {
            self.expect_next(workload);
        }
    }

    /// Draws a workload's next arrival, so that everybody knows the service by the time it comes.
    fn expect_next(&mut self, workload: u32) {
        let Some(Arrival { at, service }) = self.arrivals.next(workload) else { return };
        let id = self.names.add_service(&service.name);
        self.setup.services.push(service);
        self.agenda.schedule(at, Event::Arrival(ArrivalEvent::Comes { workload, service: id }));
    }

    /// Plays what happens to requests, up to the next event of another kind. Requests are many, and nobody but the mesh ever
    /// hears of them.
    fn play_requests(&mut self, latest: SimTime, observers: &mut [&mut dyn Observer]) {
        let (realm, _, witnesses, mut ctx) = self.split();
        let Realm { machines, workers: Workers { mesh, .. }, .. } = realm;
        let of_requests = |event: &Event| matches!(event, Event::Client(_) | Event::Mesh(_));
        while let Some((now, event)) = ctx.agenda.pop_if(latest, of_requests) {
            ctx.now = now;
            ctx.work.count(&event);
            match event {
                Event::Client(e) => mesh::send(e, mesh, machines, &mut ctx),
                Event::Mesh(e) => mesh::handle(e, mesh, machines, &mut ctx),
                _ => unreachable!("only events of requests were asked for"),
            }
            if !ctx.observations.is_empty() {
                witnesses.hear(&mut ctx, observers);
            }
        }
        self.now = self.agenda.now();
    }

    /// Nothing is due that anybody waits for.
    fn settled(&self) -> bool {
        matches!(self.setup.end, End::Settled { .. })
            && self.agenda.len() == self.background
            && self.ledger.is_idle()
            && self.quorum.is_settled()
    }

    /// The state that handlers change, and the context they are lent besides.
    fn split(&mut self) -> (Realm<'_>, &mut Faults, &mut Witnesses, Context<'_>) {
        let realm = Realm {
            quorum: &mut self.quorum,
            machines: &mut self.machines,
            workers: &mut self.workers,
            store: &mut self.store,
            leader: &mut self.leader,
            ledger: &mut self.ledger,
        };
        let ctx = Context {
            now: self.now,
            setup: &self.setup,
            names: &mut self.names,
            work: &mut self.work,
            agenda: &mut self.agenda,
            background: &mut self.background,
            writes: &mut self.writes,
            observations: &mut self.observations,
        };
        (realm, &mut self.faults, &mut self.witnesses, ctx)
    }

    /// Whether the run is over.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Up to when the run has been played.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// The digest of everything observed so far.
    pub fn digest(&self) -> Digest {
        self.witnesses.digester.digest()
    }

    /// The run as meant.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Names and texts.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// What the managers have committed.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The managers' Raft, and who leads.
    pub fn quorum(&self) -> &Quorum {
        &self.quorum
    }

    /// What runs on the nodes, whatever the managers know.
    pub fn workers(&self) -> &Workers {
        &self.workers
    }

    /// When the node's last heartbeat by now arrived at the managers, and the period that its answer granted; `None` if
    /// it arrived before the run began. Works out what was elided, and changes nothing.
    pub fn last_beat(&self, node: NodeId) -> Option<(SimTime, Span)> {
        self.workers.beats.arrived_by(node, self.now, &self.setup.profile)
    }

    /// For how many events memory is held, used or not.
    pub fn room(&self) -> usize {
        self.agenda.capacity()
    }

    /// Exact counters.
    pub fn work(&self) -> &Work {
        &self.work
    }

    /// Asks why the tasks of one slot go where they go; to be asked before the run.
    pub fn ask(&mut self, service: ServiceId, slot: u32) {
        self.leader.scheduling.ask(service, slot);
    }

    /// The answers so far to what was asked.
    pub fn answers(&self) -> &[Answer] {
        self.leader.scheduling.answers()
    }

    /// Invariants that did not hold.
    pub fn findings(&self) -> &[Finding] {
        self.witnesses.checkers.findings()
    }
}

impl Witnesses {
    /// Hands what has happened to everybody who reads it, before anything else happens.
    #[inline]
    fn hear(&mut self, ctx: &mut Context<'_>, observers: &mut [&mut dyn Observer]) {
        ctx.work.observations += ctx.observations.len() as u64;
        for what in ctx.observations.iter() {
            self.digester.observe(ctx.now, what, ctx.names);
            self.checkers.observe(ctx.now, what, ctx.setup, ctx.names);
            for observer in observers.iter_mut() {
                observer.observe(ctx.now, what, ctx.names);
            }
        }
        ctx.observations.clear();
    }
}

/// Services that exist from the start are created by the operator at time 0, by name and before anything else happens.
fn with_first_services(mut setup: Setup) -> Setup {
    let create = |(service, _)| Step { at: SimTime::ZERO, action: Action::Create { service } };
    let first = (0..).map(ServiceId).zip(&setup.services).filter(|(_, s)| s.from_start).map(create);
    setup.timeline = first.chain(std::mem::take(&mut setup.timeline)).collect();
    setup
}
