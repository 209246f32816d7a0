//! Annotations of GitHub Actions: each failure at its line of the scenario file. The last line is for the log.

use super::{called, lines};
use crate::check::report::{Checked, Failure, Report, What};
use crate::words::visible;

/// The workflow commands, then the summary.
pub fn github(report: &Report) -> String {
    let mut out: String = report.failed().map(scenario).collect();
    out.extend(report.notes.iter().map(|note| format!("::notice::{}\n", data(&visible(note)))));
    out + &report.summary() + "\n"
}

/// One annotation for each expectation that does not hold, and one for all that differs: GitHub shows ten of a step, so
/// that one for each metric would hide all but the first scenario.
fn scenario(checked: &Checked) -> String {
    let (unmet, differs): (Vec<&Failure>, Vec<&Failure>) =
        checked.failures.iter().partition(|f| matches!(f.what, What::Unmet(_)));
    let groups = unmet.chunks(1).chain([differs.as_slice()]).filter(|group| !group.is_empty());
    groups.map(|group| annotation(checked, group)).collect()
}

fn annotation(checked: &Checked, group: &[&Failure]) -> String {
    let first = group[0];
    let here = Checked {
        failures: group.iter().copied().cloned().collect(),
        accepted: Vec::new(),
        ..checked.clone()
    };
    // A file that is gone has no line: an annotation without a file stands at the top.
    let place = match checked.file.as_deref().filter(|_| first.what != What::Missing) {
        Some(file) => format!("file={},line={},", property(&visible(file)), first.line),
        None => String::new(),
    };
    let title = property(&visible(&format!("{}: {}", called(checked), checked.result())));
    let body: Vec<String> = lines(&here).into_iter().map(|(kind, text)| format!("{kind}: {text}")).collect();
    format!("::error {place}title={title}::{}\n", data(&body.join("\n")))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_would_end_a_command_is_written_otherwise() {
        assert_eq!(super::property("a:b,c%\n::error::"), "a%3Ab%2Cc%25%0A%3A%3Aerror%3A%3A");
    }
}
