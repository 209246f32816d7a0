//! A run as a page of Markdown, for a pull request or a wiki.

use std::fmt::Write;

use crate::metrics::Value;
use crate::outcome::Outcome;
use crate::words::{clock, number};

/// The whole page.
pub fn markdown(outcome: &Outcome) -> String {
    let about = &outcome.about;
    let mut page = format!("# {}\n\n", escape(&about.title));
    outcome.cluster.iter().for_each(|line| page.push_str(&format!("- {}\n", escape(line))));
    table(
        &mut page,
        "Services",
        &["service", "wanted", "running", "where"],
        outcome
            .services
            .iter()
            .map(|s| vec![s.name.clone(), number(s.wanted), number(s.running), s.places.clone()]),
    );
    let story = outcome.story.iter().map(|l| vec![clock(l.at), l.text.clone()]);
    table(&mut page, "What happened", &["time", "what"], story);
    let pending =
        outcome.pending.iter().map(|p| vec![p.owner.clone(), p.tasks.len().to_string(), p.reason.clone()]);
    table(&mut page, "Waiting", &["service", "tasks", "reason"], pending);
    let verdicts = outcome
        .verdicts
        .iter()
        .map(|v| vec![if v.holds { "held" } else { "**not held**" }.into(), v.to_string()]);
    table(&mut page, "Expected", &["verdict", "expectation"], verdicts);
    list(&mut page, "Notices", &about.notices);
    list(&mut page, "Broken invariants", &outcome.findings);
    let metrics = outcome
        .metrics
        .iter()
        .map(|(name, v): (&str, Value)| vec![name.into(), v.to_string(), v.unit.to_string()]);
    table(&mut page, "Metrics", &["metric", "value", "unit"], metrics);
    write!(page, "\n{}\n", escape(&super::text::last_line(outcome))).expect("a string takes all");
    page
}

fn table(page: &mut String, title: &str, heads: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut rows = rows.map(|row| line(row.iter().map(|cell| cell_text(cell)).collect())).peekable();
    if rows.peek().is_none() {
        return;
    }
    let rule = format!("|{}\n", "---|".repeat(heads.len()));
    write!(page, "\n## {title}\n\n| {} |\n{rule}", heads.join(" | ")).expect("a string takes all");
    page.extend(rows);
}

fn list(page: &mut String, title: &str, items: &[String]) {
    if !items.is_empty() {
        write!(page, "\n## {title}\n\n").expect("a string takes all");
        items.iter().for_each(|item| page.push_str(&format!("- {}\n", escape(item))));
    }
}

/// A verdict's emphasis is ours; everything else came out of a file.
fn cell_text(cell: &str) -> String {
    if cell == "**not held**" { cell.to_owned() } else { escape(cell) }
}

/// The text without anything that Markdown or HTML would take for markup.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in crate::words::visible(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '&' | '~') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn markup_in_names_stays_text() {
        assert_eq!(super::escape("<b>|x_y\n"), "\\<b\\>\\|x\\_y\\\\n");
    }
}
