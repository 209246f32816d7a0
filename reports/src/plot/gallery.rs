//! The folder that pictures are put into.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Picture;
use super::sheet::MARK;

/// A folder for pictures: looked at before the run, filled after it. A file in it is only replaced if it is a picture of
/// ours; any other is left alone.
#[derive(Clone, Debug)]
pub struct Gallery {
    path: PathBuf,
}

/// Why pictures cannot be put there.
#[derive(Debug, thiserror::Error)]
pub enum GalleryError {
    /// It is a file.
    #[error("'{}' is a file, and pictures are put into a folder", .0.display())]
    IsFile(PathBuf),
    /// A file of that name is there, and not one of ours.
    #[error("'{}' is there already, and is no picture of swarmbed's", .0.display())]
    Taken(PathBuf),
    /// It cannot be written.
    #[error("'{}' cannot be written: {source}", path.display())]
    Unwritable {
        /// The place.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

/// What became of the pictures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hung {
    /// Files that were written.
    pub written: Vec<PathBuf>,
    /// Those that were not, each with the reason.
    pub missing: Vec<(PathBuf, &'static str)>,
}

impl Gallery {
    /// Looks whether files of these names can be put there, and makes the folder if it is not there.
    pub fn claim(path: &Path, files: &[&str]) -> Result<Gallery, GalleryError> {
        let gallery = Gallery { path: path.to_owned() };
        if path.exists() && !path.is_dir() {
            return Err(GalleryError::IsFile(path.to_owned()));
        }
        let probe = || {
            fs::create_dir_all(path)?;
            tempfile::NamedTempFile::new_in(path).map(drop)
        };
        probe().map_err(|source| GalleryError::Unwritable { path: path.to_owned(), source })?;
        match files.iter().map(|file| path.join(file)).find(|file| file.exists() && !is_ours(file)) {
            Some(foreign) => Err(GalleryError::Taken(foreign)),
            None => Ok(gallery),
        }
    }

    /// Puts the pictures there. Where there is nothing to draw, an earlier picture of ours goes: it would be taken for one
    /// of this run.
    pub fn hang(&self, pictures: &[Picture]) -> Result<Hung, GalleryError> {
        let mut hung = Hung::default();
        fs::create_dir_all(&self.path).map_err(|source| self.unwritable(&self.path, source))?;
        for picture in pictures {
            let file = self.path.join(picture.file);
            match &picture.svg {
                Ok(svg) => {
                    self.write(&file, svg).map_err(|source| self.unwritable(&file, source))?;
                    hung.written.push(file);
                }
                Err(why) => {
                    if is_ours(&file) {
                        fs::remove_file(&file).map_err(|source| self.unwritable(&file, source))?;
                    }
                    hung.missing.extend(why.map(|why| (file, why)));
                }
            }
        }
        Ok(hung)
    }

    /// Beside the file first, so that a full disk leaves no half of a picture.
    fn write(&self, file: &Path, svg: &str) -> io::Result<()> {
        let mut beside = tempfile::NamedTempFile::new_in(&self.path)?;
        beside.write_all(svg.as_bytes())?;
        readable(beside.as_file())?;
        beside.persist(file).map(drop).map_err(|e| e.error)
    }

    fn unwritable(&self, path: &Path, source: io::Error) -> GalleryError {
        GalleryError::Unwritable { path: path.to_owned(), source }
    }
}

/// A temporary file may be read by nobody else; a picture is for everybody.
#[cfg(unix)]
fn readable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &fs::File) -> io::Result<()> {
    Ok(())
}

/// Whether a picture of ours is there.
fn is_ours(file: &Path) -> bool {
    fs::read_to_string(file).is_ok_and(|text| text.lines().take(4).any(|line| line.starts_with(MARK)))
}
