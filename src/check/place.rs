//! Where in its file the reason of a failure stands.

use swarmbed_reports::check::{Failure, What};

use super::{CheckArgs, Target, scene};
use crate::exit::Mistakes;
use crate::scene::Scene;

/// A scenario that was read, and its lines.
pub struct Place {
    /// The run.
    pub scene: Scene,
    text: std::sync::Arc<str>,
    /// The line of each expectation.
    expectations: Vec<usize>,
}

impl Place {
    /// Reads a scenario.
    pub fn read(target: &Target, args: &CheckArgs) -> Result<Place, Mistakes> {
        let scenario = scene::read(&target.path, args.seed, args.strategy.as_deref())?;
        let text = scenario.sources.first().map_or_else(|| "".into(), |source| source.text.clone());
        let line = |at: usize| 1 + text.get(..at).map_or(0, |before| before.matches('\n').count());
        let expectations = scenario.expectations.iter().map(|e| line(e.span.start)).collect();
        Ok(Place { scene: scene::scene(scenario), text, expectations })
    }

    /// A failure at its line: of a metric, where it is expected; of a decision, where the service has its name.
    pub fn failure(&self, what: What) -> Failure {
        let expects = |name: &str| self.scene.about.expectations.iter().position(|e| e.metric == name);
        let line = match &what {
            What::Metric { name, .. } => expects(name).map(|i| self.expectations[i]),
            What::Course(Some(first)) => first.decision.as_ref().and_then(|d| {
                let (service, _) = d.task.as_deref()?.rsplit_once('.')?;
                self.line(&format!("name = \"{service}\""))
            }),
            _ => None,
        };
        Failure { what, line: line.or_else(|| self.line("title")).unwrap_or(1) }
    }

    /// The expectation of that number did not hold.
    pub fn unmet(&self, index: usize, words: String) -> Failure {
        Failure { what: What::Unmet(words), line: self.expectations[index] }
    }

    /// The first line that begins so.
    fn line(&self, start: &str) -> Option<usize> {
        self.text.lines().position(|line| line.trim_start().starts_with(start)).map(|at| at + 1)
    }
}
