//! Numbers of requests in equal times, in a CSV file: a row for each time, in the column `requests`. Other columns may say which
//! time it is, and are not read; a line that begins with `#` is a comment.

use crate::columns::Columns;
use crate::scenario::Source;
use crate::trouble::Trouble;
use crate::usage::{lines, placed};
use crate::value::{Misread, shortened};

const COLUMNS: [&str; 4] = ["requests", "minute", "time", "timestamp"];
const REQUESTS: usize = 0;
/// More than anybody waits for.
const MOST: u64 = 10_000_000_000;

/// The numbers, or the first mistake in the list, at its place.
pub(crate) fn read(source: &Source) -> Result<Vec<u64>, Trouble> {
    let mut lines = lines(&source.text).filter(|(line, _)| !line.starts_with('#'));
    let (first, place) = lines.next().unwrap_or_default();
    let columns = Columns::read(first.trim_start_matches('\u{feff}'), &COLUMNS);
    let columns = columns.and_then(|columns| columns.need(REQUESTS).map(|()| columns));
    let columns = columns.map_err(|misread| placed(misread, source, &place))?;
    let mut counts = Vec::new();
    let mut total = 0;
    for (line, place) in lines {
        let count = row(line, &columns).map_err(|misread| placed(misread, source, &place))?;
        total += count;
        if total > MOST {
            let misread = Misread::new(format!("up to here there are more than {MOST} requests"));
            return Err(placed(misread, source, &place));
        }
        counts.push(count);
    }
    if counts.is_empty() {
        return Err(placed(Misread::new("the list has no rows"), source, &place));
    }
    Ok(counts)
}

fn row(line: &str, columns: &Columns<4>) -> Result<u64, Misread> {
    let values = columns.values(line)?;
    let value = &*values[REQUESTS];
    let count = value.parse().ok().filter(|count| *count <= MOST);
    count.ok_or_else(|| {
        let misread = Misread::new(format!("'{}' is no number of requests", shortened(value)));
        misread.help("a whole number is due, such as 42")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Result<Vec<u64>, String> {
        let source = Source { name: "trace.csv".into(), text: text.into() };
        read(&source).map_err(|trouble| format!("{trouble:#}"))
    }

    #[test]
    fn a_row_is_a_time() {
        assert_eq!(list("minute,requests\n0,42\n1,0\n\n2, 7\n"), Ok(vec![42, 0, 7]));
    }

    #[test]
    fn mistakes_are_placed() {
        let check = |text: &str, said: &str| assert_eq!(list(text).unwrap_err(), said);
        check("", "trace.csv:1:1: the column 'requests' is missing");
        check("requests\n", "trace.csv:1:1: the list has no rows");
        let whole = "a whole number is due, such as 42";
        check("requests\n3\n-1\n", &format!("trace.csv:3:1: '-1' is no number of requests\n  help: {whole}"));
        check(
            "minute,request\n",
            "trace.csv:1:1: there is no column 'request'\n  help: did you mean 'requests'?",
        );
    }
}
