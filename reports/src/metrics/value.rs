//! A metric's value: an exact integer and what it counts.

use std::fmt;

/// What a metric counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Things.
    Count,
    /// Time; kept in nanoseconds and shown in seconds.
    Seconds,
    /// CPUs; kept in nano-CPUs.
    Cpus,
    /// Tasks on average; kept in billionths.
    Tasks,
    /// One part of another; kept in billionths.
    Ratio,
    /// One replica over one second; kept in replica-nanoseconds.
    ReplicaSeconds,
    /// One node over one second; kept in node-nanoseconds.
    NodeSeconds,
}

impl Unit {
    /// How tables write it.
    pub const fn symbol(self) -> &'static str {
        match self {
            Unit::Count => "1",
            Unit::Seconds => "s",
            Unit::Cpus => "CPU",
            Unit::Tasks => "tasks",
            Unit::Ratio => "ratio",
            Unit::ReplicaSeconds => "replica s",
            Unit::NodeSeconds => "node s",
        }
    }

    /// How many of the kept amount make one of the shown.
    pub const fn scale(self) -> u128 {
        match self {
            Unit::Count => 1,
            _ => 1_000_000_000,
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.symbol())
    }
}

/// A quantity of a unit. Never rounded, never a float: a metric that cannot be told is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Value {
    /// What it counts.
    pub unit: Unit,
    /// How much, in the unit's kept form.
    pub amount: u128,
}

impl Value {
    /// So many things.
    pub const fn count(n: u64) -> Value {
        Value { unit: Unit::Count, amount: n as u128 }
    }

    /// So many nanoseconds.
    pub const fn nanos(n: u64) -> Value {
        Value { unit: Unit::Seconds, amount: n as u128 }
    }

    /// As a float, for plots and statistics only.
    pub fn as_f64(self) -> f64 {
        self.amount as f64 / self.unit.scale() as f64
    }
}

impl fmt::Display for Value {
    /// The exact decimal number in the shown unit, without trailing zeros: `14.913520417`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = self.unit.scale();
        let (whole, rest) = (self.amount / scale, self.amount % scale);
        if rest == 0 {
            return f.pad(&whole.to_string());
        }
        let text = format!("{whole}.{rest:09}");
        f.pad(text.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_print_exactly() {
        assert_eq!(Value::count(13).to_string(), "13");
        assert_eq!(Value::nanos(14_913_520_417).to_string(), "14.913520417");
        assert_eq!(Value::nanos(1_500_000_000).to_string(), "1.5");
        assert_eq!(Value::nanos(0).to_string(), "0");
        assert_eq!(Value::nanos(1).to_string(), "0.000000001");
        assert_eq!(Value::nanos(1_500_000_000).as_f64(), 1.5);
    }
}
