//! Output that nobody reads to its end, and talk that is kept apart from it.

use std::io::Read;
use std::process::Stdio;

use super::{command, swarmbed};

#[test]
fn a_reader_that_has_seen_enough_is_no_trouble() {
    // Far more than a pipe holds, so that the writer meets the closed end.
    let args = ["run", "basics/voting-app", "--trace", "--format", "json"];
    let mut child = command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut first = [0; 10];
    child.stdout.take().expect("it is piped").read_exact(&mut first).expect("it says something");
    drop(child.stderr.take());
    let code = child.wait().expect("it ends").code();
    assert_eq!((code, &first), (Some(0), b"{\n  \"form\""));
}

#[test]
fn without_a_terminal_there_is_neither_colour_nor_bar() {
    let ran = swarmbed(&["run", "basics/walkthrough"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(!ran.out.contains('\u{1b}'));
    let long = ran.out.lines().find(|line| line.chars().count() > 80 && !line.starts_with("scenario "));
    assert_eq!(long, None, "a page for a pipe is 80 columns wide");
}

#[test]
fn the_last_line_repeats_what_the_run_was() {
    let ran = swarmbed(&["run", "basics/walkthrough", "--seed", "9", "--strategy", "binpack"]);
    let last = ran.out.lines().last().expect("there is a page");
    assert!(
        last.starts_with("scenario basics/walkthrough.toml  strategy binpack  seed 9  digest "),
        "{last}"
    );
}
