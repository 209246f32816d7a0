//! The folder that `--out` writes: all of it or none of it.
//!
//! Everything is written into a new folder beside the place first and then renamed to it, so that neither a full disk
//! nor an interruption leaves half a run behind. A folder that holds anything but a kept run is never touched. It stays
//! small however many requests were sent: their ends are summed up in `requests.csv`, and listed nowhere one by one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};
use swarmbed_sim::names::Names;

use super::json::{FORM, pretty, summary};
use super::requests::requests;
use super::tables;
use super::timeline::timeline;
use crate::measure::Tape;
use crate::outcome::Outcome;

/// The file that says what a kept run is of.
pub const MANIFEST: &str = "manifest.json";
/// The digest after each listed observation: 8 bytes each, little-endian. The end of a request is not listed, but has its
/// part in the digest after the next observation that is; those that none follows are listed as one at the end.
pub const OBSERVATIONS: &str = "observations.bin";
/// Every listed observation in words.
pub const TIMELINE: &str = "timeline.csv";

/// Why a run cannot be kept where it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Something else is there.
    #[error("'{}' is there already and is not empty", .0.display())]
    Taken(PathBuf),
    /// A kept run is there.
    #[error("'{}' holds a run already", .0.display())]
    HoldsRun(PathBuf),
    /// A file is there.
    #[error("'{}' is a file, and a run is kept in a folder", .0.display())]
    IsFile(PathBuf),
    /// It cannot be written.
    #[error("'{}' cannot be written: {source}", path.display())]
    Unwritable {
        /// The place.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

/// A place where a run may be kept: looked at before the run, written after it.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Looks whether a run can be kept there. `replace` allows to replace a kept run, and nothing else.
    pub fn claim(path: &Path, replace: bool) -> Result<Folder, FolderError> {
        let folder = Folder { path: path.to_owned() };
        match fs::symlink_metadata(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(folder.unwritable(e)),
            Ok(_) if !path.is_dir() => return Err(FolderError::IsFile(path.to_owned())),
            Ok(_) => folder.check_contents(replace)?,
        }
        folder.beside().map(|_probe| folder)
    }

    /// Keeps a run. `origin` is added to the manifest: what else it takes to repeat the run.
    pub fn keep(
        &self,
        outcome: &Outcome,
        tape: &Tape,
        names: &Names,
        origin: &Json,
    ) -> Result<(), FolderError> {
        let mut files: Vec<(&str, Vec<u8>)> = vec![
            (MANIFEST, manifest(outcome, tape, origin).into_bytes()),
            ("summary.json", summary(outcome).into_bytes()),
            ("metrics.csv", tables::metrics(outcome).into_bytes()),
            ("tasks.csv", tables::tasks(outcome).into_bytes()),
            (TIMELINE, timeline(tape, names).into_bytes()),
            (OBSERVATIONS, tape.bytes()),
        ];
        if !tape.seconds().is_empty() {
            files.push(("requests.csv", requests(tape.seconds(), names).into_bytes()));
        }
        let beside = self.beside()?;
        self.write(beside.path(), &files).map_err(|e| self.unwritable(e))
    }

    fn check_contents(&self, replace: bool) -> Result<(), FolderError> {
        let mut entries = fs::read_dir(&self.path).map_err(|e| self.unwritable(e))?;
        if entries.next().is_none() {
            return Ok(());
        }
        match (holds_run(&self.path), replace) {
            (true, true) => Ok(()),
            (true, false) => Err(FolderError::HoldsRun(self.path.clone())),
            (false, _) => Err(FolderError::Taken(self.path.clone())),
        }
    }

    /// A new folder beside the place, on the same disk; it goes when it is dropped.
    fn beside(&self) -> Result<tempfile::TempDir, FolderError> {
        let parent = self.path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let make = || {
            fs::create_dir_all(parent)?;
            tempfile::Builder::new().prefix(".swarmbed-").tempdir_in(parent)
        };
        make().map_err(|e| self.unwritable(e))
    }

    fn write(&self, beside: &Path, files: &[(&str, Vec<u8>)]) -> io::Result<()> {
        // One level down, since the temporary folder itself may be read by nobody else.
        let fresh = beside.join("run");
        fs::create_dir(&fresh)?;
        for (name, bytes) in files {
            fs::write(fresh.join(name), bytes)?;
        }
        if self.path.exists() {
            fs::rename(&self.path, beside.join("old"))?;
        }
        fs::rename(&fresh, &self.path)
    }

    fn unwritable(&self, source: io::Error) -> FolderError {
        FolderError::Unwritable { path: self.path.clone(), source }
    }
}

/// Whether the folder was written by [`Folder::keep`].
fn holds_run(path: &Path) -> bool {
    let manifest = fs::read_to_string(path.join(MANIFEST)).unwrap_or_default();
    serde_json::from_str::<Json>(&manifest).is_ok_and(|m| m["form"] == FORM)
}

fn manifest(outcome: &Outcome, tape: &Tape, origin: &Json) -> String {
    pretty(&json!({
        "form": FORM,
        "version": env!("CARGO_PKG_VERSION"),
        "scenario": outcome.about.name,
        "scenario_hash": outcome.about.hash,
        "strategy": outcome.about.strategy,
        "seeds": [outcome.seed],
        "digest": outcome.digest,
        "observations": tape.listed(),
        "origin": origin,
    }))
}
