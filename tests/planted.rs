//! Planted bugs through the whole command line: each is found, shrunk to at most 15 lines, and seen again by the command
//! that is printed.
//!
//! Started with `fuzz` or `run` as its first argument, this is the program with the bugs as strategies; otherwise it is the test.

use std::path::Path;
use std::process::{Command, ExitCode};

use swarmbed::scheduler::laws;
use swarmbed::scheduler::strategy::Entry;
use swarmbed_fuzz::ENDS;

#[path = "../fuzz/tests/planted/bugs.rs"]
mod bugs;

/// The laws that each is to be caught by. What hangs on addresses may break now this one and now that.
const LAWS: [(&str, &[&str]); 9] = [
    ("PortOff", &[laws::FITS]),
    ("NoRelease", &[laws::SAME]),
    ("CountsEnded", &[laws::IN_VAIN]),
    ("ByAddress", &[laws::MEMORY, laws::RENUMBERED]),
    ("FirstBest", &[laws::RENUMBERED]),
    ("Endless", &[ENDS]),
    ("SecondPass", &[laws::FITS]),
    ("Forgets", &[laws::DECIDED]),
    ("Panics", &[ENDS]),
];

fn main() -> ExitCode {
    if std::env::args().nth(1).is_some_and(|verb| verb == "fuzz" || verb == "run") {
        return swarmbed::with_strategies([
            Entry::strategy::<bugs::PortOff>("PortOff", "looks at all host ports but the last"),
            Entry::strategy::<bugs::NoRelease>("NoRelease", "never gives back what a task held"),
            Entry::strategy::<bugs::CountsEnded>(
                "CountsEnded",
                "takes the memory of failed tasks to be gone",
            ),
            Entry::strategy::<bugs::ByAddress>("ByAddress", "decides ties by addresses in memory"),
            Entry::strategy::<bugs::FirstBest>("FirstBest", "decides ties by name and does not count them"),
            Entry::strategy::<bugs::Endless>("Endless", "looks for a zone with room for ever"),
            Entry::strategy::<bugs::SecondPass>("SecondPass", "filters only when it first meets a node"),
            Entry::strategy::<bugs::Forgets>("Forgets", "leaves out a task"),
            Entry::strategy::<bugs::Panics>("Panics", "divides by the number of possible nodes"),
            Entry::strategy::<bugs::Spins>("Spins", "loops without looking at any node"),
        ]);
    }
    let folder = tempfile::tempdir().expect("there is room for a temporary folder");
    for (bug, laws) in LAWS {
        SEEDS.iter().for_each(|seed| found(folder.path(), bug, laws, seed));
        found_as_json(folder.path(), bug, laws);
        println!("{bug} is found and shrunk");
        if bug == "Endless" {
            ends_a_plain_run(folder.path());
        }
    }
    ExitCode::SUCCESS
}

/// From each of these a scenario is drawn that looks quite different.
const SEEDS: [&str; 4] = ["3", "4", "5", "6"];

fn found(folder: &Path, bug: &str, laws: &[&str], seed: &str) {
    let file = format!("fuzz-{seed}.toml");
    let path = folder.join(&file);
    let (code, page) = run(folder, &["fuzz", "--strategy", bug, "--seed", seed]);
    assert_eq!(code, 1, "{bug}: {page}");
    let broken = |law: &&str| unwrapped(&page).starts_with(&format!("BROKEN {law}"));
    assert!(laws.iter().any(broken), "{bug}: {page}");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{bug}: {e}\n{page}"));
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
    assert!(lines <= 15, "{bug}, seed {seed}: {text}");
    let mut said = page.lines().skip_while(|line| *line != "AGAIN").skip(1);
    let again: Vec<&str> = said.next().expect("a command follows").split_whitespace().skip(1).collect();
    assert_eq!(again, ["fuzz", "--replay", file.as_str(), "--strategy", bug]);
    // What hangs on addresses may be lucky once.
    let seen = || {
        let (code, page) = run(folder, &again);
        code == 1 && laws.iter().any(|law| unwrapped(&page).contains(law))
    };
    assert!((0..20).any(|_| seen()), "{bug}: {text}");
}

/// A run with a strategy whose plan does not end says so, and that it is no bug of the program's.
fn ends_a_plain_run(folder: &Path) {
    let program = std::env::current_exe().expect("this program has a path");
    let mut command = Command::new(program);
    let command = command.args(["run", "fuzz-5.toml", "--strategy", "Endless"]).current_dir(folder);
    let output = command.output().expect("it runs");
    let talk = unwrapped(&String::from_utf8_lossy(&output.stderr).replace("│", ""));
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), b"".as_slice()), "{talk}");
    assert!(talk.contains("the strategy's plan does not end") && !talk.contains("bug in"), "{talk}");
}

/// The same for a program: with the scenario that is in the file.
fn found_as_json(folder: &Path, bug: &str, laws: &[&str]) {
    let (code, page) = run(folder, &["fuzz", "--strategy", bug, "--seed", "5", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&page).expect("it is JSON");
    let caught = &json["caught"];
    assert!(code == 1 && laws.iter().any(|law| caught["finding"]["law"] == *law), "{bug}: {page}");
    let text = std::fs::read_to_string(folder.join("fuzz-5.toml")).expect("it is written again");
    let scenario = caught["scenario"].as_str().expect("it is a text");
    assert!(text.ends_with(scenario) && text.starts_with("# Found by `fuzz`: "), "{bug}: {text}\n{scenario}");
}

/// The exit code and what was printed; a panic of a strategy on trial says nothing of its own.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let program = std::env::current_exe().expect("this program has a path");
    let output = Command::new(program).args(arguments).current_dir(folder).output().expect("it runs");
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(output.stderr.is_empty(), "{arguments:?}: {talk}");
    (output.status.code().unwrap_or(-1), String::from_utf8(output.stdout).expect("it prints text"))
}

/// Without line breaks and indents.
fn unwrapped(page: &str) -> String {
    page.split_whitespace().collect::<Vec<_>>().join(" ")
}
