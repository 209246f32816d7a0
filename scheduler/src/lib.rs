//! What a placement strategy may see and what it may say.
//!
//! A strategy is a pure function from a [`Request`](plan::Request) (the managers' [`View`](view::View) of the cluster
//! and the tasks that wait) to a [`Plan`](plan::Plan) (every waiting task placed, or refused with a reason).
//! Nothing here knows of the simulator: the same crate could plan for a real cluster.
//!
//! Read in this order: [`units`], [`spec`] and [`node`] for the words, [`view`] for what is known,
//! [`filter`] for which nodes are possible, [`strategy`] for how one is chosen.

pub mod constraint;
pub mod filter;
pub mod id;
pub mod laws;
pub mod node;
pub mod observed;
pub mod plan;
pub mod spec;
pub mod strategy;
pub mod stream;
pub mod task;
pub mod units;
pub mod view;

pub use id::{NodeId, ServiceId, TaskId};
pub use units::{SimTime, Span};
