//! Stories: a cluster, what happens to it, and what is observed, as text that reads like a log.
//!
//! Each file under `stories/` begins with the cluster and the timeline and goes on with blocks of `run TIME`, `tasks` or
//! `nodes`, each followed by `----` and what it prints. `UPDATE=1 cargo test` rewrites the printed parts; read the diff.

mod cluster;

use std::fs;
use std::path::Path;

use cluster::Cluster;

#[test]
fn stories_come_out_as_they_are_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories");
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 5, "the stories are gone");
    let mut wrong = Vec::new();
    for file in files {
        let written = fs::read_to_string(&file).unwrap();
        let told = tell(&written);
        if told != written {
            if std::env::var_os("UPDATE").is_some() {
                fs::write(&file, &told).unwrap();
            } else {
                wrong.push(format!("{}\n{}", file.display(), first_difference(&written, &told)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\nUPDATE=1 cargo test rewrites them", wrong.join("\n"));
}

/// The story with everything below each `----` as it comes out now.
fn tell(written: &str) -> String {
    let mut blocks = written.split("\n\n").map(|block| block.trim_matches('\n'));
    let beginning = blocks.next().expect("a story begins with its cluster");
    let mut cluster = Cluster::build(beginning);
    let mut told = vec![beginning.to_owned()];
    for block in blocks.filter(|b| !b.is_empty()) {
        let command = block.split("\n----").next().expect("a block begins with its command");
        if command.lines().all(|line| line.starts_with('#')) {
            told.push(command.to_owned());
            continue;
        }
        let printed = command.lines().filter(|l| !l.starts_with('#')).map(|l| cluster.obey(l));
        let printed: String = printed.collect();
        told.push(format!("{command}\n----\n{}", printed.trim_end()).trim_end().to_owned());
    }
    told.join("\n\n") + "\n"
}

fn first_difference(written: &str, told: &str) -> String {
    let mut pairs = written.lines().zip(told.lines()).enumerate();
    match pairs.find(|(_, (a, b))| a != b) {
        Some((n, (a, b))) => format!("line {}: written `{a}`, told `{b}`", n + 1),
        None => "one goes on after the other's end".to_owned(),
    }
}
