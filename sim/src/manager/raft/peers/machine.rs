//! What befalls the machines on which peers run.

use swarmbed_scheduler::{SimTime, Span};

use super::{Around, PeerId, Peers, Power, SEND_TIMEOUT};

impl Peers {
    /// The peer's machine loses power.
    pub fn crash(&mut self, id: PeerId, around: &mut impl Around) {
        self.stir(around);
        self.switch_off(id, Power::Off);
        self.rest(around);
    }

    pub(super) fn switch_off(&mut self, id: PeerId, power: Power) {
        let row = &mut self.rows[id.index()];
        if row.power == Power::Gone {
            return;
        }
        row.power = power;
        row.alarm = SimTime::NEVER;
        row.held.clear();
        row.batch = 0;
        self.writing -= u32::from(row.write.take().is_some());
        row.writes += 1;
        row.alarms += 1;
        self.stalled -= row.stalled.len();
        for (_, mail) in row.stalled.drain(..) {
            self.mail.take(mail);
        }
    }

    /// The peer's machine boots: it starts from what is on its disk, and its clock ticks first after that time.
    pub fn boot(&mut self, id: PeerId, first_tick: Span, around: &mut impl Around) {
        self.stir(around);
        let at = id.index();
        let row = &mut self.rows[at];
        if row.power == Power::Off {
            row.power = Power::On;
            row.clock.restart(around.now() + first_tick);
            let tick = row.clock.tick(around.now());
            row.peer.restart(tick);
            row.reaches.fill(true);
            if let Some(checks) = &mut self.checks {
                checks.booted(at, &row.peer);
            }
            self.set_alarm(at, around);
        }
        self.rest(around);
    }

    /// The peer's machine stands still.
    pub fn freeze(&mut self, id: PeerId, around: &mut impl Around) {
        self.stir(around);
        let row = &mut self.rows[id.index()];
        if row.power == Power::On {
            row.power = Power::Frozen;
            row.clock.stop(around.now());
            row.alarm = SimTime::NEVER;
            row.alarms += 1;
        }
        self.rest(around);
    }

    /// The peer's machine goes on. One tick that it missed is made up for, and what reached it lately is heard: the senders of
    /// the rest have given up.
    pub fn thaw(&mut self, id: PeerId, around: &mut impl Around) {
        self.stir(around);
        let at = id.index();
        let row = &mut self.rows[at];
        if row.power != Power::Frozen {
            return;
        }
        row.power = Power::On;
        let now = around.now();
        row.clock.go_on(now);
        let tick = row.clock.tick(now);
        row.peer.wake(tick, &mut self.out);
        self.pump(at, tick, around);
        let stalled = std::mem::take(&mut self.rows[at].stalled);
        self.stalled -= stalled.len();
        for (arrived, mail) in stalled {
            if now.since(arrived) <= SEND_TIMEOUT {
                self.deliver(mail, around);
            } else {
                self.mail.take(mail);
            }
        }
        if let Some(number) = self.rows[at].write.map(|_| self.rows[at].writes) {
            self.saved(at, number, around);
        }
        self.rest(around);
    }
}
