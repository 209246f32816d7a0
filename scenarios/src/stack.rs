//! Stack files.
