//! The examples in `--help` and in the README: each command is run, and what stands beneath it is what it printed.

use super::{command, folder, ran, recorded, root};

/// The text with the output of every `$ swarmbed …` line put in again.
fn played(text: &str, indent: &str) -> String {
    let prompt = format!("{indent}$ swarmbed ");
    let mut out = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        out.push_str(&format!("{line}\n"));
        let Some(arguments) = line.strip_prefix(&prompt) else { continue };
        let is_output = |l: &&str| !l.starts_with(&prompt) && *l != "```" && !l.starts_with("--");
        while lines.next_if(is_output).is_some() {}
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        let printed = ran(command(&arguments).output().expect("the binary runs")).out;
        for printed in printed.lines() {
            out.push_str(format!("{indent}{printed}").trim_end());
            out.push('\n');
        }
        if lines.peek().is_some_and(|next| *next != "```") {
            out.push('\n');
        }
    }
    out
}

#[test]
fn the_examples_of_the_help_are_true() {
    let folder = root().join("src/args/examples");
    let mut shown = 0;
    for entry in std::fs::read_dir(folder).expect("there are examples") {
        let path = entry.expect("the folder can be read").path();
        let text = std::fs::read_to_string(&path).expect("an example is text");
        recorded(&path, &played(&text, "  "));
        shown += text.matches("  $ swarmbed ").count();
    }
    assert!(shown >= 4, "only {shown} examples");
}

#[test]
fn help_is_short_with_h_and_has_the_examples_with_help() {
    for verb in [
        "run", "compare", "stack", "inspect", "explain", "replay", "check", "conform", "fuzz", "validate",
        "plan",
    ] {
        let short = ran(command(&[verb, "-h"]).output().expect("it runs"));
        let long = ran(command(&[verb, "--help"]).output().expect("it runs"));
        assert_eq!((short.code, long.code), (0, 0));
        let example = std::fs::read_to_string(root().join(format!("src/args/examples/{verb}.txt"))).unwrap();
        assert!(long.out.ends_with(&example), "{verb}: the example is not as it is kept:\n{}", long.out);
        assert!(!short.out.contains("Examples:"), "{verb} -h is the short one");
    }
}

/// The README's console blocks: a command with output has to print just that, and one without has to run. Those of
/// `own-strategy` are run by that crate.
#[test]
fn the_readme_is_true() {
    let path = root().join("README.md");
    let text = std::fs::read_to_string(&path).expect("there is a README");
    // What is written goes with the folder; what is read is the repository's.
    let folder = folder();
    std::os::unix::fs::symlink(root().join("scenarios"), folder.path().join("scenarios"))
        .expect("a link can be made");
    let (mut out, mut commands) = (String::new(), 0);
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        out.push_str(&format!("{line}\n"));
        let arguments =
            line.strip_prefix("$ swarmbed ").or_else(|| line.strip_prefix("$ cargo run --release -- "));
        let Some(arguments) = arguments else { continue };
        let mut command = command(&arguments.split_whitespace().collect::<Vec<_>>());
        let ran = ran(command.current_dir(folder.path()).output().expect("it runs"));
        let writes = arguments.starts_with("init ") && ran.err.starts_with("wrote ");
        assert!(ran.code == 0 && (ran.err.is_empty() || writes), "{line}: {}", ran.err);
        commands += 1;
        let is_quoted = lines.peek().is_some_and(|next| *next != "```" && !next.starts_with("$ "));
        if is_quoted {
            while lines.next_if(|l| *l != "```" && !l.starts_with("$ ")).is_some() {}
            out.push_str(&ran.out);
        }
    }
    assert!(commands > 3, "only {commands} commands");
    recorded(&path, &out);
}
