//! The answer as a person and as a program read it. A further column is a line in [`COLUMNS`].

use serde_json::{Map, Value as Json, json};

use super::{Advice, Question, Row, YEAR, in_zones};
use crate::compare::significant;
use crate::output::page::{Lean, Paint, Style, hang, width};
use crate::output::tables::Table;
use crate::words::number;

/// A column: its key for programs, its head for people, and what it says of a row.
struct Column {
    key: &'static str,
    head: &'static str,
    says: fn(&Row) -> Cell,
}

/// What a column says of a row.
enum Cell {
    Count(u32),
    Words(String),
    Switch(bool),
    /// A number that people see with three digits.
    Amount(f64),
    /// An estimate and half of its 95 % interval; or in how many years it was never seen.
    Estimate(Result<(f64, f64), f64>),
    Nothing,
}

const COLUMNS: &[Column] = &[
    Column { key: "managers", head: "MANAGERS", says: |row| Cell::Count(row.managers) },
    Column { key: "zones", head: "ZONES", says: |row| Cell::Words(in_zones(&row.split)) },
    Column { key: "survives_failures", head: "FAILURES", says: |row| Cell::Count(row.failures()) },
    Column { key: "survives_zone", head: "ZONE", says: |row| Cell::Switch(row.survives_zone()) },
    Column {
        key: "survives_maintenance",
        head: "UPKEEP",
        says: |row| Cell::Switch(row.survives_maintenance()),
    },
    Column { key: "minutes_per_year", head: "MIN/YEAR", says: |row| Cell::Amount(row.minutes()) },
    Column { key: "played_minutes_per_year", head: "PLAYED", says: played },
    Column {
        key: "outages_per_year",
        head: "OUTAGES/YEAR",
        says: |row| Cell::Amount(row.exact.outages_per_year),
    },
    Column { key: "outage_hours", head: "HOURS", says: |row| Cell::Amount(row.outage_hours()) },
    Column { key: "price", head: "PRICE", says: |row| row.price.map_or(Cell::Nothing, Cell::Amount) },
];

/// Standard errors in half of a 95 % interval.
const HALF: f64 = 1.959_963_984_540_054;

fn played(row: &Row) -> Cell {
    let found = row.played.unavailability().map(|found| found.times(YEAR * 60.0));
    Cell::Estimate(match found {
        Some(found) if found.se > 0.0 => Ok((found.value, HALF * found.se)),
        _ => Err(row.played.hours() / YEAR),
    })
}

impl Cell {
    fn text(&self) -> String {
        match self {
            Cell::Count(count) => count.to_string(),
            Cell::Words(words) => words.clone(),
            Cell::Switch(yes) => if *yes { "yes" } else { "no" }.to_owned(),
            Cell::Amount(amount) => significant(*amount, 3),
            Cell::Estimate(Ok((value, half))) => {
                format!("{} ± {}", significant(*value, 3), significant(*half, 2))
            }
            Cell::Estimate(Err(years)) => format!("none in {} years", number(*years as u64)),
            Cell::Nothing => String::new(),
        }
    }

    /// With the whole number, and the half of an interval apart from its middle.
    fn exact(&self) -> [Option<String>; 2] {
        match self {
            Cell::Amount(amount) => [Some(amount.to_string()), None],
            Cell::Estimate(Ok((value, half))) => [Some(value.to_string()), Some(half.to_string())],
            Cell::Estimate(Err(_)) => [Some("0".to_owned()), None],
            Cell::Nothing => [None, None],
            cell => [Some(cell.text()), None],
        }
    }

    fn json(&self) -> Json {
        match self {
            Cell::Count(count) => json!(count),
            Cell::Words(words) => json!(words),
            Cell::Switch(yes) => json!(yes),
            Cell::Amount(amount) => json!(amount),
            Cell::Estimate(Ok((value, half))) => json!({"value": value, "half_interval": half}),
            Cell::Estimate(Err(years)) => json!({"value": 0, "never_in_years": years}),
            Cell::Nothing => Json::Null,
        }
    }
}

/// The columns that say anything.
fn columns(rows: &[Row]) -> impl Iterator<Item = &'static Column> + '_ {
    let says = |column: &&Column| rows.iter().any(|row| !matches!((column.says)(row), Cell::Nothing));
    COLUMNS.iter().filter(says)
}

/// What was asked, in a line.
fn asked(question: &Question) -> String {
    let hours = |hours: f64| format!("{} h", significant(hours, 4));
    let zones = match (question.zones, question.outages) {
        (1, None) => String::new(),
        (zones, None) => format!("; {zones} zones, which never fail"),
        (zones, Some((up, down))) => {
            let (noun, each) = if zones == 1 { ("zone", "it") } else { ("zones", "each") };
            format!("; {zones} {noun}, {each} out for {} every {}", hours(down), hours(up))
        }
    };
    format!(
        "{} nodes, of which workers do not count here. A manager fails after {} and is back after {}, on average{zones}.",
        number(question.nodes),
        hours(question.mttf),
        hours(question.mttr)
    )
}

/// For a person.
pub fn text(question: &Question, rows: &[Row], advice: &Advice, style: Style) -> String {
    let heads: Vec<(&str, Lean)> = columns(rows).map(|column| (column.head, Lean::Right)).collect();
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| columns(rows).map(|column| struck((column.says)(row).text(), row)).collect())
        .collect();
    let mut page = hang("", &asked(question), style, Paint::Plain);
    page.push('\n');
    for (line, row) in
        table_lines(&heads, &cells).into_iter().zip(std::iter::once(None).chain(rows.iter().map(Some)))
    {
        let paint = if row.is_none_or(|row| row.out.is_some()) { Paint::Dim } else { Paint::Plain };
        page.push_str(&format!("{}\n", style.paint(paint, &line)));
    }
    page.push('\n');
    let mut told: Vec<&str> = Vec::new();
    for row in rows {
        if let Some(why) = row.out.as_deref().filter(|why| !told.contains(why)) {
            told.push(why);
            page.push_str(&hang(&format!("  ({}) ", row.managers), why, style, Paint::Dim));
        }
    }
    page.push_str(&hang(
        "  ",
        "FAILURES, ZONE, UPKEEP: the quorum survives so many crashes; the loss of any one zone; a crash while another manager \
         is in maintenance. MIN/YEAR is exact, PLAYED is what the fault engine came to, ± half of a 95 % interval. HOURS: how \
         long an outage lasts.",
        style,
        Paint::Dim,
    ));
    page.push('\n');
    page.push_str(&hang("", &advice.text, style, Paint::Good));
    page
}

/// A number that is out stands in brackets.
fn struck(text: String, row: &Row) -> String {
    if row.out.is_some() && text == row.managers.to_string() { format!("({text})") } else { text }
}

/// Columns by the right, whatever the width: a table of numbers is not wrapped.
fn table_lines(heads: &[(&str, Lean)], rows: &[Vec<String>]) -> Vec<String> {
    let widest = |c: usize| rows.iter().map(|row| width(&row[c])).max().unwrap_or(0).max(width(heads[c].0));
    let widths: Vec<usize> = (0..heads.len()).map(widest).collect();
    let line = |cells: &[&str]| {
        let cell = |(i, text): (usize, &&str)| format!("  {}{text}", " ".repeat(widths[i] - width(text)));
        cells.iter().enumerate().map(cell).collect::<String>()
    };
    let head: Vec<&str> = heads.iter().map(|(head, _)| *head).collect();
    let rows = rows.iter().map(|row| line(&row.iter().map(String::as_str).collect::<Vec<_>>()));
    std::iter::once(line(&head)).chain(rows).collect()
}

/// For a pull request or a wiki.
pub fn markdown(question: &Question, rows: &[Row], advice: &Advice) -> String {
    let heads: Vec<&str> = columns(rows).map(|column| column.key).collect();
    let mut page = format!("{}\n\n| {} | remark |\n", asked(question), heads.join(" | "));
    page.push_str(&format!("|{}\n", "---|".repeat(heads.len() + 1)));
    for row in rows {
        let cells: Vec<String> = columns(rows)
            .map(|column| (column.says)(row).text())
            .map(|text| if row.out.is_some() && !text.is_empty() { format!("~~{text}~~") } else { text })
            .collect();
        page.push_str(&format!("| {} | {} |\n", cells.join(" | "), row.out.as_deref().unwrap_or("")));
    }
    page.push_str(&format!("\n**{}**\n", advice.text));
    page
}

/// A row for each number and split, numbers in full.
pub fn csv(rows: &[Row], advice: &Advice) -> String {
    let mut heads: Vec<String> = Vec::new();
    for column in COLUMNS {
        heads.push(column.key.to_owned());
        if column.key.starts_with("played") {
            heads.push(format!("{}_half_interval", column.key));
        }
    }
    heads.extend(["out".to_owned(), "advised".to_owned()]);
    let mut table = Table::new(&heads.iter().map(String::as_str).collect::<Vec<_>>());
    for (i, row) in rows.iter().enumerate() {
        let mut cells: Vec<String> = Vec::new();
        for column in COLUMNS {
            let [value, half] = (column.says)(row).exact();
            cells.push(value.unwrap_or_default());
            if column.key.starts_with("played") {
                cells.push(half.unwrap_or_default());
            }
        }
        cells.extend([row.out.clone().unwrap_or_default(), (advice.row == Some(i)).to_string()]);
        table.row(&cells.iter().map(String::as_str).collect::<Vec<_>>());
    }
    table.finish()
}

/// For a program.
pub fn json(question: &Question, rows: &[Row], advice: &Advice) -> String {
    let row = |row: &Row| {
        let cells = COLUMNS.iter().map(|column| (column.key.to_owned(), (column.says)(row).json()));
        let mut map: Map<String, Json> = cells.collect();
        map.insert("out".to_owned(), json!(row.out));
        Json::Object(map)
    };
    let outages = question.outages.map(|(up, down)| json!({"mean_hours_between": up, "mean_hours": down}));
    let page = json!({
        "nodes": question.nodes,
        "zones": question.zones,
        "mttf_hours": question.mttf,
        "mttr_hours": question.mttr,
        "zone_outages": outages,
        "rows": rows.iter().map(row).collect::<Vec<_>>(),
        "advised": advice.row,
        "advice": advice.text,
    });
    format!("{page:#}\n")
}

#[cfg(test)]
mod tests {
    use super::super::{advice, answer, tests::question};
    use super::*;

    #[test]
    fn every_form_has_every_row_and_no_nonsense() {
        let question = question();
        let rows = answer(&question).unwrap();
        let advice = advice(&question, &rows);
        let text = text(&question, &rows, &advice, Style::PLAIN);
        assert!(text.contains("(4)  2-1-1         1    no      no"), "{text}");
        assert!(text.contains("even: 3 survive 1 too, and fewer can fail"), "{text}");
        let csv = csv(&rows, &advice);
        assert_eq!(csv.lines().count(), 6);
        assert!(csv.starts_with("managers,zones,survives_failures,"), "{csv}");
        assert!(csv.lines().nth(5).unwrap().ends_with(",200,,true"), "{csv}");
        let json: Json = serde_json::from_str(&json(&question, &rows, &advice)).unwrap();
        assert_eq!(json["rows"][4]["zones"], "2-2-1");
        assert!(json["rows"][4]["played_minutes_per_year"]["half_interval"].as_f64().unwrap() > 0.0);
        let markdown = markdown(&question, &rows, &advice);
        assert!(markdown.contains("| ~~4~~ | ~~2-1-1~~ |"), "{markdown}");
        for page in [&text, &csv, &markdown] {
            assert!(!page.contains("NaN") && !page.contains("inf"), "{page}");
        }
    }

    #[test]
    fn what_was_never_seen_is_told_as_that() {
        let question = Question { managers: 9..=9, mttf: 87_600.0, outages: None, price: None, ..question() };
        let rows = answer(&question).unwrap();
        let page = text(&question, &rows, &advice(&question, &rows), Style::PLAIN);
        assert!(page.contains("none in ") && !page.contains("PRICE"), "{page}");
    }
}
