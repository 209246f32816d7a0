//! One scenario, played and judged.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread::Builder;
use std::time::Duration;

use swarmbed_scheduler::SimTime;
use swarmbed_sim::{Setup, Simulation};

use crate::judge::Judge;
use crate::{Finding, settle};

/// The run comes to its end, and so does every plan in it.
pub const ENDS: &str = "every run ends, and no plan panics";
/// What an operator may expect once nothing goes wrong any more.
pub const SETTLES: &str = "after the last trouble every service is as desired, or says why not";

/// A run that takes more events does not end: those we draw take some thousands.
const EVENTS: u64 = 10_000_000;
/// How often a run is looked at.
const LOOKS: u64 = 100;

/// What came of a trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The first law that did not hold.
    pub finding: Option<Finding>,
    /// Plans that were judged.
    pub plans: u64,
}

/// Plays a run on a thread of its own, which is left behind if it does not end in time.
///
/// # Panics
/// If the simulator does: that is a bug of ours, and no finding about a strategy.
pub fn trial(setup: Setup, patience: Duration) -> Trial {
    let (send, receive) = channel();
    let play = move || {
        // Where nobody waits any more, nothing is to be told.
        let _ = send.send(play(setup));
    };
    let thread = Builder::new().name("trial".to_owned()).spawn(play).expect("a thread can be started");
    match receive.recv_timeout(patience) {
        Ok(trial) => trial,
        Err(RecvTimeoutError::Timeout) => {
            let reason = format!("it was still going on after {} s", patience.as_secs());
            Trial { finding: Some(Finding { law: ENDS, at: None, reason }), plans: 0 }
        }
        Err(RecvTimeoutError::Disconnected) => match thread.join() {
            Err(panic) => resume_unwind(panic),
            Ok(()) => unreachable!("a trial that ends tells what came of it"),
        },
    }
}

fn play(setup: Setup) -> Trial {
    let judge = Arc::new(Judge::new(setup.strategy.clone()));
    let mut sim = Simulation::new(Setup { strategy: judge.clone(), ..setup });
    let part = sim.setup().end.latest().nanos() / LOOKS + 1;
    let mut finding = None;
    while finding.is_none() && !sim.ended() {
        sim.run_until(SimTime(sim.now().nanos().saturating_add(part)), &mut []);
        finding = seen(&judge, &sim);
    }
    Trial { finding: finding.or_else(|| settle::check(&sim)), plans: judge.record().plans }
}

/// What is wrong so far: with a plan, since everything else would only follow from it, or with the run.
fn seen(judge: &Judge, sim: &Simulation) -> Option<Finding> {
    let plan = judge.record().broken.map(|(at, broken)| Finding {
        law: broken.law,
        at: Some(at),
        reason: broken.reason,
    });
    let invariant = || {
        let first = sim.findings().first()?;
        Some(Finding { law: first.invariant, at: Some(first.at), reason: first.reason.clone() })
    };
    let events = sim.work().events_total();
    let endless = || {
        let reason = format!("{events} events have been played");
        (events > EVENTS).then(|| Finding { law: ENDS, at: Some(sim.now()), reason })
    };
    plan.or_else(invariant).or_else(endless)
}
