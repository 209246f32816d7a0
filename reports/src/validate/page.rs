//! Answers as a person and as `check.py` read them.

use super::judge::list;
use super::{Answer, Answered, Skip};
use crate::output::page::{Lean, Paint, Style, hang, table};
use crate::output::tables::Table;
use crate::words::plural;

/// Results in the columns that `check.py` wants, a row for each row of the tables.
pub fn csv(answered: &[Answered]) -> String {
    let mut out = Table::new(&["table", "case", "metric", "value", "se", "n", "method", "status"]);
    for Answered { row, answer, .. } in answered {
        let (value, se, n, method, status) = match answer {
            Answer::Simulated { value, se, n } => {
                let method = if row.method == "derive" { "derived" } else { "simulated" };
                (value.to_string(), se.to_string(), n.to_string(), method, "done".to_owned())
            }
            Answer::Certain(value) => {
                (value.to_string(), String::new(), String::new(), certain(row), "done".to_owned())
            }
            Answer::Listed(values) => {
                (list(values), String::new(), String::new(), certain(row), "done".to_owned())
            }
            Answer::Named(name) => {
                ((*name).to_owned(), String::new(), String::new(), certain(row), "done".to_owned())
            }
            Answer::Skipped(skip) => {
                (String::new(), String::new(), String::new(), "", format!("skipped:{}", skip.word))
            }
        };
        out.row(&[&row.table, &row.case, &row.metric, &value, &se, &n, method, &status]);
    }
    out.finish()
}

/// What `check.py` calls a number without chance in it.
fn certain(row: &super::Row) -> &'static str {
    match (row.method.as_str(), row.kind.as_str()) {
        ("analytic", _) => "analytic",
        // Where chance would be expected, but every trial comes to the same.
        ("derive", _) | (_, "exact" | "mc") => "derived",
        _ => "simulated",
    }
}

/// Theory beside simulation, then what was skipped and why.
pub fn text(answered: &[Answered], style: Style) -> String {
    let mut page = String::new();
    let shown: Vec<Vec<String>> = answered.iter().filter_map(line).collect();
    if !shown.is_empty() {
        let columns = [
            ("CASE", Lean::Left),
            ("METRIC", Lean::Left),
            ("THEORY", Lean::Right),
            ("FOUND", Lean::Right),
            ("OFF", Lean::Right),
            ("", Lean::Left),
        ];
        page.push_str(&table(&columns, &shown, style));
    }
    for (skip, rows) in skipped(answered) {
        let row = |of: &Answered| format!("{} {}", of.row.case, of.row.metric);
        let rows = match rows.as_slice() {
            [] => continue,
            [only] => row(only),
            [first, .., last] => {
                let rows = plural(rows.len(), "row");
                format!("{rows} from {} to {}", row(first), row(last))
            }
        };
        let text = format!("{rows}: {}: {}", skip.word, skip.why);
        page.push_str(&hang("  skipped  ", &text, style, Paint::Dim));
    }
    page
}

/// The rows that were skipped, those together that were for the same reason.
fn skipped(answered: &[Answered]) -> Vec<(&Skip, Vec<&Answered>)> {
    let mut reasons: Vec<(&Skip, Vec<&Answered>)> = Vec::new();
    for one in answered {
        let Answer::Skipped(skip) = &one.answer else { continue };
        match reasons.iter_mut().find(|(known, _)| *known == skip) {
            Some((_, rows)) => rows.push(one),
            None => reasons.push((skip, vec![one])),
        }
    }
    reasons
}

fn line(answered: &Answered) -> Option<Vec<String>> {
    let agreement = answered.agreement.as_ref()?;
    let row = &answered.row;
    let short =
        |v: f64| if v.abs() >= 1e-3 && v.abs() < 1e6 { format!("{v:.5}") } else { format!("{v:.4e}") };
    let (found, off) = match &answered.answer {
        Answer::Simulated { value, .. } => (short(*value), format!("{:+.1} se", agreement.off)),
        Answer::Certain(value) if row.kind == "integer" => (value.to_string(), String::new()),
        Answer::Certain(value) => (short(*value), format!("{:+.1e}", agreement.off)),
        Answer::Listed(values) => (elided(&list(values)), String::new()),
        Answer::Named(name) => ((*name).to_owned(), String::new()),
        Answer::Skipped(_) => return None,
    };
    let theory = match row.value.parse() {
        Ok(value) if row.kind != "integer" => short(value),
        _ => elided(&row.value),
    };
    let verdict = agreement.why.as_ref().map_or("agrees".to_owned(), |why| format!("DIFFERS: {why}"));
    Some(vec![row.case.clone(), row.metric.clone(), theory, found, off, verdict])
}

/// A list is shown by its two ends.
fn elided(text: &str) -> String {
    const END: usize = 10;
    match text.is_ascii() && text.len() > 2 * END {
        true => format!("{}…{}", &text[..END], &text[text.len() - END..]),
        false => text.to_owned(),
    }
}
