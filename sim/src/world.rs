//! What is so, whoever knows it.

pub mod machines;

pub use machines::Machines;
