//! A number and how sure it is.

use super::{Moments, quantile};

/// An estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// Its standard error.
    pub se: f64,
    /// Independent cycles, replications or trials behind it.
    pub n: u64,
}

impl Estimate {
    /// The mean of values that are not kept; `None` of fewer than two.
    pub fn of(values: &Moments) -> Option<Estimate> {
        Some(Estimate { value: values.mean()?, se: values.standard_error()?, n: values.n() })
    }

    /// The mean of values; `None` of fewer than two.
    pub fn of_mean(values: &[f64]) -> Option<Estimate> {
        Estimate::of(&values.iter().copied().collect())
    }

    /// The standard deviation of values, with its large-sample standard error `sqrt((m₄ - s⁴) / n) / 2s`; `None` if there
    /// is none.
    pub fn of_sd(values: &[f64]) -> Option<Estimate> {
        let moments: Moments = values.iter().copied().collect();
        let (mean, sd) = (moments.mean()?, moments.sd().filter(|sd| *sd > 0.0)?);
        let n = values.len() as f64;
        let fourth = values.iter().map(|v| (v - mean) * (v - mean)).map(|v| v * v).sum::<f64>() / n;
        let se = libm::sqrt((fourth - sd * sd * sd * sd).max(0.0) / n) / (2.0 * sd);
        Some(Estimate { value: sd, se, n: values.len() as u64 })
    }

    /// A quantile of ascending values; `None` of no values. The rank of a quantile is binomial, and its standard error is
    /// read off the values whose ranks lie `sds` standard deviations to either side: the farther, the more surely, but the
    /// less is it of the place itself.
    pub fn of_quantile(ascending: &[f64], p: f64, sds: f64) -> Option<Estimate> {
        let step = sds * libm::sqrt(p * (1.0 - p) / ascending.len() as f64);
        let at = |p: f64| quantile(ascending, p);
        let se = (at(p + step)? - at(p - step)?) / (2.0 * sds);
        Some(Estimate { value: at(p)?, se, n: ascending.len() as u64 })
    }

    /// The same in another unit: times a factor.
    #[must_use]
    pub fn times(self, factor: f64) -> Estimate {
        Estimate { value: self.value * factor, se: self.se * factor.abs(), n: self.n }
    }

    /// What is left of one.
    #[must_use]
    pub fn complement(self) -> Estimate {
        Estimate { value: 1.0 - self.value, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_knows_how_sure_it_is() {
        // Half at 1, half at -1: the fourth moment is the squared variance, so the spread is sure.
        let values: Vec<f64> = (0..1000).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
        let found = Estimate::of_sd(&values).expect("there is a spread");
        assert!((found.value - 1.0).abs() < 1e-3 && found.se < 1e-2);
        assert_eq!(Estimate::of_sd(&[1.0, 1.0]), None);
    }

    #[test]
    fn a_quantile_knows_how_sure_it_is() {
        // Of 0..=100 evenly, the median's rank has a standard deviation of 5 of 100.
        let values: Vec<f64> = (0..=100).map(f64::from).collect();
        for sds in [1.0, 2.5] {
            let found = Estimate::of_quantile(&values, 0.5, sds).expect("there are values");
            assert!((found.value - 50.0).abs() < 1e-9 && (found.se - 5.0).abs() < 0.05, "{found:?}");
        }
        assert_eq!(Estimate::of_quantile(&[], 0.5, 1.0), None);
    }
}
