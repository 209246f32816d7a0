//! Failures as they were recorded, in a CSV file: a row for each time that a machine was down. A line that begins with `#` is
//! a comment.

use swarmbed_scheduler::{NodeId, SimTime};
use swarmbed_sim::setup::Outage;

use crate::columns::{Columns, time};
use crate::scenario::Source;
use crate::trouble::{Trouble, nearest};
use crate::usage::{lines, placed};
use crate::value::{Misread, shortened};

const COLUMNS: [&str; 3] = ["node", "down", "up"];
const NODE: usize = 0;
const DOWN: usize = 1;
const UP: usize = 2;

/// The outages in a file, or the first mistake in it, at its place. `names` are the machines', ascending.
pub(crate) fn read(source: &Source, names: &[&str]) -> Result<Vec<Outage>, Trouble> {
    let mut lines = lines(&source.text).filter(|(line, _)| !line.starts_with('#'));
    let (first, place) = lines.next().unwrap_or_default();
    let columns = columns(first).map_err(|misread| placed(misread, source, &place))?;
    let mut outages: Vec<Outage> = Vec::new();
    // When each machine is up again; nothing if it does not come back.
    let mut back: Vec<Option<SimTime>> = vec![Some(SimTime::ZERO); names.len()];
    for (line, place) in lines {
        let outage = row(line, &columns, names).and_then(|outage| {
            fits(&outage, outages.last(), back[outage.node.index()], names)?;
            Ok(outage)
        });
        let outage = outage.map_err(|misread| placed(misread, source, &place))?;
        back[outage.node.index()] = outage.up;
        outages.push(outage);
    }
    match outages.is_empty() {
        true => Err(placed(Misread::new("the list has no rows"), source, &place)),
        false => Ok(outages),
    }
}

fn columns(first: &str) -> Result<Columns<3>, Misread> {
    let columns = Columns::read(first.trim_start_matches('\u{feff}'), &COLUMNS)?;
    [NODE, DOWN, UP].into_iter().try_for_each(|column| columns.need(column))?;
    Ok(columns)
}

fn row(line: &str, columns: &Columns<3>, names: &[&str]) -> Result<Outage, Misread> {
    let values = columns.values(line)?;
    let get = |index: usize| Some(&*values[index]).filter(|value| !value.is_empty());
    let missing = |column: usize| Misread::new(format!("'{}' is missing", COLUMNS[column]));
    let name = get(NODE).ok_or_else(|| missing(NODE))?;
    let node = names.binary_search(&name).map_err(|_| unknown(name, names))?;
    let at = |index: usize| get(index).map(|text| time(COLUMNS[index], text)).transpose();
    Ok(Outage {
        node: NodeId(node as u32),
        down: at(DOWN)?.map(|down| SimTime::ZERO + down).ok_or_else(|| missing(DOWN))?,
        up: at(UP)?.map(|up| SimTime::ZERO + up),
    })
}

fn unknown(name: &str, names: &[&str]) -> Misread {
    let misread = Misread::new(format!("there is no node '{}'", shortened(name)));
    match nearest(name, names.iter().copied()) {
        Some(near) => misread.help(format!("did you mean '{near}'?")),
        None => misread,
    }
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
            let misread =
                Misread::new(format!("'{name}' goes down at {}, but is down until {back}", outage.down));
            Err(misread.help("make one outage of two that overlap"))
        }
        None => Err(Misread::new(format!("'{name}' goes down at {}, but has not come back", outage.down))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Result<Vec<Outage>, String> {
        let source = Source { name: "failures.csv".into(), text: text.into() };
        read(&source, &["alpha", "beta"]).map_err(|trouble| format!("{trouble:#}"))
    }

    #[test]
    fn a_row_is_an_outage() {
        let outages = list("# from a monitor\nup,node,down\n90,beta,1m\n,alpha,80s\n3m,beta,90\n").unwrap();
        let at = |s: u64| SimTime(s * 1_000_000_000);
        let outage = |node, down, up| Outage { node: NodeId(node), down: at(down), up };
        assert_eq!(outages, [outage(1, 60, Some(at(90))), outage(0, 80, None), outage(1, 90, Some(at(180)))]);
    }

    #[test]
    fn mistakes_are_placed() {
        let check = |text: &str, said: &str| assert_eq!(list(text).unwrap_err(), said);
        check("", "failures.csv:1:1: the column 'node' is missing");
        check("node,down\n", "failures.csv:1:1: the column 'up' is missing");
        check("node,down,upp\n", "failures.csv:1:1: there is no column 'upp'\n  help: did you mean 'up'?");
        check("node,down,up\n", "failures.csv:1:1: the list has no rows");
        check(
            "node,down,up\nbetta,1,2\n",
            "failures.csv:2:1: there is no node 'betta'\n  help: did you mean 'beta'?",
        );
        check("node,down,up\nbeta,,2\n", "failures.csv:2:1: 'down' is missing");
        check("node,down,up\nbeta,-1,2\n", "failures.csv:2:1: the down '-1' is negative");
        check("node,down,up\nbeta,5,5\n", "failures.csv:2:1: 'beta' is up again at 5s, but down only at 5s");
        check(
            "node,down,up\nbeta,5,6\nalpha,4,7\n",
            "failures.csv:3:1: the time 4s comes after 5s\n  help: sort the list by 'down'",
        );
        check(
            "node,down,up\nbeta,5,9\nbeta,8,10\n",
            "failures.csv:3:1: 'beta' goes down at 8s, but is down until 9s\n  help: make one outage of two that overlap",
        );
        check(
            "node,down,up\nbeta,5,\nbeta,8,10\n",
            "failures.csv:3:1: 'beta' goes down at 8s, but has not come back",
        );
    }
}
