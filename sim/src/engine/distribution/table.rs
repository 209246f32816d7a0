//! Distributions that are given value by value.

use super::{DistributionError, TWO_TO_64, threshold};
use crate::engine::stream::scale;

/// Values that were observed, each as likely as the others.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Empirical {
    sorted: Box<[u64]>,
}

impl Empirical {
    pub(super) fn new(mut values: Vec<u64>) -> Result<Empirical, DistributionError> {
        if values.is_empty() {
            return Err(DistributionError::Empty { what: "an empirical distribution" });
        }
        values.sort_unstable();
        Ok(Empirical { sorted: values.into() })
    }

    pub(super) fn mean(&self) -> f64 {
        self.sorted.iter().map(|&value| u128::from(value)).sum::<u128>() as f64 / self.sorted.len() as f64
    }

    pub(super) fn quantile(&self, draw: u64) -> u64 {
        self.sorted[scale(draw, self.sorted.len() as u64) as usize]
    }
}

/// A distribution function through given points, straight between them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cdf {
    points: Box<[Point]>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Point {
    value: u64,
    /// How many of the 2⁶⁴ draws lie below it.
    below: u64,
}

impl Cdf {
    pub(super) fn new(points: &[(u64, f64)]) -> Result<Cdf, DistributionError> {
        let last = points.last().ok_or(DistributionError::Empty { what: "a cumulative distribution" })?;
        let mut before = (0, 0.0);
        for (i, &(value, fraction)) in points.iter().enumerate() {
            if !(before.1..=1.0).contains(&fraction) || value < before.0 {
                return Err(DistributionError::CdfPoint { number: i + 1, value, fraction });
            }
            before = (value, fraction);
        }
        if last.1 != 1.0 {
            return Err(DistributionError::CdfEnd { fraction: last.1 });
        }
        let points = points.iter().map(|&(value, fraction)| Point { value, below: threshold(fraction) });
        Ok(Cdf { points: points.collect() })
    }

    pub(super) fn mean(&self) -> f64 {
        let first = self.points[0];
        let parts = self.points.windows(2).map(|pair| {
            let share = (pair[1].below - pair[0].below) as f64 / TWO_TO_64;
            share * (pair[0].value as f64 + pair[1].value as f64) / 2.0
        });
        first.value as f64 * (first.below as f64 / TWO_TO_64) + parts.sum::<f64>()
    }

    pub(super) fn quantile(&self, draw: u64) -> u64 {
        let above = self.points.partition_point(|point| point.below <= draw);
        match (above.checked_sub(1).map(|i| self.points[i]), self.points.get(above)) {
            (Some(left), Some(right)) => {
                let (run, rise) = (right.below - left.below, right.value - left.value);
                left.value + (u128::from(rise) * u128::from(draw - left.below) / u128::from(run)) as u64
            }
            // All that is below the first point has its value.
            (None, Some(right)) => right.value,
            (left, None) => left.map_or(0, |point| point.value),
        }
    }
}

/// Values with integer weights.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Choice {
    /// Ascending values, each with the sum of the weights up to and with it.
    upto: Box<[(u64, u64)]>,
}

impl Choice {
    pub(super) fn new(mut weighted: Vec<(u64, u64)>) -> Result<Choice, DistributionError> {
        if weighted.is_empty() {
            return Err(DistributionError::Empty { what: "a choice" });
        }
        let sum: u128 = weighted.iter().map(|&(_, weight)| u128::from(weight)).sum();
        if sum == 0 || sum > u128::from(u64::MAX) {
            return Err(DistributionError::Weights { sum });
        }
        // In order of value, so that a choice does not depend on the order in which it is written.
        weighted.sort_unstable();
        let mut upto = 0;
        for (_, weight) in &mut weighted {
            upto += *weight;
            *weight = upto;
        }
        Ok(Choice { upto: weighted.into() })
    }

    fn total(&self) -> u64 {
        self.upto[self.upto.len() - 1].1
    }

    pub(super) fn mean(&self) -> f64 {
        let mut before = 0;
        let parts = self.upto.iter().map(|&(value, upto)| {
            let weight = upto - std::mem::replace(&mut before, upto);
            value as f64 * (weight as f64 / self.total() as f64)
        });
        parts.sum()
    }

    pub(super) fn quantile(&self, draw: u64) -> u64 {
        let place = scale(draw, self.total());
        self.upto[self.upto.partition_point(|&(_, upto)| upto <= place)].0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empirical_distribution_gives_back_its_values() {
        let empirical = Empirical::new(vec![7, 1, 7, 3]).expect("it has values");
        let quarters = [0u64, 1, 2, 3].map(|quarter| empirical.quantile((quarter << 62) + 1));
        assert_eq!((quarters, empirical.mean()), ([1, 3, 7, 7], 4.5));
        assert_eq!((empirical.quantile(0), empirical.quantile(u64::MAX)), (1, 7));
    }

    #[test]
    fn a_cumulative_distribution_is_straight_between_its_points() {
        let cdf = Cdf::new(&[(100, 0.25), (200, 0.5), (200, 0.75), (1_000, 1.0)]).expect("it rises to 1");
        let eighths = [0u64, 1, 2, 3, 4, 5, 6, 7].map(|eighth| cdf.quantile(eighth << 61));
        assert_eq!(eighths, [100, 100, 100, 150, 200, 200, 200, 600]);
        assert_eq!((cdf.quantile(u64::MAX), cdf.mean()), (1_000, 262.5));
        assert_eq!(Cdf::new(&[(5, 1.0)]).map(|cdf| (cdf.quantile(0), cdf.quantile(u64::MAX))), Ok((5, 5)));
        assert_eq!(Cdf::new(&[(0, 0.0), (u64::MAX, 1.0)]).map(|cdf| cdf.quantile(12_345)), Ok(12_345));
    }

    #[test]
    fn a_choice_goes_by_its_weights() {
        let choice = Choice::new(vec![(30, 1), (10, 2), (20, 0), (10, 1)]).expect("weights of 4");
        let quarters = [0u64, 1, 2, 3].map(|quarter| choice.quantile(quarter << 62));
        assert_eq!((quarters, choice.mean()), ([10, 10, 10, 30], 15.0));
        assert_eq!((choice.quantile(u64::MAX), choice.quantile((3 << 62) - 1)), (30, 10));
    }

    #[test]
    fn mistakes_are_told() {
        let told = |error: DistributionError| error.to_string();
        assert_eq!(
            Empirical::new(vec![]).map_err(told),
            Err("an empirical distribution needs at least one value".into())
        );
        assert_eq!(
            Choice::new(vec![(1, 0)]).map_err(told),
            Err("the weights of a choice have to add up to a number from 1 to 18446744073709551615, not 0"
                .into())
        );
        let cdf = |points: &[(u64, f64)]| Cdf::new(points).map_err(told).expect_err("it is wrong");
        assert!(
            cdf(&[(1, 0.5), (0, 1.0)])
                .starts_with("point 2 of a cumulative distribution, value 0 at fraction 1, is wrong")
        );
        assert!(cdf(&[(1, f64::NAN)]).starts_with("point 1 "));
        assert_eq!(cdf(&[(1, 0.5)]), "a cumulative distribution has to end at fraction 1, not 0.5");
    }
}
