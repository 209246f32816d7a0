//! Random integers: spans in nanoseconds, sizes in bytes, counts.
//!
//! All by inversion, on `libm`: one draw of 64 bits gives one value, and a larger draw never gives a smaller one. So a value
//! can be had for a draw by index ([`IndexedStream`](crate::engine::stream::IndexedStream)); and if a parameter changes,
//! the same draws still meet the same fate, only longer or shorter, which is what makes comparisons sharp.

mod error;
mod gamma;
mod hyper;
mod normal;
mod poisson;
mod table;
mod zipf;

#[cfg(test)]
mod fit;

use swarmbed_scheduler::units::Span;

pub use error::DistributionError;

use crate::engine::stream::{Stream, open_unit, scale};
use gamma::Gamma;
use hyper::Hyper;
use poisson::Poisson;
use table::{Cdf, Choice, Empirical};
use zipf::Zipf;

/// A law by which integers are drawn. The unit of its parameters is the unit of its values: the mean of a span is in
/// nanoseconds.
///
/// Values are rounded to the nearest integer at once, so that no float gets into the state of a run, and never exceed
/// [`LARGEST`](Distribution::LARGEST). Sampling cannot fail: whatever can be wrong is said when a distribution is made.
///
/// ```
/// use swarmbed_sim::engine::distribution::Distribution;
/// use swarmbed_sim::engine::stream::Stream;
///
/// let repair = Distribution::log_normal(54.0 * 60e9, 1.9)?;     // median 54 minutes, with a heavy tail
/// let mut stream = Stream::new(42, "fault.repair", "worker-17");
/// assert_eq!(repair.sample(&mut stream) / 1_000_000_000, 260);    // seconds
/// assert_eq!(repair.quantile(1 << 63), 54 * 60_000_000_000);
///
/// let mistake = Distribution::exponential(-3.0).unwrap_err();
/// assert_eq!(mistake.to_string(), "the mean of an exponential distribution has to be a positive number, not -3");
/// # Ok::<(), swarmbed_sim::engine::distribution::DistributionError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    // Private, so that there is none with parameters that nobody has looked at.
    law: Law,
}

#[derive(Clone, Debug, PartialEq)]
enum Law {
    Constant(u64),
    Uniform { low: u64, high: u64 },
    Exponential { mean: f64 },
    Weibull { shape: f64, scale: f64 },
    LogNormal { median: f64, sigma: f64 },
    Gamma { gamma: Gamma, scale: f64 },
    Hyper(Hyper),
    Pareto { scale: f64, shape: f64 },
    Poisson(Poisson),
    Zipf(Zipf),
    Empirical(Empirical),
    Cdf(Cdf),
    Choice(Choice),
    Bernoulli { chances: u64, of: u64 },
}

impl Distribution {
    /// What larger values are cut to: 500 years in nanoseconds, the longest trial.
    pub const LARGEST: u64 = Span::LONGEST.0;

    /// Always `value`.
    pub fn constant(value: u64) -> Distribution {
        Law::Constant(value).into()
    }

    /// The value, if it is always the same.
    pub fn constant_value(&self) -> Option<u64> {
        match self.law {
            Law::Constant(value) => Some(value),
            _ => None,
        }
    }

    /// Each integer from `low` to `high`, both included, equally likely.
    ///
    /// # Errors
    /// If `low` is above `high`.
    pub fn uniform(low: u64, high: u64) -> Result<Distribution, DistributionError> {
        if low > high {
            return Err(DistributionError::Reversed { low, high });
        }
        Ok(Law::Uniform { low, high }.into())
    }

    /// The time to the next of many independent events, `mean` apart on average.
    ///
    /// # Errors
    /// If `mean` is not positive and finite.
    pub fn exponential(mean: f64) -> Result<Distribution, DistributionError> {
        let mean = positive("the mean of an exponential distribution", mean)?;
        Ok(Law::Exponential { mean }.into())
    }

    /// Lifetimes: a `shape` below 1 for what fails young, above 1 for what wears out, 1 for the exponential distribution.
    /// 63 % are shorter than `scale`.
    ///
    /// # Errors
    /// If `shape` or `scale` is not positive and finite.
    pub fn weibull(shape: f64, scale: f64) -> Result<Distribution, DistributionError> {
        let shape = positive("the shape of a Weibull distribution", shape)?;
        let scale = positive("the scale of a Weibull distribution", scale)?;
        Ok(Law::Weibull { shape, scale }.into())
    }

    /// [`weibull`](Distribution::weibull) by its mean, which is `scale · Γ(1 + 1/shape)`.
    ///
    /// # Errors
    /// If `shape` or `mean` is not positive and finite, or `shape` is so small (below 0.006) that the scale is no number.
    pub fn weibull_with_mean(shape: f64, mean: f64) -> Result<Distribution, DistributionError> {
        let shape = positive("the shape of a Weibull distribution", shape)?;
        let mean = positive("the mean of a Weibull distribution", mean)?;
        let scale = mean / libm::tgamma(1.0 + 1.0 / shape);
        if !scale.is_normal() {
            return Err(DistributionError::WeibullMean { shape, mean });
        }
        Ok(Law::Weibull { shape, scale }.into())
    }

    /// Durations of human and mixed work: half are shorter than `median`, two thirds are within a factor of e^`sigma`.
    ///
    /// # Errors
    /// If `median` is not positive and finite, or `sigma` is negative or not finite.
    pub fn log_normal(median: f64, sigma: f64) -> Result<Distribution, DistributionError> {
        let median = positive("the median of a log-normal distribution", median)?;
        let sigma = not_negative("the sigma of a log-normal distribution", sigma)?;
        Ok(Law::LogNormal { median, sigma }.into())
    }

    /// Lifetimes too: a `shape` below 1 for what fails young, above 1 for what wears out, `k` for the sum of `k` exponential
    /// times. By its mean, which is `shape · scale`.
    ///
    /// # Errors
    /// If `shape` or `mean` is not positive and finite.
    pub fn gamma(shape: f64, mean: f64) -> Result<Distribution, DistributionError> {
        let shape = positive("the shape of a gamma distribution", shape)?;
        let mean = positive("the mean of a gamma distribution", mean)?;
        Ok(Law::Gamma { gamma: Gamma::new(shape), scale: mean / shape }.into())
    }

    /// Work of two kinds, such as what a cache answers and what it does not: exponential times of a mean of `means[0]` with a
    /// probability of `first`, and of `means[1]` otherwise.
    ///
    /// # Errors
    /// If `first` is not between 0 and 1, or a mean is not positive and finite.
    pub fn hyperexponential(first: f64, means: [f64; 2]) -> Result<Distribution, DistributionError> {
        let what = "the mean of a hyperexponential distribution";
        let means = [positive(what, means[0])?, positive(what, means[1])?];
        let first = positive("the probability of the first kind", first)?;
        not_negative("the probability of the second kind", 1.0 - first)?;
        Ok(Law::Hyper(Hyper { first, means }).into())
    }

    /// Sizes with a heavy tail: none is below `scale`, and a fraction `(scale / x)^shape` is above `x`.
    ///
    /// # Errors
    /// If `scale` or `shape` is not positive and finite.
    pub fn pareto(scale: f64, shape: f64) -> Result<Distribution, DistributionError> {
        let scale = positive("the scale of a Pareto distribution", scale)?;
        let shape = positive("the shape of a Pareto distribution", shape)?;
        Ok(Law::Pareto { scale, shape }.into())
    }

    /// How many of many rare independent events happen, of which `mean` are expected. Exact up to a mean of 512; above,
    /// the distribution function is met within 10⁻⁷.
    ///
    /// # Errors
    /// If `mean` is negative or not finite.
    pub fn poisson(mean: f64) -> Result<Distribution, DistributionError> {
        Ok(Law::Poisson(Poisson::new(not_negative("the mean of a Poisson distribution", mean)?)).into())
    }

    /// A rank from 1 to `ranks`, of which rank `k` has a probability proportional to `k^-exponent`.
    ///
    /// # Errors
    /// If `ranks` is zero, or `exponent` is negative or not finite.
    pub fn zipf(ranks: u64, exponent: f64) -> Result<Distribution, DistributionError> {
        if ranks == 0 {
            return Err(DistributionError::Empty { what: "a Zipf distribution" });
        }
        let exponent = not_negative("the exponent of a Zipf distribution", exponent)?;
        Ok(Law::Zipf(Zipf::new(ranks, exponent)).into())
    }

    /// One of the `values`, in any order, each as likely as the others.
    ///
    /// # Errors
    /// If there are none.
    pub fn empirical(values: Vec<u64>) -> Result<Distribution, DistributionError> {
        Ok(Law::Empirical(Empirical::new(values)?).into())
    }

    /// A distribution function through `points` of a value and the fraction that is at most as large, straight between
    /// them. All that lies below the first point has its value.
    ///
    /// # Errors
    /// If there are none, values or fractions fall, or the last fraction is not 1.
    pub fn cdf(points: &[(u64, f64)]) -> Result<Distribution, DistributionError> {
        Ok(Law::Cdf(Cdf::new(points)?).into())
    }

    /// One of the values, each with a weight, in any order.
    ///
    /// # Errors
    /// If there are none, all weights are zero, or their sum does not fit into 64 bits.
    pub fn choice(weighted: Vec<(u64, u64)>) -> Result<Distribution, DistributionError> {
        Ok(Law::Choice(Choice::new(weighted)?).into())
    }

    /// 1 with a probability of `chances` in `of`, otherwise 0.
    ///
    /// # Errors
    /// If `of` is zero or less than `chances`.
    pub fn bernoulli(chances: u64, of: u64) -> Result<Distribution, DistributionError> {
        if of == 0 || chances > of {
            return Err(DistributionError::Ratio { chances, of });
        }
        Ok(Law::Bernoulli { chances, of }.into())
    }

    /// The next value: always exactly one draw from the stream.
    #[inline]
    pub fn sample(&self, stream: &mut Stream) -> u64 {
        self.quantile(stream.next_u64())
    }

    /// The value that this draw of 64 random bits stands for: a fraction of `draw / 2⁶⁴` of all values are smaller.
    pub fn quantile(&self, draw: u64) -> u64 {
        // The fraction above the value, which keeps its precision in the tail that matters: the upper one.
        let above = || open_unit(!draw);
        let value = match &self.law {
            Law::Constant(value) => *value,
            Law::Uniform { low: 0, high: u64::MAX } => draw,
            Law::Uniform { low, high } => low + scale(draw, high - low + 1),
            Law::Exponential { mean } => integer(-mean * libm::log(above())),
            Law::Weibull { shape, scale } => integer(scale * libm::pow(-libm::log(above()), 1.0 / shape)),
            Law::LogNormal { median, sigma } => {
                integer(median * libm::exp(sigma * normal::quantile(open_unit(draw))))
            }
            Law::Gamma { gamma, scale } => integer(scale * gamma.quantile(open_unit(draw), above())),
            Law::Hyper(hyper) => integer(hyper.quantile(above())),
            Law::Pareto { scale, shape } => integer(scale * libm::exp(-libm::log(above()) / shape)),
            Law::Poisson(poisson) => poisson.quantile(draw),
            Law::Zipf(zipf) => zipf.quantile(draw),
            Law::Empirical(empirical) => empirical.quantile(draw),
            Law::Cdf(cdf) => cdf.quantile(draw),
            Law::Choice(choice) => choice.quantile(draw),
            Law::Bernoulli { chances, of } => u64::from(scale(draw, *of) >= of - chances),
        };
        value.min(Distribution::LARGEST)
    }

    /// Whether what has lasted for long is as likely to go on as what has just begun: whether it is exponential.
    pub fn is_memoryless(&self) -> bool {
        matches!(self.law, Law::Exponential { .. })
    }

    /// The mean of the law, before values are rounded and cut. Infinite for a Pareto distribution of shape 1 or less.
    pub fn mean(&self) -> f64 {
        match &self.law {
            Law::Constant(value) => *value as f64,
            Law::Uniform { low, high } => (*low as f64 + *high as f64) / 2.0,
            Law::Exponential { mean } => *mean,
            Law::Weibull { shape, scale } => scale * libm::tgamma(1.0 + 1.0 / shape),
            Law::LogNormal { median, sigma } => median * libm::exp(sigma * sigma / 2.0),
            Law::Gamma { gamma, scale } => scale * gamma.shape(),
            Law::Hyper(hyper) => hyper.mean(),
            Law::Pareto { shape, .. } if *shape <= 1.0 => f64::INFINITY,
            Law::Pareto { scale, shape } => scale * shape / (shape - 1.0),
            Law::Poisson(poisson) => poisson.mean(),
            Law::Zipf(zipf) => zipf.mean(),
            Law::Empirical(empirical) => empirical.mean(),
            Law::Cdf(cdf) => cdf.mean(),
            Law::Choice(choice) => choice.mean(),
            Law::Bernoulli { chances, of } => *chances as f64 / *of as f64,
        }
    }
}

impl From<Law> for Distribution {
    fn from(law: Law) -> Distribution {
        Distribution { law }
    }
}

/// 2⁶⁴: how many draws there are.
const TWO_TO_64: f64 = 18_446_744_073_709_551_616.0;

/// How many of the 2⁶⁴ draws make up this fraction, as nearly as 64 bits can say.
fn threshold(fraction: f64) -> u64 {
    (fraction * TWO_TO_64) as u64
}

/// The nearest integer. The conversion saturates at both ends.
fn integer(x: f64) -> u64 {
    x.round() as u64
}

fn positive(what: &'static str, found: f64) -> Result<f64, DistributionError> {
    if found > 0.0 && found.is_finite() {
        Ok(found)
    } else {
        Err(DistributionError::NotPositive { what, found })
    }
}

fn not_negative(what: &'static str, found: f64) -> Result<f64, DistributionError> {
    if found >= 0.0 && found.is_finite() {
        Ok(found)
    } else {
        Err(DistributionError::Negative { what, found })
    }
}
