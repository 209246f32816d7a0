//! `--stack`: a stack file on a swarm of like machines, written down as the scenario that it stands for.

use std::fmt::Write;
use std::path::Path;

use swarmbed_scenarios::stack::Environment;
use swarmbed_scenarios::trouble::Trouble;
use swarmbed_scenarios::{Loader, Scenario, Source};

use crate::args::{SceneArgs, SwarmArgs};
use crate::exit::Mistakes;
use crate::{scene, stack};

/// What messages call the scenario that the arguments stand for.
const ARGUMENTS: &str = "--stack";

/// The scenario of a stack file and a swarm.
pub fn read(file: &Path, args: &SceneArgs) -> Result<Scenario, Mistakes> {
    let swarm = &args.swarm;
    if swarm.managers > swarm.nodes {
        return Err(Mistakes::new(
            format!("--managers {} is more than --nodes {}", swarm.managers, swarm.nodes),
            "managers are among the machines of --nodes",
        ));
    }
    let (name, bytes) = stack::load(file)?;
    let text = written(swarm, &name, &stack::environment(&swarm.environment)?)?;
    let given = Given(Source { name: name.clone(), text: utf8(&name, bytes)?.into() });
    let metrics = scene::metrics();
    let read = swarmbed_scenarios::read(ARGUMENTS, &text, &scene::options(args, &given, &metrics));
    let mut scenario = read.map_err(|troubles| troubles.into_iter().map(said).collect::<Vec<Trouble>>())?;
    scenario.setup.scenario = name;
    Ok(scenario)
}

/// A mistake in the arguments is told without the text that we made of them.
fn said(trouble: Trouble) -> Trouble {
    if trouble.source_name() != Some(ARGUMENTS) {
        return trouble;
    }
    let plain = Trouble::new(trouble.message());
    match trouble.help_text() {
        Some(help) => plain.help(help),
        None => plain,
    }
}

fn utf8(name: &str, bytes: Vec<u8>) -> Result<String, Mistakes> {
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        Mistakes::new(format!("'{name}' is no text: byte {at} is not UTF-8"), "a stack file is YAML in UTF-8")
    })
}

/// The scenario file that these arguments stand for.
fn written(swarm: &SwarmArgs, stack: &str, environment: &Environment) -> Result<String, Mistakes> {
    let mut labels = Vec::new();
    for label in &swarm.node_label {
        let Some((key, value)) = label.split_once('=') else {
            return Err(Mistakes::new(
                format!("--node-label '{label}' has no '='"),
                "write it as KEY=VALUE, such as disk=ssd",
            ));
        };
        labels.push(format!("{} = {}", quoted(key), quoted(value)));
    }
    let mut text = format!(
        "title = {}\n[run]\nduration = \"until settled\"\nat_most = \"10m\"\n[cluster]\n",
        quoted(&format!("{stack} on {} machines", swarm.nodes))
    );
    for (role, count) in [("manager", swarm.managers), ("worker", swarm.nodes - swarm.managers)] {
        if count > 0 {
            write!(
                text,
                "[[cluster.nodes]]\nname = \"{role}\"\nrole = \"{role}\"\ncount = {count}\ncpu = {}\nmemory = {}\nlabels = {{ {} }}\n",
                quoted(&swarm.cpu),
                quoted(&swarm.memory),
                labels.join(", ")
            )
            .expect("a string takes all");
        }
    }
    let variables = environment.iter().map(|(key, value)| format!("{} = {}", quoted(key), quoted(value)));
    write!(
        text,
        "[[stack]]\nfile = {}\nname = {}\nenv = {{ {} }}\n",
        quoted("stack.yml"),
        quoted(&stack_name(stack)),
        variables.collect::<Vec<_>>().join(", ")
    )
    .expect("a string takes all");
    Ok(text)
}

/// The stack's name: the file's, as far as Docker would take it.
fn stack_name(file: &str) -> String {
    let stem = Path::new(file).file_stem().map_or(String::new(), |s| s.to_string_lossy().into_owned());
    let fits = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' };
    let name: String = stem.chars().map(fits).collect();
    let name = name.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    if name.is_empty() { "stack".to_owned() } else { name.to_owned() }
}

/// A TOML string: JSON's form of one, which TOML takes but for the character DEL.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

/// The stack file, which has been read already.
struct Given(Source);

impl Loader for Given {
    fn load(&self, _path: &str) -> Result<Source, String> {
        Ok(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_are_called_after_their_file() {
        assert_eq!(stack_name("a/voting-app.yml"), "voting-app");
        assert_eq!(stack_name("my stack.v2.yaml"), "my-stack-v2");
        assert_eq!(stack_name(".yml"), "yml");
        assert_eq!(stack_name("…"), "stack");
    }

    #[test]
    fn text_is_quoted_for_toml() {
        assert_eq!(quoted("a\"b\\\n\u{7f}\u{1b}ä"), r#""a\"b\\\n\u007f\u001bä""#);
    }
}
