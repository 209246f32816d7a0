use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use swarmbed_scheduler::Span;
use swarmbed_scheduler::plan::Group;
use swarmbed_scheduler::strategy::{Candidate, Rank, Ranked, Ties};
use swarmbed_scheduler::units::Resources;
use swarmbed_sim::Setup;
use swarmbed_sim::setup::{Action, Mode, Step};

use super::compare::against;
use super::first::first;
use super::rules::Rule;
use super::*;
use crate::About;
use crate::sample::{N1, WEB, at, setup};

/// Fewest tasks first; among equals the first node, or, with the change that is planted, the last.
struct Fewest {
    planted: bool,
}

impl Rank for Fewest {
    type Key = (u32, u32, u32);
    fn key(&self, group: &Group<'_>, node: &Candidate<'_>) -> Self::Key {
        let id = node.node.id.0;
        (node.of_service(group), node.active(), if self.planted { 9 - id } else { id })
    }
}

/// Six replicas, two of them from 20 s on, on three machines; the first crashes at 30 s.
fn scenario(planted: bool) -> Setup {
    let scale = Step { at: at(20), action: Action::Scale { service: WEB, replicas: 6 } };
    let crash = Step { at: at(30), action: Action::Crash { nodes: vec![N1], lasts: Some(Span::secs(5)) } };
    let mut setup = setup(vec![scale, crash]);
    setup.services[WEB.index()].mode = Mode::Replicated { replicas: 4 };
    for machine in &mut setup.machines {
        machine.node.resources = Resources::new(4_000_000_000, 0);
    }
    setup.strategy = Arc::new(Ranked::new("fewest", Fewest { planted }, Ties::Id));
    setup
}

fn facts(setup: Setup) -> Facts {
    let about = About { strategy: "fewest".into(), hash: "0123456789abcdef".into(), ..About::default() };
    look(setup, about)
}

fn written(entry: &Entry) -> Baseline {
    let entries = BTreeMap::from([("a.toml".to_owned(), entry.clone())]);
    Baseline { entries, ..Baseline::new("0.1.0") }
}

#[test]
fn a_planted_tie_break_is_caught_and_its_first_decision_named() {
    // What is known of the earlier run is what a baseline on the disk says of it.
    let text = written(&facts(scenario(false)).entry).to_string();
    let was = Baseline::parse(&text).unwrap().entries.remove("a.toml").unwrap();
    let is = facts(scenario(true));
    let compared = against(&was, &is.entry, &[]);
    assert!(compared.parted);
    assert!(compared.failures.contains(&What::Course(None)), "{:?}", compared.failures);

    let first = first(scenario(true), &was.course, &is);
    let decision = first.decision.clone().unwrap();
    assert_eq!((decision.number, decision.task.as_deref(), decision.order), (1, Some("web.1"), None));
    assert_eq!((decision.was.what.as_str(), decision.is.what.as_str()), ("n1", "n3"));
    assert_eq!(decision.was.key.as_deref(), Some("(0, 1, 9)"), "the key that the choice has now");
    assert_eq!(decision.is.key.as_deref(), Some("(0, 1, 7)"));
    let (_, observation) = decision.at.unwrap();
    assert!((first.observation.from..=first.observation.to).contains(&observation), "{first:?}");
    let lines = first.lines();
    assert!(lines[0].ends_with("web.1: was n1 ((0, 1, 9)), is n3 ((0, 1, 7))"), "{lines:?}");
    assert!(lines[1].starts_with("observation ") && lines[1].ends_with("web.1.1 web n3"), "{lines:?}");
}

#[test]
fn a_later_change_leaves_the_decisions_before_it_alone() {
    let was = facts(scenario(false)).entry;
    let mut longer = scenario(false);
    longer.timeline.last_mut().unwrap().at = at(40);
    let is = facts(longer.clone());
    let first = first(longer, &was.course, &is);
    assert_eq!(first.decision.as_ref().map(|d| d.number), None, "{first:?}");
    let lines = first.lines();
    assert!(
        lines.iter().any(|line| line.starts_with("all ") && line.ends_with(" decisions agree")),
        "{lines:?}"
    );
    assert!(first.observation.at.unwrap() >= at(30), "{first:?}");
}

#[test]
fn a_run_that_stops_short_is_told() {
    let was = facts(scenario(false)).entry;
    let mut shorter = scenario(false);
    shorter.timeline.truncate(shorter.timeline.len() - 2);
    let is = facts(shorter.clone());
    let decision = first(shorter, &was.course, &is).decision.unwrap();
    assert_eq!((decision.number, decision.at, decision.is.what.as_str()), (5, None, "no decision at all"));
    // And the other way round.
    let longer = facts(scenario(false));
    let decision = first(scenario(false), &is.entry.course, &longer).decision.unwrap();
    assert_eq!((decision.number, decision.was.what.as_str()), (5, "no decision at all"));
}

#[test]
fn another_order_alone_is_told_from_other_nodes() {
    let is = facts(scenario(false));
    let mut was = is.entry.course.clone();
    was.chosen.swap(0, 1);
    let decision = first(scenario(false), &was, &is).decision.unwrap();
    assert_eq!((decision.number, decision.earlier, decision.order), (1, Some(2), Some(1)));
    let text = decision.to_string();
    assert!(text.ends_with("it was decision 2; from 1 on the order is another"), "{text}");
    assert!(!text.contains("was n"), "no node changed: {text}");
}

#[test]
fn unchanged_code_passes_a_hundred_times_whatever_else_the_machine_does() {
    let text = written(&facts(scenario(false)).entry).to_string();
    let baseline = Baseline::parse(&text).unwrap();
    let runs: Vec<u32> = (0..100).collect();
    let ran = each(&runs, &AtomicBool::new(false), |_| facts(scenario(false)).entry);
    for entry in ran {
        let entry = entry.unwrap();
        let compared = against(&baseline.entries["a.toml"], &entry, &[]);
        assert!(compared.failures.is_empty() && compared.notes.is_empty(), "{compared:?}");
        assert_eq!(Baseline { entries: written(&entry).entries, ..baseline.clone() }.to_string(), text);
    }
}

#[test]
fn what_has_been_begun_is_finished_and_the_rest_left() {
    let (items, stop, begun): (Vec<usize>, _, _) =
        ((0..1000).collect(), AtomicBool::new(false), AtomicUsize::new(0));
    let done = each(&items, &stop, |i| {
        if begun.fetch_add(1, Ordering::SeqCst) == 20 {
            stop.store(true, Ordering::SeqCst);
        }
        *i
    });
    let finished = done.iter().flatten().count();
    assert_eq!(finished, begun.load(Ordering::SeqCst));
    assert!((21..1000).contains(&finished), "{finished}");
    assert!(done.iter().enumerate().all(|(i, done)| done.is_none_or(|item| item == i)), "in their order");
}

#[test]
fn metrics_are_exact_unless_a_rule_says_otherwise() {
    let was = facts(scenario(false)).entry;
    let mut is = was.clone();
    let up = |entry: &mut Entry, name: &str, value: &str| {
        entry.metrics.insert(name.to_owned(), figure::Figure::parse(value).unwrap());
    };
    up(&mut is, "run.time", "60.000000001");
    is.metrics.remove("tasks.created");
    up(&mut is, "tasks.fresh", "1");
    let compared = against(&was, &is, &[]);
    let said: Vec<String> = compared.failures.iter().map(What::to_string).collect();
    let created = was.metrics["tasks.created"];
    let expected = [
        "run.time: was 60 s, is 60.000000001 s (+0.000000001)".to_owned(),
        format!("tasks.created: was {created}, is absent"),
    ];
    assert_eq!(said, expected);
    assert_eq!(compared.notes.len(), 1, "a metric that the same run has in addition is no failure");
    let rules = ["run.* 1%", "tasks.created any"].map(|rule| Rule::parse(rule).unwrap());
    assert_eq!(against(&was, &is, &rules).failures, []);
    is.digest = "another".into();
    let said = against(&was, &is, &rules).failures;
    assert_eq!(said.len(), 2, "the course, and the metric that a different run has in addition: {said:?}");
    let rules = ["*", "digest"].map(|glob| Rule::parse(&format!("{glob} any")).unwrap());
    assert_eq!(against(&was, &is, &rules).failures, []);
}

#[test]
fn a_changed_scenario_is_not_compared() {
    let was = facts(scenario(false)).entry;
    let mut is = facts(scenario(true)).entry;
    (is.hash, is.seed) = ("another".into(), 8);
    let kinds: Vec<&str> = against(&was, &is, &[]).failures.iter().map(What::kind).collect();
    assert_eq!(kinds, ["changed", "changed"]);
}

#[test]
fn a_baseline_comes_back_as_it_was_written() {
    let mut baseline = written(&facts(scenario(false)).entry);
    baseline.head.push("tolerance work.* 2.5%".into());
    let text = baseline.to_string();
    let read = Baseline::parse(&text).unwrap();
    assert_eq!(read.to_string(), text);
    assert_eq!(read.rules[0].to_string(), "tolerance work.* 2.5%");
    assert_eq!(Baseline::parse(&text.replace('\n', "\r\n")).unwrap(), read, "as some editors save it");
    let empty = Baseline::new("0.1.0").to_string();
    assert_eq!(Baseline::parse(&empty).unwrap().to_string(), empty);
}

#[test]
fn what_is_no_baseline_is_refused_at_its_line() {
    let text = written(&facts(scenario(false)).entry).to_string();
    let line = |start: &str| 1 + text.lines().position(|line| line.trim_start().starts_with(start)).unwrap();
    let marks = text.lines().nth(line("decisions")).unwrap().trim();
    let rows = [
        ("swarmbed-baseline 1", "swarmbed-baseline 2", 1, "`swarmbed-baseline 1`"),
        ("program 0.1.0", "", 2, "`program VERSION`"),
        ("# What", "What", 4, "a comment"),
        ("scenario a.toml", "<<<<<<< HEAD\nscenario a.toml", line("scenario"), "a comment"),
        ("  seed 7", "  seed seven", line("seed"), "a whole number"),
        ("  seed 7", "  sede 7", line("seed"), "a fact about"),
        ("  metric run.time 60", "  metric run.time NaN", line("metric run.time"), "an exact decimal number"),
        ("  metric run.time 60", "  metric run.time -1", line("metric run.time"), "an exact decimal number"),
        ("  metric run.time 60", "  metric run.time", line("metric run.time"), "`metric NAME VALUE`"),
        (" every 1", " every 3", line("observations"), "a power of two"),
        (" every 1", " every 0", line("observations"), "a power of two"),
        (marks, "AAAA", line("decisions") + 1, "marks of five letters"),
        (marks, "", text.lines().count(), "all marks of decisions of 'a.toml'"),
        ("  hash 0123456789abcdef\n", "", text.lines().count() - 1, "the hash of 'a.toml'"),
    ];
    for (from, to, line, expected) in rows {
        assert!(text.contains(from), "nothing to replace: {from}");
        let error = Baseline::parse(&text.replacen(from, to, 1)).unwrap_err();
        assert_eq!(error.line, line, "{from} -> {to}: {error}");
        assert!(error.expected.contains(expected), "{from} -> {to}: {error}");
    }
    let twice = format!("{text}\nscenario a.toml\n");
    assert_eq!(Baseline::parse(&twice).unwrap_err().expected, "each scenario once");
    for text in ["", "\n", "swarmbed-baseline 1", &"x".repeat(1 << 20)] {
        assert!(Baseline::parse(text).unwrap_err().to_string().len() < 300);
    }
}
