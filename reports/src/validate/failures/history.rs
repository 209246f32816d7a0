//! What is seen of machines that fail and are repaired.

use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::engine::agenda::Agenda;
use swarmbed_sim::world::faults::{Around, FaultEvent, Faults};

/// How often machines failed, and for how long so many were down.
pub(super) struct History {
    agenda: Agenda<FaultEvent>,
    /// How many nanoseconds so many were down.
    pub(super) times: Vec<u64>,
    /// How often one failed.
    pub(super) failures: u64,
    down: usize,
    since: SimTime,
}

impl History {
    /// Of so many machines, all up at time zero.
    pub(super) fn new(machines: u32) -> History {
        let times = vec![0; machines as usize + 1];
        History { agenda: Agenda::new(), times, failures: 0, down: 0, since: SimTime::ZERO }
    }

    /// All are up at time zero, and nothing has been seen.
    pub(super) fn begin(&mut self, faults: &mut Faults) {
        self.agenda.clear();
        (self.down, self.since) = (0, SimTime::ZERO);
        self.forget();
        faults.start(self);
    }

    /// Plays what happens before that time.
    pub(super) fn play(&mut self, faults: &mut Faults, end: SimTime) {
        while self.agenda.peek_time().is_some_and(|time| time < end) {
            let Some((_, event)) = self.agenda.pop() else { break };
            faults.handle(event, self);
        }
        self.pass(end);
    }

    /// What has been seen does not count.
    pub(super) fn forget(&mut self) {
        self.times.fill(0);
        self.failures = 0;
    }

    fn pass(&mut self, now: SimTime) {
        self.times[self.down] += now.since(self.since).0;
        self.since = now;
    }
}

impl Around for History {
    fn now(&self) -> SimTime {
        self.agenda.now()
    }

    fn after(&mut self, delay: Span, event: FaultEvent) {
        self.agenda.schedule(self.agenda.now() + delay, event);
    }

    fn turned(&mut self, _: u8, _: u32, up: bool) {
        self.pass(self.now());
        self.failures += u64::from(!up);
        self.down = if up { self.down - 1 } else { self.down + 1 };
    }
}
