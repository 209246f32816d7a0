//! Laws of time as params name them, in hours.

use serde::Deserialize;
use swarmbed_sim::engine::distribution::{Distribution, DistributionError};

use crate::quorum::HOUR;

/// A law and its numbers.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(tag = "dist", rename_all = "lowercase")]
pub(super) enum Law {
    Exp {
        mean: f64,
    },
    Weibull {
        shape: f64,
        mean: f64,
    },
    Gamma {
        shape: f64,
        mean: f64,
    },
    /// By its median or its mean.
    Lognormal {
        sigma: f64,
        median: Option<f64>,
        mean: Option<f64>,
    },
    #[serde(alias = "const")]
    Constant {
        mean: f64,
    },
}

/// A law that the engine can draw from.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Law")]
pub(super) struct Drawn {
    /// The law.
    pub(super) law: Law,
    /// The same as the engine draws from it, in nanoseconds.
    pub(super) draws: Distribution,
}

impl TryFrom<Law> for Drawn {
    type Error = DistributionError;

    fn try_from(law: Law) -> Result<Drawn, DistributionError> {
        Ok(Drawn { law, draws: law.draws()? })
    }
}

impl Law {
    /// The law as the engine draws from it, in nanoseconds.
    fn draws(self) -> Result<Distribution, DistributionError> {
        match self {
            Law::Exp { mean } => Distribution::exponential(mean * HOUR),
            Law::Weibull { shape, mean } => Distribution::weibull_with_mean(shape, mean * HOUR),
            Law::Gamma { shape, mean } => Distribution::gamma(shape, mean * HOUR),
            Law::Lognormal { sigma, .. } => Distribution::log_normal(self.median() * HOUR, sigma),
            Law::Constant { mean } => Ok(Distribution::constant((mean * HOUR).round() as u64)),
        }
    }

    /// The median of a log-normal law, in hours; not a number if neither it nor the mean is given.
    pub(super) fn median(self) -> f64 {
        match self {
            Law::Lognormal { median: Some(median), .. } => median,
            Law::Lognormal { sigma, mean: Some(mean), .. } => mean * libm::exp(-0.5 * sigma * sigma),
            _ => f64::NAN,
        }
    }

    /// The mean, in hours.
    pub(super) fn mean(self) -> f64 {
        match self {
            Law::Exp { mean } | Law::Constant { mean } => mean,
            Law::Weibull { mean, .. } | Law::Gamma { mean, .. } => mean,
            Law::Lognormal { sigma, .. } => self.median() * libm::exp(0.5 * sigma * sigma),
        }
    }

    /// The squared ratio of its standard deviation to its mean.
    pub(super) fn cv2(self) -> f64 {
        match self {
            Law::Exp { .. } => 1.0,
            Law::Constant { .. } => 0.0,
            Law::Gamma { shape, .. } => 1.0 / shape,
            Law::Lognormal { sigma, .. } => libm::expm1(sigma * sigma),
            Law::Weibull { shape, .. } => {
                let gamma = |n: f64| libm::tgamma(1.0 + n / shape);
                gamma(2.0) / (gamma(1.0) * gamma(1.0)) - 1.0
            }
        }
    }
}
