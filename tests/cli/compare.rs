//! `compare`, as it is used.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use swarmbed_scenarios::library::find;

use super::{arg, command, file, folder, ran, swarmbed};

fn json(args: &[&str]) -> Value {
    let ran = swarmbed(&[&["compare"], args, &["--format", "json"]].concat());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args:?}: {}", ran.out);
    serde_json::from_str(&ran.out).expect("it is JSON")
}

fn metrics(comparison: &Value) -> &Vec<Value> {
    comparison["metrics"].as_array().expect("there are metrics")
}

/// Every contrast, with its metric's name.
fn contrasts(comparison: &Value) -> Vec<(&str, &Value)> {
    let mut all = Vec::new();
    for metric in metrics(comparison) {
        let name = metric["metric"].as_str().expect("a name");
        all.extend(
            metric["against_base"].as_array().expect("a list").iter().map(|contrast| (name, contrast)),
        );
    }
    all
}

/// No number is NaN or infinite, however it is written.
fn is_clean(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.all(|word| !["nan", "inf", "infinity"].contains(&word.to_lowercase().as_str()))
}

#[test]
fn a_strategy_does_not_differ_from_itself() {
    let found = json(&[
        "basics/voting-app",
        "--strategy",
        "swarm-spread",
        "--strategy",
        "swarm-spread",
        "--trials",
        "3",
        "--metric",
        "all",
    ]);
    assert_eq!(found["variants"], serde_json::json!(["swarm-spread", "swarm-spread (2)"]));
    let contrasts = contrasts(&found);
    assert!(contrasts.len() > 60, "{}", contrasts.len());
    for (name, contrast) in contrasts {
        let verdict = contrast["verdict"].as_str().expect("a verdict");
        match verdict {
            "no value" => assert_eq!(contrast["difference"], Value::Null, "{name}"),
            _ => assert_eq!((verdict, contrast["difference"].as_f64()), ("the same", Some(0.0)), "{name}"),
        }
    }
}

#[test]
fn threads_do_not_show_in_the_output() {
    let args = [
        "compare",
        "basics/voting-app",
        "--strategy",
        "swarm-spread",
        "--strategy",
        "binpack",
        "--trials",
        "6",
    ];
    for format in ["text", "json", "csv", "markdown"] {
        let with = |jobs: &str| {
            let ran = swarmbed(&[&args[..], &["--format", format, "--jobs", jobs]].concat());
            assert_eq!((ran.code, ran.err.as_str()), (0, ""));
            assert!(is_clean(&ran.out), "{}", ran.out);
            ran.out
        };
        assert_eq!(with("1"), with("3"), "{format}");
    }
}

#[test]
fn common_random_numbers_make_the_interval_narrower() {
    let found = json(&[
        "basics/voting-app",
        "--set",
        "cluster.heartbeat=5s,6s",
        "--trials",
        "20",
        "--metric",
        "failover.total.max",
    ]);
    assert_eq!(found["variants"], serde_json::json!(["heartbeat=5s", "heartbeat=6s"]));
    let contrast = contrasts(&found)[0].1;
    let width = |key: &str| contrast[key][1].as_f64().unwrap() - contrast[key][0].as_f64().unwrap();
    assert!(width("interval") < width("interval_if_unpaired"), "{contrast}");
    assert_eq!(contrast["verdict"], "worse", "three longer beats are missed later: {contrast}");
}

#[test]
fn every_strategy_meets_each_value() {
    let found = json(&[
        "basics/walkthrough",
        "--strategy",
        "swarm-spread",
        "--strategy",
        "binpack",
        "--set",
        "service.whoami.replicas=1,2",
        "--trials",
        "2",
        "--metric",
        "service.whoami.running",
        "--seed",
        "5",
    ]);
    let labels =
        ["swarm-spread replicas=1", "swarm-spread replicas=2", "binpack replicas=1", "binpack replicas=2"];
    assert_eq!(found["variants"], serde_json::json!(labels));
    assert_eq!((&found["seed"], &found["trials"]), (&Value::from(5), &Value::from(2)));
}

#[test]
fn one_trial_shows_what_it_can() {
    let args = [
        "compare",
        "basics/voting-app",
        "--strategy",
        "swarm-spread",
        "--strategy",
        "binpack",
        "--trials",
        "1",
    ];
    for format in ["text", "json", "csv", "markdown"] {
        let ran = swarmbed(&[&args[..], &["--format", format]].concat());
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        assert!(is_clean(&ran.out) && ran.out.contains("too few trials"), "{}", ran.out);
    }
}

#[test]
fn trials_end_when_they_are_sure() {
    let args = ["basics/voting-app", "--set", "cluster.heartbeat=5s,6s", "--metric", "failover.detect.max"];
    let sure = json(&[&args[..], &["--precision", "2%"]].concat());
    assert_eq!(sure["ended"], "sure");
    let trials = sure["trials"].as_u64().expect("a number");
    assert!((30..1000).contains(&trials), "{trials}");
    let never = json(&[&args[..], &["--precision", "0.001%", "--trials", "40"]].concat());
    assert_eq!((&never["ended"], &never["trials"]), (&Value::from("done"), &Value::from(40)));
}

#[test]
fn kept_trials_are_gone_on_with() {
    let folder = folder();
    let (kept, whole) = (folder.path().join("kept.csv"), folder.path().join("whole.csv"));
    let compare = |trials: &str, path| {
        let ran = swarmbed(&[
            "compare",
            "basics/voting-app",
            "--strategy",
            "swarm-spread",
            "--strategy",
            "binpack",
            "--trials",
            trials,
            "--keep",
            arg(path),
        ]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
        let table = ran.out.rsplit_once("\n\nswarmbed compare").map(|(page, _)| page.to_owned());
        table.expect("the command stands at the end")
    };
    let at_once = compare("6", &whole);
    compare("4", &kept);
    // The machine went while the fourth was being written.
    let text = std::fs::read_to_string(&kept).unwrap();
    std::fs::write(&kept, &text[..text.len() - 40]).unwrap();
    assert_eq!(compare("6", &kept), at_once);
    assert_eq!(std::fs::read(&kept).unwrap(), std::fs::read(&whole).unwrap());
    let other = swarmbed(&["compare", "basics/walkthrough", "--keep", arg(&kept)]);
    assert_eq!((other.code, other.out.as_str()), (2, ""));
    assert!(other.err.contains("another comparison"), "{}", other.err);
    assert_eq!(std::fs::read(&kept).unwrap(), std::fs::read(&whole).unwrap(), "nothing was overwritten");
}

#[test]
#[cfg(unix)]
fn ctrl_c_keeps_what_has_finished() {
    let mut compare = command(&[
        "compare",
        "basics/voting-app",
        "--strategy",
        "swarm-spread",
        "--strategy",
        "binpack",
        "--trials",
        "500000",
    ]);
    let child = compare.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    std::thread::sleep(Duration::from_secs(3));
    let id = child.id().to_string();
    let sent = std::process::Command::new("kill").args(["-INT", &id]).status().expect("signals can be sent");
    assert!(sent.success());
    let ran = ran(child.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, 1, "a comparison that was stopped is not done: {}", ran.err);
    assert!(ran.out.contains("stopped before the 500,000 asked for"), "{}", ran.out);
    assert!(
        ran.out.contains(
            "swarmbed compare basics/voting-app --strategy swarm-spread --strategy binpack --trials"
        )
    );
    assert!(ran.out.contains("--keep"), "{}", ran.out);
}

#[test]
fn mistakes_are_told() {
    let rows: [(&[&str], &str); 12] = [
        (&["basics/voting-app", "--strategy", "spred"], "spread"),
        (&["basics/voting-app", "--metric", "failover.totl.max"], "failover.total.max"),
        (&["basics/voting-app", "--set", "cluster.heartbeet=5s"], "heartbeat"),
        (&["basics/voting-app", "--set", "cluster.heartbeat=5"], "unit"),
        (&["basics/voting-app", "--set", "cluster.heartbeat"], "cluster.heartbeat=5s,10s"),
        (&["basics/voting-app", "--set", "cluster.nodes.wroker.count=3"], "nodes.worker"),
        (&["basics/voting-app", "--set", "run.seed=1,2"], "--seed"),
        (&["basics/voting-app", "--precision", "2"], "2%"),
        (&["basics/voting-app", "--precision", "0%"], "2%"),
        (&["basics/voting-app", "--trials", "0"], "1..=1000000"),
        (&["basics/voting-app", "--seed", "9223372036854775807"], "the last seed"),
        (&["--stack", "scenarios/stacks/whoami.yml", "--set", "run.duration=1m"], "--set"),
    ];
    for (args, said) in rows {
        let ran = swarmbed(&[&["compare"], args].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}: {}", ran.err);
        let told = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(said), "{args:?}: {}", ran.err);
    }
}

/// Over several scenarios the variants are ranked, and it is told whether the scenarios agree.
#[test]
fn several_scenarios_are_ranked() {
    let names = ["basics/walkthrough", "incidents/spread-ignores-reservation", "quirks/uneven-start"];
    let variants = ["--strategy", "swarm-spread", "--strategy", "binpack", "--trials", "3"];
    let args = |more: &'static [&'static str]| [&["compare"], &names[..], &variants[..], more].concat();
    let ran = swarmbed(&args(&[]));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    for text in
        ["2 variants over 3 scenarios, 3 trials of each", "MEAN RANKS", "quirks/uneven-start", "by chance"]
    {
        assert!(ran.out.contains(text), "{text}: {}", ran.out);
    }
    let again = ran.out.lines().last().unwrap();
    let words: Vec<&str> = again.split(' ').skip(1).collect();
    assert_eq!(swarmbed(&words).out, ran.out, "the last line repeats it");

    let json: serde_json::Value =
        serde_json::from_str(&swarmbed(&args(&["--format", "json"])).out).expect("it is JSON");
    assert_eq!(json["scenarios"].as_array().unwrap().len(), 3);
    for rank in json["ranks"].as_array().unwrap() {
        let mean: f64 =
            rank["variants"].as_array().unwrap().iter().map(|v| v["mean_rank"].as_f64().unwrap()).sum();
        assert!((mean - 3.0).abs() < 1e-9, "ranks 1 and 2 are dealt in every scenario: {rank}");
    }
    let csv = swarmbed(&args(&["--format", "csv"])).out;
    assert!(names.iter().all(|name| csv.lines().any(|line| line.starts_with(name))), "{csv}");
    let folder =
        swarmbed(&["compare", "quirks", "--strategy", "spread", "--strategy", "binpack", "--trials", "2"]);
    assert!(folder.out.contains("over 2 scenarios"), "{}", folder.out);
}

/// A folder in which there is only one, or the same named twice, is that scenario.
#[test]
fn a_folder_of_one_scenario_is_that_scenario() {
    let folder = folder();
    let scenario = file(&folder, "only.toml", find("basics/walkthrough").expect("it is in the library").text);
    let compare = |files: &[&str]| {
        let ran = swarmbed(
            &[&["compare"], files, &["--strategy", "spread", "--strategy", "binpack"], &["--trials", "2"]]
                .concat(),
        );
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{files:?}: {}", ran.out);
        ran.out
    };
    let alone = compare(&[arg(&scenario)]);
    assert_eq!(compare(&[arg(folder.path())]), alone);
    assert_eq!(compare(&[arg(&scenario), arg(&scenario)]), alone);
}

#[test]
fn several_scenarios_need_the_same_variants() {
    let check = |args: &[&str], said: &str| {
        let ran = swarmbed(&[&["compare"], args].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        assert!(ran.err.contains(said), "{}", ran.err);
    };
    check(&["quirks", "incidents"], "the same variants are compared, at least two");
    check(
        &["quirks", "--strategy", "spread", "--strategy", "binpack", "--keep", "x.csv"],
        "--keep is for one scenario",
    );
    check(&["quirks", "nowhere"], "'nowhere'");
}
