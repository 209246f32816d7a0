//! A request through the mesh beside the barest queue that there can be: one server on the bare agenda, two events for each
//! customer, nothing else. Both draw their gaps and their work in the same way. That the cluster comes up is not counted.

use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use swarmbed_scheduler::node::{Node, Role};
use swarmbed_scheduler::spec::{Port, Protocol, PublishMode};
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span, strategy};
use swarmbed_sim::Simulation;
use swarmbed_sim::engine::agenda::Agenda;
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::engine::process::Process;
use swarmbed_sim::engine::stream::{IndexedStream, Stream};
use swarmbed_sim::setup::{
    Balance, Connections, Discipline, Door, End, INGRESS, Load, Machine, Mode, Origin, Server, Service,
    Setup, Traffic,
};

/// Requests for each run.
const REQUESTS: u64 = 1_000_000;

fn law(mean: f64) -> Distribution {
    Distribution::exponential(mean).expect("a positive mean")
}

/// One server, first come, first served, at a load of 0.8.
fn bare() -> u64 {
    #[derive(Clone, Copy)]
    enum Event {
        Comes,
        Leaves,
    }
    let (gap, work) = (law(1.25e9), law(1e9));
    let mut gaps = Stream::new(1, "gap", "");
    let works = IndexedStream::new(1, "work", "");
    let mut agenda = Agenda::new();
    let (mut present, mut come, mut begun, mut left) = (0u64, 0, 0, 0);
    agenda.schedule(SimTime(gap.sample(&mut gaps)), Event::Comes);
    while left < REQUESTS {
        let Some((now, event)) = agenda.pop() else { break };
        match event {
            Event::Comes => {
                come += 1;
                present += 1;
                if come < REQUESTS {
                    agenda.schedule(now + Span(gap.sample(&mut gaps)), Event::Comes);
                }
            }
            Event::Leaves => {
                present -= 1;
                left += 1;
            }
        }
        let starts =
            matches!(event, Event::Comes) && present == 1 || matches!(event, Event::Leaves) && present > 0;
        if starts {
            agenda.schedule(now + Span(work.quantile(works.draw(begun))), Event::Leaves);
            begun += 1;
        }
    }
    left
}

/// 100 replicas on 20 nodes, each of which takes requests, at a load of 0.8. `latency` lies between the nodes.
fn mesh(latency: Span) -> Setup {
    let begins = SimTime::ZERO + Span::secs(60);
    let length = REQUESTS as f64 * 1e9 / 80.0;
    let end = begins + Span(length as u64);
    let mut setup =
        Setup::empty("mesh", 1, End::At(end), Arc::from(strategy::build("swarm-spread").expect("built in")));
    setup.profile.latency = latency;
    setup.machines = (0..20)
        .map(|number| {
            let role = if number == 0 { Role::Manager } else { Role::Worker };
            Machine::new(Node { name: format!("node-{number:02}"), role, ..Node::default() })
        })
        .collect();
    let mut service = Service::new("web", Mode::Replicated { replicas: 100 });
    service.task.ports =
        vec![Port { published: 80, target: 80, protocol: Protocol::Tcp, mode: PublishMode::Ingress }];
    service.server = Some(Server {
        slots: 1,
        discipline: Discipline::Fcfs,
        work: law(1e9),
        queue: None,
        calls: Vec::new(),
        drains: true,
    });
    setup.services = vec![service];
    setup.traffic = vec![Traffic {
        name: "users".to_owned(),
        to: ServiceId(0),
        door: Door::Network(INGRESS),
        from: Origin::Outside { entries: (0..20).map(NodeId).collect(), latency: Span::ZERO },
        load: Load::Open(Process::Renewal { gap: law(1e9 / 80.0) }),
        begins,
        ends: SimTime::NEVER,
        timeout: Span::secs(100),
        connections: Connections::PerRequest,
        balance: Balance::Mesh,
        ask: Default::default(),
    }];
    setup
}

/// The cluster stands, and nothing was sent yet.
fn standing(setup: Setup) -> Simulation {
    let begins = setup.traffic[0].begins;
    let mut simulation = Simulation::new(setup);
    simulation.run_until(begins, &mut []);
    simulation
}

fn played(mut simulation: Simulation) -> Simulation {
    simulation.run(&mut []);
    let tally = simulation.workers().mesh().tally();
    assert!(tally.ended * 100 > REQUESTS * 98, "nearly all are answered: {tally:?}");
    simulation
}

fn requests(c: &mut Criterion) {
    let mut group = c.benchmark_group("requests");
    group.throughput(Throughput::Elements(REQUESTS)).sample_size(10);
    group.bench_function("bare M/M/1", |b| b.iter(bare));
    for (name, latency) in [("no latency", Span::ZERO), ("0.5 ms", Span::micros(500))] {
        group.bench_function(format!("through the mesh, {name}"), |b| {
            b.iter_batched(|| standing(mesh(latency)), played, BatchSize::PerIteration);
        });
    }
    group.finish();
}

criterion_group!(benches, requests);
criterion_main!(benches);
