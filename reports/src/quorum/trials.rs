//! Short trials of managers: what happens to them by a time, in a race, in a pass of reboots.

use rayon::prelude::*;
use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::world::faults::Pass;

use super::play::Play;
use super::{HOUR, Managers};
use crate::stats::{Estimate, Moments};

/// What a trial is about. Times are in hours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Story {
    /// So many are up; is the quorum lost by the horizon?
    Until {
        /// How many are up.
        start: u32,
        /// When it ends.
        horizon: f64,
    },
    /// So many are up; are fewer than `below` up before all are?
    Race {
        /// How many are up.
        start: u32,
        /// How many are too few.
        below: u32,
    },
    /// All are rebooted, one after another; is the quorum lost meanwhile?
    Pass {
        /// How long one is away.
        reboot: f64,
        /// From one's return to the next.
        gap: f64,
    },
}

/// What trials say.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trials {
    lost: Moments,
    hours: Moments,
}

impl Trials {
    /// The share of trials in which it was lost.
    pub fn lost(&self) -> Option<Estimate> {
        Estimate::of(&self.lost)
    }

    /// Hours without quorum in a trial.
    pub fn hours(&self) -> Option<Estimate> {
        Estimate::of(&self.hours)
    }
}

/// Parts that are played at once; as many whatever the machine.
const PARTS: u64 = 32;

/// At least so many trials, with random numbers named after `name`.
pub fn trials(managers: &Managers, name: &str, story: Story, least: u64) -> Trials {
    let each = least.div_ceil(PARTS);
    let part = |part: u64| {
        let mut play = Play::new(managers, &format!("{name}/{part}"));
        if let Story::Pass { reboot, gap } = story {
            let span = |hours: f64| Span((hours * HOUR) as u64);
            play = play.with_pass(Pass::new(Span::ZERO, span(reboot), span(gap)));
        }
        let mut trials = Trials::default();
        for _ in 0..each {
            play.start();
            let (lost, hours) = trial(&mut play, managers, story);
            trials.lost.push(f64::from(u8::from(lost)));
            trials.hours.push(hours);
        }
        trials
    };
    let parts: Vec<Trials> = (0..PARTS).into_par_iter().map(part).collect();
    parts.into_iter().fold(Trials::default(), |all, one| Trials {
        lost: all.lost.merged(one.lost),
        hours: all.hours.merged(one.hours),
    })
}

/// Whether it was lost, and for how many hours.
fn trial(play: &mut Play, managers: &Managers, story: Story) -> (bool, f64) {
    match story {
        Story::Until { start, horizon } => {
            play.strike(managers.count() - start);
            let end = SimTime((horizon * HOUR) as u64);
            while play.serves && play.next_time().is_some_and(|time| time <= end) {
                play.step();
            }
            (!play.serves, 0.0)
        }
        Story::Race { start, below } => {
            play.strike(managers.count() - start);
            while play.up() >= below && play.up() < managers.count() {
                play.step();
            }
            (play.up() < below, 0.0)
        }
        Story::Pass { reboot, gap } => {
            let span = |hours: f64| Span((hours * HOUR) as u64);
            let end = SimTime::ZERO + Pass::new(Span::ZERO, span(reboot), span(gap)).length(managers.count());
            without(play, end)
        }
    }
}

/// Whether the service was ever down until `end`, and for how many hours.
fn without(play: &mut Play, end: SimTime) -> (bool, f64) {
    let (mut lost, mut since, mut down) = (false, SimTime::ZERO, Span::ZERO);
    while play.next_time().is_some_and(|time| time < end) {
        let served = play.serves;
        let Some(now) = play.step() else { break };
        match (served, play.serves) {
            (true, false) => (lost, since) = (true, now),
            (false, true) => down = down + now.since(since),
            _ => {}
        }
    }
    if !play.serves {
        down = down + end.since(since);
    }
    (lost, down.0 as f64 / HOUR)
}
