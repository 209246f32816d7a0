//! Files that are too large to be kept: read from the beginning as often as it takes, and the same every time.
//!
//! The first reading keeps a hash of every block. Each later one holds a block against its hash before anybody sees a
//! byte of it, so that what was checked once need not be checked again, and a file that is changed meanwhile is found out
//! before it can do harm.

use std::io::{self, BufRead, Cursor, ErrorKind, Read};
use std::sync::{Arc, OnceLock};

use xxhash_rust::xxh3::xxh3_64;

use crate::scenario::Source;
use crate::value::Misread;

/// A file that can be read from its beginning again and again.
pub trait Content: Send + Sync {
    /// What the user calls it, normally its path.
    fn name(&self) -> &str;

    /// Its bytes, from the first one on.
    ///
    /// # Errors
    /// If it can no longer be opened.
    fn open(&self) -> io::Result<Box<dyn Read + Send>>;
}

impl Content for Source {
    fn name(&self) -> &str {
        &self.name
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Cursor::new(Arc::<[u8]>::from(self.text.clone()))))
    }
}

/// How much is read and hashed at once, in bytes: all that is kept of a file at any time.
const BLOCK: u64 = 256 << 10;
/// A longer line, in bytes, is none that anybody wrote.
const LONGEST_LINE: usize = 64 << 10;

/// A file as the first reading found it.
pub(crate) struct Known {
    content: Arc<dyn Content>,
    /// The hash of each block; the last one is that of the empty block behind them.
    blocks: Box<[u64]>,
    trouble: OnceLock<String>,
}

impl Known {
    /// One number for all of it: xxh3 over the hashes of its blocks.
    pub(crate) fn hash(&self) -> u64 {
        let bytes: Vec<u8> = self.blocks.iter().flat_map(|hash| hash.to_le_bytes()).collect();
        xxh3_64(&bytes)
    }

    /// Its lines, once more.
    pub(crate) fn lines(self: &Arc<Known>) -> io::Result<Lines> {
        Ok(Lines::of(self.content.open()?, Some(self.clone())))
    }

    /// Remembers why it could not be read once more.
    pub(crate) fn note(&self, error: &io::Error) {
        let what = match error.kind() {
            ErrorKind::InvalidData => "was changed while it was in use".to_owned(),
            _ => format!("can no longer be read: {error}"),
        };
        // Of several runs at once the first one is enough.
        let _ = self.trouble.set(format!("the list '{}' {what}", self.content.name()));
    }

    /// Why it could not be read once more.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.trouble.get().cloned()
    }
}

/// A file line by line.
pub(crate) struct Lines {
    blocks: Blocks,
    line: Vec<u8>,
    number: usize,
}

/// Why there is no next line.
#[derive(Debug)]
pub(crate) enum Unread {
    /// The file cannot be read, or is not what it was.
    Failed(io::Error),
    /// It is no line of text.
    Misread(Misread),
}

impl Lines {
    /// The lines of a file that nobody has read yet.
    pub(crate) fn first(content: &dyn Content) -> io::Result<Lines> {
        Ok(Lines::of(content.open()?, None))
    }

    fn of(bytes: Box<dyn Read + Send>, known: Option<Arc<Known>>) -> Lines {
        let blocks = Blocks { bytes, block: Vec::new(), at: 0, known, hashes: Vec::new() };
        Lines { blocks, line: Vec::new(), number: 0 }
    }

    /// The next line without its break, nor the mark of byte order that some programs begin a file with; nothing at the end.
    pub(crate) fn next(&mut self) -> Result<Option<&str>, Unread> {
        self.line.clear();
        let mut bytes = (&mut self.blocks).take(LONGEST_LINE as u64 + 1);
        if bytes.read_until(b'\n', &mut self.line).map_err(Unread::Failed)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        if self.line.len() > LONGEST_LINE {
            let misread = Misread::new(format!("this line is longer than {LONGEST_LINE} bytes"));
            return Err(Unread::Misread(misread));
        }
        match std::str::from_utf8(&self.line) {
            Ok(line) => {
                let line = if self.number == 1 { line.trim_start_matches('\u{feff}') } else { line };
                Ok(Some(line.trim_end_matches(['\n', '\r'])))
            }
            Err(_) => {
                Err(Unread::Misread(Misread::new("this line is no text").help("save the list as UTF-8")))
            }
        }
    }

    /// The number of the last line, from 1.
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// The last line as it can be shown.
    pub(crate) fn shown(&self) -> String {
        String::from_utf8_lossy(&self.line).trim_end().to_owned()
    }

    /// The file as it has been found, once all of it is read.
    pub(crate) fn known(self, content: Arc<dyn Content>) -> Known {
        Known { content, blocks: self.blocks.hashes.into(), trouble: OnceLock::new() }
    }
}

/// A file block by block.
struct Blocks {
    bytes: Box<dyn Read + Send>,
    block: Vec<u8>,
    /// What has been taken of the block.
    at: usize,
    /// The file as it was; nothing at the first reading.
    known: Option<Arc<Known>>,
    hashes: Vec<u64>,
}

impl Blocks {
    fn turn(&mut self) -> io::Result<()> {
        self.block.clear();
        self.at = 0;
        (&mut self.bytes).take(BLOCK).read_to_end(&mut self.block)?;
        let hash = xxh3_64(&self.block);
        let is_changed = self.known.as_ref().is_some_and(|k| k.blocks.get(self.hashes.len()) != Some(&hash));
        if is_changed {
            self.block.clear();
            return Err(io::Error::new(ErrorKind::InvalidData, "a block is not what it was"));
        }
        self.hashes.push(hash);
        Ok(())
    }
}

impl Read for Blocks {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Blocks {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let is_over = !self.hashes.is_empty() && self.block.is_empty();
        if self.at == self.block.len() && !is_over {
            self.turn()?;
        }
        Ok(&self.block[self.at..])
    }

    fn consume(&mut self, count: usize) {
        self.at += count;
    }
}
