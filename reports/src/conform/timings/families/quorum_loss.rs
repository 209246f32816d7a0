//! Two of three managers are lost at once and one of them returns; meanwhile containers may exit.

use std::sync::Arc;

use swarmbed_scheduler::node::NodeState;
use swarmbed_scheduler::strategy::Strategy;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{NodeId, SimTime, Span, TaskId};
use swarmbed_sim::setup::Action;

use super::super::chronicle::{ManagerChange, ManagerEvent, NodeEvent};
use super::super::samples::Samples;
use super::super::situation::Situation;
use super::super::stage::Stage;
use super::{SERVICE, leader, measure_replacement, nodes, replicated, rounds, with_tasks};

/// Containers exit so long after the loss.
const EXIT_AFTER: Span = Span::secs(12);

/// A round goes on for so long after one manager has returned: 65 s in the recordings. Then the other one returns.
const WATCHED: Span = Span::secs(65);

/// A manager that is back follows within so long, since connections to it are tried again every 8 s. The recordings' driver
/// waited for that: from its return to the next round's beginning were 2 to 11 s.
const FOLLOWS_WITHIN: Span = Span::secs(12);

pub(super) fn play(situation: &Situation, seed: u64, strategy: &Arc<dyn Strategy>) -> Vec<Samples> {
    let mut stage = replicated(situation, seed, strategy);
    rounds(&mut stage, |stage, samples| {
        let still_off = play_round(situation, stage, samples);
        let returned = stage.act(Action::Restart { nodes: vec![still_off] });
        let follows =
            |change: &ManagerChange| (change.node, change.what) == (still_off, ManagerEvent::Follows);
        stage.wait_for(FOLLOWS_WITHIN, |chronicle| chronicle.managers_since(returned).any(follows));
    })
}

fn play_round(situation: &Situation, stage: &mut Stage, samples: &mut Samples) -> NodeId {
    let leads = leader(stage);
    let managers = (0..situation.managers).map(NodeId);
    let followers = stage.choose(managers.filter(|node| *node != leads).collect(), situation.managers);
    // Of those that are lost, the last one returns.
    let (survivor, lost) = match situation.survivor_led {
        true => (leads, vec![followers[0], followers[1]]),
        false => (followers[0], vec![leads, followers[1]]),
    };
    let busy = with_tasks(situation, stage);
    let terms_before = stage.term();
    let stopped = stage.act(Action::Crash { nodes: lost.clone(), lasts: None });
    let mut exited: Vec<TaskId> = Vec::new();
    if situation.exits {
        stage.wait(EXIT_AFTER);
        let nodes = stage.choose(busy, 1);
        exited.extend(nodes.iter().flat_map(|n| stage.chronicle.wanted_on(*n)).map(|life| life.id));
        stage.act(Action::ExitContainers { service: SERVICE, nodes, code: 1 });
    }
    stage.wait((stopped + situation.loss_lasts).since(stage.now()));
    let terms_then = stage.term();
    let returned = stage.act(Action::Restart { nodes: vec![lost[1]] });
    stage.wait(WATCHED);
    let round = Round { situation, stage, survivor, gone: lost[0], stopped, returned };
    samples.count("terms used before return", (terms_then - terms_before) as usize);
    round.measure(samples);
    round.measure_tasks(&exited, samples);
    lost[0]
}

/// A round that has been played.
struct Round<'a> {
    situation: &'a Situation,
    stage: &'a Stage,
    survivor: NodeId,
    /// The manager that has not returned.
    gone: NodeId,
    stopped: SimTime,
    returned: SimTime,
}

impl Round<'_> {
    fn ready(&self) -> Option<SimTime> {
        self.stage.chronicle.leader_ready(self.returned).map(|change| change.at)
    }

    fn measure(&self, samples: &mut Samples) {
        let chronicle = &self.stage.chronicle;
        let (stopped, ready) = (Some(self.stopped), self.ready());
        let before = || chronicle.managers_since(self.stopped).filter(|change| change.at < self.returned);
        let gave_up = before().find(|c| c.what == ManagerEvent::SteppedDown && c.node == self.survivor);
        if self.situation.survivor_led {
            samples.span("stop to survivor gives up leadership", stopped, gave_up.map(|change| change.at));
        }
        let stood = before().filter(|c| matches!(c.what, ManagerEvent::Stood { .. })).count();
        // A candidate that stands again is a candidate still.
        samples.count("candidacies before return", stood.min(1));
        samples.span("return to leader ready", Some(self.returned), ready);
        samples.span("stop to leader ready", stopped, ready);
        let elected = chronicle.managers_since(self.returned).find_map(|change| match change.what {
            ManagerEvent::Elected { term } => Some(term),
            _ => None,
        });
        let first = chronicle.managers.iter().rev().find_map(|change| match change.what {
            ManagerEvent::Elected { term } if change.at < self.stopped => Some(term),
            _ => None,
        });
        if let Some(elected) = elected {
            samples.count("terms used in all", (elected - first.unwrap_or(1)) as usize);
        }
        let without = |at: &&SimTime| **at > self.stopped && ready.is_none_or(|ready| **at < ready);
        samples.count("store changes without quorum", chronicle.commits.iter().filter(without).count());
        let Some(ready) = ready else { return };
        let became = |node, state| chronicle.node_changed(node, NodeEvent::Became(state), ready);
        samples.span("leader ready to lost node down", Some(ready), became(self.gone, NodeState::Down));
        let workers = nodes(self.situation).skip(self.situation.managers as usize);
        for node in workers.chain([self.survivor]) {
            samples.span("leader ready to node ready", Some(ready), became(node, NodeState::Ready));
        }
    }

    fn measure_tasks(&self, exited: &[TaskId], samples: &mut Samples) {
        let chronicle = &self.stage.chronicle;
        for life in chronicle.lives.iter().filter(|life| exited.contains(&life.id)) {
            let known = life.reached(TaskState::Failed);
            samples.span("leader ready to failure known", self.ready(), known);
            if let Some(new) = chronicle.successor(life) {
                measure_replacement(("failure known", known), new, samples);
            }
        }
    }
}
