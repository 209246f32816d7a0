//! The simulator. `README.md` beside this crate's sources is the tour; [`simulation`] is the loop: read it first.
//!
//! Three layers of truth, three types. The [`world`] is what is so. The [`manager::store`] plus what the leader merely
//! remembers is what the managers believe. What a strategy sees is the scheduler crate's `View` of that.

pub mod context;
pub mod engine;
pub mod event;
pub mod manager;
pub mod names;
pub mod observation;
pub mod observe;
pub mod profile;
pub mod setup;
pub mod simulation;
pub mod work;
pub mod worker;
pub mod world;

pub use names::{Names, Text};
pub use observation::Observation;
pub use observe::Observer;
pub use setup::Setup;
pub use simulation::Simulation;
