//! `fuzz`: does a strategy break a law? What it finds is shrunk to a scenario file.

use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};
use swarmbed_fuzz::{Caught, Finding, Hunt, PATIENCE, Stage, hunt, is_planning, trial};
use swarmbed_reports::output::page::{Paint, Style, hang};

use crate::args::{EnvironmentArgs, FuzzArgs, ListFormat, SceneArgs, SwarmArgs};
use crate::exit::{Done, Exit, Mistakes, on_panic, quoted};
use crate::progress::Progress;
use crate::terminal::{self, Stream};
use crate::{files, scene, strategies};

/// Every file that is written here begins so; no other is ever overwritten.
const MARK: &str = "# Found by `fuzz`: ";

/// Draws scenarios until one breaks a law, or judges the one that is given.
pub fn run(args: &FuzzArgs) -> Done {
    match &args.replay {
        Some(file) => replay(file, args),
        None => search(args.strategy.as_deref().unwrap_or_default(), args),
    }
}

fn search(name: &str, args: &FuzzArgs) -> Done {
    let strategy = strategies::build(name)?;
    let file = args.out.clone().unwrap_or_else(|| PathBuf::from(format!("fuzz-{}.toml", args.seed)));
    check_free(&file)?;
    let build = || strategies::build(name).expect("it has just been built");
    on_panic(args.seed);
    quietly();
    let mut bar = Progress::of(args.trials);
    let mut trial = 0;
    let found = hunt(&build, args.seed, args.trials, &mut |stage| match stage {
        Stage::Trials(count) => {
            trial = count;
            bar.done(count, format!("{count} of {} trials", args.trials));
        }
        Stage::Shrinking(tries, lines) => {
            bar.done(trial, format!("shrinking: {lines} lines after {tries} tries"));
        }
    });
    drop(bar);
    if let Some(caught) = &found.caught {
        files::replace(&file, &scenario_file(strategy.name(), args.seed, caught))?;
    }
    let report = Report { strategy: strategy.name(), seed: args.seed, file: &file, hunt: &found };
    terminal::print(&match args.format {
        ListFormat::Text => report.text(terminal::style(Stream::Output)),
        ListFormat::Json => format!("{:#}\n", report.json()),
    });
    Ok(if found.caught.is_some() { Exit::Finding } else { Exit::Fine })
}

/// One scenario, whoever wrote it.
fn replay(file: &Path, args: &FuzzArgs) -> Done {
    let scene = scene::load(&SceneArgs {
        file: Some(file.to_owned()),
        stack: None,
        swarm: SwarmArgs {
            nodes: 0,
            managers: 0,
            cpu: String::new(),
            memory: String::new(),
            node_label: Vec::new(),
            environment: EnvironmentArgs { env: Vec::new(), env_file: Vec::new() },
        },
        strategy: args.strategy.clone(),
        seed: None,
    })?;
    let strategy = scene.setup.strategy.name().to_owned();
    quietly();
    let outcome = trial(scene.setup, PATIENCE);
    let style = terminal::style(Stream::Output);
    terminal::print(&match (args.format, &outcome.finding) {
        (ListFormat::Json, finding) => {
            let finding = finding.as_ref().map(finding_json);
            let report = json!({ "file": file.display().to_string(), "strategy": strategy, "plans": outcome.plans, "finding": finding });
            format!("{report:#}\n")
        }
        (ListFormat::Text, None) => format!("{} plans judged, no law broken\n", outcome.plans),
        (ListFormat::Text, Some(finding)) => finding_text(finding, style),
    });
    Ok(if outcome.finding.is_some() { Exit::Finding } else { Exit::Fine })
}

/// A strategy's panic is a finding, told as one. Any other is a bug of ours and is reported as ever.
fn quietly() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !is_planning() {
            before(panic);
        }
    }));
}

fn check_free(file: &Path) -> Result<(), Mistakes> {
    if !file.exists() || files::text(file).is_ok_and(|text| text.starts_with(MARK)) {
        return Ok(());
    }
    Err(Mistakes::new(
        format!("'{}' is there already, and `fuzz` did not write it", file.display()),
        "name another file with --out: nothing else is overwritten",
    ))
}

/// The scenario with what is to be known about it.
fn scenario_file(strategy: &str, seed: u64, caught: &Caught) -> String {
    let Caught { finding, case, trial, .. } = caught;
    format!(
        "{MARK}strategy {strategy}, seed {seed}, trial {trial}.\n# {}: {}.\n\n{}",
        finding.law,
        finding.reason.replace('\n', " "),
        case.text()
    )
}

/// What came out of a search.
struct Report<'a> {
    strategy: &'a str,
    seed: u64,
    file: &'a Path,
    hunt: &'a Hunt,
}

impl Report<'_> {
    fn text(&self, style: Style) -> String {
        let Hunt { trials, plans, caught } = self.hunt;
        let last = format!("strategy {}  seed {}", self.strategy, self.seed);
        let Some(caught) = caught else {
            let trials = if *trials == 1 { "1 trial".to_owned() } else { format!("{trials} trials") };
            return format!("{trials}, {plans} plans judged, no law broken\n\n{last}\n");
        };
        let (from, to) = (caught.lines_drawn, caught.case.lines());
        let (tries, file) = (caught.tries, self.file.display());
        let shrunk = format!("trial {trials}, shrunk from {from} lines to {to} in {tries} tries: {file}");
        let scenario: String = caught.case.text().lines().map(|line| format!("    {line}\n")).collect();
        let scenario = scenario.replace("    \n", "\n");
        let again = format!("  {}\n", self.again());
        format!(
            "{}\n{}\n{scenario}\n{}\n{again}\n{last}\n",
            finding_text(&caught.finding, style),
            hang("  ", &shrunk, style, Paint::Plain).trim_end(),
            style.paint(Paint::Head, "AGAIN"),
        )
    }

    fn json(&self) -> Json {
        let Hunt { trials, plans, caught } = self.hunt;
        let caught = caught.as_ref().map(|caught| {
            json!({
                "trial": caught.trial,
                "finding": finding_json(&caught.finding),
                "lines_drawn": caught.lines_drawn,
                "lines": caught.case.lines(),
                "tries": caught.tries,
                "file": self.file.display().to_string(),
                "scenario": caught.case.text(),
                "again": self.again(),
            })
        });
        json!({ "strategy": self.strategy, "seed": self.seed, "trials": trials, "plans": plans, "caught": caught })
    }

    /// The command that plays the shrunk scenario.
    fn again(&self) -> String {
        let program = std::env::args().next().unwrap_or_default();
        let program =
            Path::new(&program).file_name().map_or("swarmbed".into(), |name| name.to_string_lossy());
        let file = self.file.display().to_string();
        [&program, "fuzz", "--replay", &file, "--strategy", self.strategy].map(quoted).join(" ")
    }
}

fn finding_text(finding: &Finding, style: Style) -> String {
    let at = finding.at.map_or(String::new(), |at| format!("at {at}: "));
    let law = hang("  ", finding.law, style, Paint::Plain);
    let reason = hang("      ", &format!("{at}{}", finding.reason), style, Paint::Plain);
    format!("{}\n{law}{reason}", style.paint(Paint::Head, "BROKEN"))
}

fn finding_json(finding: &Finding) -> Json {
    json!({ "law": finding.law, "at": finding.at.map(|at| at.to_string()), "reason": finding.reason })
}
