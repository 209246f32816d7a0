//! A request through the mesh beside the barest queue that there can be: one server on the bare agenda, two events for each
//! customer, nothing else. Both draw their gaps and their work in the same way. That the cluster comes up is not counted.
//!
//! What is asked for is a ratio, so they take turns of a few milliseconds, and the best of each counts: what else the machine
//! does counts for nobody. A run of the mesh goes on from turn to turn.

#![expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "a bench takes time")]

use std::sync::Arc;
use std::time::Instant;

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

/// Requests for each turn.
const TURN: u64 = 20_000;

/// Turns.
const TURNS: u64 = 150;

/// Requests a second of simulated time.
const RATE: u64 = 80;

fn law(mean: f64) -> Distribution {
    Distribution::exponential(mean).expect("a positive mean")
}

/// One server, first come, first served, at a load of 0.8.
struct Bare {
    gap: Distribution,
    work: Distribution,
    gaps: Stream,
    works: IndexedStream,
    agenda: Agenda<Event>,
    present: u64,
    begun: u64,
    left: u64,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Comes,
    Leaves,
}

impl Bare {
    fn new() -> Bare {
        let (gap, work) = (law(1.25e9), law(1e9));
        let (gaps, works) = (Stream::new(1, "gap", ""), IndexedStream::new(1, "work", ""));
        let mut agenda = Agenda::new();
        agenda.schedule(SimTime::ZERO, Event::Comes);
        Bare { gap, work, gaps, works, agenda, present: 0, begun: 0, left: 0 }
    }

    /// Until so many have left.
    fn play(&mut self, left: u64) {
        while self.left < left {
            let Some((now, event)) = self.agenda.pop() else { break };
            match event {
                Event::Comes => {
                    self.present += 1;
                    self.agenda.schedule(now + Span(self.gap.sample(&mut self.gaps)), Event::Comes);
                }
                Event::Leaves => {
                    self.present -= 1;
                    self.left += 1;
                }
            }
            let starts = match event {
                Event::Comes => self.present == 1,
                Event::Leaves => self.present > 0,
            };
            if starts {
                let takes = Span(self.work.quantile(self.works.draw(self.begun)));
                self.agenda.schedule(now + takes, Event::Leaves);
                self.begun += 1;
            }
        }
    }
}

/// 100 replicas on 20 nodes, each of which takes requests, at a load of 0.8. `latency` lies between the nodes.
fn mesh(latency: Span) -> Setup {
    let strategy = strategy::build("swarm-spread").expect("built in");
    let mut setup = Setup::empty("mesh", 1, End::At(turn(TURNS)), Arc::from(strategy));
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
        load: Load::Open(Process::Renewal { gap: law(1e9 / RATE as f64) }),
        begins: turn(0),
        ends: SimTime::NEVER,
        timeout: Span::secs(100),
        connections: Connections::PerRequest,
        balance: Balance::Mesh,
        ask: Default::default(),
    }];
    setup
}

/// When so many turns of requests have been sent, and when they begin.
fn turn(number: u64) -> SimTime {
    SimTime::ZERO + Span::secs(60 + number * TURN / RATE)
}

/// The cluster stands, and nothing was sent yet.
fn standing(latency: Span) -> Simulation {
    let mut simulation = Simulation::new(mesh(latency));
    simulation.run_until(turn(0), &mut []);
    simulation
}

fn seconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

fn main() {
    let mut bare = Bare::new();
    let mut runs = [Span::ZERO, Span::micros(500)].map(standing);
    let mut best = [f64::INFINITY; 3];
    let mut room = [0; 2];
    for number in 1..=TURNS {
        best[0] = best[0].min(seconds(|| bare.play(number * TURN)));
        for (run, best) in runs.iter_mut().zip(&mut best[1..]) {
            *best = best.min(seconds(|| run.run_until(turn(number), &mut [])));
        }
        if number == TURNS / 10 || number == TURNS {
            room[usize::from(number == TURNS)] = runs[1].room() + runs[1].workers().mesh().room();
        }
    }
    for run in &runs {
        let tally = run.workers().mesh().tally();
        assert!(tally.ended * 100 > TURNS * TURN * 98, "nearly all are answered: {tally:?}");
    }
    let names = ["bare M/M/1", "through the mesh, no latency", "through the mesh, 0.5 ms"];
    for (name, best) in names.iter().zip(best.map(|best| best * 1e9 / TURN as f64)) {
        println!("{name:<28} {best:>6.0} ns a request");
    }
    println!("mesh / bare: {:.2} without latency, {:.2} with", best[1] / best[0], best[2] / best[0]);
    let [early, late] = room;
    println!(
        "room for events, requests and deadlines: {early} after {} requests, {late} after {}",
        TURNS * TURN / 10,
        TURNS * TURN
    );
}
