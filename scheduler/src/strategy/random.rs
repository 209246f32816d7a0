//! Any possible node: the baseline that a strategy should beat.

use super::{Candidate, Pick, Turn};
use crate::plan::Group;

/// Each task takes one of the nodes that pass the filters, each as likely as the others, by a draw of the task's own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Random;

impl Pick for Random {
    type Why = ();
    type Key = ();

    fn pick(&self, turn: &Turn<'_>) -> (usize, ()) {
        (turn.stream().below(turn.count() as u64) as usize, ())
    }

    fn key(&self, (): &(), _: &Group<'_>, _: &Candidate<'_>) -> ((), u64) {
        ((), 0)
    }

    fn show(&self, (): &(), (): &()) -> String {
        "drawn".to_owned()
    }
}
