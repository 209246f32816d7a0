//! `output_vectors.json`: lists of numbers, and the statistics that they have by an independent implementation.
//!
//! Each statistic is one row. They have to agree to 10⁻⁹ of their size, counts exactly; where resampling is by chance,
//! to the stated 3 % of the interval's width.

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use swarmbed_scheduler::stream::Stream;

use crate::stats::{self, Difference, Interval, Moments};

/// One statistic.
#[derive(Clone, Debug)]
pub struct Found {
    /// Which record, from 0, of which test.
    pub record: String,
    /// Which statistic.
    pub name: String,
    /// What it should be.
    pub expected: Json,
    /// What it is; nothing if there is no such statistic here.
    pub found: Option<Json>,
    /// Whether they agree.
    pub agrees: bool,
}

#[derive(Deserialize)]
struct Record {
    test: String,
    expect: Map<String, Json>,
    #[serde(default)]
    data: Vec<f64>,
    #[serde(default)]
    a: Vec<f64>,
    #[serde(default)]
    b: Vec<f64>,
    #[serde(default)]
    up: Vec<f64>,
    #[serde(default)]
    down: Vec<f64>,
    #[serde(default)]
    batches: usize,
    #[serde(default)]
    k: u64,
    #[serde(default)]
    n: u64,
    #[serde(default)]
    n0: u64,
    #[serde(default)]
    p: f64,
    #[serde(default)]
    relative_half_width: f64,
}

/// Facts about the process that the data came from, and not about the data.
const NOT_OF_THE_DATA: [&str; 2] = ["true_mean", "true_asymptotic_sd"];
/// How many resamples the chance of a bootstrap takes.
const RESAMPLES: usize = 200_000;

/// Every statistic of every record.
///
/// # Errors
/// What is wrong with the text.
pub fn check(text: &str) -> Result<Vec<Found>, String> {
    let records: Vec<Record> = serde_json::from_str(text).map_err(|e| e.to_string())?;
    Ok(records.iter().enumerate().flat_map(|(i, record)| rows(i, record)).collect())
}

fn rows(i: usize, record: &Record) -> Vec<Found> {
    let found = statistics(record).unwrap_or_default();
    let asked = record.expect.iter().filter(|(name, _)| !NOT_OF_THE_DATA.contains(&name.as_str()));
    let row = |(name, expected): (&String, &Json)| {
        let found = found.get(name).cloned();
        let tolerance = tolerance(record, expected);
        let agrees = found.as_ref().is_some_and(|found| agree(expected, found, tolerance));
        let record = format!("{i} {}", record.test);
        Found { record, name: name.clone(), expected: expected.clone(), found, agrees }
    };
    asked.map(row).collect()
}

/// An absolute tolerance beside the relative one.
fn tolerance(record: &Record, expected: &Json) -> f64 {
    match (record.test.as_str(), pair(expected)) {
        ("bootstrap_bca", Some((low, high))) => 0.03 * (high - low),
        _ => 1e-12,
    }
}

fn pair(json: &Json) -> Option<(f64, f64)> {
    Some((json.get(0)?.as_f64()?, json.get(1)?.as_f64()?))
}

fn agree(expected: &Json, found: &Json, tolerance: f64) -> bool {
    match (expected, found) {
        (Json::Array(expected), Json::Array(found)) => {
            expected.len() == found.len() && expected.iter().zip(found).all(|(e, f)| agree(e, f, tolerance))
        }
        (Json::Number(e), Json::Number(f)) if e.is_u64() || f.is_u64() => {
            // A count, or a float that happens to be whole.
            e.as_f64().zip(f.as_f64()).is_some_and(|(e, f)| (e - f).abs() <= tolerance)
        }
        (Json::Number(e), Json::Number(f)) => {
            let near = |(e, f): (f64, f64)| (e - f).abs() <= tolerance.max(1e-9 * e.abs());
            e.as_f64().zip(f.as_f64()).is_some_and(near)
        }
        _ => expected == found,
    }
}

fn range(interval: Interval) -> Json {
    json!([interval.low, interval.high])
}

fn moments(values: &[f64]) -> Moments {
    values.iter().copied().collect()
}

/// What our statistics say of a record, under the names that it expects them by.
fn statistics(r: &Record) -> Option<Map<String, Json>> {
    let found = match r.test.as_str() {
        "t_intervals" => intervals(r)?,
        "mser5" => {
            let found = stats::mser5(&r.data)?;
            json!({ "delete_first": found.delete, "statistic": found.statistic, "truncated_mean": found.mean })
        }
        "batch_means" => {
            let found = stats::batch_means(&r.data, r.batches, 0.95)?;
            json!({ "ci95": range(found.interval), "batch_sd": found.sd, "von_neumann_ratio": found.von_neumann })
        }
        "bootstrap_mean_exact" => {
            let found = stats::every_resample(&r.data, 0.95)?;
            json!({ "resamples": found.resamples, "percentile95": range(found.interval), "se": found.standard_error })
        }
        "bootstrap_bca" => {
            let mut stream = Stream::new(1, "validate.output_vectors", "bca");
            json!({ "ci95": range(stats::bca(&r.data, 0.95, RESAMPLES, &mut stream)?) })
        }
        "sequential_stopping" => {
            let found = stats::stopping(&r.data, r.relative_half_width, r.n0, 0.95)?;
            json!({ "stop_n": found.n, "mean": found.mean, "ci95": range(found.interval) })
        }
        "proportion" => {
            let (wilson, exact) = (stats::wilson(r.k, r.n, 0.95)?, stats::clopper_pearson(r.k, r.n, 0.95)?);
            json!({ "wilson95": range(wilson), "clopper_pearson95": range(exact) })
        }
        "quantile_order_statistic_ci" => {
            let mut ascending = r.data.clone();
            ascending.sort_by(f64::total_cmp);
            let found = stats::quantile_range(&ascending, r.p, 0.95);
            json!({
                "estimate_type7": stats::quantile(&ascending, r.p)?,
                "lower_rank": found.lower_rank,
                "upper_rank": found.upper_rank,
                "ci": [found.low, found.high],
                "coverage": found.coverage,
            })
        }
        "regenerative_ratio" => {
            let cycles: Vec<_> = r.up.iter().zip(&r.down).map(|(up, down)| (*up, up + down)).collect();
            let (ratio, interval) = stats::ratio_interval(&cycles, 0.95)?;
            json!({ "availability": ratio, "ci95": range(interval) })
        }
        _ => return None,
    };
    found.as_object().cloned()
}

fn intervals(r: &Record) -> Option<Json> {
    let (a, b) = (moments(&r.a), moments(&r.b));
    let differences: Moments = r.a.iter().zip(&r.b).map(|(a, b)| a - b).collect();
    let (paired, welch) = (Difference::paired(&differences)?, Difference::welch(&a, &b)?);
    Some(json!({
        "mean": a.mean()?,
        "sd": a.sd()?,
        "ci95": range(Interval::of_mean(&a, 0.95)?),
        "ci99": range(Interval::of_mean(&a, 0.99)?),
        "paired_diff": paired.mean,
        "paired_ci95": range(paired.interval(0.95)),
        "welch_ci95": range(welch.interval(0.95)),
        "crn_variance_ratio": differences.variance()? / (a.variance()? + b.variance()?),
    }))
}
