//! Whether an answer agrees with its row: the rules of the tables.

use super::{Answer, Row};
use crate::stats::special::normal;
use crate::stats::student_quantile;

/// How an answer lies to what was expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// Whether it is near enough.
    pub agrees: bool,
    /// How far off: in standard errors where there are any, else as a part of the value.
    pub off: f64,
    /// What is wrong, if anything is.
    pub why: Option<String>,
}

/// How many standard errors an honest answer may be off; some 3,000 rows are judged at once.
const SIGMAS: f64 = 4.5;
/// A standard error takes at least so many units.
pub(super) const LEAST: u64 = 50;

/// Judges an answer; nothing if there is none.
pub(super) fn judge(row: &Row, answer: &Answer) -> Option<Agreement> {
    let expected: Option<f64> = row.value.parse().ok();
    match (answer, expected) {
        (Answer::Skipped(_), _) => None,
        (Answer::Listed(found), _) => Some(listed(row, found)),
        (Answer::Named(found), _) => {
            let agrees = *found == row.value;
            let why = (!agrees).then(|| format!("{found} is not {}", row.value));
            Some(Agreement { agrees, off: 0.0, why })
        }
        (Answer::Simulated { value, se, n }, Some(expected)) => {
            Some(estimate(row, expected, (*value, *se, *n)))
        }
        (Answer::Certain(value), Some(expected)) => Some(certain(row, expected, *value)),
        (_, None) => Some(Agreement {
            agrees: false,
            off: 0.0,
            why: Some(format!("expected the label {}, found a number", row.value)),
        }),
    }
}

fn estimate(row: &Row, expected: f64, (value, se, n): (f64, f64, u64)) -> Agreement {
    let oracle = row.oracle_se.unwrap_or(0.0);
    let total = libm::hypot(se, oracle);
    let floor = row.rel_floor.unwrap_or(0.0) * expected.abs();
    let off = if total > 0.0 { (value - expected) / total } else { 0.0 };
    let cap = cap(row, expected);
    let why = if n < LEAST || se <= 0.0 {
        Some(format!("{n} units with a standard error of {se} are too few to judge"))
    } else if se > cap * 1.0001 {
        Some(format!("the standard error is {se:.3e}, at most {cap:.3e} would do"))
    } else if (value - expected).abs() > limit(se, oracle, n) * total + floor {
        Some(format!("{value} is too far from {expected}"))
    } else {
        None
    };
    Agreement { agrees: why.is_none(), off, why }
}

/// The largest standard error to judge by.
pub(super) fn cap(row: &Row, expected: f64) -> f64 {
    match (row.asy_sd, row.n_need) {
        (Some(sd), Some(need)) if sd > 0.0 && need > 0.0 => 2.0 * sd / libm::sqrt(need),
        _ => 0.02 * expected.abs(),
    }
}

/// As many standard errors as are as unlikely under Student's law as 4.5 under the normal one. An oracle's own error
/// has no degrees of freedom to spare.
fn limit(se: f64, oracle: f64, n: u64) -> f64 {
    let total = libm::hypot(se, oracle);
    let df = libm::pow(total / se, 4.0) * (n - 1) as f64;
    if df > 1e5 { SIGMAS } else { -student_quantile(normal(-SIGMAS), df) }
}

/// A list has to be the same, but for white space.
fn listed(row: &Row, found: &[u64]) -> Agreement {
    let expected: String = row.value.chars().filter(|c| !c.is_whitespace()).collect();
    let found = list(found);
    let why = (found != expected).then(|| format!("{found} is not {expected}"));
    Agreement { agrees: why.is_none(), off: 0.0, why }
}

/// Whole numbers as the tables write them.
pub(super) fn list(numbers: &[u64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
    format!("[{}]", numbers.join(","))
}

fn certain(row: &Row, expected: f64, value: f64) -> Agreement {
    let floor = row.rel_floor.unwrap_or(0.0);
    let allowed = match row.kind.as_str() {
        "integer" => 0.0,
        "deterministic" => (floor * expected.abs()).max(1e-9 * expected.abs().max(1e-3)),
        "approx" => floor * expected.abs() + 1e-9 * expected.abs(),
        _ => floor * expected.abs() + SIGMAS * row.oracle_se.unwrap_or(0.0) + 1e-6 * expected.abs(),
    };
    let agrees = match row.kind.as_str() {
        "bound" if row.metric.ends_with("_min") => value >= expected - 1e-9,
        "bound" => value <= expected + 1e-9,
        _ => (value - expected).abs() <= allowed,
    };
    let off = if expected == 0.0 { value } else { value / expected - 1.0 };
    let why = (!agrees).then(|| format!("{value} is not {expected}"));
    Agreement { agrees, off, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: &str, value: &str) -> Row {
        Row {
            table: "t".into(),
            case: "c".into(),
            params: "{}".into(),
            metric: "m".into(),
            value: value.into(),
            kind: kind.into(),
            oracle_se: None,
            asy_sd: Some(1.0),
            n_need: Some(10_000.0),
            rel_floor: None,
            method: "simulate".into(),
            budget: "cheap".into(),
        }
    }

    fn agrees(row: &Row, answer: &Answer) -> bool {
        judge(row, answer).unwrap().agrees
    }

    #[test]
    fn noisy_few_and_far_answers_do_not_agree() {
        let simulated = |value, se, n| Answer::Simulated { value, se, n };
        let exact = row("exact", "1");
        assert!(agrees(&exact, &simulated(1.04, 0.01, 10_000)));
        assert!(!agrees(&exact, &simulated(1.05, 0.01, 10_000)), "five standard errors");
        assert!(agrees(&exact, &simulated(1.048, 0.01, 50)), "fifty units are less sure of their error");
        assert!(!agrees(&exact, &simulated(1.0, 0.03, 10_000)), "noisy");
        assert!(!agrees(&exact, &simulated(1.0, 0.01, 49)), "few");
        assert!(!agrees(&exact, &simulated(1.0, 0.0, 10_000)), "without an error");
    }

    #[test]
    fn certain_answers_are_held_to_the_digit() {
        assert!(agrees(&row("integer", "12"), &Answer::Certain(12.0)));
        assert!(!agrees(&row("integer", "12"), &Answer::Certain(13.0)));
        assert!(!agrees(&row("deterministic", "1"), &Answer::Certain(1.000_001)));
        assert!(agrees(&row("bound", "1.7"), &Answer::Certain(1.2)));
        assert!(!agrees(&row("integer", "cpu"), &Answer::Certain(13.0)));
        assert!(agrees(&row("integer", "[1, 2]"), &Answer::Listed(vec![1, 2])));
        assert!(!agrees(&row("integer", "[1,2]"), &Answer::Listed(vec![2, 1])));
        assert!(!agrees(&row("integer", "1"), &Answer::Listed(vec![1])));
        assert_eq!(judge(&row("exact", "1"), &Answer::too_costly("")), None);
    }
}
