//! What lies between nodes, as far as requests are concerned: remembered, since it seldom changes.

use swarmbed_scheduler::{NodeId, Span};

use crate::world::Machines;
use crate::world::network::{Path, Plane};

/// Ways that have been asked for since the network last changed.
#[derive(Clone, Debug)]
pub(super) struct Ways {
    /// By the node that sends, and then by the one that receives: how long every packet takes, or [`OTHERWISE`]. A row is
    /// empty until it is asked for.
    rows: Vec<Vec<Span>>,
}

/// Not known yet, or not the same for every packet.
const OTHERWISE: Span = Span(u64::MAX);

/// What a request meets on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meets {
    /// Nothing gets there.
    Cut,
    /// Every packet takes equally long.
    Even(Span),
    /// A packet may be late, or lost and sent again.
    Uneven(Path),
}

impl Ways {
    pub(super) fn new(machines: usize) -> Ways {
        Ways { rows: vec![Vec::new(); machines] }
    }

    /// Whatever was known may be wrong.
    pub(super) fn forget(&mut self) {
        self.rows.iter_mut().for_each(Vec::clear);
    }

    /// What requests meet from one node to another.
    #[inline]
    pub(super) fn between(&mut self, from: NodeId, to: NodeId, machines: &Machines) -> Meets {
        match self.rows[from.index()].get(to.index()) {
            Some(span) if *span != OTHERWISE => Meets::Even(*span),
            _ => self.ask(from, to, machines),
        }
    }

    #[cold]
    #[inline(never)]
    fn ask(&mut self, from: NodeId, to: NodeId, machines: &Machines) -> Meets {
        let path = if from == to { Some(Path::default()) } else { machines.way(Plane::Data, from, to) };
        match path {
            None => Meets::Cut,
            Some(path) if path.jitter == Span::ZERO && path.loss_ppm == 0 => {
                let count = self.rows.len();
                let row = &mut self.rows[from.index()];
                row.resize(count, OTHERWISE);
                row[to.index()] = path.latency;
                Meets::Even(path.latency)
            }
            Some(path) => Meets::Uneven(path),
        }
    }
}
