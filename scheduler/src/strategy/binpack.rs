//! Fill a node before opening the next.

use std::cmp::Reverse;

use super::{Candidate, Rank};
use crate::plan::Group;
use crate::units::Share;

/// Largest dominant share of reservations first, the task included: best fit by the resource that is scarcest on the node.
/// Equal nodes are taken by ascending name unless ties are random, so that an empty cluster is filled from its start.
///
/// Only reservations count. Tasks that reserve nothing all go to one node, since nothing fills it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Binpack;

impl Rank for Binpack {
    /// Recent failures if they are many, then the share, the largest first.
    type Key = (u32, Reverse<Share>);

    fn key(&self, group: &Group<'_>, node: &Candidate<'_>) -> Self::Key {
        (node.failures(group), Reverse(node.share_after(group)))
    }

    fn show(&self, (failures, Reverse(share)): &Self::Key) -> String {
        match failures {
            0 => format!("{share} reserved with this task"),
            n => format!("{n} recent failures, {share} reserved with this task"),
        }
    }
}
