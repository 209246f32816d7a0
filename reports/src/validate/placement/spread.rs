//! `placement_spread`: a service is levelled, loses machines, gets them back and grows; the whole simulator takes part.

use std::sync::Arc;

use serde::Deserialize;
use swarmbed_scheduler::node::{Availability, Node, Role};
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span, strategy};
use swarmbed_sim::Simulation;
use swarmbed_sim::setup::{Action, End, Machine, Mode, Service, Setup, Step};

use crate::validate::{Answer, Case, Means};

#[derive(Deserialize)]
struct Params {
    nodes: u32,
    tasks: u32,
    failed: u32,
    new_tasks_after_return: u32,
}

/// The answers to a case's rows, all from one run.
pub(in crate::validate) fn answer(case: &Case, _: &Means<'_>) -> Vec<Answer> {
    let params = Params::deserialize(&case.params).ok().filter(|p| p.failed <= p.nodes);
    let Some(params) = params else {
        return case.unknown("spreading");
    };
    let [initial, failed, last] = play(&params);
    let extreme = |loads: &[u64], largest: bool| {
        let found = if largest { loads.iter().max() } else { loads.iter().min() };
        Answer::Certain(found.copied().unwrap_or(0) as f64)
    };
    let of = |metric: &str| match metric {
        "max_load_initial" => extreme(&initial.loads(), true),
        "min_load_initial" => extreme(&initial.loads(), false),
        "max_load_after_failure" => extreme(&failed.loads(), true),
        "tasks_moved_on_failure" => Answer::Certain(initial.moved_in(&failed) as f64),
        "sorted_loads_final" => {
            let mut loads = last.loads();
            loads.sort_unstable();
            Answer::Listed(loads)
        }
        _ => Answer::unsupported("nothing of that name is counted"),
    };
    case.rows.iter().map(|row| of(&row.metric)).collect()
}

/// Where the running task of each slot is, from the first slot on.
struct Placed {
    nodes: Vec<Option<NodeId>>,
    /// How many workers there are. The manager is the first node.
    workers: u32,
}

impl Placed {
    fn look(sim: &Simulation, replicas: u32, workers: u32) -> Placed {
        let running = |task: &&swarmbed_sim::manager::store::Task| {
            task.state == TaskState::Running && task.desired <= TaskState::Running
        };
        let mut nodes = vec![None; replicas as usize];
        for task in sim.store().tasks().filter(running) {
            nodes[task.slot as usize - 1] = task.node;
        }
        Placed { nodes, workers }
    }

    /// Tasks on each worker.
    fn loads(&self) -> Vec<u64> {
        let mut loads = vec![0; self.workers as usize];
        for node in self.nodes.iter().flatten() {
            loads[node.index() - 1] += 1;
        }
        loads
    }

    /// Slots whose task is elsewhere later.
    fn moved_in(&self, later: &Placed) -> usize {
        self.nodes.iter().zip(&later.nodes).filter(|(before, after)| before != after).count()
    }
}

/// Each phase lasts so long: machines are given up within 17 s, and replaced 5 s after.
const PHASE: Span = Span::secs(120);

/// Where the tasks are once all run, once the lost machines are replaced, and once the service has grown.
fn play(params: &Params) -> [Placed; 3] {
    let lost: Vec<NodeId> = (1..=params.failed).map(NodeId).collect();
    let (service, grown) = (ServiceId(0), params.tasks + params.new_tasks_after_return);
    let at = |phase: u64| SimTime::ZERO + Span(PHASE.0 * phase);
    let timeline = vec![
        Step { at: at(1), action: Action::Create { service } },
        Step { at: at(2), action: Action::Crash { nodes: lost.clone(), lasts: None } },
        Step { at: at(3), action: Action::Restart { nodes: lost } },
        Step { at: at(4), action: Action::Scale { service, replicas: grown } },
    ];
    let mut sim = Simulation::new(setup(params, timeline, at(5)));
    // A phase ends just before the next one's step.
    [(2, params.tasks), (3, params.tasks), (5, grown)].map(|(end, replicas)| {
        sim.run_until(SimTime(at(end).0 - 1), &mut []);
        Placed::look(&sim, replicas, params.nodes)
    })
}

fn setup(params: &Params, timeline: Vec<Step>, end: SimTime) -> Setup {
    let mut manager = machine("manager".to_owned(), Role::Manager);
    manager.node.availability = Availability::Drain;
    // Padded, so that names ascend as numbers do.
    let workers = (0..params.nodes).map(|n| machine(format!("worker-{n:08}"), Role::Worker));
    // Equal tasks that ask for nothing and start at once.
    let service = Service::new("service", Mode::Replicated { replicas: params.tasks });
    // `swarm-spread` would not level what is uneven once the machines are back.
    let strategy = Arc::from(strategy::build("spread[ties=id]").expect("it is in the catalogue"));
    Setup {
        machines: std::iter::once(manager).chain(workers).collect(),
        services: vec![Service { from_start: false, ..service }],
        timeline,
        ..Setup::empty("placement_spread", 1, End::At(end), strategy)
    }
}

fn machine(name: String, role: Role) -> Machine {
    let (hostname, resources) = (name.clone(), Resources::new(8_000_000_000, 32 << 30));
    Machine::new(Node { name, hostname, role, resources, ..Node::default() })
}
