//! How many managers, and in which zones? What each number survives, how long it is without a quorum and without a leader,
//! and what that costs: exactly, by Markov chains, where they know of it; and beside it as the fault engine and the
//! managers' own Raft play it.
//!
//! How many workers there are does not matter to a quorum, but to what it costs.

use std::ops::RangeInclusive;

use rayon::prelude::*;
use swarmbed_sim::engine::distribution::{Distribution, DistributionError};

use crate::quorum::{Amount, Cycles, Exact, HOUR, Managers, Run, YEAR};
use crate::stats::Estimate;

mod advice;
mod costs;
mod explain;
mod forced;
mod procedure;
mod raft;
mod show;

pub use advice::{Advice, advice};
pub use costs::Costs;
pub use explain::{Case, MARK, cases};
pub use procedure::{Passage, Procedure};
pub use raft::{Core, Times};
pub(crate) use show::duration;
pub use show::{csv, json, markdown, text};

/// What is asked. All times are exponential.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Machines of the cluster.
    pub nodes: u32,
    /// Numbers of managers.
    pub managers: RangeInclusive<u32>,
    /// Zones that they can stand in.
    pub zones: u32,
    /// Every way to spread them over zones, or only the evenest.
    pub every_split: bool,
    /// Mean hours until a manager fails.
    pub mttf: f64,
    /// Mean hours until it is back.
    pub mttr: f64,
    /// Mean hours from a zone's outage to its next, and how many it lasts; nothing if zones never fail.
    pub outages: Option<(f64, f64)>,
    /// The share of a manager's failures in which it loses its disk.
    pub lost: f64,
    /// Tasks that run on each node.
    pub tasks: f64,
    /// Commands of operators a year.
    pub operations: f64,
    /// Hours that a step of a procedure takes.
    pub step: f64,
    /// Processor seconds that a leader spends on a heartbeat or a report.
    pub beat: f64,
    /// What a manager costs, in whatever currency and time.
    pub price: Option<f64>,
}

/// A number of managers, and what comes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// How many managers.
    pub managers: u32,
    /// How many in each zone, the most first.
    pub split: Vec<u32>,
    /// What follows.
    pub exact: Exact,
    /// What was played.
    pub played: Cycles,
    /// What their Raft came to under the same faults.
    pub core: Core,
    /// What it means to those who need a leader.
    pub costs: Costs,
    /// What they cost together.
    pub price: Option<f64>,
    /// Why nobody should take this number, if that can be said without knowing more.
    pub out: Option<String>,
}

impl Row {
    /// How many have to be up.
    pub fn quorum(&self) -> u32 {
        self.managers / 2 + 1
    }

    /// How many may be down.
    pub fn failures(&self) -> u32 {
        self.managers - self.quorum()
    }

    /// Whether the quorum outlives the loss of any one zone.
    pub fn survives_zone(&self) -> bool {
        self.split.iter().all(|lost| *lost <= self.failures())
    }

    /// Whether the quorum outlives a crash while another manager is in maintenance.
    pub fn survives_maintenance(&self) -> bool {
        self.failures() >= 2
    }

    /// Minutes a year in which nothing can be committed, and the standard error of that.
    pub fn leaderless(&self) -> Estimate {
        self.core.leaderless.times(60.0)
    }

    /// Minutes a year without a quorum.
    pub fn minutes(&self) -> f64 {
        self.exact.unavailability * YEAR * 60.0
    }

    /// Hours that an outage lasts on average.
    pub fn outage_hours(&self) -> f64 {
        self.exact.unavailability * YEAR / self.exact.outages_per_year
    }
}

/// Events that are played for a row.
const EVENTS: f64 = 1e6;

/// The whole answer.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What was asked.
    pub question: Question,
    /// By number of managers and then by split, the evenest first.
    pub rows: Vec<Row>,
    /// Which of them to take.
    pub advice: Advice,
    /// How many managers are replaced in the procedures: those advised, or the most that are sound.
    pub replaced: u32,
    /// What becomes of the quorum meanwhile.
    pub procedures: Vec<Passage>,
}

/// The whole answer. `ran` is told [`steps`] times.
///
/// # Errors
/// If a time is not positive and finite.
pub fn plan(question: Question, ran: &(dyn Fn() + Sync)) -> Result<Plan, DistributionError> {
    let rows = answer(&question, ran)?;
    let advice = advice(&question, &rows);
    let soundest = rows.iter().rev().find(|row| row.out.is_none()).or(rows.last());
    let replaced = advice.row.map(|row| &rows[row]).or(soundest).map_or(1, |row| row.managers);
    let passage = |of: Procedure| of.passage(replaced, (question.mttf, question.mttr), question.step);
    let procedures = Procedure::ALL.into_par_iter().map(passage).collect();
    Ok(Plan { question, rows, advice, replaced, procedures })
}

/// How often [`answer`] says that it has come further.
pub fn steps(question: &Question) -> u64 {
    let splits = question.managers.clone().map(|managers| splits(question, managers).len() as u64);
    splits.sum::<u64>() * raft::PARTS
}

/// The answers, by number of managers and then by split, the evenest first. `ran` is told [`steps`] times.
///
/// # Errors
/// If a time is not positive and finite.
pub fn answer(question: &Question, ran: &(dyn Fn() + Sync)) -> Result<Vec<Row>, DistributionError> {
    let hours = |hours: f64| Distribution::exponential(hours * HOUR);
    let (life, repair) = (hours(question.mttf)?, hours(question.mttr)?);
    let outages = question.outages.map(|(up, down)| Ok((hours(up)?, hours(down)?))).transpose()?;
    let splits = question.managers.clone().flat_map(|managers| splits(question, managers));
    let all: Vec<Vec<u32>> = splits.collect();
    let row = |split: Vec<u32>| {
        let managers = Managers {
            outages: outages.clone(),
            ..Managers::new(split.clone(), life.clone(), repair.clone())
        };
        let exact = managers.exact().expect("there is always one more crew");
        let burden = managers.burden(question.zones).expect("there is a chain");
        let played = played(question, &managers, &split);
        let name = in_zones(&split);
        let core = raft::play(&managers, question, &burden, &name, ran);
        let costs = costs::costs(question, managers.count(), &core);
        let price = question.price.map(|price| price * f64::from(managers.count()));
        Row { managers: managers.count(), split, exact, played, core, costs, price, out: None }
    };
    let mut rows: Vec<Row> = all.into_par_iter().map(row).collect();
    advice::strike_out(&mut rows);
    Ok(rows)
}

fn played(question: &Question, managers: &Managers, split: &[u32]) -> Cycles {
    let rate = |up: f64, down: f64| 2.0 / (up + down);
    let zones = question.outages.map_or(0.0, |(up, down)| split.len() as f64 * rate(up, down));
    let events = f64::from(managers.count()) * rate(question.mttf, question.mttr) + zones;
    let run = Run { managers, name: &format!("plan.managers/{}", in_zones(split)) };
    run.cycles(Amount { hours: EVENTS / events, losses: 0 }).cycles
}

/// How many stand in each zone, such as `2-2-1`.
pub(crate) fn in_zones(split: &[u32]) -> String {
    split.iter().map(u32::to_string).collect::<Vec<_>>().join("-")
}

/// The ways to spread managers over the zones, the evenest first.
fn splits(question: &Question, managers: u32) -> Vec<Vec<u32>> {
    let mut all = Vec::new();
    parts(managers, managers, question.zones, &mut Vec::new(), &mut all);
    // Parts come with the largest first, so that the last one is the evenest.
    all.reverse();
    all.truncate(if question.every_split { usize::MAX } else { 1 });
    all
}

/// Every way to write `left` as at most `zones` numbers, none above `most` and none above the one before it.
fn parts(left: u32, most: u32, zones: u32, before: &mut Vec<u32>, all: &mut Vec<Vec<u32>>) {
    if left == 0 {
        return all.push(before.clone());
    }
    if zones == 0 {
        return;
    }
    for first in (left.div_ceil(zones)..=most.min(left)).rev() {
        before.push(first);
        parts(left - first, first, zones - 1, before, all);
        before.pop();
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Virtual machines as they are: a failure a month, an hour to repair, three zones that fail once a year for 4 hours.
    pub(crate) fn question() -> Question {
        Question {
            nodes: 100,
            managers: 1..=5,
            zones: 3,
            every_split: false,
            mttf: 720.0,
            mttr: 1.0,
            outages: Some((8760.0, 4.0)),
            lost: 0.05,
            tasks: 10.0,
            operations: 36_500.0,
            step: 1.0 / 6.0,
            beat: 1e-4,
            price: Some(40.0),
        }
    }

    #[test]
    fn splits_are_all_there_the_evenest_first() {
        let of = |managers, zones| splits(&Question { zones, every_split: true, ..question() }, managers);
        assert_eq!(of(5, 3), [vec![2, 2, 1], vec![3, 1, 1], vec![3, 2], vec![4, 1], vec![5]]);
        assert_eq!(of(3, 5), [vec![1, 1, 1], vec![2, 1], vec![3]]);
        assert_eq!(of(9, 3).len(), 12);
        assert_eq!(of(9, 4)[0], [3, 2, 2, 2]);
        assert_eq!(splits(&question(), 7), [[3, 2, 2]]);
    }

    #[test]
    fn minutes_are_those_of_the_tables_and_of_the_engine() {
        let rows = answer(&question(), &|| ()).unwrap();
        // Of an independent solver: 3 and 5 managers over three zones, each down for 4 hours once a year.
        assert!((rows[2].minutes() - 5.35).abs() < 0.005, "{}", rows[2].minutes());
        assert!((rows[4].minutes() - 2.336_830_919_48).abs() < 1e-9, "{}", rows[4].minutes());
        assert!((rows[4].outage_hours() - 0.865_910_627_699).abs() < 1e-9);
        for row in &rows {
            let found = row.played.unavailability().unwrap();
            let off = (found.value - row.exact.unavailability) / found.se;
            assert!(off.abs() < 4.5, "{} managers: {off} standard errors", row.managers);
        }
        assert_eq!(rows[4].price, Some(200.0));
    }

    #[test]
    fn what_is_survived_is_counted() {
        let row = |split: &[u32]| Row {
            managers: split.iter().sum(),
            split: split.to_vec(),
            ..answer(&Question { managers: 1..=1, ..question() }, &|| ()).unwrap().remove(0)
        };
        assert_eq!((row(&[2, 2, 1]).failures(), row(&[2, 2]).failures()), (2, 1));
        assert!(row(&[2, 2, 1]).survives_zone() && !row(&[3, 2]).survives_zone());
        assert!(!row(&[1]).survives_zone() && !row(&[2, 1, 1]).survives_zone());
        assert!(row(&[5]).survives_maintenance() && !row(&[2, 2]).survives_maintenance());
    }

    #[test]
    fn times_have_to_be_times() {
        assert!(answer(&Question { mttr: 0.0, ..question() }, &|| ()).is_err());
        assert!(answer(&Question { outages: Some((f64::NAN, 4.0)), ..question() }, &|| ()).is_err());
    }
}
