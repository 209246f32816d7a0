//! Spans of time, such as `"1h30m"`.

use schemars::{Schema, json_schema};
use swarmbed_scheduler::Span;

use super::amount::leading_number;
use super::{Kind, Misread, Raw, shortened};
use crate::trouble::nearest;

/// A span of time: `"5s"`, `"1h30m"`, `"0.5ms"`.
pub(crate) struct TimeSpan;

/// Units in descending order, with their nanoseconds.
const UNITS: [(&str, u64); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

impl Kind for TimeSpan {
    type Value = Span;
    const NAME: &'static str = "TimeSpan";
    const WHAT: &'static str = "a time span";
    const EXAMPLE: &'static str = r#""5s""#;

    fn read(raw: &Raw) -> Result<Span, Misread> {
        match raw {
            Raw::Text(text) => parse(text.trim()),
            Raw::Integer(number @ 0..) => {
                Err(Misread::new(format!("the number {number} has no unit of time"))
                    .help(format!("write '{number}s' if seconds are meant; units are {}", unit_names())))
            }
            other => Err(TimeSpan::misfit(other)),
        }
    }

    fn schema() -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^ *([0-9]+(\.[0-9]+)?(d|h|m|s|ms|us|ns) *)+$",
            "description": "A span of time with its unit: ns, us, ms, s, m, h or d, the larger ones first, as in 1h30m.",
            "examples": ["5s", "1h30m", "250ms"],
            "x-unit": "time",
        })
    }
}

/// A length of time, or until nothing happens any more.
pub(crate) struct Duration;

impl Kind for Duration {
    /// `None` until nothing happens any more.
    type Value = Option<Span>;
    const NAME: &'static str = "Duration";
    const WHAT: &'static str = "a time span or 'until settled'";
    const EXAMPLE: &'static str = r#""30m""#;

    fn read(raw: &Raw) -> Result<Option<Span>, Misread> {
        match raw {
            Raw::Text(text) if text.trim() == UNTIL_SETTLED => Ok(None),
            Raw::Text(text) if nearest(text, [UNTIL_SETTLED]).is_some() => {
                Err(Misread::new(format!("'{}' is not a time span", shortened(text)))
                    .help(format!("did you mean '{UNTIL_SETTLED}'?")))
            }
            other => match TimeSpan::read(other)? {
                Span::ZERO => Err(Misread::new("a run of 0s has no time for anything")),
                span => Ok(Some(span)),
            },
        }
    }

    fn schema() -> Schema {
        json_schema!({ "oneOf": [TimeSpan::schema(), { "const": UNTIL_SETTLED }], "x-unit": "time" })
    }
}

const UNTIL_SETTLED: &str = "until settled";

fn parse(text: &str) -> Result<Span, Misread> {
    if text.starts_with('-') {
        return Err(Misread::new(format!("the time span '{}' is negative", shortened(text))));
    }
    let (mut rest, mut nanos, mut allowed) = (text, 0u128, &UNITS[..]);
    loop {
        let (number, after) = leading_number(rest).ok_or_else(|| unreadable(text))?;
        let after = after.trim_start();
        let end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let place = allowed.iter().position(|&(name, _)| name == unit).ok_or_else(|| bad_unit(text, unit))?;
        nanos = nanos.saturating_add(number.times(u128::from(allowed[place].1)));
        allowed = &allowed[place + 1..];
        rest = after.trim_start();
        if rest.is_empty() {
            break;
        }
    }
    match u64::try_from(nanos) {
        Ok(nanos) if Span(nanos) <= Span::LONGEST => Ok(Span(nanos)),
        _ => Err(Misread::new(format!("'{}' is longer than the longest run, 500 years", shortened(text)))),
    }
}

fn unreadable(text: &str) -> Misread {
    Misread::new(format!("'{}' is not a time span", shortened(text)))
        .help(format!("write a number and a unit, such as '5s' or '1h30m'; units are {}", unit_names()))
}

fn bad_unit(text: &str, unit: &str) -> Misread {
    let shown = shortened(text);
    if unit.is_empty() {
        return Misread::new(format!("the time span '{shown}' has no unit"))
            .help(format!("write '{shown}s' if seconds are meant; units are {}", unit_names()));
    }
    if UNITS.iter().any(|&(name, _)| name == unit) {
        return Misread::new(format!("the units of '{shown}' are out of order"))
            .help("each unit stands once, the larger ones first, as in '1h30m'");
    }
    let meant = nearest(unit, UNITS.map(|(name, _)| name)).map(|near| format!("did you mean '{near}'? "));
    Misread::new(format!("'{}' in '{shown}' is not a unit of time", shortened(unit))).help(format!(
        "{}units are {}",
        meant.unwrap_or_default(),
        unit_names()
    ))
}

fn unit_names() -> String {
    UNITS.map(|(name, _)| name).join(", ")
}

/// A span as it would be written in a file, exactly: `1h30m`, `1.5ms`.
pub(crate) fn written(span: Span) -> String {
    let (mut rest, mut text) = (span.nanos(), String::new());
    for (unit, size) in UNITS {
        // From seconds on nobody adds up units; the rest becomes decimals.
        if size <= 1_000_000_000 && rest >= size {
            let decimals = format!("{:09}", u128::from(rest % size) * 1_000_000_000 / u128::from(size));
            let point = if rest % size > 0 { "." } else { "" };
            return format!("{text}{}{point}{}{unit}", rest / size, decimals.trim_end_matches('0'));
        }
        if rest >= size {
            text.push_str(&format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<u64, String> {
        TimeSpan::read(&Raw::Text(text.to_owned())).map(Span::nanos).map_err(|misread| misread.message)
    }

    #[test]
    fn spans_are_read_exactly() {
        assert_eq!(read("5s"), Ok(5_000_000_000));
        assert_eq!(read("1h30m"), Ok(5_400_000_000_000));
        assert_eq!(read(" 1h 30m "), Ok(5_400_000_000_000));
        assert_eq!(read("0.1s"), Ok(100_000_000));
        assert_eq!(read("2.5us"), Ok(2_500));
        assert_eq!(read("0s"), Ok(0));
        assert_eq!(read("182500d"), Ok(Span::LONGEST.nanos()));
    }

    #[test]
    fn mistakes_are_named() {
        let says = |text, message: &str| assert_eq!(read(text), Err(message.to_owned()));
        says("5", "the time span '5' has no unit");
        says("", "'' is not a time span");
        says("soon", "'soon' is not a time span");
        says("-5s", "the time span '-5s' is negative");
        says("5sec", "'sec' in '5sec' is not a unit of time");
        says("30m1h", "the units of '30m1h' are out of order");
        says("5s5s", "the units of '5s5s' are out of order");
        says("182501d", "'182501d' is longer than the longest run, 500 years");
        says(&"9".repeat(50), &format!("the time span '{}' has no unit", "9".repeat(50)));
    }

    #[test]
    fn spans_are_written_as_they_are_read() {
        assert_eq!(written(Span::micros(1_500)), "1.5ms");
        assert_eq!(written(Span::secs(5_400)), "1h30m");
        for span in [Span::ZERO, Span(1), Span::millis(1_500), Span::secs(5_400), Span::LONGEST] {
            assert_eq!(read(&written(span)), Ok(span.nanos()));
        }
    }
}
