//! `explain`: why a task is where it is, or why it waits.

use swarmbed_reports::explain::{self, Asked};
use swarmbed_scheduler::SimTime;
use swarmbed_sim::setup::Setup;
use swarmbed_sim::{Names, Simulation};

use crate::args::ExplainArgs;
use crate::exit::{Done, Exit, Mistakes};
use crate::inspect::{node, play, service};
use crate::terminal::{self, Stream};
use crate::{amounts, scene};

/// Shows every decision about one task.
pub fn run(args: &ExplainArgs) -> Done {
    let scene = scene::load(&args.scene)?;
    let at = args.at.as_deref().map(|at| amounts::time("--at", at)).transpose()?;
    let mut sim = Simulation::new(scene.setup);
    let asked = asked(&args.task, sim.setup(), sim.names())?;
    if let Asked::Slot(service, slot) = asked {
        sim.ask(service, slot);
    }
    play(&mut sim, at.unwrap_or(SimTime::NEVER));
    scene::unchanged(sim.setup())?;
    terminal::print(&explain::page(&sim, asked, terminal::style(Stream::Output)));
    Ok(Exit::Fine)
}

/// The slot of a replicated service, or the node of a global one.
fn asked(task: &str, setup: &Setup, names: &Names) -> Result<Asked, Mistakes> {
    let wrong = |help: String| Mistakes::new(format!("--task '{task}' names no task"), help);
    let Some((name, place)) = task.rsplit_once('.') else {
        return Err(wrong(
            "write SERVICE.SLOT such as web.3, or SERVICE.NODE for a global service".to_owned(),
        ));
    };
    let id = service(names, name)?;
    match (setup.services[id.index()].mode.is_global(), place.parse::<u32>()) {
        (true, _) => Ok(Asked::Node(id, node(names, place)?)),
        (false, Ok(slot @ 1..)) => Ok(Asked::Slot(id, slot)),
        (false, _) => Err(wrong(format!("slots of {name} are numbered from 1: {name}.1"))),
    }
}
