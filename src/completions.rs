//! `completions`: for a shell, from the same definitions as the command line itself.

use clap::CommandFactory;

use crate::args::{Args, CompletionsArgs};
use crate::exit::{Done, Exit};
use crate::terminal;

/// Prints the completions of a shell.
pub fn run(args: &CompletionsArgs) -> Done {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "swarmbed", &mut script);
    terminal::print(&String::from_utf8_lossy(&script));
    Ok(Exit::Fine)
}
