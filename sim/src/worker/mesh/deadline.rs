//! Clients that give up.

use std::collections::VecDeque;

use swarmbed_scheduler::{SimTime, Span};

/// The deadlines of all requests that wait equally long. They run out in the order in which they were set, so a queue does,
/// with one entry in the agenda for its head; most requests are answered long before, and leave it unnoticed.
#[derive(Clone, Debug)]
pub(super) struct Deadlines {
    pub(super) patience: Span,
    queue: VecDeque<Deadline>,
    /// An alarm is in the agenda.
    alarm: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    pub(super) at: SimTime,
    pub(super) request: u32,
    /// Tells it from a later request under the same key.
    pub(super) serial: u64,
}

impl Deadlines {
    pub(super) fn new(patience: Span) -> Deadlines {
        Deadlines { patience, queue: VecDeque::new(), alarm: false }
    }

    /// For how many there is room.
    pub(super) fn capacity(&self) -> usize {
        self.queue.capacity()
    }

    /// A request was sent. Returns when the alarm has to ring, if none is set. `open` says whether a request still waits.
    #[inline]
    pub(super) fn set(&mut self, deadline: Deadline, open: impl Fn(&Deadline) -> bool) -> Option<SimTime> {
        // Those that were answered are dropped before the queue grows, and not one by one.
        if self.queue.len() == self.queue.capacity() {
            while self.queue.front().is_some_and(|first| !open(first)) {
                self.queue.pop_front();
            }
        }
        self.queue.push_back(deadline);
        (!std::mem::replace(&mut self.alarm, true)).then_some(deadline.at)
    }

    /// The alarm rang: the next request whose time is over, or when to ring again.
    pub(super) fn ring(
        &mut self,
        now: SimTime,
        open: impl Fn(&Deadline) -> bool,
    ) -> Result<Deadline, Option<SimTime>> {
        while let Some(first) = self.queue.front().copied() {
            if !open(&first) {
                self.queue.pop_front();
            } else if first.at <= now {
                self.queue.pop_front();
                return Ok(first);
            } else {
                return Err(Some(first.at));
            }
        }
        self.alarm = false;
        Err(None)
    }
}
