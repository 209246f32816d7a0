//! Tidy tables: `metrics.csv` and `tasks.csv`.

use swarmbed_scheduler::SimTime;

use crate::metrics::Value;
use crate::outcome::{Outcome, TaskOutcome};

/// `metrics.csv`: one row for each metric, values exact.
pub fn metrics(outcome: &Outcome) -> String {
    let mut table = Table::new(&["scenario", "strategy", "trial", "seed", "metric", "unit", "value"]);
    let seed = outcome.seed.to_string();
    for (name, value) in outcome.metrics.iter() {
        let about = &outcome.about;
        table.row(&[&about.name, &about.strategy, "0", &seed, name, value.unit.symbol(), &value.to_string()]);
    }
    table.finish()
}

/// `tasks.csv`: one row for each task that ever was, in the order of creation; times in seconds.
pub fn tasks(outcome: &Outcome) -> String {
    let mut table = Table::new(&[
        "task", "service", "slot", "node", "desired", "state", "error", "created", "running", "ended",
    ]);
    for TaskOutcome { name, service, node, error, row } in &outcome.tasks {
        table.row(&[
            name,
            service,
            &row.slot.to_string(),
            node,
            row.desired.name(),
            row.state.name(),
            error,
            &seconds(Some(row.created)),
            &seconds(row.running),
            &seconds(row.ended),
        ]);
    }
    table.finish()
}

/// Exact seconds, or nothing.
pub(crate) fn seconds(at: Option<SimTime>) -> String {
    at.map_or(String::new(), |at| Value::nanos(at.nanos()).to_string())
}

/// A CSV table in memory: quoted where it must be, lines ended by `\n`.
pub(crate) struct Table(csv::Writer<Vec<u8>>);

impl Table {
    pub(crate) fn new(head: &[&str]) -> Table {
        let mut table = Table(csv::WriterBuilder::new().from_writer(Vec::new()));
        table.row(head);
        table
    }

    pub(crate) fn row(&mut self, cells: &[&str]) {
        self.0.write_record(cells).expect("memory takes every row, and every row has the same length");
    }

    pub(crate) fn finish(self) -> String {
        let bytes = self.0.into_inner().expect("memory can be flushed");
        String::from_utf8(bytes).expect("only text was written")
    }
}
