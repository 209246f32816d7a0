//! Every command that the README gives for this crate does what stands there.

use std::path::Path;
use std::process::{Command, Stdio};

/// The exit code and what was printed.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_own-strategy"));
    let output = command.args(arguments).current_dir(folder).stdin(Stdio::null()).output().expect("it runs");
    let text = String::from_utf8([output.stdout, output.stderr].concat()).expect("it prints text");
    (output.status.code().unwrap_or(-1), text)
}

/// The commands of the README after `$ cargo run --release -p own-strategy --`.
fn commands(readme: &str) -> Vec<Vec<&str>> {
    let lines =
        readme.lines().filter_map(|line| line.strip_prefix("$ cargo run --release -p own-strategy -- "));
    lines.map(|line| line.split_whitespace().collect()).collect()
}

/// In the order of the README, in one folder that starts empty.
#[test]
fn the_readme_is_true() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = std::fs::read_to_string(root.join("README.md")).expect("there is a README");
    let folder = tempfile::tempdir().expect("there is room for a temporary folder");
    let commands = commands(&readme);
    let (code, text) = run(folder.path(), &["init", "shop.toml"]); // by the section before
    assert_eq!(code, 0, "{text}");
    for arguments in &commands {
        let (code, text) = run(folder.path(), arguments);
        assert_eq!(code, 0, "{arguments:?}: {text}");
    }
    let verbs: Vec<&str> = commands.iter().map(|arguments| arguments[0]).collect();
    assert_eq!(verbs, ["list", "run", "fuzz"]);
}

#[test]
fn the_readme_quotes_the_whole_crate() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = std::fs::read_to_string(root.join("README.md")).expect("there is a README");
    assert!(
        readme.contains(include_str!("../src/main.rs")),
        "docs/own-strategy/src/main.rs is not as quoted"
    );
}

/// The strategy is one like ours to every verb.
#[test]
fn every_verb_knows_the_strategy() {
    let folder = tempfile::tempdir().expect("there is room for a temporary folder");
    let says = |arguments: &[&str], code: i32, text: &str| {
        let (found, printed) = run(folder.path(), arguments);
        assert!(found == code && printed.contains(text), "{arguments:?}: {found}\n{printed}");
    };
    says(&["list", "strategies"], 0, "roomiest        most free memory first [ties=random|id]");
    says(&["run", "basics/walkthrough", "--strategy", "roomiest[ties=id]"], 0, "strategy roomiest[ties=id]");
    says(&["run", "--stack", "stacks/whoami.yml", "--strategy", "roomiest"], 0, "strategy roomiest");
    says(&["run", "basics/walkthrough", "--strategy", "roomyest"], 2, "did you mean `roomiest`?");
    says(&["explain", "basics/walkthrough", "--task", "whoami.2", "--strategy", "roomiest"], 0, "winner");
    says(&["fuzz", "--strategy", "roomiest[ties=id]", "--trials", "50"], 0, "no law broken");

    let scenario = "[run]\nstrategy = \"roomiest\"\n[[cluster.nodes]]\nname = \"m\"\nrole = \"manager\"\n";
    std::fs::write(folder.path().join("own.toml"), scenario).expect("the folder can be written");
    says(&["run", "own.toml"], 0, "strategy roomiest");
    says(&["fuzz", "--replay", "own.toml"], 0, "no law broken");
}
