//! Does the simulator do what SwarmKit was seen to do? Recordings of the real thing, played again here.

use serde::Deserialize;

pub mod decisions;
pub mod timings;

/// What a recording is of. Each has a format of its own, which the file names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Placement decisions.
    Decisions,
    /// Durations, in whole clusters.
    Timings,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 2] = [Kind::Decisions, Kind::Timings];

    /// What stands in the file as `"format"`.
    pub fn format(self) -> &'static str {
        match self {
            Kind::Decisions => "swarmkit-scheduler-vectors/1",
            Kind::Timings => "swarmkit-timed/1",
        }
    }

    /// The strategy that was recorded. Every decision was made once with all maps in ascending order; the clusters whose times
    /// were taken broke ties at random, as Go's maps do, and where a task lands decides which orders travel together.
    pub fn strategy(self) -> &'static str {
        match self {
            Kind::Decisions => decisions::CANONICAL,
            Kind::Timings => "swarm-spread",
        }
    }

    /// The kind that a file says it is.
    ///
    /// # Errors
    /// What is wrong, if it is no JSON or names none of the formats.
    pub fn of(text: &str) -> Result<Kind, String> {
        #[derive(Deserialize)]
        struct Head {
            format: Option<String>,
        }
        let head: Head = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let format = head.format.ok_or("it names no format")?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.format() == format);
        kind.ok_or_else(|| format!("its format is \"{format}\""))
    }
}
