//! Does the simulator agree with theory? Tables of closed-form and independently computed values, held against the
//! engine that every run uses.
//!
//! A folder of tables holds `NAME.csv`, one row for each number; rows of one case share an experiment, which is described
//! by their `params` and never by the case's name. [`TABLES`] lists the tables that can be produced: a further one is a
//! file beside `coverage.rs`, or in a folder of its kind, and a line there. `output_vectors.json` holds no experiments but lists of numbers with the
//! statistics that they have ([`vectors`]).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;
use swarmbed_scheduler::stream::Stream;

use crate::stats::Estimate;

mod coverage;
mod failures;
mod gossip;
mod judge;
mod laws;
mod page;
mod placement;
mod queue;
mod quorum;
mod raft;
pub mod vectors;

pub use judge::Agreement;
pub use page::{csv, text};

/// A table that the engine can produce, row by row or in part.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its file's name without the ending.
    pub name: &'static str,
    /// The answers to a case's rows, in their order.
    answer: fn(&Case, &Means<'_>) -> Vec<Answer>,
}

/// Every table that can be produced.
pub const TABLES: &[Table] = &[
    Table { name: "failure_distributions", answer: failures::distributions },
    Table { name: "failure_renewal_counts", answer: failures::renewals },
    Table { name: "failure_superposition", answer: failures::fleet },
    Table { name: "gossip_detection", answer: gossip::detection },
    Table { name: "gossip_dissemination", answer: gossip::dissemination },
    Table { name: "output_coverage", answer: coverage::answer },
    Table { name: "placement_balls_in_bins", answer: placement::balls_in_bins },
    Table { name: "placement_binpack", answer: placement::binpack },
    Table { name: "placement_makespan", answer: placement::makespan },
    // Instances of others, whose items are not published with the tables.
    Table { name: "placement_orlib", answer: placement::binpack },
    Table { name: "placement_spread", answer: placement::spread },
    Table { name: "queue_dispatch_mc", answer: queue::answer },
    Table { name: "queue_dispatch_small_exact", answer: queue::answer },
    Table { name: "queue_mg1", answer: queue::answer },
    Table { name: "queue_mm1", answer: queue::answer },
    Table { name: "queue_mmc", answer: queue::answer },
    Table { name: "queue_round_robin_exact", answer: queue::answer },
    Table { name: "queue_tandem_jackson", answer: queue::answer },
    Table { name: "quorum_az", answer: quorum::answer },
    Table { name: "quorum_beta", answer: quorum::answer },
    Table { name: "quorum_independent", answer: quorum::answer },
    Table { name: "quorum_leader_detection", answer: quorum::answer },
    Table { name: "quorum_maintenance", answer: quorum::answer },
    Table { name: "quorum_nonexponential", answer: quorum::answer },
    Table { name: "quorum_rolling_reboot", answer: quorum::trials },
    Table { name: "quorum_transient", answer: quorum::trials },
    Table { name: "raft_commit_latency", answer: raft::commit_latency },
    Table { name: "raft_election", answer: raft::election },
    Table { name: "raft_split_vote", answer: raft::split_vote },
    Table { name: "raft_throughput", answer: raft::throughput },
];

/// What an experiment has beside its params.
pub struct Means<'a> {
    /// How long it may take.
    pub budget: Budget,
    /// The text of a further file that lies beside the tables, if it is there.
    pub file: &'a dyn Fn(&str) -> Option<String>,
}

/// How long it may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Budget {
    /// Minutes: every standard error just small enough to judge by.
    #[default]
    Quick,
    /// Half an hour: runs four times as long.
    Full,
}

impl Budget {
    /// How many times as many units as a judgement takes are run.
    pub fn times(self) -> u64 {
        match self {
            Budget::Quick => 2,
            Budget::Full => 8,
        }
    }

    /// Whether it allows for a row.
    fn reaches(self, row: &Row) -> bool {
        match row.budget.as_str() {
            "cheap" => true,
            "normal" => self == Budget::Full,
            _ => false,
        }
    }

    /// Units for a row where one is costly. A judgement asks for a quarter of the units needed for a good one.
    fn units(self, row: &Row) -> u64 {
        let needed = row.n_need.unwrap_or(10_000.0) as u64;
        (needed * self.times() / 4).max(judge::LEAST)
    }

    /// The same for long runs. A costly row gets no more of a large budget than a cheap one of a small.
    fn long_run(self, row: &Row) -> u64 {
        match (self, row.budget.as_str()) {
            (Budget::Full, "cheap") => self.units(row) / 2,
            (Budget::Full, _) => self.units(row) / 4,
            (Budget::Quick, _) => self.units(row),
        }
    }

    /// The same where a trial is a yes or a no: the error is known as soon as the value is, so just enough will do.
    fn trials(self, row: &Row) -> u64 {
        self.long_run(row) * 5 / 8
    }

    /// Why a row that it does not allow for has no answer.
    fn beyond(self, row: &Row) -> Answer {
        match (self, row.budget.as_str()) {
            (Budget::Quick, "normal") => Answer::over_budget("`--budget full` has time for it"),
            _ => Answer::too_costly("even half an hour is too short for it"),
        }
    }
}

/// One row of a table, as its file has it.
#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    /// The table.
    pub table: String,
    /// The case: a name, nothing more.
    pub case: String,
    /// The experiment, as JSON.
    pub params: String,
    /// What is asked of it.
    pub metric: String,
    /// The number, or the label.
    pub value: String,
    /// How it is known: `exact`, `mc`, `deterministic`, `integer`, `bound` or `approx`.
    pub kind: String,
    /// Its own standard error, of an independent simulation.
    pub oracle_se: Option<f64>,
    /// The standard error of one unit.
    pub asy_sd: Option<f64>,
    /// How many units a judgement takes.
    pub n_need: Option<f64>,
    /// How far off it may be beside all errors, as a part of the value.
    pub rel_floor: Option<f64>,
    /// How the engine may come by it: `simulate`, `derive`, `analytic` or `rare-event`.
    pub method: String,
    /// How much a run takes: `cheap`, `normal`, `heavy` or `out-of-reach`.
    pub budget: String,
}

/// The rows of one experiment.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name: what its random numbers are named after, nothing more.
    pub name: String,
    /// What the experiment is.
    pub params: Json,
    /// What is asked of it.
    pub rows: Vec<Row>,
}

/// What the engine says to a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// An estimate from so many independent units, with its standard error.
    Simulated {
        /// The estimate.
        value: f64,
        /// Its standard error.
        se: f64,
        /// Replications, cycles or trials.
        n: u64,
    },
    /// A number without chance in it.
    Certain(f64),
    /// Whole numbers without chance in them.
    Listed(Vec<u64>),
    /// A name.
    Named(&'static str),
    /// No answer.
    Skipped(Skip),
}

/// Why there is no answer: the word that `check.py` knows, and a sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct Skip {
    /// `cost`, `budget` or `unsupported-by-design`.
    pub word: &'static str,
    /// Why, for a person.
    pub why: String,
}

/// A row, its answer and how the two agree; nothing if the row was skipped.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The row.
    pub row: Row,
    /// The answer.
    pub answer: Answer,
    /// Whether they agree.
    pub agreement: Option<Agreement>,
}

/// The answers to a whole table. `text` is its file.
///
/// # Errors
/// What is wrong with the file.
pub fn answer(table: &Table, text: &str, means: &Means<'_>) -> Result<Vec<Answered>, String> {
    let mut answered = Vec::new();
    for case in cases(text)? {
        let answers = (table.answer)(&case, means);
        assert_eq!(
            answers.len(),
            case.rows.len(),
            "{}: every row of {} has an answer",
            table.name,
            case.name
        );
        answered.extend(case.rows.into_iter().zip(answers).map(|(row, answer)| {
            let agreement = judge::judge(&row, &answer);
            Answered { row, answer, agreement }
        }));
    }
    Ok(answered)
}

/// The cases of a table, in the order of their first rows.
fn cases(text: &str) -> Result<Vec<Case>, String> {
    let (mut cases, mut places) = (Vec::<Case>::new(), BTreeMap::new());
    for (i, row) in csv::Reader::from_reader(text.as_bytes()).deserialize().enumerate() {
        let row: Row = row.map_err(|e| format!("row {}: {e}", i + 1))?;
        let params = serde_json::from_str(&row.params).map_err(|e| format!("row {}: params: {e}", i + 1))?;
        let place = *places.entry(row.case.clone()).or_insert_with(|| {
            cases.push(Case { name: row.case.clone(), params, rows: Vec::new() });
            cases.len() - 1
        });
        cases[place].rows.push(row);
    }
    Ok(cases)
}

impl Case {
    /// The rows that a simulation answers and that there is time for.
    fn due(&self, budget: Budget) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.method == "simulate" && budget.reaches(row))
    }

    /// As many units as the most demanding of these takes; 0 if there is none.
    fn units(&self, budget: Budget) -> u64 {
        self.due(budget).map(|row| budget.units(row)).max().unwrap_or(0)
    }

    /// The seeds of as many trials.
    fn seeds(&self, table: &str, trials: u64) -> Vec<u64> {
        let mut seeds = Stream::new(1, &format!("validate.{table}"), &self.name);
        (0..trials).map(|_| seeds.next_u64()).collect()
    }

    /// No answer to any row since the simulator does not model that.
    fn unsupported(&self, why: &str) -> Vec<Answer> {
        self.rows.iter().map(|_| Answer::unsupported(why)).collect()
    }

    /// The same since this is not what the table is about.
    fn unknown(&self, of: &str) -> Vec<Answer> {
        self.unsupported(&format!("its params are not those of an experiment on {of}"))
    }
}

impl Answer {
    /// An estimate, or why there is none.
    pub fn estimated(estimate: Option<Estimate>, why: impl Into<String>) -> Answer {
        match estimate {
            Some(Estimate { value, se, n }) => Answer::Simulated { value, se, n },
            None => Answer::unsupported(why),
        }
    }

    /// The same, but where every unit came to the same there was no chance in it.
    #[must_use]
    pub fn certain_if_alike(self) -> Answer {
        match self {
            Answer::Simulated { value, se: 0.0, .. } => Answer::Certain(value),
            other => other,
        }
    }

    /// No answer since a run takes too long.
    pub fn too_costly(why: impl Into<String>) -> Answer {
        Answer::Skipped(Skip { word: "cost", why: why.into() })
    }

    /// No answer since there is less time than it takes.
    pub fn over_budget(why: impl Into<String>) -> Answer {
        Answer::Skipped(Skip { word: "budget", why: why.into() })
    }

    /// No answer since the simulator does not model that.
    pub fn unsupported(why: impl Into<String>) -> Answer {
        Answer::Skipped(Skip { word: "unsupported-by-design", why: why.into() })
    }
}
