//! Faults: what goes down by itself, and comes up again.
//!
//! A *unit* is what the outside sees: a machine, a manager. A *part* is what fails: a unit, or the rack or zone that units
//! stand in. Parts that fail by one law are a [`Lives`]: each is up for a while, fails, is repaired by the next crew that
//! is free, and so on; a shock fails all of them at once. While a part is down it holds each unit that it reaches down.
//! Beside them an operator takes units out: now and then ([`Maintenance`]) or one after another ([`Pass`]).
//!
//! A unit is up while nothing holds it. So faults that overlap compose, and the outage of a zone is a mask: the units'
//! own lives go on underneath. A unit can be down in several *ways*, such as without power or unheard: each way is counted
//! by itself. What was recorded elsewhere is played as it was ([`Recorded`]).
//!
//! Nothing here knows what a unit is for, nor whose agenda it is: [`Faults::handle`] is lent [`Around`], through which it
//! asks for future events and says which units turn. After [`Faults::new`] it allocates nothing, and an event costs as
//! much as putting the next one into an agenda, a shock that for each part.

use swarmbed_scheduler::{SimTime, Span};

mod crews;
mod lives;
mod maintenance;
mod pass;
mod recorded;
mod standing;
mod struck;
#[cfg(test)]
mod tests;

pub use crews::Crews;
pub use lives::{Lives, Shock};
pub use maintenance::{Maintenance, Policy};
pub use pass::Pass;
pub use recorded::Recorded;
pub use standing::Standing;
pub use struck::Struck;

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
    /// An outage that was recorded begins.
    Begins {
        /// Which record.
        record: u16,
        /// Its number in that.
        outage: u32,
    },
    /// It ends.
    Ends {
        /// Which record.
        record: u16,
        /// Its number in that.
        outage: u32,
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
    /// A unit has gone down in that way, or come up.
    fn turned(&mut self, way: u8, unit: u32, up: bool);
}

/// All that befalls a set of units.
#[derive(Clone, Debug)]
pub struct Faults {
    lives: Vec<Lives>,
    maintenance: Option<Maintenance>,
    pass: Option<Pass>,
    records: Vec<Recorded>,
    /// By way.
    standing: Vec<Standing>,
}

impl Faults {
    /// Faults of so many units, all up, which can be down in one way. Nothing happens before [`start`](Faults::start).
    ///
    /// # Panics
    /// If a part reaches a unit that there is not, or there are more than 65,536 sets of parts.
    pub fn new(units: u32, lives: Vec<Lives>) -> Faults {
        Faults::in_ways(units, 1, lives)
    }

    /// The same for units that can be down in several ways.
    ///
    /// # Panics
    /// If a part reaches a unit or a way that there is not, or there are more than 65,536 sets of parts.
    pub fn in_ways(units: u32, ways: u8, lives: Vec<Lives>) -> Faults {
        assert!(lives.len() <= usize::from(u16::MAX) + 1, "too many sets of parts: {}", lives.len());
        assert!(lives.iter().all(|of| of.reaches_below(units)), "a part reaches a unit that there is not");
        assert!(lives.iter().all(|of| of.way() < ways), "a part is down in a way that there is not");
        let standing = (0..ways).map(|way| Standing::new(way, units)).collect();
        Faults { lives, maintenance: None, pass: None, records: Vec::new(), standing }
    }

    /// Outages besides, as they were recorded.
    ///
    /// # Panics
    /// If one is of a unit or in a way that there is not.
    #[must_use]
    pub fn with_records(self, records: Vec<Recorded>) -> Faults {
        let units = self.standing[0].units();
        assert!(records.iter().all(|of| of.reaches_below(units)), "an outage of a unit that there is not");
        assert!(records.iter().all(|of| usize::from(of.way) < self.standing.len()), "there is no such way");
        Faults { records, ..self }
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
        self.lives.first().is_some_and(|lives| lives.way() == 0 && lives.are_units(self.standing[0].units()))
    }

    /// Begins, with everything up and as good as new. What was planned before must not come back: the agenda it went to
    /// has to be empty. Random numbers go on where they were, so that starts are independent of each other.
    pub fn start(&mut self, around: &mut impl Around) {
        self.standing.iter_mut().for_each(Standing::reset);
        for (number, lives) in self.lives.iter_mut().enumerate() {
            lives.start(number as u16, around);
        }
        for (number, record) in self.records.iter().enumerate() {
            record.start(number as u16, around);
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
        let row = &mut self.lives[usize::from(lives)];
        row.fail(lives, part, &mut self.standing[usize::from(row.way())], around);
    }

    /// Something happens.
    pub fn handle(&mut self, event: FaultEvent, around: &mut impl Around) {
        let Faults { lives, maintenance, pass, records, standing } = self;
        match event {
            FaultEvent::Fail { lives: set, part, timer } => {
                let lives = &mut lives[usize::from(set)];
                if lives.is_timely(part, timer) {
                    lives.fail(set, part, &mut standing[usize::from(lives.way())], around);
                }
            }
            FaultEvent::Repaired { lives: set, part, timer } => {
                let lives = &mut lives[usize::from(set)];
                if lives.is_timely(part, timer) {
                    lives.repaired(set, part, &mut standing[usize::from(lives.way())], around);
                }
            }
            FaultEvent::Shock { lives: set } => {
                let lives = &mut lives[usize::from(set)];
                lives.shock(set, &mut standing[usize::from(lives.way())], around);
            }
            FaultEvent::Begins { record, outage } => {
                let of = &records[usize::from(record)];
                of.begins(record, outage, &mut standing[usize::from(of.way)], around);
            }
            FaultEvent::Ends { record, outage } => {
                let of = &records[usize::from(record)];
                of.ends(outage, &mut standing[usize::from(of.way)], around);
            }
            FaultEvent::Due => {
                let maintenance = maintenance.as_mut().expect("only maintenance comes due");
                if let Some(unit) = maintenance.due(&standing[0], around) {
                    lives[0].pause(unit, around.now());
                    standing[0].hold(unit, around);
                }
            }
            FaultEvent::Done { unit } => {
                maintenance.as_mut().expect("only maintenance is done").done(around);
                lives[0].resume(0, unit, around);
                standing[0].release(unit, around);
            }
            FaultEvent::Leave { unit } => {
                let pass = pass.as_ref().expect("units leave in a pass");
                // Held before the failure lets go of it: a unit that is down does not come up in between.
                standing[0].hold(unit, around);
                lives[0].set_aside(0, unit, &mut standing[0], around);
                around.after(pass.reboot(), FaultEvent::Return { unit });
            }
            FaultEvent::Return { unit } => {
                let pass = pass.as_ref().expect("units return in a pass");
                lives[0].renew(0, unit, around);
                standing[0].release(unit, around);
                if unit + 1 < standing[0].units() {
                    around.after(pass.gap(), FaultEvent::Leave { unit: unit + 1 });
                }
            }
        }
    }

    /// Which units are up, as far as the first way is concerned.
    pub fn standing(&self) -> &Standing {
        &self.standing[0]
    }

    /// Whether every part is up and no unit is out of service. If nothing ages, whatever follows is then independent of
    /// what was.
    pub fn is_fresh(&self) -> bool {
        let all_up = |standing: &Standing| standing.up() == standing.units();
        self.standing.iter().all(all_up) && self.lives.iter().all(Lives::all_up)
    }
}
