//! Outages as they were recorded.

use std::sync::Arc;

use super::standing::Standing;
use super::{Around, FaultEvent};
use crate::setup::Outage;

/// Outages of units at known times. Only the next one is ever planned, and the ends of those that go on.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub(super) way: u8,
    outages: Arc<[Outage]>,
}

impl Recorded {
    /// Outages by ascending beginning, in which units are down in that way. A node's number is the unit's.
    pub fn new(way: u8, outages: Arc<[Outage]>) -> Recorded {
        Recorded { way, outages }
    }

    pub(super) fn reaches_below(&self, units: u32) -> bool {
        self.outages.iter().all(|outage| outage.node.0 < units)
    }

    pub(super) fn start(&self, record: u16, around: &mut impl Around) {
        self.plan(record, 0, around);
    }

    fn plan(&self, record: u16, outage: u32, around: &mut impl Around) {
        if let Some(next) = self.outages.get(outage as usize) {
            around.after(next.down.since(around.now()), FaultEvent::Begins { record, outage });
        }
    }

    pub(super) fn begins(&self, record: u16, outage: u32, standing: &mut Standing, around: &mut impl Around) {
        let this = self.outages[outage as usize];
        standing.hold(this.node.0, around);
        if let Some(up) = this.up {
            around.after(up.since(around.now()), FaultEvent::Ends { record, outage });
        }
        self.plan(record, outage + 1, around);
    }

    pub(super) fn ends(&self, outage: u32, standing: &mut Standing, around: &mut impl Around) {
        standing.release(self.outages[outage as usize].node.0, around);
    }
}
