//! `failure_*`: the laws by which things fail, one machine's failures, a fleet's.

mod distributions;
mod fleet;
mod history;
mod renewals;

pub(super) use distributions::answer as distributions;
pub(super) use fleet::answer as fleet;
pub(super) use renewals::answer as renewals;
