//! Axes whose ticks stand where a person would put them.

use std::ops::Range;

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};

use crate::compare::significant;

/// One axis: where values stand on it, and its ticks with what is written at them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    from: f64,
    to: f64,
    logarithmic: bool,
    ticks: Vec<(f64, String)>,
}

const NANOS: f64 = 1e9;
const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;
const DAY: f64 = 86_400.0;

/// Steps of time that a person counts in, seconds; below and above them come 1, 2 and 5 times powers of ten.
const STEPS: [f64; 17] = [
    1.0,
    2.0,
    5.0,
    10.0,
    15.0,
    30.0,
    MINUTE,
    2.0 * MINUTE,
    5.0 * MINUTE,
    10.0 * MINUTE,
    15.0 * MINUTE,
    30.0 * MINUTE,
    HOUR,
    2.0 * HOUR,
    3.0 * HOUR,
    6.0 * HOUR,
    12.0 * HOUR,
];

/// Where the ticks of a logarithmic axis of time stand, seconds.
const DECADES: [f64; 16] = [
    1e-9,
    1e-8,
    1e-7,
    1e-6,
    1e-5,
    1e-4,
    1e-3,
    1e-2,
    1e-1,
    1.0,
    10.0,
    MINUTE,
    10.0 * MINUTE,
    HOUR,
    10.0 * HOUR,
    4.0 * DAY,
];

impl Axis {
    /// Seconds from 0, with about so many ticks.
    pub(super) fn time(until: f64, about: usize) -> Axis {
        let until = if until > 0.0 { until } else { 1.0 };
        let least = until / about.max(1) as f64;
        let step = if least < 1.0 {
            one_two_five(least)
        } else {
            let days = || one_two_five(least / DAY) * DAY;
            STEPS.into_iter().find(|step| *step >= least).unwrap_or_else(days)
        };
        Axis { from: 0.0, to: until, logarithmic: false, ticks: ticks(0.0, until, step, duration) }
    }

    /// Positive seconds, logarithmic.
    pub(super) fn logarithmic_time(from: f64, to: f64) -> Axis {
        let within = DECADES.into_iter().filter(|tick| (from..=to).contains(tick));
        let ticks = within.map(|tick| (tick, duration(tick))).collect();
        Axis { from, to, logarithmic: true, ticks }
    }

    /// Percents from 0 to a round number that is not less.
    pub(super) fn percent(most: f64) -> Axis {
        let to = round_share(most);
        Axis { from: 0.0, to, logarithmic: false, ticks: ticks(0.0, to, to / 4.0, percents) }
    }

    /// Parts on both sides of 0, in percent with their sign.
    pub(super) fn change(most: f64) -> Axis {
        let label = |share: f64| {
            let sign = if share > 0.0 { "+" } else { "" };
            format!("{sign}{}", percents(share)).replace('-', "\u{2212}")
        };
        let ticks = ticks(-most, most, one_two_five(most / 4.0), label);
        Axis { from: -most, to: most, logarithmic: false, ticks }
    }

    /// Whole things from 0, with about so many ticks.
    pub(super) fn count(most: u64, about: usize) -> Axis {
        let step = one_two_five((most as f64 / about.max(1) as f64).max(1.0));
        let to = libm::ceil(most.max(1) as f64 / step) * step;
        Axis { from: 0.0, to, logarithmic: false, ticks: ticks(0.0, to, step, |n| significant(n, 6)) }
    }

    /// Rows from the top down, without ticks.
    pub(super) fn rows(rows: usize) -> Axis {
        Axis { from: rows.max(1) as f64, to: 0.0, logarithmic: false, ticks: Vec::new() }
    }

    /// What is written at a tick.
    pub(super) fn label(&self, value: f64) -> String {
        self.ticks.iter().find(|(tick, _)| *tick == value).map_or(String::new(), |(_, label)| label.clone())
    }

    /// Where on the axis a value stands: 0 is its beginning and 1 its end.
    pub(super) fn place(&self, value: f64) -> f64 {
        let straight = |value: f64| if self.logarithmic { libm::log10(value) } else { value };
        let (from, to) = (straight(self.from), straight(self.to));
        let place = (straight(value) - from) / (to - from);
        if place.is_nan() { 0.0 } else { place.clamp(0.0, 1.0) }
    }

    /// The value that stands there: the inverse of [`Axis::place`].
    pub(super) fn value(&self, place: f64) -> f64 {
        match self.logarithmic {
            true => {
                let (from, to) = (libm::log10(self.from), libm::log10(self.to));
                libm::pow(10.0, from + place * (to - from))
            }
            false => self.from + place * (self.to - self.from),
        }
    }
}

impl Ranged for Axis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (first, last): (i32, i32)) -> i32 {
        first + libm::round(self.place(*value) * f64::from(last - first)) as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // Fine lines between the ticks would say nothing more.
        if hint.weight().allow_light_points() {
            return Vec::new();
        }
        self.ticks.iter().map(|(tick, _)| *tick).collect()
    }

    fn range(&self) -> Range<f64> {
        self.from..self.to
    }
}

/// A share that is all there is, or a round part of it, and not less. Where there is nothing, all there is.
pub(super) fn round_share(most: f64) -> f64 {
    let parts = if most > 0.0 { &[0.01, 0.02, 0.04, 0.1, 0.2, 0.4, 1.0][..] } else { &[1.0] };
    parts.iter().copied().find(|part| *part >= most).unwrap_or_else(|| one_two_five(most))
}

/// `12.5 %`.
pub(super) fn percents(share: f64) -> String {
    format!("{} %", significant(100.0 * share, 3))
}

/// The first of 1, 2, 5, 10, 20, … and of their tenths, hundredths and so on that is not less.
fn one_two_five(least: f64) -> f64 {
    let power = libm::pow(10.0, libm::floor(libm::log10(least.max(1e-12))));
    let enough = |step: &f64| *step >= least * (1.0 - 1e-9);
    [power, 2.0 * power, 5.0 * power].into_iter().find(enough).unwrap_or(10.0 * power)
}

fn ticks(from: f64, to: f64, step: f64, label: impl Fn(f64) -> String) -> Vec<(f64, String)> {
    let first = libm::ceil(from / step - 1e-9) as i64;
    let last = libm::floor(to / step + 1e-9) as i64;
    (first..=last).map(|i| i as f64 * step).map(|tick| (tick, label(tick))).collect()
}

/// A time as the axis says it: `0`, `250ms`, `30s`, `1m30s`, `2h`, `1d`.
pub(super) fn duration(seconds: f64) -> String {
    let nanos = libm::round(seconds * NANOS);
    if nanos == 0.0 {
        return "0".to_owned();
    }
    if seconds < 1.0 {
        let units = [(1e6, "ms"), (1e3, "µs"), (1.0, "ns")];
        let (unit, name) = units.into_iter().find(|(unit, _)| nanos >= *unit).unwrap_or((1.0, "ns"));
        return format!("{}{name}", significant(nanos / unit, 3));
    }
    let whole = [(DAY, "d"), (HOUR, "h"), (MINUTE, "m")];
    let mut rest = nanos / NANOS;
    let mut text = String::new();
    for (unit, name) in whole {
        let n = libm::floor(rest / unit);
        if n > 0.0 {
            text.push_str(&format!("{n}{name}"));
            rest -= n * unit;
        }
    }
    if rest > 0.0 {
        text.push_str(&format!("{}s", significant(rest, 3)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> String {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ticks_stand_where_a_person_would_put_them() {
        assert_eq!(labels(&Axis::time(1800.0, 8)), "0 5m 10m 15m 20m 25m 30m");
        assert_eq!(labels(&Axis::time(14_400.0, 8)), "0 30m 1h 1h30m 2h 2h30m 3h 3h30m 4h");
        assert_eq!(labels(&Axis::time(0.8, 4)), "0 200ms 400ms 600ms 800ms");
        assert_eq!(labels(&Axis::time(500.0 * 365.0 * DAY, 4)), "0 50000d 100000d 150000d");
        assert_eq!(labels(&Axis::time(0.0, 4)), "0 500ms 1s", "an empty run has an axis too");
        assert_eq!(labels(&Axis::logarithmic_time(0.05, 700.0)), "100ms 1s 10s 1m 10m");
        assert_eq!(labels(&Axis::percent(0.41)), "0 % 25 % 50 % 75 % 100 %");
        assert_eq!(labels(&Axis::percent(0.39)), "0 % 10 % 20 % 30 % 40 %");
        assert_eq!(labels(&Axis::percent(1.3)), "0 % 50 % 100 % 150 % 200 %");
        assert_eq!(labels(&Axis::change(0.5)), "−40 % −20 % 0 % +20 % +40 %");
        assert_eq!(labels(&Axis::count(0, 4)), "0 1");
        assert_eq!(labels(&Axis::count(13, 4)), "0 5 10 15");
    }

    #[test]
    fn places_and_values_are_inverse_and_within() {
        for axis in [Axis::time(90.0, 5), Axis::logarithmic_time(0.01, 100.0), Axis::rows(7)] {
            for place in [0.0, 0.25, 1.0] {
                assert!((axis.place(axis.value(place)) - place).abs() < 1e-12);
            }
        }
        let axis = Axis::logarithmic_time(0.01, 100.0);
        assert_eq!((axis.place(0.0), axis.place(1e9), axis.place(f64::NAN)), (0.0, 1.0, 0.0));
        assert_eq!(axis.map(&1.0, (100, 500)), 300);
    }
}
