//! Examples for the long help. Their output is real: a test runs each command and compares.

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
pub const RUN: &str = "\
Without --stack, FILE is a scenario on the disk or, if there is none of that name,
in the library. Under --stack, all machines are active, linux/x86_64 and without
labels; the run lasts until it is settled, or 10 simulated minutes. Variables of a
stack file come from --env and --env-file only, never from this process.

Examples:
  swarmbed run basics/walkthrough
  swarmbed run basics/voting-app --strategy least-reserved --seed 7
  swarmbed run --stack stack.yml --nodes 20 --managers 3 --env TAG=1.2
  swarmbed run basics/voting-app --out kept && swarmbed replay basics/voting-app --against kept";

/// `stack`.
pub const STACK: &str = "\
Examples:
  swarmbed stack stack.yml
  swarmbed stack stack.yml --env-file .env --format json";

/// `inspect`.
pub const INSPECT: &str = "\
What is shown is what the managers have committed: like Docker's own, these tables
can be wrong about a machine that has just died.

Examples:
  swarmbed inspect basics/voting-app --at 10m5s node ls
  swarmbed inspect basics/voting-app --at 11m service ps vote_vote
  swarmbed inspect --stack stack.yml service ls";

/// `explain`.
pub const EXPLAIN: &str = "\
Each time the scheduler thought about the task: which nodes each filter removed, the
keys of the winner and of the runner-up, and whether the tie rule alone decided.

Examples:
  swarmbed explain basics/voting-app --task vote_vote.3
  swarmbed explain --stack stack.yml --task web.1 --at 1m";

/// `replay`.
pub const REPLAY: &str = "\
Strategy, seed and the swarm of a stack file are those of the kept run. If the two
runs differ, the first observation in which they do is shown, and the exit code is 1.

Examples:
  swarmbed run basics/voting-app --out kept
  swarmbed replay basics/voting-app --against kept";

/// `conform`.
pub const CONFORM: &str = "\
The last line says how much agrees; the first difference is shown, with exit code 1.

Examples:
  swarmbed conform vectors/swarmkit.json
  swarmbed conform vectors/timed/drain.json";
