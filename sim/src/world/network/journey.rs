//! How long a message takes over a path, as TCP sends it.

use swarmbed_scheduler::Span;

use super::Path;
use crate::engine::stream::IndexedStream;

/// After how long TCP sends a packet again at first; then twice as long each time (Linux: TCP_RTO_MIN).
const FIRST_RETRANSMISSION: Span = Span::millis(200);

/// How long a request of so many bytes takes over a path: longer than a sender waits, if it is lost again and again. Its draws
/// are those from `departure` on, of which it takes fewer than eight.
pub fn takes(path: Path, bytes: u64, draws: IndexedStream, departure: u64) -> Span {
    let mut takes = path.latency;
    if let Some(bandwidth) = path.bandwidth {
        takes = takes + Span((u128::from(bytes) * 1_000_000_000 / u128::from(bandwidth.max(1))) as u64);
    }
    if path.jitter > Span::ZERO {
        takes = takes + Span(draws.below(departure, path.jitter.nanos() + 1));
    }
    let lost = |attempt: &u64| draws.below(departure + attempt, 1_000_000) < u64::from(path.loss_ppm);
    let retransmissions = (1..8).take_while(lost).count() as u32;
    takes + FIRST_RETRANSMISSION.times((1 << retransmissions) - 1)
}
