//! From what the user named to a run: a scenario on the disk, one of the library, or a stack file on a swarm.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use swarmbed_reports::About;
use swarmbed_reports::expect::{self, Expectation};
use swarmbed_reports::metrics::{METRICS, Value, info};
use swarmbed_scenarios::library::{self, Beside};
use swarmbed_scenarios::set::{self, Setting};
use swarmbed_scenarios::trouble::{Trouble, nearest};
use swarmbed_scenarios::{Bound, Content, Loader, Metric, Options, Scenario, Source};
use swarmbed_sim::Setup;
use xxhash_rust::xxh3::Xxh3;

use crate::args::SceneArgs;
use crate::exit::{Mistakes, on_panic};
use crate::{deploy, files, strategies};

/// A run that is ready to begin.
pub struct Scene {
    /// What the simulation is built from.
    pub setup: Setup,
    /// What it is about.
    pub about: About,
}

/// The run that the user named. From here on a bug of ours can be played again.
pub fn load(args: &SceneArgs) -> Result<Scene, Mistakes> {
    let scene = load_with(args, &[])?;
    on_panic(scene.setup.seed);
    Ok(scene)
}

/// The run that the user named, with other values in places of its scenario.
pub fn load_with(args: &SceneArgs, settings: &[Setting]) -> Result<Scene, Mistakes> {
    match (&args.file, &args.stack) {
        (_, Some(stack)) => deploy::load(stack, args),
        (Some(file), None) => Ok(scene(read_with(file, settings, args.seed, args.strategy.as_deref())?)),
        (None, None) => unreachable!("the command line asks for one of the two"),
    }
}

/// The metrics that an expectation may name.
fn metrics() -> Vec<Metric<'static>> {
    METRICS.iter().map(|m| Metric { name: m.name, unit: m.unit.symbol() }).collect()
}

/// The scenario of that path, or of that name in the library; with another seed and strategy than the file's, if they
/// are given.
pub fn read(file: &Path, seed: Option<u64>, strategy: Option<&str>) -> Result<Scenario, Mistakes> {
    read_with(file, &[], seed, strategy)
}

fn read_with(
    file: &Path,
    settings: &[Setting],
    seed: Option<u64>,
    strategy: Option<&str>,
) -> Result<Scenario, Mistakes> {
    let name = file.display().to_string();
    let metrics = metrics();
    let strategies = strategies::catalogue();
    let options = |loader| Options { loader, metrics: &metrics, strategies, seed, strategy };
    if file.exists() {
        let beside = OnDisk { folder: file.parent().unwrap_or(Path::new("")).to_owned() };
        let text = files::text(file)?;
        return Ok(set::read_with(&name, &text, settings, &options(&beside))?);
    }
    let Some(found) = library::find(&name) else { return Err(unknown(&name)) };
    if !found.is_scenario() && !found.is_stack() {
        let help = "`swarmbed list scenarios` shows what can be run";
        return Err(Mistakes::new(format!("'{name}' is a list of arrivals, which a scenario reads"), help));
    }
    if found.is_stack() {
        return Err(Mistakes::new(
            format!("'{name}' is a stack file of the library"),
            format!("run it with `swarmbed run --stack {}`", found.path),
        ));
    }
    let beside = Beside { scenario: found.path };
    Ok(set::read_with(found.path, found.text, settings, &options(&beside))?)
}

/// There is no such scenario.
pub fn unknown(name: &str) -> Mistakes {
    let known = library::FILES.iter().filter(|f| f.is_scenario());
    let paths = known.clone().map(|f| f.path.trim_end_matches(".toml"));
    let near = nearest(name, paths).or_else(|| nearest(name, known.map(|f| f.name())));
    let help = match near {
        Some(near) => format!("did you mean '{near}'? `swarmbed list` shows the library"),
        None => "`swarmbed list` shows the library".to_owned(),
    };
    Trouble::new(format!("there is no file '{name}', and no scenario of that name in the library"))
        .help(help)
        .into()
}

/// The run that a scenario means.
pub fn scene(scenario: Scenario) -> Scene {
    let Scenario { title, setup, expectations, notices, sources, lists } = scenario;
    let lists: Vec<String> = lists.iter().map(|hash| format!("list {hash:016x}")).collect();
    let texts = sources.iter().map(|source: &Source| &*source.text);
    let about = About {
        name: setup.scenario.clone(),
        title,
        hash: hash(texts.chain(lists.iter().map(String::as_str))),
        strategy: setup.strategy.name().to_owned(),
        notices,
        expectations: expectations.into_iter().map(expectation).collect(),
    };
    Scene { setup, about }
}

fn expectation(e: swarmbed_scenarios::Expectation) -> Expectation {
    let unit = info(&e.metric).expect("the reader checks that the metric is in the table").unit;
    let value = Value { unit, amount: e.amount };
    let bound = match e.bound {
        Bound::AtMost => expect::Bound::AtMost(value),
        Bound::AtLeast => expect::Bound::AtLeast(value),
        Bound::Equals => expect::Bound::Equals(value),
    };
    Expectation { metric: e.metric, bound, at: e.at }
}

/// Whether all lists of arrivals could be read to their ends again, by every run of the setup so far. What was read from
/// one that was changed meanwhile is worth nothing.
pub fn unchanged(setup: &Setup) -> Result<(), Mistakes> {
    match setup.workloads.iter().find_map(|workload| workload.source.trouble()) {
        None => Ok(()),
        Some(trouble) => Err(Mistakes::new(trouble, "run again, and let nobody write to it meanwhile")),
    }
}

/// One number for all that was read, whatever the files are called: 16 hexadecimal digits of xxh3 over each text's
/// length (8 bytes, little-endian) and the text. A list of arrivals stands for itself by `list ` and the 16 digits of its
/// own hash: xxh3 over that of each 256 KiB of it and of the empty block behind them (8 bytes each, little-endian).
pub fn hash<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut hash = Xxh3::new();
    for text in texts {
        hash.update(&(text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    format!("{:016x}", hash.digest())
}

/// Loads what a scenario on the disk refers to.
struct OnDisk {
    folder: PathBuf,
}

impl OnDisk {
    /// Where the file is, if it is one.
    fn find(&self, path: &str) -> Result<PathBuf, String> {
        let full = self.folder.join(path);
        let about = std::fs::metadata(&full).map_err(|e| format!("cannot be read: {e}"))?;
        if about.is_dir() { Err("is a folder".to_owned()) } else { Ok(full) }
    }
}

impl Loader for OnDisk {
    fn load(&self, path: &str) -> Result<Source, String> {
        let full = self.find(path)?;
        let bytes = files::bytes(&full).map_err(|_| "cannot be read".to_owned())?;
        let text = String::from_utf8(bytes).map_err(|_| "is no text".to_owned())?;
        Ok(Source { name: shortest(&full).display().to_string(), text: text.into() })
    }

    fn open(&self, path: &str) -> Result<Arc<dyn Content>, String> {
        let full = self.find(path)?;
        // What comes out of a pipe comes once.
        if !full.is_file() {
            return Err("is not a plain file, and it is read more than once".to_owned());
        }
        Ok(Arc::new(OnDiskFile { name: shortest(&full).display().to_string(), path: full }))
    }
}

/// A file on the disk that is read bit by bit.
struct OnDiskFile {
    name: String,
    path: PathBuf,
}

impl Content for OnDiskFile {
    fn name(&self) -> &str {
        &self.name
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(&self.path)?))
    }
}

/// The path as one would say it: without steps into a folder and out of it again. For messages only, since a folder
/// may be a link.
pub fn shortest(path: &Path) -> PathBuf {
    let mut short = PathBuf::new();
    for part in path.components() {
        let inside = matches!(short.components().next_back(), Some(Component::Normal(_)));
        match part {
            Component::ParentDir if inside => {
                short.pop();
            }
            Component::CurDir => {}
            part => short.push(part),
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_said_the_short_way() {
        let check = |long, short| assert_eq!(shortest(Path::new(long)), Path::new(short));
        check("scenarios/basics/../stacks/a.yml", "scenarios/stacks/a.yml");
        check("../x/./y.yml", "../x/y.yml");
        check("/a/../../b", "/../b");
    }
}
