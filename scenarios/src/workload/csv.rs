//! A list as a CSV table: a line for each arrival.
//!
//! The columns are named in the first line, in any order: `time`, `count` (tasks), `cpu`, `memory`, `duration`, `priority`
//! and `constraints` (several separated by `;`). Times and durations are in seconds or have a unit, memory is in bytes or
//! has one. A value may stand between quotes, in which a quote is written twice; a line is a row all the same.

use std::borrow::Cow;

use swarmbed_scheduler::Span;
use swarmbed_scheduler::constraint::Constraint;
use swarmbed_scheduler::units::Resources;

use super::rows::{MOST_TASKS, Row, Said, Stopped};
use crate::content::Lines;
use crate::file::MOST_PRIORITY;
use crate::trouble::nearest;
use crate::value::{Cpus, Kind, Misread, Raw, Size, TimeSpan, leading_number, shortened};

const COLUMNS: [&str; 7] = ["time", "count", "cpu", "memory", "duration", "priority", "constraints"];
const TIME: usize = 0;
const COUNT: usize = 1;
const CPU: usize = 2;
const MEMORY: usize = 3;
const DURATION: usize = 4;
const PRIORITY: usize = 5;
const CONSTRAINTS: usize = 6;

/// Where the columns are.
pub(super) struct Columns {
    /// For each column of the table which of [`COLUMNS`] it is.
    order: Vec<usize>,
    jobs: bool,
}

impl Columns {
    /// What the first line says. Of jobs each needs a duration.
    pub(super) fn read(lines: &mut Lines, jobs: bool) -> Result<Columns, Stopped> {
        let misread = |message: String| Stopped::Mistake(Misread::new(message));
        let first = loop {
            match lines.next()? {
                Some(line) if line.trim().is_empty() => {}
                Some(line) => break line.to_owned(),
                None => return Err(misread("the list is empty".to_owned())),
            }
        };
        let mut order = Vec::new();
        for name in Fields(Some(&first)) {
            let name = name.map_err(Stopped::Mistake)?;
            let known = COLUMNS.iter().position(|column| *column == name);
            let index = known.ok_or_else(|| Stopped::Mistake(unknown(&name)))?;
            if order.contains(&index) {
                return Err(misread(format!("there are two columns '{name}'")));
            }
            order.push(index);
        }
        for needed in [TIME, DURATION].into_iter().take(if jobs { 2 } else { 1 }) {
            if !order.contains(&needed) {
                return Err(misread(format!("the column '{}' is missing", COLUMNS[needed])));
            }
        }
        Ok(Columns { order, jobs })
    }

    pub(super) fn has_priorities(&self) -> bool {
        self.order.contains(&PRIORITY)
    }

    /// What a line says.
    pub(super) fn row(&self, line: &str) -> Result<Said, Misread> {
        if line.trim().is_empty() {
            return Ok(Said::Nothing);
        }
        let mut values: [Cow<'_, str>; 7] = Default::default();
        let mut count = 0;
        for value in Fields(Some(line)) {
            if let Some(index) = self.order.get(count) {
                values[*index] = value?;
            }
            count += 1;
        }
        if count != self.order.len() {
            let expected = self.order.len();
            return Err(Misread::new(format!("this row has {count} fields, the first line {expected}")));
        }
        self.meant(&values).map(Said::Row)
    }

    fn meant(&self, values: &[Cow<'_, str>; 7]) -> Result<Row, Misread> {
        let get = |index: usize| Some(&*values[index]).filter(|value| !value.is_empty());
        let text = |value: &str| Raw::Text(value.to_owned());
        let time = |index: usize| get(index).map(|value| time(COLUMNS[index], value)).transpose();
        let duration = time(DURATION)?;
        if self.jobs && duration.is_none() {
            return Err(Misread::new("a job needs a duration"));
        }
        let cpu = get(CPU).map_or(Ok(0), |value| Cpus::read(&text(value)))?;
        let memory = get(MEMORY).map_or(Ok(0), |value| match value.parse::<u64>() {
            Ok(bytes) => Ok(bytes),
            Err(_) => Size::read(&text(value)),
        })?;
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

fn unknown(name: &str) -> Misread {
    let help = match nearest(name, COLUMNS) {
        Some(near) => format!("did you mean '{near}'?"),
        None => format!("columns are {}", COLUMNS.join(", ")),
    };
    Misread::new(format!("there is no column '{}'", shortened(name))).help(help)
}

fn whole(what: &str, value: &str, least: u64, most: u64) -> Result<u32, Misread> {
    let number = value.parse::<u64>().ok().filter(|number| (least..=most).contains(number));
    number.and_then(|number| u32::try_from(number).ok()).ok_or_else(|| {
        let found = shortened(value);
        Misread::new(format!("the {what} '{found}' is not a whole number from {least} to {most}"))
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
            let misread = || Misread::new(format!("the {what} '{}' is too long", shortened(value)));
            nanos.map(Span).ok_or_else(misread)
        }
        _ => TimeSpan::read(&Raw::Text(value.to_owned())),
    }
}

/// The values of a line, without the blanks around them.
struct Fields<'a>(Option<&'a str>);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Cow<'a, str>, Misread>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0.take()?;
        if let Some(quoted) = rest.trim_start().strip_prefix('"') {
            return Some(self.quoted(quoted));
        }
        let (value, rest) = rest.split_once(',').map_or((rest, None), |(value, rest)| (value, Some(rest)));
        self.0 = rest;
        Some(Ok(Cow::Borrowed(value.trim())))
    }
}

impl<'a> Fields<'a> {
    /// A value that begins with a quote, which is taken off already.
    fn quoted(&mut self, text: &'a str) -> Result<Cow<'a, str>, Misread> {
        let mut from = 0;
        let end = loop {
            let Some(quote) = text[from..].find('"').map(|at| from + at) else {
                let misread = Misread::new("a quote is opened and not closed in this line");
                return Err(misread.help("a row is one line; a quote in a value is written twice"));
            };
            if !text[quote + 1..].starts_with('"') {
                break quote;
            }
            from = quote + 2;
        };
        let rest = text[end + 1..].trim_start();
        self.0 = rest.strip_prefix(',');
        if self.0.is_none() && !rest.is_empty() {
            let misread = Misread::new(format!("'{}' follows a closing quote", shortened(rest)));
            return Err(misread.help("a comma is due there; a quote in a value is written twice"));
        }
        let value = text[..end].trim();
        Ok(if value.contains('"') { Cow::Owned(value.replace("\"\"", "\"")) } else { Cow::Borrowed(value) })
    }
}
