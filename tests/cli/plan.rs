//! `plan`: what it writes, and that it says the same whatever the machine.

use std::fs;

use super::{arg, command, folder, ran, swarmbed};

#[test]
fn what_decided_can_be_run() {
    let folder = folder();
    let asked = [
        (&["--managers", "3..5"][..], 4),
        (&["--managers", "1..3", "--zones", "2"][..], 3),
        (&["--managers", "4", "--zones", "1"][..], 1),
        (&["--managers", "5", "--zones", "2", "--splits", "all"][..], 2),
    ];
    for (i, (asked, cases)) in asked.into_iter().enumerate() {
        let into = folder.path().join(i.to_string());
        let ran = swarmbed(&[&["plan", "managers", "--explain", arg(&into)], asked].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert_eq!(ran.err.lines().filter(|line| line.starts_with("wrote ")).count(), cases, "{}", ran.err);
        let files = fs::read_dir(&into).expect("the folder is there").map(|file| file.unwrap().path());
        let files: Vec<_> = files.collect();
        assert_eq!(files.len(), cases);
        for file in &files {
            let ran = swarmbed(&["run", arg(file)]);
            assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}\n{}", file.display(), ran.out);
            assert!(ran.out.matches("\n  held ").count() >= 2, "{}", ran.out);
        }
        // Once more over those that are there, and not over one that is somebody else's.
        assert_eq!(swarmbed(&[&["plan", "managers", "--explain", arg(&into)], asked].concat()).code, 0);
        fs::write(&files[0], "# mine\n").expect("it can be written");
        let ran = swarmbed(&[&["plan", "managers", "--explain", arg(&into)], asked].concat());
        assert_eq!(ran.code, 2, "{}", ran.out);
        assert!(ran.err.contains("name another folder"), "{}", ran.err);
    }
}

#[test]
fn threads_change_nothing() {
    let said = |threads: &str| {
        let mut command = command(&["plan", "managers", "--managers", "3..4", "--format", "json"]);
        ran(command.env("RAYON_NUM_THREADS", threads).output().expect("it runs")).out
    };
    assert_eq!(said("1"), said("3"));
}
