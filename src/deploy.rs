//! `--stack`: a stack file on a swarm of like machines.

use std::collections::BTreeMap;
use std::path::Path;

use swarmbed_reports::About;
use swarmbed_scenarios::stack::{Environment, read_bytes};
use swarmbed_scenarios::{Deployment, Machines, deployment};

use crate::args::{SceneArgs, SwarmArgs};
use crate::exit::Mistakes;
use crate::scene::{Scene, hash};
use crate::{amounts, stack, strategies};

/// The strategy, if none is asked for: what a real swarm would do.
const STRATEGY: &str = "swarm-spread";
/// The seed, if none is asked for.
const SEED: u64 = 1;

/// The run of a stack file on a swarm.
pub fn load(file: &Path, args: &SceneArgs) -> Result<Scene, Mistakes> {
    let machines = machines(&args.swarm)?;
    let strategy = strategies::build(args.strategy.as_deref().unwrap_or(STRATEGY))?;
    let (name, bytes) = stack::load(file)?;
    let environment = stack::environment(&args.swarm.environment)?;
    let reading = read_bytes(&name, &bytes, &environment)?;
    let swarm = said(&machines, &environment);
    let stack = stack_name(&name);
    let seed = args.seed.unwrap_or(SEED);
    let Deployment { setup, notices } = deployment(&name, &stack, &reading, &machines, strategy, seed)?;
    let about = About {
        title: format!("{name} on {} machines", machines.nodes),
        hash: hash([swarm.as_str(), &String::from_utf8_lossy(&bytes)].into_iter()),
        strategy: setup.strategy.name().to_owned(),
        notices,
        expectations: Vec::new(),
        name,
    };
    Ok(Scene { setup, about })
}

fn machines(swarm: &SwarmArgs) -> Result<Machines, Mistakes> {
    Ok(Machines {
        nodes: swarm.nodes,
        managers: swarm.managers,
        nano_cpus: amounts::cpus("--cpu", &swarm.cpu)?,
        memory: amounts::memory("--memory", &swarm.memory)?,
        labels: swarm.node_label.iter().map(|label| pair(label)).collect::<Result<BTreeMap<_, _>, _>>()?,
    })
}

/// All that the run is built from beside the stack file, as one text.
fn said(machines: &Machines, environment: &Environment) -> String {
    let Machines { nodes, managers, nano_cpus, memory, labels } = machines;
    let pairs =
        labels.iter().map(|pair| ("label", pair)).chain(environment.iter().map(|pair| ("variable", pair)));
    let pairs: String = pairs.map(|(kind, (key, value))| format!("\n{kind} {key}={value}")).collect();
    format!("{nodes} nodes, {managers} managers, {nano_cpus} nano-CPUs, {memory} bytes{pairs}")
}

fn pair(label: &str) -> Result<(String, String), Mistakes> {
    match label.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(Mistakes::new(
            format!("--node-label '{label}' has no key and '='"),
            "write it as KEY=VALUE, such as disk=ssd",
        )),
    }
}

/// The stack's name: the file's, as far as Docker would take it.
fn stack_name(file: &str) -> String {
    let stem = Path::new(file).file_stem().map_or(String::new(), |s| s.to_string_lossy().into_owned());
    let fits = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' };
    let name: String = stem.chars().map(fits).collect();
    let name = name.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    if name.is_empty() { "stack".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::stack_name;

    #[test]
    fn stacks_are_called_after_their_file() {
        assert_eq!(stack_name("a/voting-app.yml"), "voting-app");
        assert_eq!(stack_name("my stack.v2.yaml"), "my-stack-v2");
        assert_eq!(stack_name(".yml"), "yml");
        assert_eq!(stack_name("…"), "stack");
    }
}
