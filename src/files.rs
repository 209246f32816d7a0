//! Files as the user names them: on the disk, or else in the library that is part of this program.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use swarmbed_scenarios::trouble::Trouble;

use crate::exit::Mistakes;

/// No scenario, stack file or variable file is as large as this; whatever is was named by mistake.
const LARGEST: u64 = 64 << 20;

/// The bytes of a file, or a mistake that says what is there instead.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Mistakes> {
    let name = path.display();
    let trouble = |message: String, help: &str| Mistakes::from(Trouble::new(message).help(help));
    let about = fs::metadata(path).map_err(|e| match e.kind() {
        ErrorKind::NotFound => {
            trouble(format!("there is no file '{name}'"), "`swarmbed list` shows the library")
        }
        _ => trouble(format!("'{name}' cannot be read: {e}"), "check the path and its permissions"),
    })?;
    if about.is_dir() {
        return Err(trouble(format!("'{name}' is a folder"), "name a file in it"));
    }
    if about.len() > LARGEST {
        return Err(trouble(format!("'{name}' has {} bytes", about.len()), "at most 64 MiB are read"));
    }
    let bytes = fs::read(path);
    bytes.map_err(|e| trouble(format!("'{name}' cannot be read: {e}"), "check its permissions"))
}

/// The text of a file, or a mistake that says what is there instead.
pub fn text(path: &Path) -> Result<String, Mistakes> {
    text_of(&path.display().to_string(), bytes(path)?)
}

/// Writes beside and renames: whoever reads sees the old file or the new one, whole. The new one is as readable as any file
/// that is written, which one made as a temporary file would not be.
pub fn replace(path: &Path, text: &str) -> Result<(), Mistakes> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = tempfile::Builder::new().prefix(".swarmbed-").tempdir_in(folder).and_then(|beside| {
        let fresh = beside.path().join("fresh");
        fs::write(&fresh, text)?;
        fs::rename(&fresh, path)
    });
    written.map_err(|e| {
        let message = format!("'{}' cannot be written: {e}", path.display());
        Mistakes::new(message, "name a file in a folder that can")
    })
}

fn text_of(name: &str, bytes: Vec<u8>) -> Result<String, Mistakes> {
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        Mistakes::new(
            format!("'{name}' is no text: byte {at} is not UTF-8"),
            "save it as UTF-8; an archive, an image or a program was perhaps meant for something else",
        )
    })
}
