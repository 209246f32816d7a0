//! Every output format. Each takes an [`Outcome`](crate::Outcome) and gives text; none knows where it goes.

pub mod folder;
pub mod json;
pub mod markdown;
pub mod page;
pub mod requests;
pub mod tables;
pub mod text;
pub mod timeline;
