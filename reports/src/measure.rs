//! Measuring: a run followed observation by observation, in whole numbers.
//!
//! [`Recorder`] is the observer that a run is given; what it followed becomes an [`Outcome`](crate::Outcome).

mod book;
mod chronicle;
mod incident;
mod integral;
mod leadership;
mod level;
mod load;
mod node;
mod peers;
mod proxies;
mod queue;
mod recorder;
mod requests;
mod room;
mod seconds;
mod series;
mod shares;
mod stranded;
mod tape;
mod updates;
mod usage;

pub use book::{Book, TaskRow, Total};
pub use chronicle::{Asked, Chronicle, Failures, Mark};
pub use incident::{Cause, Hit, Incident, Incidents};
pub use integral::{Integral, Pair};
pub use leadership::{Leadership, News};
pub use level::Level;
pub(crate) use load::BUCKETS;
pub use load::{Amounts, Load};
pub use node::NodeRow;
pub use peers::Peers;
pub use proxies::Proxies;
pub use queue::Queue;
pub use recorder::Recorder;
pub use requests::{Answers, Requests, Spell};
pub use room::{Closed, Room};
pub use seconds::Seconds;
pub use series::{Bucket, Series};
pub(crate) use shares::{Shares, part};
pub use stranded::{Left, Stranded};
pub use tape::{Lister, Rest, Tape};
pub use updates::{Progress, Step, Updates};
pub use usage::Usage;

#[cfg(test)]
mod tests;
