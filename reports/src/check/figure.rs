//! A metric's value as a baseline writes it.

use std::fmt;

use crate::metrics::{Value, info};

/// Billionths in one.
const SCALE: u128 = 1_000_000_000;

/// An exact decimal number: billionths of the unit in which the metric is shown. No float, so no NaN either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Figure(u128);

impl Figure {
    /// Of a number such as `13` or `14.913520417`: at most nine digits behind the point, no sign.
    pub fn parse(text: &str) -> Option<Figure> {
        let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(rest) || rest.len() > 9 {
            return None;
        }
        let rest: u128 = format!("{rest:0<9}").parse().ok()?;
        Some(Figure(whole.parse::<u128>().ok()?.checked_mul(SCALE)?.checked_add(rest)?))
    }

    /// How far it is from another.
    pub fn distance(self, other: Figure) -> Figure {
        Figure(self.0.abs_diff(other.0))
    }

    /// So many millionths of it, if that can be told.
    pub fn millionths(self, ppm: u64) -> Option<Figure> {
        Some(Figure(self.0.checked_mul(ppm.into())? / 1_000_000))
    }

    /// The number as a person reads it, with the unit that the metric of that name has.
    pub fn said(self, metric: &str) -> String {
        let unit = info(metric).map_or("1", |m| m.unit.symbol());
        if unit == "1" { self.to_string() } else { format!("{self} {unit}") }
    }

    /// How this one differs from an earlier one: `+3`, `-0.5`, and in percent where the earlier one was not 0.
    pub fn change_from(self, earlier: Figure) -> String {
        let sign = if self < earlier { '-' } else { '+' };
        let by = self.distance(earlier);
        let tenths = by.0.checked_mul(1000).and_then(|n| (n + earlier.0 / 2).checked_div(earlier.0));
        match tenths {
            Some(0) | None => format!("{sign}{by}"),
            Some(tenths) => format!("{sign}{by}, {sign}{}.{} %", tenths / 10, tenths % 10),
        }
    }
}

impl From<Value> for Figure {
    fn from(value: Value) -> Figure {
        Figure(value.amount * (SCALE / value.unit.scale()))
    }
}

impl fmt::Display for Figure {
    /// The whole number, exactly, without trailing zeros.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / SCALE, self.0 % SCALE);
        match rest {
            0 => write!(f, "{whole}"),
            rest => f.write_str(format!("{whole}.{rest:09}").trim_end_matches('0')),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_as_they_were_written() {
        for text in ["0", "13", "14.913520417", "0.000000001", "18446744073709551615"] {
            assert_eq!(Figure::parse(text).map(|f| f.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Figure::parse("1.50"), Figure::parse("1.5"));
        for text in ["", ".5", "1.", "-1", "+1", "1e9", "NaN", "inf", "1.2.3", "1,5", "0.0000000001", "٣"] {
            assert_eq!(Figure::parse(text), None, "{text}");
        }
        assert_eq!(Figure::parse(&"9".repeat(40)), None, "too large to be told");
    }

    #[test]
    fn a_change_is_said_with_its_share() {
        let figure = |text| Figure::parse(text).unwrap();
        assert_eq!(figure("24.6").change_from(figure("24")), "+0.6, +2.5 %");
        assert_eq!(figure("0").change_from(figure("3")), "-3, -100.0 %");
        assert_eq!(figure("3").change_from(figure("0")), "+3");
        assert_eq!(figure("1000001").change_from(figure("1000000")), "+1");
    }
}
