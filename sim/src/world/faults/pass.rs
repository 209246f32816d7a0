//! A pass of reboots.

use swarmbed_scheduler::Span;

/// Every unit is rebooted once, in their order, the next one a gap after the last is back. A reboot leaves a unit up and as
/// good as new, whatever was wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    first: Span,
    reboot: Span,
    gap: Span,
}

impl Pass {
    /// The first unit leaves after `first`; each is away for `reboot`.
    pub fn new(first: Span, reboot: Span, gap: Span) -> Pass {
        Pass { first, reboot, gap }
    }

    /// When it ends, if it is of so many units: as the last one is back.
    pub fn length(&self, units: u32) -> Span {
        let units = u64::from(units);
        self.first + self.reboot.times(units) + self.gap.times(units.saturating_sub(1))
    }

    pub(super) fn first(&self) -> Span {
        self.first
    }

    pub(super) fn reboot(&self) -> Span {
        self.reboot
    }

    pub(super) fn gap(&self) -> Span {
        self.gap
    }
}
