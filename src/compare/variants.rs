//! From strategies and settings to variants: each with each.

use swarmbed_scenarios::set::{self, Setting};

use crate::args::{CompareArgs, SceneArgs};
use crate::exit::Mistakes;
use crate::scene::{self, Scene};

/// More variants than this were not meant.
const MOST: usize = 100;

/// The variants with their labels, the base first.
pub fn variants(args: &CompareArgs) -> Result<Vec<(String, Scene)>, Mistakes> {
    let settings = args.set.iter().map(|text| settings(args, text)).collect::<Result<Vec<_>, _>>()?;
    let strategies: Vec<Option<&String>> = match &args.strategy[..] {
        [] => vec![None],
        all => all.iter().map(Some).collect(),
    };
    let count = settings.iter().map(Vec::len).fold(strategies.len(), usize::saturating_mul);
    if count > MOST {
        return Err(Mistakes::new(
            format!("that makes {count} variants"),
            format!("at most {MOST} are compared at a time: each strategy is combined with each value"),
        ));
    }
    let combinations = combinations(&settings);
    let mut variants: Vec<(String, Scene)> = Vec::new();
    for strategy in &strategies {
        for combination in &combinations {
            let scene = scene::load_with(&scene_args(args, *strategy), combination)?;
            let name = (strategies.len() > 1 || count == 1).then(|| scene.about.strategy.clone());
            let label = label(name, combination, &settings);
            let label = distinct(label, &variants);
            variants.push((label, scene));
        }
    }
    Ok(variants)
}

fn settings(args: &CompareArgs, text: &str) -> Result<Vec<Setting>, Mistakes> {
    if args.stack.is_some() {
        return Err(Mistakes::new(
            "--set changes a scenario, and --stack has none",
            "write a scenario with [[stack]] in it: `swarmbed init`",
        ));
    }
    let settings = set::settings(text)?;
    match settings.iter().any(|s| s.path == "run.seed") {
        true => Err(Mistakes::new(
            "--set run.seed: all variants have the same seeds, or they could not be compared",
            "--seed says where they begin",
        )),
        false => Ok(settings),
    }
}

/// One value of each setting, in every combination; the last setting changes fastest.
fn combinations(settings: &[Vec<Setting>]) -> Vec<Vec<Setting>> {
    settings.iter().fold(vec![Vec::new()], |before, values| {
        let with = |left: &Vec<Setting>| -> Vec<Vec<Setting>> {
            values.iter().map(|value| left.iter().chain([value]).cloned().collect()).collect()
        };
        before.iter().flat_map(with).collect()
    })
}

/// What tells a variant from the others: its strategy if there are several, and the values that are varied.
fn label(strategy: Option<String>, combination: &[Setting], all: &[Vec<Setting>]) -> String {
    let varied = combination.iter().zip(all).filter(|(_, values)| values.len() > 1);
    let last = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
    let short = |path: &str| {
        let alike = all.iter().filter(|values| last(&values[0].path) == last(path)).count();
        if alike > 1 { path.to_owned() } else { last(path) }
    };
    let values = varied.map(|(setting, _)| format!("{}={}", short(&setting.path), setting.value));
    strategy.into_iter().chain(values).collect::<Vec<_>>().join(" ")
}

/// The label, numbered if another variant has it already.
fn distinct(label: String, variants: &[(String, Scene)]) -> String {
    let is_taken = |label: &String| variants.iter().any(|(taken, _)| taken == label);
    if !is_taken(&label) {
        return label;
    }
    let numbered = (2..).map(|n| format!("{label} ({n})"));
    numbered.into_iter().find(|label| !is_taken(label)).expect("there are numbers enough")
}

fn scene_args(args: &CompareArgs, strategy: Option<&String>) -> SceneArgs {
    SceneArgs {
        file: args.files.first().cloned(),
        stack: args.stack.clone(),
        swarm: args.swarm.clone(),
        strategy: strategy.cloned(),
        seed: args.seed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_are_called_by_what_varies() {
        let all: Vec<Vec<Setting>> =
            ["cluster.heartbeat=5s,10s", "service.web.replicas=3", "service.api.replicas=1,2"]
                .map(|text| set::settings(text).unwrap())
                .into();
        let combinations = combinations(&all);
        assert_eq!(combinations.len(), 4);
        let labels: Vec<String> = combinations.iter().map(|c| label(None, c, &all)).collect();
        assert_eq!(labels[1], "heartbeat=5s service.api.replicas=2", "what is the same for all is left out");
        assert_eq!(
            label(Some("spread".into()), &combinations[2], &all),
            "spread heartbeat=10s service.api.replicas=1"
        );
    }
}
