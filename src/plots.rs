//! `--plots`: the folder that pictures are put into, and what is said of them.

use std::path::Path;

use swarmbed_reports::plot::{Gallery, GalleryError, Picture};

use crate::exit::Mistakes;
use crate::terminal;

/// Looks whether files of these names can be put there: before the run and not after it.
pub fn claim(path: &Path, files: &[&str]) -> Result<Gallery, Mistakes> {
    Gallery::claim(path, files).map_err(no_gallery)
}

/// Puts the pictures there, and says of those that could not be drawn why.
pub fn hang(gallery: &Gallery, pictures: &[Picture]) -> Result<(), Mistakes> {
    for (file, why) in gallery.hang(pictures).map_err(no_gallery)?.missing {
        terminal::say(&format!("--plots: '{}' is not drawn: {why}", file.display()));
    }
    Ok(())
}

fn no_gallery(error: GalleryError) -> Mistakes {
    let help = match &error {
        GalleryError::IsFile(_) => "name a folder, or one that does not exist",
        GalleryError::Taken(_) => "name another folder: nothing but our own pictures is replaced",
        GalleryError::Unwritable { .. } => "name a folder that can be written",
    };
    Mistakes::new(format!("--plots: {error}"), help)
}
