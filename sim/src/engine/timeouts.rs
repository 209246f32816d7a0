//! Time-outs that all last equally long, such as the heartbeat time-outs of all nodes.

use std::collections::VecDeque;

use swarmbed_scheduler::units::{SimTime, Span};

/// Time-outs of one class and one length, with at most one entry in the agenda for all of them: the *alarm*.
///
/// They run out in the order in which they were armed, so a queue does; a heap would carry a thousand entries, nearly all
/// of which are superseded by the next heartbeat. Each key has at most one time-out. Its deadline is its generation
/// number: an entry of the queue whose deadline is no longer that of its key comes late and is ignored. Likewise an alarm
/// that is not the one being waited for, such as one set by the leader before this one, does nothing.
///
/// Whoever arms must schedule the alarm it is told of; whoever receives an alarm must [`fire`](Timeouts::fire) until no
/// more has expired, and schedule the next alarm:
///
/// ```
/// use swarmbed_scheduler::{NodeId, SimTime, Span};
/// use swarmbed_sim::engine::agenda::Agenda;
/// use swarmbed_sim::engine::timeouts::{Fired, Timeouts};
///
/// #[derive(Clone, Copy)]
/// enum Event { Beat(NodeId), Alarm }
///
/// let mut agenda = Agenda::new();
/// let mut heartbeats = Timeouts::new(Span::secs(15), NodeId::index);
/// for at in [0, 5, 10] {
///     agenda.schedule(SimTime::ZERO + Span::secs(at), Event::Beat(NodeId(0)));
/// }
/// agenda.schedule(SimTime::ZERO + Span::secs(1), Event::Beat(NodeId(1)));    // and never again
///
/// let mut down = Vec::new();
/// while let Some((now, event)) = agenda.pop() {
///     match event {
///         Event::Beat(node) => {
///             if let Some(at) = heartbeats.arm(now, node) {
///                 agenda.schedule(at, Event::Alarm);
///             }
///         }
///         Event::Alarm => loop {
///             match heartbeats.fire(now) {
///                 Fired::Expired(node) => down.push((now, node)),
///                 Fired::Next(at) => break agenda.schedule(at, Event::Alarm),
///                 Fired::Done => break,
///             }
///         },
///     }
/// }
/// let secs = |s| SimTime::ZERO + Span::secs(s);
/// assert_eq!(down, [(secs(16), NodeId(1)), (secs(25), NodeId(0))]);
/// ```
#[derive(Clone, Debug)]
pub struct Timeouts<K> {
    span: Span,
    index: fn(K) -> usize,
    /// In order of deadline. Holds the time-outs armed within the last `span`, superseded ones too.
    queue: VecDeque<(SimTime, K)>,
    /// By index of the key; [`SimTime::NEVER`] if it is not armed.
    deadlines: Vec<SimTime>,
    /// When the agenda will bring our alarm: at the deadline of the head of the queue or earlier, so no other is needed.
    alarm: Option<SimTime>,
}

/// What an alarm has brought; see [`Timeouts::fire`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fired<K> {
    /// The time-out of this key has run out, and it is no longer armed. Fire again: there may be more.
    Expired(K),
    /// Nothing more has run out. The next alarm has to be scheduled for this time.
    Next(SimTime),
    /// Nothing more has run out, and no alarm has to be scheduled.
    Done,
}

impl<K: Copy> Timeouts<K> {
    /// No time-outs yet, each of which will last `span`. `index` gives a key's place in a dense table.
    ///
    /// # Panics
    /// If `span` is zero: a time-out that is armed again when it runs out would never let the time go on.
    pub fn new(span: Span, index: fn(K) -> usize) -> Timeouts<K> {
        assert!(span > Span::ZERO, "a time-out of no length was asked for");
        Timeouts { span, index, queue: VecDeque::new(), deadlines: Vec::new(), alarm: None }
    }

    /// Lets the time-out of `key` begin now, whether or not it was armed before. The alarm has to be scheduled for the
    /// time returned, if any.
    ///
    /// # Panics
    /// If `now` is earlier than the last time it was called with.
    #[must_use = "without its alarm in the agenda, no time-out ever runs out"]
    pub fn arm(&mut self, now: SimTime, key: K) -> Option<SimTime> {
        let due = now + self.span;
        assert!(
            self.queue.back().is_none_or(|last| last.0 <= due),
            "a time-out was armed at {now}, before an earlier one"
        );
        let index = (self.index)(key);
        if index >= self.deadlines.len() {
            self.deadlines.resize(index + 1, SimTime::NEVER);
        }
        self.deadlines[index] = due;
        self.queue.push_back((due, key));
        match self.alarm {
            Some(_) => None,
            None => {
                self.alarm = Some(due);
                self.alarm
            }
        }
    }

    /// Forgets the time-out of `key`, if it is armed.
    pub fn disarm(&mut self, key: K) {
        if let Some(deadline) = self.deadlines.get_mut((self.index)(key)) {
            *deadline = SimTime::NEVER;
        }
    }

    /// Forgets all time-outs. An alarm that is in the agenda stays there and serves the next ones.
    pub fn clear(&mut self) {
        self.queue.clear();
        self.deadlines.clear();
    }

    /// When the time-out of `key` will run out, if it is armed.
    pub fn deadline(&self, key: K) -> Option<SimTime> {
        self.deadlines.get((self.index)(key)).copied().filter(|&deadline| deadline != SimTime::NEVER)
    }

    /// To be called when the agenda brings an alarm, until it does not return [`Fired::Expired`]. Keys that expire at the
    /// same time come in the order of arming. Between two calls others may be armed and disarmed, and that counts.
    #[must_use = "the next alarm has to be scheduled"]
    pub fn fire(&mut self, now: SimTime) -> Fired<K> {
        if self.alarm != Some(now) {
            return Fired::Done;
        }
        while let Some(&(due, key)) = self.queue.front() {
            let deadline = &mut self.deadlines[(self.index)(key)];
            if *deadline == due && due > now {
                self.alarm = Some(due);
                return Fired::Next(due);
            }
            self.queue.pop_front();
            if *deadline == due {
                *deadline = SimTime::NEVER;
                return Fired::Expired(key);
            }
        }
        self.alarm = None;
        Fired::Done
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    const SPAN: u64 = 10;

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Arm(u32),
        Disarm(u32),
        Clear,
        Wait,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let key = 0u32..5;
        let step = prop_oneof![
            5 => key.clone().prop_map(Step::Arm),
            2 => key.prop_map(Step::Disarm),
            1 => Just(Step::Clear),
            8 => Just(Step::Wait),
        ];
        prop::collection::vec(step, 0..200)
    }

    proptest! {
        /// The model looks at every deadline at every nanosecond.
        #[test]
        fn agrees_with_a_map_of_deadlines(steps in steps()) {
            let mut timeouts = Timeouts::new(Span(SPAN), |key: u32| key as usize);
            let mut model: BTreeMap<u32, u64> = BTreeMap::new();
            let (mut alarms, mut now) = (Vec::new(), 0);
            for step in steps.into_iter().chain([Step::Wait; 2 * SPAN as usize]) {
                match step {
                    Step::Arm(key) => {
                        alarms.extend(timeouts.arm(SimTime(now), key));
                        model.insert(key, now + SPAN);
                    }
                    Step::Disarm(key) => {
                        timeouts.disarm(key);
                        model.remove(&key);
                    }
                    Step::Clear => {
                        timeouts.clear();
                        model.clear();
                    }
                    Step::Wait => {
                        now += 1;
                        let mut expired = BTreeSet::new();
                        while alarms == [SimTime(now)] {
                            match timeouts.fire(SimTime(now)) {
                                Fired::Expired(key) => prop_assert!(expired.insert(key)),
                                Fired::Next(at) => alarms = vec![at],
                                Fired::Done => alarms.clear(),
                            }
                        }
                        let due: BTreeSet<u32> = model.extract_if(.., |_, due| *due == now).map(|(key, _)| key).collect();
                        prop_assert_eq!(expired, due);
                    }
                }
                prop_assert!(alarms.len() <= 1, "two alarms in the agenda: {:?}", alarms);
                let deadlines = (0..5).filter_map(|key| timeouts.deadline(key).map(|due| (key, due.0)));
                prop_assert!(deadlines.eq(model.iter().map(|(&key, &due)| (key, due))));
            }
            prop_assert!(alarms.is_empty(), "an alarm outlived its time-outs: {:?}", alarms);
        }
    }

    #[test]
    fn a_late_alarm_is_ignored() {
        let mut timeouts = Timeouts::new(Span(SPAN), |key: u32| key as usize);
        assert_eq!(timeouts.arm(SimTime(3), 0), Some(SimTime(13)));
        assert_eq!(timeouts.fire(SimTime(12)), Fired::Done, "an alarm of another's");
        assert_eq!(timeouts.fire(SimTime(13)), Fired::Expired(0));
        assert_eq!(timeouts.fire(SimTime(13)), Fired::Done);
        assert_eq!(timeouts.fire(SimTime(13)), Fired::Done, "the same alarm twice");
    }

    #[test]
    fn superseded_time_outs_cost_no_alarm() {
        let mut timeouts = Timeouts::new(Span(SPAN), |key: u32| key as usize);
        let alarms: Vec<_> = (0..SPAN).filter_map(|now| timeouts.arm(SimTime(now), 0)).collect();
        assert_eq!(alarms, [SimTime(SPAN)]);
        assert_eq!(timeouts.fire(SimTime(SPAN)), Fired::Next(SimTime(2 * SPAN - 1)));
    }
}
