//! `run`: what happens.

use std::io::{BufWriter, Write};

use serde_json::{Value as Json, json};
use swarmbed_reports::measure::Tape;
use swarmbed_reports::output::folder::{Folder, FolderError};
use swarmbed_reports::output::timeline::Narrator;
use swarmbed_reports::output::{json as summary, markdown, tables, text};
use swarmbed_reports::plot::{self, Watch};
use swarmbed_reports::run::{Measured, measure};
use swarmbed_scenarios::trouble::Trouble;
use swarmbed_scheduler::SimTime;
use swarmbed_sim::{Names, Observation, Observer};

use crate::args::{Format, RunArgs, SceneArgs};
use crate::exit::{Done, Exit, Mistakes};
use crate::plots;
use crate::progress::Progress;
use crate::scene::{self, Scene};
use crate::terminal::{self, Stream};

/// Runs a scenario and shows, and perhaps keeps, what came out.
pub fn run(args: &RunArgs) -> Done {
    let Scene { setup, about } = scene::load(&args.scene)?;
    // Whatever can be refused is refused before the run and not after it.
    let folder =
        args.out.as_ref().map(|path| Folder::claim(path, args.force)).transpose().map_err(no_folder)?;
    let gallery = args.plots.as_ref().map(|path| plots::claim(path, &plot::OF_RUN)).transpose()?;
    let mut watch = gallery.is_some().then(|| Watch::new(&setup));
    let mut tape = Tape::default();
    let mut trace = Trace::default();
    let mut observers: Vec<&mut dyn Observer> = Vec::new();
    if folder.is_some() {
        observers.push(&mut tape);
    }
    if args.trace {
        observers.push(&mut trace);
    }
    if let Some(watch) = &mut watch {
        observers.push(watch);
    }
    let mut progress = (!args.trace).then(|| Progress::new(setup.end));
    let run = measure(setup, about, &mut observers, &mut |now| {
        if let Some(bar) = &mut progress {
            bar.at(now);
        }
    });
    drop(progress);
    trace.finish();
    scene::unchanged(run.simulation.setup())?;
    if let Some(folder) = folder {
        let origin = origin(&args.scene);
        folder.keep(&run.outcome, &tape, run.simulation.names(), &origin).map_err(no_folder)?;
    }
    if let Some((gallery, mut watch)) = gallery.zip(watch) {
        watch.settle(run.outcome.ended);
        plots::hang(&gallery, &plot::pictures(&run.outcome, &watch))?;
    }
    terminal::print(&page(&run, args.format));
    Ok(if run.outcome.is_fine() { Exit::Fine } else { Exit::Finding })
}

fn page(run: &Measured, format: Format) -> String {
    match format {
        Format::Text => text::text(&run.outcome, terminal::style(Stream::Output)),
        Format::Json => summary::summary(&run.outcome),
        Format::Csv => tables::metrics(&run.outcome),
        Format::Markdown => markdown::markdown(&run.outcome),
    }
}

/// What it takes to repeat the run beside its file, strategy and seed: for a stack file, the swarm it is deployed on.
fn origin(args: &SceneArgs) -> Json {
    let swarm = &args.swarm;
    let environment = &swarm.environment;
    match &args.stack {
        None => json!({ "kind": "scenario" }),
        Some(_) => json!({
            "kind": "stack",
            "nodes": swarm.nodes,
            "managers": swarm.managers,
            "cpu": swarm.cpu,
            "memory": swarm.memory,
            "node_label": swarm.node_label,
            "env": environment.env,
            "env_file": environment.env_file.iter().map(|p| p.display().to_string()).collect::<Vec<_>>(),
        }),
    }
}

fn no_folder(error: FolderError) -> Mistakes {
    let help = match &error {
        FolderError::Taken(_) => "name a folder that does not exist: nothing there is overwritten",
        FolderError::HoldsRun(_) => "name another folder, or add --force to replace that run",
        FolderError::IsFile(_) => "name a folder that does not exist",
        FolderError::Unwritable { .. } => "nothing was left there; name a folder that can be written",
    };
    Trouble::new(error.to_string()).help(help).into()
}

/// Tells every observation on standard error.
#[derive(Default)]
struct Trace {
    narrator: Narrator,
    lines: Option<BufWriter<std::io::Stderr>>,
}

impl Trace {
    fn finish(&mut self) {
        if let Some(lines) = &mut self.lines {
            let _ = lines.flush();
        }
    }
}

impl Observer for Trace {
    fn observe(&mut self, at: SimTime, what: &Observation, names: &Names) {
        let lines = self.lines.get_or_insert_with(|| BufWriter::new(std::io::stderr()));
        // Where nobody listens, nothing is to be done.
        let _ = writeln!(lines, "{at:>14}  {}", self.narrator.row(what, names));
    }
}
