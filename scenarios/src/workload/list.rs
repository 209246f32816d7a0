//! A list of arrivals in a CSV file: a row for each, by ascending time.
//!
//! The columns are named in the first line, in any order: `time`, `count` (tasks), `cpu`, `memory`, `duration` and
//! `constraints` (several separated by `;`). Times and durations are in seconds or have a unit, memory is in bytes or has one.

use std::sync::Arc;

use csv::{Reader, ReaderBuilder, StringRecord};
use swarmbed_scheduler::constraint::Constraint;
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::setup::{Arrival, Service, Source as Arrivals};

use super::Job;
use crate::scenario::Source;
use crate::trouble::{Trouble, nearest};
use crate::value::{Cpus, Kind, Misread, Raw, Size, TimeSpan, leading_number, shortened};

/// A workload by its list.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    /// What all of its services have in common; their names begin with this one's.
    pub(crate) pattern: Service,
    pub(crate) rows: Arc<[Row]>,
    /// Added to all times.
    pub(crate) from: Span,
    pub(crate) until: SimTime,
    pub(crate) limit: u64,
    /// `None` for services.
    pub(crate) job: Option<Job>,
}

/// One arrival.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    at: Span,
    tasks: u32,
    reserves: Resources,
    duration: Option<Span>,
    constraints: Vec<Constraint>,
}

const COLUMNS: [&str; 6] = ["time", "count", "cpu", "memory", "duration", "constraints"];

impl Arrivals for Listed {
    fn arrivals(&self, _: u64) -> Box<dyn Iterator<Item = Arrival> + Send> {
        let list = self.clone();
        let most = usize::try_from(self.limit).unwrap_or(usize::MAX).min(self.rows.len());
        let arrivals = (0..most).map(move |index| list.arrival(index));
        let until = self.until;
        Box::new(arrivals.take_while(move |arrival| arrival.at <= until))
    }
}

impl Listed {
    fn arrival(&self, index: usize) -> Arrival {
        let row = &self.rows[index];
        let mut service =
            Service { name: format!("{}-{}", self.pattern.name, index + 1), ..self.pattern.clone() };
        service.task.reservations = row.reserves;
        service.task.constraints = row.constraints.clone();
        (service.mode, service.stay) = super::mode(self.job, row.tasks, row.duration);
        if self.job.is_some() {
            service.container.run = row.duration.map(|span| Distribution::constant(span.nanos()));
        }
        Arrival { at: SimTime::ZERO + self.from + row.at, service }
    }
}

/// The rows of a list, or the first mistake in it, at its place. Of jobs each needs a duration.
pub(crate) fn read(source: &Source, jobs: bool) -> Result<Vec<Row>, Trouble> {
    let mut reader = ReaderBuilder::new().trim(csv::Trim::All).from_reader(source.text.as_bytes());
    let columns = columns(&mut reader, source, jobs)?;
    let mut rows: Vec<Row> = Vec::new();
    let mut record = StringRecord::new();
    loop {
        let start = reader.position().byte() as usize;
        let there = reader.read_record(&mut record);
        let end = reader.position().byte() as usize;
        let here = |misread: Misread| placed(misread, source, start, end);
        match there {
            Ok(true) => {}
            Ok(false) => return Ok(rows),
            Err(error) => return Err(here(Misread::new(said(&error)))),
        }
        let row = row(&record, &columns, jobs).map_err(here)?;
        if let Some(before) = rows.last().filter(|before| before.at > row.at) {
            let (at, before) = (seconds(row.at), seconds(before.at));
            let misread = Misread::new(format!("the time {at} s comes after {before} s"));
            return Err(here(misread.help("sort the list by time")));
        }
        rows.push(row);
    }
}

/// Which column each of [`COLUMNS`] is.
fn columns(reader: &mut Reader<&[u8]>, source: &Source, jobs: bool) -> Result<[Option<usize>; 6], Trouble> {
    let headers = reader.headers().cloned();
    let end = reader.position().byte() as usize;
    let here = |misread: Misread| placed(misread, source, 0, end);
    let headers = headers.map_err(|error| here(Misread::new(said(&error))))?;
    let unknown = headers.iter().find(|name| !COLUMNS.contains(name));
    if let Some(unknown) = unknown {
        let help = match nearest(unknown, COLUMNS) {
            Some(near) => format!("did you mean '{near}'?"),
            None => format!("columns are {}", COLUMNS.join(", ")),
        };
        return Err(here(Misread::new(format!("there is no column '{}'", shortened(unknown))).help(help)));
    }
    let found = COLUMNS.map(|column| headers.iter().position(|name| name == column));
    for (needed, index) in [("time", 0), ("duration", 4)].into_iter().take(if jobs { 2 } else { 1 }) {
        if found[index].is_none() {
            return Err(here(Misread::new(format!("the column '{needed}' is missing"))));
        }
    }
    Ok(found)
}

fn row(record: &StringRecord, columns: &[Option<usize>; 6], jobs: bool) -> Result<Row, Misread> {
    let get = |index: usize| columns[index].and_then(|at| record.get(at)).filter(|text| !text.is_empty());
    let text = |text: &str| Raw::Text(text.to_owned());
    let span = |what: &str, index: usize| get(index).map(|value| time(what, value)).transpose();
    let duration = span("duration", 4)?;
    if jobs && duration.is_none() {
        return Err(Misread::new("a job needs a duration"));
    }
    let tasks = match get(1).map(str::parse::<u32>) {
        None => 1,
        Some(Ok(tasks @ 1..=100_000)) => tasks,
        Some(_) => return Err(Misread::new("count is a whole number from 1 to 100000")),
    };
    let cpu = get(2).map_or(Ok(0), |value| Cpus::read(&text(value)))?;
    let memory = get(3).map_or(Ok(0), |value| match value.parse::<u64>() {
        Ok(bytes) => Ok(bytes),
        Err(_) => Size::read(&text(value)),
    })?;
    let constraints = get(5).map_or(Ok(Vec::new()), |list| {
        let list: Vec<&str> = list.split(';').map(str::trim).filter(|one| !one.is_empty()).collect();
        Constraint::parse_all(&list)
    });
    Ok(Row {
        at: span("time", 0)?.ok_or_else(|| Misread::new("the time is missing"))?,
        tasks,
        reserves: Resources::new(cpu as i64, i64::try_from(memory).unwrap_or(i64::MAX)),
        duration,
        constraints: constraints.map_err(|error| Misread::new(error.to_string()))?,
    })
}

/// A span in seconds, or with a unit.
pub(crate) fn time(what: &str, value: &str) -> Result<Span, Misread> {
    if value.starts_with('-') {
        return Err(Misread::new(format!("the {what} '{}' is negative", shortened(value))));
    }
    match leading_number(value) {
        Some((number, "")) => {
            let nanos = u64::try_from(number.times(1_000_000_000)).ok().filter(|n| *n <= Span::LONGEST.0);
            nanos
                .map(Span)
                .ok_or_else(|| Misread::new(format!("the {what} '{}' is too long", shortened(value))))
        }
        _ => TimeSpan::read(&Raw::Text(value.to_owned())),
    }
}

fn seconds(span: Span) -> f64 {
    span.as_secs_f64()
}

pub(crate) fn said(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("this row has {len} fields, the first line {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "this is no text".to_owned(),
        _ => "this is no row of a CSV table".to_owned(),
    }
}

pub(crate) fn placed(misread: Misread, source: &Source, start: usize, end: usize) -> Trouble {
    let mut trouble = Trouble::new(misread.message);
    if let Some(help) = misread.help {
        trouble = trouble.help(help);
    }
    // The reader ends a row behind its line break; the place is the row alone.
    let row = source.text.get(start..end).unwrap_or_default();
    let (from, to) = (start + (row.len() - row.trim_start().len()), start + row.trim_end().len());
    trouble.in_source(&source.name, source.text.clone()).at(from..to.max(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Result<Vec<Row>, String> {
        let source = Source { name: "tasks.csv".into(), text: text.into() };
        read(&source, true).map_err(|trouble| format!("{trouble:#}"))
    }

    #[test]
    fn rows_are_read_in_any_order_of_columns() {
        let rows = list(
            "duration,time,memory,cpu,count,constraints\n\
             90s,0,512MiB,0.5,2,node.labels.disk == ssd; node.role == worker\n\
             2.5,1.25,1048576,,,\n",
        );
        let rows = rows.unwrap();
        assert_eq!(
            (rows[0].tasks, rows[0].duration, rows[0].constraints.len()),
            (2, Some(Span::secs(90)), 2)
        );
        assert_eq!(rows[0].reserves, Resources::new(500_000_000, 512 << 20));
        assert_eq!((rows[1].at, rows[1].duration), (Span::millis(1250), Some(Span::millis(2500))));
        assert_eq!((rows[1].tasks, rows[1].reserves), (1, Resources::new(0, 1 << 20)));
    }

    #[test]
    fn mistakes_are_placed() {
        let check = |text: &str, said: &str| assert_eq!(list(text).unwrap_err(), said);
        check(
            "time,duratoin\n",
            "tasks.csv:1:1: there is no column 'duratoin'\n  help: did you mean 'duration'?",
        );
        check("time\n", "tasks.csv:1:1: the column 'duration' is missing");
        check("", "tasks.csv:1:1: the column 'time' is missing");
        check(
            "time,duration\n5,1\n4,1\n",
            "tasks.csv:3:1: the time 4 s comes after 5 s\n  help: sort the list by time",
        );
        check("time,duration\n1,-3\n", "tasks.csv:2:1: the duration '-3' is negative");
        check("time,duration\n1\n", "tasks.csv:2:1: this row has 1 fields, the first line 2");
        check("time,duration\n1,\n", "tasks.csv:2:1: a job needs a duration");
        check("time,duration,count\n1,1,0\n", "tasks.csv:2:1: count is a whole number from 1 to 100000");
        check(
            "time,duration,cpu\n1,1,two\n",
            "tasks.csv:2:1: 'two' is not a number of CPUs\n  help: half a CPU is written \"0.5\"",
        );
    }
}
