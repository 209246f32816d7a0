//! What a scenario file means.

use std::ops::Range;
use std::sync::Arc;

use swarmbed_scheduler::SimTime;
use swarmbed_scheduler::strategy::Catalogue;
use swarmbed_sim::setup::Setup;

use crate::content::Content;
use crate::trouble::Trouble;

/// A scenario: the run as meant, and what is expected of it.
#[derive(Clone)]
pub struct Scenario {
    /// What it shows, in one line.
    pub title: String,
    /// What a simulation is built from.
    pub setup: Setup,
    /// What has to hold.
    pub expectations: Vec<Expectation>,
    /// What the user should know, a sentence each: what was read and is not simulated, what was taken as present.
    pub notices: Vec<String>,
    /// The texts it was read from: the scenario file, then every stack file in the order in which it is named.
    pub sources: Vec<Source>,
    /// A hash of each list that it reads its arrivals from, in the order in which they are named.
    pub lists: Vec<u64>,
}

/// A text that a scenario was read from.
#[derive(Clone, Debug)]
pub struct Source {
    /// What the user calls it, normally its path.
    pub name: String,
    /// What it says.
    pub text: Arc<str>,
}

/// What has to hold of a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The metric's name.
    pub metric: String,
    /// How it is compared.
    pub bound: Bound,
    /// With what: a count of things, or billionths of any other unit (of a metric in seconds: nanoseconds).
    pub amount: u128,
    /// When; at the end of the run if there is no time.
    pub at: Option<SimTime>,
    /// Where it stands in the scenario file.
    pub span: Range<usize>,
}

/// How a metric is compared with an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// It is not more.
    AtMost,
    /// It is not less.
    AtLeast,
    /// It is the same.
    Equals,
}

impl Expectation {
    /// Whether a metric of this value meets it.
    pub fn holds(&self, value: u128) -> bool {
        match self.bound {
            Bound::AtMost => value <= self.amount,
            Bound::AtLeast => value >= self.amount,
            Bound::Equals => value == self.amount,
        }
    }
}

impl Bound {
    /// In words: `at most`.
    pub const fn words(self) -> &'static str {
        match self {
            Bound::AtMost => "at most",
            Bound::AtLeast => "at least",
            Bound::Equals => "exactly",
        }
    }
}

/// A metric that an expectation may name.
#[derive(Clone, Copy, Debug)]
pub struct Metric<'a> {
    /// Its name; `SERVICE` in it stands for the name of any service, `{a,b}` at its end for any of these.
    pub name: &'a str,
    /// Its unit as tables write it: `1` counts things, `s` is time, any other stands after the number.
    pub unit: &'a str,
}

/// Where the files come from that a scenario refers to. This crate opens none itself.
pub trait Loader {
    /// The text of the file `path`, which is relative to the scenario file.
    ///
    /// # Errors
    /// Why there is no such text, as the end of a sentence that begins with the path: `is not a file`.
    fn load(&self, path: &str) -> Result<Source, String>;

    /// The file `path` for whoever reads it bit by bit, and more than once.
    ///
    /// # Errors
    /// As [`Loader::load`].
    fn open(&self, path: &str) -> Result<Arc<dyn Content>, String> {
        Ok(Arc::new(self.load(path)?))
    }
}

/// What reading a scenario takes beside its text.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Where stack files come from.
    pub loader: &'a dyn Loader,
    /// The metrics there are.
    pub metrics: &'a [Metric<'a>],
    /// The strategies that can be named.
    pub strategies: &'a Catalogue,
    /// The seed, if it is not to be the file's.
    pub seed: Option<u64>,
    /// The strategy, if it is not to be the file's.
    pub strategy: Option<&'a str>,
}

/// Reads a scenario file. `name` is what messages call it, normally its path.
///
/// ```
/// use swarmbed_scenarios::library::{self, Beside};
/// use swarmbed_scenarios::{Metric, Options, read};
/// use swarmbed_scheduler::strategy::Catalogue;
///
/// let metrics = [Metric { name: "service.SERVICE.running", unit: "1" }, Metric { name: "failover.total.max", unit: "s" }];
/// let options = Options {
///     loader: &Beside { scenario: "" },
///     metrics: &metrics,
///     strategies: &Catalogue::standard(),
///     seed: Some(7),
///     strategy: None,
/// };
/// let scenario = read("scenario.toml", library::TEMPLATE, &options).unwrap_or_else(|troubles| panic!("{:#}", troubles[0]));
/// assert_eq!((scenario.setup.machines.len(), scenario.setup.seed), (7, 7));
///
/// let troubles = read("scenario.toml", "titel = 'x'", &options).err().unwrap();
/// assert_eq!(
///     format!("{:#}", troubles[0]),
///     "scenario.toml:1:1: there is no key 'titel' here\n  help: did you mean 'title'?"
/// );
/// ```
///
/// # Errors
/// Every mistake that could be found, in the order of their places; at least one.
pub fn read(name: &str, text: &str, options: &Options<'_>) -> Result<Scenario, Vec<Trouble>> {
    let file = crate::file::parse(name, text).map_err(|trouble| vec![trouble])?;
    crate::lower::scenario(name, text, &file, options)
}
