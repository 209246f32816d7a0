//! Faults: what goes down by itself, and comes up again.
//!
//! A *unit* is what the outside sees: a machine, a manager. A *part* is what fails: a unit, or the rack or zone that units
//! stand in. Parts that fail by one law are a [`Lives`]: each is up for a while, fails, is repaired by the next crew that
//! is free, and so on; a shock fails all of them at once. While a part is down it holds each unit that it reaches down.
//! Beside them an operator takes units out: now and then ([`Maintenance`]) or one after another ([`Pass`]).
//!
//! A unit is up while nothing holds it. So faults that overlap compose, and the outage of a zone is a mask: the units'
//! own lives go on underneath.
//!
//! Nothing here knows what a unit is for, nor whose agenda it is: [`Faults::handle`] is lent [`Around`], through which it
//! asks for future events and says which units turn. After [`Faults::new`] it allocates nothing, and an event costs as
//! much as putting the next one into an agenda, a shock that for each part.

use swarmbed_scheduler::{SimTime, Span};

mod crews;
mod lives;
mod maintenance;
mod pass;
mod standing;
#[cfg(test)]
mod tests;

pub use crews::Crews;
pub use lives::{Lives, Shock};
pub use maintenance::{Maintenance, Policy};
pub use pass::Pass;
pub use standing::Standing;

/// Something that will happen to a part or a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultEvent {
    /// A part fails, if it is still in that life.
    Fail {
        /// Which of the [`Lives`].
        lives: u16,
        /// The part.
        part: u32,
        /// How many times its timer had been set when this was planned.
        timer: u32,
    },
    /// The repair of a part is done, if nothing has come between.
    Repaired {
        /// Which of the [`Lives`].
        lives: u16,
        /// The part.
        part: u32,
        /// How many times its timer had been set when this was planned.
        timer: u32,
    },
    /// Whatever is up of these parts fails at once.
    Shock {
        /// Which of the [`Lives`].
        lives: u16,
    },
    /// The next maintenance is due.
    Due,
    /// A unit's maintenance is done.
    Done {
        /// The unit.
        unit: u32,
    },
    /// A unit's turn in a pass of reboots begins.
    Leave {
        /// The unit.
        unit: u32,
    },
    /// It is done.
    Return {
        /// The unit.
        unit: u32,
    },
}

/// What faults happen in: a clock, an agenda, and whoever wants to know which units turn.
pub trait Around {
    /// Now.
    fn now(&self) -> SimTime;
    /// Lets an event come back to [`Faults::handle`] after this time.
    fn after(&mut self, delay: Span, event: FaultEvent);
    /// A unit has gone down, or come up.
    fn turned(&mut self, unit: u32, up: bool);
}

/// All that befalls a set of units.
#[derive(Clone, Debug)]
pub struct Faults {
    lives: Vec<Lives>,
    maintenance: Option<Maintenance>,
    pass: Option<Pass>,
    standing: Standing,
}

impl Faults {
    /// Faults of so many units, all up. Nothing happens before [`start`](Faults::start).
    ///
    /// # Panics
    /// If a part reaches a unit that there is not, or there are more than 65,536 sets of parts.
    pub fn new(units: u32, lives: Vec<Lives>) -> Faults {
        assert!(lives.len() <= usize::from(u16::MAX) + 1, "too many sets of parts: {}", lives.len());
        assert!(lives.iter().all(|of| of.reaches_below(units)), "a part reaches a unit that there is not");
        Faults { lives, maintenance: None, pass: None, standing: Standing::new(units) }
    }

    /// Units are taken out of service now and then. The first set of lives has to be that of the units themselves, in
    /// their order: its clocks stand still meanwhile.
    ///
    /// # Panics
    /// If it is not.
    #[must_use]
    pub fn with_maintenance(self, maintenance: Maintenance) -> Faults {
        assert!(self.first_are_units(), "maintenance takes out units, whose own lives have to come first");
        Faults { maintenance: Some(maintenance), ..self }
    }

    /// All units are rebooted, one after another. The first set of lives has to be that of the units themselves, in their
    /// order: each begins anew.
    ///
    /// # Panics
    /// If it is not.
    #[must_use]
    pub fn with_pass(self, pass: Pass) -> Faults {
        assert!(self.first_are_units(), "a pass reboots units, whose own lives have to come first");
        Faults { pass: Some(pass), ..self }
    }

    fn first_are_units(&self) -> bool {
        self.lives.first().is_some_and(|lives| lives.are_units(self.standing.units()))
    }

    /// Begins, with everything up and as good as new. What was planned before must not come back: the agenda it went to
    /// has to be empty. Random numbers go on where they were, so that starts are independent of each other.
    pub fn start(&mut self, around: &mut impl Around) {
        self.standing.reset();
        for (number, lives) in self.lives.iter_mut().enumerate() {
            lives.start(number as u16, around);
        }
        if let Some(maintenance) = &mut self.maintenance {
            maintenance.start(around);
        }
        if let Some(pass) = &self.pass {
            around.after(pass.first(), FaultEvent::Leave { unit: 0 });
        }
    }

    /// Something else breaks a part, which is then repaired as if it had failed by itself. Nothing happens to one that is
    /// down already.
    pub fn strike(&mut self, lives: u16, part: u32, around: &mut impl Around) {
        self.lives[usize::from(lives)].fail(lives, part, &mut self.standing, around);
    }

    /// Something happens.
    pub fn handle(&mut self, event: FaultEvent, around: &mut impl Around) {
        let Faults { lives, maintenance, pass, standing } = self;
        match event {
            FaultEvent::Fail { lives: set, part, timer } => {
                let lives = &mut lives[usize::from(set)];
                if lives.is_timely(part, timer) {
                    lives.fail(set, part, standing, around);
                }
            }
            FaultEvent::Repaired { lives: set, part, timer } => {
                let lives = &mut lives[usize::from(set)];
                if lives.is_timely(part, timer) {
                    lives.repaired(set, part, standing, around);
                }
            }
            FaultEvent::Shock { lives: set } => lives[usize::from(set)].shock(set, standing, around),
            FaultEvent::Due => {
                let maintenance = maintenance.as_mut().expect("only maintenance comes due");
                if let Some(unit) = maintenance.due(standing, around) {
                    lives[0].pause(unit, around.now());
                    standing.hold(unit, around);
                }
            }
            FaultEvent::Done { unit } => {
                maintenance.as_mut().expect("only maintenance is done").done(around);
                lives[0].resume(0, unit, around);
                standing.release(unit, around);
            }
            FaultEvent::Leave { unit } => {
                let pass = pass.as_ref().expect("units leave in a pass");
                // Held before the failure lets go of it: a unit that is down does not come up in between.
                standing.hold(unit, around);
                lives[0].set_aside(0, unit, standing, around);
                around.after(pass.reboot(), FaultEvent::Return { unit });
            }
            FaultEvent::Return { unit } => {
                let pass = pass.as_ref().expect("units return in a pass");
                lives[0].renew(0, unit, around);
                standing.release(unit, around);
                if unit + 1 < standing.units() {
                    around.after(pass.gap(), FaultEvent::Leave { unit: unit + 1 });
                }
            }
        }
    }

    /// Which units are up.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Whether every part is up and no unit is out of service. If nothing ages, whatever follows is then independent of
    /// what was.
    pub fn is_fresh(&self) -> bool {
        self.standing.up() == self.standing.units() && self.lives.iter().all(Lives::all_up)
    }
}
