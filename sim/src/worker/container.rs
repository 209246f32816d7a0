//! A task on its node (`agent/task.go`, `agent/exec/controller.go`): accepted, prepared, started, run, ended, stopped.
//!
//! The agent works a task up to its desired state and pauses in READY until it is allowed to run. An order that reaches
//! a task in the midst of an operation cancels it, and the agent acts on the order **1 s later** (`agent/task.go:172`;
//! seen in recordings of the real SwarmKit). A task that waits in READY reacts at once.

use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span, TaskId};

use super::gossip::State;
use super::usage;
use super::{Order, Workers, agent};
use crate::context::Context;
use crate::event::{ContainerEvent, ContainerStep, DispatcherEvent, Event};
use crate::observation::Observation;
use crate::setup::Service;
use crate::world::Machines;
use crate::world::machines::Power;

mod health;
mod runs;

use health::Course;
use runs::{Operation, Vessel};
pub use runs::{Run, Runs};

/// The exit code of a container that was killed: 128 + SIGKILL.
pub const KILLED: u8 = 137;

/// The exit code of a container that ended at the signal to stop: 128 + SIGTERM.
const TERMINATED: u8 = 143;

/// A container acts.
pub fn handle(event: ContainerEvent, machines: &Machines, workers: &mut Workers, ctx: &mut Context<'_>) {
    let Some(run) = workers.runs.get_mut(event.task) else { return };
    if machines.power(run.node) == Power::Frozen {
        let node = run.node;
        agent::stall(node, event, workers);
        return;
    }
    // No order cancels these: they belong to the container.
    let lives = run.vessel == (Vessel::Running { number: event.generation });
    match event.what {
        ContainerStep::Exits if lives => {
            let code = run.spec(ctx.setup).container.exit_code;
            return exits(event.task, code, workers, ctx);
        }
        ContainerStep::Healthy if lives => return healthy(event.task, workers, ctx),
        ContainerStep::Unhealthy if lives => return unhealthy(event.task, workers, ctx),
        ContainerStep::Exits | ContainerStep::Healthy | ContainerStep::Unhealthy => return,
        _ => {}
    }
    if run.generation != event.generation {
        return;
    }
    match event.what {
        ContainerStep::Created => created(event.task, workers, ctx),
        ContainerStep::Started => started(event.task, workers, ctx),
        ContainerStep::Retry => act(event.task, workers, ctx),
        ContainerStep::Signalled => signal(event.task, workers, ctx),
        ContainerStep::Stopped => stopped(event.task, workers, ctx),
        ContainerStep::Exits | ContainerStep::Healthy | ContainerStep::Unhealthy => {
            unreachable!("handled above, since no order cancels them")
        }
    }
}

/// A task arrives at its node.
pub fn accept(order: Order, node: NodeId, workers: &mut Workers, ctx: &mut Context<'_>) {
    let service = ctx.setup.spec(order.service, order.revision);
    let metered = workers.usage.is_on();
    let run = Run::new(order, node, draw(order, node, service, metered, ctx));
    workers.runs.insert(order.task, run);
    advance_to(order.task, TaskState::Accepted, 0, workers, ctx);
    act(order.task, workers, ctx);
}

/// How long this container will take for each step, and what it will use. Drawn at once, in one order, from the stream of
/// its stable name, so that every strategy meets the same containers.
fn draw(order: Order, node: NodeId, service: &Service, metered: bool, ctx: &Context<'_>) -> runs::Draws {
    let name = match order.slot {
        0 => format!("{}.{}.{}", service.name, ctx.names.node(node), order.attempt),
        slot => format!("{}.{slot}.{}", service.name, order.attempt),
    };
    let mut stream = ctx.stream("container", &name);
    let container = &service.container;
    let million = 1_000_000;
    let mut checked = ctx.stream("container.health", &name);
    let ready = container.ready.as_ref().map_or(Span::ZERO, |law| Span(law.sample(&mut checked)));
    let sickens = container.sickens.as_ref().map(|law| Span(law.sample(&mut checked)));
    runs::Draws {
        create: Span(container.create.sample(&mut stream)),
        start: Span(container.start.sample(&mut stream)),
        stop: Span(container.stop.sample(&mut stream)),
        run: container.run.as_ref().map(|run| Span(run.sample(&mut stream))),
        fails_to_prepare: stream.below(million) < u64::from(container.fails_to_prepare_ppm),
        fails_to_start: stream.below(million) < u64::from(container.fails_to_start_ppm),
        uses: if metered { usage::draw(service, &mut stream) } else { Resources::ZERO },
        health: service.health.map(|health| Course::of(&health, ready, sickens)),
        ready,
        sickens,
    }
}

/// The managers changed what they want of a task.
pub fn change_order(task: TaskId, desired: TaskState, workers: &mut Workers, ctx: &mut Context<'_>) {
    let Some(run) = workers.runs.get_mut(task).filter(|r| r.desired != desired) else { return };
    run.desired = desired;
    match run.operation {
        Operation::None if run.state.is_over() => {}
        Operation::None => act(task, workers, ctx),
        Operation::Cancelled | Operation::Stopping => {} // it will look at the order when it gets there
        Operation::Preparing | Operation::Starting | Operation::Waiting => {
            run.operation = Operation::Cancelled;
            run.generation += 1;
            let retry = ctx.setup.profile.agent_retry;
            ctx.after(retry, event(task, run.generation, ContainerStep::Retry));
        }
    }
}

/// Does the next thing towards what is wanted, from wherever the task stands.
fn act(task: TaskId, workers: &mut Workers, ctx: &mut Context<'_>) {
    let run = workers.runs.get_mut(task).expect("an agent acts on tasks it knows");
    run.operation = Operation::None;
    if run.desired >= TaskState::Shutdown {
        stop(task, workers, ctx);
        return;
    }
    match run.state {
        TaskState::Accepted | TaskState::Preparing => prepare(task, workers, ctx),
        TaskState::Ready if run.desired >= TaskState::Running => start(task, workers, ctx),
        TaskState::Starting => match run.vessel {
            Vessel::None => start(task, workers, ctx),
            // A container that has been started is not waited for again (`controller.go`: ErrTaskStarted).
            Vessel::Running { .. } => healthy(task, workers, ctx),
            Vessel::Exited(code) => end(task, code, workers, ctx),
        },
        TaskState::Running => match run.vessel {
            Vessel::Exited(code) => end(task, code, workers, ctx),
            _ => run.operation = Operation::Waiting,
        },
        _ => {}
    }
}

fn prepare(task: TaskId, workers: &mut Workers, ctx: &mut Context<'_>) {
    advance_to(task, TaskState::Preparing, 0, workers, ctx);
    let run = workers.runs.get_mut(task).expect("the task being prepared is known");
    workers.mesh.attach(task, &run.spec(ctx.setup).networks, run.node, ctx);
    let run = workers.runs.get_mut(task).expect("the task being prepared is known");
    run.operation = Operation::Preparing;
    let image = run.spec(ctx.setup).image;
    if image.is_none_or(|image| workers.images.need(run.node, image, task, ctx)) {
        create(run, task, ctx);
    }
}

/// The image that a task waits for is there.
pub fn image_present(task: TaskId, workers: &mut Workers, ctx: &mut Context<'_>) {
    if let Some(run) = workers.runs.get_mut(task).filter(|r| r.operation == Operation::Preparing) {
        create(run, task, ctx);
    }
}

/// Creates the container. An order that cancels the agent's waiting for it does not keep the engine from creating it: tried
/// again, only what is left is waited for (in recordings of the real SwarmKit a task that was told to run while it was being
/// prepared started at the retry).
fn create(run: &mut Run, task: TaskId, ctx: &mut Context<'_>) {
    run.generation += 1;
    let due = *run.created.get_or_insert(ctx.now + run.draws.create);
    ctx.at(due.max(ctx.now), event(task, run.generation, ContainerStep::Created));
}

fn created(task: TaskId, workers: &mut Workers, ctx: &mut Context<'_>) {
    let run = workers.runs.get_mut(task).expect("a live event's task is known");
    run.operation = Operation::None;
    if run.draws.fails_to_prepare {
        // A fatal error before STARTING is REJECTED, from STARTING on FAILED (`agent/exec/controller.go:212-219`).
        advance_to(task, TaskState::Rejected, 1, workers, ctx);
    } else {
        advance_to(task, TaskState::Ready, 0, workers, ctx);
        act(task, workers, ctx);
    }
}

fn start(task: TaskId, workers: &mut Workers, ctx: &mut Context<'_>) {
    advance_to(task, TaskState::Starting, 0, workers, ctx);
    let run = workers.runs.get_mut(task).expect("the task being started is known");
    run.operation = Operation::Starting;
    run.generation += 1;
    ctx.after(run.draws.start, event(task, run.generation, ContainerStep::Started));
}

fn started(task: TaskId, workers: &mut Workers, ctx: &mut Context<'_>) {
    let run = workers.runs.get_mut(task).expect("a live event's task is known");
    if run.draws.fails_to_start {
        run.operation = Operation::None;
        advance_to(task, TaskState::Failed, 1, workers, ctx);
        return;
    }
    let number = run.generation;
    run.vessel = Vessel::Running { number };
    ctx.observe(Observation::ContainerStarted { task, node: run.node });
    workers.usage.start(run.node, run.part(ctx.setup), ctx);
    let (service, revision, slot, node) = (run.service, run.revision, run.slot, run.node);
    let published = run.spec(ctx.setup).is_published();
    let ready = ctx.now + run.draws.ready;
    let answers = ready..run.draws.sickens.map_or(SimTime::NEVER, |span| ready + span);
    for volume in &ctx.setup.spec(service, revision).volumes {
        let volume = ctx.text(volume);
        workers.volumes.mount(task, (service, slot), node, volume, ctx);
    }
    workers.mesh.started(task, (service, revision), (slot, node), answers, published, ctx);
    if run.draws.health.is_none() {
        workers.mesh.publish(task, node, State::Enabled, ctx);
    }
    if let Some(lasts) = run.draws.run {
        ctx.after(lasts, event(task, number, ContainerStep::Exits));
    }
    match run.draws.health {
        None => {
            run.operation = Operation::Waiting;
            advance_to(task, TaskState::Running, 0, workers, ctx);
        }
        Some(course) => {
            let ends =
                [(course.healthy, ContainerStep::Healthy), (course.unhealthy, ContainerStep::Unhealthy)];
            for (span, what) in ends.into_iter().filter_map(|(span, what)| Some((span?, what))) {
                ctx.after(span, event(task, number, what));
            }
        }
    }
}

/// The container answers: it is made known, and its task is RUNNING (`controller.go:247-302`). An agent that
/// was told something else meanwhile gets there in a second.
fn healthy(task: TaskId, workers: &mut Workers, ctx: &mut Context<'_>) {
    let run = workers.runs.get_mut(task).expect("a container's task is known to its agent");
    if !matches!(run.operation, Operation::Starting | Operation::None) || run.state >= TaskState::Running {
        return;
    }
    run.operation = Operation::Waiting;
    workers.mesh.publish(task, run.node, State::Enabled, ctx);
    advance_to(task, TaskState::Running, 0, workers, ctx);
}

/// The container has left too many probes unanswered: it is stopped, and its task has failed (`controller.go:256-323`).
fn unhealthy(task: TaskId, workers: &mut Workers, ctx: &mut Context<'_>) {
    let run = workers.runs.get_mut(task).expect("a container's task is known to its agent");
    if matches!(run.operation, Operation::Starting | Operation::Waiting) {
        run.unhealthy = true;
        stop(task, workers, ctx);
    }
}

/// A running container ends by itself. If its agent is waiting for that, it takes note.
pub fn exits(task: TaskId, code: u8, workers: &mut Workers, ctx: &mut Context<'_>) {
    is_gone(task, code, workers, ctx);
    workers.mesh.ended(task, false, ctx);
    let run = workers.runs.get_mut(task).expect("a container's task is known to its agent");
    workers.mesh.publish(task, run.node, State::Deleted, ctx);
    if matches!(run.operation, Operation::Waiting | Operation::Starting) {
        end(task, code, workers, ctx);
    }
}

/// A running container has ended, for whatever reason.
fn is_gone(task: TaskId, code: u8, workers: &mut Workers, ctx: &mut Context<'_>) {
    let run = workers.runs.get_mut(task).expect("a container's task is known to its agent");
    run.vessel = Vessel::Exited(code);
    ctx.observe(Observation::ContainerExited { task, node: run.node, code });
    workers.usage.end(run.node, run.part(ctx.setup), ctx);
}

fn end(task: TaskId, code: u8, workers: &mut Workers, ctx: &mut Context<'_>) {
    let run = workers.runs.get_mut(task).expect("a task that ends is known");
    run.operation = Operation::None;
    let state = if code == 0 { TaskState::Complete } else { TaskState::Failed };
    advance_to(task, state, code, workers, ctx);
}

/// Stops the container if there is one, and is done at once if there is none. If load balancers know of it they are told first
/// that it takes no new connections, and its signal waits until they should have heard (`controller.go:370-408`).
fn stop(task: TaskId, workers: &mut Workers, ctx: &mut Context<'_>) {
    let run = workers.runs.get_mut(task).expect("a task that is stopped is known");
    match run.vessel {
        Vessel::Running { .. } if run.spec(ctx.setup).is_balanced() => {
            run.operation = Operation::Stopping;
            run.generation += 1;
            workers.mesh.publish(task, run.node, State::Disabled, ctx);
            ctx.after(ctx.setup.profile.withdrawal, event(task, run.generation, ContainerStep::Signalled));
        }
        Vessel::Running { .. } => signal(task, workers, ctx),
        _ => advance_to(task, TaskState::Shutdown, 0, workers, ctx),
    }
}

/// The container gets the signal to stop. It exits when it has finished what it has, or is killed when its grace is over.
fn signal(task: TaskId, workers: &mut Workers, ctx: &mut Context<'_>) {
    let run = workers.runs.get_mut(task).expect("a task that is stopped is known");
    if !matches!(run.vessel, Vessel::Running { .. }) {
        return stopped(task, workers, ctx);
    }
    run.operation = Operation::Stopping;
    run.generation += 1;
    let service = run.spec(ctx.setup);
    let drains = service.server.as_ref().is_some_and(|server| server.drains);
    let stops = run.draws.stop.min(service.stop_grace);
    let busy = workers.mesh.signalled(task, ctx.now + stops, run.generation, drains, ctx);
    let at_most = if busy { service.stop_grace } else { stops };
    ctx.after(at_most, event(task, run.generation, ContainerStep::Stopped));
}

fn stopped(task: TaskId, workers: &mut Workers, ctx: &mut Context<'_>) {
    let run = workers.runs.get_mut(task).expect("a live event's task is known");
    if run.operation != Operation::Stopping {
        return; // it has finished what it had, and its grace ends now
    }
    run.operation = Operation::None;
    let node = run.node;
    if matches!(run.vessel, Vessel::Running { .. }) {
        let grace = run.spec(ctx.setup).stop_grace;
        let killed = run.draws.stop > grace || workers.mesh.is_busy(task);
        let code = match (killed, run.unhealthy) {
            (true, _) => KILLED,
            (false, true) => TERMINATED,
            (false, false) => 0,
        };
        is_gone(task, code, workers, ctx);
        workers.mesh.ended(task, false, ctx);
        workers.mesh.publish(task, node, State::Deleted, ctx);
    }
    let run = workers.runs.get_mut(task).expect("a live event's task is known");
    match (run.forgotten, run.vessel) {
        (true, _) => drop_run(task, workers, ctx),
        (_, Vessel::Exited(code)) if run.unhealthy && run.desired < TaskState::Shutdown => {
            run.operation = Operation::None;
            advance_to(task, TaskState::Failed, code, workers, ctx);
        }
        _ => advance_to(task, TaskState::Shutdown, 0, workers, ctx),
    }
}

/// The managers have deleted the task: its container, if it has one, is stopped, and then nothing is left of it.
pub fn forget(task: TaskId, workers: &mut Workers, ctx: &mut Context<'_>) {
    let Some(run) = workers.runs.get_mut(task) else { return };
    run.forgotten = true;
    match (run.vessel, run.operation) {
        (Vessel::Running { .. }, Operation::Stopping) => {}
        (Vessel::Running { .. }, _) => stop(task, workers, ctx),
        _ => drop_run(task, workers, ctx),
    }
}

fn drop_run(task: TaskId, workers: &mut Workers, ctx: &mut Context<'_>) {
    if let Some(run) = workers.runs.remove(task) {
        workers.mesh.detach(task, &run.spec(ctx.setup).networks, run.node, ctx);
        workers.agents[run.node.index()].tasks.retain(|t| *t != task);
    }
}

/// The power went: the container is dead, whatever it was doing.
pub fn power_lost(task: TaskId, workers: &mut Workers, ctx: &mut Context<'_>) {
    let Some(run) = workers.runs.get_mut(task) else { return };
    run.generation += 1;
    run.operation = Operation::None;
    run.created = run.created.filter(|created| *created <= ctx.now);
    if matches!(run.vessel, Vessel::Running { .. }) {
        is_gone(task, KILLED, workers, ctx);
        workers.mesh.ended(task, true, ctx);
    }
}

/// The machine booted: what had been started counts as failed, anything earlier is begun again.
pub fn take_up_again(task: TaskId, workers: &mut Workers, ctx: &mut Context<'_>) {
    let Some(run) = workers.runs.get_mut(task) else { return };
    match (run.forgotten, run.state) {
        (true, _) => drop_run(task, workers, ctx),
        (_, TaskState::Starting | TaskState::Running) => end(task, KILLED, workers, ctx),
        (_, state) if state.is_over() => {}
        _ => act(task, workers, ctx),
    }
}

/// The task's state on its node moves up, and the managers are told if they can be reached.
fn advance_to(task: TaskId, state: TaskState, code: u8, workers: &mut Workers, ctx: &mut Context<'_>) {
    let run = workers.runs.get_mut(task).expect("a task whose state moves is known");
    if state <= run.state {
        return; // an operation tried again reports nothing new
    }
    run.state = state;
    run.reported_code = code;
    let node = run.node;
    if state.is_over() {
        workers.mesh.detach(task, &run.spec(ctx.setup).networks, node, ctx);
    }
    if agent::has_session(workers, node) {
        workers.report_again(task, ctx);
    }
}

fn event(task: TaskId, generation: u32, what: ContainerStep) -> Event {
    Event::Container(ContainerEvent { task, generation, what })
}

/// All running containers of a service on a node exit with that code, as if by themselves.
pub fn exit_all(service: ServiceId, node: NodeId, code: u8, workers: &mut Workers, ctx: &mut Context<'_>) {
    for task in workers.tasks_known(node).to_vec() {
        let runs = |r: &&mut Run| r.service == service && matches!(r.vessel, Vessel::Running { .. });
        if workers.runs.get_mut(task).filter(runs).is_some() {
            exits(task, code, workers, ctx);
        }
    }
}

impl Workers {
    /// Reports a task's state to the dispatcher.
    pub(super) fn report_again(&self, task: TaskId, ctx: &mut Context<'_>) {
        if let Some(run) = self.runs.get(task) {
            let Run { state, reported_code: code, unhealthy, .. } = *run;
            let report = DispatcherEvent::Reported { task, state, code, unhealthy };
            ctx.after(self.beats.distance(run.node), Event::Dispatcher(report));
        }
    }
}
