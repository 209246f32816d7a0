//! `check`: a baseline is made, held, broken in every way, and kept up.

use std::fs;
use std::path::Path;

use super::{Ran, arg, file, folder, root, swarmbed, update};

/// One manager, three workers, three replicas, and a fourth after a minute.
const SCENARIO: &str = r#"title = "Three workers"

[run]
duration = "5m"
seed = 3

[cluster]
[[cluster.nodes]]
name = "manager"
role = "manager"
availability = "drain"
[[cluster.nodes]]
name = "worker"
count = 3

[[service]]
name = "web"
image = "example/web"
replicas = 3

[[at]]
time = "1m"
do = "scale"
service = "web"
replicas = 4

[[expect]]
metric = "tasks.running"
equals = 4
"#;

/// A folder with scenarios `a.toml` and `deep/b.toml` and their accepted baseline.
fn accepted() -> tempfile::TempDir {
    let folder = folder();
    fs::create_dir(folder.path().join("deep")).unwrap();
    file(&folder, "a.toml", SCENARIO);
    file(&folder, "deep/b.toml", SCENARIO.replace("seed = 3", "seed = 4"));
    let ran = check(&folder, &["--accept"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert!(ran.out.ends_with("2 scenarios: 2 accepted\n"), "{}", ran.out);
    folder
}

fn check(folder: &tempfile::TempDir, more: &[&str]) -> Ran {
    let baseline = folder.path().join("baseline.txt");
    swarmbed(&[&["check", arg(folder.path()), "--baseline", arg(&baseline)], more].concat())
}

fn baseline(folder: &tempfile::TempDir) -> String {
    fs::read_to_string(folder.path().join("baseline.txt")).expect("there is a baseline")
}

#[test]
fn the_baseline_of_the_library_holds() {
    let themes: Vec<&str> = [
        "scenarios/basics",
        "scenarios/faults",
        "scenarios/incidents",
        "scenarios/managers",
        "scenarios/mesh",
        "scenarios/quirks",
        "scenarios/scale",
        "scenarios/updates",
        "scenarios/workloads",
    ]
    .into();
    let themes: Vec<&str> = themes.into_iter().filter(|theme| root().join(theme).is_dir()).collect();
    let more: &[&str] = if update() { &["--accept"] } else { &[] };
    let ran = swarmbed(&[&["check"], &themes[..], &["--baseline", "scenarios/baseline.txt"], more].concat());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "if that is meant, UPDATE=1 cargo test\n{}", ran.out);
}

#[test]
fn what_is_unchanged_is_the_same_from_anywhere() {
    let folder = accepted();
    let text = baseline(&folder);
    assert!(text.contains("\nscenario a.toml\n") && text.contains("\nscenario deep/b.toml\n"), "{text}");
    assert!(!text.contains(arg(folder.path())), "no path of this host is in it");
    for paths in [&["a.toml", "deep/../deep"][..], &["."], &["deep", "./a.toml", "deep/b.toml"]] {
        let args = [&["check"], paths, &["--baseline", "baseline.txt"]].concat();
        let ran = super::ran(super::command(&args).current_dir(folder.path()).output().unwrap());
        assert_eq!(
            (ran.code, ran.out.as_str(), ran.err.as_str()),
            (0, "2 scenarios: 2 same\n", ""),
            "{paths:?}"
        );
    }
    assert_eq!(check(&folder, &["--accept"]).out, "2 scenarios: 2 same\n");
    assert_eq!(baseline(&folder), text, "accepting what is the same changes nothing");
}

/// The baseline is made with ties by id under a name that means ties at random: a strategy whose tie rule was changed.
#[test]
fn a_changed_tie_rule_is_caught_with_the_first_decision() {
    let folder = accepted();
    assert_eq!(check(&folder, &["--accept", "--strategy", "swarm-spread[ties=id]"]).code, 0);
    let changed = baseline(&folder).replace("strategy swarm-spread[ties=id]", "strategy swarm-spread");
    file(&folder, "baseline.txt", changed);
    let ran = check(&folder, &["--format", "json"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""), "{}", ran.out);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    for scenario in json["scenarios"].as_array().unwrap() {
        let course = &scenario["failures"][0];
        assert_eq!(course["kind"], "course", "{course:#}");
        let (was, is) = (&course["was"], &course["is"]);
        assert_ne!(was["node"], is["node"]);
        let keys = [was, is].map(|side| side["key"].as_str().unwrap());
        assert!(keys.iter().all(|key| key.ends_with(" of this service, 0 tasks")), "{keys:?}");
        // It is the node that the strategy which the baseline was made with chooses indeed.
        let task = course["task"].as_str().unwrap();
        let file = scenario["file"].as_str().unwrap();
        let told = swarmbed(&["explain", file, "--task", task, "--strategy", "swarm-spread[ties=id]"]).out;
        let chosen = format!("placed on {}\n", was["node"].as_str().unwrap());
        assert!(told.contains(&chosen), "{told}\nis not {was}");
    }
    let text = check(&folder, &[]).out;
    assert!(text.contains("the tie rule") && text.contains("swarmbed explain "), "{text}");
}

#[test]
fn what_came_went_or_changed_is_told_and_accepted() {
    let folder = accepted();
    file(&folder, "a.toml", SCENARIO.replace("replicas = 3", "replicas = 2"));
    file(&folder, "new.toml", SCENARIO);
    fs::remove_file(folder.path().join("deep/b.toml")).unwrap();
    let rule = "# Work may grow a little.\ntolerance work.* 2%";
    let text = baseline(&folder).replacen("\n\nscenario", &format!("\n{rule}\n\nscenario"), 1);
    file(&folder, "baseline.txt", text);
    let ran = check(&folder, &["--format", "github"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let said = [("a.toml", "changed: "), ("b.toml", "missing: "), ("new.toml", "new: ")];
    for (line, (name, kind)) in ran.out.lines().zip(said) {
        assert!(line.starts_with("::error ") && line.contains(name) && line.contains(kind), "{line}");
    }
    assert!(ran.out.ends_with("3 scenarios: 3 failed\n"), "{}", ran.out);

    let ran = check(&folder, &["--accept"]);
    assert!(ran.code == 0 && ran.out.ends_with("3 scenarios: 3 accepted\n"), "{}", ran.out);
    assert_eq!(check(&folder, &[]).out, "2 scenarios: 2 same\n");
    let text = baseline(&folder);
    assert!(text.contains(&format!("{rule}\n\nscenario a.toml\n")) && !text.contains("b.toml"), "{text}");
}

#[test]
fn a_rule_allows_what_it_says_and_an_edit_shows() {
    let folder = accepted();
    let metric = |value| format!("  metric work.filters_run {value}\n");
    let text = baseline(&folder);
    let at = text.find("  metric work.filters_run ").unwrap();
    let old = &text[at..=at + text[at..].find('\n').unwrap()];
    let text = text.replacen(old, &metric(10_000), 1);
    file(&folder, "baseline.txt", &text);
    let ran = check(&folder, &[]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("work.filters_run: was 10000, is "), "{}", ran.out);
    let ruled = |rule: &str| text.replacen("\n\nscenario", &format!("\n{rule}\n\nscenario"), 1);
    file(&folder, "baseline.txt", ruled("tolerance work.filters_run 99.99%"));
    assert_eq!(check(&folder, &[]).code, 0);
    file(&folder, "baseline.txt", ruled("tolerance wrok.* any"));
    let ran = check(&folder, &[]);
    assert!(ran.code == 1 && ran.out.contains("`tolerance wrok.* any` matches no metric"), "{}", ran.out);
}

#[test]
fn what_was_not_asked_for_is_left_alone() {
    let folder = accepted();
    let before = baseline(&folder);
    let path = folder.path().join("baseline.txt");
    let deep = folder.path().join("deep");
    let ran = swarmbed(&["check", arg(&deep), "--baseline", arg(&path)]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("in the baseline, and not asked for: 1 scenario\n"), "{}", ran.out);
    assert_eq!(swarmbed(&["check", arg(&deep), "--baseline", arg(&path), "--accept"]).code, 0);
    assert_eq!(baseline(&folder), before);
}

#[test]
fn an_expectation_of_its_own_fails_at_its_line_and_cannot_be_accepted_away() {
    let folder = folder();
    let path = file(&folder, "a.toml", SCENARIO.replace("equals = 4", "equals = 5"));
    let ran = check(&folder, &["--accept", "--format", "github"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    let line = 1 + SCENARIO.lines().position(|line| line.starts_with("metric")).unwrap();
    let lines = [line - 1, line].map(|line| format!("::error file={},line={line},", path.display()));
    assert!(lines.iter().any(|start| ran.out.starts_with(start)), "{}", ran.out);
    assert!(ran.out.contains("expected: tasks.running exactly 5: 4"), "{}", ran.out);
    assert_eq!(check(&folder, &[]).code, 1, "it fails just so when it is compared");
}

#[test]
fn a_file_that_is_no_scenario_hides_nothing_and_is_the_users_mistake() {
    let folder = accepted();
    let before = baseline(&folder);
    file(&folder, "broken.toml", SCENARIO.replace("replicas = 3", "replcas = 3"));
    let ran = check(&folder, &["--format", "junit"]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(ran.err.contains("broken.toml:") && ran.err.contains("did you mean 'replicas'"), "{}", ran.err);
    assert!(ran.out.contains("tests=\"3\" failures=\"0\" errors=\"1\""), "{}", ran.out);
    let ran = check(&folder, &["--accept"]);
    assert!(ran.code == 2 && ran.out.contains("nothing was accepted"), "{}", ran.out);
    assert_eq!(baseline(&folder), before);
}

#[test]
fn mistakes_are_told_and_nothing_is_overwritten() {
    let folder = accepted();
    let other = file(&folder, "notes.md", "# Mine\n");
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let newer = file(&folder, "newer.txt", baseline(&folder).replace("baseline 1", "baseline 9"));
    let conflict =
        file(&folder, "conflict.txt", baseline(&folder).replacen("scenario", "<<<<<<< HEAD\nscenario", 1));
    let broken = file(&folder, "broken.txt", baseline(&folder).replacen("  seed 3", "  seed x", 1));
    let here = arg(folder.path());
    let at = |path: &Path| path.to_str().unwrap().to_owned();
    let rows: [(&[&str], &str); 10] = [
        (&[here, "--baseline", "no-such.txt"], "add --accept"),
        (&[here, "--baseline", &at(&other), "--accept"], "nothing else is ever overwritten"),
        (&[here, "--baseline", &at(&newer)], "the swarmbed that wrote it"),
        (&[here, "--baseline", &at(&conflict)], "merge conflict"),
        (&[here, "--baseline", &at(&broken)], "expected a whole number"),
        (&[here, "--baseline", here], "is a folder"),
        (&[here, "--baseline", "no/such/folder/b.txt", "--accept"], "cannot be written"),
        (&[&at(&empty), "--baseline", &at(&broken), "--accept"], "expected a whole number"),
        (&["basics/voting-ap", "--baseline", "x.txt", "--accept"], "did you mean 'basics/voting-app'"),
        (&[here, "--baseline", "x.txt", "--accept", "--strategy", "spred"], "spread"),
    ];
    for (args, said) in rows {
        let ran = swarmbed(&[&["check"], args].concat());
        let err: String = ran.err.split_whitespace().filter(|w| *w != "│").collect::<Vec<_>>().join(" ");
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}: {err}");
        assert!(err.contains(said), "{args:?}: {err}");
    }
    let seed = 1 + baseline(&folder).lines().position(|line| line == "  seed 3").unwrap();
    let ran = swarmbed(&["check", here, "--baseline", arg(&broken)]);
    assert!(ran.err.contains(&format!("line {seed}: ")), "{}", ran.err);
    assert_eq!(fs::read_to_string(&other).unwrap(), "# Mine\n");
    let ran = swarmbed(&["check", arg(&empty), "--baseline", arg(&folder.path().join("baseline.txt"))]);
    assert!(ran.code == 2 && ran.err.contains("there is no scenario in"), "{}", ran.err);
}

#[test]
fn scenarios_of_the_library_are_named_by_name() {
    let folder = folder();
    let path = folder.path().join("b.txt");
    let command = |more: &[&str]| {
        let args = [&["check", "quirks", "basics/walkthrough", "--baseline", arg(&path)], more].concat();
        super::ran(super::command(&args).current_dir(folder.path()).output().unwrap())
    };
    assert!(command(&["--accept"]).out.contains("library:quirks/uneven-start: new"));
    let ran = command(&[]);
    assert_eq!((ran.code, ran.out.ends_with(" same\n")), (0, true), "{}{}", ran.out, ran.err);
}

#[test]
fn a_baseline_of_another_version_is_compared_all_the_same() {
    let folder = accepted();
    file(&folder, "baseline.txt", baseline(&folder).replacen("program ", "program 99.", 1));
    let ran = check(&folder, &[]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(ran.out.contains("accepted by swarmbed 99."), "{}", ran.out);
}

#[test]
fn a_thousand_scenarios_are_no_trouble() {
    let folder = folder();
    for seed in 0..1000 {
        file(&folder, &format!("{seed}.toml"), SCENARIO.replace("seed = 3", &format!("seed = {seed}")));
    }
    assert!(check(&folder, &["--accept", "--format", "json"]).code == 0);
    assert_eq!(check(&folder, &[]).out, "1,000 scenarios: 1,000 same\n");
    let text = baseline(&folder).replace("metric tasks.running 4", "metric tasks.running 3");
    file(&folder, "baseline.txt", text);
    let ran = check(&folder, &["--format", "markdown"]);
    assert!(ran.code == 1 && ran.out.len() < 60_000, "{} bytes", ran.out.len());
}

/// What the README shows of a failure is what a changed tie rule looks like.
#[test]
fn the_failure_in_the_readme_is_true() {
    let folder = folder();
    let path = folder.path().join("b.txt");
    let command = ["check", "scenarios/basics/walkthrough.toml", "--baseline", arg(&path)];
    assert_eq!(
        swarmbed(&[&command[..], &["--accept", "--strategy", "swarm-spread[ties=id]"]].concat()).code,
        0
    );
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("strategy swarm-spread[ties=id]", "strategy swarm-spread")).unwrap();
    let ran = swarmbed(&command);
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let shown = readme.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert!(ran.code == 1 && ran.out.starts_with(shown), "the README shows\n{shown}\nnow it is\n{}", ran.out);
    assert!(shown.contains("decision 1 "), "{shown}");
}
