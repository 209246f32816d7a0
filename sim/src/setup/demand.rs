//! What containers really use of their nodes, as opposed to what is reserved for them.
//!
//! It moves nothing by itself: a container that uses more than is reserved, or than its node has, is neither slowed nor
//! killed. It is measured, and strategies may place by what was measured.

use swarmbed_scheduler::{SimTime, Span};

use crate::engine::distribution::Distribution;

/// What a container uses while it runs: by default all that is reserved for it, and no more.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Use {
    /// CPU.
    pub cpu: Demand,
    /// Memory.
    pub memory: Demand,
}

/// How much a container uses of one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Demand {
    /// What it is by itself.
    pub base: Base,
    /// Index into [`Setup::curves`](super::Setup::curves) of what it is multiplied by as time goes on.
    pub curve: Option<u32>,
}

/// How much a container uses by itself; drawn once for each.
#[derive(Clone, Debug, PartialEq)]
pub enum Base {
    /// So many nano-CPUs or bytes.
    Amount(Distribution),
    /// So many millionths of what is reserved.
    OfReserved(Distribution),
}

impl Default for Demand {
    fn default() -> Demand {
        Demand { base: Base::OfReserved(Distribution::constant(Curve::UNITY)), curve: None }
    }
}

/// How a demand rises and falls with the time of the run: in steps, each of which holds until the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Curve {
    /// From when on, and how much in millionths; by ascending time, the first at zero.
    pub steps: Vec<(Span, u64)>,
    /// After how long they begin anew; without it the last one holds for ever.
    pub period: Option<Span>,
}

impl Curve {
    /// A demand as it is by itself, in millionths.
    pub const UNITY: u64 = 1_000_000;
    /// Half an hour of a day each.
    const STEPS_A_DAY: u64 = 48;

    /// A day's rise and fall around [`UNITY`](Curve::UNITY) by `swing` of it, from the mean and on the way up, in 48 steps.
    pub fn diurnal(swing: f64, period: Span) -> Curve {
        let step = |number: u64| {
            let middle = (number as f64 + 0.5) / Curve::STEPS_A_DAY as f64;
            let factor = 1.0 + swing * libm::sin(core::f64::consts::TAU * middle);
            let begins = u128::from(period.nanos()) * u128::from(number) / u128::from(Curve::STEPS_A_DAY);
            (Span(begins as u64), libm::round(factor * Curve::UNITY as f64) as u64)
        };
        Curve { steps: (0..Curve::STEPS_A_DAY).map(step).collect(), period: Some(period) }
    }

    /// How much it is at the step of that number, in millionths. Numbers go on over periods.
    pub fn value(&self, number: u64) -> u64 {
        self.steps[(number % self.steps.len() as u64) as usize].1
    }

    /// When the step of that number begins; `None` if there is no such step.
    pub fn begins(&self, number: u64) -> Option<SimTime> {
        let count = self.steps.len() as u64;
        let (round, index) = (number / count, (number % count) as usize);
        let before = match self.period {
            Some(period) => period.times(round),
            None if round == 0 => Span::ZERO,
            None => return None,
        };
        Some(SimTime::ZERO + before + self.steps[index].0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_the_mean_that_it_swings_around() {
        let day = Curve::diurnal(0.5, Span::secs(86_400));
        let sum: u64 = day.steps.iter().map(|step| step.1).sum();
        assert_eq!(sum, 48 * Curve::UNITY);
        assert_eq!((day.steps[0], day.steps[1].0), ((Span::ZERO, 1_032_702), Span::secs(1800)));
        let most = day.steps.iter().map(|step| step.1).max();
        assert!(most.is_some_and(|most| (1_498_000..1_500_000).contains(&most)));
    }

    #[test]
    fn steps_go_on_over_periods() {
        let steps = vec![(Span::ZERO, 500_000), (Span::secs(10), 1_500_000)];
        let once = Curve { steps, period: None };
        let often = Curve { period: Some(Span::secs(20)), ..once.clone() };
        let at = |curve: &Curve, number| curve.begins(number).map(|at| at.nanos() / 1_000_000_000);
        assert_eq!([0, 1, 2].map(|n| at(&once, n)), [Some(0), Some(10), None]);
        assert_eq!([0, 1, 2, 5].map(|n| at(&often, n)), [Some(0), Some(10), Some(20), Some(50)]);
        assert_eq!([0, 1, 2].map(|n| often.value(n)), [500_000, 1_500_000, 500_000]);
    }
}
