//! A global service through everything that concerns it, in one run: a worker joins, one is paused and its container
//! exits, it is activated; one is drained and activated; a container exits on an active worker; the one that joined is
//! lost and returns.

use std::sync::Arc;

use swarmbed_scheduler::node::{Availability, NodeState};
use swarmbed_scheduler::strategy::Strategy;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{NodeId, SimTime};
use swarmbed_sim::setup::{Action, Mode};

use super::super::chronicle::{Life, NodeEvent};
use super::super::cluster::{self, worker};
use super::super::samples::Samples;
use super::super::situation::Situation;
use super::super::stage::Stage;
use super::SERVICE;

pub(super) fn play(situation: &Situation, seed: u64, strategy: &Arc<dyn Strategy>) -> Vec<Samples> {
    let stage = Stage::new(cluster::setup(&[situation], |_| Mode::Global, 1, seed, strategy));
    let mut run = Run { situation, stage, samples: Samples::default() };
    // Each does something to a worker of its own, as far as there are enough.
    let some = |number: u32| worker(situation, number % situation.workers.max(1));
    let joiner = worker(situation, situation.workers);
    run.create();
    run.join(joiner);
    run.pause(some(0));
    run.drain(some(1));
    run.exit(some(2));
    run.lose(joiner);
    vec![run.samples]
}

struct Run<'a> {
    situation: &'a Situation,
    stage: Stage,
    samples: Samples,
}

/// The driver waited so many seconds, and up to one more, after each action.
const AFTER_CREATE: f64 = 3.0;
const AFTER_JOIN: f64 = 5.0;
const AFTER_PAUSE: f64 = 2.0;
const AFTER_CHANGE: f64 = 3.0;
/// After an exit, beyond the restart delay of 5 s: 8 s on a paused node, 7.5 s on an active one.
const AFTER_EXIT_PAUSED: f64 = 3.0;
const AFTER_EXIT: f64 = 2.5;
/// The longest grace, three times the longest period of 5.5 s, and 2 s.
const AFTER_LOSS: f64 = 18.5;
const AFTER_RETURN: f64 = 6.0;

impl Run<'_> {
    /// Does something and waits as the driver did; longer, if the containers take longer than the recorded ones.
    fn act(&mut self, action: Action, seconds: f64) -> SimTime {
        let times = &self.situation.container;
        let work = (times.prepare + times.start + times.stop).as_secs_f64();
        let at = self.stage.act(action);
        self.stage.dawdle(seconds + (work - 1.0).max(0.0));
        at
    }

    /// Returns when it was asked for and when it was committed.
    fn set(&mut self, node: NodeId, availability: Availability, seconds: f64) -> (SimTime, Option<SimTime>) {
        let request = self.act(Action::SetAvailability { nodes: vec![node], availability }, seconds);
        let event = NodeEvent::Availability(availability);
        (request, self.stage.chronicle.node_changed(node, event, request))
    }

    fn newest_on(&self, node: NodeId) -> Option<&Life> {
        self.stage.chronicle.on(node).last()
    }

    fn create(&mut self) {
        self.act(Action::Create { service: SERVICE }, AFTER_CREATE);
        for life in &self.stage.chronicle.lives {
            let running = life.reached(TaskState::Running);
            self.samples.span("create: created to running", Some(life.created()), running);
        }
    }

    fn join(&mut self, node: NodeId) {
        let asked = self.act(Action::Join { nodes: vec![node] }, AFTER_JOIN);
        let chronicle = &self.stage.chronicle;
        let joined = chronicle.node_changed(node, NodeEvent::Joined, asked);
        let ready = chronicle.node_changed(node, NodeEvent::Became(NodeState::Ready), asked);
        self.samples.span("join: node created to ready", joined, ready);
        let Some(task) = chronicle.on(node).next() else { return };
        let (assigned, running) = (task.reached(TaskState::Assigned), task.reached(TaskState::Running));
        self.samples.span("join: node created to task created", joined, Some(task.created()));
        self.samples.span("join: node ready to task assigned", ready, assigned);
        self.samples.span("join: node ready to task running", ready, running);
    }

    /// A paused node keeps its task, and does not get a new one when it fails.
    fn pause(&mut self, node: NodeId) {
        let (paused, _) = self.set(node, Availability::Pause, AFTER_PAUSE);
        let changes = self.stage.chronicle.on(node).flat_map(|life| &life.changes);
        let changed = changes.filter(|change| change.at >= paused).count();
        self.samples.count("pause: tasks changed on the node", changed);
        self.exit_on(node, "exit on a paused node", AFTER_EXIT_PAUSED);
        self.activate(node);
    }

    fn activate(&mut self, node: NodeId) {
        let (_, committed) = self.set(node, Availability::Active, AFTER_CHANGE);
        let task = self.newest_on(node).map(|task| (task.created(), task.reached(TaskState::Running)));
        let Some((created, running)) = task else { return };
        self.samples.span("activate: committed to task created", committed, Some(created));
        self.samples.span("activate: committed to task running", committed, running);
    }

    fn drain(&mut self, node: NodeId) {
        let (request, committed) = self.set(node, Availability::Drain, AFTER_CHANGE);
        let task = self.newest_on(node).map(|task| (task.told_to_stop(), task.over()));
        if let Some((told, over)) = task {
            self.samples.span("drain: committed to told to stop", committed, told);
            self.samples.span("drain: committed to stopped", committed, over);
        }
        let created = self.stage.chronicle.created_since(request);
        self.samples.count("drain: tasks created", created);
        self.activate(node);
    }

    /// The container exits with 1. Returns the task that it belonged to, as it was afterwards.
    fn exit_on(&mut self, node: NodeId, prefix: &str, beyond_delay: f64) -> Option<Life> {
        let before = self.newest_on(node)?.id;
        let delay = self.situation.restart.delay.as_secs_f64();
        let exit = Action::ExitContainers { service: SERVICE, nodes: vec![node], code: 1 };
        let exited = self.act(exit, delay + beyond_delay);
        let task = self.stage.chronicle.on(node).find(|life| life.id == before)?.clone();
        self.samples.span(&format!("{prefix}: exit to failure known"), Some(exited), task.over());
        let created = self.stage.chronicle.created_since(exited);
        self.samples.count(&format!("{prefix}: tasks created"), created);
        Some(task)
    }

    fn exit(&mut self, node: NodeId) {
        let prefix = "exit on an active node";
        let Some(task) = self.exit_on(node, prefix, AFTER_EXIT) else { return };
        let Some(new) = self.newest_on(node).filter(|new| new.id > task.id) else { return };
        let (allowed, running) = (new.allowed(), new.reached(TaskState::Running));
        let known = format!("{prefix}: failure known to replacement");
        self.samples.span(&format!("{known} allowed to run"), task.over(), allowed);
        self.samples.span(&format!("{known} running"), task.over(), running);
    }

    fn lose(&mut self, node: NodeId) {
        let lost = self.act(Action::Crash { nodes: vec![node], lasts: None }, AFTER_LOSS);
        let chronicle = &self.stage.chronicle;
        let down = chronicle.node_changed(node, NodeEvent::Became(NodeState::Down), lost);
        self.samples.span("stop: stop to down", Some(lost), down);
        self.samples.count("stop: tasks created", chronicle.created_since(lost));
        let told = self.newest_on(node).and_then(Life::told_to_stop);
        self.samples.span("stop: down to told to stop", down, told);

        let returned = self.act(Action::Restart { nodes: vec![node] }, AFTER_RETURN);
        let chronicle = &self.stage.chronicle;
        let ready = chronicle.node_changed(node, NodeEvent::Became(NodeState::Ready), returned);
        let Some(new) = chronicle.on(node).find(|life| life.created() >= returned) else { return };
        let (created, running) = (Some(new.created()), new.reached(TaskState::Running));
        self.samples.span("return: node ready to task created", ready, created);
        self.samples.span("return: node ready to task running", ready, running);
    }
}
