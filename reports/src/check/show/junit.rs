//! JUnit XML, as CI servers read it: one suite, a test case for each scenario. It has no time and no host, since the
//! result depends on neither.

use std::fmt::Write;

use super::lines;
use crate::check::report::{Checked, Report};
use crate::words::visible;

/// The document.
pub fn junit(report: &Report) -> String {
    let tests = report.checked.len() + report.unfinished;
    let counts = format!(
        "tests=\"{tests}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"",
        report.count("failed"),
        report.count("unusable"),
        report.unfinished
    );
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let suite = format!("<testsuite name=\"{}\" {counts}>", escape(&report.baseline));
    let all = "<testsuites name=\"swarmbed check\"";
    let counts = format!(
        "tests=\"{tests}\" failures=\"{}\" errors=\"{}\"",
        report.count("failed"),
        report.count("unusable")
    );
    write!(xml, "{all} {counts}>\n  {suite}\n").expect("a string takes all");
    report.checked.iter().for_each(|checked| xml.push_str(&case(checked)));
    for n in 1..=report.unfinished {
        let name = format!("<testcase classname=\"swarmbed\" name=\"not begun {n}\">");
        writeln!(xml, "    {name}<skipped/></testcase>").expect("a string takes all");
    }
    xml + "  </testsuite>\n</testsuites>\n"
}

fn case(checked: &Checked) -> String {
    let path = checked.scenario.trim_end_matches(".toml");
    let (class, name) = path.rsplit_once('/').unwrap_or(("scenarios", path));
    let case = format!("<testcase classname=\"{}\" name=\"{}\"", escape(class), escape(name));
    if !checked.fails() {
        return format!("    {case}/>\n");
    }
    let element = if checked.result() == "unusable" { "error" } else { "failure" };
    let first = &checked.failures[0].what;
    let message = first.lines().into_iter().next().unwrap_or_default();
    let body: String = lines(checked).iter().map(|(kind, line)| format!("{kind}: {line}\n")).collect();
    format!(
        "    {case}>\n      <{element} message=\"{}\" type=\"{}\">{}</{element}>\n    </testcase>\n",
        escape(&message),
        first.kind(),
        text(&body)
    )
}

/// Text in an attribute: of one line, without anything that XML would take for markup.
fn escape(text: &str) -> String {
    self::text(&visible(text))
}

/// Text in an element, as lines. What no XML document may hold becomes an escape that one can read.
fn text(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.extend(c.escape_default()),
            c if c.is_control() && c != '\n' => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn markup_and_control_characters_stay_text() {
        assert_eq!(super::escape("<a b=\"c\">&\n\u{1b}"), "&lt;a b=&quot;c&quot;&gt;&amp;\\n\\u{1b}");
        assert_eq!(super::text("a\nb\u{0}\u{ffff}"), "a\nb\\u{0}\\u{ffff}");
    }
}
