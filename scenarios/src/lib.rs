//! From text to a run: scenario files and stack files, errors that point into them, and the scenario library.
//!
//! A scenario file goes through two types. What is written, value by value with its place, is `file`; `lower` turns it
//! into what is meant: a [`Scenario`], or every mistake that is in the file. Nothing here opens a file or reads the
//! environment: what a scenario refers to comes through a [`Loader`].

mod columns;
mod content;
mod counts;
mod file;
pub mod library;
mod lower;
mod machines;
mod mistakes;
mod outages;
mod reference;
mod scenario;
pub mod set;
pub mod stack;
pub mod trouble;
mod usage;
mod value;
mod workload;

pub use content::Content;
pub use machines::{Deployment, Machines, deployment};
pub use reference::{reference, schema};
pub use scenario::{Bound, Expectation, Loader, Metric, Options, Scenario, Source, read};
