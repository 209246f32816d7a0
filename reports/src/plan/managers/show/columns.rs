//! What is shown of a row. A further column is a line in [`COLUMNS`].

use serde_json::{Value as Json, json};

use crate::compare::significant;
use crate::plan::managers::{Row, YEAR, in_zones};
use crate::stats::Estimate;
use crate::stats::student_quantile;
use crate::words::number;

/// A column: its key for programs, its head for people, the table it stands in, and what it says of a row.
pub(super) struct Column {
    pub(super) key: &'static str,
    pub(super) head: &'static str,
    pub(super) table: Sheet,
    pub(super) says: fn(&Row) -> Cell,
}

/// The tables that people see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sheet {
    /// At the beginning of each of them.
    Each,
    Survives,
    Costs,
    Leader,
    /// Only programs see it.
    None,
}

/// What a column says of a row.
pub(super) enum Cell {
    Count(u32),
    Words(String),
    Switch(bool),
    /// A number that people see with three digits.
    Amount(f64),
    /// A part of one, in percent for people.
    Share(f64),
    /// Seconds.
    Time(f64),
    /// An estimate and half of its 95 % interval; or in how many years it was never seen.
    Estimate(Result<(f64, f64), f64>),
    /// An estimate of which people see three digits alone.
    About(f64, f64),
    Nothing,
}

const fn column(key: &'static str, head: &'static str, table: Sheet, says: fn(&Row) -> Cell) -> Column {
    Column { key, head, table, says }
}

pub(super) const COLUMNS: &[Column] = &[
    column("managers", "MANAGERS", Sheet::Each, |row| Cell::Count(row.managers)),
    column("zones", "ZONES", Sheet::Each, |row| Cell::Words(in_zones(&row.split))),
    column("survives_failures", "FAILURES", Sheet::Survives, |row| Cell::Count(row.failures())),
    column("survives_zone", "ZONE", Sheet::Survives, |row| Cell::Switch(row.survives_zone())),
    column("survives_maintenance", "UPKEEP", Sheet::Survives, |row| Cell::Switch(row.survives_maintenance())),
    column("minutes_per_year", "MIN/YEAR", Sheet::Survives, |row| Cell::Amount(row.minutes())),
    column("played_minutes_per_year", "PLAYED", Sheet::Survives, played),
    column("leaderless_minutes_per_year", "LEADERLESS", Sheet::Survives, |row| surely(row.leaderless())),
    column("repairs_delayed_per_year", "DELAYED", Sheet::Costs, |row| surely(row.costs.delayed)),
    column("repair_delay_seconds", "BY", Sheet::Costs, |row| time(row.costs.delay.map(|by| 60.0 * by))),
    column("replica_minutes_per_year", "REPLICA-MIN", Sheet::Costs, |row| surely(row.costs.replica_minutes)),
    column("operations_refused_per_year", "REFUSED", Sheet::Costs, |row| about(row.costs.refused)),
    column("force_new_cluster_chance_per_year", "FORCED", Sheet::Costs, |row| Cell::Share(row.costs.forced)),
    column("price", "PRICE", Sheet::Costs, |row| row.price.map_or(Cell::Nothing, Cell::Amount)),
    column("outages_per_year", "OUTAGES", Sheet::Leader, |row| Cell::Amount(row.exact.outages_per_year)),
    column("outage_hours", "HOURS", Sheet::Leader, |row| Cell::Amount(row.outage_hours())),
    column("elections_per_year", "ELECTED", Sheet::Leader, |row| about(row.core.elections)),
    column("new_leader_seconds", "NEW LEADER", Sheet::Leader, |row| mean(row.core.takeover)),
    column("new_leader_seconds_p99", "P99", Sheet::Leader, |row| time(row.core.takeover.map(|t| t.p99))),
    column("commit_seconds", "COMMIT", Sheet::Leader, |row| mean(row.core.commit)),
    column("commit_seconds_p99", "P99", Sheet::None, |row| time(row.core.commit.map(|t| t.p99))),
    column("leader_busy", "BUSY", Sheet::Leader, |row| Cell::Share(row.costs.busy)),
];

fn played(row: &Row) -> Cell {
    let found = row.played.unavailability().map(|found| found.times(YEAR * 60.0));
    Cell::Estimate(match found {
        Some(found) if found.se > 0.0 => Ok((found.value, half(found))),
        _ => Err(row.played.hours() / YEAR),
    })
}

/// Half of an estimate's 95 % interval.
pub(super) fn half(found: Estimate) -> f64 {
    student_quantile(0.975, found.n.saturating_sub(1).max(1) as f64) * found.se
}

fn surely(found: Estimate) -> Cell {
    Cell::Estimate(Ok((found.value, half(found))))
}

fn about(found: Estimate) -> Cell {
    Cell::About(found.value, half(found))
}

fn time(seconds: Option<f64>) -> Cell {
    seconds.map_or(Cell::Nothing, Cell::Time)
}

fn mean(times: Option<crate::plan::managers::Times>) -> Cell {
    time(times.map(|times| times.mean.value))
}

impl Cell {
    pub(super) fn text(&self) -> String {
        match self {
            Cell::Count(count) => count.to_string(),
            Cell::Words(words) => words.clone(),
            Cell::Switch(yes) => if *yes { "yes" } else { "no" }.to_owned(),
            Cell::Amount(amount) | Cell::About(amount, _) => significant(*amount, 3),
            Cell::Share(share) => percent(*share),
            Cell::Time(seconds) => duration(*seconds),
            // An error beyond the digits that are shown is none.
            Cell::Estimate(Ok((value, half))) if *half < 5e-4 * value => significant(*value, 3),
            Cell::Estimate(Ok((value, half))) => {
                format!("{} ± {}", significant(*value, 3), significant(*half, 2))
            }
            Cell::Estimate(Err(years)) => format!("none in {} years", number(*years as u64)),
            Cell::Nothing => String::new(),
        }
    }

    /// With the whole number, and the half of an interval apart from its middle.
    pub(super) fn exact(&self) -> [Option<String>; 2] {
        match self {
            Cell::Amount(amount) | Cell::Share(amount) | Cell::Time(amount) => {
                [Some(amount.to_string()), None]
            }
            Cell::Estimate(Ok((value, half))) | Cell::About(value, half) => {
                [Some(value.to_string()), Some(half.to_string())]
            }
            Cell::Estimate(Err(_)) => [Some("0".to_owned()), None],
            Cell::Nothing => [None, None],
            cell => [Some(cell.text()), None],
        }
    }

    /// Whether a program sees the half of an interval beside it.
    pub(super) fn is_estimate(&self) -> bool {
        matches!(self, Cell::Estimate(_) | Cell::About(..))
    }

    pub(super) fn json(&self) -> Json {
        match self {
            Cell::Count(count) => json!(count),
            Cell::Words(words) => json!(words),
            Cell::Switch(yes) => json!(yes),
            Cell::Amount(amount) | Cell::Share(amount) | Cell::Time(amount) => json!(amount),
            Cell::Estimate(Ok((value, half))) | Cell::About(value, half) => {
                json!({"value": value, "half_interval": half})
            }
            Cell::Estimate(Err(years)) => json!({"value": 0, "never_in_years": years}),
            Cell::Nothing => Json::Null,
        }
    }
}

/// Seconds in the unit that a person would take.
pub(crate) fn duration(seconds: f64) -> String {
    let units = [(3600.0, 7200.0, "h"), (60.0, 120.0, "min"), (1.0, 1.0, "s"), (0.001, 0.0, "ms")];
    let (unit, _, name) =
        units.into_iter().find(|(_, from, _)| seconds >= *from).unwrap_or((0.001, 0.0, "ms"));
    format!("{} {name}", significant(seconds / unit, 3))
}

/// A part of one in percent; what is very small as a power of ten.
pub(super) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent > 0.0 && percent < 0.001 {
        return format!("{percent:.1e} %");
    }
    format!("{} %", significant(percent, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_as_a_person_would() {
        assert_eq!([0.0034, 13.62, 150.0, 9000.0].map(duration), ["3.4 ms", "13.6 s", "2.5 min", "2.5 h"]);
        assert_eq!([0.0, 1e-12, 0.000_012, 0.45].map(percent), ["0 %", "1.0e-10 %", "0.0012 %", "45 %"]);
    }
}
