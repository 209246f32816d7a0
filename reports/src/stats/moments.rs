//! Count, mean and spread of values that are not kept.

/// Count, mean and sum of squared deviations, updated value by value (Welford) and mergeable (Chan): a hundred values or
/// a hundred million take the same 24 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    n: u64,
    mean: f64,
    squares: f64,
}

impl Moments {
    /// One value more. It has to be finite.
    pub fn push(&mut self, value: f64) {
        debug_assert!(value.is_finite(), "a metric that cannot be told is absent, never {value}");
        self.n += 1;
        let before = value - self.mean;
        self.mean += before / self.n as f64;
        self.squares += before * (value - self.mean);
    }

    /// The moments of both sets of values together.
    #[must_use]
    pub fn merged(self, other: Moments) -> Moments {
        match (self.n, other.n) {
            (0, _) => other,
            (_, 0) => self,
            (n, m) => {
                let (n, m) = (n as f64, m as f64);
                let apart = other.mean - self.mean;
                Moments {
                    n: self.n + other.n,
                    mean: self.mean + apart * m / (n + m),
                    squares: self.squares + other.squares + apart * apart * n * m / (n + m),
                }
            }
        }
    }

    /// How many values there were.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Their mean, if there was one at all.
    pub fn mean(&self) -> Option<f64> {
        (self.n > 0).then_some(self.mean)
    }

    /// Their variance with the divisor n − 1, from two values on.
    pub fn variance(&self) -> Option<f64> {
        (self.n > 1).then(|| self.squares / (self.n - 1) as f64)
    }

    /// Their standard deviation with the divisor n − 1, from two values on.
    pub fn sd(&self) -> Option<f64> {
        self.variance().map(libm::sqrt)
    }

    /// The standard error of their mean, from two values on.
    pub fn standard_error(&self) -> Option<f64> {
        self.variance().map(|variance| libm::sqrt(variance / self.n as f64))
    }
}

impl FromIterator<f64> for Moments {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Moments {
        let mut moments = Moments::default();
        values.into_iter().for_each(|value| moments.push(value));
        moments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_merge_to_the_whole() {
        let values: Vec<f64> = (0..100).map(|i| f64::from(i * i % 37) + 1e6).collect();
        let whole: Moments = values.iter().copied().collect();
        for cut in [0, 1, 40, 99, 100] {
            let (left, right) = values.split_at(cut);
            let both = left.iter().copied().collect::<Moments>().merged(right.iter().copied().collect());
            assert_eq!(both.n(), whole.n());
            assert!((both.mean().unwrap() - whole.mean().unwrap()).abs() < 1e-9);
            assert!((both.variance().unwrap() - whole.variance().unwrap()).abs() < 1e-6);
        }
    }

    #[test]
    fn what_cannot_be_told_is_absent() {
        let none = Moments::default();
        assert_eq!((none.n(), none.mean(), none.variance(), none.standard_error()), (0, None, None, None));
        let one: Moments = [3.0].into_iter().collect();
        assert_eq!((one.mean(), one.sd()), (Some(3.0), None));
        let same: Moments = [0.1; 1000].into_iter().collect();
        assert_eq!((same.mean(), same.sd()), (Some(0.1), Some(0.0)), "no spread out of rounding");
    }
}
