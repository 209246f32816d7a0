//! A service is created, scaled through a sequence of replicas, and removed.

use std::sync::Arc;

use swarmbed_scheduler::strategy::Strategy;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::setup::{Action, Mode};

use super::super::chronicle::{Chronicle, Life};
use super::super::cluster;
use super::super::samples::Samples;
use super::super::situation::Situation;
use super::super::stage::Stage;
use super::SERVICE;

pub(super) fn play(situation: &Situation, seed: u64, strategy: &Arc<dyn Strategy>) -> Vec<Samples> {
    let first = situation.sequence.first().copied().unwrap_or(0);
    let mode = Mode::Replicated { replicas: first };
    let mut stage = Stage::new(cluster::setup(&[situation], |_| mode, 0, seed, strategy));
    let mut samples = Samples::default();
    let mut steps = Vec::new();
    let mut before = 0;
    for replicas in situation.sequence.iter().copied() {
        let request = stage.act(match steps.is_empty() {
            true => Action::Create { service: SERVICE },
            false => Action::Scale { service: SERVICE, replicas },
        });
        steps.push((before, replicas, request));
        settle(situation, replicas as usize, &mut stage);
        before = replicas;
    }
    let removal = stage.act(Action::RemoveService { service: SERVICE });
    settle(situation, 0, &mut stage);
    let ends: Vec<SimTime> = steps.iter().skip(1).map(|step| step.2).chain([removal]).collect();
    for ((before, after, request), end) in steps.into_iter().zip(ends) {
        let prefix = format!("scale {before} to {after}");
        if after > before {
            measure_growth(&prefix, &stage.chronicle, request, end, &mut samples);
        } else {
            measure_shrinkage(&prefix, &stage.chronicle, request, end, &mut samples);
        }
    }
    let gone = stage.chronicle.lives.iter().filter_map(|life| life.deleted).max();
    samples.span("remove service: request to last task deleted", Some(removal), gone);
    vec![samples]
}

/// The driver went on one to two and a half seconds after all tasks ran, or were gone: late enough for the reaper.
fn settle(situation: &Situation, replicas: usize, stage: &mut Stage) {
    let times = &situation.container;
    let at_most = times.prepare + times.start + times.stop + Span::secs(10);
    stage.wait_for(at_most, |chronicle| {
        let remaining = || chronicle.lives.iter().filter(|life| life.deleted.is_none());
        let all_run = remaining().all(|life| life.now().state == TaskState::Running);
        remaining().count() == replicas && all_run
    });
    stage.dawdle(1.5);
}

fn measure_growth(
    prefix: &str,
    chronicle: &Chronicle,
    request: SimTime,
    end: SimTime,
    samples: &mut Samples,
) {
    let is_new = |life: &&Life| (request..end).contains(&life.created());
    let new: Vec<&Life> = chronicle.lives.iter().filter(is_new).collect();
    let running = || new.iter().filter_map(|life| life.reached(TaskState::Running));
    let assigned = new.iter().filter_map(|life| life.reached(TaskState::Assigned)).max();
    let mut note = |what: &str, to| samples.span(&format!("{prefix}: request to {what}"), Some(request), to);
    note("first created", new.iter().map(|life| life.created()).min());
    note("last assigned", assigned);
    note("first running", running().min());
    note("last running", running().max());
}

fn measure_shrinkage(
    prefix: &str,
    chronicle: &Chronicle,
    request: SimTime,
    end: SimTime,
    samples: &mut Samples,
) {
    let mut removed = 0;
    for life in &chronicle.lives {
        let told = life.first(|change| change.desired == TaskState::Remove);
        let Some(told) = told.filter(|told| (request..end).contains(told)) else { continue };
        removed += 1;
        samples.span(&format!("{prefix}: request to told to remove"), Some(request), Some(told));
        samples.span(&format!("{prefix}: told to remove to stopped"), Some(told), life.over());
        samples.span(&format!("{prefix}: stopped to deleted"), life.over(), life.deleted);
    }
    samples.count(&format!("{prefix}: slots removed"), removed);
}
