//! `compare`: which is better, by how much, how sure.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Map, json};
use swarmbed_reports::compare::{
    self, Comparison, Ended, Hands, Kept, Plan, Trial, Unknown, Variant, choose,
};
use swarmbed_reports::plot;
use swarmbed_scenarios::trouble::nearest;

use crate::args::{CompareArgs, Format};
use crate::exit::{Done, Exit, Mistakes, on_panic, quoted};
use crate::progress::Runs;
use crate::scene::{self, Scene, hash};
use crate::terminal::{self, Stream};
use crate::{interrupt, plots};

mod several;
mod variants;

/// Trials, if no number is asked for.
const TRIALS: u64 = 20;
/// Trials at most, if a precision is asked for and no number.
const MOST_TRIALS: u64 = 1_000;

/// Plays the trials and shows what came out.
pub fn run(args: &CompareArgs) -> Done {
    match &several::meant(args)?[..] {
        [] => one(args), // a stack
        [only] => one(&of_one(args, only)),
        scenarios => several::run(args, scenarios),
    }
}

/// The same of that scenario alone.
fn of_one(args: &CompareArgs, scenario: &Path) -> CompareArgs {
    CompareArgs { files: vec![scenario.to_owned()], ..args.clone() }
}

fn one(args: &CompareArgs) -> Done {
    let (about, plan) = prepare(args)?;
    let gallery = args.plots.as_ref().map(|path| plots::claim(path, &plot::OF_COMPARISON)).transpose()?;
    on_panic(plan.seed);
    let kept = Kept { scenario: &format!("{}#{}", about.name, about.hash) };
    let before = args.keep.as_ref().map_or(Ok(Vec::new()), |path| begun(path, &kept, &plan))?;
    let mut file = args.keep.as_ref().map(|path| begin(path, &kept, &plan, &before)).transpose()?;
    let stop = stop()?;
    let bar = Runs::new((plan.trials - before.len() as u64) * plan.variants.len() as u64);
    let mut hands = Hands {
        stop: &|| stop.load(Ordering::Relaxed),
        ran: &|| bar.ran(),
        keep: &mut |trial| {
            if unchanged(&plan).is_err() {
                return;
            }
            // A disk that is full must not cost what was played: the table on the screen is whole.
            let written = file.as_mut().map(|file| file.write_all(kept.rows(&plan, trial).as_bytes()));
            if let Some(Err(error)) = written {
                terminal::say(&format!("--keep: trials are no longer kept: {error}"));
                file = None;
            }
        },
    };
    let found = compare::run(&plan, before, &mut hands);
    drop(bar);
    unchanged(&plan)?;
    terminal::print(&page(&found, args, &about));
    // After the page: a folder that cannot be written any more must not cost what was played.
    if let Some(gallery) = gallery {
        let again = again(args, Some(found.seed), found.trials);
        plots::hang(&gallery, &plot::pictures_of_comparison(&found, &about.title, &again))?;
    }
    let is_whole = found.ended != Ended::Stopped;
    Ok(if found.is_fine() && is_whole { Exit::Fine } else { Exit::Finding })
}

/// What is to be compared, of one scenario.
fn prepare(args: &CompareArgs) -> Result<(About, Plan), Mistakes> {
    let variants = variants::variants(args)?;
    let base = &variants[0].1.about;
    let about = About {
        name: base.name.clone(),
        title: base.title.clone(),
        hash: hash(variants.iter().map(|(_, scene)| scene.about.hash.as_str())),
    };
    Ok((about, plan(args, variants)?))
}

/// Whether no list of arrivals was changed while trials read it.
fn unchanged(plan: &Plan) -> Result<(), Mistakes> {
    plan.variants.iter().try_for_each(|variant| scene::unchanged(&variant.setup))
}

/// What the variants have in common.
struct About {
    name: String,
    title: String,
    hash: String,
}

fn plan(args: &CompareArgs, variants: Vec<(String, Scene)>) -> Result<Plan, Mistakes> {
    let precision = args.precision.as_deref().map(percent).transpose()?;
    let most = if precision.is_some() { MOST_TRIALS } else { TRIALS };
    let (seed, trials) = (variants[0].1.setup.seed, args.trials.unwrap_or(most));
    if seed.checked_add(trials).is_none_or(|last| last > i64::MAX as u64) {
        return Err(Mistakes::new(
            format!("from seed {seed} on there are no {trials} seeds"),
            format!("the last seed is {}", i64::MAX),
        ));
    }
    let services: BTreeSet<&str> =
        variants.iter().flat_map(|(_, scene)| &scene.setup.services).map(|s| s.name.as_str()).collect();
    let metrics = choose(&args.metric, &services.into_iter().collect::<Vec<_>>()).map_err(unknown)?;
    let jobs = args
        .jobs
        .map_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get), usize::from);
    let variants = variants.into_iter().map(|(label, scene)| Variant { label, setup: scene.setup }).collect();
    Ok(Plan { variants, metrics, seed, trials, precision, jobs })
}

fn unknown(unknown: Unknown) -> Mistakes {
    let near = nearest(&unknown.asked, unknown.known.iter().map(String::as_str));
    let help = match near {
        Some(near) => format!("did you mean '{near}'? `swarmbed list metrics` shows them all"),
        None => "`swarmbed list metrics` shows them all; 'failover.*' names all that begin so".to_owned(),
    };
    Mistakes::new(format!("--metric: there is no metric '{}' in these runs", unknown.asked), help)
}

/// From `2%` to 0.02.
fn percent(text: &str) -> Result<f64, Mistakes> {
    let number = text.trim().strip_suffix('%').and_then(|n| n.trim_end().parse::<f64>().ok());
    let fits = |percent: &f64| (0.001..=100.0).contains(percent);
    number.filter(fits).map(|percent| percent / 100.0).ok_or_else(|| {
        Mistakes::new(
            format!("--precision '{text}' is no part of a mean"),
            "write a percentage from 0.001% to 100%, such as 2%",
        )
    })
}

/// The trials that the file has already; none if there is no such file.
fn begun(path: &Path, kept: &Kept<'_>, plan: &Plan) -> Result<Vec<Trial>, Mistakes> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = crate::files::text(path)?;
    let is_ours = text.is_empty() || text.starts_with(Kept::head().trim_end());
    if !is_ours {
        return Err(Mistakes::new(
            format!("--keep: '{}' is not a table of kept trials", path.display()),
            "name a new file: nothing that is there is overwritten",
        ));
    }
    kept.read(plan, &text).map_err(|error| {
        Mistakes::new(
            format!("--keep: '{}' is of another comparison: {error}", path.display()),
            "name a new file, or repeat the command that made this one",
        )
    })
}

/// The file, with the trials that count at its beginning, to go on behind them.
fn begin(path: &Path, kept: &Kept<'_>, plan: &Plan, before: &[Trial]) -> Result<File, Mistakes> {
    let rows: String = before.iter().map(|trial| kept.rows(plan, trial)).collect();
    let begun = File::create(path).and_then(|mut file| {
        file.write_all(format!("{}{rows}", Kept::head()).as_bytes())?;
        Ok(file)
    });
    begun.map_err(|e| {
        let message = format!("--keep: '{}' cannot be written: {e}", path.display());
        Mistakes::new(message, "name a file in a folder that is there")
    })
}

fn stop() -> Result<Arc<AtomicBool>, Mistakes> {
    let said = "stopping: runs that are on their way are finished; Ctrl-C again ends at once";
    let heard = interrupt::heard(said);
    heard.map_err(|e| Mistakes::new(format!("Ctrl-C cannot be listened for: {e}"), "start it from a shell"))
}

fn page(found: &Comparison, args: &CompareArgs, about: &About) -> String {
    let again = again(args, Some(found.seed), found.asked);
    let go_on = (found.ended == Ended::Stopped).then(|| go_on(args, found, &again));
    match args.format {
        Format::Csv => compare::csv(found, &about.name),
        Format::Json => {
            let facts = [
                ("scenario", json!(about.name)),
                ("title", json!(about.title)),
                ("scenario_hash", json!(about.hash)),
                ("again", json!(again)),
                ("go_on", json!(go_on)),
            ];
            compare::json(
                found,
                facts.map(|(key, fact)| (key.to_owned(), fact)).into_iter().collect::<Map<_, _>>(),
            )
        }
        Format::Markdown => {
            let go_on = go_on.map_or(String::new(), |text| format!("\n{text}\n"));
            format!("{}{go_on}\n```console\n$ {again}\n```\n", compare::markdown(found, &about.title))
        }
        Format::Text => {
            let page = compare::text(found, &about.title, terminal::style(Stream::Output));
            let go_on = go_on.map_or(String::new(), |text| format!("\n{text}\n"));
            format!("{page}{go_on}\n{again}\n")
        }
    }
}

/// How to play the trials that are missing.
fn go_on(args: &CompareArgs, found: &Comparison, again: &str) -> String {
    if args.keep.is_some() {
        return format!("{} trials are kept; this goes on behind them:\n  {again}", found.trials);
    }
    let rest = self::again(args, Some(found.seed + found.trials), found.asked - found.trials);
    format!(
        "The trials that are missing:\n  {rest}\nWith --keep FILE they are kept, and the same command goes on by itself."
    )
}

/// The command that repeats the comparison: whatever decides what comes out, nothing else.
fn again(args: &CompareArgs, seed: Option<u64>, trials: u64) -> String {
    let swarm = &args.swarm;
    let mut words = vec!["swarmbed".to_owned(), "compare".to_owned()];
    let mut option = |name: &str, value: &str| words.extend([name.to_owned(), quoted(value)]);
    if let Some(stack) = &args.stack {
        option("--stack", &stack.display().to_string());
        option("--nodes", &swarm.nodes.to_string());
        option("--managers", &swarm.managers.to_string());
        option("--cpu", &swarm.cpu);
        option("--memory", &swarm.memory);
        swarm.node_label.iter().for_each(|label| option("--node-label", label));
        swarm.environment.env.iter().for_each(|variable| option("--env", variable));
        swarm.environment.env_file.iter().for_each(|file| option("--env-file", &file.display().to_string()));
    }
    args.strategy.iter().for_each(|strategy| option("--strategy", strategy));
    args.set.iter().for_each(|set| option("--set", set));
    args.metric.iter().for_each(|metric| option("--metric", metric));
    option("--trials", &trials.to_string());
    seed.iter().for_each(|seed| option("--seed", &seed.to_string()));
    args.precision.iter().for_each(|precision| option("--precision", precision));
    args.keep.iter().for_each(|file| option("--keep", &file.display().to_string()));
    let files = args.files.iter().map(|file| quoted(&file.display().to_string()));
    words.splice(2..2, files);
    words.join(" ")
}
