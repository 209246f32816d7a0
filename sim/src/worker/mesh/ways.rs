//! What lies between nodes, as far as requests are concerned: remembered, since it seldom changes.

use swarmbed_scheduler::{NodeId, Span};

use crate::world::Machines;
use crate::world::network::{Path, Plane};

/// Ways that have been asked for since the network last changed.
#[derive(Clone, Debug)]
pub(super) struct Ways {
    /// By the node that sends, and then by the one that receives. A row is empty until it is asked for.
    rows: Vec<Vec<Known>>,
}

#[derive(Clone, Copy, Debug)]
enum Known {
    NotYet,
    /// Nothing gets there.
    Cut,
    /// Every packet takes equally long.
    Even(Span),
    /// A packet may be late, or lost and sent again.
    Uneven(Path),
}

/// What a request meets on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meets {
    Cut,
    Even(Span),
    Uneven(Path),
}

impl Ways {
    pub(super) fn new(machines: usize) -> Ways {
        Ways { rows: vec![Vec::new(); machines] }
    }

    /// Whatever was known may be wrong.
    pub(super) fn forget(&mut self) {
        self.rows.iter_mut().for_each(|row| row.fill(Known::NotYet));
    }

    /// What requests meet from one node to another.
    #[inline]
    pub(super) fn between(&mut self, from: NodeId, to: NodeId, machines: &Machines) -> Meets {
        if from == to {
            return Meets::Even(Span::ZERO);
        }
        let count = self.rows.len();
        let row = &mut self.rows[from.index()];
        if row.is_empty() {
            row.resize(count, Known::NotYet);
        }
        let known = &mut row[to.index()];
        if let Known::NotYet = known {
            *known = match machines.way(Plane::Data, from, to) {
                None => Known::Cut,
                Some(path) if path.jitter == Span::ZERO && path.loss_ppm == 0 => Known::Even(path.latency),
                Some(path) => Known::Uneven(path),
            };
        }
        match *known {
            Known::Even(span) => Meets::Even(span),
            Known::Uneven(path) => Meets::Uneven(path),
            Known::Cut | Known::NotYet => Meets::Cut,
        }
    }
}
