//! Metrics: what a run is boiled down to. [`METRICS`] says what there is; [`Metrics`] is what one run had.

mod collect;
mod load;
mod requests;
mod steady;
mod table;
mod tally;
mod value;

pub use table::{Better, METRICS, MetricInfo, info, markdown, names};
pub use tally::Tally;
pub use value::{Unit, Value};

/// The metrics of one run, in the order of [`METRICS`], services in the order of their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    rows: Vec<(String, Value)>,
}

impl Metrics {
    /// The metric of that name, if the run has it.
    pub fn get(&self, name: &str) -> Option<Value> {
        self.rows.iter().find(|(n, _)| n == name).map(|(_, value)| *value)
    }

    /// All metrics.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Value)> {
        self.rows.iter().map(|(name, value)| (name.as_str(), *value))
    }

    /// Adds a count.
    fn count(&mut self, name: &str, n: impl TryInto<u64>) {
        let n = n.try_into().unwrap_or(u64::MAX);
        self.put(name, n.into());
    }

    /// Adds a metric, in the unit that the table gives it.
    fn put(&mut self, name: &str, amount: u128) {
        let info = info(name).unwrap_or_else(|| panic!("the metric {name} is missing in the table"));
        self.rows.push((name.to_owned(), Value { unit: info.unit, amount }));
    }

    /// Adds a metric if there is one.
    fn put_some(&mut self, name: &str, amount: Option<u64>) {
        if let Some(amount) = amount {
            self.put(name, amount.into());
        }
    }

    /// Adds mean, percentiles and maximum of amounts in the unit that the table gives them, if there are any.
    fn distribution(&mut self, stem: &str, mut amounts: Vec<u64>) {
        amounts.sort_unstable();
        let sum: u128 = amounts.iter().map(|amount| u128::from(*amount)).sum();
        if let Some(mean) = sum.checked_div(amounts.len() as u128) {
            self.put(&format!("{stem}.mean"), mean);
        }
        for (name, permille) in [("p50", 500), ("p95", 950), ("p99", 990), ("max", 1000)] {
            self.put_some(&format!("{stem}.{name}"), nearest_rank(&amounts, permille));
        }
    }

    /// Adds median, 99th percentile and maximum of durations, if there are any.
    fn spread(&mut self, stem: &str, mut nanos: Vec<u64>) {
        nanos.sort_unstable();
        for (name, permille) in [("p50", 500), ("p99", 990), ("max", 1000)] {
            self.put_some(&format!("{stem}.{name}"), nearest_rank(&nanos, permille));
        }
    }
}

/// The smallest of ascending values that at least so many in a thousand do not exceed.
fn nearest_rank(ascending: &[u64], permille: usize) -> Option<u64> {
    let rank = (ascending.len() * permille).div_ceil(1000).max(1);
    ascending.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        assert_eq!(nearest_rank(&[], 500), None);
        assert_eq!(nearest_rank(&[7], 500), Some(7));
        assert_eq!(nearest_rank(&[1, 2, 3, 4], 500), Some(2), "at least half do not exceed 2");
        assert_eq!(nearest_rank(&[1, 2, 3, 4], 990), Some(4));
        let hundred: Vec<u64> = (1..=100).collect();
        assert_eq!(nearest_rank(&hundred, 990), Some(99));
        assert_eq!(nearest_rank(&hundred, 1000), Some(100));
    }
}
