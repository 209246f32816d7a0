//! What is printed for programs can be read by them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{arg, folder, swarmbed};

fn json(args: &[&str]) -> Value {
    let ran = swarmbed(args);
    assert_eq!(ran.code, 0, "{args:?}: {}", ran.err);
    serde_json::from_str(&ran.out).expect("it is JSON")
}

#[test]
fn the_same_run_in_every_format() {
    let summary = json(&["run", "basics/walkthrough", "--format", "json"]);
    let digest = summary["digest"].as_str().expect("there is a digest");
    assert_eq!(summary["services"][0]["name"], "whoami");
    assert_eq!(summary["metrics"]["service.whoami.running"]["value"], 3);
    assert_eq!(summary["expectations"][0]["holds"], true);
    let markdown = swarmbed(&["run", "basics/walkthrough", "--format", "markdown"]).out;
    assert!(markdown.starts_with("# ") && markdown.contains(digest), "{markdown}");

    let csv = swarmbed(&["run", "basics/walkthrough", "--format", "csv"]).out;
    let mut rows = csv.lines();
    assert_eq!(rows.next(), Some("scenario,strategy,trial,seed,metric,unit,value"));
    let names: BTreeSet<&str> = rows.map(|row| row.split(',').nth(4).expect("seven columns")).collect();
    let metrics = summary["metrics"].as_object().expect("there are metrics");
    assert_eq!(names, metrics.keys().map(String::as_str).collect(), "each metric is in both, once");
}

#[test]
fn an_expectation_that_does_not_hold_is_a_finding() {
    let folder = folder();
    let text = std::fs::read_to_string(super::root().join("scenarios/basics/walkthrough.toml")).unwrap();
    let more = "\n[[expect]]\nmetric = \"machines.crashed\"\nat_most = 0\n\
                \n[[expect]]\nmetric = \"images.pull.max\"\nat_most = \"1s\"\n";
    let path = super::file(&folder, "s.toml", text + more);
    let ran = swarmbed(&["run", arg(&path)]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    assert!(ran.out.contains("NOT HELD  machines.crashed at most 0: 1"), "{}", ran.out);
    assert!(
        ran.out.contains("NOT HELD  images.pull.max at most 1s: this run has no such value"),
        "{}",
        ran.out
    );
}

#[test]
fn what_there_is_can_be_listed() {
    let all = swarmbed(&["list"]).out;
    for name in ["basics/voting-app", "swarm-spread", "least-reserved", "swarm-current"] {
        assert!(all.contains(name), "{name}: {all}");
    }
    let listed = json(&["list", "scenarios", "--format", "json"]);
    let scenarios = listed["scenarios"].as_array().expect("a list");
    assert!(scenarios.iter().any(|s| s["name"] == "basics/walkthrough"), "{listed}");
    let metrics = json(&["list", "metrics", "--format", "json"]);
    assert!(metrics["metrics"].as_array().is_some_and(|m| m.len() > 40), "{metrics}");
}

#[test]
fn a_stack_file_is_shown_as_understood() {
    let stack = json(&["stack", "stacks/whoami.yml", "--format", "json"]);
    assert_eq!(stack["services"]["whoami"]["deploy"]["replicas"], 3);
    let page = swarmbed(&["stack", "stacks/whoami.yml"]).out;
    assert!(page.contains("whoami   replicated      3"), "{page}");
}

#[test]
fn a_start_of_ones_own_runs() {
    let folder = folder();
    let path = folder.path().join("mine.toml");
    assert_eq!(swarmbed(&["init", arg(&path)]).code, 0);
    let ran = swarmbed(&["run", arg(&path)]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    let again = swarmbed(&["init", arg(&path)]);
    assert_eq!(again.code, 2, "what is there is not overwritten");
    assert!(again.err.contains("is there already"), "{}", again.err);
}

#[test]
fn every_shell_gets_its_completions() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = swarmbed(&["completions", shell]);
        assert_eq!(ran.code, 0);
        assert!(ran.out.contains("swarmbed") && ran.out.contains("explain"), "{shell}");
    }
}

#[test]
fn the_schema_names_every_table_of_a_scenario() {
    let schema = json(&["schema"]);
    for table in ["run", "cluster", "service", "at", "expect"] {
        assert!(schema["properties"].get(table).is_some(), "{table}");
    }
    let reference = swarmbed(&["schema", "--reference"]).out;
    assert!(reference.contains("heartbeat"), "{reference}");
}
