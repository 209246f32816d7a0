//! What tasks use as time goes on, in a CSV file: a row for each change, by ascending time.
//!
//! The columns are named in the first line, in any order: `time`, and `cpu` or `memory` or both. The first row's amounts
//! hold from the beginning of the run, whatever its time; the last row's to its end.

use csv::{ReaderBuilder, StringRecord};
use swarmbed_scheduler::Span;
use swarmbed_sim::setup::Curve;

use crate::scenario::Source;
use crate::trouble::{Trouble, nearest};
use crate::value::{Cpus, Kind, Misread, Raw, Size, shortened};
use crate::workload::time;

/// What a file says, in nano-CPUs and bytes.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Curves {
    pub(crate) cpu: Option<Curve>,
    pub(crate) memory: Option<Curve>,
}

const COLUMNS: [&str; 3] = ["time", "cpu", "memory"];

/// Where each of [`COLUMNS`] is.
type Columns = [Option<usize>; 3];

/// The curves in a list of use, or the first mistake in it, at its place.
pub(crate) fn read(source: &Source) -> Result<Curves, Trouble> {
    let mut reader = ReaderBuilder::new().trim(csv::Trim::All).from_reader(source.text.as_bytes());
    let headers = reader.headers().cloned().map_err(|error| Misread::new(said(&error)));
    let end = reader.position().byte() as usize;
    let columns = headers.and_then(|headers| columns(&headers));
    let columns = columns.map_err(|misread| placed(misread, source, 0, end))?;
    let mut steps: [Vec<(Span, u64)>; 2] = Default::default();
    let mut record = StringRecord::new();
    loop {
        let start = reader.position().byte() as usize;
        let there = reader.read_record(&mut record).map_err(|error| Misread::new(said(&error)));
        let end = reader.position().byte() as usize;
        let row = there.and_then(|there| there.then(|| row(&record, &columns)).transpose());
        let here = |misread: Misread| placed(misread, source, start, end);
        let Some((at, amounts)) = row.map_err(here)? else { break };
        for (steps, amount) in steps.iter_mut().zip(amounts) {
            let Some(amount) = amount else { continue };
            if let Some((before, _)) = steps.last().filter(|(before, _)| *before >= at) {
                let (at, before) = (at.as_secs_f64(), before.as_secs_f64());
                let misread = Misread::new(format!("the time {at} s comes after {before} s"));
                return Err(here(misread.help("sort the list by time, each time once")));
            }
            steps.push((at, amount));
        }
    }
    let [cpu, memory] = steps;
    if cpu.is_empty() && memory.is_empty() {
        return Err(placed(Misread::new("the list has no rows"), source, 0, end));
    }
    Ok(Curves { cpu: curve(cpu), memory: curve(memory) })
}

/// What holds at first holds from the beginning.
fn curve(mut steps: Vec<(Span, u64)>) -> Option<Curve> {
    steps.first_mut()?.0 = Span::ZERO;
    Some(Curve { steps, period: None })
}

fn columns(headers: &StringRecord) -> Result<Columns, Misread> {
    if let Some(unknown) = headers.iter().find(|name| !COLUMNS.contains(name)) {
        let help = match nearest(unknown, COLUMNS) {
            Some(near) => format!("did you mean '{near}'?"),
            None => format!("columns are {}", COLUMNS.join(", ")),
        };
        return Err(Misread::new(format!("there is no column '{}'", shortened(unknown))).help(help));
    }
    match COLUMNS.map(|column| headers.iter().position(|name| name == column)) {
        [None, ..] => Err(Misread::new("the column 'time' is missing")),
        [_, None, None] => Err(Misread::new("a column 'cpu' or 'memory' is missing")),
        found => Ok(found),
    }
}

/// A row's time, and its amounts of CPU and memory.
fn row(record: &StringRecord, columns: &Columns) -> Result<(Span, [Option<u64>; 2]), Misread> {
    let get = |index: usize| columns[index].and_then(|at| record.get(at)).filter(|text| !text.is_empty());
    let at = get(0).ok_or_else(|| Misread::new("the time is missing"))?;
    let cpu = get(1).map(|text| Cpus::read(&Raw::Text(text.to_owned()))).transpose()?;
    let memory = get(2).map(|text| match text.parse::<u64>() {
        Ok(bytes) => Ok(bytes),
        Err(_) => Size::read(&Raw::Text(text.to_owned())),
    });
    Ok((time("time", at)?, [cpu, memory.transpose()?]))
}

fn said(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("this row has {len} fields, the first line {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "this is no text".to_owned(),
        _ => "this is no row of a CSV table".to_owned(),
    }
}

fn placed(misread: Misread, source: &Source, start: usize, end: usize) -> Trouble {
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

    fn list(text: &str) -> Result<Curves, String> {
        let source = Source { name: "use.csv".into(), text: text.into() };
        read(&source).map_err(|trouble| format!("{trouble:#}"))
    }

    #[test]
    fn each_column_is_a_curve() {
        let curves = list("time,memory,cpu\n10,64MiB,0.5\n1m,,2\n90s,1024,\n").unwrap();
        let steps = |curve: Option<Curve>| curve.unwrap().steps;
        assert_eq!(steps(curves.cpu), [(Span::ZERO, 500_000_000), (Span::secs(60), 2_000_000_000)]);
        assert_eq!(steps(curves.memory), [(Span::ZERO, 64 << 20), (Span::secs(90), 1024)]);
    }

    #[test]
    fn mistakes_are_placed() {
        let check = |text: &str, said: &str| assert_eq!(list(text).unwrap_err(), said);
        check("", "use.csv:1:1: the column 'time' is missing");
        check("time\n1\n", "use.csv:1:1: a column 'cpu' or 'memory' is missing");
        check("time,cpu\n", "use.csv:1:1: the list has no rows");
        check("time,cpus\n", "use.csv:1:1: there is no column 'cpus'\n  help: did you mean 'cpu'?");
        check("time,cpu\n1,-3\n", "use.csv:2:1: the number of CPUs '-3' is negative");
        check(
            "time,cpu\n5,1\n5,2\n",
            "use.csv:3:1: the time 5 s comes after 5 s\n  help: sort the list by time, each time once",
        );
    }
}
