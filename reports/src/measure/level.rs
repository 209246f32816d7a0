//! How much of a service was wanted and how much there was, integrated over time in whole nanoseconds.

use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::setup::{Mode, RestartCondition, Service};

use super::book::Weight;

/// One service's replicas, wanted and up, and for how long they differed.
#[derive(Clone, Debug, Default)]
pub struct Level {
    /// The index of the workload that it belongs to, if it came by itself.
    pub workload: Option<u32>,
    /// Whether it exists.
    pub exists: bool,
    /// Whether it is global: what is wanted is then what the managers mean to run.
    pub global: bool,
    /// The most tasks of a replicated job that run at once; `None` for any other service.
    pub concurrent: Option<u32>,
    /// Whether a task that exits with 0 is not replaced and counts as having done its work.
    pub may_finish: bool,
    /// What each of its tasks has set aside for it.
    pub reserves: Resources,
    /// Replicas asked for; nothing for a global service.
    pub replicas: u32,
    /// Tasks that the managers mean to run and that have not ended.
    pub tasks: u32,
    /// Containers that are up, whatever the managers know.
    pub up: u32,
    /// Tasks that the managers believe to be running, and mean to.
    pub running: u32,
    /// Tasks that did their work and are not replaced.
    pub done: u32,
    /// When it was first created.
    pub created: Option<SimTime>,
    /// When everything wanted was first up.
    pub complete: Option<SimTime>,
    /// How long it ran less than was wanted.
    pub below_for: Span,
    /// Replicas wanted and not up, times nanoseconds.
    pub missing: u128,
    /// Of these, what was missing after the service had been complete.
    pub lost: u128,
    /// Replicas up beyond what was wanted, times nanoseconds.
    pub surplus: u128,
    since: SimTime,
    was_below: bool,
}

impl Level {
    pub(super) fn of(service: &Service) -> Level {
        Level {
            global: service.mode.is_global(),
            concurrent: match service.mode {
                Mode::ReplicatedJob { concurrent, .. } => Some(concurrent),
                _ => None,
            },
            reserves: service.task.reservations,
            may_finish: service.restart_policy().condition != RestartCondition::Any,
            ..Level::default()
        }
    }

    /// A service that is going to come by itself.
    pub(super) fn unknown() -> Level {
        Level { workload: Some(0), ..Level::default() }
    }

    /// A service that came by itself. A job's task that exited with 0 did its work; a service's is replaced.
    pub(super) fn of_arrival(workload: u32, mode: Mode, reserves: Resources) -> Level {
        Level {
            workload: Some(workload),
            concurrent: match mode {
                Mode::ReplicatedJob { concurrent, .. } => Some(concurrent),
                _ => None,
            },
            may_finish: mode.is_job(),
            global: mode.is_global(),
            reserves,
            ..Level::default()
        }
    }

    /// How many replicas there should be.
    pub fn wanted(&self) -> u32 {
        match (self.exists, self.global, self.concurrent) {
            (false, ..) => 0,
            (true, true, _) => self.tasks + self.done,
            (true, false, None) => self.replicas,
            // Of a job no more is wanted now than may run at once.
            (true, false, Some(concurrent)) => self.replicas.min(self.done + concurrent),
        }
    }

    /// How many there are, those that did their work included.
    pub fn present(&self) -> u32 {
        self.up + self.done
    }

    /// Whether there are fewer than there should be.
    pub fn is_below(&self) -> bool {
        self.present() < self.wanted()
    }

    /// Whether there are fewer than there should be although there were enough before.
    pub fn is_degraded(&self) -> bool {
        self.is_below() && self.complete.is_some()
    }

    pub(super) fn ask(&mut self, at: SimTime, replicas: u32) {
        self.exists = true;
        self.replicas = replicas;
        self.created = self.created.or(Some(at));
    }

    pub(super) fn remove(&mut self) {
        self.exists = false;
        self.replicas = 0;
    }

    pub(super) fn reweigh(&mut self, before: Weight, after: Weight) {
        self.tasks = self.tasks + after.wanted - before.wanted;
        self.up = self.up + after.up - before.up;
        self.running = self.running + after.running - before.running;
        self.done = self.done + after.done - before.done;
    }

    /// Adds the time since the last change at the level that held all the while.
    pub(super) fn settle(&mut self, at: SimTime) {
        let past = at.since(self.since);
        self.since = at;
        let (wanted, present) = (self.wanted(), self.present());
        if past == Span::ZERO || wanted == present {
            return;
        }
        let area = u128::from(wanted.abs_diff(present)) * u128::from(past.nanos());
        if present > wanted {
            self.surplus += area;
            return;
        }
        self.below_for = self.below_for + past;
        self.missing += area;
        if self.complete.is_some() {
            self.lost += area;
        }
    }

    /// Notes whether everything wanted is up, and says whether it has just become so. A global service that has no
    /// task yet is not complete.
    pub(super) fn note_complete(&mut self, at: SimTime) -> bool {
        let below = self.is_below() || !self.exists || (self.global && self.tasks + self.done == 0);
        let just_now = !below && (self.was_below || self.complete.is_none());
        if just_now {
            self.complete = self.complete.or(Some(at));
        }
        self.was_below = below;
        just_now
    }
}
