//! `check`: is everything as it was when the baseline was accepted?

use std::path::Path;

use swarmbed_reports::check::baseline::MAGIC;
use swarmbed_reports::check::compare::{Compared, against};
use swarmbed_reports::check::first::first;
use swarmbed_reports::check::rules::{DIGEST, Rule};
use swarmbed_reports::check::{Baseline, Checked, Entry, Failure, Report, What, each, look, show};
use swarmbed_reports::words::plural;
use swarmbed_scenarios::trouble::Trouble;

use crate::args::{CheckArgs, CheckFormat};
use crate::exit::{Done, Exit, Mistakes};
use crate::progress::Runs;
use crate::terminal::{self, Stream};
use crate::{files, interrupt, scene, strategies};

mod place;
mod targets;

use place::Place;
use targets::{Target, Targets};

/// Runs every scenario and holds it against the baseline; with `--accept`, makes it the baseline.
pub fn run(args: &CheckArgs) -> Done {
    if let Some(name) = &args.strategy {
        strategies::build(name)?;
    }
    let before = read(&args.baseline, args.accept)?;
    let targets = Targets::find(&args.paths, &args.baseline)?;
    // Where nobody can listen, Ctrl-C ends the program at once, which is no reason not to begin.
    let stop = interrupt::heard("stopping; what has been begun is finished first").unwrap_or_default();
    let bar = Runs::of_scenarios(targets.found.len() as u64);
    let looked = each(&targets.found, &stop, |target| {
        let looked = Looked::at(target, args, &before);
        bar.ran();
        looked
    });
    drop(bar);
    conclude(args, before, &targets, looked)
}

/// One scenario, looked at.
struct Looked {
    checked: Checked,
    /// What the baseline is to keep of it.
    entry: Option<Entry>,
    troubles: Vec<Trouble>,
}

impl Looked {
    fn at(target: &Target, args: &CheckArgs, before: &Baseline) -> Looked {
        let _saying = Saying(target);
        let place = match Place::read(target, args) {
            Ok(place) => place,
            Err(mistakes) => return Looked::unusable(target, mistakes.into_troubles()),
        };
        let setup = place.scene.setup.clone();
        let facts = look(setup.clone(), place.scene.about.clone());
        if let Err(mistakes) = scene::unchanged(&setup) {
            return Looked::unusable(target, mistakes.into_troubles());
        }
        let compared = match before.entries.get(&target.name) {
            None => Compared { failures: vec![What::New], ..Compared::default() },
            Some(was) => against(was, &facts.entry, &before.rules),
        };
        let mut checked = target.checked();
        checked.notes = compared.notes;
        let is_worse =
            compared.failures.iter().any(|what| matches!(what, What::Course(_) | What::Metric { .. }));
        let first = (compared.parted && is_worse && !args.accept)
            .then(|| first(setup, &before.entries[&target.name].course, &facts));
        if let Some(task) = first.as_ref().and_then(|first| first.decision.as_ref()?.task.as_deref()) {
            let task = task.split(' ').next().unwrap_or(task);
            checked.notes.push(format!("swarmbed explain {} --task {task}{}", target.shown(), again(args)));
        }
        // Where the course may differ, it is told all the same what a metric's difference comes from.
        let told = compared.failures.iter().any(|what| matches!(what, What::Course(_)));
        let tolerated = first.as_ref().filter(|_| !told).map(|first| first.lines().join("; "));
        checked.notes.extend(tolerated);
        let differs = compared.failures.into_iter().map(|what| match what {
            What::Course(_) => What::Course(first.clone()),
            what => what,
        });
        let differs: Vec<Failure> = differs.map(|what| place.failure(what)).collect();
        let own = facts.unmet.into_iter().map(|(i, words)| place.unmet(i, words));
        let broken = facts.findings.into_iter().map(|words| place.failure(What::Invariant(words)));
        if args.accept { &mut checked.accepted } else { &mut checked.failures }.extend(differs);
        checked.failures.extend(own.chain(broken));
        Looked { checked, entry: Some(facts.entry), troubles: Vec::new() }
    }

    fn unusable(target: &Target, troubles: Vec<Trouble>) -> Looked {
        let mut checked = target.checked();
        let failure = |trouble: &Trouble| Failure {
            what: What::Unusable(format!("{trouble:#}").replace('\n', ";")),
            line: trouble.line_and_column().map_or(1, |(line, _)| line),
        };
        checked.failures = troubles.iter().map(failure).collect();
        Looked { checked, entry: None, troubles }
    }
}

/// Puts the report together, prints it, and keeps what was accepted.
fn conclude(args: &CheckArgs, mut before: Baseline, targets: &Targets, looked: Vec<Option<Looked>>) -> Done {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let mut report = Report {
        baseline: args.baseline.display().to_string(),
        accepted: args.accept,
        unfinished: looked.iter().filter(|l| l.is_none()).count(),
        ..Report::default()
    };
    let (covered, aside): (Vec<&String>, Vec<&String>) =
        before.entries.keys().partition(|name| targets.cover(name));
    let missing: Vec<String> =
        covered.into_iter().filter(|name| !targets.found.iter().any(|t| t.name == **name)).cloned().collect();
    report.aside = aside.len();
    report.notes = notes(&before, &report, &version);
    report.program = version;
    let (mut troubles, mut fresh) = (Vec::new(), Vec::new());
    for (target, looked) in targets.found.iter().zip(looked) {
        let Some(looked) = looked else { continue };
        troubles.extend(looked.troubles);
        fresh.extend(looked.entry.map(|entry| (target.name.clone(), entry)));
        report.checked.push(looked.checked);
    }
    for name in &missing {
        let gone = vec![Failure { what: What::Missing, line: 1 }];
        let (failures, accepted) = if args.accept { (Vec::new(), gone) } else { (gone, Vec::new()) };
        let file = targets.shown(name);
        report.checked.push(Checked {
            scenario: name.clone(),
            file,
            failures,
            accepted,
            ..Checked::default()
        });
    }
    report.checked.sort_by(|a, b| a.scenario.cmp(&b.scenario));
    if args.accept && troubles.is_empty() {
        before.entries.retain(|name, _| !missing.contains(name));
        before.entries.extend(fresh);
        before.program.clone_from(&report.program);
        files::replace(&args.baseline, &before.to_string())?;
    } else if args.accept {
        report.notes.push("nothing was accepted, since not every scenario can be used".to_owned());
    }
    terminal::print(&page(&report, args.format));
    match troubles.is_empty() {
        true if report.is_fine() => Ok(Exit::Fine),
        true => Ok(Exit::Finding),
        false => Err(troubles.into()),
    }
}

fn page(report: &Report, format: CheckFormat) -> String {
    match format {
        CheckFormat::Text => show::text(report, terminal::style(Stream::Output)),
        CheckFormat::Json => show::json(report),
        CheckFormat::Junit => show::junit(report),
        CheckFormat::Markdown => show::markdown(report),
        CheckFormat::Github => show::github(report),
    }
}

fn notes(before: &Baseline, report: &Report, version: &str) -> Vec<String> {
    let mut notes = Vec::new();
    if before.program != version && !report.accepted {
        notes
            .push(format!("the baseline was accepted by swarmbed {}, and this is {version}", before.program));
    }
    if report.aside > 0 {
        notes.push(format!("in the baseline, and not asked for: {}", plural(report.aside, "scenario")));
    }
    if report.unfinished > 0 {
        notes.push("stopped before all was done; what had been begun is in here".to_owned());
    }
    let names = || before.entries.values().flat_map(|e| e.metrics.keys());
    let idle = |rule: &&Rule| !rule.matches(DIGEST) && !names().any(|name| rule.matches(name));
    let idle = before.rules.iter().filter(idle).filter(|_| !before.entries.is_empty());
    notes.extend(idle.map(|rule| format!("`{rule}` matches no metric of the baseline")));
    notes
}

/// The flags of this run that another verb has to be given, too.
fn again(args: &CheckArgs) -> String {
    let strategy = args.strategy.iter().map(|name| format!(" --strategy '{name}'"));
    strategy.chain(args.seed.iter().map(|seed| format!(" --seed {seed}"))).collect()
}

fn read(path: &Path, accept: bool) -> Result<Baseline, Mistakes> {
    if !path.exists() && accept {
        return Ok(Baseline::new(env!("CARGO_PKG_VERSION")));
    }
    if !path.exists() {
        return Err(Mistakes::new(
            format!("there is no baseline '{}'", path.display()),
            "add --accept to make one of what the scenarios do now",
        ));
    }
    let text = files::text(path)?;
    Baseline::parse(&text).map_err(|error| {
        let help = match text.lines().nth(error.line - 1).unwrap_or_default() {
            line if ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| line.starts_with(mark)) => {
                "this is a merge conflict: take either side whole, then --accept what the scenarios do now"
            }
            _ if error.line > 1 => "undo the edit, or delete the file and --accept what the scenarios do now",
            line if line.starts_with(MAGIC) => "use the swarmbed that wrote it, or accept into a new file",
            _ => "name a file that `swarmbed check --accept` wrote; nothing else is ever overwritten",
        };
        Mistakes::new(format!("'{}' cannot be used as a baseline: {error}", path.display()), help)
    })
}

/// Says which scenario was being played when a bug of ours ended the program.
struct Saying<'a>(&'a Target);

impl Drop for Saying<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let shown = self.0.shown();
            terminal::say(&format!("This is a bug in swarmbed; it comes again with `swarmbed run {shown}`"));
        }
    }
}
