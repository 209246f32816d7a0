//! Managers played for long, or again and again.

use rayon::prelude::*;
use swarmbed_scheduler::SimTime;

use super::play::Play;
use super::sample::Cycles;
use super::{HOUR, Managers};
use crate::stats::Estimate;

/// How much of a simulation is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Amount {
    /// Hours in all.
    pub hours: f64,
    /// How often the service is to be lost, counted from all being up.
    pub losses: u64,
}

/// What a simulation says.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// Cycles from all being up to the next time that all are, or replications.
    pub cycles: Cycles,
    /// Hours from all being up to the first loss of service, each independent of the others.
    pub to_loss: Vec<f64>,
}

/// A simulation of managers, of which each part has random numbers of its own.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The managers.
    pub managers: &'a Managers,
    /// What random numbers are named after.
    pub name: &'a str,
}

/// Parts that are played at once, in whatever order; as many whatever the machine.
const PARTS: u64 = 32;

/// The clock is set back when all are up and this has passed: 64 bits of nanoseconds hold 500 years.
const LONG: SimTime = SimTime(100 * 8760 * 3_600_000_000_000);

impl Run<'_> {
    /// Plays managers that do not age until there is enough. Whenever all are up, what follows is independent of what was:
    /// that ends a cycle.
    pub fn cycles(self, amount: Amount) -> Sample {
        assert!(self.managers.is_memoryless(), "only what does not age is new whenever it is up");
        let hours = amount.hours / PARTS as f64;
        let losses = amount.losses.div_ceil(PARTS) as usize;
        let parts: Vec<Sample> =
            (0..PARTS).into_par_iter().map(|part| self.part(part, hours, losses)).collect();
        parts.iter().fold(Sample::default(), |mut all, part| {
            all.cycles = all.cycles.merged(&part.cycles);
            all.to_loss.extend(&part.to_loss);
            all
        })
    }

    fn part(self, part: u64, hours: f64, losses: usize) -> Sample {
        let mut play = Play::new(self.managers, &format!("{}/{part}", self.name));
        let mut sample = Sample::default();
        let mut watch = Watch::default();
        // When the service was first lost is asked from here on; a clock that was set back has left some hours behind.
        let (mut since, mut behind) = (Some(SimTime::ZERO), 0.0);
        play.start();
        while sample.cycles.hours() < hours || sample.to_loss.len() < losses {
            let Some(now) = play.step() else { break };
            let lost = watch.look(now, play.serves);
            if lost
                && let Some(from) = since.take()
                && sample.to_loss.len() < losses
            {
                sample.to_loss.push(behind + hours_of(now, from));
            }
            if play.is_fresh() {
                watch.close(now, &mut sample.cycles);
                if since.is_none() {
                    (since, behind) = (Some(now), 0.0);
                }
                if now > LONG {
                    behind += since.map_or(0.0, |from| hours_of(now, from));
                    since = Some(SimTime::ZERO);
                    watch = Watch::default();
                    play.start();
                }
            }
        }
        sample
    }

    /// Plays so many times from all being up: `warm` hours that are not looked at, and `hours` that are.
    pub fn replications(self, replications: u64, warm: f64, hours: f64) -> Sample {
        let (from, until) = (SimTime((warm * HOUR) as u64), SimTime(((warm + hours) * HOUR) as u64));
        let one = |i: u64| {
            let mut play = Play::new(self.managers, &format!("{}/{i}", self.name));
            play.start();
            while play.next_time().is_some_and(|time| time < from) {
                play.step();
            }
            let mut watch = Watch { start: from, serves: play.serves, fell: from, ..Watch::default() };
            while play.next_time().is_some_and(|time| time < until) {
                let Some(now) = play.step() else { break };
                watch.look(now, play.serves);
            }
            let mut cycle = Cycles::default();
            watch.close(until, &mut cycle);
            cycle
        };
        let all: Vec<Cycles> = (0..replications).into_par_iter().map(one).collect();
        let cycles = all.iter().fold(Cycles::default(), |sum, one| sum.merged(one));
        Sample { cycles, to_loss: Vec::new() }
    }
}

impl Sample {
    /// The mean time to the first loss, in hours.
    pub fn mean_to_loss(&self) -> Option<Estimate> {
        Estimate::of_mean(&self.to_loss)
    }

    /// Its standard deviation, in hours.
    pub fn sd_to_loss(&self) -> Option<Estimate> {
        Estimate::of_sd(&self.to_loss)
    }
}

fn hours_of(now: SimTime, from: SimTime) -> f64 {
    now.since(from).0 as f64 / HOUR
}

/// What has been seen since a cycle began.
struct Watch {
    start: SimTime,
    serves: bool,
    fell: SimTime,
    without: f64,
    outages: f64,
}

impl Default for Watch {
    fn default() -> Watch {
        Watch { start: SimTime::ZERO, serves: true, fell: SimTime::ZERO, without: 0.0, outages: 0.0 }
    }
}

impl Watch {
    /// Whether the service has just been lost.
    #[inline]
    fn look(&mut self, now: SimTime, serves: bool) -> bool {
        if serves == self.serves {
            return false;
        }
        self.serves = serves;
        if serves {
            self.without += hours_of(now, self.fell);
        } else {
            self.fell = now;
            self.outages += 1.0;
        }
        !serves
    }

    /// A cycle ends, and the next one begins.
    #[inline]
    fn close(&mut self, now: SimTime, cycles: &mut Cycles) {
        if !self.serves {
            self.without += hours_of(now, self.fell);
            self.fell = now;
        }
        cycles.push(hours_of(now, self.start), self.without, self.outages);
        (self.start, self.without, self.outages) = (now, 0.0, 0.0);
    }
}
