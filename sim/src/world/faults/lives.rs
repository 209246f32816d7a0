//! Parts that live and fail by one law.

use swarmbed_scheduler::{SimTime, Span};

use super::crews::Crews;
use super::standing::Standing;
use super::{Around, FaultEvent};
use crate::engine::distribution::Distribution;
use crate::engine::stream::Stream;

/// Parts that are up for a time of one law and down for one of another, again and again, each on its own.
#[derive(Clone, Debug)]
pub struct Lives {
    way: u8,
    up: Distribution,
    down: Distribution,
    parts: Vec<Part>,
    /// The units that parts reach, those of one part together.
    reach: Vec<u32>,
    crews: Crews,
    shock: Option<Shock>,
    /// How many parts are not up.
    troubled: u32,
}

/// What fails all parts at once.
#[derive(Clone, Debug)]
pub struct Shock {
    gap: Distribution,
    draws: Stream,
}

impl Shock {
    /// Shocks whose gaps (nanoseconds) are of one law, whatever is up or down meanwhile.
    pub fn new(gap: Distribution, draws: Stream) -> Shock {
        Shock { gap, draws }
    }
}

#[derive(Clone, Debug)]
struct Part {
    state: State,
    /// Counts how often its timer was set or stopped, so that an event planned for an earlier one is told.
    timer: u32,
    /// Where its units begin in `reach`, and end.
    reach: (u32, u32),
    /// Random numbers for its times up, and for its repairs: apart, so that a longer repair shifts no failure's draw.
    fails: Stream,
    repairs: Stream,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It will fail then.
    Up { until: SimTime },
    /// Its clock stands still; that much of its life is left.
    Paused { left: Span },
    /// It is as if it were not there, until it is renewed.
    Aside,
    /// It waits for a crew.
    Waiting,
    /// A crew is at work.
    InRepair,
}

impl Lives {
    /// No parts yet. Times are in nanoseconds, `up` from being up until the next failure and `down` from the beginning of
    /// a repair to its end.
    pub fn new(up: Distribution, down: Distribution, crews: Crews) -> Lives {
        let (parts, reach) = (Vec::new(), Vec::new());
        Lives { way: 0, up, down, parts, reach, crews, shock: None, troubled: 0 }
    }

    /// One part more, which reaches these units. Its times are drawn from the streams of a seed, a purpose and its name,
    /// which has to be stable: a machine's name, a zone's.
    pub fn add(&mut self, (seed, purpose, name): (u64, &str, &str), units: impl IntoIterator<Item = u32>) {
        let start = self.reach.len() as u32;
        self.reach.extend(units);
        let stream = |what: &str| Stream::new(seed, &format!("{purpose}.{what}"), name);
        self.parts.push(Part {
            state: State::Up { until: SimTime::NEVER },
            timer: 0,
            reach: (start, self.reach.len() as u32),
            fails: stream("up"),
            repairs: stream("down"),
        });
        self.crews.prepare(self.parts.len());
    }

    /// Units are down in another way than the first.
    #[must_use]
    pub fn in_way(self, way: u8) -> Lives {
        Lives { way, ..self }
    }

    /// The way in which units are down.
    pub(super) fn way(&self) -> u8 {
        self.way
    }

    /// All that are up fail at once now and then; each is then repaired as ever.
    #[must_use]
    pub fn with_shock(self, shock: Shock) -> Lives {
        Lives { shock: Some(shock), ..self }
    }

    pub(super) fn reaches_below(&self, units: u32) -> bool {
        self.reach.iter().all(|unit| *unit < units)
    }

    pub(super) fn are_units(&self, units: u32) -> bool {
        self.parts.len() == units as usize && self.reach.iter().copied().eq(0..units)
    }

    pub(super) fn all_up(&self) -> bool {
        self.troubled == 0
    }

    pub(super) fn start(&mut self, set: u16, around: &mut impl Around) {
        self.troubled = 0;
        self.crews.reset();
        for part in 0..self.parts.len() as u32 {
            self.live(set, part, around);
        }
        if let Some(Shock { gap, draws }) = &mut self.shock {
            around.after(Span(gap.sample(draws)), FaultEvent::Shock { lives: set });
        }
    }

    /// Whether an event of a part was planned for what the part is in now.
    #[inline]
    pub(super) fn is_timely(&self, part: u32, timer: u32) -> bool {
        self.parts[part as usize].timer == timer
    }

    /// A part is up and new: its next failure is drawn.
    fn live(&mut self, set: u16, part: u32, around: &mut impl Around) {
        let row = &mut self.parts[part as usize];
        let life = Span(self.up.sample(&mut row.fails));
        row.live_for(life, (set, part), around);
    }

    /// A part fails, if it is up.
    pub(super) fn fail(&mut self, set: u16, part: u32, standing: &mut Standing, around: &mut impl Around) {
        let row = &mut self.parts[part as usize];
        let State::Up { .. } = row.state else { return };
        row.timer += 1; // it may have been due to fail later
        row.state = State::Waiting;
        self.troubled += 1;
        if self.crews.take(part) {
            self.repair(set, part, around);
        }
        self.each_unit(part, |unit| standing.hold(unit, around));
    }

    fn repair(&mut self, set: u16, part: u32, around: &mut impl Around) {
        let row = &mut self.parts[part as usize];
        row.timer += 1;
        row.state = State::InRepair;
        let takes = Span(self.down.sample(&mut row.repairs));
        around.after(takes, FaultEvent::Repaired { lives: set, part, timer: row.timer });
    }

    /// The repair of a part is done.
    pub(super) fn repaired(
        &mut self,
        set: u16,
        part: u32,
        standing: &mut Standing,
        around: &mut impl Around,
    ) {
        self.troubled -= 1;
        self.live(set, part, around);
        self.crew_is_free(set, around);
        self.each_unit(part, |unit| standing.release(unit, around));
    }

    fn crew_is_free(&mut self, set: u16, around: &mut impl Around) {
        if let Some(next) = self.crews.next() {
            self.repair(set, next, around);
        }
    }

    /// Whatever is up fails.
    pub(super) fn shock(&mut self, set: u16, standing: &mut Standing, around: &mut impl Around) {
        for part in 0..self.parts.len() as u32 {
            self.fail(set, part, standing, around);
        }
        let Shock { gap, draws } = self.shock.as_mut().expect("only what has shocks is shocked");
        around.after(Span(gap.sample(draws)), FaultEvent::Shock { lives: set });
    }

    /// The clock of a part that is up stands still: it cannot fail.
    pub(super) fn pause(&mut self, part: u32, now: SimTime) {
        let row = &mut self.parts[part as usize];
        if let State::Up { until } = row.state {
            row.timer += 1;
            row.state = State::Paused { left: until.since(now) };
        }
    }

    /// It goes on.
    pub(super) fn resume(&mut self, set: u16, part: u32, around: &mut impl Around) {
        let row = &mut self.parts[part as usize];
        if let State::Paused { left } = row.state {
            row.live_for(left, (set, part), around);
        }
    }

    /// A part is taken away, whatever it is in; if it is in repair or waits for it, that ends.
    pub(super) fn set_aside(
        &mut self,
        set: u16,
        part: u32,
        standing: &mut Standing,
        around: &mut impl Around,
    ) {
        let row = &mut self.parts[part as usize];
        let before = std::mem::replace(&mut row.state, State::Aside);
        row.timer += 1;
        match before {
            State::InRepair => self.crew_is_free(set, around),
            State::Waiting => self.crews.forget(part),
            State::Up { .. } | State::Paused { .. } | State::Aside => return,
        }
        self.troubled -= 1;
        self.each_unit(part, |unit| standing.release(unit, around));
    }

    /// What was taken away comes back, as good as new.
    pub(super) fn renew(&mut self, set: u16, part: u32, around: &mut impl Around) {
        self.live(set, part, around);
    }

    #[inline]
    fn each_unit(&self, part: u32, act: impl FnMut(u32)) {
        let (start, end) = self.parts[part as usize].reach;
        self.reach[start as usize..end as usize].iter().copied().for_each(act);
    }
}

impl Part {
    /// It is up, and fails after that time.
    fn live_for(&mut self, life: Span, (lives, part): (u16, u32), around: &mut impl Around) {
        self.timer += 1;
        self.state = State::Up { until: around.now() + life };
        around.after(life, FaultEvent::Fail { lives, part, timer: self.timer });
    }
}
