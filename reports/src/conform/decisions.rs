//! Placement decisions recorded from SwarmKit's scheduler (`swarmkit-scheduler-vectors/1`).
//!
//! A recording holds scenarios: nodes, services, tasks and steps of events, and what the real scheduler had made of them
//! after each. It was run 61 times over; a fact that came out the same each time must hold for any way to break ties, and
//! one of the runs was made with every map in ascending order, which `swarm-spread[ties=id]` must reproduce exactly.
//!
//! [`read`] a recording, then [`check`] a strategy against it. The strategy is driven as in the simulator, through
//! [`Placement`](swarmbed_sim::manager::placement::Placement), which is fed its own commits until nothing changes.

use std::fmt;

use swarmbed_scheduler::strategy::Strategy;

mod convert;
mod facts;
mod file;
mod replay;

pub use file::{Recording, RecordingError, read};

/// The strategy that is SwarmKit's scheduler with every map in ascending order.
pub const CANONICAL: &str = "swarm-spread[ties=id]";

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// The canonical run, fact by fact, and all that [`Compare::Invariant`] does.
    Canonical,
    /// What was the same in every run: right for any way to break ties.
    Invariant,
}

impl Compare {
    /// What can be asked of a strategy: only [`CANONICAL`] makes the canonical run.
    pub fn of(strategy: &dyn Strategy) -> Compare {
        if strategy.name() == CANONICAL { Compare::Canonical } else { Compare::Invariant }
    }
}

/// How much of a recording a strategy reproduces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conformance {
    /// Scenarios in the recording.
    pub scenarios: u32,
    /// Scenarios of which every state agrees.
    pub scenarios_same: u32,
    /// Recorded states: one after the start of each scenario, one after each step.
    pub states: u32,
    /// States of which every fact agrees.
    pub states_same: u32,
    /// Facts compared.
    pub facts: u64,
    /// The first fact that differs.
    pub first: Option<Difference>,
}

impl Conformance {
    /// Whether everything agrees.
    pub fn holds(&self) -> bool {
        self.first.is_none()
    }
}

impl fmt::Display for Conformance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Conformance { scenarios, scenarios_same, states, states_same, .. } = self;
        write!(f, "scenarios {scenarios_same}/{scenarios}, states {states_same}/{states}")
    }
}

/// A fact that came out otherwise than recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The scenario's id.
    pub scenario: String,
    /// Steps played before the state: 0 is the state after the start.
    pub step: usize,
    /// Which fact, such as `services.web.errors` or `canonical.assigned`.
    pub fact: String,
    /// As recorded.
    pub expected: String,
    /// As it came out.
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference { scenario, step, fact, expected, found } = self;
        write!(f, "scenario {scenario}, step {step}, {fact}: recorded {expected}, found {found}")
    }
}

/// Plays every scenario with the strategy and compares.
pub fn check(recording: &Recording, strategy: &dyn Strategy, seed: u64, compare: Compare) -> Conformance {
    let mut result = Conformance::default();
    for scenario in &recording.scenarios {
        let mut replay = replay::Replay::new(scenario, strategy, seed);
        let mut same = true;
        for (step, expected) in scenario.expect.iter().enumerate() {
            let settled = match step {
                0 => replay.settle(),
                n => replay.step(&scenario.steps[n - 1]),
            };
            let mut comparison = facts::Comparison::default();
            comparison.invariants(&replay, &settled, expected);
            if compare == Compare::Canonical {
                comparison.canonical(&replay, &settled, &expected.canonical);
            }
            result.states += 1;
            result.facts += comparison.facts;
            match comparison.first {
                None => result.states_same += 1,
                Some((fact, expected, found)) => {
                    same = false;
                    let scenario = scenario.id.clone();
                    let difference = Difference { scenario, step, fact, expected, found };
                    result.first.get_or_insert(difference);
                }
            }
        }
        result.scenarios += 1;
        result.scenarios_same += u32::from(same);
    }
    result
}
