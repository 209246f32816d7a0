//! `requests.csv`: how requests ended, second by second.

use swarmbed_sim::names::Names;
use swarmbed_sim::worker::mesh::Cause;

use super::tables::{Table, seconds};
use crate::measure::Seconds;
use crate::metrics::{Unit, Value};
use crate::words::visible;

/// `requests.csv`: a row for each time, service, entry node and ending. `time` is when the time begins in which the requests ended, and
/// `lasts` how long it is: 1 s, or as often twice as long as a long run needs for its table to stay small. `requests` are those of
/// clients, `latency_sum` and `latency_max` theirs; `calls` are those of containers. Times in seconds.
pub fn requests(of: &Seconds, names: &Names) -> String {
    let head = [
        "time",
        "lasts",
        "service",
        "entry",
        "ending",
        "cause",
        "requests",
        "latency_sum",
        "latency_max",
        "calls",
    ];
    let mut table = Table::new(&head);
    let time = |amount: u128| Value { unit: Unit::Seconds, amount }.to_string();
    let lasts = time(of.width().nanos().into());
    for (key, row) in of.rows() {
        table.row(&[
            &seconds(Some(of.begin(key))),
            &lasts,
            &visible(names.service(key.service)),
            &visible(names.node(key.entry)),
            key.ending.way().1,
            key.ending.cause().map_or("", Cause::name),
            &row.requests.to_string(),
            &time(row.latency),
            &time(row.longest.into()),
            &row.calls.to_string(),
        ]);
    }
    table.finish()
}
