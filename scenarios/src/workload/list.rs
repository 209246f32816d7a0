//! A list of arrivals in a file: checked once as a whole, then read again by each run as it gets there. So it may be much
//! larger than the memory.

use std::collections::BTreeMap;
use std::iter;
use std::ops::Range;
use std::sync::Arc;

use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::setup::{Arrival, Service, Source};

use super::Job;
use super::rows::{Format, LeftOut, Row, Rows, Stopped};
use crate::content::{Content, Known, Lines};
use crate::trouble::Trouble;

/// A workload by its list.
#[derive(Clone)]
pub(crate) struct Listed {
    /// What all of its services have in common; their names begin with this one's.
    pub(crate) pattern: Service,
    pub(crate) list: Arc<Known>,
    pub(crate) format: Format,
    /// Added to all times.
    pub(crate) from: Span,
    pub(crate) until: SimTime,
    pub(crate) limit: u64,
    /// `None` for services.
    pub(crate) job: Option<Job>,
}

impl Source for Listed {
    fn arrivals(&self, _: u64) -> Box<dyn Iterator<Item = Arrival> + Send> {
        let rows = self.list.lines().map_err(Stopped::Failed);
        match rows.and_then(|lines| Rows::new(lines, self.format).map_err(|wrong| wrong.1)) {
            Ok(rows) => {
                let arrivals = Arrivals { listed: self.clone(), rows, numbers: 1..self.limit + 1 };
                let until = self.until;
                Box::new(arrivals.take_while(move |arrival| arrival.at <= until))
            }
            Err(stopped) => {
                self.broke_off(&stopped);
                Box::new(iter::empty())
            }
        }
    }

    fn trouble(&self) -> Option<String> {
        self.list.trouble()
    }
}

/// The arrivals of one run.
struct Arrivals {
    listed: Listed,
    rows: Rows,
    numbers: Range<u64>,
}

impl Iterator for Arrivals {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        let number = self.numbers.next()?;
        match self.rows.next(&mut |_| ()) {
            Ok(row) => row.map(|row| self.listed.arrival(row, number)),
            Err(stopped) => {
                self.listed.broke_off(&stopped);
                self.numbers = 0..0;
                None
            }
        }
    }
}

impl Listed {
    fn arrival(&self, row: Row, number: u64) -> Arrival {
        let mut service = Service { name: format!("{}-{number}", self.pattern.name), ..self.pattern.clone() };
        service.task.reservations = row.reserves;
        service.task.constraints = row.constraints;
        service.task.priority = row.priority;
        (service.mode, service.stay) = super::mode(self.job, row.tasks, row.duration);
        if self.job.is_some() {
            service.container.run = row.duration.map(|span| Distribution::constant(span.nanos()));
        }
        Arrival { at: SimTime::ZERO + self.from + row.at, service }
    }

    fn broke_off(&self, stopped: &Stopped) {
        match stopped {
            Stopped::Failed(error) => self.list.note(error),
            Stopped::Mistake(misread) => {
                unreachable!("a line that was checked has a mistake now: {}", misread.message)
            }
        }
    }
}

/// What there is in a list.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Summary {
    pub(crate) rows: u64,
    /// Rows that are left out, by the reason.
    pub(crate) left_out: BTreeMap<LeftOut, u64>,
    /// Rows that reserve no memory.
    pub(crate) without_memory: u64,
    /// Rows whose tasks fit on no machine.
    pub(crate) too_large: u64,
    pub(crate) has_priorities: bool,
}

/// The list, once all of it has been read, or the first mistake in it, at its place.
pub(crate) fn read(
    content: Arc<dyn Content>,
    format: Format,
    fits: &dyn Fn(&Row) -> bool,
) -> Result<(Known, Summary), Trouble> {
    let name = content.name().to_owned();
    let lines = Lines::first(&*content).map_err(|error| told(&name, None, Stopped::Failed(error)))?;
    let rows = Rows::new(lines, format).map_err(|wrong| told(&name, Some(&wrong.0), wrong.1));
    let mut rows = rows?;
    let mut summary = Summary { has_priorities: rows.has_priorities(), ..Summary::default() };
    loop {
        let mut left_out = |why| *summary.left_out.entry(why).or_default() += 1;
        match rows.next(&mut left_out) {
            Ok(Some(row)) => {
                summary.rows += 1;
                summary.without_memory += u64::from(row.reserves.memory == 0);
                summary.too_large += u64::from(!fits(&row));
            }
            Ok(None) => break,
            Err(stopped) => return Err(told(&name, Some(&rows.lines), stopped)),
        }
    }
    if summary.rows == 0 {
        let reasons = summary.reasons();
        let why = if reasons.is_empty() { String::new() } else { format!(": {reasons}") };
        return Err(Trouble::new(format!("the list '{name}' has no row that could be used{why}")));
    }
    Ok((rows.lines.known(content), summary))
}

impl Summary {
    /// What was left out: `12 without a run time, 5 without processors`.
    fn reasons(&self) -> String {
        let reasons = self.left_out.iter().map(|(why, count)| format!("{count} {}", why.words()));
        reasons.collect::<Vec<_>>().join(", ")
    }

    /// What the user should know of it, a sentence each.
    pub(crate) fn notices(&self, name: &str, format: Format) -> Vec<String> {
        let (rows, left_out) = (self.rows, self.left_out.values().sum::<u64>());
        let of_memory = self.without_memory > 0 && matches!(format, Format::Swf(_));
        let notices = [
            (left_out > 0)
                .then(|| format!("{name}: {left_out} of {} jobs are left out: {}", rows + left_out, self.reasons())),
            of_memory.then(|| {
                format!("{name}: {} of {rows} jobs without known memory reserve none", self.without_memory)
            }),
            (self.too_large > 0).then(|| {
                let count = self.too_large;
                format!("{name}: {count} of {rows} arrivals reserve more for a task than any machine has, and stay pending")
            }),
        ];
        notices.into_iter().flatten().collect()
    }
}

fn told(name: &str, lines: Option<&Lines>, stopped: Stopped) -> Trouble {
    let misread = match stopped {
        Stopped::Failed(error) => return Trouble::new(format!("the list '{name}' cannot be read: {error}")),
        Stopped::Mistake(misread) => misread,
    };
    let trouble = misread.help.iter().fold(Trouble::new(misread.message), |trouble, help| trouble.help(help));
    let (line, number) = lines.map_or((String::new(), 1), |lines| (lines.shown(), lines.number()));
    let end = line.len();
    trouble.in_excerpt(name, line, number.max(1)).at(0..end)
}
