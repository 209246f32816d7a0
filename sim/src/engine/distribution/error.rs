//! What can be wrong with the parameters of a distribution.

use thiserror::Error;

/// A user's mistake in the parameters of a distribution, as a sentence without a full stop.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum DistributionError {
    /// Zero, negative, infinite or not a number.
    #[error("{what} has to be a positive number, not {found}")]
    NotPositive {
        /// Which parameter of which distribution.
        what: &'static str,
        /// What was given.
        found: f64,
    },
    /// Negative, infinite or not a number.
    #[error("{what} has to be zero or a positive number, not {found}")]
    Negative {
        /// Which parameter of which distribution.
        what: &'static str,
        /// What was given.
        found: f64,
    },
    /// The lower end lies above the upper one.
    #[error(
        "a uniform distribution from {low} to {high} holds nothing: its lower end has to be the smaller one"
    )]
    Reversed {
        /// The lower end.
        low: u64,
        /// The upper end.
        high: u64,
    },
    /// The gamma function overflows: the mean is more than 10³⁰⁰ times the scale, or the scale is no number.
    #[error(
        "a Weibull distribution of shape {shape} and mean {mean} is out of range: its shape has to be larger"
    )]
    WeibullMean {
        /// The shape.
        shape: f64,
        /// The mean that was asked for.
        mean: f64,
    },
    /// There is nothing to draw from.
    #[error("{what} needs at least one value")]
    Empty {
        /// Which distribution.
        what: &'static str,
    },
    /// All weights are zero, or their sum is too large.
    #[error("the weights of a choice have to add up to a number from 1 to {max}, not {sum}", max = u64::MAX)]
    Weights {
        /// The sum that was given.
        sum: u128,
    },
    /// More than certain, or a part of nothing.
    #[error("a chance of {chances} in {of} is no probability: it has to be at most all of at least one")]
    Ratio {
        /// How many of them.
        chances: u64,
        /// Of how many.
        of: u64,
    },
    /// A point of a cumulative distribution lies outside [0, 1], or below the one before it.
    #[error(
        "point {number} of a cumulative distribution, value {value} at fraction {fraction}, is wrong: \
         fractions lie within 0 and 1, and neither they nor the values fall"
    )]
    CdfPoint {
        /// Which point, counted from 1.
        number: usize,
        /// Its value.
        value: u64,
        /// Its fraction.
        fraction: f64,
    },
    /// A cumulative distribution does not reach 1.
    #[error("a cumulative distribution has to end at fraction 1, not {fraction}")]
    CdfEnd {
        /// The last fraction.
        fraction: f64,
    },
}
