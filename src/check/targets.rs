//! Which scenarios are meant: files, folders of them, and names in the library; and what the baseline calls each.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use swarmbed_reports::check::Checked;
use swarmbed_reports::words::visible;

use crate::exit::Mistakes;
use crate::folders::scenarios_under;
use crate::scene::shortest;

/// What stands before the name of a scenario that is not on the disk.
const LIBRARY: &str = "library:";

/// One scenario to be checked.
pub struct Target {
    /// What the baseline calls it: its path as seen from the baseline's folder, or its name in the library. So it
    /// depends neither on the host nor on where the program is started.
    pub name: String,
    /// What the user calls it.
    pub path: PathBuf,
}

/// All that was named.
pub struct Targets {
    /// The scenarios, by ascending name.
    pub found: Vec<Target>,
    base: PathBuf,
    /// Folders and files that were named, from the root.
    named: Vec<PathBuf>,
}

impl Target {
    /// What the user calls it.
    pub fn shown(&self) -> String {
        self.path.display().to_string()
    }

    /// It, with nothing to say about it.
    pub fn checked(&self) -> Checked {
        let file = (!self.name.starts_with(LIBRARY)).then(|| self.shown());
        Checked { scenario: self.name.clone(), file, ..Checked::default() }
    }
}

impl Targets {
    /// Every scenario under these paths.
    pub fn find(paths: &[PathBuf], baseline: &Path) -> Result<Targets, Mistakes> {
        let base = whole(baseline).parent().map(Path::to_owned).unwrap_or_default();
        let mut targets = Targets { found: Vec::new(), base, named: Vec::new() };
        let mut found = BTreeMap::new();
        for path in paths {
            for path in targets.under(path)? {
                found.insert(targets.name(&path), path);
            }
        }
        targets.found = found.into_iter().map(|(name, path)| Target { name, path }).collect();
        Ok(targets)
    }

    /// Whether a scenario of the baseline lies where scenarios were looked for.
    pub fn cover(&self, name: &str) -> bool {
        let full = shortest(&self.base.join(name));
        !name.starts_with(LIBRARY) && self.named.iter().any(|named| full.starts_with(named))
    }

    /// The path of a scenario of the baseline, as seen from here if it lies below.
    pub fn shown(&self, name: &str) -> Option<String> {
        let (full, here) = (shortest(&self.base.join(name)), whole(Path::new("")));
        Some(full.strip_prefix(here).unwrap_or(&full).display().to_string())
    }

    fn under(&mut self, path: &Path) -> Result<Vec<PathBuf>, Mistakes> {
        if path.exists() {
            self.named.push(whole(path));
        }
        scenarios_under(path)
    }

    fn name(&self, path: &Path) -> String {
        let full = whole(path);
        if !path.exists() {
            return format!("{LIBRARY}{}", path.display());
        }
        let common = self.base.components().zip(full.components()).take_while(|(a, b)| a == b).count();
        let up = self.base.components().skip(common).map(|_| "..".to_owned());
        let down = full.components().skip(common).map(|part| part.as_os_str().to_string_lossy().into_owned());
        visible(&up.chain(down).collect::<Vec<_>>().join("/"))
    }
}

/// The path from the root, without steps into a folder and out of it again.
fn whole(path: &Path) -> PathBuf {
    // Only the empty path has none: it stands for the folder we are in.
    let full = std::path::absolute(path).or_else(|_| std::env::current_dir());
    shortest(&full.unwrap_or_default())
}
