//! The agenda: every event that will happen, the earliest first.

use std::cmp::Ordering;
use std::collections::VecDeque;

use dary_heap::QuaternaryHeap;
use swarmbed_scheduler::units::SimTime;

/// Future events in order of time; events of one time in the order in which they were scheduled.
///
/// A 4-ary heap on one 128-bit key, `time << 64 | sequence`: the fastest exact queue of those we measured on a mix of
/// time scales. The event is moved at every step, so it has to be small (32 bytes are moved for an event of 16): let it
/// carry ids, and keep what is large elsewhere, such as in a [`Slab`](crate::engine::slab::Slab).
///
/// Nothing is cancelled. An entity carries a generation number, its timers carry it too, and a late one is ignored.
///
/// ```
/// use swarmbed_scheduler::units::SimTime;
/// use swarmbed_sim::engine::agenda::Agenda;
///
/// let mut agenda = Agenda::new();
/// agenda.schedule(SimTime(7), "second");
/// agenda.schedule(SimTime(7), "third");
/// agenda.schedule(SimTime(5), "first");
/// assert_eq!(agenda.pop(), Some((SimTime(5), "first")));
/// assert_eq!(agenda.now(), SimTime(5));
/// assert_eq!(agenda.pop(), Some((SimTime(7), "second")));
/// assert_eq!(agenda.len(), 1);
/// ```
#[derive(Clone, Debug)]
pub struct Agenda<E> {
    heap: QuaternaryHeap<Entry<E>>,
    /// Whether the top of the heap has been popped but still lies there. Most events schedule another one, which then
    /// takes the place of the top and sinks once, where a pop and a push would sift twice.
    spent: bool,
    /// Events that came in the order in which they will happen, so that they need no heap.
    line: VecDeque<Entry<E>>,
    now: SimTime,
    sequence: u64,
    /// The number of the event that was popped last.
    popped: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry<E> {
    key: u128,
    event: E,
}

impl<E: Copy> Agenda<E> {
    /// An empty agenda at time zero.
    pub fn new() -> Agenda<E> {
        Agenda {
            heap: QuaternaryHeap::new(),
            spent: false,
            line: VecDeque::new(),
            now: SimTime::ZERO,
            sequence: 0,
            popped: 0,
        }
    }

    /// Lets `event` happen at the time `at`, after whatever has been scheduled for that time already.
    ///
    /// # Panics
    /// If `at` is before [`now`](Agenda::now): a handler that changes the past is our bug.
    #[inline]
    pub fn schedule(&mut self, at: SimTime, event: E) {
        let entry = self.number_it(at, event);
        self.sift(entry);
    }

    /// The same, and cheaper, for an event that is likely to happen after all that were scheduled like this: all of them
    /// have the same delay, say.
    ///
    /// # Panics
    /// If `at` is before [`now`](Agenda::now).
    #[inline]
    pub fn schedule_in_line(&mut self, at: SimTime, event: E) {
        let entry = self.number_it(at, event);
        if self.line.back().is_none_or(|last| last.time() <= at) {
            self.line.push_back(entry);
        } else {
            self.sift(entry);
        }
    }

    #[inline]
    fn number_it(&mut self, at: SimTime, event: E) -> Entry<E> {
        assert!(
            at >= self.now,
            "an event was scheduled for {at}, but it is already {}: a handler changed the past",
            self.now
        );
        // The sequence cannot wrap: at 100 million events a second, 2^64 of them take 5,800 years of computing.
        let key = u128::from(at.0) << 64 | u128::from(self.sequence);
        self.sequence += 1;
        Entry { key, event }
    }

    #[inline]
    fn sift(&mut self, entry: Entry<E>) {
        if std::mem::take(&mut self.spent) {
            *self.heap.peek_mut().expect("a spent event still lies on top") = entry;
        } else {
            self.heap.push(entry);
        }
    }

    /// Takes the next event out and moves [`now`](Agenda::now) to its time; `None` if nothing will ever happen.
    #[inline]
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        self.pop_by(SimTime::NEVER)
    }

    /// The same, if it happens by then; otherwise it stays.
    #[inline]
    pub fn pop_by(&mut self, latest: SimTime) -> Option<(SimTime, E)> {
        self.pop_if(latest, |_| true)
    }

    /// The same, if it happens by then and is one of those.
    #[inline]
    pub fn pop_if(&mut self, latest: SimTime, wanted: impl Fn(&E) -> bool) -> Option<(SimTime, E)> {
        if std::mem::take(&mut self.spent) {
            self.heap.pop();
        }
        let (top, first) = (self.heap.peek(), self.line.front());
        let in_line = match (top, first) {
            (Some(top), Some(first)) => first.key < top.key,
            _ => top.is_none(),
        };
        let next =
            *if in_line { first } else { top }.filter(|next| next.time() <= latest && wanted(&next.event))?;
        if in_line {
            self.line.pop_front();
        }
        self.spent = !in_line;
        self.now = next.time();
        self.popped = next.key as u64;
        Some((self.now, next.event))
    }

    /// Nothing will happen any more, and time begins anew.
    pub fn clear(&mut self) {
        self.heap.clear();
        self.line.clear();
        (self.spent, self.now, self.sequence) = (false, SimTime::ZERO, 0);
    }

    /// The time of the next event.
    #[inline]
    pub fn peek_time(&self) -> Option<SimTime> {
        let next = if self.spent {
            // The next one is one of the up to four children of the top.
            self.heap.as_slice().iter().skip(1).take(4).max()
        } else {
            self.heap.peek()
        };
        next.into_iter().chain(self.line.front()).max().map(Entry::time)
    }

    /// The time of the event that was popped last; zero before the first.
    #[inline]
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// The number of the event that was popped last: events are numbered as they are scheduled.
    #[inline]
    pub fn number(&self) -> u64 {
        self.popped
    }

    /// The number that the next scheduled event gets.
    #[inline]
    pub fn next_number(&self) -> u64 {
        self.sequence
    }

    /// How many events are still to happen.
    #[inline]
    pub fn len(&self) -> usize {
        self.heap.len() - usize::from(self.spent) + self.line.len()
    }

    /// For how many events there is room: as many as ever were still to happen at once, at least.
    pub fn capacity(&self) -> usize {
        self.heap.capacity() + self.line.capacity()
    }

    /// Whether nothing will ever happen.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<E: Copy> Default for Agenda<E> {
    fn default() -> Agenda<E> {
        Agenda::new()
    }
}

impl<E> Entry<E> {
    #[inline]
    fn time(&self) -> SimTime {
        SimTime((self.key >> 64) as u64)
    }
}

/// The other way round than the keys, since the heap gives the greatest first.
impl<E> Ord for Entry<E> {
    #[inline]
    fn cmp(&self, other: &Entry<E>) -> Ordering {
        other.key.cmp(&self.key)
    }
}

impl<E> PartialOrd for Entry<E> {
    #[inline]
    fn partial_cmp(&self, other: &Entry<E>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Entry<E>) -> bool {
        self.key == other.key
    }
}

impl<E> Eq for Entry<E> {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is done to the agenda: pop this often, then schedule this far ahead, in line or not.
    fn steps() -> impl Strategy<Value = Vec<(usize, Vec<(u64, bool)>)>> {
        // Few different times, so that many are equal.
        prop::collection::vec((0usize..4, prop::collection::vec((0u64..6, any::<bool>()), 0..5)), 0..60)
    }

    proptest! {
        #[test]
        fn agrees_with_a_sorted_list(steps in steps()) {
            let mut agenda = Agenda::new();
            let mut list: Vec<(SimTime, u32)> = Vec::new();
            let mut number = 0;
            for (pops, delays) in steps {
                for _ in 0..pops {
                    let expected = (!list.is_empty()).then(|| list.remove(0));
                    if let Some((SimTime(due @ 1..), _)) = expected {
                        prop_assert_eq!(agenda.pop_by(SimTime(due - 1)), None);
                    }
                    prop_assert_eq!(agenda.pop(), expected);
                    if let Some((time, _)) = expected {
                        prop_assert_eq!(agenda.now(), time);
                    }
                    prop_assert_eq!(agenda.peek_time(), list.first().map(|first| first.0));
                    prop_assert_eq!((agenda.len(), agenda.is_empty()), (list.len(), list.is_empty()));
                }
                for (delay, in_line) in delays {
                    let at = SimTime(agenda.now().0 + delay);
                    if in_line {
                        agenda.schedule_in_line(at, number);
                    } else {
                        agenda.schedule(at, number);
                    }
                    list.push((at, number));
                    list.sort_by_key(|entry| entry.0); // stable: equal times stay in the order of scheduling
                    number += 1;
                    prop_assert_eq!(agenda.peek_time(), list.first().map(|first| first.0));
                    prop_assert_eq!(agenda.len(), list.len());
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "an event was scheduled for 4s, but it is already 5s")]
    fn the_past_cannot_be_changed() {
        let mut agenda = Agenda::new();
        agenda.schedule(SimTime(5_000_000_000), ());
        agenda.pop();
        agenda.schedule(SimTime(4_000_000_000), ());
    }
}
