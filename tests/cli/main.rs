//! The program as it is used: every test starts the real binary.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use swarmbed_scenarios::library::{self, Beside};
use swarmbed_scenarios::{Options, read};
use swarmbed_scheduler::strategy::Catalogue;
use swarmbed_sim::Setup;

mod bad_input;
mod check;
mod compare;
mod cost;
mod determinism;
mod examples;
mod fairness;
mod folder;
mod formats;
mod fuzz;
mod goldens;
mod incidents;
mod looking;
mod pipes;
mod plan;
mod plots;

/// What a process came to.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

/// Runs the program in the repository's root, with no terminal and no environment but what it needs.
fn swarmbed(args: &[&str]) -> Ran {
    ran(command(args).output().expect("the binary runs"))
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_swarmbed"));
    command.args(args).current_dir(root()).env_clear().stdin(Stdio::null());
    command
}

fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).expect("results are text"),
        err: String::from_utf8(output.stderr).expect("talk is text"),
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What a scenario of the library comes to, for tests of many seeds: these need not start the binary for each.
fn setup(name: &str, seed: u64, strategy: Option<&str>) -> Setup {
    let found = library::find(name).expect("it is in the library");
    meant(found.path, found.text, Some(seed), strategy)
}

/// What a scenario comes to whose file has that path and text; its own seed and strategy, if no others are given.
fn meant(path: &str, text: &str, seed: Option<u64>, strategy: Option<&str>) -> Setup {
    let metrics: Vec<_> = swarmbed_reports::metrics::METRICS
        .iter()
        .map(|m| swarmbed_scenarios::Metric { name: m.name, unit: m.unit.symbol() })
        .collect();
    let loader = Beside { scenario: path };
    let strategies = &Catalogue::standard();
    let options = Options { loader: &loader, metrics: &metrics, strategies, seed, strategy };
    read(path, text, &options).unwrap_or_else(|troubles| panic!("{:#}", troubles[0])).setup
}

/// A file of that content in a folder that goes with the test.
fn file(folder: &tempfile::TempDir, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, content).expect("the folder can be written");
    path
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("there is room for a temporary folder")
}

/// The path as an argument.
fn arg(path: &Path) -> &str {
    path.to_str().expect("a path of ours is text")
}

/// Whether recorded expectations are to be written anew: `UPDATE=1 cargo test`.
#[expect(clippy::disallowed_methods, reason = "the switch that rewrites recorded expectations")]
fn update() -> bool {
    std::env::var("UPDATE").is_ok()
}

/// Compares with what was recorded, or records it.
fn recorded(path: &Path, found: &str) {
    if update() {
        std::fs::write(path, found).expect("the record can be written");
        return;
    }
    let record = std::fs::read_to_string(path).unwrap_or_default();
    let name = path.display();
    assert!(record == found, "{name} differs; if that is meant, UPDATE=1 cargo test\n--- now\n{found}");
}
