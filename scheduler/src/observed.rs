//! What a node really uses, as far as the managers have been told: always a little while ago.

use crate::units::Resources;
use crate::view::Books;

/// A node's measured use, the mean of its measurements over a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// CPU and memory in use, at most what the node has.
    pub used: Resources,
    /// What the containers that ran then have reserved.
    pub reserved: Resources,
}

impl Observed {
    /// What is reserved by tasks that the measurement has not seen: they were placed since, or do not run yet.
    pub fn unseen(&self, all: Resources, books: &Books) -> Resources {
        let held = all - books.available;
        let beyond = held - self.reserved;
        Resources::new(beyond.nano_cpus.max(0), beyond.memory.max(0))
    }
}
