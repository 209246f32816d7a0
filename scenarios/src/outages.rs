//! Failures as they were recorded, in a CSV file: a row for each time that a machine was down.

use csv::{ReaderBuilder, StringRecord};
use swarmbed_scheduler::{NodeId, SimTime, Span};
use swarmbed_sim::setup::Outage;

use crate::scenario::Source;
use crate::trouble::{Trouble, nearest};
use crate::usage::{placed, said};
use crate::value::{Misread, shortened};
use crate::workload::time;

const COLUMNS: [&str; 3] = ["node", "down", "up"];

/// The outages in a file, or the first mistake in it, at its place. `names` are the machines', ascending.
pub(crate) fn read(source: &Source, names: &[&str]) -> Result<Vec<Outage>, Trouble> {
    let mut reader = ReaderBuilder::new().trim(csv::Trim::All).from_reader(source.text.as_bytes());
    let headers = reader.headers().cloned().map_err(|error| Misread::new(said(&error)));
    let end = reader.position().byte() as usize;
    let columns = headers.and_then(|headers| columns(&headers));
    let columns = columns.map_err(|misread| placed(misread, source, 0, end))?;
    let mut outages: Vec<Outage> = Vec::new();
    // When each machine is up again, and whether it ever is.
    let mut back: Vec<Option<SimTime>> = vec![Some(SimTime::ZERO); names.len()];
    let mut record = StringRecord::new();
    loop {
        let start = reader.position().byte() as usize;
        let there = reader.read_record(&mut record).map_err(|error| Misread::new(said(&error)));
        let end = reader.position().byte() as usize;
        let read = there.and_then(|there| there.then(|| row(&record, &columns, names)).transpose());
        let here = |misread: Misread| placed(misread, source, start, end);
        let Some(outage) = read.map_err(here)? else { break };
        fits(&outage, outages.last(), back[outage.node.index()], names).map_err(here)?;
        back[outage.node.index()] = outage.up;
        outages.push(outage);
    }
    match outages.is_empty() {
        true => Err(placed(Misread::new("the list has no rows"), source, 0, end)),
        false => Ok(outages),
    }
}

fn columns(headers: &StringRecord) -> Result<[usize; 3], Misread> {
    if let Some(unknown) = headers.iter().find(|name| !COLUMNS.contains(name)) {
        let help = match nearest(unknown, COLUMNS) {
            Some(near) => format!("did you mean '{near}'?"),
            None => format!("columns are {}", COLUMNS.join(", ")),
        };
        return Err(Misread::new(format!("there is no column '{}'", shortened(unknown))).help(help));
    }
    let mut places = [0; 3];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        let found = headers.iter().position(|name| name == column);
        *place = found.ok_or_else(|| Misread::new(format!("the column '{column}' is missing")))?;
    }
    Ok(places)
}

fn row(record: &StringRecord, columns: &[usize; 3], names: &[&str]) -> Result<Outage, Misread> {
    let get = |index: usize| record.get(columns[index]).filter(|text| !text.is_empty());
    let missing = |column: usize| Misread::new(format!("'{}' is missing", COLUMNS[column]));
    let name = get(0).ok_or_else(|| missing(0))?;
    let Ok(node) = names.binary_search(&name) else {
        let misread = Misread::new(format!("there is no node '{}'", shortened(name)));
        return Err(match nearest(name, names.iter().copied()) {
            Some(near) => misread.help(format!("did you mean '{near}'?")),
            None => misread,
        });
    };
    let at = |index: usize| get(index).map(|text| time(COLUMNS[index], text)).transpose();
    let after_start = |span: Span| SimTime::ZERO + span;
    Ok(Outage {
        node: NodeId(node as u32),
        down: at(1)?.map(after_start).ok_or_else(|| missing(1))?,
        up: at(2)?.map(after_start),
    })
}

/// Whether an outage may come after the one before it, and after its machine's last one.
fn fits(
    outage: &Outage,
    before: Option<&Outage>,
    back: Option<SimTime>,
    names: &[&str],
) -> Result<(), Misread> {
    let name = names[outage.node.index()];
    if let Some(up) = outage.up.filter(|up| *up <= outage.down) {
        return Err(Misread::new(format!("'{name}' is up again at {up}, but down only at {}", outage.down)));
    }
    if let Some(before) = before.filter(|before| before.down > outage.down) {
        let misread = Misread::new(format!("the time {} comes after {}", outage.down, before.down));
        return Err(misread.help("sort the list by 'down'"));
    }
    match back {
        Some(back) if back <= outage.down => Ok(()),
        Some(back) => {
            let misread = Misread::new(format!("'{name}' goes down at {}, but is down until {back}", outage.down));
            Err(misread.help("make one outage of two that overlap"))
        }
        None => Err(Misread::new(format!("'{name}' goes down at {}, but has not come back", outage.down))),
    }
}
