//! Shares: `k` of `n`.

use super::interval::Interval;
use super::special::{beta_quantile, normal_quantile};

/// Wilson's interval of a share, which behaves well near 0 and 1. `None` for `n` = 0 or `k` > `n`.
pub fn wilson(k: u64, n: u64, confidence: f64) -> Option<Interval> {
    if n == 0 || k > n {
        return None;
    }
    let z = normal_quantile(0.5 * (1.0 + confidence));
    let (size, share) = (n as f64, k as f64 / n as f64);
    let middle = (share + z * z / (2.0 * size)) / (1.0 + z * z / size);
    let spread = share * (1.0 - share) / size + z * z / (4.0 * size * size);
    let half = z * libm::sqrt(spread) / (1.0 + z * z / size);
    let low = if k == 0 { 0.0 } else { middle - half };
    let high = if k == n { 1.0 } else { middle + half };
    Some(Interval { low, high })
}

/// The exact interval of Clopper and Pearson, which never holds the truth less often than it says. `None` for `n` = 0 or
/// `k` > `n`.
pub fn clopper_pearson(k: u64, n: u64, confidence: f64) -> Option<Interval> {
    if n == 0 || k > n {
        return None;
    }
    let (hits, misses, tail) = (k as f64, (n - k) as f64, 0.5 * (1.0 - confidence));
    let low = if k == 0 { 0.0 } else { beta_quantile(hits, misses + 1.0, tail) };
    let high = if k == n { 1.0 } else { beta_quantile(hits + 1.0, misses, 1.0 - tail) };
    Some(Interval { low, high })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_exact() {
        assert_eq!(wilson(0, 10, 0.95).unwrap().low, 0.0);
        assert_eq!(clopper_pearson(10, 10, 0.95).unwrap().high, 1.0);
        let none = clopper_pearson(0, 50, 0.95).unwrap().high;
        assert!((none - (1.0 - libm::pow(0.025, 1.0 / 50.0))).abs() < 1e-12);
        assert_eq!((wilson(0, 0, 0.95), clopper_pearson(3, 2, 0.95)), (None, None));
    }
}
