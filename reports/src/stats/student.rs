//! Student's distribution.

use super::special::{beta, bisect};

/// The probability that a Student variable of `df` degrees of freedom is at least `t`, for `t` ≥ 0.
fn upper_tail(t: f64, df: f64) -> f64 {
    0.5 * beta(0.5 * df, 0.5, df / (df + t * t))
}

/// The probability that a Student variable of `df` > 0 degrees of freedom is at least as far from zero as `t`.
pub fn student_two_sided(t: f64, df: f64) -> f64 {
    2.0 * upper_tail(t.abs(), df)
}

/// The Student value of `df` > 0 degrees of freedom below which a fraction `p` in (0, 1) lies.
///
/// ```
/// use swarmbed_reports::stats::student_quantile;
///
/// assert!((student_quantile(0.975, 4.0) - 2.7764451051977987).abs() < 1e-12);
/// assert_eq!(student_quantile(0.5, 4.0), 0.0);
/// ```
pub fn student_quantile(p: f64, df: f64) -> f64 {
    if p == 0.5 {
        return 0.0;
    }
    let tail = p.min(1.0 - p).max(f64::MIN_POSITIVE);
    let mut high = 1.0;
    while upper_tail(high, df) > tail && high < 1e100 {
        high *= 2.0;
    }
    bisect(0.0, high, |t| upper_tail(t, df) > tail).copysign(p - 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_have_their_closed_forms() {
        for p in [0.001, 0.2, 0.6, 0.9, 0.975, 0.9999] {
            let cauchy = libm::tan(std::f64::consts::PI * (p - 0.5));
            assert!((student_quantile(p, 1.0) / cauchy - 1.0).abs() < 1e-11, "{p}");
            let two = (2.0 * p - 1.0) / libm::sqrt(2.0 * p * (1.0 - p));
            assert!((student_quantile(p, 2.0) / two - 1.0).abs() < 1e-11, "{p}");
        }
        assert!((student_quantile(0.975, 1e7) - 1.959_964).abs() < 1e-5, "close to the normal value");
    }

    #[test]
    fn tails_and_quantiles_undo_each_other() {
        for df in [1.0, 2.5, 19.0, 300.0] {
            assert!((student_two_sided(student_quantile(0.975, df), df) - 0.05).abs() < 1e-12, "{df}");
        }
        assert_eq!(student_two_sided(0.0, 5.0), 1.0);
    }
}
