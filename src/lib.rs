//! The command line: nothing that could be a library.
//!
//! `args` is what the user typed; each verb is a file of the same name; `exit` says how a process ends.
//!
//! [`with_strategies`] is the whole program with strategies of one's own: `docs/own-strategy` is a crate that does no
//! more than that.

#![expect(unreachable_pub, reason = "the command line is a library only so that `main` can be called")]

use std::process::ExitCode;

use clap::Parser;

mod amounts;
mod args;
mod check;
mod compare;
mod completions;
mod conform;
mod deploy;
mod exit;
mod explain;
mod files;
mod folders;
mod fuzz;
mod init;
mod inspect;
mod interrupt;
mod list;
mod plan;
mod plots;
mod progress;
mod replay;
mod run;
mod scene;
mod schema;
mod stack;
mod strategies;
mod terminal;
mod validate;

use args::{Args, Verb};
use swarmbed_scheduler::strategy::Entry;

pub use swarmbed_scheduler as scheduler;

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
        Verb::Check(args) => check::run(args),
        Verb::Conform(args) => conform::run(args),
        Verb::Fuzz(args) => fuzz::run(args),
        Verb::Validate(args) => validate::run(args),
        Verb::Plan(args) => plan::run(args),
        Verb::List(args) => list::run(args),
        Verb::Schema(args) => schema::run(args),
        Verb::Init(args) => init::run(args),
        Verb::Completions(args) => completions::run(args),
    };
    exit::code(done)
}

/// [`main`] with more strategies: every verb knows them by their names, and so do scenario files.
///
/// ```no_run
/// use swarmbed::scheduler::plan::Group;
/// use swarmbed::scheduler::strategy::{Candidate, Entry, Rank};
///
/// #[derive(Default)]
/// struct Roomiest;
///
/// impl Rank for Roomiest {
///     type Key = std::cmp::Reverse<i64>;
///     fn key(&self, _: &Group<'_>, node: &Candidate<'_>) -> Self::Key {
///         std::cmp::Reverse(node.books.available.memory)
///     }
/// }
///
/// fn main() -> std::process::ExitCode {
///     swarmbed::with_strategies([Entry::rank::<Roomiest>("roomiest", "most free memory first")])
/// }
/// ```
pub fn with_strategies(strategies: impl IntoIterator<Item = Entry>) -> ExitCode {
    strategies::add(strategies);
    main()
}
