//! Does a strategy break a law? Draws whole scenarios from a seed (cluster, services, what an operator does, what
//! befalls machines), runs each with every invariant on, and shrinks the first failure to a minimal scenario file.
//!
//! Two kinds of laws are held: those of a plan ([`swarmbed_scheduler::laws`]), by a judge that stands between the
//! simulator and the strategy and sees every request of the run; and those of a run: the simulator's own invariants,
//! that it ends, and that once the last trouble is over every service is as it should be or says why not.
//!
//! **Endless loops.** A loop that looks at nodes through a [`Planner`](swarmbed_scheduler::strategy::Planner) is found by
//! a count, the same on every machine. One that calls nothing of ours can only be found by a clock: each trial has a
//! thread of its own, and one that is still going on after [`PATIENCE`] counts as endless. The clock decides nothing else.
//!
//! Read in this order: [`case`] is a scenario as data, [`draw`] makes one, [`trial`] plays it, [`shrink`] makes it small.

use std::sync::Arc;
use std::time::Duration;

use swarmbed_scenarios::library::Beside;
use swarmbed_scenarios::trouble::Trouble;
use swarmbed_scenarios::{Options, read};
use swarmbed_scheduler::SimTime;
use swarmbed_scheduler::strategy::{Catalogue, Strategy};
use swarmbed_scheduler::stream::Stream;
use swarmbed_sim::Setup;

pub mod case;
pub mod draw;
mod judge;
mod settle;
mod shrink;
pub mod trial;

use case::Case;
pub use judge::is_planning;
pub use trial::{ENDS, SETTLES, trial};

/// A trial that takes longer, by the clock, counts as endless. Trials take milliseconds.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// The same while shrinking: a scenario smaller than one that was found endless.
const LESS_PATIENCE: Duration = Duration::from_secs(1);
/// So many endless trials are tried while shrinking. Each leaves a thread behind that goes on until the process ends.
const ENDLESS_TRIES: u32 = 24;
/// So many smaller scenarios are tried at the most.
const TRIES: u32 = 4000;

/// So often a scenario is drawn until the reader takes one: it takes every second.
const DRAWS: u32 = 100;

/// A law that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which law.
    pub law: &'static str,
    /// When, in simulated time; unknown of a run that did not end.
    pub at: Option<SimTime>,
    /// What was found, in a sentence.
    pub reason: String,
}

/// Makes the strategy on trial, anew for each trial: one that remembers what it should not starts afresh, so that what it
/// does in a trial can be seen again.
pub type Build<'a> = &'a dyn Fn() -> Arc<dyn Strategy>;

/// What came of all trials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunt {
    /// Trials played: all, or those up to the first finding.
    pub trials: u64,
    /// Plans that were judged in them.
    pub plans: u64,
    /// The first failure.
    pub caught: Option<Caught>,
}

/// A failure and the smallest scenario in which it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caught {
    /// In which trial, from 1.
    pub trial: u64,
    /// What was found in the shrunk scenario.
    pub finding: Finding,
    /// The shrunk scenario.
    pub case: Case,
    /// Lines of the scenario as it was drawn.
    pub lines_drawn: usize,
    /// Smaller scenarios that were tried.
    pub tries: u32,
}

/// How far a hunt has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// So many trials are over.
    Trials(u64),
    /// Something was found; so many smaller scenarios have been tried, and the smallest has so many lines.
    Shrinking(u32, usize),
}

/// Plays up to `trials` scenarios drawn from `seed`, and shrinks the first in which a law does not hold. Same strategy,
/// seed and number of trials: same result, unless the strategy looks at addresses in memory.
///
/// # Panics
/// If no scenario can be drawn that is accepted, or the simulator panics: that is a bug of ours.
pub fn hunt(build: Build<'_>, seed: u64, trials: u64, progress: &mut dyn FnMut(Stage)) -> Hunt {
    let mut hunt = Hunt { trials: 0, plans: 0, caught: None };
    while hunt.trials < trials && hunt.caught.is_none() {
        hunt.trials += 1;
        let (case, setup) = drawn(seed, hunt.trials, build);
        let outcome = trial(setup, PATIENCE);
        hunt.plans += outcome.plans;
        hunt.caught = outcome.finding.map(|finding| caught(build, hunt.trials, case, finding, progress));
        progress(Stage::Trials(hunt.trials));
    }
    hunt
}

/// The scenario of a trial, and the run that it describes. One that the reader refuses, since no machine could ever run
/// one of its services, is drawn anew.
fn drawn(seed: u64, trial: u64, build: Build<'_>) -> (Case, Setup) {
    let mut draws = Stream::new(seed, "fuzz.case", &trial.to_string());
    let mut refusal = String::new();
    for _ in 0..DRAWS {
        let case = draw::case(&mut draws);
        match setup(&case, build) {
            Ok(setup) => return (case, setup),
            Err(troubles) => refusal = format!("{:#}\n{}", troubles[0], case.text()),
        }
    }
    panic!("of {DRAWS} scenarios drawn for trial {trial} of seed {seed} the reader takes none: {refusal}")
}

fn caught(
    build: Build<'_>,
    trial_number: u64,
    drawn: Case,
    finding: Finding,
    progress: &mut dyn FnMut(Stage),
) -> Caught {
    let (mut tries, mut endless, mut last) = (0, 0, finding.clone());
    let lines_drawn = drawn.lines();
    let mut smallest = lines_drawn;
    let case = shrink::shrink(drawn, &mut |case| {
        if tries >= TRIES || endless >= ENDLESS_TRIES {
            return false;
        }
        let Ok(setup) = setup(case, build) else { return false };
        tries += 1;
        progress(Stage::Shrinking(tries, smallest));
        let Some(found) = trial(setup, LESS_PATIENCE).finding else { return false };
        endless += u32::from(found.at.is_none());
        let same = found.law == finding.law;
        if same {
            smallest = case.lines();
            last = found;
        }
        same
    });
    Caught { trial: trial_number, finding: last, case, lines_drawn, tries }
}

/// The run that a case describes, with this strategy, or why the reader refuses it.
///
/// # Errors
/// The reader's troubles.
pub fn setup(case: &Case, build: Build<'_>) -> Result<Setup, Vec<Trouble>> {
    let options = Options {
        loader: &Beside { scenario: "" },
        metrics: &[],
        strategies: &Catalogue::standard(),
        seed: None,
        strategy: None,
    };
    let setup = read("fuzz.toml", &case.text(), &options)?.setup;
    Ok(Setup { strategy: build(), ..setup })
}
