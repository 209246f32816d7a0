//! Intervals without a law: by drawing from the values themselves.

use swarmbed_scheduler::stream::Stream;

use super::interval::Interval;
use super::moments::Moments;
use super::quantile::quantile;
use super::special::{normal, normal_quantile};

/// What resampling says of a mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// How many resamples there were.
    pub resamples: usize,
    /// The range of their means, as much cut off at either end.
    pub interval: Interval,
    /// The standard deviation of their means.
    pub standard_error: f64,
}

/// More resamples than this are not enumerated: 8⁸.
const MOST: usize = 16_777_216;

/// The bootstrap of the mean without chance: all nⁿ resamples. `None` for no values and for more than 8.
pub fn every_resample(values: &[f64], confidence: f64) -> Option<Bootstrap> {
    let n = values.len();
    let count = n.checked_pow(u32::try_from(n).ok()?).filter(|count| n > 0 && *count <= MOST)?;
    let mean_of = |code: usize| {
        let digits = (0..n).scan(code, |rest, _| {
            let digit = *rest % n;
            *rest /= n;
            Some(values[digit])
        });
        digits.sum::<f64>() / n as f64
    };
    let mut means: Vec<f64> = (0..count).map(mean_of).collect();
    means.sort_by(f64::total_cmp);
    let moments: Moments = means.iter().copied().collect();
    let tail = 0.5 * (1.0 - confidence);
    let population = moments.variance().unwrap_or(0.0) * (count - 1) as f64 / count as f64;
    Some(Bootstrap {
        resamples: count,
        interval: Interval { low: quantile(&means, tail)?, high: quantile(&means, 1.0 - tail)? },
        standard_error: libm::sqrt(population),
    })
}

/// Efron's bias-corrected and accelerated interval of the mean, from that many resamples drawn from the stream. `None`
/// for fewer than three values, or if they do not spread.
pub fn bca(values: &[f64], confidence: f64, resamples: usize, stream: &mut Stream) -> Option<Interval> {
    let moments: Moments = values.iter().copied().collect();
    let (n, mean) = (values.len(), moments.mean()?);
    if n < 3 || moments.variance()? == 0.0 || resamples == 0 {
        return None;
    }
    let mut means: Vec<f64> = (0..resamples)
        .map(|_| (0..n).map(|_| values[stream.below(n as u64) as usize]).sum::<f64>() / n as f64)
        .collect();
    means.sort_by(f64::total_cmp);
    let below = means.partition_point(|m| *m < mean) as f64;
    let up_to = means.partition_point(|m| *m <= mean) as f64;
    let bias = normal_quantile(0.5 * (below + up_to) / resamples as f64);
    let acceleration = acceleration(values, mean);
    let level = |z: f64| normal(bias + (bias + z) / (1.0 - acceleration * (bias + z)));
    let z = normal_quantile(0.5 * (1.0 + confidence));
    Some(Interval { low: quantile(&means, level(-z))?, high: quantile(&means, level(z))? })
}

/// How fast the spread of the mean grows with the mean: a sixth of the skewness of the jackknife.
fn acceleration(values: &[f64], mean: f64) -> f64 {
    // Leaving a value out moves the mean by that value's deviation, up to a factor which cancels but for its sign.
    let (mut squares, mut cubes) = (0.0, 0.0);
    for value in values {
        let moved = value - mean;
        (squares, cubes) = (squares + moved * moved, cubes + moved * moved * moved);
    }
    cubes / (6.0 * squares * libm::sqrt(squares))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enumeration_has_the_known_standard_error() {
        let found = every_resample(&[1.0, 2.0, 6.0], 0.95).unwrap();
        let population: f64 = (4.0 + 1.0 + 9.0) / 3.0;
        assert_eq!(found.resamples, 27);
        assert!((found.standard_error - libm::sqrt(population / 3.0)).abs() < 1e-12);
        assert_eq!(every_resample(&[], 0.95), None);
        assert_eq!(every_resample(&[1.0; 9], 0.95), None, "there are 9^9 of them");
        assert_eq!(every_resample(&[4.0], 0.95).unwrap().interval, Interval { low: 4.0, high: 4.0 });
    }

    #[test]
    fn without_skew_it_is_close_to_the_normal_interval() {
        let values: Vec<f64> = (-50..=50).map(f64::from).collect();
        let found = bca(&values, 0.95, 20_000, &mut Stream::new(1, "bootstrap", "test")).unwrap();
        assert!((found.low + 5.71).abs() < 0.2 && (found.high - 5.71).abs() < 0.2, "{found:?}");
        assert_eq!(bca(&[1.0; 5], 0.95, 100, &mut Stream::new(1, "bootstrap", "test")), None);
    }
}
