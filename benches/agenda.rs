//! The agenda beside `simcore`, the kernel of the field's own Rust simulators, doing the same work.
//!
//! Hold model: a fixed number of entities, each with one pending event; every event that happens schedules the next one of
//! its entity. Both sides carry the same payload, look up the same delays, drawn beforehand, and do nothing else.
//! `mix` has four kinds of entities whose mean delays are those of a cluster: heartbeats next to disk failures. Queues that
//! win the hold model have been seen to collapse there, so look at both. How to read the numbers: `benches/README.md`.

use std::cell::RefCell;
use std::hint::black_box;
use std::rc::Rc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use simcore::{Event, EventHandler, Simulation, SimulationContext};
use swarmbed_scheduler::units::{SimTime, Span};
use swarmbed_sim::engine::agenda::Agenda;
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::engine::stream::Stream;

/// Mean delays in nanoseconds, dealt to the entities in turn.
const HOLD: &[f64] = &[1e9];
const MIX: &[f64] = &[0.6e9, 1e9, 60e9, 1000e9];

/// Events per iteration: enough to hide the loop around them.
const BATCH: usize = 1_000;

/// Exponential delays, drawn beforehand so that neither side pays for logarithms or for turning integers into floats.
struct Delays {
    /// For each mean, 4,093 delays: a prime, so that no entity meets the same few again and again.
    nanos: Vec<[u64; 4_093]>,
    seconds: Vec<[f64; 4_093]>,
    drawn: usize,
}

impl Delays {
    fn new(means: &[f64]) -> Delays {
        let mut stream = Stream::new(1, "bench", "delays");
        let mut draw = |&mean: &f64| {
            let delay = Distribution::exponential(mean).expect("a positive mean");
            [(); 4_093].map(|()| delay.sample(&mut stream))
        };
        let nanos: Vec<_> = means.iter().map(&mut draw).collect();
        let seconds = nanos.iter().map(|row| row.map(|delay| delay as f64 / 1e9)).collect();
        Delays { nanos, seconds, drawn: 0 }
    }

    #[inline]
    fn next(&mut self, entity: u64) -> (usize, usize) {
        self.drawn = if self.drawn == 4_092 { 0 } else { self.drawn + 1 };
        (entity as usize % self.nanos.len(), self.drawn)
    }

    #[inline]
    fn next_span(&mut self, entity: u64) -> Span {
        let (row, place) = self.next(entity);
        Span(self.nanos[row][place])
    }

    #[inline]
    fn next_seconds(&mut self, entity: u64) -> f64 {
        let (row, place) = self.next(entity);
        self.seconds[row][place]
    }
}

/// Ours: the loop of a simulation whose only handler schedules the next event.
fn swarmbed(pending: u64, means: &[f64]) -> impl FnMut() {
    let (mut agenda, mut delays) = (Agenda::new(), Delays::new(means));
    for entity in 0..pending {
        agenda.schedule(SimTime::ZERO + delays.next_span(entity), entity);
    }
    move || {
        for _ in 0..BATCH {
            let (now, entity) = agenda.pop().expect("every event schedules another");
            agenda.schedule(now + delays.next_span(entity), black_box(entity));
        }
    }
}

/// Theirs: one component that receives every event.
fn simcore(pending: u64, means: &[f64]) -> impl FnMut() {
    struct Component {
        context: SimulationContext,
        delays: Delays,
    }

    impl EventHandler for Component {
        fn on(&mut self, event: Event) {
            let entity = *event.data.downcast_ref::<u64>().expect("the payload is an entity");
            self.context.emit_self(black_box(entity), self.delays.next_seconds(entity));
        }
    }

    let mut simulation = Simulation::new(1);
    let context = simulation.create_context("entities");
    let mut delays = Delays::new(means);
    for entity in 0..pending {
        context.emit_self(entity, delays.next_seconds(entity));
    }
    simulation.add_handler("entities", Rc::new(RefCell::new(Component { context, delays })));
    move || {
        simulation.steps(BATCH as u64);
    }
}

fn agenda(criterion: &mut Criterion) {
    for (model, means) in [("hold", HOLD), ("mix", MIX)] {
        let mut group = criterion.benchmark_group(model);
        group.throughput(Throughput::Elements(BATCH as u64));
        for pending in [1_000, 100_000] {
            group.bench_function(BenchmarkId::new("swarmbed", pending), |b| b.iter(swarmbed(pending, means)));
            group.bench_function(BenchmarkId::new("simcore", pending), |b| b.iter(simcore(pending, means)));
        }
        group.finish();
    }
}

criterion_group!(benches, agenda);
criterion_main!(benches);
