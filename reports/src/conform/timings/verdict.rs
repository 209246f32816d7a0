//! Whether what was measured here agrees with what was recorded.

use std::fmt;

/// A duration may be off by this much in its 5 %, 50 % and 95 % points, in seconds.
pub const TOLERANCE_S: f64 = 0.1;

/// The mean of a count may be off by so many standard errors of the difference.
pub const STANDARD_ERRORS: f64 = 3.5;

/// How often a group in which nothing is wrong may differ.
const SIGNIFICANCE: f64 = 0.01;

/// What is held against each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    /// A duration: how it is distributed.
    Duration {
        /// The largest distance of the two distributions.
        distance: f64,
        /// The distance that two samples of one law exceed once in a hundred times, or less often by as many durations as
        /// are compared together.
        limit: f64,
    },
    /// A count: its mean.
    Count {
        /// How far the means are apart, in standard errors; infinite if neither varies and they differ.
        errors: f64,
    },
}

/// A sample in a few numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// How many values.
    pub n: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation.
    pub sd: f64,
    /// Their 5 %, 50 % and 95 % points.
    pub points: [f64; 3],
}

impl Summary {
    /// Sums up values, of which there is at least one.
    pub(super) fn of(values: &[f64]) -> Summary {
        let sorted = sorted(values);
        let n = sorted.len();
        let mean = sorted.iter().sum::<f64>() / n as f64;
        let squares: f64 = sorted.iter().map(|x| (x - mean) * (x - mean)).sum();
        let sd = (squares / n as f64).sqrt();
        Summary { n, mean, sd, points: [0.05, 0.5, 0.95].map(|share| point(&sorted, share)) }
    }
}

/// The two samples side by side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// As recorded.
    pub recorded: Summary,
    /// As simulated.
    pub simulated: Summary,
    /// How far apart they are.
    pub measure: Measure,
}

impl Compared {
    /// Compares durations of so many recorded repetitions (as many as there are values, if that is not known) with
    /// simulated ones, which are given by repetition. So many durations share the chance of differing by bad luck.
    pub(super) fn durations(
        recorded: &[f64],
        repetitions: Option<u32>,
        simulated: &[Vec<f64>],
        shared_by: usize,
    ) -> Compared {
        let all = simulated.concat();
        let correlation = correlation_within(simulated);
        let independent = |values: usize, repetitions: usize| {
            let together = (values as f64 / repetitions.max(1) as f64).max(1.0);
            values as f64 / (1.0 + (together - 1.0) * correlation)
        };
        let n = independent(recorded.len(), repetitions.map_or(recorded.len(), |n| n as usize));
        let m = independent(all.len(), simulated.len());
        let distance = distance(&sorted(recorded), &sorted(&all));
        let limit = kolmogorov(SIGNIFICANCE / shared_by.max(1) as f64) * ((n + m) / (n * m)).sqrt();
        Compared::new(recorded, &all, Measure::Duration { distance, limit })
    }

    /// Compares counts. Both are taken to scatter as the one that scatters more: what happens once in two hundred runs
    /// need not be seen in seventy, and if it is seen, it need not be in the others.
    pub(super) fn counts(recorded: &[f64], simulated: &[Vec<f64>]) -> Compared {
        let simulated = simulated.concat();
        let mut compared = Compared::new(recorded, &simulated, Measure::Count { errors: 0.0 });
        let (then, now) = (&compared.recorded, &compared.simulated);
        let error = then.sd.max(now.sd) * (1.0 / then.n as f64 + 1.0 / now.n as f64).sqrt();
        let apart = (then.mean - now.mean).abs();
        // Without any variance the means have to be the same.
        let errors = if apart == 0.0 { 0.0 } else { apart / error };
        compared.measure = Measure::Count { errors };
        compared
    }

    fn new(recorded: &[f64], simulated: &[f64], measure: Measure) -> Compared {
        Compared { recorded: Summary::of(recorded), simulated: Summary::of(simulated), measure }
    }

    /// Whether the two agree.
    pub fn agrees(&self) -> bool {
        match self.measure {
            Measure::Duration { distance, limit } => distance <= limit || self.points_are_near(),
            Measure::Count { errors } => errors <= STANDARD_ERRORS,
        }
    }

    /// Whether the 5 %, 50 % and 95 % points all lie within the tolerance.
    pub fn points_are_near(&self) -> bool {
        let near = |(a, b): (f64, f64)| (a - b).abs() <= TOLERANCE_S + 1e-9; // a tenth is no binary fraction
        self.recorded.points.into_iter().zip(self.simulated.points).all(near)
    }
}

/// The point of Kolmogorov's distribution that is exceeded that often: its series' first term, which is exact to four digits
/// for anything rare.
fn kolmogorov(how_often: f64) -> f64 {
    (-0.5 * libm::log(how_often / 2.0)).sqrt()
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// A point of a sorted sample, between its two nearest values.
fn point(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    low + (high - low) * place.fract()
}

/// The largest distance of two empirical distribution functions (Kolmogorov and Smirnov).
fn distance(a: &[f64], b: &[f64]) -> f64 {
    let (mut i, mut j, mut largest) = (0, 0, 0.0f64);
    while i < a.len() && j < b.len() {
        let x = a[i].min(b[j]);
        i += a[i..].iter().take_while(|y| **y <= x).count();
        j += b[j..].iter().take_while(|y| **y <= x).count();
        largest = largest.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
    }
    largest
}

/// How alike the values of one repetition are: the intraclass correlation by an analysis of variance, from 0 (as
/// different as those of any two) to 1 (all the same). All replacements of a lost worker's tasks share its DOWN, so that
/// ten of them tell no more than one; the limit of the distance counts values that are independent (the design effect).
fn correlation_within(repetitions: &[Vec<f64>]) -> f64 {
    let groups = repetitions.len() as f64;
    let n: f64 = repetitions.iter().map(|r| r.len() as f64).sum();
    let squares: f64 = repetitions.iter().map(|r| (r.len() * r.len()) as f64).sum();
    if groups < 2.0 || n <= groups {
        return 0.0;
    }
    let grand = repetitions.iter().flatten().sum::<f64>() / n;
    let (mut between, mut within) = (0.0, 0.0);
    for values in repetitions.iter().filter(|r| !r.is_empty()) {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        between += values.len() as f64 * (mean - grand) * (mean - grand);
        within += values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
    }
    let (between, within) = (between / (groups - 1.0), within / (n - groups));
    let size = (n - squares / n) / (groups - 1.0);
    let all = between + (size - 1.0) * within;
    if all > 0.0 { ((between - within) / all).clamp(0.0, 1.0) } else { 0.0 }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Measure::Duration { distance, limit } => write!(f, "KS {distance:.3} of {limit:.3}"),
            Measure::Count { errors } => write!(f, "{errors:.1} of {STANDARD_ERRORS} s.e."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_is_the_largest_gap_of_the_two_steps() {
        assert_eq!(distance(&[1.0, 2.0, 3.0, 4.0], &[1.0, 2.0, 3.0, 4.0]), 0.0);
        assert_eq!(distance(&[1.0, 2.0], &[3.0]), 1.0);
        assert_eq!(distance(&[1.0, 1.0, 1.0, 5.0], &[1.0, 5.0]), 0.25);
    }

    #[test]
    fn the_chance_of_bad_luck_is_shared() {
        assert!((kolmogorov(0.01) - 1.6276).abs() < 1e-4, "the 1 % point of the tables");
        assert!((kolmogorov(0.001) - 1.9495).abs() < 1e-4, "the 0.1 % point");
    }

    #[test]
    fn a_count_without_variance_has_to_be_the_same() {
        let simulated = |count| vec![vec![count]; 200];
        assert!(Compared::counts(&[4.0; 69], &simulated(4.0)).agrees());
        assert!(!Compared::counts(&[4.0; 69], &simulated(5.0)).agrees());
        assert!(Compared::counts(&[8.0, 9.0, 8.0, 9.0], &[vec![9.0, 9.0], vec![9.0, 8.0]]).agrees());
    }

    #[test]
    fn a_duration_agrees_by_its_law_or_by_its_points() {
        let singly = |values: &[f64]| values.iter().map(|x| vec![*x]).collect::<Vec<_>>();
        let law: Vec<f64> = (0..100).map(f64::from).collect();
        let other: Vec<f64> = (0..100).map(|x| f64::from(x) + 0.4).collect();
        assert!(
            Compared::durations(&law, None, &singly(&other), 1).agrees(),
            "0.4 s apart, but the same law"
        );
        let exact = [1.0; 50];
        assert!(
            Compared::durations(&exact, None, &singly(&[1.09; 50]), 1).agrees(),
            "nearly the same points"
        );
        assert!(!Compared::durations(&exact, None, &singly(&[1.11; 50]), 1).agrees());
    }

    #[test]
    fn values_that_only_repeat_each_other_count_once() {
        let limit = |simulated: &[Vec<f64>]| match Compared::durations(&[0.0; 500], Some(100), simulated, 1)
            .measure
        {
            Measure::Duration { limit, .. } => limit,
            Measure::Count { .. } => unreachable!("a duration was compared"),
        };
        let copies: Vec<Vec<f64>> = (0..100).map(|x| vec![f64::from(x); 5]).collect();
        let apart: Vec<Vec<f64>> =
            (0..100).map(|x| (0..5).map(|y| f64::from((x + 20 * y) % 100)).collect()).collect();
        assert!((limit(&copies) - kolmogorov(0.01) * (2.0f64 / 100.0).sqrt()).abs() < 1e-9);
        assert!((limit(&apart) - kolmogorov(0.01) * (2.0f64 / 500.0).sqrt()).abs() < 1e-9);
    }
}
