//! A list as a CSV table: a line for each arrival.
//!
//! Its columns are `time`, `count` (tasks), `cpu`, `memory`, `duration`, `priority` and `constraints` (several separated by
//! `;`). Times and durations are in seconds or have a unit, memory is in bytes or has one.

use std::borrow::Cow;

use swarmbed_scheduler::constraint::Constraint;
use swarmbed_scheduler::units::Resources;

use super::rows::{MOST_TASKS, Row, Said, Stopped};
use crate::columns::{Columns, cpu, memory, time};
use crate::content::Lines;
use crate::file::MOST_PRIORITY;
use crate::value::{Misread, shortened};

const COLUMNS: [&str; 7] = ["time", "count", "cpu", "memory", "duration", "priority", "constraints"];
const TIME: usize = 0;
const COUNT: usize = 1;
const CPU: usize = 2;
const MEMORY: usize = 3;
const DURATION: usize = 4;
const PRIORITY: usize = 5;
const CONSTRAINTS: usize = 6;

/// What the first line says of the others.
pub(super) struct Table {
    columns: Columns<7>,
    jobs: bool,
}

impl Table {
    /// Reads the first line. Of jobs each needs a duration.
    pub(super) fn read(lines: &mut Lines, jobs: bool) -> Result<Table, Stopped> {
        let columns = loop {
            match lines.next()? {
                Some(line) if line.trim().is_empty() => {}
                Some(line) => break Columns::read(line, &COLUMNS),
                None => return Err(Stopped::Mistake(Misread::new("the list is empty"))),
            }
        };
        let table = Table { columns: columns.map_err(Stopped::Mistake)?, jobs };
        let mut needed = [TIME, DURATION].into_iter().take(if jobs { 2 } else { 1 });
        needed.try_for_each(|index| table.columns.need(index)).map_err(Stopped::Mistake)?;
        Ok(table)
    }

    pub(super) fn has_priorities(&self) -> bool {
        self.columns.has(PRIORITY)
    }

    /// What a line says.
    pub(super) fn row(&self, line: &str) -> Result<Said, Misread> {
        match line.trim().is_empty() {
            true => Ok(Said::Nothing),
            false => self.meant(&self.columns.values(line)?).map(Said::Row),
        }
    }

    fn meant(&self, values: &[Cow<'_, str>; 7]) -> Result<Row, Misread> {
        let get = |index: usize| Some(&*values[index]).filter(|value| !value.is_empty());
        let time = |index: usize| get(index).map(|value| time(COLUMNS[index], value)).transpose();
        let duration = time(DURATION)?;
        if self.jobs && duration.is_none() {
            return Err(Misread::new("a job needs a duration"));
        }
        let cpu = get(CPU).map_or(Ok(0), cpu)?;
        let memory = get(MEMORY).map_or(Ok(0), memory)?;
        let constraints = get(CONSTRAINTS).map_or(Ok(Vec::new()), |list| {
            let list: Vec<&str> = list.split(';').map(str::trim).filter(|one| !one.is_empty()).collect();
            Constraint::parse_all(&list)
        });
        Ok(Row {
            at: time(TIME)?.ok_or_else(|| Misread::new("the time is missing"))?,
            tasks: get(COUNT).map_or(Ok(1), |value| whole("count", value, 1, MOST_TASKS))?,
            reserves: Resources::new(
                i64::try_from(cpu).unwrap_or(i64::MAX),
                i64::try_from(memory).unwrap_or(i64::MAX),
            ),
            duration,
            priority: get(PRIORITY).map_or(Ok(0), |value| whole("priority", value, 0, MOST_PRIORITY))?,
            constraints: constraints.map_err(|error| Misread::new(error.to_string()))?,
        })
    }
}

fn whole(what: &str, value: &str, least: u64, most: u64) -> Result<u32, Misread> {
    let number = value.parse::<u64>().ok().filter(|number| (least..=most).contains(number));
    number.and_then(|number| u32::try_from(number).ok()).ok_or_else(|| {
        let found = shortened(value);
        Misread::new(format!("the {what} '{found}' is not a whole number from {least} to {most}"))
    })
}
