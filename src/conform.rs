//! `conform`: does a strategy make the recorded decisions, does the simulator take the recorded times?

use std::fmt::Display;

use swarmbed_reports::conform::decisions::{self, Compare};
use swarmbed_reports::conform::{Kind, timings};

use crate::args::ConformArgs;
use crate::exit::{Done, Exit, Mistakes};
use crate::{files, strategies, terminal};

/// The seed of what a strategy draws; what is compared does not depend on it.
const SEED: u64 = 1;

/// Holds a recording against a strategy, or against the whole simulator.
pub fn run(args: &ConformArgs) -> Done {
    let text = files::text(&args.file)?;
    let unusable = |problem: &dyn Display, help: &str| {
        Mistakes::new(format!("'{}' is no recording that can be used: {problem}", args.file.display()), help)
    };
    let kind = Kind::of(&text).map_err(|problem| {
        let formats = Kind::ALL.map(|kind| format!("{{\"format\": \"{}\", …", kind.format()));
        unusable(&problem, &format!("a recording begins with {}", formats.join(" or ")))
    })?;
    let malformed = |problem: &dyn Display| unusable(problem, "it has to be of the form of its format");
    let strategy = strategies::build(args.strategy.as_deref().unwrap_or(kind.strategy()))?;
    match kind {
        Kind::Decisions => {
            let recording = decisions::read(&text).map_err(|e| malformed(&e))?;
            let result = decisions::check(&recording, &*strategy, SEED, Compare::of(&*strategy));
            let first = result.first.iter().map(|first| format!("first difference: {first}\n"));
            say(format!("{}{result}\n", first.collect::<String>()), result.holds())
        }
        Kind::Timings => {
            let recording = timings::read(&text).map_err(|e| malformed(&e))?;
            let result = timings::check(&recording, &strategy, args.seeds).map_err(|e| malformed(&e))?;
            say(format!("{result}\n"), result.holds())
        }
    }
}

fn say(page: String, holds: bool) -> Done {
    terminal::print(&page);
    Ok(if holds { Exit::Fine } else { Exit::Finding })
}
