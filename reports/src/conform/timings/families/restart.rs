//! Services whose containers end by themselves or fail, observed for a set time after their creation.
//!
//! The recorded clusters ran all policies of a recording at once, each with a service of its own: the events of different
//! groups meet the same ticks of one dispatcher. So does this: the other services' commits hold off the scheduler, and
//! stretch the time between two status batches.

use std::sync::Arc;

use swarmbed_scheduler::strategy::Strategy;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{ServiceId, SimTime, Span};
use swarmbed_sim::engine::stream::Stream;
use swarmbed_sim::setup::{Action, Mode};

use super::super::chronicle::{Chronicle, Life};
use super::super::cluster;
use super::super::samples::Samples;
use super::super::situation::Situation;
use super::super::stage::Stage;

pub(super) fn play(situations: &[Situation], seed: u64, strategy: &Arc<dyn Strategy>) -> Vec<Vec<Samples>> {
    let mut played = vec![Vec::new(); situations.len()];
    let same_cluster = |a: &Situation, b: &Situation| {
        (a.managers, a.workers, a.observed) == (b.managers, b.workers, b.observed)
    };
    for first in 0..situations.len() {
        if !played[first].is_empty() {
            continue; // on an earlier cluster
        }
        let here: Vec<usize> =
            (first..situations.len()).filter(|i| same_cluster(&situations[*i], &situations[first])).collect();
        let together: Vec<&Situation> = here.iter().map(|i| &situations[*i]).collect();
        for (index, samples) in here.into_iter().zip(play_together(&together, seed, strategy)) {
            played[index].push(samples);
        }
    }
    played
}

/// Within how long the services of one cluster were created: so much that another service's commit held off the
/// scheduler in half of the recorded creations (created to assigned 59, 85 and 111 ms at 50, 75 and 90 %).
const SPREAD: Span = Span::secs(3);

/// The drivers of the policies act on their own: each creates its service, observes it and removes it.
fn play_together(situations: &[&Situation], seed: u64, strategy: &Arc<dyn Strategy>) -> Vec<Samples> {
    let mode = |situation: &Situation| Mode::Replicated { replicas: situation.replicas };
    let mut stage = Stage::new(cluster::setup(situations, mode, 0, seed, strategy));
    let mut whims = Stream::new(seed, "conform.drivers", "");
    let mut drivers: Vec<(Span, usize)> =
        (0..situations.len()).map(|index| (Span(whims.below(SPREAD.0)), index)).collect();
    drivers.sort();
    let begin = stage.now();
    for (after, index) in &drivers {
        stage.wait_until(begin + *after);
        stage.act(Action::Create { service: ServiceId(*index as u32) });
    }
    let mut observed = vec![Samples::default(); situations.len()];
    for (after, index) in drivers {
        stage.wait_until(begin + after + situations[index].observed);
        let service = ServiceId(index as u32);
        observed[index] = observe(&stage.chronicle, service, situations[index]);
        stage.act(Action::RemoveService { service });
    }
    observed
}

fn observe(chronicle: &Chronicle, service: ServiceId, situation: &Situation) -> Samples {
    let lives: Vec<&Life> = chronicle.lives.iter().filter(|life| life.service == service).collect();
    let mut samples = Samples::default();
    samples.count("tasks created", lives.len());
    samples.count("tasks started", lives.iter().filter(|life| life.started.is_some()).count());
    samples.count("run ended with a live task", usize::from(lives.iter().any(|life| life.is_live())));
    for slot in 1..=situation.replicas {
        let slot: Vec<&Life> = lives.iter().copied().filter(|life| life.slot == slot).collect();
        measure(&slot, &mut samples);
    }
    samples
}

fn measure(slot: &[&Life], samples: &mut Samples) {
    let running = |life: &&Life| life.reached(TaskState::Running);
    if let Some(first) = slot.first() {
        samples.span("first created to running", Some(first.created()), running(first));
    }
    for (old, new) in slot.iter().zip(slot.iter().skip(1)) {
        samples.span("end observed to replacement created", old.over(), Some(new.created()));
        samples.span("end observed to replacement allowed to run", old.over(), new.allowed());
        samples.span("end observed to replacement running", old.over(), running(new));
    }
    // A task whose end overtook the report that it runs is passed over.
    let ran: Vec<SimTime> = slot.iter().filter_map(running).collect();
    for pair in ran.windows(2) {
        samples.span("running to next running", Some(pair[0]), Some(pair[1]));
    }
}
