//! Every observation of a run and the digest after it: what `--out` keeps and `replay` compares with.

use swarmbed_scheduler::SimTime;
use swarmbed_sim::names::Names;
use swarmbed_sim::observation::Observation;
use swarmbed_sim::observe::Observer;
use swarmbed_sim::observe::digest::Digester;

/// Keeps everything that is observed.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    digester: Digester,
    rows: Vec<(SimTime, Observation)>,
    digests: Vec<u64>,
}

impl Tape {
    /// The observations in order.
    pub fn rows(&self) -> &[(SimTime, Observation)] {
        &self.rows
    }

    /// The digest after each observation, as `observations.bin` holds it: 8 bytes each, little-endian.
    pub fn bytes(&self) -> Vec<u8> {
        self.digests.iter().flat_map(|d| d.to_le_bytes()).collect()
    }
}

impl Observer for Tape {
    fn observe(&mut self, at: SimTime, what: &Observation, names: &Names) {
        self.digester.observe(at, what, names);
        self.rows.push((at, *what));
        self.digests.push(self.digester.digest().0);
    }
}
