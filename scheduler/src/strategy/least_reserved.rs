//! Level what is reserved.

use super::{Candidate, Rank};
use crate::plan::Group;
use crate::units::Share;

/// Smallest dominant share of reservations first, the task included: the larger of the CPU and the memory share, so that a
/// node short of either is spared. Of equal shares the node with fewer tasks comes first, so that tasks which reserve
/// nothing are spread too.
#[derive(Clone, Copy, Debug, Default)]
pub struct LeastReserved;

impl Rank for LeastReserved {
    /// Recent failures if they are many, then the share, then all tasks.
    type Key = (u32, Share, u32);

    fn key(&self, group: &Group<'_>, node: &Candidate<'_>) -> Self::Key {
        (node.failures(group), node.share_after(group), node.active())
    }

    fn show(&self, (failures, share, tasks): &Self::Key) -> String {
        match failures {
            0 => format!("{share} reserved with this task, {tasks} tasks"),
            n => format!("{n} recent failures, {share} reserved with this task, {tasks} tasks"),
        }
    }
}
