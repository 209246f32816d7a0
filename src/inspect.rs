//! `inspect`: the cluster at an instant, in Docker's own words.

use swarmbed_reports::inspect;
use swarmbed_reports::run::end;
use swarmbed_scenarios::trouble::nearest;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime};
use swarmbed_sim::setup::End;
use swarmbed_sim::{Names, Simulation};

use crate::amounts;
use crate::args::{InspectArgs, NodeVerb, ServiceVerb, What};
use crate::exit::{Done, Exit, Mistakes};
use crate::progress::Progress;
use crate::scene;
use crate::terminal;

/// Shows a table of the cluster at an instant.
pub fn run(args: &InspectArgs) -> Done {
    let scene = scene::load(&args.scene)?;
    let at = args.at.as_deref().map(|at| amounts::time("--at", at)).transpose()?;
    let mut sim = Simulation::new(scene.setup);
    // A wrong name is told before the run and not after it.
    let asked = Asked::of(&args.what, sim.names())?;
    play(&mut sim, at.unwrap_or(SimTime::NEVER));
    scene::unchanged(sim.setup())?;
    let end = end(&sim);
    let now = at.unwrap_or(end);
    if now > end && sim.ended() {
        terminal::say(&format!("note: the run ended at {end}; this is the cluster then"));
    }
    terminal::print(&match asked {
        Asked::Nodes => inspect::node_ls(&sim),
        Asked::Services => inspect::service_ls(&sim),
        Asked::Node(node) => inspect::node_ps(&sim, now, node),
        Asked::Service(service) => inspect::service_ps(&sim, now, service),
    });
    Ok(Exit::Fine)
}

/// Plays up to that time, or to the end of the run if that comes first.
pub fn play(sim: &mut Simulation, until: SimTime) {
    const STEPS: u64 = 100;
    let until = until.min(sim.setup().end.latest());
    let mut bar = Progress::new(End::At(until));
    for step in 1..=STEPS {
        let to = u128::from(until.nanos()) * u128::from(step) / u128::from(STEPS);
        sim.run_until(SimTime(to as u64), &mut []);
        bar.at(sim.now());
    }
}

enum Asked {
    Nodes,
    Services,
    Node(NodeId),
    Service(ServiceId),
}

impl Asked {
    fn of(what: &What, names: &Names) -> Result<Asked, Mistakes> {
        Ok(match what {
            What::Node(NodeVerb::Ls) => Asked::Nodes,
            What::Service(ServiceVerb::Ls) => Asked::Services,
            What::Node(NodeVerb::Ps { name }) => Asked::Node(node(names, name)?),
            What::Service(ServiceVerb::Ps { name }) => Asked::Service(service(names, name)?),
        })
    }
}

/// The node of that name.
pub fn node(names: &Names, name: &str) -> Result<NodeId, Mistakes> {
    let ids = || (0..names.node_count() as u32).map(NodeId);
    let found = ids().find(|id| names.node(*id) == name);
    found.ok_or_else(|| unknown("node", name, ids().map(|id| names.node(id))))
}

/// The service of that name.
pub fn service(names: &Names, name: &str) -> Result<ServiceId, Mistakes> {
    let ids = || (0..names.service_count() as u32).map(ServiceId);
    let found = ids().find(|id| names.service(*id) == name);
    found.ok_or_else(|| unknown("service", name, ids().map(|id| names.service(id))))
}

fn unknown<'a>(kind: &str, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Mistakes {
    let help = match nearest(name, known.clone()) {
        Some(near) => format!("did you mean '{near}'?"),
        None => match known.take(8).collect::<Vec<_>>().join(", ") {
            some if some.is_empty() => format!("the scenario has no {kind}"),
            some => format!("the first {kind}s are: {some}"),
        },
    };
    Mistakes::new(format!("there is no {kind} '{name}' in the scenario"), help)
}
