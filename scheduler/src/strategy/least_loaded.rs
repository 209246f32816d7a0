//! Graham's list scheduling.

use super::{Candidate, Rank};
use crate::plan::Group;
use crate::units::Resources;

/// Least CPU reserved first, as an amount: each task in turn goes to the machine with the least work on it (R. L. Graham,
/// "Bounds for Certain Multiprocessing Anomalies", 1966). Of equal nodes the one with fewer tasks comes first, so that tasks
/// which reserve nothing are spread too.
///
/// The load is absolute: of a node with 64 CPUs and one with 4, each with 2 reserved, either will do, where
/// [`LeastReserved`](super::LeastReserved) looks at shares and takes the large one. And it is CPU alone: memory only has to
/// fit. On nodes that are alike and tasks that need memory in proportion to CPU, the two decide the same.
#[derive(Clone, Copy, Debug, Default)]
pub struct LeastLoaded;

impl Rank for LeastLoaded {
    /// Recent failures if they are many, then nano-CPUs reserved, then all tasks.
    type Key = (u32, i64, u32);

    fn key(&self, group: &Group<'_>, node: &Candidate<'_>) -> Self::Key {
        let (reserved, tasks) = load(node);
        (node.failures(group), reserved, tasks)
    }

    fn standing(&self, node: &Candidate<'_>) -> Option<Self::Key> {
        let (reserved, tasks) = load(node);
        Some((0, reserved, tasks))
    }

    fn show(&self, (failures, nano_cpus, tasks): &Self::Key) -> String {
        let reserved = Resources::new(*nano_cpus, 0);
        match failures {
            0 => format!("{reserved:#} reserved, {tasks} tasks"),
            n => format!("{n} recent failures, {reserved:#} reserved, {tasks} tasks"),
        }
    }
}

/// Nano-CPUs reserved and tasks.
fn load(node: &Candidate<'_>) -> (i64, u32) {
    let reserved = node.node.size - node.books.available;
    (reserved.nano_cpus, node.active())
}
