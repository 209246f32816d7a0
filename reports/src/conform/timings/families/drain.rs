//! One worker with tasks is drained, and active again 8 s later; 3 s after that the next round begins.

use std::sync::Arc;

use swarmbed_scheduler::node::Availability;
use swarmbed_scheduler::strategy::Strategy;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{SimTime, Span, TaskId};
use swarmbed_sim::setup::Action;

use super::super::chronicle::NodeEvent;
use super::super::samples::Samples;
use super::super::situation::Situation;
use super::super::stage::Stage;
use super::{replicated, rounds, with_tasks};

/// When the worker is active again, and how long the run is watched from there: so in every recorded run.
const DRAINED: Span = Span::secs(8);
const WATCHED: Span = Span::secs(3);

pub(super) fn play(situation: &Situation, seed: u64, strategy: &Arc<dyn Strategy>) -> Vec<Samples> {
    let mut stage = replicated(situation, seed, strategy);
    rounds(&mut stage, |stage, samples| play_round(situation, stage, samples))
}

fn play_round(situation: &Situation, stage: &mut Stage, samples: &mut Samples) {
    let busy = with_tasks(situation, stage);
    let Some(node) = stage.choose(busy, 1).pop() else { return };
    let old: Vec<TaskId> = stage.chronicle.wanted_on(node).map(|life| life.id).collect();
    let set = |availability| Action::SetAvailability { nodes: vec![node], availability };
    let request = stage.act(set(Availability::Drain));
    // A container that stops slowly is given its time.
    let patience = DRAINED.max(situation.container.stop + Span::secs(5));
    stage.wait(patience);
    let activated = stage.act(set(Availability::Active));
    stage.wait(WATCHED);
    samples.count("tasks moved", old.len());
    samples.count("tasks changed after activate", stage.chronicle.task_changes_since(activated));
    let drained = stage.chronicle.node_changed(node, NodeEvent::Availability(Availability::Drain), request);
    samples.span("request to drain committed", Some(request), drained);
    measure(stage, drained, &old, samples);
}

fn measure(stage: &Stage, drained: Option<SimTime>, old: &[TaskId], samples: &mut Samples) {
    let mut last_running = None;
    for life in stage.chronicle.lives.iter().filter(|life| old.contains(&life.id)) {
        samples.span("drain to old task told to stop", drained, life.told_to_stop());
        samples.span("drain to old task stopped", drained, life.over());
        let Some(new) = stage.chronicle.successor(life) else { continue };
        let (created, assigned) = (Some(new.created()), new.reached(TaskState::Assigned));
        let (allowed, running) = (new.allowed(), new.reached(TaskState::Running));
        samples.span("drain to replacement created", drained, created);
        samples.span("drain to replacement assigned", drained, assigned);
        samples.span("drain to replacement allowed to run", drained, allowed);
        samples.span("drain to replacement running", drained, running);
        samples.span("old task stopped to replacement allowed to run", life.over(), allowed);
        samples.span("replacement created to assigned", created, assigned);
        samples.span("replacement created to allowed to run", created, allowed);
        samples.span("replacement assigned to preparing", assigned, new.reached(TaskState::Preparing));
        samples.span("replacement allowed to run to running", allowed, running);
        last_running = last_running.max(running);
    }
    samples.span("drain to last replacement running", drained, last_running);
}
