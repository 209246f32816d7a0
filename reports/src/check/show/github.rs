//! Annotations of GitHub Actions: each failure at its line of the scenario file. The last line is for the log.

use super::lines;
use crate::check::report::{Checked, Report, What};
use crate::words::visible;

/// The workflow commands, then the summary.
pub fn github(report: &Report) -> String {
    let mut out: String = report.failed().map(scenario).collect();
    out.extend(report.notes.iter().map(|note| format!("::notice::{}\n", data(&visible(note)))));
    out + &report.summary() + "\n"
}

/// One annotation for each line that something is wrong with: GitHub shows ten of a step, so that one for each metric
/// would hide all but the first scenario.
fn scenario(checked: &Checked) -> String {
    let mut at: Vec<usize> = checked.failures.iter().map(|f| f.line).collect();
    at.sort_unstable();
    at.dedup();
    let annotation = |line: usize| {
        let failures = checked.failures.iter().filter(|f| f.line == line).cloned().collect();
        let here = Checked { failures, accepted: Vec::new(), ..checked.clone() };
        let gone = here.failures.iter().any(|f| f.what == What::Missing);
        // A file that is gone has no line: an annotation without a file stands at the top.
        let place = match checked.file.as_deref().filter(|_| !gone) {
            Some(file) => format!("file={},line={line},", property(&visible(file))),
            None => String::new(),
        };
        let title = property(&visible(&format!("{}: {}", checked.scenario, checked.result())));
        let body: Vec<String> = lines(&here).into_iter().map(|(kind, text)| format!("{kind}: {text}")).collect();
        format!("::error {place}title={title}::{}\n", data(&body.join("\n")))
    };
    at.into_iter().map(annotation).collect()
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
