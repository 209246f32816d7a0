//! The values themselves, as long as they are few: quantiles and resampling need them, sums do not do.

use swarmbed_scheduler::stream::Stream;

use super::CONFIDENCE;
use crate::stats::{Interval, bca, quantile, quantile_range};

/// More values than this are not remembered, so that the memory of a comparison has an end.
const MOST: usize = 10_000;
/// More values than this are not resampled: by then Student's interval is as good.
const MOST_RESAMPLED: usize = 1_000;
/// How often they are.
const RESAMPLES: usize = 2_000;

/// A quantile over trials.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantile {
    /// Its value in the sample, interpolated between neighbours.
    pub value: f64,
    /// What it is at least, with the confidence of every interval and whatever the law; nothing if so few trials cannot tell.
    pub low: Option<f64>,
    /// What it is at most.
    pub high: Option<f64>,
}

/// Values in the order in which they came; nothing once they are too many.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Few(Option<Vec<f64>>);

impl Default for Few {
    fn default() -> Few {
        Few(Some(Vec::new()))
    }
}

impl Few {
    pub(super) fn push(&mut self, value: f64) {
        self.0 = self.0.take().filter(|values| values.len() < MOST).map(|mut values| {
            values.push(value);
            values
        });
    }

    /// These quantiles, each with its range between two values of the sample.
    pub(super) fn quantiles<const N: usize>(&self, of: [f64; N]) -> [Option<Quantile>; N] {
        let mut ascending = self.0.clone().unwrap_or_default();
        ascending.sort_by(f64::total_cmp);
        of.map(|p| {
            let range = quantile_range(&ascending, p, CONFIDENCE);
            quantile(&ascending, p).map(|value| Quantile { value, low: range.low, high: range.high })
        })
    }

    /// Efron's interval of their mean, which needs no law. Its draws hang on the seed alone.
    pub(super) fn resampled(&self, seed: u64) -> Option<Interval> {
        let values = self.0.as_ref().filter(|values| values.len() <= MOST_RESAMPLED)?;
        bca(values, CONFIDENCE, RESAMPLES, &mut Stream::new(seed, "compare.resamples", ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_have_their_ranges() {
        let mut few = Few::default();
        (0..20).rev().for_each(|n| few.push(f64::from(n)));
        let [median, p95] = few.quantiles([0.5, 0.95]);
        // The 6th and the 15th of 20 hold the median with 95.9 %: the binomial law.
        assert_eq!(median, Some(Quantile { value: 9.5, low: Some(5.0), high: Some(14.0) }));
        assert_eq!(p95.map(|q| q.high), Some(None), "20 trials say nothing about how high it is at most");
        let interval = few.resampled(1).unwrap();
        assert!((6.0..8.0).contains(&interval.low) && (11.0..13.0).contains(&interval.high), "{interval:?}");
        assert_eq!(few.resampled(1), few.resampled(1));
    }

    #[test]
    fn memory_has_an_end() {
        let mut few = Few::default();
        (0..=MOST).for_each(|_| few.push(1.0));
        assert_eq!((few.quantiles([0.5]), few.resampled(1)), ([None], None));
    }
}
