//! `run --out` and `replay`.

use std::fs;

use super::{arg, file, folder, swarmbed};

const FILES: [&str; 6] =
    ["manifest.json", "metrics.csv", "observations.bin", "summary.json", "tasks.csv", "timeline.csv"];

fn listing(path: &std::path::Path) -> Vec<String> {
    let entries = fs::read_dir(path).expect("the folder is there");
    let mut names: Vec<String> =
        entries.map(|e| e.expect("it can be read").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_kept_run_is_whole_and_is_played_again() {
    let folder = folder();
    let kept = folder.path().join("runs/kept");
    let run = swarmbed(&["run", "basics/walkthrough", "--out", arg(&kept)]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert_eq!(listing(&kept), FILES);
    assert_eq!(listing(&folder.path().join("runs")), ["kept"], "nothing else is left beside it");

    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(kept.join("manifest.json")).unwrap()).expect("it is JSON");
    let digest = manifest["digest"].as_str().unwrap();
    assert!(run.out.trim_end().ends_with(digest), "{}", run.out);
    let bytes = fs::read(kept.join("observations.bin")).unwrap();
    let last: [u8; 8] = bytes[bytes.len() - 8..].try_into().unwrap();
    assert_eq!(format!("{:016x}", u64::from_le_bytes(last)), digest, "the last hash is the digest");
    let rows = fs::read_to_string(kept.join("timeline.csv")).unwrap().lines().count() - 1;
    assert_eq!(rows, bytes.len() / 8, "one hash for each row of the timeline");

    let again = swarmbed(&["replay", "basics/walkthrough", "--against", arg(&kept)]);
    assert_eq!((again.code, again.out), (0, format!("same: {rows} observations, digest {digest}\n")));
}

/// Whatever a run observes has its row.
#[test]
fn arrivals_and_use_are_kept_too() {
    let folder = folder();
    for (index, name) in ["workloads/mixed-jobs", "workloads/herding"].into_iter().enumerate() {
        let kept = folder.path().join(index.to_string());
        let run = swarmbed(&["run", name, "--out", arg(&kept)]);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{name}");
        let timeline = fs::read_to_string(kept.join("timeline.csv")).unwrap();
        assert!(timeline.contains("service-arrived"), "{name}");
        assert_eq!(timeline.contains("node-use-changed"), name == "workloads/herding");
    }
}

/// Requests are summed up, since there may be millions: no file has a row for each.
#[test]
fn requests_are_kept_by_the_second() {
    let folder = folder();
    let kept = folder.path().join("kept");
    let run = swarmbed(&["run", "scenarios/mesh/whoami.toml", "--out", arg(&kept)]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let mut files = FILES.map(str::to_owned).to_vec();
    files.insert(3, "requests.csv".to_owned());
    assert_eq!(listing(&kept), files);

    let read = |name: &str| fs::read_to_string(kept.join(name)).unwrap();
    let text = read("requests.csv");
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let sum = |column: usize| rows.iter().map(|row| row[column].parse::<f64>().unwrap()).sum::<f64>();
    let metric = |name: &str| {
        let metrics = read("metrics.csv");
        let line = metrics.lines().find(|line| line.contains(&format!(",{name},"))).unwrap().to_owned();
        line.rsplit(',').next().unwrap().parse::<f64>().unwrap()
    };
    assert!(sum(6) > 5000.0 && sum(6) == metric("requests.answered") + metric("requests.lost"));
    assert!((sum(7) / sum(6) - metric("requests.latency.mean")).abs() < 1e-8);
    assert_eq!(sum(9), 0.0, "nobody calls anybody");
    assert!(rows.iter().all(|row| row[1] == "1" && row[0].parse::<u64>().is_ok()), "whole seconds");

    let timeline = read("timeline.csv");
    let listed = timeline.lines().count() - 1;
    assert!(listed < 500 && !timeline.contains("request-ended"), "{listed} rows");
    let last = timeline.lines().last().unwrap();
    assert!(last.contains(",requests-ended,") && last.ends_with(" since the row before"), "{last}");
    assert_eq!(listed, fs::read(kept.join("observations.bin")).unwrap().len() / 8);

    let again = swarmbed(&["replay", "scenarios/mesh/whoami.toml", "--against", arg(&kept)]);
    let digest = run.out.trim_end().rsplit(' ').next().unwrap();
    assert_eq!((again.code, again.out), (0, format!("same: {listed} observations, digest {digest}\n")));
}

/// Though the ends of requests are not listed, another end is found at the next observation that is.
#[test]
fn a_request_that_ends_otherwise_is_found() {
    let folder = folder();
    let kept = folder.path().join("kept");
    let text = fs::read_to_string(super::root().join("scenarios/mesh/whoami.toml")).unwrap();
    assert_eq!(swarmbed(&["run", "scenarios/mesh/whoami.toml", "--out", arg(&kept)]).code, 0);
    let replay = |text: &str| {
        let path = file(&folder, "whoami.toml", text);
        let ran = swarmbed(&["replay", arg(&path), "--against", arg(&kept)]);
        assert_eq!(ran.code, 1, "{}", ran.err);
        ran.out
    };
    let slower = text.replacen("\"2ms\"", "\"3ms\"", 1);
    assert_ne!(slower, text);
    let out = replay(&slower);
    assert!(out.contains("  kept  120s  ") && out.ends_with("before did so otherwise\n"), "{out}");

    let late = "[[traffic]]\nname = \"late\"\nto = \"whoami\"\nrate = \"100/s\"\nfrom = \"4m59s\"\n";
    let out = replay(&format!("{text}\n{late}"));
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[1].starts_with("  kept  299.") && lines[1].contains("requests-ended"), "{out}");
    assert!(lines[2].starts_with("  now   299.") && lines[2].contains("requests-ended"), "{out}");
}

#[test]
fn the_first_difference_is_shown() {
    let folder = folder();
    let text = fs::read_to_string(super::root().join("scenarios/basics/walkthrough.toml")).unwrap();
    let path = file(&folder, "s.toml", &text);
    let kept = folder.path().join("kept");
    assert_eq!(swarmbed(&["run", arg(&path), "--out", arg(&kept)]).code, 0);
    // Scaled to four in the kept run's place of three.
    assert!(text.contains("replicas = 3"));
    let path = file(&folder, "s.toml", text.replacen("replicas = 3", "replicas = 4", 1));
    let ran = swarmbed(&["replay", arg(&path), "--against", arg(&kept)]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("has changed since the run was kept"), "{}", ran.err);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].starts_with("first difference: observation "), "{}", ran.out);
    assert!(
        lines[1].starts_with("  kept  60.") && lines[1].ends_with("service-scaled whoami 3"),
        "{}",
        ran.out
    );
    assert!(
        lines[2].starts_with("  now   60.") && lines[2].ends_with("service-scaled whoami 4"),
        "{}",
        ran.out
    );
}

#[test]
fn the_swarm_of_a_stack_file_is_kept_with_it() {
    let folder = folder();
    let kept = folder.path().join("kept");
    let stack = ["--stack", "stacks/whoami.yml", "--nodes", "7", "--managers", "1", "--seed", "5"];
    let run = swarmbed(&[&["run"], &stack[..], &["--out", arg(&kept)]].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    let again = swarmbed(&["replay", "stacks/whoami.yml", "--against", arg(&kept)]);
    assert_eq!((again.code, again.err.as_str()), (0, ""), "{}", again.out);
}

#[test]
fn what_is_there_is_never_lost() {
    let folder = folder();
    let run = |out: &std::path::Path, more: &[&str]| {
        swarmbed(&[&["run", "basics/walkthrough", "--out", arg(out)], more].concat())
    };
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    assert_eq!(run(&other, &[]).code, 0, "an empty folder can be filled");
    assert_eq!(run(&other, &[]).code, 2, "a kept run is not replaced unasked");
    let replaced = run(&other, &["--force", "--seed", "2"]);
    assert_eq!((replaced.code, listing(&other)), (0, FILES.map(str::to_owned).to_vec()));

    let foreign = folder.path().join("foreign");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("thesis.tex"), "years of work").unwrap();
    for more in [&[][..], &["--force"]] {
        let ran = run(&foreign, more);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "refused before the run");
        assert_eq!(listing(&foreign), ["thesis.tex"]);
    }
    let occupied = file(&folder, "file", "text");
    assert_eq!(run(&occupied, &["--force"]).code, 2);
    assert_eq!(fs::read_to_string(&occupied).unwrap(), "text");
    assert_eq!(run(&occupied.join("below"), &[]).code, 2);
}

#[test]
fn a_damaged_folder_is_no_run() {
    let folder = folder();
    let kept = folder.path().join("kept");
    assert_eq!(swarmbed(&["run", "basics/walkthrough", "--out", arg(&kept)]).code, 0);
    for (name, content) in [("observations.bin", &b"1234567"[..]), ("manifest.json", b"{}")] {
        fs::write(kept.join(name), content).unwrap();
        let ran = swarmbed(&["replay", "basics/walkthrough", "--against", arg(&kept)]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        assert!(ran.err.contains(name), "{}", ran.err);
    }
}
