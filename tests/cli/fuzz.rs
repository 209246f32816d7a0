//! `fuzz`.
