//! Workers with tasks are lost, return when their tasks have been replaced, and are watched for another 7 s.

use std::sync::Arc;

use swarmbed_scheduler::node::NodeState;
use swarmbed_scheduler::strategy::Strategy;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{NodeId, SimTime, Span, TaskId};
use swarmbed_sim::setup::Action;

use super::super::chronicle::NodeEvent;
use super::super::samples::Samples;
use super::super::situation::{Loss, Situation};
use super::super::stage::{Beat, Stage};
use super::{measure_replacement, replicated, rounds, with_tasks};

/// The heartbeats of this long before the loss are measured as well.
const BEFORE: Span = Span::secs(6);

/// How long a returned worker is watched.
const WATCHED: Span = Span::secs(7);

pub(super) fn play(situation: &Situation, seed: u64, strategy: &Arc<dyn Strategy>) -> Vec<Samples> {
    let mut stage = replicated(situation, seed, strategy);
    stage.watch_beats();
    rounds(&mut stage, |stage, samples| play_round(situation, stage, samples))
}

/// From the loss to the return: 25.5 s in the recordings, in which the delay was 5 s. The longest grace (three times the
/// longest period of 5.5 s), the delay, and 4 s to start the replacements; more if their containers take long.
fn absence(situation: &Situation) -> Span {
    let start = situation.container.start + situation.container.prepare;
    Span::millis(16_500) + situation.restart.delay + Span::secs(4).max(start + Span::secs(2))
}

fn play_round(situation: &Situation, stage: &mut Stage, samples: &mut Samples) {
    stage.wait(BEFORE);
    let busy = with_tasks(situation, stage);
    let lost = stage.choose(busy, situation.lost_together);
    let old: Vec<(NodeId, Vec<TaskId>)> = lost
        .iter()
        .map(|node| (*node, stage.chronicle.wanted_on(*node).map(|life| life.id).collect()))
        .collect();
    let stopped = stage.act(match situation.loss {
        Loss::Killed => Action::Crash { nodes: lost.clone(), lasts: None },
        Loss::Frozen => Action::Freeze { nodes: lost.clone(), lasts: None },
    });
    stage.wait(absence(situation));
    let returned = stage.act(match situation.loss {
        Loss::Killed => Action::Restart { nodes: lost.clone() },
        Loss::Frozen => Action::Thaw { nodes: lost.clone() },
    });
    stage.wait(WATCHED);
    let round = Round { stage, stopped, returned };
    for (node, tasks) in &old {
        round.measure(*node, tasks, samples);
    }
    round.measure_beats(&lost, samples);
}

/// A round that has been played.
struct Round<'a> {
    stage: &'a Stage,
    stopped: SimTime,
    returned: SimTime,
}

impl Round<'_> {
    fn measure(&self, node: NodeId, tasks: &[TaskId], samples: &mut Samples) {
        let chronicle = &self.stage.chronicle;
        let stopped = Some(self.stopped);
        let down = chronicle.node_changed(node, NodeEvent::Became(NodeState::Down), self.stopped);
        let ready = chronicle.node_changed(node, NodeEvent::Became(NodeState::Ready), self.returned);
        samples.span("stop to down", stopped, down);
        samples.span("return to ready", Some(self.returned), ready);
        if let Some(last) = self.beats(node).rfind(|beat| beat.arrived <= self.stopped) {
            let patience = last.period.times(3);
            samples.span("last heartbeat to stop", Some(last.arrived), stopped);
            samples.span("last heartbeat to down", Some(last.arrived), down);
            samples.span("down minus 3 x last period", Some(last.arrived + patience), down);
        }
        for life in chronicle.lives.iter().filter(|life| tasks.contains(&life.id)) {
            samples.span("ready to old task ended", ready, life.over());
            let Some(new) = chronicle.successor(life) else { continue };
            measure_replacement(("down", down), new, samples);
            samples.span("stop to replacement running", stopped, new.reached(TaskState::Running));
        }
    }

    fn beats(&self, node: NodeId) -> impl DoubleEndedIterator<Item = &Beat> {
        self.stage.beats.iter().filter(move |beat| beat.node == node)
    }

    /// The heartbeats of all nodes around the loss. The gap that the loss itself makes is not an interval.
    fn measure_beats(&self, lost: &[NodeId], samples: &mut Samples) {
        let begin = SimTime(self.stopped.0.saturating_sub(BEFORE.0));
        let mut earlier: Vec<Beat> = Vec::new();
        for beat in self.stage.beats.iter().filter(|beat| beat.arrived >= begin) {
            samples.seconds("heartbeat period", beat.period.as_secs_f64());
            let before = earlier.iter().rfind(|b| b.node == beat.node);
            if let Some(before) = before.filter(|b| !lost.contains(&b.node) || b.arrived > self.stopped) {
                let due = before.arrived + before.period;
                samples.span("heartbeat interval minus period", Some(due), Some(beat.arrived));
            }
            earlier.push(*beat);
        }
    }
}
