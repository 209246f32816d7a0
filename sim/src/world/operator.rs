//! Who asks for services that come by themselves, and takes them away again when they are done.
//!
//! A workload's next service is known before it is due, since the setup and the names have to hold it by then. So there is
//! one arrival per workload in the agenda, and what comes after it is drawn when it has come.

use swarmbed_scheduler::{ServiceId, SimTime};

use crate::context::Context;
use crate::event::{ArrivalEvent, Event};
use crate::manager::ledger::Write;
use crate::manager::store::Store;
use crate::observation::Observation;
use crate::setup::{Arrival, Mode, Setup, Stay};

/// The arrivals still to come.
pub struct Arrivals {
    workloads: Vec<Box<dyn Iterator<Item = Arrival> + Send>>,
    /// The latest arrival drawn of each: none may come before it.
    latest: Vec<SimTime>,
}

impl Arrivals {
    /// All of them.
    pub fn new(setup: &Setup) -> Arrivals {
        let workloads: Vec<_> = setup.workloads.iter().map(|w| w.source.arrivals(setup.seed)).collect();
        Arrivals { latest: vec![SimTime::ZERO; workloads.len()], workloads }
    }

    /// How many workloads there are.
    pub fn count(&self) -> u32 {
        self.workloads.len() as u32
    }

    /// The workload's next arrival, if there is one.
    pub fn next(&mut self, workload: u32) -> Option<Arrival> {
        let arrival = self.workloads[workload as usize].next()?;
        let latest = &mut self.latest[workload as usize];
        assert!(arrival.at >= *latest, "arrivals come by ascending time: {} after {latest}", arrival.at);
        *latest = arrival.at;
        Some(arrival)
    }
}

/// A service comes, or its time is over.
pub fn handle(event: ArrivalEvent, ctx: &mut Context<'_>) {
    match event {
        ArrivalEvent::Comes { workload, service } => {
            let asked = &ctx.setup.services[service.index()];
            let (mode, reserves) = (asked.mode, asked.task.reservations);
            ctx.observe(Observation::ServiceArrived { service, workload, mode, reserves });
            ctx.propose(Write::Create(service));
            if let Stay::For(span) = asked.stay {
                ctx.after(span, Event::Arrival(ArrivalEvent::Leaves { service }));
            }
        }
        ArrivalEvent::Leaves { service } => ctx.propose(Write::Remove(service)),
    }
}

/// Takes a job away whose last task has exited with 0.
pub(crate) fn learn(what: &Observation, store: &Store, ctx: &mut Context<'_>) {
    let &Observation::TaskStateChanged { task, .. } = what else { return };
    let Some(service) = store.task(task).map(|row| row.service) else { return };
    if ctx.setup.services[service.index()].stay == Stay::UntilDone && is_done(service, store) {
        ctx.propose(Write::Remove(service));
    }
}

fn is_done(service: ServiceId, store: &Store) -> bool {
    store.service(service).is_some_and(|row| match row.mode {
        Mode::ReplicatedJob { completions, .. } => !row.removed && row.completed == completions,
        _ => false,
    })
}
