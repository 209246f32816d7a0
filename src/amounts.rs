//! Amounts as they are typed: instants (`12m`, `10m14.9s`), CPUs (`0.5`) and memory (`32GiB`).

use swarmbed_scheduler::SimTime;

use crate::exit::Mistakes;

const TIMES: [(&str, u64); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// An instant, or a mistake that names the option it was given to.
pub fn time(option: &str, text: &str) -> Result<SimTime, Mistakes> {
    parse(text).map(SimTime).ok_or_else(|| {
        Mistakes::new(
            format!("{option} '{text}' is no time"),
            "write numbers with their units, the larger ones first: 12m, 1h30m, 10m14.9s",
        )
    })
}

/// CPUs in nano-CPUs, or a mistake that names the option.
pub fn cpus(option: &str, text: &str) -> Result<u64, Mistakes> {
    let nanos = part(text.trim(), 1_000_000_000).filter(|n| (1_000_000..=i64::MAX as u64).contains(n));
    nanos.ok_or_else(|| {
        Mistakes::new(
            format!("{option} '{text}' is no number of CPUs"),
            "write it without a unit: 8, or 0.5 for half a CPU",
        )
    })
}

const SIZES: [(&str, u64); 5] =
    [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("B", 1)];

/// Bytes, or a mistake that names the option.
pub fn memory(option: &str, text: &str) -> Result<u64, Mistakes> {
    let read = |(unit, size): &(&str, u64)| part(text.trim().strip_suffix(unit)?.trim_end(), *size);
    let bytes = SIZES.iter().find_map(read).filter(|n| (1..=i64::MAX as u64).contains(n));
    bytes.ok_or_else(|| {
        Mistakes::new(
            format!("{option} '{text}' is no amount of memory"),
            "write it with a unit: 32GiB, 512MiB",
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
        let (_, size) = TIMES.iter().find(|(name, _)| *name == unit)?;
        if *size >= last {
            return None;
        }
        total = total.checked_add(part(number, *size)?)?;
        (rest, last) = (tail, *size);
    }
    Some(total)
}

/// A decimal number of a unit of that size, exactly; what is below one part of it is cut off.
fn part(number: &str, size: u64) -> Option<u64> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let mut sum = whole.parse::<u64>().ok()?.checked_mul(size)?;
    let (mut tenths, mut worth) = (0_u128, 1_u128);
    for digit in decimals.chars() {
        let digit = u128::from(digit.to_digit(10)?);
        if worth < 1_000_000_000_000 {
            (tenths, worth) = (tenths * 10 + digit, worth * 10);
        }
    }
    sum = sum.checked_add(u64::try_from(tenths * u128::from(size) / worth).ok()?)?;
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::{cpus, memory, parse};

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

    #[test]
    fn machines_are_sized_exactly() {
        assert_eq!(cpus("", "0.5").unwrap(), 500_000_000);
        assert_eq!(cpus("", "64").unwrap(), 64_000_000_000);
        assert_eq!(memory("", "32GiB").unwrap(), 32 << 30);
        assert_eq!(memory("", "1.5 GiB").unwrap(), 3 << 29);
        assert_eq!(memory("", "4096B").unwrap(), 4096);
        for wrong in ["8x", "", "-1", "0", "1e9", "99999999999"] {
            assert!(cpus("", wrong).is_err(), "{wrong}");
        }
        for wrong in ["32", "32GB", "GiB", "-1GiB", "0B", "99999999TiB"] {
            assert!(memory("", wrong).is_err(), "{wrong}");
        }
    }
}
