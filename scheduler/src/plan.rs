//! The question put to a strategy and its answer.

use std::cmp::Reverse;

use crate::filter::Tally;
use crate::id::{NodeId, ServiceId, TaskId};
use crate::spec::{SpecVersion, TaskSpec};
use crate::stream::Stream;
use crate::units::SimTime;
use crate::view::{Claim, View};

/// Everything a strategy may look at. A plan is a pure function of it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Now, in simulated time.
    pub now: SimTime,
    /// What the managers believe of the cluster.
    pub view: &'a View,
    /// What waits, in the order in which SwarmKit's canonical form takes it: groups by ascending service,
    /// then tasks without a spec version one by one.
    pub groups: &'a [Group<'a>],
    /// The run's seed, behind [`Request::stream`].
    pub seed: u64,
    /// A task whose choice is to be explained in [`Plan::explanation`].
    pub explain: Option<TaskId>,
}

/// Tasks that are alike: one service, one spec version.
#[derive(Clone, Copy, Debug)]
pub struct Group<'a> {
    /// Their service.
    pub service: ServiceId,
    /// Its name: what random draws are keyed by.
    pub service_name: &'a str,
    /// Their spec version; `None` for a one-off task, which is a group of its own.
    pub version: Option<SpecVersion>,
    /// What each of them needs.
    pub spec: &'a TaskSpec,
    /// The tasks, ascending.
    pub tasks: &'a [PendingTask],
}

/// A task that waits for a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingTask {
    /// The task.
    pub id: TaskId,
    /// Its slot within the service (0 where there is none).
    pub slot: u32,
    /// The how-manieth task of that slot it is, from 1.
    pub attempt: u32,
}

impl<'a> Request<'a> {
    /// The groups by descending priority, otherwise in the order of the request. Nothing is taken from those that have a
    /// place already: a priority is a place in the queue.
    pub fn by_priority(&self) -> Vec<&'a Group<'a>> {
        let mut groups: Vec<_> = self.groups.iter().collect();
        groups.sort_by_key(|group| Reverse(group.spec.priority));
        groups
    }

    /// A task's own source of randomness. It depends on the seed and on stable names alone, so that no other
    /// strategy, task or node shifts it.
    pub fn stream(&self, group: &Group<'_>, task: &PendingTask) -> Stream {
        Stream::new(self.seed, "placement", &format!("{}.{}.{}", group.service_name, task.slot, task.attempt))
    }
}

/// What is to be done with each waiting task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// One decision for each task of the request, in the order in which they were taken.
    pub decisions: Vec<Decision>,
    /// Why tasks were refused; decisions point into it, since thousands share one reason.
    pub refusals: Vec<Refusal>,
    /// What the planning cost, counted.
    pub work: Work,
    /// Of the task that was asked about.
    pub explanation: Option<Explanation>,
}

/// One task's fate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The task.
    pub task: TaskId,
    /// Placed or refused.
    pub verdict: Verdict,
}

impl Decision {
    /// The node that the task gets, if it gets one.
    pub fn node(&self) -> Option<NodeId> {
        match self.verdict {
            Verdict::Place { node, .. } => Some(node),
            Verdict::Refuse(_) => None,
        }
    }
}

/// Placed or refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Put it there, with these generic resources.
    Place {
        /// The node.
        node: NodeId,
        /// The generic resources it gets.
        claims: Box<[Claim]>,
    },
    /// Leave it: an index into [`Plan::refusals`].
    Refuse(usize),
}

/// Why a task found no node: how many nodes each filter removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// Nodes by the first filter that they failed.
    pub tally: Tally,
}

impl std::fmt::Display for Refusal {
    /// SwarmKit's sentence: `no suitable node (insufficient resources on 3 nodes)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.tally.is_empty() {
            f.write_str("no suitable node")
        } else {
            write!(f, "no suitable node ({})", self.tally)
        }
    }
}

/// What a plan cost, counted exactly: a measure of an algorithm without a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Nodes looked at.
    pub nodes_visited: u64,
    /// Single filters run.
    pub filters_run: u64,
    /// Decisions in which equal nodes were told apart by the tie rule alone.
    pub ties: u64,
}

/// Why a task went where it went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// Nodes removed, with the first filter that each failed, ascending.
    pub removed: Vec<(NodeId, crate::filter::Filter)>,
    /// The winner and its key, as the strategy prints it.
    pub winner: Option<(NodeId, String)>,
    /// The next best node and its key.
    pub runner_up: Option<(NodeId, String)>,
    /// Whether the tie rule alone decided between the two.
    pub tie: bool,
    /// Every node that passed the filters, with its key, best first.
    pub possible: Vec<(NodeId, String)>,
}
