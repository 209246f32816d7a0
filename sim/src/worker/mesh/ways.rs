//! What lies between nodes, as far as requests are concerned: remembered, since it seldom changes.

use swarmbed_scheduler::{NodeId, Span};

use crate::world::Machines;
use crate::world::network::{Path, Plane};

/// Ways that have been asked for since the network last changed.
#[derive(Clone, Debug)]
pub(super) struct Ways {
    /// By the node that sends, and then by the one that receives. A row is empty until it is asked for.
    rows: Vec<Vec<Option<Meets>>>,
}

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
        self.rows.iter_mut().for_each(|row| row.fill(None));
    }

    /// What requests meet from one node to another.
    #[inline]
    pub(super) fn between(&mut self, from: NodeId, to: NodeId, machines: &Machines) -> Meets {
        match self.rows[from.index()].get(to.index()) {
            _ if from == to => Meets::Even(Span::ZERO),
            Some(Some(known)) => *known,
            _ => self.ask(from, to, machines),
        }
    }

    fn ask(&mut self, from: NodeId, to: NodeId, machines: &Machines) -> Meets {
        let meets = match machines.way(Plane::Data, from, to) {
            None => Meets::Cut,
            Some(path) if path.jitter == Span::ZERO && path.loss_ppm == 0 => Meets::Even(path.latency),
            Some(path) => Meets::Uneven(path),
        };
        let count = self.rows.len();
        let row = &mut self.rows[from.index()];
        row.resize(count, None);
        row[to.index()] = Some(meets);
        meets
    }
}
