//! The scenarios that a path stands for: a file, all of a folder, or those of a theme of the library.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use swarmbed_scenarios::library::{self, File};

use crate::exit::Mistakes;
use crate::scene::{shortest, unknown};

/// Every scenario there, in byte order.
pub fn scenarios_under(path: &Path) -> Result<Vec<PathBuf>, Mistakes> {
    let unreadable = |e: io::Error| {
        Mistakes::new(
            format!("'{}' cannot be read: {e}", path.display()),
            "check the path and its permissions",
        )
    };
    if !path.exists() {
        return in_library(path);
    }
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    walk(path, &mut found).map_err(unreadable)?;
    if found.is_empty() {
        let message = format!("there is no scenario in '{}'", path.display());
        return Err(Mistakes::new(message, "a scenario is a file whose name ends in .toml"));
    }
    Ok(found)
}

/// Every `.toml` below, in byte order. Hidden files and folders, and links to folders, are passed over.
fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = shortest(&entry.path());
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            walk(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "toml") && path.is_file() {
            found.push(path);
        }
    }
    Ok(())
}

/// A scenario of the library, or all of a theme.
fn in_library(path: &Path) -> Result<Vec<PathBuf>, Mistakes> {
    let name = path.display().to_string();
    let of_theme =
        library::FILES.iter().filter(|f| f.is_scenario() && f.theme() == name.trim_end_matches('/'));
    let mut files: Vec<&File> = of_theme.collect();
    files.extend(library::find(&name).filter(|f| f.is_scenario()));
    if files.is_empty() {
        return Err(unknown(&name));
    }
    Ok(files.into_iter().map(|file| PathBuf::from(file.path.trim_end_matches(".toml"))).collect())
}
