//! The managers' own Raft under the same faults: what a chain of who is up cannot tell, since it knows of no elections, no
//! disks and no clocks.
//!
//! Quiet times cost the core nothing, so that a century of a healthy quorum is a few thousand failures. How long the
//! quorum itself is away is known exactly, and hours are rare and long where elections are many and short; so only what
//! *differs* is taken from the runs: what was played with a leader, less what was played without a quorum, is added to what
//! follows exactly (a control variate whose coefficient is one).

use rayon::prelude::*;
use swarmbed_sim::profile::Profile;

use super::Question;
use crate::quorum::{Burden, Managers, YEAR};
use crate::stats::Estimate;

mod play;
#[cfg(test)]
mod tests;
mod watch;

use play::Play;
use watch::{Gaps, Seen};

/// Independent runs of a row; as many whatever the machine.
pub(super) const PARTS: u64 = 32;

/// What the runs of a row may cost together, in events, more or less. Tests of what is said of them take fewer.
const EVENTS: f64 = if cfg!(test) { 3e5 } else { 3e6 };

/// Proposals of a run, at random times.
const PROPOSALS: f64 = 100.0;

/// What the core says of managers.
#[derive(Clone, Debug, PartialEq)]
pub struct Core {
    /// Years that were played.
    pub years: f64,
    /// Hours a year without a quorum as they were played: to be held against the exact ones.
    pub quorumless: Estimate,
    /// Hours a year in which nothing can be committed: there is no quorum, or nobody leads yet.
    pub leaderless: Estimate,
    /// The same as it was played, and nothing taken from the exact value.
    pub leaderless_played: Estimate,
    /// Each moment of them times the hours that are left until a leader is there, hours² a year.
    pub rest: Estimate,
    /// Outages of zones a year that leave no leader, or meet none.
    pub falls: Estimate,
    /// The hours a year that are left until a leader is there then.
    pub falls_rest: Estimate,
    /// Hours a year in which an operator's command is refused.
    pub refusing: Estimate,
    /// Leaders elected a year.
    pub elections: Estimate,
    /// Seconds until a new leader's first entry is committed, if the old one is lost and a quorum is left.
    pub takeover: Option<Times>,
    /// Seconds from a proposal until its leader knows it to be committed.
    pub commit: Option<Times>,
}

/// Times that were measured, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Times {
    /// Their mean.
    pub mean: Estimate,
    /// A hundredth take longer.
    pub p99: f64,
}

impl Times {
    fn of(mut times: Vec<f64>) -> Option<Times> {
        let mean = Estimate::of_mean(&times)?;
        times.sort_unstable_by(f64::total_cmp);
        Some(Times { mean, p99: crate::stats::quantile(&times, 0.99)? })
    }
}

/// Plays managers for as long as there are `events`; `ran` is told of each of [`PARTS`] runs.
pub(super) fn play(
    managers: &Managers,
    question: &Question,
    exact: &Burden,
    name: &str,
    ran: &(dyn Fn() + Sync),
) -> Core {
    let hours = hours(managers, question, exact, EVENTS) / PARTS as f64;
    sample(managers, question.zones, exact, hours, name, ran)
}

/// Plays managers for so many hours in each of [`PARTS`] runs.
fn sample(
    managers: &Managers,
    zones: u32,
    exact: &Burden,
    hours: f64,
    name: &str,
    ran: &(dyn Fn() + Sync),
) -> Core {
    let profile = Profile::swarm_current();
    let part = |part: u64| {
        let mut play = Play::new(managers, zones, &profile, &format!("{name}/{part}"), hours / PROPOSALS);
        let seen = play.run(hours);
        ran();
        seen
    };
    let parts: Vec<Seen> = (0..PARTS).into_par_iter().map(part).collect();
    let yearly = |of: &dyn Fn(&Seen) -> f64| {
        let values: Vec<f64> = parts.iter().map(|part| of(part) * YEAR / hours).collect();
        Estimate::of_mean(&values).expect("there are many parts")
    };
    // What is exact, and what the runs say is different with a leader.
    let and = |exact: f64, more: Estimate| Estimate { value: (exact + more.value).max(0.0), ..more };
    let beside = |exact: f64, of: &dyn Fn(&Gaps) -> f64| {
        and(exact, yearly(&|part| of(&part.leaderless) - of(&part.quorumless)))
    };
    let times = |of: &dyn Fn(&Seen) -> &Vec<f64>| Times::of(parts.iter().flat_map(of).copied().collect());
    Core {
        years: hours * PARTS as f64 / YEAR,
        quorumless: yearly(&|part| part.quorumless.hours),
        leaderless: beside(exact.hours, &|gaps| gaps.hours),
        leaderless_played: yearly(&|part| part.leaderless.hours),
        rest: beside(exact.rest, &|gaps| gaps.rest),
        falls: beside(exact.falls, &|gaps| gaps.falls),
        falls_rest: beside(exact.falls_rest, &|gaps| gaps.falls_rest),
        refusing: and(exact.hours, yearly(&|part| part.refusing - part.quorumless.hours)),
        elections: yearly(&|part| part.elections as f64),
        takeover: times(&|part| &part.takeovers),
        commit: times(&|part| &part.commits),
    }
}

/// Hours that can be played for so many events. A failure, with the repair, costs some for each peer; a candidate that
/// finds no quorum stands again every 15 s; a connection to a machine that is off is tried every 8 s.
fn hours(managers: &Managers, question: &Question, exact: &Burden, events: f64) -> f64 {
    let peers = f64::from(managers.count());
    let tries = question.mttr * 3600.0 / 8.0 / 50.0;
    let zones = question.outages.map_or(0.0, |(up, down)| {
        let hit = peers / (up + down);
        hit * (60.0 + peers * (8.0 + down * 3600.0 / 8.0 / 50.0))
    });
    let failures = peers / (question.mttf + question.mttr) * (60.0 + peers * (8.0 + tries));
    let stands = exact.hours / YEAR * 240.0 * 4.0 * peers;
    events / (failures + zones + stands)
}
