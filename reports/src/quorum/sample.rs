//! What independent cycles say.

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

    /// The mean of values and its standard error; `None` for fewer than two.
    pub fn of_mean(values: &[f64]) -> Option<Estimate> {
        let moments: crate::stats::Moments = values.iter().copied().collect();
        Some(Estimate { value: moments.mean()?, se: moments.standard_error()?, n: moments.n() })
    }

    /// The standard deviation of values, with its large-sample standard error `sqrt((m₄ - s⁴) / n) / 2s`; `None` if there
    /// is none.
    pub fn of_sd(values: &[f64]) -> Option<Estimate> {
        let moments: crate::stats::Moments = values.iter().copied().collect();
        let (mean, sd) = (moments.mean()?, moments.sd().filter(|sd| *sd > 0.0)?);
        let n = values.len() as f64;
        let fourth = values.iter().map(|v| (v - mean) * (v - mean)).map(|v| v * v).sum::<f64>() / n;
        let se = libm::sqrt((fourth - sd * sd * sd * sd).max(0.0) / n) / (2.0 * sd);
        Some(Estimate { value: sd, se, n: values.len() as u64 })
    }
}

/// Sums over independent cycles, each of which has a length, a time without service and a number of outages.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cycles {
    n: u64,
    /// Sums of length, time without service and outages; times are in hours.
    sums: [f64; 3],
    /// Sums of their products with each other.
    products: [[f64; 3]; 3],
}

/// What a cycle has.
#[derive(Clone, Copy, Debug)]
enum Part {
    Length,
    Without,
    Outages,
}

impl Cycles {
    /// One more: its length and time without service in hours, and how often the service was lost.
    #[inline]
    pub fn push(&mut self, length: f64, without: f64, outages: f64) {
        let cycle = [length, without, outages];
        self.n += 1;
        for i in 0..3 {
            self.sums[i] += cycle[i];
            for j in 0..3 {
                self.products[i][j] += cycle[i] * cycle[j];
            }
        }
    }

    /// Those of both.
    #[must_use]
    pub fn merged(mut self, other: &Cycles) -> Cycles {
        self.n += other.n;
        for i in 0..3 {
            self.sums[i] += other.sums[i];
            for j in 0..3 {
                self.products[i][j] += other.products[i][j];
            }
        }
        self
    }

    /// Hours in all.
    pub fn hours(&self) -> f64 {
        self.sums[Part::Length as usize]
    }

    /// The share of time without service; `None` for fewer than two cycles.
    pub fn unavailability(&self) -> Option<Estimate> {
        self.ratio(Part::Without, Part::Length)
    }

    /// Outages an hour.
    pub fn outages(&self) -> Option<Estimate> {
        self.ratio(Part::Outages, Part::Length)
    }

    /// Hours an outage lasts.
    pub fn outage_hours(&self) -> Option<Estimate> {
        self.ratio(Part::Without, Part::Outages)
    }

    /// A ratio of two sums, with the standard error of regenerative simulation.
    fn ratio(&self, part: Part, whole: Part) -> Option<Estimate> {
        let (p, w, n) = (part as usize, whole as usize, self.n as f64);
        if self.n < 2 || self.sums[w] == 0.0 {
            return None;
        }
        let value = self.sums[p] / self.sums[w];
        let squares =
            self.products[p][p] - 2.0 * value * self.products[p][w] + value * value * self.products[w][w];
        let se = libm::sqrt(squares.max(0.0) / (n - 1.0) / n) / (self.sums[w] / n);
        Some(Estimate { value, se, n: self.n })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_that_of_the_regenerative_method() {
        let cycles = [(4.0, 1.0, 1.0), (6.0, 0.0, 0.0), (5.0, 2.0, 1.0), (7.0, 0.5, 2.0)];
        let mut sums = Cycles::default();
        cycles.iter().for_each(|(length, without, outages)| sums.push(*length, *without, *outages));
        let pairs: Vec<(f64, f64)> = cycles.iter().map(|c| (c.1, c.0)).collect();
        let (ratio, interval) = crate::stats::ratio_interval(&pairs, 0.95).expect("there are cycles");
        let found = sums.unavailability().expect("there are cycles");
        assert!((found.value - ratio).abs() < 1e-15);
        assert!((found.se * 1.959_963_984_540_054 - (interval.high - ratio)).abs() < 1e-12);
        assert_eq!((sums.hours(), found.n), (22.0, 4));
        assert_eq!(Cycles::default().outages(), None);
        assert_eq!(Cycles::default().merged(&sums), sums);
    }

    #[test]
    fn a_spread_knows_how_sure_it_is() {
        // Half at 1, half at -1: the fourth moment is the squared variance, so the spread is sure.
        let values: Vec<f64> = (0..1000).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
        let found = Estimate::of_sd(&values).expect("there is a spread");
        assert!((found.value - 1.0).abs() < 1e-3 && found.se < 1e-2);
        assert_eq!(Estimate::of_sd(&[1.0, 1.0]), None);
    }
}
