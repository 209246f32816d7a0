//! `fuzz`: what it says and writes. What it finds is tested in its own crate, with bugs planted on purpose.

use super::{arg, command, file, folder, ran, swarmbed};

#[test]
fn our_own_strategies_break_no_law() {
    let ran = swarmbed(&["fuzz", "--strategy", "spread[ties=id]", "--trials", "40", "--seed", "7"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.starts_with("40 trials, "), "{}", ran.out);
    assert!(
        ran.out.ends_with(" plans judged, no law broken\n\nstrategy spread[ties=id]  seed 7\n"),
        "{}",
        ran.out
    );
    let again = swarmbed(&["fuzz", "--strategy", "spread[ties=id]", "--trials", "40", "--seed", "7"]);
    assert_eq!(again.out, ran.out);
}

#[test]
fn a_program_can_read_it() {
    let ran = swarmbed(&["fuzz", "--strategy", "binpack", "--trials", "5", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.out).expect("it is JSON");
    assert_eq!(ran.code, 0);
    assert_eq!(
        (&json["strategy"], &json["seed"], &json["trials"]),
        (&"binpack".into(), &1.into(), &5.into())
    );
    assert!(json["plans"].as_u64() > Some(5) && json["caught"].is_null(), "{}", ran.out);
}

#[test]
fn a_scenario_of_ones_own_can_be_judged() {
    let ran = swarmbed(&["fuzz", "--replay", "basics/walkthrough", "--strategy", "binpack"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "2 plans judged, no law broken\n"), "{}", ran.err);
    let json = swarmbed(&["fuzz", "--replay", "basics/walkthrough", "--format", "json"]).out;
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!((&json["strategy"], &json["finding"]), (&"swarm-spread".into(), &serde_json::Value::Null));
}

#[test]
fn mistakes_are_told_before_anything_is_tried() {
    let says = |arguments: &[&str], text: &str| {
        let ran = swarmbed(arguments);
        assert!(ran.code == 2 && ran.err.contains(text), "{arguments:?}: {}\n{}", ran.code, ran.err);
    };
    says(&["fuzz"], "--strategy");
    says(&["fuzz", "--strategy", "binpak"], "did you mean `binpack`?");
    says(&["fuzz", "--strategy", "binpack", "--trials", "0"], "--trials");
    says(&["fuzz", "--strategy", "binpack", "--replay", "a.toml", "--seed", "3"], "cannot be used with");
    says(&["fuzz", "--replay", "no-such.toml"], "there is no file 'no-such.toml'");
}

#[test]
fn no_file_of_anybody_else_is_overwritten() {
    let folder = folder();
    let path = file(&folder, "mine.toml", "title = \"mine\"\n");
    let ran = swarmbed(&["fuzz", "--strategy", "binpack", "--trials", "1", "--out", arg(&path)]);
    assert!(ran.code == 2 && ran.err.contains("is there already"), "{}", ran.err);
    let ours = file(&folder, "found.toml", "# Found by `fuzz`: strategy x, seed 1, trial 1.\n");
    let ran = swarmbed(&["fuzz", "--strategy", "binpack", "--trials", "1", "--out", arg(&ours)]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[test]
fn where_nothing_is_found_nothing_is_written() {
    let folder = folder();
    let arguments = ["fuzz", "--strategy", "random", "--trials", "3"];
    let ran = ran(command(&arguments).current_dir(folder.path()).output().expect("it runs"));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(std::fs::read_dir(folder.path()).expect("it is there").count(), 0);
}
