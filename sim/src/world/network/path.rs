//! What a message meets on its way.

use swarmbed_scheduler::Span;

use crate::setup::Quality;

/// What a message meets from its sender to its receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// How long it takes at least.
    pub latency: Span,
    /// How much longer it takes at most.
    pub jitter: Span,
    /// How likely it is to be lost, in parts of a million; to the nearest one at each link.
    pub loss_ppm: u32,
    /// Bytes a second of the narrowest link; `None` is as many as anybody sends.
    pub bandwidth: Option<u64>,
}

const MILLION: u64 = 1_000_000;

impl Path {
    /// This way, then that.
    pub(super) fn then(self, next: Path) -> Path {
        let (lost, more) = (u64::from(self.loss_ppm), u64::from(next.loss_ppm));
        let twice = (lost * more + MILLION / 2) / MILLION;
        let narrower = [self.bandwidth, next.bandwidth].into_iter().flatten().min();
        Path {
            latency: self.latency + next.latency,
            jitter: self.jitter + next.jitter,
            loss_ppm: (lost + more - twice) as u32,
            bandwidth: narrower,
        }
    }
}

impl From<Quality> for Path {
    fn from(link: Quality) -> Path {
        let Quality { latency, jitter, loss_ppm, bandwidth } = link;
        Path { latency, jitter, loss_ppm: loss_ppm.min(MILLION as u32), bandwidth }
    }
}
