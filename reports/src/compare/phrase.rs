//! How numbers and differences are said.

use super::{Contrast, Row, Verdict};
use crate::metrics::Unit;
use crate::words::number;

/// Beyond this part of the base's mean, percents say nothing any more.
const MOST_PERCENT: f64 = 999.5;
/// Nobody would run more trials than this.
const MOST_TRIALS: u64 = 100_000;

/// A mean in its unit: `23.52 s`. Seconds of replicas and nodes are seconds: the metric's name says whose.
pub(super) fn amount(value: f64, unit: Unit) -> String {
    format!("{}{}", significant(value, 4), symbol(unit))
}

/// What stands behind a number.
const fn symbol(unit: Unit) -> &'static str {
    match unit {
        Unit::Count | Unit::Tasks | Unit::Ratio => "",
        Unit::Cpus => " CPU",
        Unit::Seconds | Unit::ReplicaSeconds | Unit::NodeSeconds => " s",
    }
}

/// What the difference is: `4.1 % ± 0.6 longer`, or in the metric's unit where the base's mean is nothing to measure by.
pub(super) fn change(row: &Row, contrast: &Contrast) -> Option<String> {
    let difference = contrast.difference?;
    let half = contrast.interval.map(|interval| interval.half());
    let way = way(row.unit, difference > 0.0);
    let base = contrast.base.unwrap_or(0.0).abs();
    let part = 100.0 / base;
    if base > 0.0 && difference.abs() * part < MOST_PERCENT {
        return Some(format!("{} {way}", with_margin(difference.abs() * part, half.map(|h| h * part), " %")));
    }
    Some(format!("{} {way}", with_margin(difference.abs(), half, symbol(row.unit))))
}

fn way(unit: Unit, is_more: bool) -> &'static str {
    match (unit, is_more) {
        (Unit::Seconds, true) => "longer",
        (Unit::Seconds, false) => "shorter",
        (Unit::Count | Unit::Tasks, false) => "fewer",
        (_, true) => "more",
        (_, false) => "less",
    }
}

/// `4.1 % ± 0.6`, with as many digits as the margin has sense for; without a margin where there is none.
fn with_margin(value: f64, half: Option<f64>, unit: &str) -> String {
    match half.filter(|half| *half > 0.0) {
        None => format!("{}{unit}", significant(value, 3)),
        Some(half) => {
            let decimals = (-libm::floor(libm::log10(half))).clamp(0.0, 6.0) as usize;
            format!("{value:.decimals$}{unit} ± {half:.decimals$}")
        }
    }
}

/// That many significant digits, no zeros behind the point, thousands set apart.
pub(crate) fn significant(value: f64, digits: i32) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = libm::floor(libm::log10(value.abs())) as i32;
    let decimals = (digits - 1 - size).clamp(0, 9) as usize;
    let text = format!("{:.decimals$}", value.abs());
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole.parse::<u64>().map_or_else(|_| whole.to_owned(), number);
    let rest = rest.trim_end_matches('0');
    let sign = if value < 0.0 { "-" } else { "" };
    if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

/// The verdict with what it rests on.
pub(crate) fn verdict(row: &Row, contrast: &Contrast, trials: u64) -> String {
    let change = change(row, contrast).unwrap_or_default();
    let said = match contrast.verdict {
        Verdict::Better | Verdict::Worse => format!("{}: {change}", contrast.verdict.words()),
        Verdict::More | Verdict::Less => change,
        Verdict::NoneShown => match bound(contrast) {
            Some(bound) => format!("no difference shown: at most {} %", significant(bound, 2)),
            None => "no difference shown".to_owned(),
        },
        Verdict::TooFew { more } => format!("too few trials: {}", more_trials(more)),
        Verdict::Same | Verdict::Absent => contrast.verdict.words().to_owned(),
    };
    if contrast.pairs > 0 && contrast.pairs < trials {
        return format!("{said} (in {} of {} trials)", number(contrast.pairs), number(trials));
    }
    said
}

pub(super) fn more_trials(more: Option<u64>) -> String {
    match more.filter(|n| *n <= MOST_TRIALS) {
        Some(n) => format!("about {} more", number(rough(n))),
        None => format!("over {} more", number(MOST_TRIALS)),
    }
}

/// Two digits of a number that is good for one, rounded up.
fn rough(n: u64) -> u64 {
    let step = 10_u64.pow((n.max(1).ilog10()).saturating_sub(1));
    n.div_ceil(step) * step
}

/// The largest difference that the interval leaves room for, in percent of the base's mean.
fn bound(contrast: &Contrast) -> Option<f64> {
    let (interval, base) = (contrast.interval?, contrast.base?.abs());
    (base > 0.0).then(|| 100.0 * interval.low.abs().max(interval.high.abs()) / base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_that_say_something() {
        assert_eq!(significant(23.524_9, 4), "23.52");
        assert_eq!(significant(1_234_567.8, 4), "1,234,568");
        assert_eq!(significant(-0.001_234_56, 4), "-0.001235");
        assert_eq!(significant(8.0, 4), "8");
        assert_eq!(with_margin(4.123, Some(0.61), " %"), "4.1 % ± 0.6");
        assert_eq!(with_margin(412.3, Some(61.0), " %"), "412 % ± 61");
        assert_eq!(with_margin(0.041_23, Some(0.006), " s"), "0.041 s ± 0.006");
        assert_eq!(with_margin(900.0, Some(0.0), " %"), "900 %");
        assert_eq!((rough(7), rough(43), rough(1234)), (7, 43, 1300));
        assert_eq!(more_trials(None), "over 100,000 more");
    }
}
