//! Replay: is this the same run as the one that was kept, and if not, where do they part?

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use swarmbed_scheduler::SimTime;
use swarmbed_sim::names::Names;
use swarmbed_sim::observation::Observation;
use swarmbed_sim::observe::Observer;

use crate::measure::Lister;
use crate::output::folder::{MANIFEST, OBSERVATIONS, TIMELINE};
use crate::output::json::FORM;
use crate::output::timeline::{Narrator, Row};
use crate::words::visible;

/// A run that was kept in a folder.
#[derive(Clone, Debug)]
pub struct Kept {
    folder: PathBuf,
    /// The version of the program that kept it.
    pub version: String,
    /// The scenario's name then.
    pub scenario: String,
    /// The hash of what the run was built from.
    pub hash: String,
    /// The strategy.
    pub strategy: String,
    /// The seed.
    pub seed: u64,
    /// The digest.
    pub digest: String,
    /// What else it took to build the run.
    pub origin: Json,
    digests: Vec<u64>,
}

/// Why a folder cannot be compared with.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// A file cannot be read.
    #[error("'{}' cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A file is not what a run writes.
    #[error("'{}' is not {expected}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
    },
}

impl Kept {
    /// Reads a folder that `--out` wrote.
    pub fn read(folder: &Path) -> Result<Kept, KeptError> {
        let path = folder.join(MANIFEST);
        let foreign = || KeptError::Foreign { path: path.clone(), expected: "the manifest of a kept run" };
        let manifest: Json = serde_json::from_slice(&bytes(&path)?).map_err(|_| foreign())?;
        let text = |key: &str| manifest[key].as_str().map(str::to_owned).ok_or_else(foreign);
        if manifest["form"] != FORM {
            return Err(foreign());
        }
        Ok(Kept {
            version: text("version")?,
            scenario: text("scenario")?,
            hash: text("scenario_hash")?,
            strategy: text("strategy")?,
            seed: manifest["seeds"][0].as_u64().ok_or_else(foreign)?,
            digest: text("digest")?,
            origin: manifest["origin"].clone(),
            digests: digests(&folder.join(OBSERVATIONS))?,
            folder: folder.to_owned(),
        })
    }

    /// The observation of that number as it was kept: time and words, if the folder still has them.
    fn observation(&self, index: usize) -> Option<(String, String)> {
        let mut table = csv::Reader::from_path(self.folder.join(TIMELINE)).ok()?;
        let row = table.records().nth(index)?.ok()?;
        let words: Vec<&str> =
            [2, 5, 4, 3, 6].iter().filter_map(|c| row.get(*c)).filter(|w| !w.is_empty()).collect();
        Some((visible(row.get(1)?), visible(&words.join(" "))))
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, KeptError> {
    fs::read(path).map_err(|source| KeptError::Unreadable { path: path.to_owned(), source })
}

fn digests(path: &Path) -> Result<Vec<u64>, KeptError> {
    let bytes = bytes(path)?;
    let (numbers, rest) = bytes.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(KeptError::Foreign { path: path.to_owned(), expected: "a list of 8-byte digests" });
    }
    Ok(numbers.iter().map(|b| u64::from_le_bytes(*b)).collect())
}

/// The observer that compares a run with a kept one.
#[derive(Clone, Debug)]
pub struct Comparison {
    kept: Kept,
    lister: Lister,
    narrator: Narrator,
    count: usize,
    parted: Option<Side>,
}

/// An observation of this run, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Side {
    index: usize,
    at: SimTime,
    what: String,
}

/// The first observation in which two runs differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its number, from 0.
    pub index: usize,
    /// What this run observed, with its time in seconds; `None` if it had ended.
    pub here: Option<(String, String)>,
    /// What the kept run observed; `None` if it had ended, or the words of it are gone.
    pub kept: Option<(String, String)>,
    /// Whether the kept run had ended.
    pub kept_ended: bool,
    /// Whether requests were sent: their ends are not listed, so that one may differ before this observation does.
    pub after_requests: bool,
}

impl Comparison {
    /// A comparison with that run, to be given to the new one from its start.
    pub fn new(kept: Kept) -> Comparison {
        Comparison { kept, lister: Lister::default(), narrator: Narrator::default(), count: 0, parted: None }
    }

    /// How many observations the new run has made, of those that are listed.
    pub fn count(&self) -> usize {
        self.count + usize::from(self.lister.rest().is_some())
    }

    /// The first difference, once the new run has ended; `None` if there is none.
    pub fn difference(&self) -> Option<Difference> {
        let rest = self.lister.rest().map(|rest| Side {
            index: self.count,
            at: rest.at,
            what: Row::of_rest(&rest).to_string(),
        });
        let same = |side: &Side| self.kept.digests.get(side.index) == Some(&self.lister.digest().0);
        let here = self.parted.clone().or_else(|| rest.filter(|rest| !same(rest)));
        let index = match &here {
            Some(side) => side.index,
            None if self.count() < self.kept.digests.len() => self.count(),
            None => return None,
        };
        Some(Difference {
            index,
            here: here.map(|side| (crate::output::tables::seconds(Some(side.at)), side.what)),
            kept: self.kept.observation(index),
            kept_ended: index >= self.kept.digests.len(),
            after_requests: self.lister.met_requests(),
        })
    }
}

impl Observer for Comparison {
    fn observe(&mut self, at: SimTime, what: &Observation, names: &Names) {
        if !self.lister.lists(at, what, names) {
            return;
        }
        let index = self.count;
        self.count += 1;
        if self.parted.is_some() {
            return;
        }
        // The narrator has to meet every task when it is created.
        let same = self.kept.digests.get(index) == Some(&self.lister.digest().0);
        if !same || matches!(what, Observation::TaskCreated { .. }) {
            let what = self.narrator.row(what, names).to_string();
            self.parted = (!same).then_some(Side { index, at, what });
        }
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let side = |side: &Option<(String, String)>, ended: bool| match side {
            Some((at, what)) => format!("{at}s  {what}"),
            None if ended => "the run had ended".to_owned(),
            None => "another observation (its words are not kept)".to_owned(),
        };
        writeln!(f, "first difference: observation {}", self.index)?;
        writeln!(f, "  kept  {}", side(&self.kept, self.kept_ended))?;
        writeln!(f, "  now   {}", side(&self.here, true))?;
        if self.after_requests && self.here.is_some() && self.here == self.kept {
            writeln!(
                f,
                "  these are the same: a request that ended since the observation before did so otherwise"
            )?;
        }
        Ok(())
    }
}
