//! `failure_distributions`: what the engine draws, held against the law.

use serde::Deserialize;
use swarmbed_scheduler::stream::Stream;

use crate::quorum::HOUR;
use crate::stats::Estimate;
use crate::stats::special::normal;
use crate::validate::laws::{Drawn, Law};
use crate::validate::{Answer, Case, Means, Row};

/// The answers to a case's rows, all from the same draws.
pub(in crate::validate) fn answer(case: &Case, means: &Means<'_>) -> Vec<Answer> {
    let Drawn { law, draws } = match Drawn::deserialize(&case.params) {
        Ok(drawn) => drawn,
        Err(why) => return case.unsupported(&format!("its params name no law: {why}")),
    };
    // Draws are cheap, and it takes many to know the spread of a heavy tail.
    let draw_count = 2 * case.units(means.budget).max(LEAST);
    let mut stream = Stream::new(1, "validate.failure_distributions", &case.name);
    let mut hours: Vec<f64> = (0..draw_count).map(|_| draws.sample(&mut stream) as f64 / HOUR).collect();
    hours.sort_unstable_by(f64::total_cmp);
    let of = |row: &Row| match row.method.as_str() {
        "simulate" | "derive" if !means.budget.reaches(row) => means.budget.beyond(row),
        _ => of(&row.metric, law, &hours, row.method == "analytic"),
    };
    case.rows.iter().map(of).collect()
}

/// Half of the draws at least.
const LEAST: u64 = 200_000;

fn of(metric: &str, law: Law, hours: &[f64], exactly: bool) -> Answer {
    let at = |prefix: &str, suffix: &str| -> Option<f64> {
        metric.strip_prefix(prefix)?.strip_suffix(suffix)?.parse().ok()
    };
    let estimate = match metric {
        "sd" if exactly => return Answer::Certain(law.mean() * libm::sqrt(law.cv2())),
        "cv2" if exactly => return Answer::Certain(law.cv2()),
        "mean" => Estimate::of_mean(hours),
        "sd" => Estimate::of_sd(hours),
        "cv2" => spread(hours),
        "ks_critical_times_sqrt_n_alpha_0.001_max" => return finite(distance(law, hours)),
        _ => {
            if let Some(times) = at("hazard_at_", "_mean") {
                return finite(law.hazard(times * law.mean()));
            }
            if let Some(times) = at("cdf_at_", "_mean") {
                let limit = times * law.mean();
                let below = hours.partition_point(|hours| *hours <= limit);
                share(below, hours.len())
            } else if let Some(p) = at("quantile_", "") {
                Estimate::of_quantile(hours, p, 1.0)
            } else {
                return Answer::unsupported("nothing of that name is measured");
            }
        }
    };
    Answer::estimated(estimate, "there is no such estimate")
}

/// A number that is known for some laws only.
fn finite(value: f64) -> Answer {
    match value.is_finite() {
        true => Answer::Certain(value),
        false => Answer::unsupported("no formula for it is at hand for this law"),
    }
}

/// The squared ratio of standard deviation to mean; its error by the delta method.
fn spread(hours: &[f64]) -> Option<Estimate> {
    let (mean, sd) = (Estimate::of_mean(hours)?.value, Estimate::of_sd(hours)?.value);
    let ratio = (sd / mean) * (sd / mean);
    let pull = |hours: &f64| {
        let off = hours / mean - 1.0;
        off * off - 2.0 * ratio * off
    };
    let pulls: Vec<f64> = hours.iter().map(pull).collect();
    Some(Estimate { value: ratio, ..Estimate::of_mean(&pulls)? })
}

fn share(part: usize, whole: usize) -> Option<Estimate> {
    let (value, n) = (part as f64 / whole as f64, whole as f64);
    (whole > 1).then(|| Estimate {
        value,
        se: libm::sqrt(value * (1.0 - value) / (n - 1.0)),
        n: whole as u64,
    })
}

/// How far the draws are from the law: √n times the largest distance of the two distribution functions.
fn distance(law: Law, ascending: &[f64]) -> f64 {
    let n = ascending.len() as f64;
    let far = |(i, hours): (usize, &f64)| {
        let below = law.below(*hours);
        (below - i as f64 / n).max((i as f64 + 1.0) / n - below)
    };
    libm::sqrt(n) * ascending.iter().enumerate().map(far).fold(0.0, f64::max)
}

impl Law {
    /// The fraction of values that are at most so many hours.
    fn below(self, hours: f64) -> f64 {
        match self {
            Law::Lognormal { sigma, .. } => normal(libm::log(hours / self.median()) / sigma),
            _ => -libm::expm1(-self.exposure(hours)),
        }
    }

    /// The cumulated hazard of laws that are best known by it.
    fn exposure(self, hours: f64) -> f64 {
        match self {
            Law::Exp { mean } => hours / mean,
            Law::Weibull { shape, mean } => {
                libm::pow(hours / (mean / libm::tgamma(1.0 + 1.0 / shape)), shape)
            }
            Law::Constant { mean } => {
                if hours < mean {
                    0.0
                } else {
                    f64::INFINITY
                }
            }
            Law::Gamma { .. } | Law::Lognormal { .. } => f64::NAN,
        }
    }

    /// How likely what is that old fails in the next instant, in 1/h.
    fn hazard(self, hours: f64) -> f64 {
        match self {
            Law::Exp { mean } => 1.0 / mean,
            Law::Weibull { shape, .. } => shape * self.exposure(hours) / hours,
            Law::Lognormal { sigma, .. } => {
                let z = libm::log(hours / self.median()) / sigma;
                let density = libm::exp(-0.5 * z * z) / libm::sqrt(2.0 * std::f64::consts::PI);
                density / (hours * sigma * normal(-z))
            }
            Law::Gamma { .. } | Law::Constant { .. } => f64::NAN,
        }
    }
}
