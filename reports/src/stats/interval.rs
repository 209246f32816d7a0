//! Confidence intervals of means and of differences of means.

use super::moments::Moments;
use super::special::normal_quantile;
use super::student::{student_quantile, student_two_sided};

/// A range that holds the truth with a stated confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Interval {
    /// As far to either side of the middle.
    pub fn around(middle: f64, half: f64) -> Interval {
        Interval { low: middle - half, high: middle + half }
    }

    /// Student's interval of the mean at that confidence (0.95), from two values on.
    pub fn of_mean(values: &Moments, confidence: f64) -> Option<Interval> {
        let half = half(values.standard_error()?, (values.n() - 1) as f64, confidence);
        Some(Interval::around(values.mean()?, half))
    }

    /// Half its width.
    pub fn half(&self) -> f64 {
        0.5 * (self.high - self.low)
    }

    /// Whether the value lies in it, its ends included.
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

fn half(standard_error: f64, df: f64, confidence: f64) -> f64 {
    if standard_error == 0.0 {
        return 0.0;
    }
    let p = 0.5 * (1.0 + confidence);
    standard_error * if df > 1e6 { normal_quantile(p) } else { student_quantile(p, df) }
}

/// A difference of two means, and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// The difference.
    pub mean: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Its degrees of freedom.
    pub df: f64,
}

impl Difference {
    /// The mean of the differences of trials that had the same random numbers, from two on.
    pub fn paired(differences: &Moments) -> Option<Difference> {
        Some(Difference {
            mean: differences.mean()?,
            standard_error: differences.standard_error()?,
            df: (differences.n() - 1) as f64,
        })
    }

    /// `a` − `b` of independent values whose spreads may differ (Welch, with Satterthwaite's degrees of freedom).
    pub fn welch(a: &Moments, b: &Moments) -> Option<Difference> {
        let (u, v) = (a.variance()? / a.n() as f64, b.variance()? / b.n() as f64);
        let spread = u * u / (a.n() - 1) as f64 + v * v / (b.n() - 1) as f64;
        let pooled = (a.n() + b.n() - 2) as f64;
        Some(Difference {
            mean: a.mean()? - b.mean()?,
            standard_error: libm::sqrt(u + v),
            // Without any spread there is nothing to weigh, nor does it matter.
            df: if spread > 0.0 { (u + v) * (u + v) / spread } else { pooled },
        })
    }

    /// `a` − `b` of independent values that spread alike (the classical two-sample one).
    pub fn unpaired(a: &Moments, b: &Moments) -> Option<Difference> {
        let df = (a.n() + b.n()).checked_sub(2).filter(|df| *df > 0)? as f64;
        let squares = |m: &Moments| m.variance().unwrap_or(0.0) * m.n().saturating_sub(1) as f64;
        let pooled = (squares(a) + squares(b)) / df;
        Some(Difference {
            mean: a.mean()? - b.mean()?,
            standard_error: libm::sqrt(pooled * (1.0 / a.n() as f64 + 1.0 / b.n() as f64)),
            df,
        })
    }

    /// Its interval at that confidence.
    pub fn interval(&self, confidence: f64) -> Interval {
        Interval::around(self.mean, half(self.standard_error, self.df, confidence))
    }

    /// How likely a difference at least as large would be if there were none (two-sided). Where trials do not spread at
    /// all, Student's law has nothing to go by: 1 if there is no difference, and otherwise what the sign test says of so
    /// many trials that all lean the same way.
    pub fn p(&self) -> f64 {
        match (self.standard_error == 0.0, self.mean == 0.0) {
            (true, true) => 1.0,
            (true, false) => libm::pow(0.5, self.df).min(1.0),
            _ => student_two_sided(self.mean / self.standard_error, self.df),
        }
    }

    /// The difference in standard deviations of the single trial's difference (Cohen's d, paired); of differences
    /// without any spread there is none, but of no difference it is 0.
    pub fn effect(&self) -> Option<f64> {
        let sd = self.standard_error * libm::sqrt(self.df + 1.0);
        if self.mean == 0.0 { Some(0.0) } else { (sd > 0.0).then(|| self.mean / sd) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(values: &[f64]) -> Moments {
        values.iter().copied().collect()
    }

    #[test]
    fn one_value_has_no_interval_and_equal_ones_a_point() {
        assert_eq!(Interval::of_mean(&moments(&[1.0]), 0.95), None);
        assert_eq!(Interval::of_mean(&moments(&[2.0; 3]), 0.95), Some(Interval { low: 2.0, high: 2.0 }));
        let nothing = Difference::paired(&moments(&[0.0; 5])).unwrap();
        assert_eq!((nothing.mean, nothing.p(), nothing.effect()), (0.0, 1.0, Some(0.0)));
        let certain = Difference::paired(&moments(&[2.0; 5])).unwrap();
        assert_eq!((certain.p(), certain.effect()), (0.0625, None), "five heads in a row, or five tails");
        assert!(Difference::welch(&moments(&[1.0, 1.0]), &moments(&[3.0, 3.0])).unwrap().df.is_finite());
    }

    #[test]
    fn the_classical_example_of_two_samples() {
        // Equal sizes: the standard errors are the same, the degrees of freedom are not.
        let (a, b) = (moments(&[1.0, 2.0, 3.0, 6.0]), moments(&[4.0, 4.5, 5.0, 5.5]));
        let (welch, pooled) = (Difference::welch(&a, &b).unwrap(), Difference::unpaired(&a, &b).unwrap());
        assert!((welch.standard_error - pooled.standard_error).abs() < 1e-15);
        assert_eq!(pooled.df, 6.0);
        assert!(welch.df > 3.0 && welch.df < 6.0);
        assert_eq!(Difference::unpaired(&moments(&[1.0]), &moments(&[2.0])), None);
    }
}
