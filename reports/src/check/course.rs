//! The course of a run in a few kilobytes: enough to name the first decision in which another run differs.
//!
//! Each of the first [`DECISIONS`] decisions leaves a mark of 30 bits that depends on its task and its node alone, so
//! that what was chosen can be found again by trying. Of all listed observations ([`Lister`]), at most [`CHECKPOINTS`] evenly
//! spaced ones leave a mark of the digest so far.

use std::collections::BTreeMap;
use std::fmt;

use swarmbed_scheduler::{NodeId, ServiceId, SimTime, TaskId};
use swarmbed_sim::names::Names;
use swarmbed_sim::observation::Observation;
use swarmbed_sim::observe::Observer;
use swarmbed_sim::observe::digest::Digest;
use xxhash_rust::xxh3::xxh3_64;

use crate::measure::Lister;

/// So many decisions are marked, the first of a run; later ones only show in the checkpoints.
pub const DECISIONS: usize = 1024;
/// At most so many observations are marked.
pub const CHECKPOINTS: usize = 256;

/// 30 bits of a hash, written as five characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(u32);

/// `base64url` of RFC 4648: nothing in it that a shell, a diff or Markdown would take for its own.
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl Mark {
    /// Characters of a mark.
    pub const WIDTH: usize = 5;

    fn of(hash: u64) -> Mark {
        Mark(hash as u32 >> 2)
    }

    /// Of five characters.
    pub fn parse(text: &[u8]) -> Option<Mark> {
        let digit = |c: &u8| LETTERS.iter().position(|l| l == c).map(|at| at as u32);
        let number = text.iter().map(digit).try_fold(0, |n, d| Some(n << 6 | d?));
        number.filter(|_| text.len() == Mark::WIDTH).map(Mark)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = |shift: u32| char::from(LETTERS[(self.0 >> shift) as usize % 64]);
        [24, 18, 12, 6, 0].iter().try_for_each(|shift| write!(f, "{}", letter(*shift)))
    }
}

/// What is kept of the course of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// How many decisions there were.
    pub decisions: u64,
    /// The marks of the first [`DECISIONS`] of them.
    pub chosen: Vec<Mark>,
    /// How many observations there were, of those that are listed.
    pub observations: u64,
    /// From one checkpoint to the next, in observations: a power of two.
    pub step: u64,
    /// The mark of the digest after each `step` observations.
    pub checkpoints: Vec<Mark>,
}

impl Default for Course {
    /// A run that has not begun.
    fn default() -> Course {
        Course { decisions: 0, chosen: Vec::new(), observations: 0, step: 1, checkpoints: Vec::new() }
    }
}

/// The task that a decision is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// Its service.
    pub service: ServiceId,
    /// Its slot, from 1.
    pub slot: u32,
    /// The how-manieth task of the slot it is, from 1.
    pub attempt: u32,
}

/// A task was given a node, or was told a new reason why it has to wait. Global tasks, which nobody has to place, are
/// no decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// When it was committed.
    pub at: SimTime,
    /// The number of the observation, from 1.
    pub observation: u64,
    /// The task.
    pub task: TaskId,
    /// The same by its place.
    pub subject: Subject,
    /// Its node; `None` if it has to wait.
    pub node: Option<NodeId>,
}

/// The mark of a decision: of names that stay the same whatever else is decided.
pub fn mark(subject: Subject, node: Option<NodeId>, names: &Names) -> Mark {
    let Subject { service, slot, attempt } = subject;
    let node = node.map_or("", |n| names.node(n));
    Mark::of(xxh3_64(format!("{}.{slot}.{attempt} {node}", names.service(service)).as_bytes()))
}

/// The observer that follows a run.
#[derive(Clone, Debug, Default)]
pub struct Follower {
    course: Course,
    lister: Lister,
    open: BTreeMap<TaskId, Subject>,
    decisions: Vec<Decision>,
}

impl Follower {
    /// The course so far, and the decisions that are marked in it.
    pub fn finish(mut self) -> (Course, Vec<Decision>) {
        if self.lister.rest().is_some() {
            self.count();
        }
        (self.course, self.decisions)
    }

    fn decide(&mut self, at: SimTime, task: TaskId, node: Option<NodeId>, names: &Names) {
        let Some(subject) = self.open.get(&task).copied() else { return };
        self.course.decisions += 1;
        if self.decisions.len() < DECISIONS {
            let observation = self.course.observations;
            self.course.chosen.push(mark(subject, node, names));
            self.decisions.push(Decision { at, observation, task, subject, node });
        }
    }

    /// An observation more. Marks the digest where it is due; once there are too many marks, every second one goes.
    fn count(&mut self) {
        let course = &mut self.course;
        course.observations += 1;
        if !course.observations.is_multiple_of(course.step) {
            return;
        }
        if course.checkpoints.len() == CHECKPOINTS {
            course.step *= 2;
            course.checkpoints = course.checkpoints.iter().skip(1).step_by(2).copied().collect();
        }
        if course.observations.is_multiple_of(course.step) {
            course.checkpoints.push(checkpoint(self.lister.digest()));
        }
    }
}

/// The mark of the digest so far.
pub fn checkpoint(digest: Digest) -> Mark {
    Mark::of(digest.0)
}

impl Observer for Follower {
    fn observe(&mut self, at: SimTime, what: &Observation, names: &Names) {
        if !self.lister.lists(at, what, names) {
            return;
        }
        self.count();
        match *what {
            Observation::TaskCreated { task, service, slot: slot @ 1.., attempt, .. } => {
                self.open.insert(task, Subject { service, slot, attempt });
            }
            Observation::TaskAssigned { task, node } => {
                self.decide(at, task, Some(node), names);
                self.open.remove(&task);
            }
            Observation::TaskRefused { task, .. } => self.decide(at, task, None, names),
            Observation::TaskDeleted { task } => {
                self.open.remove(&task);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{N1, Telling, WEB, at, setup};
    use swarmbed_scheduler::task::TaskState;
    use swarmbed_sim::observe::digest::Digester;

    #[test]
    fn marks_come_back_as_they_were_written() {
        for mark in [Mark(0), Mark(1), Mark::of(u64::MAX), Mark(0x1234_5678)] {
            assert_eq!(Mark::parse(mark.to_string().as_bytes()), Some(mark));
        }
        for text in ["", "AAAA", "AAAAAA", "AA AA", "AA+AA"] {
            assert_eq!(Mark::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_course_stays_small_and_its_checkpoints_evenly_spaced() {
        let names = Telling::new(&setup(vec![])).names;
        let (mut follower, mut digester, mut marks) = (Follower::default(), Digester::new(), Vec::new());
        for i in 1..=5000 {
            let task = TaskId(i);
            let created = Observation::TaskCreated {
                task,
                service: WEB,
                slot: i,
                attempt: 1,
                node: None,
                desired: TaskState::Running,
                revision: Default::default(),
            };
            for what in [created, Observation::TaskAssigned { task, node: N1 }] {
                follower.observe(at(i.into()), &what, &names);
                digester.observe(at(i.into()), &what, &names);
                marks.push(checkpoint(digester.digest()));
            }
        }
        let (course, decisions) = follower.finish();
        assert_eq!((course.decisions, course.chosen.len(), decisions.len()), (5000, DECISIONS, DECISIONS));
        assert_eq!((course.observations, course.step, course.checkpoints.len()), (10_000, 64, 156));
        assert!(course.checkpoints.iter().enumerate().all(|(i, mark)| marks[(i + 1) * 64 - 1] == *mark));
        assert_eq!(decisions[1].observation, 4);
    }

    #[test]
    fn an_assignment_is_decided_once_and_a_global_task_never() {
        let names = Telling::new(&setup(vec![])).names;
        let mut follower = Follower::default();
        let created = |slot| Observation::TaskCreated {
            task: TaskId(0),
            service: WEB,
            slot,
            attempt: 1,
            node: None,
            desired: TaskState::Running,
            revision: Default::default(),
        };
        let assigned = Observation::TaskAssigned { task: TaskId(0), node: N1 };
        [created(0), assigned].iter().for_each(|what| follower.observe(at(1), what, &names));
        [created(2), assigned, assigned].iter().for_each(|what| follower.observe(at(2), what, &names));
        let (course, decisions) = follower.finish();
        assert_eq!(course.decisions, 1);
        assert_eq!((decisions[0].subject.slot, decisions[0].node), (2, Some(N1)));
    }
}
