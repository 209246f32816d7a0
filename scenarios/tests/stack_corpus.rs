//! Real stack files, written by others: what we understand of each is what Docker's own reader makes of it.
//!
//! The files lie beside the workspace, in `shared/stacks`, and are not part of it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use swarmbed_scenarios::stack::{Environment, understand_bytes};

#[test]
fn every_file_is_understood_as_docker_understands_it() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/stacks"));
    if !folder.is_dir() {
        println!("SKIPPED: there are no stack files in {}", folder.display());
        return;
    }
    let files = stack_files(folder);
    assert!(!files.is_empty(), "no .yml file in {}", folder.display());
    let differences: Vec<String> = files.iter().flat_map(|file| differences(folder, file)).collect();
    assert!(differences.is_empty(), "{} files:\n{}", files.len(), differences.join("\n"));
}

fn stack_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    let mut files: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "yml")).collect();
    files.sort();
    files
}

fn differences(folder: &Path, file: &Path) -> Vec<String> {
    let name = file.file_stem().expect("a name").to_str().expect("a name in UTF-8");
    let expected = fs::read(folder.join("expected").join(format!("{name}.json"))).expect("an expectation");
    let expected: Value = serde_json::from_slice(&expected).expect("good JSON");
    let mut environment = Environment::new();
    if let Ok(text) = fs::read_to_string(file.with_extension("env")) {
        environment.set_file(&format!("{name}.env"), &text).expect("a good env file");
    }
    let mut found = Vec::new();
    match understand_bytes(name, &fs::read(file).expect("the file can be read"), &environment) {
        Ok(reading) => compare(name, &expected, &reading.stack.to_json(), &mut found),
        Err(trouble) => found.push(format!("{trouble:#}")),
    }
    found
}

/// Lists every difference as a path. Numbers may differ by a billionth.
fn compare(path: &str, expected: &Value, found: &Value, differences: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(a), Value::Object(b)) => {
            let mut keys: Vec<&String> = a.keys().chain(b.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let (a, b) = (a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null));
                compare(&format!("{path}/{key}"), a, b, differences);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).for_each(|(a, b)| compare(&format!("{path}[]"), a, b, differences));
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().expect("a number"), b.as_f64().expect("a number"));
            if (a - b).abs() > 1e-9 * a.abs().max(1.0) {
                differences.push(format!("{path}: {b}, expected {a}"));
            }
        }
        _ if expected == found => {}
        _ => differences.push(format!("{path}: {found}, expected {expected}")),
    }
}
