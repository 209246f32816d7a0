//! Several scenarios at once: each is compared by itself, then it is told whether they agree.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use serde_json::{Map, json};
use swarmbed_reports::compare::several::{self, Compared};
use swarmbed_reports::compare::{self, Ended, Hands, Plan};

use super::{About, again, of_one, prepare, stop, unchanged};
use crate::args::{CompareArgs, Format};
use crate::exit::{Done, Exit, Mistakes, on_panic};
use crate::folders::scenarios_under;
use crate::progress::Runs;
use crate::terminal::{self, Stream};

/// Every scenario that is meant: files as they were named, and those of folders and themes.
pub fn meant(args: &CompareArgs) -> Result<Vec<PathBuf>, Mistakes> {
    // What cannot be a folder or a theme is left to whoever reads it, who knows more of what is wrong with it.
    let is_one = |path: &PathBuf| path.is_file() || path.components().count() > 1 && !path.is_dir();
    if args.files.len() < 2 && args.files.iter().all(is_one) {
        return Ok(args.files.clone());
    }
    let found = args.files.iter().map(|path| scenarios_under(path)).collect::<Result<Vec<_>, _>>()?;
    let mut scenarios: Vec<PathBuf> = found.into_iter().flatten().collect();
    scenarios.sort();
    scenarios.dedup();
    Ok(scenarios)
}

/// Plays the trials of every scenario, one scenario after the other, and shows what came out.
pub fn run(args: &CompareArgs, scenarios: &[PathBuf]) -> Done {
    for (option, given) in [("--keep", args.keep.is_some()), ("--plots", args.plots.is_some())] {
        if given {
            let message = format!("{option} is for one scenario, here are {}", scenarios.len());
            return Err(Mistakes::new(message, "--format csv or json has what came out of all of them"));
        }
    }
    let all = scenarios.iter().map(|path| prepare(&of_one(args, path))).collect::<Result<Vec<_>, _>>()?;
    check_labels(&all)?;
    on_panic(all[0].1.seed);
    let stop = stop()?;
    let bar = Runs::new(all.iter().map(|(_, plan)| plan.trials * plan.variants.len() as u64).sum());
    let (mut found, mut stopped) = (Vec::new(), false);
    for (About { name, title, hash }, plan) in all {
        let mut hands =
            Hands { stop: &|| stop.load(Ordering::Relaxed), ran: &|| bar.ran(), keep: &mut |_| {} };
        let comparison = compare::run(&plan, Vec::new(), &mut hands);
        unchanged(&plan)?;
        stopped = comparison.ended == Ended::Stopped;
        if stopped {
            break; // those that have ended are whole
        }
        found.push(Compared { name, title, hash, comparison });
    }
    drop(bar);
    terminal::print(&page(args, &found));
    if stopped {
        let all = scenarios.len();
        terminal::say(&format!(
            "stopped: {} of {all} scenarios have ended, the others are left out",
            found.len()
        ));
    }
    let is_fine = found.iter().all(|one| one.comparison.is_fine());
    Ok(if is_fine && !stopped { Exit::Fine } else { Exit::Finding })
}

/// Only what is called alike in every scenario can be ranked over all of them.
fn check_labels(all: &[(About, Plan)]) -> Result<(), Mistakes> {
    let labels = |plan: &Plan| plan.variants.iter().map(|v| v.label.clone()).collect::<Vec<_>>();
    let first = labels(&all[0].1);
    if first.len() < 2 || all.iter().any(|(_, plan)| labels(plan) != first) {
        return Err(Mistakes::new(
            "over several scenarios the same variants are compared, at least two",
            "name them, such as --strategy swarm-spread --strategy binpack",
        ));
    }
    Ok(())
}

fn page(args: &CompareArgs, found: &[Compared]) -> String {
    // Each scenario has its own seed unless one was given for all.
    let again = again(args, args.seed, found.first().map_or(0, |one| one.comparison.asked));
    match args.format {
        Format::Csv => several::csv(found),
        Format::Json => several::json(found, Map::from_iter([("again".to_owned(), json!(again))])),
        Format::Markdown => format!("{}\n```console\n$ {again}\n```\n", several::markdown(found)),
        Format::Text => {
            format!("{}\n{again}\n", several::text(found, terminal::style(Stream::Output)))
        }
    }
}
