//! The bin-packing heuristics that look at one node at a time: first fit, best fit and worst fit.
//!
//! A node is a bin, and it is open once a task is on it. Another is opened only when a task fits into none that is: so worst
//! fit packs too, only less tightly. Room is what is left as an amount, CPU before memory, and not as a share of the node:
//! [`Binpack`](super::Binpack) is best fit by shares. [`NextFit`](super::NextFit) needs more than one node to decide.

use std::cmp::Reverse;

use super::{Candidate, Rank};
use crate::plan::Group;
use crate::units::Resources;

/// The first node by name that the task fits.
#[derive(Clone, Copy, Debug, Default)]
pub struct FirstFit;

/// Of the open nodes, the fullest that the task fits; else the smallest other one.
#[derive(Clone, Copy, Debug, Default)]
pub struct BestFit;

/// Of the open nodes, the emptiest that the task fits; else the largest other one.
#[derive(Clone, Copy, Debug, Default)]
pub struct WorstFit;

/// Whether the node would have to be opened.
fn is_closed(node: &Candidate<'_>) -> bool {
    node.active() == 0
}

/// Nano-CPUs and bytes left, without the task: it takes the same from each node, so it makes no difference.
fn room(node: &Candidate<'_>) -> (i64, i64) {
    let Resources { nano_cpus, memory } = node.books.available;
    (nano_cpus, memory)
}

fn show(failures: u32, closed: bool, (nano_cpus, memory): (i64, i64)) -> String {
    let failures = if failures > 0 { format!("{failures} recent failures, ") } else { String::new() };
    let open = if closed { "not open" } else { "open" };
    format!("{failures}{open}, {} left", Resources::new(nano_cpus, memory))
}

impl Rank for FirstFit {
    /// Recent failures if they are many. The name decides the rest, as a tie.
    type Key = u32;

    fn key(&self, group: &Group<'_>, node: &Candidate<'_>) -> u32 {
        node.failures(group)
    }

    fn standing(&self, _: &Candidate<'_>) -> Option<u32> {
        Some(0)
    }

    fn show(&self, failures: &u32) -> String {
        match failures {
            0 => "fits".to_owned(),
            n => format!("{n} recent failures"),
        }
    }
}

impl Rank for BestFit {
    /// Recent failures if they are many, whether the node is closed, what is left of it.
    type Key = (u32, bool, (i64, i64));

    fn key(&self, group: &Group<'_>, node: &Candidate<'_>) -> Self::Key {
        (node.failures(group), is_closed(node), room(node))
    }

    fn standing(&self, node: &Candidate<'_>) -> Option<Self::Key> {
        Some((0, is_closed(node), room(node)))
    }

    fn show(&self, (failures, closed, left): &Self::Key) -> String {
        show(*failures, *closed, *left)
    }
}

impl Rank for WorstFit {
    /// Recent failures if they are many, whether the node is closed, what is left of it, the most first.
    type Key = (u32, bool, Reverse<(i64, i64)>);

    fn key(&self, group: &Group<'_>, node: &Candidate<'_>) -> Self::Key {
        (node.failures(group), is_closed(node), Reverse(room(node)))
    }

    fn standing(&self, node: &Candidate<'_>) -> Option<Self::Key> {
        Some((0, is_closed(node), Reverse(room(node))))
    }

    fn show(&self, (failures, closed, Reverse(left)): &Self::Key) -> String {
        show(*failures, *closed, *left)
    }
}
