//! Answers as a person and as `check.py` read them.

use super::{Answer, Answered};
use crate::output::page::{Lean, Paint, Style, hang, table};
use crate::output::tables::Table;

/// Results in the columns that `check.py` wants, a row for each row of the tables.
pub fn csv(answered: &[Answered]) -> String {
    let mut out = Table::new(&["table", "case", "metric", "value", "se", "n", "method", "status"]);
    for Answered { row, answer, .. } in answered {
        let (value, se, n, method, status) = match answer {
            Answer::Simulated { value, se, n } => {
                (value.to_string(), se.to_string(), n.to_string(), "simulated", "done".to_owned())
            }
            Answer::Certain(value) => {
                (value.to_string(), String::new(), String::new(), certain(row), "done".to_owned())
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
    match row.method.as_str() {
        "analytic" => "analytic",
        "derive" => "derived",
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
    for Answered { row, answer, .. } in answered {
        if let Answer::Skipped(skip) = answer {
            let text = format!("{} {}: {}: {}", row.case, row.metric, skip.word, skip.why);
            page.push_str(&hang("  skipped  ", &text, style, Paint::Dim));
        }
    }
    page
}

fn line(answered: &Answered) -> Option<Vec<String>> {
    let agreement = answered.agreement.as_ref()?;
    let (found, off) = match &answered.answer {
        Answer::Simulated { value, .. } => (*value, format!("{:+.1} se", agreement.off)),
        Answer::Certain(value) => (*value, format!("{:+.1e}", agreement.off)),
        Answer::Skipped(_) => return None,
    };
    let row = &answered.row;
    let short =
        |v: f64| if v.abs() >= 1e-3 && v.abs() < 1e6 { format!("{v:.5}") } else { format!("{v:.4e}") };
    let theory = row.value.parse().map_or_else(|_| row.value.clone(), short);
    let verdict = agreement.why.as_ref().map_or("agrees".to_owned(), |why| format!("DIFFERS: {why}"));
    Some(vec![row.case.clone(), row.metric.clone(), theory, short(found), off, verdict])
}
