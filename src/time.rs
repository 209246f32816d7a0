//! Instants as they are typed: `12m`, `1h30m`, `10m14.9s`.

use swarmbed_scheduler::SimTime;

use crate::exit::Mistakes;

const UNITS: [(&str, u64); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// The instant, or a mistake that names the option it was given to.
pub fn read(option: &str, text: &str) -> Result<SimTime, Mistakes> {
    parse(text).map(SimTime).ok_or_else(|| {
        Mistakes::new(
            format!("{option} '{text}' is no time"),
            "write numbers with their units, the larger ones first: 12m, 1h30m, 10m14.9s",
        )
    })
}

/// Nanoseconds; the smallest part may have decimals.
fn parse(text: &str) -> Option<u64> {
    let (mut rest, mut total, mut last) = (text.trim(), 0_u64, u64::MAX);
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let (number, tail) = rest.split_at(digits);
        let letters = tail.len() - tail.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let (unit, tail) = tail.split_at(letters);
        let (_, size) = UNITS.iter().find(|(name, _)| *name == unit)?;
        if *size >= last {
            return None;
        }
        total = total.checked_add(part(number, *size)?)?;
        (rest, last) = (tail, *size);
    }
    Some(total)
}

/// A decimal number of a unit, exactly; no more decimals than there are nanoseconds.
fn part(number: &str, size: u64) -> Option<u64> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let mut sum = whole.parse::<u64>().ok()?.checked_mul(size)?;
    let mut worth = size;
    for digit in decimals.chars() {
        worth /= 10;
        sum = sum.checked_add(u64::from(digit.to_digit(10)?).checked_mul(worth)?)?;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn times_are_read_exactly() {
        assert_eq!(parse("12m"), Some(720_000_000_000));
        assert_eq!(parse("1h30m"), Some(5_400_000_000_000));
        assert_eq!(parse("10m14.9s"), Some(614_900_000_000));
        assert_eq!(parse(" 0s "), Some(0));
        for wrong in ["", "12", "m", "5m1h", "1m1m", "1.2.3s", "-1s", "1e3s", ".5s", "999999999999d"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
