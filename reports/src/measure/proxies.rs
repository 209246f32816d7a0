//! What proxies knew: how often their lists changed, and when no manager told them.

use swarmbed_scheduler::{ServiceId, SimTime};
use swarmbed_sim::observation::Observation;

use super::book::Book;

/// What became of proxies' lists.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// How often one of them changed what it routes by, its first list included.
    pub changes: u64,
    /// How often a check found a server that answers no more.
    pub left_out: u64,
    /// When the managers answered a container of that service no more, or again; in order of time.
    pub looks: Vec<(SimTime, ServiceId, bool)>,
}

impl Proxies {
    /// Reads one observation.
    pub(super) fn observe(&mut self, at: SimTime, what: &Observation, book: &Book) {
        match *what {
            Observation::ProxyConfigured { .. } => self.changes += 1,
            Observation::ProxyHeld { up: false, .. } => self.left_out += 1,
            Observation::ProxyLooked { task, answered } => {
                self.looks.push((at, book.task(task).service, answered));
            }
            _ => {}
        }
    }

    /// Whether there were any.
    pub fn any(&self) -> bool {
        self.changes > 0 || !self.looks.is_empty()
    }

    /// How often one of them was told no more.
    pub fn unanswered(&self) -> u64 {
        self.looks.iter().filter(|(_, _, answered)| !answered).count() as u64
    }
}
