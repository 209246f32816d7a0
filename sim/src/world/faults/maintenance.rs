//! Units that are taken out of service now and then.

use swarmbed_scheduler::Span;

use super::standing::Standing;
use super::{Around, FaultEvent};
use crate::engine::distribution::Distribution;
use crate::engine::stream::Stream;

/// Now and then one unit of those that are up, each as likely as the others, is out of service for a while, if the policy
/// agrees; if not, nothing happens until the next time. The time to the next runs only while no unit is out.
#[derive(Clone, Debug)]
pub struct Maintenance {
    gap: Distribution,
    lasts: Distribution,
    policy: Policy,
    draws: Stream,
}

/// When a unit may be taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// If any is up.
    Naive,
    /// If at least so many others stay up.
    Gated(u32),
    /// Only if all are up.
    Strict,
}

impl Maintenance {
    /// Times are in nanoseconds.
    pub fn new(gap: Distribution, lasts: Distribution, policy: Policy, draws: Stream) -> Maintenance {
        Maintenance { gap, lasts, policy, draws }
    }

    pub(super) fn start(&mut self, around: &mut impl Around) {
        around.after(Span(self.gap.sample(&mut self.draws)), FaultEvent::Due);
    }

    /// It is due: the unit that is taken out, if one may.
    pub(super) fn due(&mut self, standing: &Standing, around: &mut impl Around) -> Option<u32> {
        let agreed = match self.policy {
            Policy::Naive => standing.up() > 0,
            Policy::Gated(others) => standing.up() > others,
            Policy::Strict => standing.up() == standing.units() && standing.up() > 0,
        };
        if !agreed {
            self.start(around);
            return None;
        }
        let unit = standing.those_up()[self.draws.below(u64::from(standing.up())) as usize];
        around.after(Span(self.lasts.sample(&mut self.draws)), FaultEvent::Done { unit });
        Some(unit)
    }

    /// The unit is back: the time to the next begins.
    pub(super) fn done(&mut self, around: &mut impl Around) {
        self.start(around);
    }
}
