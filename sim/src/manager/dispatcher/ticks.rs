//! The dispatcher's batch timer.

use swarmbed_scheduler::{SimTime, Span};

use crate::engine::distribution::Distribution;
use crate::engine::stream::IndexedStream;
use crate::setup::Setup;

/// When the timer fires that began at `begun` and has fired since with nobody waiting for it: the first time after `now`. It
/// begins anew each time it has fired, a little late.
pub(super) fn next(begun: SimTime, now: SimTime, setup: &Setup) -> SimTime {
    let (period, lateness) = (setup.profile.status_batch, &setup.profile.timer_lateness);
    if let Some(late) = lateness.constant_value() {
        let period = period + Span(late);
        return begun + period.times(now.since(begun).0 / period.0.max(1) + 1);
    }
    let draws = IndexedStream::new(setup.seed, "dispatcher.ticks", "");
    let late = |nth: u64| Span(lateness.quantile(draws.draw(begun.0.wrapping_add(nth))));
    let passed = passed_over(now.since(begun), period, lateness);
    let mut tick = begun + (period + typical(lateness)).times(passed);
    for nth in passed + 1.. {
        tick = tick + period + late(nth);
        if tick > now {
            break;
        }
    }
    tick
}

/// Of many ticks that nobody waited for, all but the last few are taken to have been late as usual: where the timer stands
/// after them is as good as random.
fn passed_over(elapsed: Span, period: Span, lateness: &Distribution) -> u64 {
    (elapsed.0 / (period + typical(lateness)).0.max(1)).saturating_sub(DRAWN)
}

/// So many ticks are drawn one by one.
const DRAWN: u64 = 32;

fn typical(lateness: &Distribution) -> Span {
    Span(lateness.quantile(1 << 63))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::profile::Profile;
    use crate::setup::End;

    fn setup(timer_lateness: Distribution) -> Setup {
        let profile = Profile { timer_lateness, ..Profile::swarm_current() };
        let strategy = Arc::from(swarmbed_scheduler::strategy::build("swarm-spread").unwrap());
        Setup { profile, ..Setup::empty("ticks", 7, End::At(SimTime::ZERO), strategy) }
    }

    fn at(ms: u64) -> SimTime {
        SimTime::ZERO + Span::millis(ms)
    }

    #[test]
    fn a_timer_that_is_always_as_late_ticks_evenly() {
        let setup = setup(Distribution::constant(1_000_000));
        assert_eq!(next(at(5), at(5), &setup), at(106));
        assert_eq!(next(at(5), at(106), &setup), at(207), "a tick that has been is not to come");
        assert_eq!(next(at(5), at(1_000_000), &setup), at(1_000_006));
    }

    #[test]
    fn whoever_asks_twice_before_a_tick_is_told_the_same() {
        let setup = setup(Distribution::log_normal(2e6, 1.0).unwrap());
        let ticks: Vec<SimTime> = (0..20)
            .scan(at(5), |tick, _| {
                *tick = next(at(5), *tick, &setup);
                Some(*tick)
            })
            .collect();
        for pair in ticks.windows(2) {
            let early = pair[0] + Span::millis(1);
            assert_eq!(next(at(5), early, &setup), pair[1]);
            let late = pair[1].since(pair[0]).0 - Span::millis(100).0;
            assert!(late > 0 && late < Span::millis(100).0, "late by {late} ns");
        }
    }

    #[test]
    fn after_a_long_time_a_tick_is_near() {
        let setup = setup(Distribution::log_normal(2e6, 1.0).unwrap());
        for hours in 1..50 {
            let now = at(hours * 3_600_000);
            let tick = next(at(5), now, &setup);
            assert!(tick > now && tick.since(now) < Span::millis(200));
        }
    }
}
