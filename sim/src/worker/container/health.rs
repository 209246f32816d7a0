//! Health checks of one container, worked out beforehand (`moby/moby:daemon/health.go`): nobody waits for a probe that changes
//! nothing, so only the first that is answered and the one that makes it unhealthy are events.
//!
//! Before a container is ready it refuses probes at once; one that has sickened lets them time out.

use swarmbed_scheduler::Span;

use crate::setup::Health;

/// When, after its start, a container is first called healthy, and when unhealthy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Course {
    pub(super) healthy: Option<Span>,
    pub(super) unhealthy: Option<Span>,
}

impl Course {
    /// For a container that answers from `ready` on, and no more after `sickens` more.
    pub(super) fn of(health: &Health, ready: Span, sickens: Option<Span>) -> Course {
        let sick = sickens.map_or(u64::MAX, |span| ready.0.saturating_add(span.0));
        let mut probe = if health.start_period.0 > 0 { health.start_interval.0 } else { health.interval.0 };
        // In the start period failures do not count, and probes come at their own interval.
        let nothing_until = ready.0.min(health.start_period.0);
        if probe < nothing_until {
            probe += (nothing_until - probe).div_ceil(health.start_interval.0.max(1))
                * health.start_interval.0.max(1);
        }
        let interval = health.interval.0.max(1);
        // Then each refused one counts.
        let refused = ready.0.saturating_sub(probe).div_ceil(interval);
        if refused >= u64::from(health.retries) {
            return Course { healthy: None, unhealthy: span(probe, u64::from(health.retries) - 1, interval) };
        }
        let answered = probe.saturating_add(refused * interval);
        if answered < sick {
            let probes = (sick - answered).div_ceil(interval);
            let first = answered.saturating_add(probes.saturating_mul(interval));
            let healthy = Some(Span(answered));
            let unhealthy = (sick < u64::MAX).then(|| timed_out(health, first, 0)).flatten();
            return Course { healthy, unhealthy };
        }
        Course { healthy: None, unhealthy: timed_out(health, answered, refused) }
    }
}

/// When the last of so many probes has timed out, of which the first begins then; so many have failed before.
fn timed_out(health: &Health, first: u64, before: u64) -> Option<Span> {
    let more = u64::from(health.retries).saturating_sub(before).max(1);
    let last = span(first, more - 1, health.interval.0.saturating_add(health.timeout.0))?;
    Some(Span(last.0.saturating_add(health.timeout.0)))
}

fn span(first: u64, times: u64, step: u64) -> Option<Span> {
    times.checked_mul(step).and_then(|rest| first.checked_add(rest)).map(Span)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(health: Health, ready: u64, sickens: Option<u64>) -> (Option<u64>, Option<u64>) {
        let course = Course::of(&health, Span::secs(ready), sickens.map(Span::secs));
        (
            course.healthy.map(|span| span.0 / 1_000_000_000),
            course.unhealthy.map(|span| span.0 / 1_000_000_000),
        )
    }

    #[test]
    fn the_first_probe_runs_one_interval_after_the_start() {
        assert_eq!(course(Health::default(), 0, None), (Some(30), None));
        assert_eq!(course(Health::default(), 31, None), (Some(60), None));
    }

    #[test]
    fn failures_in_a_row_make_unhealthy() {
        assert_eq!(course(Health::default(), 90, None), (Some(90), None), "two failures");
        assert_eq!(course(Health::default(), 91, None), (None, Some(90)), "three");
        let one = Health { retries: 1, ..Health::default() };
        assert_eq!(course(one, 31, None), (None, Some(30)));
    }

    #[test]
    fn in_the_start_period_failures_do_not_count() {
        let patient = Health { start_period: Span::secs(60), ..Health::default() };
        assert_eq!(course(patient, 0, None), (Some(5), None));
        assert_eq!(course(patient, 42, None), (Some(45), None));
        assert_eq!(course(patient, 61, None), (Some(90), None), "the first that counts is at 60 s");
        assert_eq!(course(patient, 1000, None), (None, Some(120)));
    }

    #[test]
    fn a_container_that_sickens_lets_probes_time_out() {
        let quick = Health { interval: Span::secs(10), timeout: Span::secs(3), ..Health::default() };
        // Answered at 10, 20 and 30; unanswered from 40 to 43, 53 to 56 and 66 to 69.
        assert_eq!(course(quick, 0, Some(35)), (Some(10), Some(69)));
        assert_eq!(course(quick, 0, Some(5)), (None, Some(10 + 3 + 2 * 13)), "before it was asked at all");
    }
}
