//! `conform`: does a strategy make the recorded decisions, does the simulator take the recorded times?

use swarmbed_reports::conform::decisions::{self, Compare};
use swarmbed_scheduler::strategy;

use crate::args::ConformArgs;
use crate::exit::{Done, Exit, Mistakes};
use crate::{files, terminal};

/// The seed of what a strategy draws; what is compared does not depend on it.
const SEED: u64 = 1;

/// Holds a recording against a strategy.
pub fn run(args: &ConformArgs) -> Done {
    let text = files::text(&args.file)?;
    let recording = decisions::read(&text).map_err(|e| {
        let help = "recordings begin with \"format\": \"swarmkit-scheduler-vectors/1\"";
        Mistakes::new(format!("'{}' is no recording that can be used: {e}", args.file.display()), help)
    })?;
    let name = args.strategy.as_deref().unwrap_or(decisions::CANONICAL);
    let strategy = strategy::build(name).map_err(|e| {
        Mistakes::new(format!("--strategy: {e}"), "`swarmbed list strategies` shows them all")
    })?;
    let result = decisions::check(&recording, &*strategy, SEED, Compare::of(&*strategy));
    let first = result.first.iter().map(|first| format!("first difference: {first}\n"));
    terminal::print(&format!("{}{result}\n", first.collect::<String>()));
    Ok(if result.holds() { Exit::Fine } else { Exit::Finding })
}
