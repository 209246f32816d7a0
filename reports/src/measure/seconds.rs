//! How requests ended, second by second, in bounded memory.

use std::collections::BTreeMap;

use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span};
use swarmbed_sim::worker::mesh::{Account, Ending};

/// An hour of seconds.
const MOST_TIMES: u64 = 3600;
/// Of many nodes and services there are many rows to each second.
const MOST_ROWS: usize = 400_000;

/// How requests ended in each second, by service, entry and ending. Seconds are joined in pairs, and these again, when there
/// are more than an hour of them or more rows than a table should have: never more than fit.
#[derive(Clone, Debug)]
pub struct Seconds {
    width: Span,
    rows: BTreeMap<Key, Row>,
    most_rows: usize,
}

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The how-manieth time it is, from 0.
    pub time: u64,
    /// The service that the requests were sent to.
    pub service: ServiceId,
    /// The node at which they entered.
    pub entry: NodeId,
    /// How they ended.
    pub ending: Ending,
}

/// Requests that are counted together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// How many of them clients sent.
    pub requests: u64,
    /// The time from sending to ending of these, summed up; nanoseconds.
    pub latency: u128,
    /// The longest of these; nanoseconds.
    pub longest: u64,
    /// How many more containers sent, as calls.
    pub calls: u64,
}

impl Default for Seconds {
    fn default() -> Seconds {
        Seconds { width: Span::secs(1), rows: BTreeMap::new(), most_rows: MOST_ROWS }
    }
}

impl Seconds {
    /// A request has ended. Times never go back.
    pub(crate) fn ended(&mut self, at: SimTime, account: &Account) {
        while at.nanos() / self.width.nanos() >= MOST_TIMES {
            self.join();
        }
        let time = at.nanos() / self.width.nanos();
        let key = Key { time, service: account.service, entry: account.entry, ending: account.ending };
        self.rows.entry(key).or_default().add(account);
        // The width doubles with each joining, so there are few of these; what stands in one time only is as many as it is.
        while self.rows.len() > self.most_rows && at.nanos() >= self.width.nanos() {
            self.join();
        }
    }

    /// How long each of the times is: whole seconds.
    pub fn width(&self) -> Span {
        self.width
    }

    /// When it begins.
    pub fn begin(&self, key: &Key) -> SimTime {
        SimTime(self.width.nanos().saturating_mul(key.time))
    }

    /// What ended, in order of time.
    pub fn rows(&self) -> impl Iterator<Item = (&Key, &Row)> {
        self.rows.iter()
    }

    /// Whether no request ended.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Each two times become one.
    fn join(&mut self) {
        self.width = self.width.times(2);
        for (key, row) in std::mem::take(&mut self.rows) {
            let joined = self.rows.entry(Key { time: key.time / 2, ..key }).or_default();
            *joined = joined.and(&row);
        }
    }
}

impl Row {
    fn add(&mut self, account: &Account) {
        if account.branch > 0 {
            self.calls += 1;
            return;
        }
        let latency = account.latency.nanos();
        self.requests += 1;
        self.latency += u128::from(latency);
        self.longest = self.longest.max(latency);
    }

    fn and(&self, other: &Row) -> Row {
        Row {
            requests: self.requests + other.requests,
            latency: self.latency + other.latency,
            longest: self.longest.max(other.longest),
            calls: self.calls + other.calls,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use swarmbed_sim::worker::mesh::Cause;

    use super::*;

    fn account(service: u32, entry: u32, branch: u32, ending: Ending, latency: u64) -> Account {
        Account {
            traffic: 0,
            number: 0,
            branch,
            service: ServiceId(service),
            entry: NodeId(entry),
            task: None,
            sent: SimTime::ZERO,
            waited: Span::ZERO,
            worked: Span::ZERO,
            latency: Span(latency),
            hops: 0,
            ending,
        }
    }

    #[test]
    fn seconds_are_whole_and_calls_are_counted_apart() {
        let mut seconds = Seconds::default();
        let refused = Ending::Refused(Cause::QueueFull);
        for (nanos, branch, ending, latency) in [
            (999_999_999, 0, Ending::Answered, 5),
            (1_000_000_000, 0, Ending::Answered, 7),
            (1_999_999_999, 0, Ending::Answered, 3),
            (1_999_999_999, 1, Ending::Answered, 100),
            (1_999_999_999, 0, refused, 1),
        ] {
            seconds.ended(SimTime(nanos), &account(0, 0, branch, ending, latency));
        }
        let rows: Vec<(u64, Ending, Row)> = seconds.rows().map(|(k, row)| (k.time, k.ending, *row)).collect();
        let row = |requests, latency, longest, calls| Row { requests, latency, longest, calls };
        let expected = [
            (0, Ending::Answered, row(1, 5, 5, 0)),
            (1, Ending::Answered, row(2, 10, 7, 1)),
            (1, refused, row(1, 1, 1, 0)),
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn a_month_fits_into_an_hour_of_rows() {
        let mut seconds = Seconds::default();
        let day = 86_400_000_000_000;
        (0..30 * 24).for_each(|i| {
            seconds.ended(SimTime(i * day / 24), &account(0, 0, 0, Ending::Answered, 1));
        });
        seconds.ended(SimTime(30 * day), &account(0, 0, 0, Ending::Answered, 1));
        assert_eq!(seconds.width(), Span::secs(1024), "2,592,000 s in at most 3,600 times of a power of two");
        assert_eq!(seconds.rows().map(|(_, row)| row.requests).sum::<u64>(), 721);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_when_there_are_many_rows(
            mut ends in prop::collection::vec((0u64..20_000, 0u32..4, 0u32..2, 0u64..9), 1..300),
        ) {
            let mut seconds = Seconds { most_rows: 16, ..Seconds::default() };
            ends.sort_unstable();
            for (at, service, branch, latency) in &ends {
                let account = account(*service, 0, *branch, Ending::Answered, *latency);
                seconds.ended(SimTime(at * 1_000_000_000), &account);
            }
            let sum = |of: fn(&Row) -> u64| seconds.rows().map(|(_, row)| of(row)).sum::<u64>();
            let sent = |branch| ends.iter().filter(move |end| end.2 == branch);
            prop_assert!(seconds.rows().count() <= 16);
            prop_assert_eq!(sum(|row| row.requests), sent(0).count() as u64);
            prop_assert_eq!(sum(|row| row.calls), sent(1).count() as u64);
            prop_assert_eq!(sum(|row| row.latency as u64), sent(0).map(|end| end.3).sum::<u64>());
            prop_assert_eq!(
                seconds.rows().map(|(_, row)| row.longest).max().unwrap(),
                sent(0).map(|end| end.3).max().unwrap_or(0)
            );
        }
    }
}
