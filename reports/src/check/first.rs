//! Where two runs part, of which only one is at hand: the first decision that differs, with both keys, and the first
//! observation, as narrowly as the checkpoints of the earlier run tell.

use std::collections::BTreeMap;
use std::fmt;

use swarmbed_scheduler::NodeId;
use swarmbed_scheduler::SimTime;
use swarmbed_scheduler::plan::Explanation;
use swarmbed_sim::names::Names;
use swarmbed_sim::observation::Observation;
use swarmbed_sim::observe::Observer;
use swarmbed_sim::{Setup, Simulation};

use super::course::{Course, DECISIONS, Decision, Mark, Subject, checkpoint, mark};
use super::run::Facts;
use crate::measure::Lister;
use crate::output::timeline::{Narrator, Row};
use crate::words::{clock, number, visible};

/// Where two runs part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct First {
    /// The first decision that differs; `None` if all that are marked agree.
    pub decision: Option<Parting>,
    /// How many decisions agree before it, or in all.
    pub agreed: u64,
    /// The first observation that differs.
    pub observation: Window,
}

/// A decision that was made differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parting {
    /// Its number, from 1.
    pub number: u64,
    /// Its number in the earlier run, if it is known and another one.
    pub earlier: Option<u64>,
    /// Its time, and the number of the observation that tells of it; `None` if it is not made any more.
    pub at: Option<(SimTime, u64)>,
    /// The task, as `explain --task` takes it, with the attempt if it is not the first.
    pub task: Option<String>,
    /// What was decided.
    pub was: Choice,
    /// What is decided now.
    pub is: Choice,
    /// From which decision on the order is another, if that is so.
    pub order: Option<u64>,
}

/// What was decided about a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The node, or what else was decided, in words.
    pub what: String,
    /// Its key as the strategy has it now, or why the node is out of the question now.
    pub key: Option<String>,
}

/// Observations among which the first is that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first of them, from 1.
    pub from: u64,
    /// The last of them.
    pub to: u64,
    /// When the first of them is made; `None` if the run is over by then.
    pub at: Option<SimTime>,
    /// What it is now, if it is the only one.
    pub what: Option<String>,
    /// Whether requests were sent: their ends are not listed, so that one may differ before these do.
    pub after_requests: bool,
}

/// Plays the scenario again to see where it parts from its baseline. `setup` is what `is` was played from.
pub fn first(setup: Setup, was: &Course, is: &Facts) -> First {
    let mut sim = Simulation::new(setup);
    let parted = parted(was, is);
    let found = parted.map(|from| Found::of(from, was, is, sim.names()));
    let now = found.and_then(|found| is.decisions.get(found.index).copied());
    if let Some(Decision { subject, .. }) = now {
        sim.ask(subject.service, subject.slot);
    }
    let mut watcher = Watcher::new(was);
    if let Some(decision) = now {
        sim.run_until(decision.at, &mut [&mut watcher]);
    }
    if !watcher.found {
        sim.run(&mut [&mut watcher]);
    }
    First {
        decision: found.map(|found| parting(found, was, is, &sim)),
        agreed: parted.map_or(was.chosen.len(), |i| i) as u64,
        observation: watcher.finish(),
    }
}

/// The first marked decision that differs, from 0.
fn parted(was: &Course, is: &Facts) -> Option<usize> {
    let now = &is.entry.course.chosen;
    let common = was.chosen.iter().zip(now).take_while(|(a, b)| a == b).count();
    (common < was.chosen.len().max(now.len())).then_some(common)
}

/// The decision that tells most of how two runs part.
#[derive(Clone, Copy, Debug)]
struct Found {
    /// From where on they differ, from 0.
    from: usize,
    /// The decision.
    index: usize,
    /// Where the earlier run made it, and what it chose, if that can be told.
    earlier: Option<(usize, Option<NodeId>)>,
}

impl Found {
    /// From the first mark on that differs, the first task that had another node. If there is none, only the order may
    /// differ, or the earlier decision is not among those that are kept.
    fn of(from: usize, was: &Course, is: &Facts, names: &Names) -> Found {
        let places: BTreeMap<Mark, usize> = was.chosen.iter().copied().zip(0..).skip(from).collect();
        let find = |index: usize| {
            let Decision { subject, .. } = is.decisions[index];
            Found { from, index, earlier: earlier(subject, was.chosen.get(index), &places, names) }
        };
        let all = || (from..is.decisions.len()).map(find);
        let moved =
            |found: &Found| found.earlier.is_some_and(|(_, node)| node != is.decisions[found.index].node);
        let lost = |found: &Found| found.earlier.is_none();
        let first = Found { from, index: from, earlier: None };
        all().find(moved).or_else(|| all().find(lost)).or_else(|| all().next()).unwrap_or(first)
    }
}

/// What the earlier run decided about that task, and when: a choice for it that leaves one of its marks. Most likely
/// that is the mark in the same place. What two choices could have left is not guessed at.
fn earlier(
    subject: Subject,
    here: Option<&Mark>,
    places: &BTreeMap<Mark, usize>,
    names: &Names,
) -> Option<(usize, Option<NodeId>)> {
    let nodes = (0..names.node_count() as u32).map(|n| Some(NodeId(n))).chain([None]);
    let marked = nodes.map(|node| (mark(subject, node, names), node));
    let mut found: Vec<(Mark, Option<NodeId>)> =
        marked.filter(|(mark, _)| places.contains_key(mark)).collect();
    if found.iter().any(|(mark, _)| Some(mark) == here) {
        found.retain(|(mark, _)| Some(mark) == here);
    }
    let (mark, node) = found.pop().filter(|_| found.is_empty())?;
    Some((places[&mark], node))
}

fn parting(found: Found, was: &Course, is: &Facts, sim: &Simulation) -> Parting {
    let Found { from, index, earlier } = found;
    let names = sim.names();
    let now = is.decisions.get(index);
    let why = now.and_then(|now| explanation(sim, now));
    let choice = |node: Option<NodeId>| Choice {
        what: node.map_or("no node: it has to wait".to_owned(), |node| visible(names.node(node))),
        key: why.zip(node).map(|(why, node)| key(why, node)),
    };
    let unknown = match was.decisions {
        n if n <= index as u64 => "no decision at all",
        n if n > was.chosen.len() as u64 => "none of those that are kept",
        _ => "another task, or a node that is not there any more",
    };
    let words = |what: &str| Choice { what: what.to_owned(), key: None };
    let order = earlier.is_some_and(|(place, _)| place != from) || index != from;
    Parting {
        number: index as u64 + 1,
        earlier: earlier.map(|(place, _)| place as u64 + 1).filter(|place| *place != index as u64 + 1),
        at: now.map(|now| (now.at, now.observation)),
        task: now.map(|now| said(now.subject, names)),
        was: earlier.map_or_else(|| words(unknown), |(_, node)| choice(node)),
        is: now.map_or_else(|| words("no decision at all"), |now| choice(now.node)),
        order: order.then_some(from as u64 + 1),
    }
}

fn said(subject: Subject, names: &Names) -> String {
    let Subject { service, slot, attempt } = subject;
    let again = if attempt > 1 { format!(" (attempt {attempt})") } else { String::new() };
    format!("{}.{slot}{again}", visible(names.service(service)))
}

/// Why the task of that decision went where it went.
fn explanation<'a>(sim: &'a Simulation, decision: &Decision) -> Option<&'a Explanation> {
    let mut answers = sim.answers().iter().filter(|a| a.task == decision.task && a.at <= decision.at);
    answers.next_back().map(|answer| &answer.explanation)
}

/// The node's key, or why it is out of the question.
fn key(why: &Explanation, node: NodeId) -> String {
    let key = why.possible.iter().find(|(n, _)| *n == node).map(|(_, key)| key.clone());
    let removed = why.removed.iter().find(|(n, _)| *n == node);
    let out = || match removed {
        Some((_, filter)) => format!("removed by {} now", filter.name()),
        None => "no member now".to_owned(),
    };
    key.unwrap_or_else(out)
}

/// Holds a run against the checkpoints of an earlier one.
struct Watcher<'a> {
    was: &'a Course,
    lister: Lister,
    narrator: Narrator,
    count: u64,
    /// Up to where the two agree.
    agreed: u64,
    /// The first observation after that.
    start: Option<(SimTime, Option<String>)>,
    found: bool,
}

impl Watcher<'_> {
    fn new(was: &Course) -> Watcher<'_> {
        Watcher {
            was,
            lister: Lister::default(),
            narrator: Narrator::default(),
            count: 0,
            agreed: 0,
            start: None,
            found: false,
        }
    }

    fn finish(mut self) -> Window {
        if let Some(rest) = self.lister.rest().filter(|_| !self.found) {
            self.count(rest.at, || Row::of_rest(&rest).to_string());
        }
        let to = if self.found { self.count } else { self.count.max(self.was.observations) };
        let (from, start) = (self.agreed + 1, self.start);
        let what = start.as_ref().and_then(|(_, what)| what.clone()).filter(|_| from == to);
        let after_requests = self.lister.met_requests();
        Window { from, to: to.max(from), at: start.map(|(at, _)| at), what, after_requests }
    }

    /// The next listed observation is held against its checkpoint, if it has one.
    fn count(&mut self, at: SimTime, words: impl FnOnce() -> String) {
        self.count += 1;
        if self.start.is_none() {
            self.start = Some((at, (self.was.step == 1).then(words)));
        }
        if self.count.is_multiple_of(self.was.step) {
            let mark = self.was.checkpoints.get((self.count / self.was.step) as usize - 1);
            self.found = mark != Some(&checkpoint(self.lister.digest()));
            if !self.found {
                self.agreed = self.count;
                self.start = None;
            }
        }
    }
}

impl Observer for Watcher<'_> {
    fn observe(&mut self, at: SimTime, what: &Observation, names: &Names) {
        if self.found || !self.lister.lists(at, what, names) {
            return;
        }
        // The narrator has to meet every task when it is created.
        let is_task = matches!(what, Observation::TaskCreated { .. });
        let words = (is_task || self.was.step == 1).then(|| self.narrator.row(what, names).to_string());
        self.count(at, || words.unwrap_or_default());
    }
}

impl First {
    /// The two in the order in which they come, a sentence each.
    pub fn lines(&self) -> Vec<String> {
        let decision = match &self.decision {
            Some(decision) => decision.to_string(),
            None if self.agreed == DECISIONS as u64 => {
                format!(
                    "the first {} decisions agree, and later ones are not kept one by one",
                    number(self.agreed)
                )
            }
            None => format!("all {} decisions agree", number(self.agreed)),
        };
        let observed = self.decision.as_ref().and_then(|d| d.at).map_or(u64::MAX, |(_, n)| n);
        let observation = self.observation.to_string();
        if self.observation.to < observed { vec![observation, decision] } else { vec![decision, observation] }
    }
}

impl fmt::Display for Parting {
    /// `decision 5 at 0.61s, web.3: was worker-2 (1 of this service, 2 tasks), is worker-4 (…)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "decision {}", number(self.number))?;
        self.at.iter().try_for_each(|(at, _)| write!(f, " at {}", clock(*at)))?;
        self.task.iter().try_for_each(|task| write!(f, ", {task}"))?;
        if self.was.what == self.is.what && self.earlier.is_some() {
            write!(f, " on {}", self.is)?;
        } else {
            write!(f, ": was {}, is {}", self.was, self.is)?;
        }
        let tied = self.was.what != self.is.what && self.was.key.is_some() && self.was.key == self.is.key;
        f.write_str(if tied { "; the keys are equal, so the tie rule decided" } else { "" })?;
        self.earlier.iter().try_for_each(|earlier| write!(f, "; it was decision {}", number(*earlier)))?;
        self.order.iter().try_for_each(|from| write!(f, "; from {} on the order is another", number(*from)))
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        self.key.iter().try_for_each(|key| write!(f, " ({})", visible(key)))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (number(self.from), number(self.to));
        match self.from == self.to {
            true => write!(f, "observation {from} is the first that differs")?,
            false => write!(f, "the first observation that differs is one of {from} to {to}")?,
        }
        match (&self.at, &self.what) {
            (Some(at), Some(what)) => write!(f, ": at {}, {what}", clock(*at)),
            (Some(at), None) => write!(f, ", from {} on", clock(*at)),
            (None, _) => f.write_str(", which this run does not make"),
        }?;
        f.write_str(if self.after_requests { ", or a request that ended before" } else { "" })
    }
}
