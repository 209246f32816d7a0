//! Expectations: bounds on metrics that a scenario states, and whether a run kept them.

use std::fmt;

use swarmbed_scheduler::{SimTime, Span};

use crate::metrics::{Metrics, Unit, Value};
use crate::words::{cpus, number, span};

/// A bound on a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The metric's name.
    pub metric: String,
    /// What it may be.
    pub bound: Bound,
    /// When it is looked at; at the end of the run if there is no time.
    pub at: Option<SimTime>,
}

/// What a metric may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// No more than that.
    AtMost(Value),
    /// No less than that.
    AtLeast(Value),
    /// Just that.
    Equals(Value),
}

/// An expectation and how a run met it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The expectation.
    pub expectation: Expectation,
    /// What the metric was; `None` if the run has no such value, which meets no expectation.
    pub found: Option<Value>,
    /// Whether it holds.
    pub holds: bool,
}

impl Expectation {
    /// Holds the expectation against a run's metrics.
    pub fn judge(&self, metrics: &Metrics) -> Verdict {
        let found = metrics.get(&self.metric);
        let holds = found.is_some_and(|found| match self.bound {
            Bound::AtMost(limit) => found.amount <= limit.amount,
            Bound::AtLeast(limit) => found.amount >= limit.amount,
            Bound::Equals(value) => found.amount == value.amount,
        });
        Verdict { expectation: self.clone(), found, holds }
    }
}

impl fmt::Display for Expectation {
    /// `failover.total.max at most 30s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (words, limit) = match self.bound {
            Bound::AtMost(v) => ("at most ", v),
            Bound::AtLeast(v) => ("at least ", v),
            Bound::Equals(v) => ("exactly ", v),
        };
        write!(f, "{} {words}{}", self.metric, said(limit))?;
        self.at.iter().try_for_each(|at| write!(f, " at {at}"))
    }
}

impl fmt::Display for Verdict {
    /// `failover.total.max at most 30s: 20.3s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.found {
            Some(found) => write!(f, "{}: {}", self.expectation, said(found)),
            None => write!(f, "{}: this run has no such value", self.expectation),
        }
    }
}

/// A value as a person says it.
pub fn said(value: Value) -> String {
    match value.unit {
        Unit::Seconds => span(Span(u64::try_from(value.amount).unwrap_or(u64::MAX))),
        Unit::Cpus => format!("{} CPU", cpus(i64::try_from(value.amount).unwrap_or(i64::MAX))),
        Unit::Count => number(u64::try_from(value.amount).unwrap_or(u64::MAX)),
        Unit::Ratio => {
            let hundredths = (value.amount * 100 + Unit::Ratio.scale() / 2) / Unit::Ratio.scale();
            format!("{}.{:02}", hundredths / 100, hundredths % 100)
        }
        unit => {
            let tenths = value.amount * 10 / unit.scale();
            format!("{}.{} {unit}", number(u64::try_from(tenths / 10).unwrap_or(u64::MAX)), tenths % 10)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Telling, at, setup};

    #[test]
    fn an_absent_value_meets_nothing() {
        let metrics = Telling::new(&setup(vec![])).metrics(30);
        let judge =
            |metric: &str, bound| Expectation { metric: metric.into(), bound, at: None }.judge(&metrics);
        let half_a_minute = Value::nanos(at(30).nanos());
        assert!(judge("run.time", Bound::AtMost(half_a_minute)).holds);
        assert!(judge("run.time", Bound::AtLeast(half_a_minute)).holds);
        assert!(judge("run.time", Bound::Equals(half_a_minute)).holds);
        assert!(!judge("run.time", Bound::AtMost(Value::nanos(1))).holds);
        let absent = judge("failover.total.max", Bound::AtMost(half_a_minute));
        assert!(!absent.holds);
        assert_eq!(absent.to_string(), "failover.total.max at most 30s: this run has no such value");
    }
}
