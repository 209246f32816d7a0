//! Smaller scenarios that still fail: greedily, the largest steps first, until none is left that does, nor any two together.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::case::{Block, Case, Table, Value};
use crate::draw::CLASSES;

/// The smallest case that could be found for which `fails` is true, as it is for the first.
pub(crate) fn shrink(case: Case, fails: &mut dyn FnMut(&Case) -> bool) -> Case {
    let mut shrinking = Shrinking { smallest: case, passed: BTreeSet::new(), fails };
    loop {
        let before = shrinking.smallest.clone();
        shrinking.attempt(|case| case.seed = 1);
        shrinking.blocks();
        shrinking.settings();
        if shrinking.smallest != before || shrinking.pairs() {
            continue;
        }
        // Times come last: one that just does here would be too short for a smaller cluster.
        shrinking.values(|value| !matches!(value, Value::Seconds(_)));
        if shrinking.smallest == before {
            shrinking.values(|value| matches!(value, Value::Seconds(_)));
        }
        if shrinking.smallest == before {
            return before;
        }
    }
}

/// A step towards a smaller case. The lesser of two can be taken first, and the other is still what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// The seed is left out.
    Seed,
    /// A setting is left out, the last ones first.
    Setting(Reverse<(usize, usize)>),
    /// A table is left out, the last ones first.
    Table(Reverse<usize>),
}

/// A change that makes a case no smaller, but sways which machine gets a task or comes to harm.
#[derive(Clone, Copy, Debug)]
enum Sway {
    /// What befalls a machine befalls the first one of that class.
    Befall(usize, usize, &'static str),
    /// That class takes no tasks: one setting more, which has to be worth two.
    Drain(usize),
}

impl Step {
    /// All that a case allows for.
    fn all(case: &Case) -> Vec<Step> {
        let mut steps: Vec<Step> = (case.seed != 1).then_some(Step::Seed).into_iter().collect();
        for (at, block) in case.blocks.iter().enumerate() {
            let keys = block.settings.iter().enumerate().filter(|(_, (key, _))| may_go(key));
            steps.extend(keys.map(|(setting, _)| Step::Setting(Reverse((at, setting)))));
            steps.push(Step::Table(Reverse(at)));
        }
        steps.sort();
        steps
    }

    fn take(self, case: &mut Case) {
        match self {
            Step::Seed => case.seed = 1,
            Step::Setting(Reverse((block, setting))) => drop(case.blocks[block].settings.remove(setting)),
            Step::Table(Reverse(block)) => leave_out(case, block, block + 1),
        }
    }
}

impl Sway {
    /// All that a case allows for.
    fn all(case: &Case) -> Vec<Sway> {
        let is_there = |table: Table, name: &str| {
            case.blocks.iter().any(|block| block.table == table && block.name() == Some(name))
        };
        let mut sways = Vec::new();
        for (at, block) in case.blocks.iter().enumerate() {
            for (setting, (_, value)) in block.settings.iter().enumerate() {
                if let Value::Machine(own, _) = value {
                    let others =
                        CLASSES.iter().filter(|class| *class != own && is_there(Table::Nodes, class));
                    sways.extend(others.map(|class| Sway::Befall(at, setting, class)));
                }
            }
            if block.get("role").is_some() && block.get("availability").is_none() {
                sways.push(Sway::Drain(at));
            }
        }
        sways
    }

    fn take(self, case: &mut Case) {
        match self {
            Sway::Befall(block, setting, class) => {
                case.blocks[block].settings[setting].1 = Value::Machine(class, 1);
            }
            Sway::Drain(block) => {
                case.blocks[block].settings.push(("availability", Value::Toml("\"drain\"")));
            }
        }
    }
}

/// Whether a setting may be left out. A trouble keeps its end, and so does a workload.
fn may_go(key: &str) -> bool {
    !["for", "until"].contains(&key)
}

struct Shrinking<'a> {
    smallest: Case,
    /// Files that were tried and did not fail.
    passed: BTreeSet<String>,
    fails: &'a mut dyn FnMut(&Case) -> bool,
}

impl Shrinking<'_> {
    /// Takes a smaller case, if it fails too.
    fn attempt(&mut self, change: impl FnOnce(&mut Case)) -> bool {
        let mut case = self.smallest.clone();
        change(&mut case);
        if case == self.smallest || self.passed.contains(&case.text()) {
            return false;
        }
        let fails = (self.fails)(&case);
        if fails {
            self.smallest = case;
        } else {
            self.passed.insert(case.text());
        }
        fails
    }

    /// Leaves out tables, half of them at once, then a quarter, …, then one by one; the last ones first.
    fn blocks(&mut self) {
        let mut size = self.smallest.blocks.len() / 2;
        while size > 0 {
            let mut end = self.smallest.blocks.len();
            while end > 0 {
                let start = end.saturating_sub(size);
                self.attempt(|case| leave_out(case, start, end));
                end = start.min(self.smallest.blocks.len());
            }
            size /= 2;
        }
    }

    /// Leaves out settings one by one.
    fn settings(&mut self) {
        for block in 0..self.smallest.blocks.len() {
            for at in (0..self.smallest.blocks[block].settings.len()).rev() {
                if may_go(self.smallest.blocks[block].settings[at].0) {
                    self.attempt(|case| drop(case.blocks[block].settings.remove(at)));
                }
            }
        }
    }

    /// Takes two steps at once where neither does by itself, or one or two with a sway: what is left out may have decided
    /// which machine gets the task that comes to harm, as the seed does where there is a tie. Returns whether anything was
    /// left out.
    fn pairs(&mut self) -> bool {
        let steps = Step::all(&self.smallest);
        let sways = Sway::all(&self.smallest);
        let mut pairs = steps.iter().enumerate().flat_map(|(at, first)| {
            steps[at..].iter().map(move |last| (first, Some(last).filter(|last| *last != first)))
        });
        let pays = |sway: &&Sway, last: Option<&Step>| last.is_some() || !matches!(sway, Sway::Drain(_));
        pairs.any(|(first, last)| {
            let sways = sways.iter().filter(|sway| pays(sway, last)).map(Some);
            std::iter::once(None).chain(sways).any(|sway| {
                self.attempt(|case| {
                    sway.into_iter().for_each(|sway| sway.take(case));
                    first.take(case);
                    last.into_iter().for_each(|last| last.take(case));
                })
            })
        })
    }

    /// Makes each of these settings smaller.
    fn values(&mut self, which: fn(&Value) -> bool) {
        for block in 0..self.smallest.blocks.len() {
            for at in 0..self.smallest.blocks[block].settings.len() {
                if !which(&self.smallest.blocks[block].settings[at].1) {
                    continue;
                }
                // Each success may allow another one.
                while smaller(&self.smallest.blocks[block].settings[at].1)
                    .into_iter()
                    .any(|value| self.attempt(|case| case.blocks[block].settings[at].1 = value))
                {
                }
            }
        }
    }
}

/// Without those tables, and without the steps that are about them. What a step would have brought later is there from
/// the start.
fn leave_out(case: &mut Case, start: usize, end: usize) {
    let gone: Vec<Block> = case.blocks.drain(start..end).collect();
    case.blocks.retain(|block| !gone.iter().any(|other| block.is_about(other)));
    for step in gone.iter().filter(|block| block.brings()) {
        for block in case.blocks.iter_mut().filter(|block| step.is_about(block)) {
            block.settings.retain(|(key, _)| !["created", "joins"].contains(key));
        }
    }
}

/// Sizes of machines: a small one is soon full, so that it takes less to fill it.
const SIZES: [&[&str]; 2] = [&["\"1\"", "\"2\"", "\"4\""], &["\"512MiB\"", "\"1GiB\"", "\"2GiB\""]];

/// Smaller values, the smallest first.
fn smaller(value: &Value) -> Vec<Value> {
    let less = |n: u64| [0, 1, n / 2, n.saturating_sub(1)].into_iter().filter(move |less| *less < n);
    match value {
        Value::Count(n) => less(*n).map(Value::Count).collect(),
        Value::Seconds(n) => less(*n).map(Value::Seconds).collect(),
        Value::Machine(class, n) if *n > 1 => vec![Value::Machine(class, 1)],
        Value::Toml(text) => {
            let of = SIZES.iter().find(|sizes| sizes.contains(text));
            let less = of.into_iter().flat_map(|sizes| sizes.iter().take_while(|less| *less != text));
            less.map(|less| Value::Toml(less)).collect()
        }
        Value::List(texts) if texts.len() > 1 => {
            let without = |at| texts.iter().enumerate().filter(move |(i, _)| *i != at).map(|(_, text)| *text);
            (0..texts.len()).map(|at| Value::List(without(at).collect())).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use swarmbed_scheduler::stream::Stream;

    use super::*;
    use crate::draw;

    #[test]
    fn only_what_matters_is_left() {
        let is_drained = |block: &Block| block.get("availability").is_some() && block.table == Table::Nodes;
        let fails = |case: &Case| {
            let services = case.blocks.iter().filter(|block| block.table == Table::Service);
            let wanted = services.filter(|s| matches!(s.get("replicas"), Some(Value::Count(3..))));
            case.blocks.iter().any(is_drained) && wanted.count() > 0
        };
        let cases = (0..).map(|n: u32| draw::case(&mut Stream::new(1, "test", &n.to_string())));
        let case = cases.into_iter().find(fails).expect("one of many is drained and has three replicas");
        let small = shrink(case, &mut |case| fails(case));
        assert_eq!(small.blocks.len(), 2, "{}", small.text());
        let settings: usize = small.blocks.iter().map(|block| block.settings.len()).sum();
        assert_eq!((settings, small.seed), (2, 1), "{}", small.text());
        assert!(small.text().contains("replicas = 3\n"), "{}", small.text());
    }
}
