//! What has to be so at the end of a run whose last trouble is some time ago.

use swarmbed_scheduler::id::ServiceId;
use swarmbed_scheduler::node::{Availability, NodeState};
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::units::Span;
use swarmbed_sim::Simulation;
use swarmbed_sim::manager::store::{ServiceRow, Task};
use swarmbed_sim::setup::{End, Mode, RestartCondition, Service};

use crate::{Finding, SETTLES};

/// What comes and goes moves on: nothing that we draw takes longer for a step, and the last trouble is longer ago.
const STEP: Span = Span::secs(300);

/// The first service that is neither as it should be nor says why not. A run of a given duration may end in the midst of
/// things; those that we draw last until they have settled.
pub(crate) fn check(sim: &Simulation) -> Option<Finding> {
    if matches!(sim.setup().end, End::At(_)) {
        return None;
    }
    let services = sim.store().services().filter(|(_, row)| !row.removed);
    let reason = services.into_iter().find_map(|(id, row)| service(sim, id, row))?;
    Some(Finding { law: SETTLES, at: Some(sim.now()), reason })
}

fn service(sim: &Simulation, id: ServiceId, row: &ServiceRow) -> Option<String> {
    let about = &sim.setup().services[id.index()];
    let is_live = |task: &&Task| task.service == id && is_live(about, task);
    let live: Vec<&Task> = sim.store().tasks().filter(is_live).collect();
    let missing = match row.mode {
        Mode::Replicated { replicas } => number(live.len(), replicas as usize, may_stop(about)),
        Mode::ReplicatedJob { completions, concurrent } => {
            let wanted = completions.saturating_sub(row.completed).min(concurrent) as usize;
            // The next task is on its way into the store.
            let just_done = live.len() < wanted && just_done(sim, id);
            number(live.len(), wanted, may_stop(about) || just_done)
        }
        Mode::Global => uncovered(sim, about, &live),
        Mode::GlobalJob => {
            let done = |task: &&Task| task.service == id && task.state == TaskState::Complete;
            let covering: Vec<&Task> = live.iter().copied().chain(sim.store().tasks().filter(done)).collect();
            uncovered(sim, about, &covering)
        }
    };
    let late = || live.iter().find(|task| !is_settled(sim, about, task)).map(|task| waits(sim, task));
    missing.or_else(late).map(|what| format!("{} {what}", about.name))
}

/// Wanted, and not over; or over already within its restart delay, after which it is replaced. A job's task that has
/// exited with 0 is not.
fn is_live(service: &Service, task: &Task) -> bool {
    let is_done = service.mode.is_job() && task.state == TaskState::Complete;
    let is_replaced = comes_and_goes(service) && !is_done;
    task.desired <= service.mode.goal() && (!task.state.is_over() || is_replaced)
}

/// Whether a task of the job has done its work so lately that nobody may have seen to it yet.
fn just_done(sim: &Simulation, id: ServiceId) -> bool {
    let done = |task: &Task| task.service == id && task.state == TaskState::Complete;
    sim.store().tasks().any(|task| done(task) && sim.now().since(task.since) < Span::secs(1))
}

/// Whether a task that has ended may rightly stay without a successor.
fn may_stop(service: &Service) -> bool {
    service.restart.condition != RestartCondition::Any || service.restart.max_attempts > 0
}

/// Whether its containers end by themselves, so that some task is always on its way.
fn comes_and_goes(service: &Service) -> bool {
    let container = &service.container;
    container.run.is_some() || container.fails_to_prepare_ppm > 0 || container.fails_to_start_ppm > 0
}

fn number(live: usize, wanted: usize, may_stop: bool) -> Option<String> {
    let right = if may_stop { live <= wanted } else { live == wanted };
    (!right).then(|| format!("has {live} tasks of {wanted}"))
}

/// A node that should have a task of a global service and has none.
fn uncovered(sim: &Simulation, service: &Service, live: &[&Task]) -> Option<String> {
    let eligible = |node: &swarmbed_scheduler::node::Node| {
        node.state == NodeState::Ready
            && node.availability == Availability::Active
            && service.task.constraints.iter().all(|constraint| constraint.matches(node))
    };
    let mut nodes = sim.store().nodes().filter(|(_, node)| eligible(node) && !may_stop(service));
    let (_, node) = nodes.find(|(id, _)| live.iter().all(|task| task.node != Some(*id)))?;
    Some(format!("has no task on {}", node.name))
}

/// Running, or waiting for a place with a reason; or on its way and not stuck, where that never ends.
fn is_settled(sim: &Simulation, service: &Service, task: &Task) -> bool {
    let runs = task.state == TaskState::Running && task.desired == service.mode.goal();
    let explained = task.state == TaskState::Pending && !sim.names().text(task.error).is_empty();
    runs || explained || (comes_and_goes(service) && sim.now().since(task.since) < STEP)
}

fn waits(sim: &Simulation, task: &Task) -> String {
    let node = task.node.map_or("no node", |node| sim.names().node(node));
    let (slot, state, desired) = (task.slot, task.state, task.desired);
    format!(
        "has task {} of slot {slot} on {node}, {state} since {} and wanted {desired}",
        task.id.0, task.since
    )
}
