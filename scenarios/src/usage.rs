//! What tasks use as time goes on, in a CSV file: a row for each change, by ascending time.
//!
//! The columns are named in the first line, in any order: `time`, and `cpu` or `memory` or both. The first row's amounts
//! hold from the beginning of the run, whatever its time; the last row's to its end.

use std::ops::Range;

use swarmbed_scheduler::Span;
use swarmbed_sim::setup::Curve;

use crate::columns::{Columns, cpu, memory, time};
use crate::scenario::Source;
use crate::trouble::Trouble;
use crate::value::Misread;

/// What a file says, in nano-CPUs and bytes.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Curves {
    pub(crate) cpu: Option<Curve>,
    pub(crate) memory: Option<Curve>,
}

const COLUMNS: [&str; 3] = ["time", "cpu", "memory"];
const TIME: usize = 0;
const CPU: usize = 1;
const MEMORY: usize = 2;

/// The times from which on amounts hold, of CPU and of memory.
type Steps = [Vec<(Span, u64)>; 2];

/// The curves in a list of use, or the first mistake in it, at its place.
pub(crate) fn read(source: &Source) -> Result<Curves, Trouble> {
    let mut lines = lines(&source.text);
    let (first, place) = lines.next().unwrap_or_default();
    let columns = columns(first).map_err(|misread| placed(misread, source, &place))?;
    let mut steps = Steps::default();
    for (line, place) in lines {
        row(line, &columns, &mut steps).map_err(|misread| placed(misread, source, &place))?;
    }
    let [cpu, memory] = steps;
    if cpu.is_empty() && memory.is_empty() {
        return Err(placed(Misread::new("the list has no rows"), source, &place));
    }
    Ok(Curves { cpu: curve(cpu), memory: curve(memory) })
}

/// The lines in which something stands, without the blanks around it, and where that is.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
    let mut end = 0;
    let lines = text.split_inclusive('\n').map(move |line| {
        let start = end + line.len() - line.trim_start().len();
        end += line.len();
        (line.trim(), start..start + line.trim().len())
    });
    lines.filter(|(line, _)| !line.is_empty())
}

fn columns(first: &str) -> Result<Columns<3>, Misread> {
    let columns = Columns::read(first.trim_start_matches('\u{feff}'), &COLUMNS)?;
    columns.need(TIME)?;
    match columns.has(CPU) || columns.has(MEMORY) {
        true => Ok(columns),
        false => Err(Misread::new("a column 'cpu' or 'memory' is missing")),
    }
}

/// Adds what a row says.
fn row(line: &str, columns: &Columns<3>, steps: &mut Steps) -> Result<(), Misread> {
    let values = columns.values(line)?;
    let get = |index: usize| Some(&*values[index]).filter(|value| !value.is_empty());
    let at = time(COLUMNS[TIME], get(TIME).ok_or_else(|| Misread::new("the time is missing"))?)?;
    let amounts = [get(CPU).map(cpu).transpose()?, get(MEMORY).map(memory).transpose()?];
    for (steps, amount) in steps.iter_mut().zip(amounts) {
        let Some(amount) = amount else { continue };
        if let Some((before, _)) = steps.last().filter(|(before, _)| *before >= at) {
            let (at, before) = (at.as_secs_f64(), before.as_secs_f64());
            let misread = Misread::new(format!("the time {at} s comes after {before} s"));
            return Err(misread.help("sort the list by time, each time once"));
        }
        steps.push((at, amount));
    }
    Ok(())
}

/// What holds at first holds from the beginning.
fn curve(mut steps: Vec<(Span, u64)>) -> Option<Curve> {
    steps.first_mut()?.0 = Span::ZERO;
    Some(Curve { steps, period: None })
}

pub(crate) fn placed(misread: Misread, source: &Source, place: &Range<usize>) -> Trouble {
    let trouble = misread.help.iter().fold(Trouble::new(misread.message), |trouble, help| trouble.help(help));
    trouble.in_source(&source.name, source.text.clone()).at(place.clone())
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
        check("cpu,time,cpu\n", "use.csv:1:1: there are two columns 'cpu'");
        check("\n  time,cpu\n\n 1,2,3\n", "use.csv:4:2: this row has 3 fields, the first line 2");
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
