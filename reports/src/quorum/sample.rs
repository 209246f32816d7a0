//! What independent cycles say.

use crate::stats::Estimate;

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
}
