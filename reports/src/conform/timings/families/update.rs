//! A replicated service that has been running is updated to a version that runs well, or to one that fails.
//!
//! Each repetition has a service of its own, so that nothing is known of its version yet.

use std::collections::BTreeSet;
use std::sync::Arc;

use swarmbed_scheduler::strategy::Strategy;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::manager::store::UpdateState;
use swarmbed_sim::setup::{Action, FailureAction, Mode, Revision, Setup, UpdateConfig, UpdateOrder};

use super::super::chronicle::{Chronicle, Life};
use super::super::cluster;
use super::super::mood;
use super::super::samples::Samples;
use super::super::situation::Situation;
use super::super::stage::Stage;
use super::SERVICE;

/// The driver looked at the service so often, from a little after the update on, and went on so long after it had come to an
/// end: every recorded repetition lasts a multiple of this, and a tenth of a second more.
const LOOKS: Span = Span::millis(700);
const FIRST_LOOK: Span = Span::millis(110);
const LINGERS: Span = Span::millis(1500);
/// After a rollback had been paused it waited for whether anything would become of that.
const LINGERS_PAUSED: Span = Span::secs(8);
/// No update takes longer than this.
const AT_MOST: Span = Span::secs(600);

pub(super) fn play(situation: &Situation, seed: u64, strategy: &Arc<dyn Strategy>) -> Vec<Samples> {
    let mut stage = Stage::new(setup(situation, seed, strategy));
    stage.act(Action::Create { service: SERVICE });
    let times = &situation.container;
    let all_run = |chronicle: &Chronicle| {
        let running = |life: &&Life| life.now().state == TaskState::Running;
        chronicle.lives.iter().filter(running).count() == situation.replicas as usize
    };
    stage.wait_for(times.prepare + times.start + Span::secs(10), all_run);
    stage.dawdle(1.0);
    if situation.old_fails_again {
        stage.change_containers(
            SERVICE,
            Revision(0),
            mood::container(&situation.container_new, situation.machine),
        );
    }
    let begin = stage.act(Action::Update { service: SERVICE, revision: Revision(1), replicas: None });
    observe(begin, &mut stage);
    let mut samples = Samples::default();
    Measured::of(&stage.chronicle, begin).note(situation, &mut samples);
    vec![samples]
}

/// The cluster, with the version that the service is updated to.
fn setup(situation: &Situation, seed: u64, strategy: &Arc<dyn Strategy>) -> Setup {
    let mode = Mode::Replicated { replicas: situation.replicas };
    let mut setup = cluster::setup(&[situation], |_| mode, 0, seed, strategy);
    let update = situation.update;
    let service = &mut setup.services[SERVICE.index()];
    service.update = update;
    service.rollback = UpdateConfig { failure_action: FailureAction::Pause, ..update };
    let mut new = service.clone();
    new.container = mood::container(&situation.container_new, situation.machine);
    new.image_name = "new".to_owned();
    setup.revisions.push(new);
    setup
}

/// Lets time pass as long as the driver did.
fn observe(begin: SimTime, stage: &mut Stage) {
    stage.wait(FIRST_LOOK);
    while stage.now() < begin + AT_MOST {
        let ended = stage.chronicle.updates.iter().rfind(|(_, state)| *state != UpdateState::Updating);
        let lingers = match ended {
            Some((_, UpdateState::RollbackStarted)) | None => None,
            Some((at, UpdateState::RollbackPaused)) => Some(*at + LINGERS + LINGERS_PAUSED),
            Some((at, _)) => Some(*at + LINGERS),
        };
        if lingers.is_some_and(|until| stage.now() >= until) {
            return;
        }
        stage.wait(LOOKS);
    }
}

/// What became of one update.
struct Measured<'a> {
    chronicle: &'a Chronicle,
    begin: SimTime,
    new: Vec<&'a Life>,
}

impl<'a> Measured<'a> {
    fn of(chronicle: &'a Chronicle, begin: SimTime) -> Measured<'a> {
        let new = chronicle.lives.iter().filter(|life| life.created() >= begin).collect();
        Measured { chronicle, begin, new }
    }

    fn note(&self, situation: &Situation, samples: &mut Samples) {
        self.note_tasks(situation.update.order, samples);
        self.note_ends(samples);
        self.note_running(samples);
        let failed = self.failed();
        samples.count("tasks failed in run", failed.len());
        if let Some(stopped) = self.first(UpdateState::Paused).or(self.first(UpdateState::RollbackStarted)) {
            let before: Vec<SimTime> = failed.into_iter().filter(|at| *at <= stopped).collect();
            let created = self.new.iter().filter(|life| life.created() <= stopped);
            let touched: BTreeSet<u32> = created.map(|life| life.slot).collect();
            samples.count("tasks failed before update stopped", before.len());
            samples.count("slots touched before update stopped", touched.len());
            let last = before.into_iter().max();
            samples.span("last counted failure to update stopped", last, Some(stopped));
        }
        samples.count("slots in progress at once, largest", self.most_in_progress());
        if situation.update.parallelism == 1 {
            for pair in self.new.windows(2) {
                let runs = pair[0].reached(TaskState::Running);
                samples.span("new task running to next slot started", runs, Some(pair[1].created()));
            }
        }
    }

    /// The recordings measure each new task against its slot's first one.
    fn note_tasks(&self, order: UpdateOrder, samples: &mut Samples) {
        for life in &self.new {
            let created = Some(life.created());
            let (allowed, runs) = (life.allowed(), life.reached(TaskState::Running));
            samples.span("new task created to assigned", created, life.reached(TaskState::Assigned));
            samples.span("new task created to allowed to run", created, allowed);
            samples.span("new task created to running", created, runs);
            samples.span("new task allowed to run to running", allowed, runs);
            let Some(old) = self.chronicle.lives.iter().find(|old| old.slot == life.slot) else { continue };
            let (told, over) = (old.told_to_stop(), old.over());
            samples.span("old task told to stop to stopped", told, over);
            match order {
                UpdateOrder::StopFirst => {
                    samples.span("old task stopped to new allowed to run", over, allowed);
                }
                UpdateOrder::StartFirst => samples.span("new task running to old told to stop", runs, told),
            }
        }
    }

    fn note_ends(&self, samples: &mut Samples) {
        let start = self.first(UpdateState::Updating);
        let last_runs = self.new.iter().filter_map(|life| life.reached(TaskState::Running)).max();
        if last_runs.is_some() {
            samples.span("update start to last new task running", start, last_runs);
        }
        let ends = [
            (UpdateState::Completed, "completed"),
            (UpdateState::Paused, "paused"),
            (UpdateState::RollbackStarted, "rollback started"),
            (UpdateState::RollbackCompleted, "rollback_completed"),
            (UpdateState::RollbackPaused, "rollback_paused"),
        ];
        for (state, word) in ends {
            if let Some(at) = self.first(state) {
                samples.span(&format!("update start to {word}"), start, Some(at));
            }
        }
        if let Some(completed) = self.first(UpdateState::Completed) {
            samples.span("last new task running to completed", last_runs, Some(completed));
        }
        if let Some(completed) = self.first(UpdateState::RollbackCompleted) {
            let started = self.first(UpdateState::RollbackStarted);
            samples.span("rollback started to completed", started, Some(completed));
        }
    }

    /// Tasks that the store held to be running, at least and at most.
    fn note_running(&self, samples: &mut Samples) {
        let (mut running, mut changes) = (0_i64, Vec::new());
        for life in &self.chronicle.lives {
            let mut was = false;
            let states = life.changes.iter().map(|change| (change.at, change.state == TaskState::Running));
            for (at, is) in states.chain(life.deleted.map(|at| (at, false))) {
                let step = i64::from(is) - i64::from(std::mem::replace(&mut was, is));
                if at < self.begin { running += step } else { changes.push((at, step)) }
            }
        }
        changes.sort_by_key(|(at, _)| *at);
        let levels = changes.iter().scan(running, |level, (_, step)| {
            *level += step;
            Some(*level)
        });
        let levels: Vec<i64> = std::iter::once(running).chain(levels).collect();
        let count = |level: Option<&i64>| level.map_or(0, |level| (*level).max(0) as usize);
        samples.count("tasks in state running, smallest", count(levels.iter().min()));
        samples.count("tasks in state running, largest", count(levels.iter().max()));
    }

    /// The most new tasks that had been created and did not run yet.
    fn most_in_progress(&self) -> usize {
        let ends = |life: &&Life| Some([(life.created(), 1), (life.reached(TaskState::Running)?, -1)]);
        let mut steps: Vec<(SimTime, i64)> = self.new.iter().filter_map(ends).flatten().collect();
        steps.sort();
        let levels = steps.iter().scan(0, |level, (_, step)| {
            *level += step;
            Some(*level)
        });
        levels.max().unwrap_or(0) as usize
    }

    /// When tasks failed, each once.
    fn failed(&self) -> Vec<SimTime> {
        let failed = |life: &Life| {
            life.first(|change| matches!(change.state, TaskState::Failed | TaskState::Rejected))
        };
        self.chronicle.lives.iter().filter_map(failed).collect()
    }

    fn first(&self, state: UpdateState) -> Option<SimTime> {
        self.chronicle.updates.iter().find(|(_, reached)| *reached == state).map(|(at, _)| *at)
    }
}
