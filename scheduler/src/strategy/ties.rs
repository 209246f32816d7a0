//! How equals are told apart: openly, and so that nobody else's presence shifts it.

use super::Params;
use crate::id::NodeId;
use crate::plan::{Group, Request};
use crate::stream::IndexedStream;
use crate::view::NodeView;

/// What decides between nodes, branches or groups that are equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ties {
    /// A draw of the group's own, as Go's map order does in SwarmKit.
    #[default]
    Random,
    /// Ascending names.
    Id,
}

/// [`Ties`] for one group: what it decides is a function of the seed, of the group and of the names of what is told
/// apart. A node that comes or goes does not change how two others compare.
#[derive(Clone, Copy, Debug)]
pub struct TieBreak {
    draws: Option<IndexedStream>,
}

impl Ties {
    /// What the parameter `ties` says; random if it is not set.
    pub fn of(params: &Params) -> Ties {
        params.get("ties").map_or(Ties::Random, Ties::read)
    }

    /// `id`, or anything else for random.
    pub(super) fn read(text: &str) -> Ties {
        if text == "id" { Ties::Id } else { Ties::Random }
    }

    /// The tie-break of a group. Its draw hangs on the first task's slot and attempt too: else a slot that is restarted
    /// again and again would meet the same order of nodes each time.
    pub fn of_group(self, request: &Request<'_>, group: &Group<'_>) -> TieBreak {
        let draws = (self == Ties::Random).then(|| {
            let version = group.version.map_or(u64::MAX, |v| v.0);
            let (slot, attempt) = group.tasks.first().map_or((0, 0), |t| (t.slot, t.attempt));
            let name = format!("{}/{version}/{slot}.{attempt}", group.service_name);
            IndexedStream::new(request.seed, "placement.ties", &name)
        });
        TieBreak { draws }
    }
}

impl TieBreak {
    /// Of equal nodes, the one with the smaller number is taken.
    pub fn node(self, node: &NodeView) -> u64 {
        self.of(node.id, node.name_hash)
    }

    /// [`TieBreak::node`] of the node with this number and hash of its name.
    #[inline]
    pub(super) fn of(self, node: NodeId, name_hash: u64) -> u64 {
        self.draws.map_or(u64::from(node.0), |d| d.draw(name_hash))
    }

    /// Of equal branches, the one with the smaller number is taken; of equal numbers, the smaller label.
    pub(super) fn branch(self, label: &str) -> u64 {
        self.draws.map_or(0, |d| d.draw(!xxhash_rust::xxh3::xxh3_64(label.as_bytes())))
    }

    /// Groups are taken by ascending number; of equal numbers, in the order of the request.
    pub(super) fn group(self) -> u64 {
        self.draws.map_or(0, |d| d.draw(0))
    }
}
