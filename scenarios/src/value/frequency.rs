//! How often something comes, such as `"2/s"`.

use schemars::{Schema, json_schema};
use swarmbed_scheduler::Span;

use super::amount::leading_number;
use super::{Kind, Misread, Raw, shortened};

/// So many in a time, read as the mean time between two: `"2/s"`, `"0.5/m"`.
pub(crate) struct Frequency;

/// Units with their nanoseconds.
const UNITS: [(&str, u64); 4] =
    [("/s", 1_000_000_000), ("/m", 60_000_000_000), ("/h", 3_600_000_000_000), ("/d", 86_400_000_000_000)];

impl Kind for Frequency {
    type Value = Span;
    const NAME: &'static str = "Frequency";
    const WHAT: &'static str = "how many come in a time";
    const EXAMPLE: &'static str = r#""2/s""#;

    fn read(raw: &Raw) -> Result<Span, Misread> {
        let Raw::Text(text) = raw else { return Err(Frequency::misfit(raw)) };
        let shown = shortened(text);
        let wrong = || {
            Misread::new(format!("'{shown}' does not say how many come in a time"))
                .help("write it like this: '2/s'; it may also be /m, /h or /d")
        };
        let (number, unit) = leading_number(text.trim()).ok_or_else(wrong)?;
        let (_, unit) = UNITS.iter().find(|(name, _)| *name == unit.trim_start()).ok_or_else(wrong)?;
        // In billionths, so that less than one in a time can be told.
        let billionths = number.times(1_000_000_000);
        if billionths == 0 {
            return Err(Misread::new(format!("'{shown}' is nothing at all, or next to it")));
        }
        let gap = u128::from(*unit) * 1_000_000_000 / billionths;
        match u64::try_from(gap) {
            Ok(gap @ 1..) => Ok(Span(gap)),
            Ok(_) => Err(Misread::new(format!("'{shown}' is more often than once in a nanosecond"))),
            Err(_) => Err(Misread::new(format!("'{shown}' is less often than once in 500 years"))),
        }
    }

    fn schema() -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^[0-9]+(\.[0-9]+)? */[smhd]$",
            "description": "How many come in a second, minute, hour or day.",
            "examples": ["2/s", "0.5/m"],
            "x-unit": "1/time",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frequency_is_a_mean_gap() {
        let gap = |text: &str| Frequency::read(&Raw::Text(text.to_owned())).map_err(|m| m.message);
        assert_eq!(gap("2/s"), Ok(Span::millis(500)));
        assert_eq!(gap("0.5 /m"), Ok(Span::secs(120)));
        assert_eq!(gap("24/d"), Ok(Span::secs(3600)));
        assert_eq!(gap("2"), Err("'2' does not say how many come in a time".to_owned()));
        assert_eq!(gap("0/s"), Err("'0/s' is nothing at all, or next to it".to_owned()));
        assert!(gap("99999999999/s").is_err() && gap("0.00000000001/d").is_err());
    }
}
