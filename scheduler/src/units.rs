//! Quantities. All are integers, so that two machines agree on every one of them.

use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};

/// An instant of simulated time: nanoseconds since the run began. A trial is at most 500 years.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime(pub u64);

/// A span of simulated time in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub u64);

impl SimTime {
    /// The beginning of the run.
    pub const ZERO: SimTime = SimTime(0);
    /// Later than anything that happens.
    pub const NEVER: SimTime = SimTime(u64::MAX);

    /// Nanoseconds since the run began.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// The span since `earlier`, or zero if `earlier` is later.
    pub const fn since(self, earlier: SimTime) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// Seconds as a float, for printing and statistics only.
    pub fn as_secs_f64(self) -> f64 {
        Span(self.0).as_secs_f64()
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);
    /// The longest a trial may be: 500 years of 365 days, which leaves room in 64 bits.
    pub const LONGEST: Span = Span(500 * 365 * 86_400 * 1_000_000_000);

    /// A span of whole seconds.
    pub const fn secs(s: u64) -> Span {
        Span(s * 1_000_000_000)
    }

    /// A span of whole milliseconds.
    pub const fn millis(ms: u64) -> Span {
        Span(ms * 1_000_000)
    }

    /// A span of whole microseconds.
    pub const fn micros(us: u64) -> Span {
        Span(us * 1_000)
    }

    /// The length in nanoseconds.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// This span `n` times over, or the longest representable one.
    pub const fn times(self, n: u64) -> Span {
        Span(self.0.saturating_mul(n))
    }

    /// Seconds as a float, for printing and statistics only.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl Add<Span> for SimTime {
    type Output = SimTime;
    fn add(self, span: Span) -> SimTime {
        SimTime(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for SimTime {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Span;
    fn sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for SimTime {
    /// `1h02m03.5s`; at least the seconds are shown, and no more decimals than are needed, three at most.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Span(self.0).fmt(f)
    }
}

impl fmt::Display for Span {
    /// `1h02m03.5s`; at least the seconds are shown, and no more decimals than are needed, three at most.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = (self.0 + 500_000) / 1_000_000;
        let (hours, minutes) = (millis / 3_600_000, millis / 60_000 % 60);
        let (seconds, rest) = (millis / 1_000 % 60, millis % 1_000);
        let mut text = match (hours, minutes) {
            (0, 0) => format!("{seconds}"),
            (0, m) => format!("{m}m{seconds:02}"),
            (h, m) => format!("{h}h{m:02}m{seconds:02}"),
        };
        if rest > 0 {
            text.push_str(format!(".{rest:03}").trim_end_matches('0'));
        }
        text.push('s');
        f.pad(&text)
    }
}

/// CPU and memory. Signed, since what is available may fall below zero when a node's description shrinks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Resources {
    /// Nano-CPUs: 1,000,000,000 is one CPU.
    pub nano_cpus: i64,
    /// Bytes of memory.
    pub memory: i64,
}

impl Resources {
    /// Nothing.
    pub const ZERO: Resources = Resources { nano_cpus: 0, memory: 0 };

    /// That many nano-CPUs and bytes.
    pub const fn new(nano_cpus: i64, memory: i64) -> Resources {
        Resources { nano_cpus, memory }
    }

    /// Whether both amounts are at most those of `free`.
    pub const fn fits(self, free: Resources) -> bool {
        self.nano_cpus <= free.nano_cpus && self.memory <= free.memory
    }

    /// Of each amount the smaller one: no more than there is.
    pub fn min(self, other: Resources) -> Resources {
        Resources::new(self.nano_cpus.min(other.nano_cpus), self.memory.min(other.memory))
    }

    /// The larger of the shares that this is of all CPU and of all memory (A. Ghodsi et al., "Dominant Resource Fairness",
    /// 2011). What is below zero counts as nothing.
    pub fn dominant_share(self, all: Resources) -> Share {
        let share = |part: i64, all: i64| Share::of(part.max(0) as u64, all.max(0) as u64);
        share(self.nano_cpus, all.nano_cpus).max(share(self.memory, all.memory))
    }

    /// Whether both amounts are zero.
    pub const fn is_zero(self) -> bool {
        self.nano_cpus == 0 && self.memory == 0
    }
}

impl fmt::Display for Resources {
    /// `1.5 CPU and 512 MiB`; with `#` the CPU alone. Thousandths of a CPU and tenths of a unit, rounded towards zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = |number: i128, unit: i128, digits: usize| {
            let sign = if number < 0 { "-" } else { "" };
            let (number, scale) = (number.abs(), 10_i128.pow(digits as u32));
            let rest = format!("{:0digits$}", number % unit * scale / unit);
            let rest = rest.trim_end_matches('0');
            let point = if rest.is_empty() { "" } else { "." };
            format!("{sign}{}{point}{rest}", number / unit)
        };
        let cpus = decimals(self.nano_cpus.into(), 1_000_000_000, 3);
        if f.alternate() {
            return f.pad(&format!("{cpus} CPU"));
        }
        let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];
        let amount = i128::from(self.memory);
        let (name, unit) = units.into_iter().find(|unit| amount.abs() >= unit.1).unwrap_or(("B", 1));
        f.pad(&format!("{cpus} CPU and {} {name}", decimals(amount, unit, 1)))
    }
}

impl Add for Resources {
    type Output = Resources;
    fn add(self, other: Resources) -> Resources {
        Resources::new(self.nano_cpus + other.nano_cpus, self.memory + other.memory)
    }
}

impl Sub for Resources {
    type Output = Resources;
    fn sub(self, other: Resources) -> Resources {
        Resources::new(self.nano_cpus - other.nano_cpus, self.memory - other.memory)
    }
}

impl AddAssign for Resources {
    fn add_assign(&mut self, other: Resources) {
        *self = *self + other;
    }
}

impl SubAssign for Resources {
    fn sub_assign(&mut self, other: Resources) {
        *self = *self - other;
    }
}

/// An exact ratio, compared by cross-multiplication: what strategies use instead of a float score.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    part: u64,
    whole: u64,
}

impl Share {
    /// `part` of `whole`. None of nothing is 0; some of nothing is more than any other share.
    pub const fn of(part: u64, whole: u64) -> Share {
        match (part, whole) {
            (0, 0) => Share { part: 0, whole: 1 },
            (_, 0) => Share { part: 1, whole: 0 },
            _ => Share { part, whole },
        }
    }

    /// The larger of two shares: the dominant one.
    pub fn max(self, other: Share) -> Share {
        if other > self { other } else { self }
    }
}

impl PartialEq for Share {
    fn eq(&self, other: &Share) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Share {}

impl PartialOrd for Share {
    fn partial_cmp(&self, other: &Share) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Share {
    fn cmp(&self, other: &Share) -> std::cmp::Ordering {
        let cross = |a: &Share, b: &Share| u128::from(a.part) * u128::from(b.whole);
        cross(self, other).cmp(&cross(other, self))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.part, self.whole) {
            (_, 0) => f.pad("inf"),
            (part, whole) => {
                let tenths = u128::from(part) * 1000 / u128::from(whole);
                f.pad(&format!("{}.{}%", tenths / 10, tenths % 10))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_print_as_people_say_them() {
        let check = |nanos, text: &str| assert_eq!(Span(nanos).to_string(), text);
        check(0, "0s");
        check(1_500_000_000, "1.5s");
        check(61_000_000_000, "1m01s");
        check(3_723_040_000_000, "1h02m03.04s");
    }

    #[test]
    fn resources_print_as_people_say_them() {
        let check = |cpu, memory, text: &str| assert_eq!(Resources::new(cpu, memory).to_string(), text);
        check(1_500_000_000, 512 << 20, "1.5 CPU and 512 MiB");
        check(0, 0, "0 CPU and 0 B");
        check(-1_050_000_000, -(3 << 29), "-1.05 CPU and -1.5 GiB");
        check(64_000_000_000, 1_700, "64 CPU and 1.6 KiB");
        assert_eq!(format!("{:#}", Resources::new(2_000_000_000, 1)), "2 CPU");
    }

    #[test]
    fn the_dominant_share_is_the_larger_one() {
        let of = |cpu, memory| Resources::new(cpu, memory).dominant_share(Resources::new(8, 32));
        assert_eq!(of(2, 16), Share::of(1, 2));
        assert_eq!(of(6, 16), Share::of(3, 4));
        assert_eq!(of(-1, 0), Share::of(0, 1));
        assert_eq!(Resources::new(6, 16).min(Resources::new(4, 32)), Resources::new(4, 16));
    }

    #[test]
    fn shares_compare_without_rounding() {
        assert!(Share::of(1, 3) < Share::of(334, 1000));
        assert_eq!(Share::of(1, 2), Share::of(4, 8));
        assert!(Share::of(1, 0) > Share::of(u64::MAX, 1));
        assert_eq!(Share::of(0, 0), Share::of(0, 7));
        assert_eq!(Share::of(1, 0), Share::of(2, 0));
        assert!(Share::of(0, 0) < Share::of(1, 7));
    }
}
