//! Strategies: which of the possible nodes a task gets.
//!
//! There are three ways to write one. A [`Rank`] says how good one node is for one service, and [`Ranked`] does the rest:
//!
//! ```
//! use swarmbed_scheduler::plan::Group;
//! use swarmbed_scheduler::strategy::{Candidate, Rank, Ranked, Strategy, Ties};
//!
//! /// Most free memory first.
//! struct Roomiest;
//!
//! impl Rank for Roomiest {
//!     type Key = std::cmp::Reverse<i64>; // the smallest key wins
//!     fn key(&self, _: &Group<'_>, node: &Candidate<'_>) -> Self::Key {
//!         std::cmp::Reverse(node.books.available.memory)
//!     }
//! }
//!
//! let strategy = Ranked::new("roomiest", Roomiest, Ties::Random);
//! assert_eq!(strategy.name(), "roomiest");
//! ```
//!
//! Where more than the node itself decides, as a draw does or whose turn it is, a [`Pick`] chooses among the possible nodes
//! and [`Picked`] does the rest. A whole [`Strategy`] decides everything itself, with a [`Planner`] to keep its accounts.
//! Each becomes known by name through an [`Entry`] in a [`Catalogue`].

use crate::plan::{Plan, Request};

mod binpack;
mod branches;
mod catalogue;
mod fit;
mod least_loaded;
mod least_reserved;
mod least_used;
mod next_fit;
mod params;
mod pick;
mod planner;
mod power_of_d;
mod random;
mod rank;
mod remaining;
mod round_robin;
mod single;
mod spread;
mod swarm_spread;
mod ties;

pub use binpack::Binpack;
pub use catalogue::{Built, Catalogue, Entry, Param};
pub use fit::{BestFit, FirstFit, WorstFit};
pub use least_loaded::LeastLoaded;
pub use least_reserved::LeastReserved;
pub use least_used::{LeastUsed, Unseen};
pub use next_fit::NextFit;
pub use params::{Params, StrategyError};
pub use pick::{Pick, Picked, Turn};
pub use planner::{ENDLESS, Planner};
pub use power_of_d::PowerOfD;
pub use random::Random;
pub use rank::{Candidate, Rank, Ranked};
pub use round_robin::RoundRobin;
pub use spread::Spread;
pub use swarm_spread::SwarmSpread;
pub use ties::{TieBreak, Ties};

/// Decides where waiting tasks go.
///
/// A plan must be a pure function of its request: same request, same plan. Every pending task must be placed or refused
/// exactly once, and no placement may break a filter: the [laws](crate::laws) hold every strategy of the catalogue to that,
/// `swarmbed fuzz` any other, and the simulator's checkers do so in every run.
pub trait Strategy: Send + Sync {
    /// Its name as the catalogue would read it, with the parameters that are not at their defaults: `spread[ties=id]`.
    fn name(&self) -> &str;

    /// What to do with each waiting task.
    fn plan(&self, request: &Request<'_>) -> Plan;

    /// Whether what waits is placed by descending priority ([`Request::by_priority`]); the reader of a scenario says so if
    /// not. A [`Rank`] does, and a [`Pick`].
    fn heeds_priorities(&self) -> bool {
        false
    }

    /// Whether it looks at what nodes were measured to use ([`NodeView::observed`](crate::view::NodeView::observed)). If
    /// nobody does, nothing is measured.
    fn reads_use(&self) -> bool {
        false
    }
}

/// A strategy of the standard catalogue by its `name` or `name[key=value,…]`.
///
/// ```
/// use swarmbed_scheduler::strategy::build;
///
/// assert_eq!(build("swarm-spread[ties=id]").unwrap().name(), "swarm-spread[ties=id]");
/// let error = build("swarm-spred").err().unwrap().to_string();
/// assert_eq!(error, "there is no strategy `swarm-spred`; did you mean `swarm-spread`?");
/// ```
pub fn build(text: &str) -> Result<Box<dyn Strategy>, StrategyError> {
    Catalogue::standard().build(text)
}
