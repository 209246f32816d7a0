//! The rows of a list, one by one, whatever its format.

use std::io;

use swarmbed_scheduler::Span;
use swarmbed_scheduler::constraint::Constraint;
use swarmbed_scheduler::units::Resources;

use super::csv::Table;
use super::swf::Swf;
use crate::content::{Lines, Unread};
use crate::value::Misread;

/// The most tasks that one arrival may have.
pub(super) const MOST_TASKS: u64 = 100_000;

/// One arrival.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// Since the beginning of the list.
    pub(crate) at: Span,
    pub(crate) tasks: u32,
    /// For each task.
    pub(crate) reserves: Resources,
    pub(crate) duration: Option<Span>,
    pub(crate) priority: u32,
    pub(crate) constraints: Vec<Constraint>,
}

/// What a line says.
#[derive(Debug, PartialEq)]
pub(super) enum Said {
    Row(Row),
    /// Nothing that is of use: it is empty, or a comment.
    Nothing,
    /// A row that is left out, for this reason.
    LeftOut(LeftOut),
}

/// Why a job of an SWF file is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LeftOut {
    NoSubmitTime,
    NoRunTime,
    NoProcessors,
    Part,
}

impl LeftOut {
    /// In words, behind how many they are.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            LeftOut::NoSubmitTime => "without a submit time",
            LeftOut::NoRunTime => "without a run time",
            LeftOut::NoProcessors => "without processors",
            LeftOut::Part => "as parts of jobs that have a line of their own (status 2 to 4)",
        }
    }
}

/// What a list is written in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Format {
    /// A table with named columns; of jobs each row needs a duration.
    Csv { jobs: bool },
    /// The Standard Workload Format.
    Swf(Swf),
}

/// Why there is no next row.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The file cannot be read, or is not what it was.
    Failed(io::Error),
    /// A mistake in the last line.
    Mistake(Misread),
}

impl From<Unread> for Stopped {
    fn from(unread: Unread) -> Stopped {
        match unread {
            Unread::Failed(error) => Stopped::Failed(error),
            Unread::Misread(misread) => Stopped::Mistake(misread),
        }
    }
}

/// Rows by ascending time.
pub(crate) struct Rows {
    pub(super) lines: Lines,
    reader: Reader,
    before: Span,
}

enum Reader {
    Csv(Table),
    Swf(Swf),
}

impl Rows {
    /// The rows of these lines, of which none has been read.
    ///
    /// # Errors
    /// The lines, given back, and what is wrong with the first ones.
    pub(crate) fn new(mut lines: Lines, format: Format) -> Result<Rows, Box<(Lines, Stopped)>> {
        let reader = match format {
            Format::Swf(swf) => Ok(Reader::Swf(swf)),
            Format::Csv { jobs } => Table::read(&mut lines, jobs).map(Reader::Csv),
        };
        match reader {
            Ok(reader) => Ok(Rows { lines, reader, before: Span::ZERO }),
            Err(stopped) => Err(Box::new((lines, stopped))),
        }
    }

    /// The next row, nothing at the end. `left_out` is told of each row that is not taken.
    ///
    /// # Errors
    /// Why there is none; the place is that of the last line.
    pub(crate) fn next(&mut self, left_out: &mut dyn FnMut(LeftOut)) -> Result<Option<Row>, Stopped> {
        while let Some(line) = self.lines.next()? {
            let said = match &self.reader {
                Reader::Csv(table) => table.row(line),
                Reader::Swf(swf) => swf.row(line),
            };
            match said.map_err(Stopped::Mistake)? {
                Said::Row(row) => return self.in_order(row).map(Some).map_err(Stopped::Mistake),
                Said::LeftOut(why) => left_out(why),
                Said::Nothing => {}
            }
        }
        Ok(None)
    }

    fn in_order(&mut self, row: Row) -> Result<Row, Misread> {
        if row.at < self.before {
            let (at, before) = (row.at.as_secs_f64(), self.before.as_secs_f64());
            let misread = Misread::new(format!("the time {at} s comes after {before} s"));
            return Err(misread.help("sort the list by time"));
        }
        self.before = row.at;
        Ok(row)
    }

    /// Whether rows have priorities.
    pub(crate) fn has_priorities(&self) -> bool {
        matches!(&self.reader, Reader::Csv(table) if table.has_priorities())
    }
}
