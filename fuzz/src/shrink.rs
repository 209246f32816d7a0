//! Smaller scenarios that still fail: greedily, the largest steps first, until none is left that does.

use std::collections::BTreeSet;

use crate::case::{Block, Case, Table, Value};
use crate::draw::CLASSES;

/// The smallest case that could be found for which `fails` is true, as it is for the first.
pub(crate) fn shrink(case: Case, fails: &mut dyn FnMut(&Case) -> bool) -> Case {
    let mut shrinking = Shrinking { smallest: case, passed: BTreeSet::new(), fails };
    loop {
        let before = shrinking.smallest.clone();
        shrinking.blocks();
        shrinking.settings();
        shrinking.values();
        shrinking.classes();
        shrinking.attempt(|case| case.seed = 1);
        if shrinking.smallest == before {
            return before;
        }
    }
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

    /// Leaves out settings one by one. A trouble keeps its end, and so does a workload.
    fn settings(&mut self) {
        for block in 0..self.smallest.blocks.len() {
            for at in (0..self.smallest.blocks[block].settings.len()).rev() {
                if self.smallest.blocks[block].settings[at].0 != "for"
                    && self.smallest.blocks[block].settings[at].0 != "until"
                {
                    self.attempt(|case| drop(case.blocks[block].settings.remove(at)));
                }
            }
        }
    }

    /// Leaves out a class of machines, and lets what befalls one of them befall one of another class.
    fn classes(&mut self) {
        for gone in CLASSES {
            for other in CLASSES.iter().filter(|other| **other != gone) {
                let place = |case: &Case, name: &str| {
                    case.blocks.iter().position(|b| b.table == Table::Nodes && b.name() == Some(name))
                };
                let Some(at) = place(&self.smallest, gone) else { break };
                if place(&self.smallest, other).is_some() {
                    self.attempt(|case| {
                        let settings = case.blocks.iter_mut().flat_map(|block| &mut block.settings);
                        let targets = settings.map(|(_, value)| value);
                        for value in
                            targets.filter(|v| matches!(v, Value::Machine(class, _) if *class == gone))
                        {
                            *value = Value::Machine(other, 1);
                        }
                        leave_out(case, at, at + 1);
                    });
                }
            }
        }
    }

    /// Makes each setting smaller.
    fn values(&mut self) {
        for block in 0..self.smallest.blocks.len() {
            for at in 0..self.smallest.blocks[block].settings.len() {
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

/// Smaller values, the smallest first.
fn smaller(value: &Value) -> Vec<Value> {
    let less = |n: u64| [0, 1, n / 2, n.saturating_sub(1)].into_iter().filter(move |less| *less < n);
    match value {
        Value::Count(n) => less(*n).map(Value::Count).collect(),
        Value::Seconds(n) => less(*n).map(Value::Seconds).collect(),
        Value::Machine(class, n) if *n > 1 => vec![Value::Machine(class, 1)],
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
