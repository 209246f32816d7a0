//! How many independent rare things happen.

use super::{normal, threshold};
use crate::engine::stream::open_unit;

/// Up to this mean, a table; at it, the table has some 800 entries. Above, a series whose error in the distribution
/// function is below 10⁻⁷.
const TABLE: f64 = 512.0;

/// A Poisson distribution; its mean is given with every call, so that it is stored once.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Poisson {
    mean: f64,
    /// `below[k]` of the 2⁶⁴ draws give `k` or less; those that no entry covers give the number after the last. Empty
    /// above [`TABLE`].
    below: Box<[u64]>,
}

impl Poisson {
    /// `mean` is finite and not negative.
    pub(super) fn new(mean: f64) -> Poisson {
        let below = if mean <= TABLE { table(mean) } else { Box::default() };
        Poisson { mean, below }
    }

    pub(super) fn mean(&self) -> f64 {
        self.mean
    }

    pub(super) fn quantile(&self, draw: u64) -> u64 {
        if self.mean <= TABLE {
            return self.below.partition_point(|&below| below <= draw) as u64;
        }
        series(self.mean, normal::quantile(open_unit(draw))) as u64
    }
}

/// The Cornish-Fisher expansion of the inverse, of which the integer part is the count: M. B. Giles, "Algorithm 955:
/// approximation of the inverse Poisson cumulative distribution function", ACM TOMS 42 (1), 2016. `w` is a normal value.
fn series(mean: f64, w: f64) -> f64 {
    let (root, w2) = (libm::sqrt(mean), w * w);
    let first = 1.0 / 3.0 + w2 / 6.0;
    let second = -w * (1.0 / 36.0 + w2 / 72.0);
    let third = -8.0 / 405.0 + w2 * (7.0 / 810.0 + w2 / 270.0);
    mean + root * w + first + second / root + third / mean
}

fn table(mean: f64) -> Box<[u64]> {
    let mut probabilities = vec![libm::exp(-mean)];
    loop {
        let k = probabilities.len() as f64;
        let next = probabilities[probabilities.len() - 1] * mean / k;
        // Beyond the mean they fall. Below 2⁻⁶⁴, no draw is left for them.
        if k > mean && next < 5e-20 {
            break;
        }
        probabilities.push(next);
    }
    // All draws that are left give the last one, however the sum was rounded.
    probabilities.pop();
    let mut sum = 0.0;
    let below = probabilities.iter().map(|p| {
        sum += p;
        threshold(sum)
    });
    below.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the logarithm of each probability: slow, and shares nothing with the above.
    fn cdf(mean: f64, upto: u64) -> f64 {
        (0..=upto).map(|k| libm::exp(k as f64 * libm::log(mean) - mean - libm::lgamma(k as f64 + 1.0))).sum()
    }

    #[test]
    fn inverts_its_distribution_function() {
        for (mean, ks, tolerance) in [
            (0.01, [0, 1, 2], 1e-12),
            (3.7, [0, 3, 12], 1e-12),
            (512.0, [400, 512, 630], 1e-11),
            (512.1, [489, 512, 600], 3e-8),
            (20_000.0, [19_500, 20_000, 20_500], 1e-9),
        ] {
            let poisson = Poisson::new(mean);
            for k in ks {
                // The smallest draw that gives more than k, bit by bit.
                let below = (0..64).rev().fold(0, |draw, bit| {
                    let more = draw | 1 << bit;
                    if poisson.quantile(more - 1) <= k { more } else { draw }
                });
                let (found, expected) = (open_unit(below), cdf(mean, k));
                assert!((found - expected).abs() < tolerance, "{k} of mean {mean}: {found}, not {expected}");
            }
        }
    }

    #[test]
    fn the_ends_are_finite() {
        assert_eq!((Poisson::new(0.0).quantile(0), Poisson::new(0.0).quantile(u64::MAX)), (0, 0));
        assert_eq!(Poisson::new(1e-3).quantile(0), 0);
        assert!((15..25).contains(&Poisson::new(1.0).quantile(u64::MAX)));
        assert!((400..1_000).contains(&Poisson::new(600.0).quantile(u64::MAX)));
        assert!(Poisson::new(1e30).quantile(0) == u64::MAX, "larger than any integer: the largest");
    }
}
