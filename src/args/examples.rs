//! What stands beneath the long help. The examples are files of their own: a test runs their commands and compares
//! what they print, and `UPDATE=1 cargo test` writes it anew.

/// Behind the verbs.
pub const TOP: &str = "\
Examples:
  swarmbed run basics/voting-app                  a scenario of the library
  swarmbed run --stack stack.yml --nodes 20       your stack file on 20 machines
  swarmbed init && swarmbed run scenario.toml     a start of your own

Exit codes: 0 fine, 1 a finding (an expectation, an invariant, a difference),
2 a mistake in what was asked for, 101 a bug of ours.
Results go to standard output, talk and progress to standard error.";

/// `run`.
pub const RUN: &str = include_str!("examples/run.txt");

/// `stack`.
pub const STACK: &str = include_str!("examples/stack.txt");

/// `inspect`.
pub const INSPECT: &str = include_str!("examples/inspect.txt");

/// `explain`.
pub const EXPLAIN: &str = include_str!("examples/explain.txt");

/// `replay`.
pub const REPLAY: &str = include_str!("examples/replay.txt");

/// `check`.
pub const CHECK: &str = include_str!("examples/check.txt");

/// `fuzz`.
pub const FUZZ: &str = include_str!("examples/fuzz.txt");

/// `conform`.
pub const CONFORM: &str = include_str!("examples/conform.txt");

/// `compare`.
pub const COMPARE: &str = include_str!("examples/compare.txt");

/// `validate`.
pub const VALIDATE: &str = include_str!("examples/validate.txt");

/// `plan`.
pub const PLAN: &str = include_str!("examples/plan.txt");
