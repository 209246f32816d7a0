//! The clusters of the recordings, rebuilt: their machines and services.

use std::sync::Arc;

use swarmbed_scheduler::constraint::Constraint;
use swarmbed_scheduler::node::{Node, Role};
use swarmbed_scheduler::spec::TaskSpec;
use swarmbed_scheduler::strategy::Strategy;
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, SimTime, Span};
use swarmbed_sim::Setup;
use swarmbed_sim::setup::{Action, End, Machine, Mode, Service, Step};

use super::mood::{self, Mood};
use super::situation::Situation;

/// Longer than any recording: the run is ended by whoever plays it.
const END: SimTime = SimTime(Span::secs(24 * 3600).0);

/// A cluster before its services exist. The machines are those of the first situation; each situation has a service of
/// its own. `joiners` further workers are not members yet.
pub(super) fn setup(
    situations: &[&Situation],
    mode: impl Fn(&Situation) -> Mode,
    joiners: u32,
    seed: u64,
    strategy: &Arc<dyn Strategy>,
) -> Setup {
    let cluster = situations[0];
    // Names are padded: a node's number is its place in the order of names, and so is a service's.
    let managers = (0..cluster.managers).map(|i| machine(format!("m{i:04}"), Role::Manager, true));
    let workers = (0..cluster.workers + joiners)
        .map(|i| machine(format!("w{i:04}"), Role::Worker, i < cluster.workers));
    let services = (0..).zip(situations).map(|(i, s)| service(format!("s{i:04}"), s, mode(s)));
    // Keeps the run alive while nothing is due.
    let curtain = Step { at: END, action: Action::Thaw { nodes: Vec::new() } };
    Setup {
        profile: Mood::of(seed, cluster.machine).profile(),
        machines: managers.chain(workers).collect(),
        services: services.collect(),
        timeline: vec![curtain],
        ..Setup::empty("conform", seed, End::At(END), strategy.clone())
    }
}

/// The worker of that number, from 0.
pub(super) fn worker(situation: &Situation, number: u32) -> NodeId {
    NodeId(situation.managers + number)
}

fn machine(name: String, role: Role, from_start: bool) -> Machine {
    let hostname = name.clone();
    let resources = Resources::new(8_000_000_000, 32 << 30);
    Machine { from_start, ..Machine::new(Node { name, hostname, role, resources, ..Node::default() }) }
}

/// The service under test. Where the recorded managers carried no tasks it asks for workers.
fn service(name: String, situation: &Situation, mode: Mode) -> Service {
    let workers_only = || Constraint::parse("node.role==worker").expect("a valid constraint");
    let constraints = if situation.managers_work { vec![] } else { vec![workers_only()] };
    Service {
        task: TaskSpec { constraints, ..TaskSpec::default() },
        restart: mood::restart(situation.restart),
        container: mood::container(&situation.container, situation.machine),
        from_start: false,
        ..Service::new(name, mode)
    }
}
