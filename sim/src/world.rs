//! What is so, whoever knows it.

use crate::context::Context;
use crate::manager::store::Store;
use crate::observation::Observation;
use crate::worker::{Workers, agent};

pub mod faults;
pub mod harms;
pub mod machines;
pub mod network;
pub mod operator;

pub use machines::Machines;
pub use network::Network;
pub use operator::Arrivals;

/// What a committed change means to the machine it is about, beyond what the managers tell its agent, and to the operator.
pub(crate) fn learn(
    what: &Observation,
    machines: &mut Machines,
    workers: &mut Workers,
    store: &Store,
    ctx: &mut Context<'_>,
) {
    operator::learn(what, store, ctx);
    workers.mesh.learn(what, store, ctx);
    match *what {
        // It has been waiting for its certificate.
        Observation::NodeJoined { node } => {
            machines.join(node);
            workers.mesh.booted(node, ctx);
            agent::joined(node, workers, ctx);
        }
        Observation::NodeRemoved { node } => {
            workers.beats.stop(node, ctx);
            agent::removed(node, workers);
        }
        _ => {}
    }
}
