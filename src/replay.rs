//! `replay`: the same bytes as the run that was kept?

use std::path::PathBuf;

use serde_json::Value as Json;
use swarmbed_reports::replay::{Comparison, Kept};

use crate::args::{EnvironmentArgs, ReplayArgs, SceneArgs, SwarmArgs};
use crate::exit::{Done, Exit, Mistakes};
use crate::progress::Progress;
use crate::{scene, terminal};

/// Runs again as the kept run was run, and compares observation by observation.
pub fn run(args: &ReplayArgs) -> Done {
    let kept = Kept::read(&args.against).map_err(|e| {
        Mistakes::new(e.to_string(), "name a folder that `swarmbed run --out` wrote, whole as it was written")
    })?;
    let scene = scene::load(&as_kept(args, &kept)?)?;
    if scene.about.hash != kept.hash {
        terminal::say("note: the scenario, or a file that it names, has changed since the run was kept");
    }
    if kept.version != env!("CARGO_PKG_VERSION") {
        terminal::say(&format!("note: the run was kept by swarmbed {}", kept.version));
    }
    let mut bar = Progress::new(scene.setup.end);
    let mut sim = swarmbed_sim::Simulation::new(scene.setup);
    let mut comparison = Comparison::new(kept);
    swarmbed_reports::run::play(&mut sim, &mut [&mut comparison], &mut |now| bar.at(now));
    drop(bar);
    scene::unchanged(sim.setup())?;
    let count = comparison.count();
    match comparison.difference() {
        None => {
            terminal::print(&format!("same: {count} observations, digest {}\n", sim.digest()));
            Ok(Exit::Fine)
        }
        Some(difference) => {
            terminal::print(&format!("{difference}"));
            Ok(Exit::Finding)
        }
    }
}

/// The arguments that the kept run was run with, on the file given now.
fn as_kept(args: &ReplayArgs, kept: &Kept) -> Result<SceneArgs, Mistakes> {
    let origin = &kept.origin;
    let is_stack = origin["kind"] == "stack";
    let text = |key: &str| origin[key].as_str().unwrap_or_default().to_owned();
    let count = |key: &str| origin[key].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    let texts = |key: &str| -> Vec<String> {
        let items = origin[key].as_array().into_iter().flatten();
        items.filter_map(Json::as_str).map(str::to_owned).collect()
    };
    if is_stack && (count("nodes") == 0 || count("managers") == 0) {
        return Err(Mistakes::new(
            "the manifest does not say on which swarm its stack ran",
            "keep the run again",
        ));
    }
    Ok(SceneArgs {
        file: (!is_stack).then(|| args.file.clone()),
        stack: is_stack.then(|| args.file.clone()),
        swarm: SwarmArgs {
            nodes: count("nodes"),
            managers: count("managers"),
            cpu: text("cpu"),
            memory: text("memory"),
            node_label: texts("node_label"),
            environment: EnvironmentArgs {
                env: texts("env"),
                env_file: texts("env_file").into_iter().map(PathBuf::from).collect(),
            },
        },
        strategy: Some(kept.strategy.clone()),
        seed: Some(kept.seed),
    })
}
