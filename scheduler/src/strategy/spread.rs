//! What `swarm-spread` means to do, without its quirks.

use super::{Candidate, Rank};
use crate::plan::Group;

/// Fewest tasks of the service first, then fewest tasks: SwarmKit's own order of nodes (`nodeLess`,
/// `manager/scheduler/scheduler.go:708-735`), but asked anew for every task. So an uneven start is levelled:
/// `[0, 0, 5]` and ten more become `[5, 5, 5]`, and not `[2, 7, 6]`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spread;

impl Rank for Spread {
    /// Recent failures if they are many, tasks of the service, all tasks.
    type Key = (u32, u32, u32);

    fn key(&self, group: &Group<'_>, node: &Candidate<'_>) -> Self::Key {
        (node.failures(group), node.of_service(group), node.active())
    }

    fn standing(&self, node: &Candidate<'_>) -> Option<Self::Key> {
        Some((0, 0, node.active()))
    }

    fn show(&self, (failures, own, all): &Self::Key) -> String {
        match failures {
            0 => format!("{own} of this service, {all} tasks"),
            n => format!("{n} recent failures, {own} of this service, {all} tasks"),
        }
    }
}
