//! Ratios of two totals over independent cycles, such as an availability.

use super::interval::Interval;
use super::moments::Moments;
use super::special::normal_quantile;

/// The ratio Σ part / Σ whole over cycles `(part, whole)` and its interval by the regenerative method (normal quantile,
/// standard deviation with n − 1). `None` for fewer than two cycles or an empty whole.
pub fn ratio_interval(cycles: &[(f64, f64)], confidence: f64) -> Option<(f64, Interval)> {
    let (parts, wholes) = cycles.iter().fold((0.0, 0.0), |(p, w), (part, whole)| (p + part, w + whole));
    let n = cycles.len() as f64;
    if wholes <= 0.0 {
        return None;
    }
    let ratio = parts / wholes;
    let left: Moments = cycles.iter().map(|(part, whole)| part - ratio * whole).collect();
    let half = normal_quantile(0.5 * (1.0 + confidence)) * left.standard_error()? / (wholes / n);
    Some((ratio, Interval::around(ratio, half)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_that_are_alike_leave_no_doubt() {
        let (ratio, interval) = ratio_interval(&[(3.0, 4.0); 10], 0.95).unwrap();
        assert_eq!((ratio, interval), (0.75, Interval { low: 0.75, high: 0.75 }));
        assert_eq!(ratio_interval(&[(1.0, 2.0)], 0.95), None);
        assert_eq!(ratio_interval(&[], 0.95), None);
    }
}
