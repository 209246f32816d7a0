//! The command line: nothing that could be a library.
//!
//! [`args`] is what the user typed; each verb is a file of the same name; [`exit`] says how a process ends.

#![expect(unreachable_pub, reason = "the command line is a library only so that `main` can be called")]

use std::process::ExitCode;

use clap::Parser;

mod amounts;
mod args;
mod compare;
mod completions;
mod conform;
mod deploy;
mod exit;
mod explain;
mod files;
mod init;
mod inspect;
mod list;
mod progress;
mod replay;
mod run;
mod scene;
mod schema;
mod stack;
mod terminal;
mod validate;

use args::{Args, Verb};

/// The whole program: reads the command line, does what it says and returns the exit code.
///
/// 0 is fine, 1 a finding (an expectation or an invariant that did not hold, a difference), 2 the user's mistake and
/// 101 our bug.
pub fn main() -> ExitCode {
    let args = Args::parse();
    let done = match &args.verb {
        Verb::Run(args) => run::run(args),
        Verb::Compare(args) => compare::run(args),
        Verb::Stack(args) => stack::run(args),
        Verb::Inspect(args) => inspect::run(args),
        Verb::Explain(args) => explain::run(args),
        Verb::Replay(args) => replay::run(args),
        Verb::Conform(args) => conform::run(args),
        Verb::Validate(args) => validate::run(args),
        Verb::List(args) => list::run(args),
        Verb::Schema(args) => schema::run(args),
        Verb::Init(args) => init::run(args),
        Verb::Completions(args) => completions::run(args),
    };
    exit::code(done)
}
