//! How many trials are enough.

use super::interval::Interval;
use super::moments::Moments;
use super::student::student_quantile;

/// Where a series was sure enough to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stopped {
    /// After so many values.
    pub n: u64,
    /// Their mean.
    pub mean: f64,
    /// Its interval.
    pub interval: Interval,
}

/// The smallest number of values, at least `least`, after which half of Student's interval is at most `relative` of the
/// mean. `None` if the series ends before.
///
/// Looking after each value makes the interval hold the truth a little less often than it says; from `least` = 30 on by
/// about one in a hundred.
pub fn stopping(series: &[f64], relative: f64, least: u64, confidence: f64) -> Option<Stopped> {
    let mut moments = Moments::default();
    series.iter().find_map(|value| {
        moments.push(*value);
        if moments.n() < least {
            return None;
        }
        let (mean, interval) = (moments.mean()?, Interval::of_mean(&moments, confidence)?);
        let is_sure = interval.half() <= relative * mean.abs();
        is_sure.then_some(Stopped { n: moments.n(), mean, interval })
    })
}

/// More trials than this are never advised.
const MOST_TRIALS: u64 = 1_000_000_000;

/// About how many trials it takes until half of Student's interval is at most `half`, if one trial has this standard
/// deviation. `None` if no number that anybody would run is enough.
pub fn trials_for(half: f64, sd: f64, confidence: f64) -> Option<u64> {
    let p = 0.5 * (1.0 + confidence);
    let enough = |n: u64| student_quantile(p, (n - 1) as f64) * sd <= half * libm::sqrt(n as f64);
    if half <= 0.0 || !enough(MOST_TRIALS) {
        return None;
    }
    let (mut low, mut high) = (1, MOST_TRIALS);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if enough(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_without_spread_stops_at_once() {
        assert_eq!(stopping(&[5.0; 40], 0.01, 30, 0.95).unwrap().n, 30);
        assert_eq!(stopping(&[5.0; 20], 0.01, 30, 0.95), None);
        assert_eq!(stopping(&[1.0, -1.0, 1.0, -1.0], 0.1, 2, 0.95), None);
    }

    #[test]
    fn trials_grow_with_the_square_of_what_is_asked() {
        assert_eq!(trials_for(1.0, 0.0, 0.95), Some(2));
        let (n, four) = (trials_for(0.1, 1.0, 0.95).unwrap(), trials_for(0.05, 1.0, 0.95).unwrap());
        assert!((385..395).contains(&n), "1.96² · 100 and a little: {n}");
        assert!((1530..1545).contains(&four), "{four}");
        assert_eq!(trials_for(0.0, 1.0, 0.95), None);
        assert_eq!(trials_for(1e-9, 1.0, 0.95), None);
    }
}
