//! What outages of the quorum mean to whoever waits for it.

use std::collections::BTreeMap;

use super::{Rates, State};
use crate::quorum::{Managers, YEAR};

/// What a year without a quorum is to those who wait for its return: machines that fail meanwhile, by themselves or with
/// their zone.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Burden {
    /// Hours a year without a quorum.
    pub hours: f64,
    /// Each moment of them times the hours that are left of the outage, hours² a year: what a machine waits that may fail
    /// at any time, but for its rate.
    pub rest: f64,
    /// Outages of zones a year that leave no quorum, or meet none.
    pub falls: f64,
    /// The hours a year that are left of the outages of the quorum then.
    pub falls_rest: f64,
}

impl Managers {
    /// What their outages mean to machines in `zones` zones, of which the managers stand in the first. `None` where
    /// [`exact`](Managers::exact) is, and for managers that need a leader.
    pub fn burden(&self, zones: u32) -> Option<Burden> {
        let rates = Rates::of(self).filter(|rates| rates.election.is_none())?;
        let (states, chain) = self.explored(&rates)?;
        let numbers: BTreeMap<&State, usize> = states.iter().zip(0..).collect();
        let serves = |i: usize| states[i].up() >= rates.quorum;
        let (shares, left) = (chain.shares(), chain.means(serves));
        let mut burden = Burden::default();
        for (i, state) in states.iter().enumerate() {
            if !serves(i) {
                burden.hours += YEAR * shares[i];
                burden.rest += YEAR * shares[i] * left[i];
            }
            for zone in (0..state.zones.len()).filter(|zone| state.zones[*zone].on && rates.zones.0 > 0.0) {
                let then = numbers[&state.with(zone, |zone| zone.on = false).in_order()];
                if !serves(then) {
                    burden.falls += YEAR * shares[i] * rates.zones.0;
                    burden.falls_rest += YEAR * shares[i] * rates.zones.0 * left[then];
                }
            }
        }
        // A zone without managers fails whatever they do.
        let (fails, returns) = rates.zones;
        let elsewhere = f64::from(zones.saturating_sub(states[0].zones.len() as u32));
        if fails > 0.0 {
            let falls = elsewhere * fails * returns / (fails + returns);
            burden.falls += falls * burden.hours;
            burden.falls_rest += falls * burden.rest;
        }
        Some(burden)
    }
}

#[cfg(test)]
mod tests {
    use swarmbed_sim::engine::distribution::Distribution;

    use crate::quorum::{HOUR, Managers, YEAR};

    fn hours(mean: f64) -> Distribution {
        Distribution::exponential(mean * HOUR).expect("a mean is positive")
    }

    #[test]
    fn a_lone_manager_is_waited_for_as_long_as_its_repair_takes() {
        let one = Managers::new(vec![1], hours(99.0), hours(1.0));
        let burden = one.burden(3).expect("there is a chain");
        assert!((burden.hours - YEAR / 100.0).abs() < 1e-9);
        assert!((burden.rest - YEAR / 100.0).abs() < 1e-9, "an exponential time is left for its mean");
        assert_eq!((burden.falls, burden.falls_rest), (0.0, 0.0), "zones never fail");
        // Its zone never fails with it up or down but 1 of 100 hours, and two other zones meet its outages.
        let zoned = Managers { outages: Some((hours(99.0), hours(1.0))), ..one };
        let burden = zoned.burden(3).expect("there is a chain");
        let (own, others) = (YEAR * 0.01, 2.0 * 0.01 * burden.hours);
        assert!((burden.falls - own - others).abs() < 1e-9, "{burden:?}");
        let lost = zoned.exact().expect("there is a chain").unavailability;
        assert!((burden.hours - YEAR * lost).abs() < 1e-9);
    }
}
