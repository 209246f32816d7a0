//! The managers that an agent knows, and how it picks one (`remotes/remotes.go`): at random, by weights that remember how
//! they fared. All managers of the cluster are known, those that are off too.

use crate::engine::stream::Stream;
use crate::manager::raft::PeerId;

/// An observation's weight (`remotes.go`: DefaultObservationWeight 10), in thousandths.
const OBSERVATION: i64 = 10_000;
/// What is added to every weight, so that none is without a chance (`remotes.go`: bias 0.001), in thousandths.
const BIAS: i64 = 1;

/// The weights of the managers, in thousandths; an agent that has a session has been told of them all.
#[derive(Clone, Debug, Default)]
pub struct Remotes {
    weights: Vec<i64>,
}

impl Remotes {
    /// A session with that manager has ended, or could not be opened.
    pub fn failed(&mut self, manager: PeerId) {
        let weight = self.weight(manager);
        *weight = smooth(*weight, -OBSERVATION);
    }

    /// A session is open: the managers were listed in it.
    pub fn listed(&mut self, managers: impl Iterator<Item = PeerId>) {
        for manager in managers {
            let weight = self.weight(manager);
            *weight = smooth(*weight, OBSERVATION);
        }
    }

    /// One of the managers.
    pub fn pick(
        &mut self,
        managers: impl Iterator<Item = PeerId> + Clone,
        draws: &mut Stream,
    ) -> Option<PeerId> {
        let total: i64 = managers.clone().map(|m| self.chances(m)).sum();
        let mut left = draws.below(total.max(1) as u64) as i64;
        managers.clone().find(|manager| {
            left -= self.chances(*manager);
            left < 0
        })
    }

    fn chances(&mut self, manager: PeerId) -> i64 {
        (*self.weight(manager)).max(0) + BIAS
    }

    /// A manager that has just become known has the weight of one observation.
    fn weight(&mut self, manager: PeerId) -> &mut i64 {
        if self.weights.len() <= manager.index() {
            self.weights.resize(manager.index() + 1, OBSERVATION);
        }
        &mut self.weights[manager.index()]
    }
}

/// Exponential smoothing with a factor of one half (`remotes.go`: remoteWeightSmoothingFactor).
fn smooth(weight: i64, observation: i64) -> i64 {
    (weight + observation) / 2
}
