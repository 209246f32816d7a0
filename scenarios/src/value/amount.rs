//! Amounts of memory, CPU and bandwidth, and shares, read exactly: no float comes near them.

use schemars::{Schema, json_schema};

use super::{Kind, Misread, Raw, shortened};
use crate::trouble::nearest;

/// A decimal number that is not negative: `mantissa / 10^places`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Decimal {
    mantissa: u128,
    places: u32,
}

impl Decimal {
    /// The number times `unit`, cut to a whole number; the largest one if it is larger than that.
    pub(crate) fn times(self, unit: u128) -> u128 {
        self.mantissa.saturating_mul(unit) / 10u128.pow(self.places)
    }
}

/// The decimal number that `text` begins with, and what follows it.
pub(crate) fn leading_number(text: &str) -> Option<(Decimal, &str)> {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (whole, rest) = text.split_at(digits(text));
    let (decimals, rest) = match rest.strip_prefix('.') {
        Some(after) => after.split_at(digits(after)),
        None => ("", rest),
    };
    if whole.is_empty() || (decimals.is_empty() && text[whole.len()..].starts_with('.')) {
        return None;
    }
    // More than 18 decimals are below any unit.
    let decimals = &decimals[..decimals.len().min(18)];
    let mantissa = format!("{whole}{decimals}").parse().unwrap_or(u128::MAX);
    Some((Decimal { mantissa, places: decimals.len() as u32 }, rest))
}

/// An amount of memory or data, in bytes: `"512MiB"`.
pub(crate) struct Size;

/// Binary units in ascending order, with their bytes.
const SIZES: [(&str, u64); 6] =
    [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("PiB", 1 << 50)];

impl Kind for Size {
    type Value = u64;
    const NAME: &'static str = "Size";
    const WHAT: &'static str = "an amount of bytes";
    const EXAMPLE: &'static str = r#""512MiB""#;

    fn read(raw: &Raw) -> Result<u64, Misread> {
        match raw {
            Raw::Text(text) => bytes(text.trim(), ""),
            Raw::Integer(number @ 0..) => Err(Misread::new(format!("the number {number} has no unit"))
                .help(format!("write '{number}MiB' or '{number}GiB'; units are {}", size_names("")))),
            other => Err(Size::misfit(other)),
        }
    }

    fn schema() -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^[0-9]+(\.[0-9]+)? *(B|KiB|MiB|GiB|TiB|PiB)$",
            "description": "Bytes with a binary unit: B, KiB (1024 B), MiB, GiB, TiB or PiB.",
            "examples": ["512MiB", "1.5GiB"],
            "x-unit": "bytes",
        })
    }
}

/// Bytes a second: `"100MiB/s"`.
pub(crate) struct Rate;

impl Kind for Rate {
    type Value = u64;
    const NAME: &'static str = "Rate";
    const WHAT: &'static str = "an amount of bytes a second";
    const EXAMPLE: &'static str = r#""100MiB/s""#;

    fn read(raw: &Raw) -> Result<u64, Misread> {
        let Raw::Text(text) = raw else { return Err(Rate::misfit(raw)) };
        match text.trim().strip_suffix("/s") {
            Some(size) => bytes(size.trim_end(), "/s"),
            None => Err(Misread::new(format!("'{}' is not an amount a second", shortened(text)))
                .help("write it like this: '100MiB/s'")),
        }
    }

    fn schema() -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^[0-9]+(\.[0-9]+)? *(B|KiB|MiB|GiB|TiB|PiB)/s$",
            "description": "Bytes a second with a binary unit.",
            "examples": ["100MiB/s"],
            "x-unit": "bytes/s",
        })
    }
}

/// Bytes with a binary unit; `suffix` is what follows the unit in the file, for messages.
fn bytes(text: &str, suffix: &str) -> Result<u64, Misread> {
    let shown = format!("{}{suffix}", shortened(text));
    if text.starts_with('-') {
        return Err(Misread::new(format!("the amount '{shown}' is negative")));
    }
    let units = size_names(suffix);
    let (number, unit) = leading_number(text).ok_or_else(|| {
        Misread::new(format!("'{shown}' is not an amount of bytes"))
            .help(format!("write a number and a unit, such as '512MiB{suffix}'; units are {units}"))
    })?;
    let unit = unit.trim_start();
    let Some((_, size)) = SIZES.iter().find(|&&(name, _)| name == unit) else {
        return Err(bad_size_unit(&shown, text, unit, suffix));
    };
    match i64::try_from(number.times(u128::from(*size))) {
        Ok(bytes) => Ok(bytes as u64),
        Err(_) => Err(Misread::new(format!("'{shown}' is more than 8191 PiB, the most there can be"))),
    }
}

fn bad_size_unit(shown: &str, text: &str, unit: &str, suffix: &str) -> Misread {
    let number = &text[..text.len() - unit.len()];
    let units = size_names(suffix);
    if unit.is_empty() {
        return Misread::new(format!("the amount '{shown}' has no unit"))
            .help(format!("write '{number}MiB{suffix}' or '{number}GiB{suffix}'; units are {units}"));
    }
    // `512M` is binary to Docker and decimal to most others, so neither is guessed.
    let meant = match unit.to_ascii_lowercase().trim_end_matches('b').trim_end_matches('i') {
        "k" => Some("KiB"),
        "m" => Some("MiB"),
        "g" => Some("GiB"),
        "t" => Some("TiB"),
        "" => Some("B"),
        _ => nearest(unit, SIZES.map(|(name, _)| name)),
    };
    let meant = meant.map(|meant| format!("did you mean '{number}{meant}{suffix}'? "));
    Misread::new(format!("'{}' in '{shown}' is not a unit of bytes", shortened(unit)))
        .help(format!("{}units are {units}", meant.unwrap_or_default()))
}

fn size_names(suffix: &str) -> String {
    SIZES.map(|(name, _)| format!("{name}{suffix}")).join(", ")
}

/// CPUs, in nano-CPUs: `"0.5"`.
pub(crate) struct Cpus;

impl Kind for Cpus {
    type Value = u64;
    const NAME: &'static str = "Cpus";
    const WHAT: &'static str = "a number of CPUs";
    const EXAMPLE: &'static str = r#""0.5""#;

    fn read(raw: &Raw) -> Result<u64, Misread> {
        let text = match raw {
            Raw::Text(text) => text.trim(),
            Raw::Integer(_) | Raw::Float(_) => {
                let number = raw.to_string().replace("the number ", "");
                return Err(Misread::new(format!(
                    "{raw} stands without quotes, expected a number of CPUs as text"
                ))
                .help(format!("write it in quotes: \"{number}\"")));
            }
            other => return Err(Cpus::misfit(other)),
        };
        let shown = shortened(text);
        match leading_number(text) {
            Some((number, "")) => match number.times(1_000_000_000) {
                nano @ 0..=1_000_000_000_000_000 => Ok(nano as u64),
                _ => Err(Misread::new(format!("'{shown}' is more than 1000000 CPUs, the most there can be"))),
            },
            Some((_, unit)) => {
                Err(Misread::new(format!("'{unit}' in '{shown}' is not expected: CPUs have no unit"))
                    .help("half a CPU is written \"0.5\""))
            }
            None if text.starts_with('-') => {
                Err(Misread::new(format!("the number of CPUs '{shown}' is negative")))
            }
            None => Err(Misread::new(format!("'{shown}' is not a number of CPUs"))
                .help("half a CPU is written \"0.5\"")),
        }
    }

    fn schema() -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^[0-9]+(\.[0-9]+)?$",
            "description": "CPUs as a decimal number, in quotes.",
            "examples": ["4", "0.5"],
            "x-unit": "CPUs",
        })
    }
}

/// A share of a whole, in parts of a million: `"2.5%"`.
pub(crate) struct Share;

impl Kind for Share {
    type Value = u32;
    const NAME: &'static str = "Share";
    const WHAT: &'static str = "a share";
    const EXAMPLE: &'static str = r#""2.5%""#;

    fn read(raw: &Raw) -> Result<u32, Misread> {
        let Raw::Text(text) = raw else { return Err(Share::misfit(raw)) };
        let shown = shortened(text);
        match leading_number(text.trim()) {
            Some((number, "%")) => match number.times(10_000) {
                ppm @ 0..=1_000_000 => Ok(ppm as u32),
                _ => Err(Misread::new(format!("the share '{shown}' is more than all, 100%"))),
            },
            _ => Err(Misread::new(format!("'{shown}' is not a share"))
                .help("write it in per cent, such as '2.5%'")),
        }
    }

    fn schema() -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^[0-9]+(\.[0-9]+)?%$",
            "description": "A share in per cent, from 0% to 100%, exact to a ten-thousandth of one.",
            "examples": ["2.5%"],
            "x-unit": "%",
        })
    }
}

/// An amount in a unit of the metrics, such as `"12.5 replica s"`, in billionths of it.
pub(crate) fn units_of(raw: &Raw, unit: &str) -> Result<u128, Misread> {
    let wrong = || {
        Misread::new(format!("found {raw}, expected an amount in {unit}"))
            .help(format!("such as \"12.5 {unit}\""))
    };
    let Raw::Text(text) = raw else { return Err(wrong()) };
    match leading_number(text.trim()) {
        Some((number, rest)) if rest.trim_start() == unit => Ok(number.times(1_000_000_000)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<K: Kind>(text: &str) -> Result<K::Value, String> {
        K::read(&Raw::Text(text.to_owned())).map_err(|misread| misread.message)
    }

    fn help<K: Kind>(text: &str) -> Option<String> {
        K::read(&Raw::Text(text.to_owned())).err().and_then(|misread| misread.help)
    }

    #[test]
    fn amounts_are_exact() {
        assert_eq!(read::<Size>("512MiB"), Ok(512 << 20));
        assert_eq!(read::<Size>("1.5 GiB"), Ok(3 << 29));
        assert_eq!(read::<Size>("0B"), Ok(0));
        assert_eq!(read::<Rate>("100MiB/s"), Ok(100 << 20));
        assert_eq!(read::<Cpus>("0.3"), Ok(300_000_000));
        assert_eq!(read::<Share>("2.5%"), Ok(25_000));
        assert_eq!(read::<Share>("100%"), Ok(1_000_000));
    }

    #[test]
    fn mistakes_are_named() {
        let says = |found: Result<u64, String>, message: &str| assert_eq!(found, Err(message.to_owned()));
        says(read::<Size>("512"), "the amount '512' has no unit");
        says(read::<Size>("512M"), "'M' in '512M' is not a unit of bytes");
        says(read::<Size>("-1GiB"), "the amount '-1GiB' is negative");
        says(read::<Size>("9000PiB"), "'9000PiB' is more than 8191 PiB, the most there can be");
        says(read::<Rate>("100MiB"), "'100MiB' is not an amount a second");
        says(read::<Rate>("100MB/s"), "'MB' in '100MB/s' is not a unit of bytes");
        says(read::<Cpus>("500m"), "'m' in '500m' is not expected: CPUs have no unit");
        says(read::<Cpus>("-1"), "the number of CPUs '-1' is negative");
        says(read::<Cpus>("1e3"), "'e3' in '1e3' is not expected: CPUs have no unit");
        assert_eq!(read::<Share>("101%"), Err("the share '101%' is more than all, 100%".to_owned()));
        assert_eq!(read::<Share>("0.5"), Err("'0.5' is not a share".to_owned()));
    }

    #[test]
    fn the_likely_unit_is_proposed() {
        let units = "units are B, KiB, MiB, GiB, TiB, PiB";
        assert_eq!(help::<Size>("512M"), Some(format!("did you mean '512MiB'? {units}")));
        assert_eq!(help::<Size>("4gb"), Some(format!("did you mean '4GiB'? {units}")));
        assert_eq!(help::<Size>("4 apples"), Some(units.to_owned()));
    }
}
