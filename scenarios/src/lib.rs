//! See the crate's description in Cargo.toml; the modules say the rest.
pub mod stack;
pub mod trouble;
