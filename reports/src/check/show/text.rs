//! For a person: what fails and why; what does not fail is only counted.

use super::{called, lines};
use crate::check::report::{Failure, Report};
use crate::output::page::{Paint, Style, hang};
use crate::words::visible;

/// The page.
pub fn text(report: &Report, style: Style) -> String {
    let mut page = String::new();
    for checked in &report.checked {
        let (word, paint) = match checked.result() {
            "same" if checked.notes.is_empty() => continue,
            word @ ("same" | "accepted") => (word, Paint::Dim),
            word => (word, Paint::Bad),
        };
        if !checked.fails() && !checked.accepted.is_empty() {
            let line = format!("{}: {}", visible(called(checked)), kinds(&checked.accepted));
            page.push_str(&hang("accepted  ", &line, style, Paint::Plain));
            continue;
        }
        page.push_str(&hang(&format!("{word}  "), &visible(called(checked)), style, paint));
        for (kind, line) in lines(checked) {
            page.push_str(&hang(&format!("  {kind:<9} "), &line, style, Paint::Plain));
        }
        for note in &checked.notes {
            page.push_str(&hang("  note      ", &visible(note), style, Paint::Dim));
        }
        page.push('\n');
    }
    for note in &report.notes {
        page.push_str(&hang("note: ", &visible(note), style, Paint::Dim));
    }
    let paint = if report.is_fine() { Paint::Good } else { Paint::Bad };
    page + &hang("", &report.summary(), style, paint)
}

/// What was accepted, by kind: `new`, `course, 3 × metric`.
fn kinds(accepted: &[Failure]) -> String {
    let kinds = accepted.chunk_by(|a, b| a.what.kind() == b.what.kind()).map(|alike| {
        let kind = alike[0].what.kind();
        if alike.len() == 1 { kind.to_owned() } else { format!("{} × {kind}", alike.len()) }
    });
    kinds.collect::<Vec<_>>().join(", ")
}
