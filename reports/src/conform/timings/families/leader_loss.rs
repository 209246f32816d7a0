//! The leader of a few managers is lost and returns; the others elect another meanwhile, or do not in time.

use std::sync::Arc;

use swarmbed_scheduler::node::NodeState;
use swarmbed_scheduler::strategy::Strategy;
use swarmbed_scheduler::{NodeId, SimTime, Span, TaskId};
use swarmbed_sim::setup::Action;

use super::super::chronicle::{ManagerChange, ManagerEvent, NodeEvent};
use super::super::samples::Samples;
use super::super::situation::{Loss, Situation};
use super::super::stage::Stage;
use super::{leader, measure_replacement, nodes, replicated, rounds};

/// How long the returned manager is watched.
const WATCHED: Span = Span::secs(8);

/// Then the cluster is left alone, so that the next round finds every node READY.
const REST: Span = Span::secs(12);

pub(super) fn play(situation: &Situation, seed: u64, strategy: &Arc<dyn Strategy>) -> Vec<Samples> {
    let mut stage = replicated(situation, seed, strategy);
    rounds(&mut stage, |stage, samples| {
        play_round(situation, stage, samples);
        stage.wait(REST);
    })
}

fn play_round(situation: &Situation, stage: &mut Stage, samples: &mut Samples) {
    let lost = leader(stage);
    let on_others: Vec<TaskId> = nodes(situation)
        .filter(|node| *node != lost)
        .flat_map(|node| stage.chronicle.wanted_on(node).map(|life| life.id).collect::<Vec<_>>())
        .collect();
    let on_it: Vec<TaskId> = stage.chronicle.wanted_on(lost).map(|life| life.id).collect();
    let stopped = stage.act(match situation.loss {
        Loss::Killed => Action::Crash { nodes: vec![lost], lasts: None },
        Loss::Frozen => Action::Freeze { nodes: vec![lost], lasts: None },
    });
    stage.wait(situation.observed);
    let returned = stage.act(match situation.loss {
        Loss::Killed => Action::Restart { nodes: vec![lost] },
        Loss::Frozen => Action::Thaw { nodes: vec![lost] },
    });
    stage.wait(WATCHED);
    let Some(ready) = stage.chronicle.leader_ready(stopped).filter(|c| c.at < returned).copied() else {
        samples.count("no leader before return", 1);
        return;
    };
    let round = Round { situation, stage, lost, stopped, returned, ready };
    round.measure_election(samples);
    round.measure_nodes(samples);
    if situation.replicas > 0 {
        round.measure_tasks(&on_it, &on_others, samples);
    }
}

/// A round that has been played, and in which there was another leader in time.
struct Round<'a> {
    situation: &'a Situation,
    stage: &'a Stage,
    lost: NodeId,
    stopped: SimTime,
    returned: SimTime,
    ready: ManagerChange,
}

impl Round<'_> {
    fn first(&self, since: SimTime, is: impl Fn(&ManagerChange) -> bool) -> Option<SimTime> {
        self.stage.chronicle.managers_since(since).find(|change| is(change)).map(|change| change.at)
    }

    fn measure_election(&self, samples: &mut Samples) {
        let (stopped, ready) = (Some(self.stopped), Some(self.ready.at));
        let elected = self.first(self.stopped, |c| matches!(c.what, ManagerEvent::Elected { .. }));
        let stood = self.first(self.stopped, |c| matches!(c.what, ManagerEvent::Stood { .. }));
        samples.span("stop to first candidate", stopped, stood);
        samples.span("stop to leader elected", stopped, elected);
        samples.span("stop to leader ready", stopped, ready);
        samples.span("leader elected to ready", elected, ready);
        // The recordings count the terms in which anybody stood, and call them both terms and candidacies.
        let mut terms: Vec<u32> = self
            .stage
            .chronicle
            .managers_since(self.stopped)
            .filter(|change| change.at <= self.ready.at)
            .filter_map(|change| match change.what {
                ManagerEvent::Stood { term } => Some(term),
                _ => None,
            })
            .collect();
        terms.sort_unstable();
        terms.dedup();
        samples.count("terms used", terms.len());
        samples.count("candidacies", terms.len());
        let leaders = self.stage.chronicle.managers_since(self.stopped);
        samples.count("leaders in the run", leaders.filter(|c| c.what == ManagerEvent::Ready).count());
        let it = |c: &ManagerChange| c.node == self.lost && c.what == ManagerEvent::Follows;
        let follows = self.first(self.returned, it);
        samples.span("return to old leader follows", Some(self.returned), follows);
    }

    fn measure_nodes(&self, samples: &mut Samples) {
        let became =
            |node, state, since| self.stage.chronicle.node_changed(node, NodeEvent::Became(state), since);
        let managers = self.situation.managers;
        let survivors = nodes(self.situation).filter(|node| *node != self.lost);
        let mut first_unknown = None;
        for node in survivors {
            let kind = if node.0 < managers { "manager" } else { "worker" };
            let unknown = became(node, NodeState::Unknown, self.ready.at);
            let back = became(node, NodeState::Ready, self.ready.at).filter(|at| *at < self.returned);
            samples.span(&format!("{kind} unknown to ready"), unknown, back);
            samples.span(&format!("stop to {kind} ready again"), Some(self.stopped), back);
            first_unknown = first_unknown.or(unknown);
            let down = became(node, NodeState::Down, self.ready.at).filter(|at| *at < self.returned);
            if down.is_some() {
                samples.count(&format!("{kind} wrongly down"), 1);
            }
        }
        samples.span("leader ready to nodes unknown", Some(self.ready.at), first_unknown);
        let back = became(self.lost, NodeState::Ready, self.returned);
        samples.span("return to old leader node ready", Some(self.returned), back);
        let down = became(self.lost, NodeState::Down, self.ready.at).filter(|at| *at < self.returned);
        if self.situation.replicas > 0 {
            samples.span("leader ready to lost leader down", Some(self.ready.at), down);
            samples.span("stop to lost leader down", Some(self.stopped), down);
        }
    }

    fn measure_tasks(&self, on_it: &[TaskId], on_others: &[TaskId], samples: &mut Samples) {
        let chronicle = &self.stage.chronicle;
        let down = chronicle.node_changed(self.lost, NodeEvent::Became(NodeState::Down), self.ready.at);
        for life in chronicle.lives.iter().filter(|life| on_it.contains(&life.id)) {
            if let Some(new) = chronicle.successor(life) {
                measure_replacement(("down", down), new, samples);
            }
        }
        let changed = chronicle.lives.iter().filter(|life| on_others.contains(&life.id));
        let touched = |at: SimTime| at >= self.stopped && at < self.returned;
        let changed = changed.filter(|life| life.changes.iter().any(|change| touched(change.at)));
        samples.count("tasks on surviving nodes changed", changed.count());
    }
}
