//! CSV tables whose columns are named in the first line, in any order. A value may stand between quotes, in which a quote is
//! written twice; a line is a row all the same.

use std::borrow::Cow;

use swarmbed_scheduler::Span;

use crate::trouble::nearest;
use crate::value::{Cpus, Kind, Misread, Raw, Size, TimeSpan, leading_number, shortened};

/// Which columns a table has, of those that there may be.
pub(crate) struct Columns<const N: usize> {
    names: &'static [&'static str; N],
    /// For each column of the table which of `names` it is.
    order: Vec<usize>,
}

impl<const N: usize> Columns<N> {
    /// What the first line says; nothing if it is empty.
    pub(crate) fn read(line: &str, names: &'static [&'static str; N]) -> Result<Columns<N>, Misread> {
        let mut columns = Columns { names, order: Vec::new() };
        if line.trim().is_empty() {
            return Ok(columns);
        }
        for name in Fields(Some(line)) {
            let name = name?;
            let known = names.iter().position(|column| *column == name);
            let index = known.ok_or_else(|| unknown(&name, names))?;
            if columns.has(index) {
                return Err(Misread::new(format!("there are two columns '{name}'")));
            }
            columns.order.push(index);
        }
        Ok(columns)
    }

    pub(crate) fn has(&self, index: usize) -> bool {
        self.order.contains(&index)
    }

    /// Says so if that column is missing.
    pub(crate) fn need(&self, index: usize) -> Result<(), Misread> {
        let missing = || Misread::new(format!("the column '{}' is missing", self.names[index]));
        self.has(index).then_some(()).ok_or_else(missing)
    }

    /// The values of a line, each at the place of its column's name; empty ones where it says nothing.
    pub(crate) fn values<'l>(&self, line: &'l str) -> Result<[Cow<'l, str>; N], Misread> {
        let mut values = [const { Cow::Borrowed("") }; N];
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
        Ok(values)
    }
}

fn unknown(name: &str, names: &[&'static str]) -> Misread {
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean '{near}'?"),
        None => format!("columns are {}", names.join(", ")),
    };
    Misread::new(format!("there is no column '{}'", shortened(name))).help(help)
}

/// CPUs in nano-CPUs.
pub(crate) fn cpu(value: &str) -> Result<u64, Misread> {
    Cpus::read(&Raw::Text(value.to_owned()))
}

/// Memory in bytes: a number of bytes, or with a unit.
pub(crate) fn memory(value: &str) -> Result<u64, Misread> {
    value.parse().or_else(|_| Size::read(&Raw::Text(value.to_owned())))
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
