//! Which variant is better, by how much, how sure.
//!
//! A [`Plan`] names the variants: runs that differ in their strategy or in a value of the scenario. Trial *i* of each has
//! the seed *S* + *i*, so that all variants meet the same arrivals, durations and failures (common random numbers) and
//! what is left between them is their own doing. [`run`] plays the trials in parallel and sums them up in order, so that
//! the [`Comparison`] has the same bytes whatever the number of threads; a trial is forgotten once it is summed up.

mod choose;
mod contrast;
mod few;
mod kept;
mod markdown;
mod phrase;
mod program;
mod ranks;
pub mod several;
mod tally;
mod text;
mod trials;

pub use choose::{Unknown, choose};
pub use contrast::{Contrast, Verdict};
pub use few::Quantile;
pub use kept::{Kept, KeptError};
pub use markdown::markdown;
pub(crate) use phrase::{significant, verdict};
pub use program::{csv, json};
pub use ranks::{Ranks, ranks};
pub use text::text;
pub use trials::{Hands, Trial, run};

use swarmbed_sim::Setup;

use crate::metrics::{Better, Unit};
use crate::stats::Histogram;
use crate::stats::Moments;

/// The confidence of every interval.
pub const CONFIDENCE: f64 = 0.95;
/// How fine a difference one cares about, as a part of the mean, if nothing else is asked for.
pub const RESOLUTION: f64 = 0.05;
/// Where trials go on until they are sure, they are at least so many: looking after each makes the first few look surer
/// than they are.
pub const LEAST_SURE: u64 = 30;

/// What is compared with what.
pub struct Plan {
    /// The variants, the base first.
    pub variants: Vec<Variant>,
    /// The metrics, by name.
    pub metrics: Vec<String>,
    /// The seed of the first trial.
    pub seed: u64,
    /// How many trials each variant has, at most.
    pub trials: u64,
    /// Trials end as soon as half of every interval is at most this part of the mean.
    pub precision: Option<f64>,
    /// How many threads play them.
    pub jobs: usize,
}

/// One of the things compared.
pub struct Variant {
    /// What it is called.
    pub label: String,
    /// Its run; the seed in it does not count.
    pub setup: Setup,
}

/// Why the trials ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// There were as many as were asked for.
    Done,
    /// They were sure enough before.
    Sure,
    /// Somebody stopped them.
    Stopped,
}

/// What came out.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The variants' names, the base first.
    pub variants: Vec<String>,
    /// The seed of the first trial.
    pub seed: u64,
    /// How many trials there were of each variant.
    pub trials: u64,
    /// How many were asked for.
    pub asked: u64,
    /// Why they ended.
    pub ended: Ended,
    /// The precision that was asked for.
    pub precision: Option<f64>,
    /// The metrics.
    pub rows: Vec<Row>,
    /// Trials in which an invariant was broken: variant and seed.
    pub broken: Vec<(String, u64)>,
    /// How long tasks waited for a node in all trials of each variant, nanoseconds; nothing if some trials were played
    /// before and only their metrics were kept.
    pub waits: Option<Vec<Histogram>>,
}

/// One metric.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name.
    pub metric: String,
    /// What it counts.
    pub unit: Unit,
    /// Which way is better.
    pub better: Better,
    /// Its values in each variant's trials, as far as they have one.
    pub values: Vec<Moments>,
    /// The median and the 95th percentile of each variant's trials; nothing of none, and of more than are remembered.
    pub quantiles: Vec<[Option<Quantile>; 2]>,
    /// Every variant but the base, held against the base.
    pub contrasts: Vec<Contrast>,
}

impl Comparison {
    /// Whether no trial broke an invariant.
    pub fn is_fine(&self) -> bool {
        self.broken.is_empty()
    }
}
