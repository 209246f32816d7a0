use std::collections::BTreeMap;

use super::*;
use crate::check::figure::Figure;
use crate::check::report::{Failure, Report};
use crate::output::page::Style;

/// Scenarios that fail in every way, with names that want to be markup.
fn report(scenarios: usize) -> Report {
    let figure = |n: usize| Figure::parse(&n.to_string());
    let metric = |n| What::Metric { name: format!("service.<web>.{n}"), was: figure(n), is: figure(n + 1) };
    let all = |i: usize| {
        let own = [
            What::Course(None),
            What::Unmet("tasks.running exactly 3: 2 \u{1b}[31m % :: | `x` ]]>".into()),
            What::Invariant("\"a\" & 'b' \u{0} \u{fffe}\nsecond line".into()),
        ];
        let what = own.into_iter().chain((0..30).map(metric));
        let failures: Vec<Failure> = what.map(|what| Failure { what, line: 7 }).collect();
        let scenario = format!("themes/{i}-<&\"'>\u{1b}.toml");
        Checked { file: Some(format!("x/{scenario}")), scenario, failures, ..Checked::default() }
    };
    let one = |what| vec![Failure { what, line: 1 }];
    let mut checked: Vec<Checked> = (0..scenarios).map(all).collect();
    checked.push(Checked { scenario: "fine.toml".into(), ..Checked::default() });
    checked.push(Checked {
        scenario: "bad.toml".into(),
        failures: one(What::Unusable("no".into())),
        ..Checked::default()
    });
    checked.push(Checked {
        scenario: "gone.toml".into(),
        failures: one(What::Missing),
        ..Checked::default()
    });
    Report {
        program: "0.1.0".into(),
        baseline: "b <&>.txt".into(),
        checked,
        unfinished: 2,
        ..Report::default()
    }
}

/// An element: its depth, name and attributes.
type Element = (usize, String, BTreeMap<String, String>);

/// Reads XML strictly, as far as JUnit goes: every element closed in its turn, attributes quoted and each once, no
/// stray markup, only the five entities, no character that XML 1.0 forbids.
fn elements(xml: &str) -> Vec<Element> {
    let body = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").expect("the declaration");
    let forbidden =
        |c: char| (c < ' ' && c != '\n') || matches!(c, '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
    assert!(!xml.contains(forbidden), "a character that XML forbids");
    let plain = |text: &str| {
        let bare = ["&amp;", "&lt;", "&gt;", "&quot;"].iter().fold(text.to_owned(), |t, e| t.replace(e, ""));
        assert!(!bare.contains(['&', '<', '>']), "markup in text: {text}");
    };
    let (mut open, mut found) = (Vec::new(), Vec::new());
    for piece in body.split_inclusive('>') {
        let (text, tag) = piece.rsplit_once('<').unwrap_or((piece, ""));
        plain(text);
        assert!(!open.is_empty() || text.trim().is_empty(), "text outside of the root: {text}");
        let Some(tag) = tag.strip_suffix('>') else { continue };
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "closed out of turn");
            continue;
        }
        let (tag, closed) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut attributes = BTreeMap::new();
        while !rest.is_empty() {
            let (key, after) = rest.split_once("=\"").expect("an attribute with its quoted value");
            let (value, after) = after.split_once('"').expect("the closing quote");
            plain(value);
            assert!(!value.contains('\n'), "a line break in an attribute would become a space");
            assert!(attributes.insert(key.trim().to_owned(), value.to_owned()).is_none(), "{key} twice");
            rest = after;
        }
        found.push((open.len(), name.to_owned(), attributes));
        if !closed {
            open.push(name.to_owned());
        }
    }
    assert!(open.is_empty(), "not closed: {open:?}");
    found
}

#[test]
fn junit_is_well_formed_and_follows_the_schema() {
    let xml = junit(&report(3));
    let elements = elements(&xml);
    let allowed = [
        ("testsuites", 0, &["name", "tests", "failures", "errors"][..]),
        ("testsuite", 1, &["name", "tests", "failures", "errors", "skipped"]),
        ("testcase", 2, &["classname", "name"]),
        ("failure", 3, &["message", "type"]),
        ("error", 3, &["message", "type"]),
        ("skipped", 3, &[]),
    ];
    for (depth, name, attributes) in &elements {
        let (_, at, known) = allowed.iter().find(|(n, ..)| n == name).unwrap_or_else(|| panic!("{name}"));
        let mut known: Vec<&str> = known.to_vec();
        known.sort_unstable();
        assert_eq!((depth, attributes.keys().map(String::as_str).collect::<Vec<_>>()), (at, known), "{name}");
    }
    let count = |name: &str| elements.iter().filter(|(_, n, _)| n == name).count().to_string();
    let suite = &elements[1].2;
    assert_eq!(suite["tests"], count("testcase"));
    assert_eq!(suite["failures"], count("failure"));
    assert_eq!(suite["errors"], count("error"));
    assert_eq!(suite["skipped"], count("skipped"));
    assert_eq!((count("testcase"), count("failure"), count("error")), ("8".into(), "4".into(), "1".into()));
}

#[test]
#[should_panic(expected = "closed out of turn")]
fn the_check_of_xml_is_strict() {
    elements("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a><b></a></b>");
}

#[test]
fn a_summary_stays_small() {
    for scenarios in [100, 5000] {
        let page = markdown(&report(scenarios));
        assert!(page.len() < 60_000, "{scenarios}: {} bytes", page.len());
        let told = page.contains("more, which the log has");
        assert_eq!(told, scenarios > 100, "what was left out is told");
    }
}

#[test]
fn markup_in_a_summary_stays_text() {
    let page = markdown(&report(1));
    assert!(page.contains("- **x/themes/0-\\<\\&\"'\\>"), "{page}");
    assert!(!page.contains('\u{1b}') && !page.contains("<web>"), "{page}");
}

#[test]
fn annotations_are_one_for_a_scenario_and_one_for_each_expectation() {
    let text = github(&report(1));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 5, "{text}");
    let place = "::error file=x/themes/0-<&\"'>\\u{1b}.toml,line=7,title=";
    assert!(lines[..2].iter().all(|line| line.starts_with(place)), "{text}");
    assert!(lines[0].contains("expected: tasks.running exactly 3: 2 \\u{1b}[31m %25 :: |"), "{text}");
    assert!(lines[1].contains("%0Ametric: service.<web>.0: was 0, is 1 (+1)"), "{text}");
    assert!(lines[3].starts_with("::error title=gone.toml%3A failed::missing: "), "{text}");
    assert_eq!(lines[4], "6 scenarios: 1 same, 2 failed, 1 unusable, 2 not begun");
}

#[test]
fn json_has_every_difference_and_no_float() {
    let json: serde_json::Value = serde_json::from_str(&json(&report(1))).unwrap();
    assert_eq!((json["form"].as_str(), json["fine"].as_bool()), (Some("swarmbed-check/1"), Some(false)));
    let failures = json["scenarios"][0]["failures"].as_array().unwrap();
    assert_eq!(failures.len(), 33);
    assert_eq!((&failures[3]["was"], &failures[3]["is"]), (&"0".into(), &"1".into()));
}

#[test]
fn text_shows_what_fails_and_counts_the_rest() {
    let page = text(&report(1), Style::PLAIN);
    assert!(!page.contains("fine.toml") && page.contains("… and 18 more"), "{page}");
    assert!(!page.contains('\u{1b}'), "{page}");
    assert!(page.ends_with("6 scenarios: 1 same, 2 failed, 1 unusable, 2 not begun\n"), "{page}");
}
