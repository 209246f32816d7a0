//! A list in the Standard Workload Format of the Parallel Workloads Archive: a line of 18 numbers for each job, in which -1
//! stands for what is not known, and header lines that begin with `;`.
//!
//! Of a job count when it was submitted, how long it ran, its processors and its memory. Of the last two it is what the user
//! asked for, since that is what a scheduler has to find room for; where that is not known, it is what the job was given
//! and used. How it ended, and how long it waited then, is the other scheduler's affair.

use swarmbed_scheduler::Span;
use swarmbed_scheduler::units::Resources;

use super::rows::{LeftOut, MOST_TASKS, Row, Said};
use crate::file::Processors;
use crate::value::{Misread, leading_number, shortened};

const FIELDS: [&str; 18] = [
    "job number",
    "submit time",
    "wait time",
    "run time",
    "number of allocated processors",
    "average CPU time used",
    "used memory",
    "requested number of processors",
    "requested time",
    "requested memory",
    "status",
    "user ID",
    "group ID",
    "executable number",
    "queue number",
    "partition number",
    "preceding job number",
    "think time from preceding job",
];
const SUBMITTED: usize = 1;
const RAN: usize = 3;
const PROCESSORS: usize = 4;
const MEMORY: usize = 6;
const ASKED_PROCESSORS: usize = 7;
const ASKED_MEMORY: usize = 9;
const STATUS: usize = 10;
/// Status of a line about a part of a job, between two checkpoints; there is one more line for the whole of it.
const PARTS: std::ops::RangeInclusive<u128> = 2..=4;
const BILLION: u128 = 1_000_000_000;

/// The reader of such a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Swf {
    /// What a job's processors are in a swarm.
    pub(crate) processors: Processors,
}

impl Swf {
    /// What a line says.
    pub(super) fn row(self, line: &str) -> Result<Said, Misread> {
        let line = line.trim();
        if line.is_empty() || line.starts_with(';') {
            return Ok(Said::Nothing);
        }
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        if fields.len() != FIELDS.len() {
            let misread = Misread::new(format!("this line has {} fields, a job has 18", fields.len()));
            return Err(misread.help("a comment begins with ';'"));
        }
        // Each is looked at, so that a file of another kind is not taken for one of these.
        for (at, field) in fields.iter().enumerate() {
            number(at, field, 1)?;
        }
        let get = |at: usize, unit: u128| number(at, fields[at], unit);
        let known = |at: usize| Ok::<_, Misread>(get(at, 1)?.filter(|number| *number > 0));
        let left_out = |why| Ok(Said::LeftOut(why));
        if get(STATUS, 1)?.is_some_and(|status| PARTS.contains(&status)) {
            return left_out(LeftOut::Part);
        }
        let Some(at) = get(SUBMITTED, BILLION)? else { return left_out(LeftOut::NoSubmitTime) };
        let Some(duration) = get(RAN, BILLION)? else { return left_out(LeftOut::NoRunTime) };
        let Some(processors) = known(ASKED_PROCESSORS)?.or(known(PROCESSORS)?) else {
            return left_out(LeftOut::NoProcessors);
        };
        let kibibytes = known(ASKED_MEMORY)?.or(known(MEMORY)?).unwrap_or(0);
        let (tasks, each) = self.tasks(processors)?;
        Ok(Said::Row(Row {
            at: span(SUBMITTED, at)?,
            tasks,
            reserves: Resources::new(
                amount(each.saturating_mul(BILLION)),
                amount(each.saturating_mul(kibibytes).saturating_mul(1024)),
            ),
            duration: Some(span(RAN, duration)?),
            priority: 0,
            constraints: Vec::new(),
        }))
    }

    /// How many tasks a job has, and how many processors each of them.
    fn tasks(self, processors: u128) -> Result<(u32, u128), Misread> {
        match self.processors {
            Processors::Cpus => Ok((1, processors)),
            Processors::Tasks if processors <= u128::from(MOST_TASKS) => Ok((processors as u32, 1)),
            Processors::Tasks => {
                let misread = Misread::new(format!(
                    "a job of {processors} processors would have more than {MOST_TASKS} tasks"
                ));
                Err(misread.help(r#"with processors = "cpus" it is one large task"#))
            }
        }
    }
}

/// A field times `unit`; nothing for -1.
fn number(at: usize, field: &str, unit: u128) -> Result<Option<u128>, Misread> {
    match leading_number(field) {
        Some((number, "")) => Ok(Some(number.times(unit))),
        _ if ["-1", "-1.0", "-1.00"].contains(&field) => Ok(None),
        _ => {
            let (what, found) = (FIELDS[at], shortened(field));
            let message = format!("field {}, the {what}, is '{found}' and not a number", at + 1);
            Err(Misread::new(message).help("what is not known is -1"))
        }
    }
}

fn span(at: usize, nanos: u128) -> Result<Span, Misread> {
    let nanos = u64::try_from(nanos).ok().filter(|nanos| *nanos <= Span::LONGEST.0);
    nanos.map(Span).ok_or_else(|| Misread::new(format!("the {} is more than 500 years", FIELDS[at])))
}

fn amount(amount: u128) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}
