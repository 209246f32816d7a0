//! A container that answers requests: who is worked on, and who waits.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::ops::Range;

use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span};

use crate::setup::{Revision, Server, Setup};

/// A running container of a service that answers requests.
#[derive(Clone, Debug)]
pub(super) struct Replica {
    pub(super) service: ServiceId,
    pub(super) revision: Revision,
    pub(super) node: NodeId,
    pub(super) slot: u32,
    /// When it answers at all.
    pub(super) answers: Range<SimTime>,
    /// It takes new requests; otherwise it has been told to stop, and finishes what it has.
    pub(super) listens: bool,
    /// First come, first served: the requests that it works on, in no order.
    pub(super) served: Vec<u32>,
    /// Those that wait, the first first.
    pub(super) waiting: VecDeque<u32>,
    pub(super) sharing: Sharing,
}

/// Requests that share a container's speed.
#[derive(Clone, Debug, Default)]
pub(super) struct Sharing {
    /// The work that each of those present has been given since the beginning, in [`FINE`] parts of a nanosecond.
    given: u128,
    /// Up to when.
    since: SimTime,
    /// When each has been given enough, in the same measure.
    enough: BinaryHeap<Reverse<(u128, u32)>>,
    /// Counts plans for the next to be done, so that a late one is told.
    pub(super) plan: u32,
}

/// Parts of a nanosecond, so that what is lost in rounding stays below any clock.
const FINE: u32 = 20;

impl Replica {
    pub(super) fn new(
        service: ServiceId,
        revision: Revision,
        node: NodeId,
        slot: u32,
        answers: Range<SimTime>,
    ) -> Replica {
        Replica {
            answers,
            service,
            revision,
            node,
            slot,
            listens: true,
            served: Vec::new(),
            waiting: VecDeque::new(),
            sharing: Sharing::default(),
        }
    }

    /// How it answers requests, if it does.
    #[inline]
    pub(super) fn server<'a>(&self, setup: &'a Setup) -> Option<&'a Server> {
        setup.spec(self.service, self.revision).server.as_ref()
    }

    /// Requests that it has, worked on or waiting.
    pub(super) fn present(&self) -> usize {
        self.served.len() + self.waiting.len() + self.sharing.enough.len()
    }
}

impl Sharing {
    /// Those that share, in no order that means anything but always the same.
    pub(super) fn requests(&self) -> impl Iterator<Item = u32> + '_ {
        self.enough.iter().map(|Reverse((_, request))| *request)
    }

    /// How fast each is worked on if `slots` can be worked on at full speed: `slots / present`, at most 1.
    fn advance(&mut self, now: SimTime, slots: u32) {
        let present = (self.enough.len() as u128).max(u128::from(slots));
        let passed = u128::from(now.since(self.since).0) << FINE;
        self.given += passed * u128::from(slots) / present;
        self.since = now;
    }

    /// A request comes that needs this much work.
    pub(super) fn come(&mut self, now: SimTime, slots: u32, request: u32, work: Span) {
        self.advance(now, slots);
        self.enough.push(Reverse((self.given + (u128::from(work.0) << FINE), request)));
    }

    /// The request that has been given enough by now, if there is one.
    pub(super) fn done(&mut self, now: SimTime, slots: u32) -> Option<u32> {
        self.advance(now, slots);
        let first = self.enough.peek().is_some_and(|Reverse((enough, _))| *enough <= self.given);
        if first { self.enough.pop().map(|Reverse((_, request))| request) } else { None }
    }

    /// When the next will have been given enough, if nothing comes between.
    pub(super) fn next(&self, slots: u32) -> Option<SimTime> {
        let Reverse((enough, _)) = self.enough.peek()?;
        let present = (self.enough.len() as u128).max(u128::from(slots));
        let missing = enough.saturating_sub(self.given) * present;
        let span = missing.div_ceil(u128::from(slots) << FINE);
        Some(self.since + Span(u64::try_from(span).unwrap_or(u64::MAX).min(Span::LONGEST.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_that_share_take_twice_as_long() {
        let mut sharing = Sharing::default();
        let at = |s| SimTime::ZERO + Span::secs(s);
        sharing.come(at(0), 1, 7, Span::secs(3));
        assert_eq!(sharing.next(1), Some(at(3)));
        sharing.come(at(1), 1, 8, Span::secs(3));
        assert_eq!(sharing.next(1), Some(at(5)), "2 s are left of the first, at half the speed");
        assert_eq!(sharing.done(at(5), 1), Some(7));
        assert_eq!(sharing.next(1), Some(at(6)));
        assert_eq!(sharing.done(at(6), 1), Some(8));
        assert_eq!(sharing.next(1), None);
    }

    #[test]
    fn with_a_slot_for_each_nobody_is_slowed() {
        let mut sharing = Sharing::default();
        let at = |s| SimTime::ZERO + Span::secs(s);
        for request in 0..3 {
            sharing.come(at(0), 3, request, Span::secs(2));
        }
        assert_eq!(sharing.next(3), Some(at(2)));
    }
}
