//! Quantiles of a sample.

use super::special::{binomial, binomial_quantile};

/// The quantile of ascending values, interpolated between neighbours (Hyndman and Fan's type 7). `None` of no values.
pub fn quantile(ascending: &[f64], p: f64) -> Option<f64> {
    let last = ascending.len().checked_sub(1)?;
    let place = p.clamp(0.0, 1.0) * last as f64;
    let below = (place as usize).min(last);
    let above = (below + 1).min(last);
    Some(ascending[below] + (place - below as f64) * (ascending[above] - ascending[below]))
}

/// A range for a quantile out of a sample, whatever the law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuantileRange {
    /// Rank of the value at its lower end, from 1; 0 if there is no such value.
    pub lower_rank: usize,
    /// Rank of the value at its upper end; one more than there are if there is no such value.
    pub upper_rank: usize,
    /// The value at its lower end, if the sample reaches that far.
    pub low: Option<f64>,
    /// The value at its upper end, if the sample reaches that far.
    pub high: Option<f64>,
    /// How likely it is at least that the quantile lies in it.
    pub coverage: f64,
}

/// The range between two values of an ascending sample that holds the `p`-quantile with at least that confidence.
pub fn quantile_range(ascending: &[f64], p: f64, confidence: f64) -> QuantileRange {
    let n = ascending.len() as i64;
    let tail = 0.5 * (1.0 - confidence);
    let lower = binomial_quantile(tail, n, p);
    let upper = binomial_quantile(1.0 - tail, n, p) + 1;
    let value = |rank: i64| usize::try_from(rank - 1).ok().and_then(|i| ascending.get(i).copied());
    QuantileRange {
        lower_rank: lower as usize,
        upper_rank: upper as usize,
        low: value(lower),
        high: value(upper),
        coverage: binomial(upper - 1, n, p) - binomial(lower - 1, n, p),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_interpolated() {
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.5), Some(2.0));
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), Some(3.0));
        assert_eq!((quantile(&[1.0, 9.0], 0.0), quantile(&[1.0, 9.0], 1.0)), (Some(1.0), Some(9.0)));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn a_short_sample_reaches_no_far_quantile() {
        let range = quantile_range(&[1.0, 2.0, 3.0], 0.99, 0.95);
        assert_eq!((range.upper_rank, range.high), (4, None));
        let range = quantile_range(&[1.0, 2.0, 3.0], 0.01, 0.95);
        assert_eq!((range.lower_rank, range.low), (0, None));
    }
}
