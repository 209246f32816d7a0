//! How long managers keep their quorum: what befalls them, what follows exactly, and what a simulation says.
//!
//! There is no Raft in this: managers are up or down by the simulator's own fault engine, and the service is up while a
//! majority of all managers is. A leader, if one is asked for, is one of those up, and takes a time to be replaced.
//! [`exact`](Managers::exact) solves the Markov chain behind it; [`simulate`](Managers::simulate) plays it.

use swarmbed_sim::engine::distribution::Distribution;

mod exact;
mod play;
mod sample;
mod simulate;
#[cfg(test)]
mod tests;
mod trials;

pub use exact::{Burden, Exact, Markov};
pub use sample::Cycles;
pub use simulate::{Amount, Run, Sample};
pub use trials::{Story, Trials, trials};

/// An hour in the engine's nanoseconds.
pub const HOUR: f64 = 3600e9;

/// Hours of a year of 365 days.
pub const YEAR: f64 = 8760.0;

/// Managers, where they stand and what befalls them. Times are in nanoseconds.
#[derive(Clone, Debug)]
pub struct Managers {
    /// How many managers each zone has.
    pub zones: Vec<u32>,
    /// How long a manager is up, from its repair to its next failure of its own.
    pub life: Distribution,
    /// How long its repair takes.
    pub repair: Distribution,
    /// How many can be repaired at a time, first come, first served; nothing if all can.
    pub crews: Option<u32>,
    /// How long a zone is up and down, if it ever fails. Its managers' own clocks go on meanwhile.
    pub outages: Option<(Distribution, Distribution)>,
    /// The time between two shocks, which fail every manager that is up.
    pub shocks: Option<Distribution>,
    /// Managers are taken out of service now and then.
    pub upkeep: Option<Upkeep>,
    /// A leader is needed too.
    pub election: Option<Election>,
}

/// Managers taken out of service, one at a time.
#[derive(Clone, Debug)]
pub struct Upkeep {
    /// From one's return, or a refusal, to the next.
    pub gap: Distribution,
    /// How long one is away.
    pub lasts: Distribution,
    /// When one may be.
    pub policy: UpkeepPolicy,
}

/// When a manager may be taken out of service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpkeepPolicy {
    /// If any is up.
    Naive,
    /// If the others that are up are still a quorum.
    Gated,
    /// Only if all are up.
    Strict,
}

/// How a leader is replaced.
#[derive(Clone, Debug)]
pub struct Election {
    /// From the loss, or the quorum's return, to the next leader.
    pub prompt: Distribution,
    /// The same if the loss is noticed late.
    pub late: Distribution,
    /// The probability that it is not.
    pub coverage: f64,
}

impl Managers {
    /// Managers in these zones that fail and are repaired by these laws, and nothing else.
    pub fn new(zones: Vec<u32>, life: Distribution, repair: Distribution) -> Managers {
        let (crews, outages, shocks, upkeep, election) = (None, None, None, None, None);
        Managers { zones, life, repair, crews, outages, shocks, upkeep, election }
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.zones.iter().sum()
    }

    /// How many have to be up: a majority.
    pub fn quorum(&self) -> u32 {
        self.count() / 2 + 1
    }

    /// Whether nothing in it ages: what follows does not depend on how long things have been as they are.
    pub fn is_memoryless(&self) -> bool {
        let Managers { life, repair, outages, shocks, upkeep, election, .. } = self;
        let outages = outages.iter().flat_map(|(up, down)| [up, down]);
        let upkeep = upkeep.iter().flat_map(|upkeep| [&upkeep.gap, &upkeep.lasts]);
        let election = election.iter().flat_map(|election| [&election.prompt, &election.late]);
        let all = [life, repair].into_iter().chain(outages).chain(shocks).chain(upkeep).chain(election);
        all.into_iter().all(Distribution::is_memoryless)
    }
}
