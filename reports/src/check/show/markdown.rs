//! The summary of a CI job, in Markdown: what fails, shortly, within a stated size.

use super::{called, lines};
use crate::check::report::{Checked, Report};
use crate::output::markdown::escape;

/// Bytes, at most, however many scenarios there are.
pub(super) const MOST: usize = 56_000;
/// Lines for one scenario.
const LINES: usize = 6;
/// Characters of one line.
const LETTERS: usize = 240;

/// The page.
pub fn markdown(report: &Report) -> String {
    let verdict = if report.is_fine() { "✅" } else { "❌" };
    let mut page = format!("### {verdict} {}\n\n", escape(&report.summary()));
    let shown: Vec<&Checked> = report.checked.iter().filter(|c| c.result() != "same").collect();
    let mut left = shown.len();
    for checked in shown {
        let next = scenario(checked);
        if page.len() + next.len() > MOST - 1000 {
            break;
        }
        page.push_str(&next);
        left -= 1;
    }
    if left > 0 {
        page.push_str(&format!("\n… and {left} more, which the log has.\n"));
    }
    for note in &report.notes {
        page.push_str(&format!("\n{}\n", escape(&cut(note))));
    }
    page.push_str(&format!(
        "\nBaseline {}, swarmbed {}\n",
        escape(&cut(&report.baseline)),
        escape(&report.program)
    ));
    page
}

fn scenario(checked: &Checked) -> String {
    let mut page = format!("- **{}** {}\n", escape(&cut(called(checked))), checked.result());
    let lines = lines(checked);
    for (kind, line) in lines.iter().take(LINES) {
        page.push_str(&format!("  - {kind}: {}\n", escape(&cut(line))));
    }
    if lines.len() > LINES {
        page.push_str(&format!("  - … and {} more lines\n", lines.len() - LINES));
    }
    page
}

fn cut(text: &str) -> String {
    let mut short: String = text.chars().take(LETTERS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
