//! The observations of a run and the digest after each: what `--out` keeps and `replay` compares with.

use swarmbed_scheduler::SimTime;
use swarmbed_sim::names::Names;
use swarmbed_sim::observation::Observation;
use swarmbed_sim::observe::Observer;
use swarmbed_sim::observe::digest::{Digest, Digester};

use super::seconds::Seconds;

/// Tells which observations are listed one by one: all but the ends of requests, of which there are millions. These have
/// their part in the digest after the next listed one; those that none follows are listed as one, at the end of the run.
#[derive(Clone, Debug, Default)]
pub struct Lister {
    digester: Digester,
    /// Requests that ended since the last listed observation.
    requests: u64,
    last: SimTime,
    met_any: bool,
}

/// The requests that ended after the last listed observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rest {
    /// When the last of them ended.
    pub at: SimTime,
    /// How many they are.
    pub requests: u64,
}

impl Lister {
    /// Takes the next observation, and returns whether it is listed.
    pub fn lists(&mut self, at: SimTime, what: &Observation, names: &Names) -> bool {
        self.digester.observe(at, what, names);
        self.last = at;
        if let Observation::RequestEnded(_) = what {
            (self.requests, self.met_any) = (self.requests + 1, true);
            return false;
        }
        self.requests = 0;
        true
    }

    /// The digest of everything so far.
    pub fn digest(&self) -> Digest {
        self.digester.digest()
    }

    /// Whether any request ended so far.
    pub fn met_requests(&self) -> bool {
        self.met_any
    }

    /// What is listed if the run ends now.
    pub fn rest(&self) -> Option<Rest> {
        (self.requests > 0).then_some(Rest { at: self.last, requests: self.requests })
    }
}

/// Keeps everything that is observed; of requests, how many ended when and how.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    lister: Lister,
    rows: Vec<(SimTime, Observation)>,
    digests: Vec<u64>,
    seconds: Seconds,
}

impl Tape {
    /// The listed observations in order.
    pub fn rows(&self) -> &[(SimTime, Observation)] {
        &self.rows
    }

    /// What is listed after them.
    pub fn rest(&self) -> Option<Rest> {
        self.lister.rest()
    }

    /// How many observations are listed.
    pub fn listed(&self) -> usize {
        self.digests.len() + usize::from(self.rest().is_some())
    }

    /// The requests, second by second.
    pub fn seconds(&self) -> &Seconds {
        &self.seconds
    }

    /// The digest after each listed observation, as `observations.bin` holds it: 8 bytes each, little-endian.
    pub fn bytes(&self) -> Vec<u8> {
        let rest = self.rest().map(|_| self.lister.digest().0);
        self.digests.iter().copied().chain(rest).flat_map(u64::to_le_bytes).collect()
    }
}

impl Observer for Tape {
    fn observe(&mut self, at: SimTime, what: &Observation, names: &Names) {
        if let Observation::RequestEnded(account) = what {
            self.seconds.ended(at, account);
        }
        if self.lister.lists(at, what, names) {
            self.rows.push((at, *what));
            self.digests.push(self.lister.digest().0);
        }
    }
}
