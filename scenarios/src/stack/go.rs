//! Numbers, sizes and durations as Go writes and reads them, since Docker's reader is a Go program.

/// Nanoseconds in one second.
const SECOND: u64 = 1_000_000_000;

/// A whole number as `strconv.Atoi` reads it: an optional sign and decimal digits.
pub(super) fn go_int(text: &str) -> Option<i128> {
    text.parse::<i64>().ok().map(i128::from)
}

/// A number as `fmt.Sprint` writes it: `1.5`, `1e+06`, `1e-07`.
pub(super) fn go_float(number: f64) -> String {
    let (sign, number) = if number.is_sign_negative() { ("-", -number) } else { ("", number) };
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = exponent.parse().unwrap_or(0);
    // Go switches to an exponent from a million up and below a ten-thousandth.
    if number != 0.0 && !(-4..6).contains(&power) {
        let direction = if power < 0 { '-' } else { '+' };
        return format!("{sign}{mantissa}e{direction}{:02}", power.abs());
    }
    format!("{sign}{number}")
}

/// Nanoseconds of a duration as `time.ParseDuration` reads it: `1m30s`, `1.5h`, `500ms`, `0`.
///
/// Negative ones are refused here: Docker's reader takes them and the swarm refuses them.
pub(super) fn nanoseconds(text: &str) -> Option<u64> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0_u64;
    loop {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let after = &rest[digits..];
        let unit = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let scale = match &after[..unit] {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => SECOND,
            "m" => 60 * SECOND,
            "h" => 3600 * SECOND,
            _ => return None,
        };
        total = total.checked_add(scaled(&rest[..digits], scale)?)?;
        rest = &after[unit..];
        if rest.is_empty() {
            return i64::try_from(total).is_ok().then_some(total);
        }
    }
}

/// `decimal * scale`, rounded down.
fn scaled(decimal: &str, scale: u64) -> Option<u64> {
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    let is_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let whole: u128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    // Eighteen digits are more than any unit here can tell apart.
    let fraction = &fraction[..fraction.len().min(18)];
    let part: u128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let part = part * u128::from(scale) / 10_u128.pow(fraction.len() as u32);
    u64::try_from(whole.checked_mul(scale.into())?.checked_add(part)?).ok()
}

/// Bytes of a size as `units.RAMInBytes` reads it: binary units whatever they are called, `512M`, `1g`, `1.5 GiB`,
/// `64kb`, or plain bytes.
pub(super) fn bytes(text: &str) -> Option<u64> {
    let end = text.rfind(|c: char| c.is_ascii_digit() || matches!(c, '.' | ' '))? + 1;
    let number = &text[..end];
    let number = number.strip_suffix(' ').unwrap_or(number);
    let suffix = text[end..].to_ascii_lowercase();
    let power = match suffix
        .strip_suffix("ib")
        .filter(|unit| !unit.is_empty())
        .or(suffix.strip_suffix('b'))
        .unwrap_or(&suffix)
    {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        "p" => 5,
        _ => return None,
    };
    let bytes = scaled(number, 1 << (10 * power))?;
    i64::try_from(bytes).is_ok().then_some(bytes)
}

/// Nano-CPUs of a number of CPUs: `0.5`, `2`, `.25`. More than nine decimals are refused, as Docker does.
pub(super) fn nano_cpus(text: &str) -> Option<u64> {
    let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction.trim_end_matches('0'));
    let nano = scaled(text, SECOND).filter(|_| fraction.len() <= 9)?;
    i64::try_from(nano).is_ok().then_some(nano)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let check = |text, expect: Option<u64>| assert_eq!(nanoseconds(text), expect, "{text}");
        check("1m30s", Some(90 * SECOND));
        check("1.5h", Some(5400 * SECOND));
        check("500ms", Some(SECOND / 2));
        check("1us2ns", Some(1002));
        check("1µs", Some(1000));
        check(".5s", Some(SECOND / 2));
        check("2.s", Some(2 * SECOND));
        check("0", Some(0));
        check("+3s", Some(3 * SECOND));
        for bad in ["", "10", "1d", "s", "-1s", "1 s", "1m 30s", "1.2.3s", ".s", "9999999h", "1sm", "٣s"] {
            check(bad, None);
        }
    }

    #[test]
    fn sizes_are_binary() {
        let check = |text, expect: Option<u64>| assert_eq!(bytes(text), expect, "{text}");
        check("512M", Some(512 << 20));
        check("1g", Some(1 << 30));
        check("50m", Some(50 << 20));
        check("64 MiB", Some(64 << 20));
        check("64kb", Some(64 << 10));
        check("1.5G", Some(3 << 29));
        check("100", Some(100));
        check("100b", Some(100));
        check("0", Some(0));
        for bad in ["", "M", "64Q", "1 2M", "-1", "1mm", "1ibb", "1ib", "9999999p", "1e3", "é1é"] {
            check(bad, None);
        }
    }

    #[test]
    fn cpus_are_exact() {
        let check = |text, expect: Option<u64>| assert_eq!(nano_cpus(text), expect, "{text}");
        check("0.5", Some(SECOND / 2));
        check("2", Some(2 * SECOND));
        check(".25", Some(SECOND / 4));
        check("0.001000000000", Some(1_000_000));
        for bad in ["", "abc", "0.0000000001", "-1", "1,5", "1 "] {
            check(bad, None);
        }
    }

    /// What Docker 28.2.2 printed for labels with these values.
    #[test]
    fn floats_read_as_go_prints_them() {
        let check = |number, expect: &str| assert_eq!(go_float(number), expect);
        check(1.5, "1.5");
        check(1000.0, "1000");
        check(100_000.0, "100000");
        check(1e6, "1e+06");
        check(1_234_567.5, "1.2345675e+06");
        check(0.0001, "0.0001");
        check(1e25, "1e+25");
        check(123_456_789_012_345_678_901.0, "1.2345678901234568e+20");
        check(0.000_000_1, "1e-07");
        check(100_000_000.5, "1.000000005e+08");
        check(-0.25, "-0.25");
    }
}
