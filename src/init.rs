//! `init`: a runnable start.

use std::io::Write;
use std::path::Path;

use swarmbed_scenarios::library::{self, TEMPLATE};

use crate::args::InitArgs;
use crate::exit::{Done, Exit, Mistakes};
use crate::terminal;

/// Writes a scenario to a new file.
pub fn run(args: &InitArgs) -> Done {
    let text = match &args.from {
        None => TEMPLATE,
        Some(name) => self_contained(name)?,
    };
    write(&args.file, text)?;
    terminal::say(&format!("wrote {}; now `swarmbed run {}`", args.file.display(), args.file.display()));
    Ok(Exit::Fine)
}

/// A file of the library that refers to no other, which would not be there beside the copy.
fn self_contained(name: &str) -> Result<&'static str, Mistakes> {
    let Some(found) = library::find(name) else {
        return Err(Mistakes::new(
            format!("there is no '{name}' in the library"),
            "`swarmbed list scenarios` shows it",
        ));
    };
    let names_a_file = |line: &str| line.trim_start().starts_with("file");
    if found.is_scenario() && found.text.lines().any(names_a_file) {
        return Err(Mistakes::new(
            format!("'{name}' names another file, which would have to be copied too"),
            "copy both by hand: `swarmbed list scenarios` names them",
        ));
    }
    Ok(found.text)
}

/// Writes beside and renames; what is there already stays.
fn write(path: &Path, text: &str) -> Result<(), Mistakes> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.persist_noclobber(path).map_err(|e| e.error)
    });
    written.map(drop).map_err(|e| match e.kind() {
        std::io::ErrorKind::AlreadyExists => Mistakes::new(
            format!("'{}' is there already", path.display()),
            "name another file: nothing is overwritten",
        ),
        _ => Mistakes::new(
            format!("'{}' cannot be written: {e}", path.display()),
            "name a file in a folder that can",
        ),
    })
}
