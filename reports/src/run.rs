//! One run, measured.

use std::collections::BTreeMap;

use swarmbed_scheduler::SimTime;
use swarmbed_sim::observe::Observer;
use swarmbed_sim::setup::End;
use swarmbed_sim::{Setup, Simulation};

use crate::expect::Verdict;
use crate::measure::Recorder;
use crate::metrics::Metrics;
use crate::outcome::{About, Outcome};
use crate::stats::Histogram;

/// How often at most somebody is told how far a run has come.
const REPORTS: u64 = 200;

/// A run that has ended.
pub struct Measured {
    /// What came out.
    pub outcome: Outcome,
    /// The simulation at its end.
    pub simulation: Simulation,
}

/// Runs to the end and measures. `observers` watch too, and `progress` is told now and then how far the run has come;
/// neither can change it.
pub fn measure(
    setup: Setup,
    about: About,
    observers: &mut [&mut dyn Observer],
    progress: &mut dyn FnMut(SimTime),
) -> Measured {
    let mut early = BTreeMap::new();
    let due = about.expectations.iter().filter_map(|e| e.at);
    let stops = stops(setup.end.latest(), due);
    let mut sim = Simulation::new(setup);
    let mut recorder = Recorder::new(sim.setup());
    for stop in stops {
        let mut all: Vec<&mut dyn Observer> = vec![&mut recorder];
        all.extend(observers.iter_mut().map(|o| &mut **o as &mut dyn Observer));
        sim.run_until(stop, &mut all);
        early.extend(judge(&about, stop, &recorder, &sim));
        progress(sim.now());
        if sim.ended() {
            break;
        }
    }
    let outcome = Outcome::new(about, &sim, recorder, &early);
    Measured { outcome, simulation: sim }
}

/// The metrics of a run, and nothing else of it.
pub fn metrics(setup: Setup) -> Metrics {
    metrics_and_waits(setup).0
}

/// The metrics of a run, and how long its tasks waited for a node, nanoseconds.
pub fn metrics_and_waits(setup: Setup) -> (Metrics, Histogram) {
    let mut sim = Simulation::new(setup);
    let mut recorder = Recorder::new(sim.setup());
    sim.run(&mut [&mut recorder]);
    let ended = end(&sim);
    recorder.settle(ended);
    let metrics = Metrics::collect(&recorder, ended, sim.names(), sim.work(), sim.findings().len());
    (metrics, recorder.book().waits())
}

/// Runs to the end without measuring.
pub fn play(sim: &mut Simulation, observers: &mut [&mut dyn Observer], progress: &mut dyn FnMut(SimTime)) {
    for stop in stops(sim.setup().end.latest(), std::iter::empty()) {
        sim.run_until(stop, observers);
        progress(sim.now());
    }
}

/// When a run that has ended ended: the time that its scenario sets, though the last event may be long before, or when
/// it was settled. Of a run that goes on, the time it has come to.
pub fn end(sim: &Simulation) -> SimTime {
    match sim.setup().end {
        End::At(end) if sim.ended() => end,
        _ => sim.now(),
    }
}

/// When the run is looked at: where expectations are due, and every so often for the progress; last of all, the end.
fn stops(end: SimTime, due: impl Iterator<Item = SimTime>) -> Vec<SimTime> {
    let part = |i| SimTime((u128::from(end.nanos()) * u128::from(i) / u128::from(REPORTS)) as u64);
    let mut stops: Vec<SimTime> = due.filter(|at| *at < end).chain((1..REPORTS).map(part)).collect();
    stops.sort_unstable();
    stops.dedup();
    stops.push(SimTime::NEVER);
    stops
}

/// The verdicts on the expectations that are due now, by their place in the list.
fn judge(about: &About, now: SimTime, recorder: &Recorder, sim: &Simulation) -> Vec<(usize, Verdict)> {
    let due: Vec<usize> =
        (0..about.expectations.len()).filter(|i| about.expectations[*i].at == Some(now)).collect();
    if due.is_empty() {
        return Vec::new();
    }
    let mut so_far = recorder.clone();
    so_far.settle(now);
    let metrics = Metrics::collect(&so_far, now, sim.names(), sim.work(), sim.findings().len());
    due.into_iter().map(|i| (i, about.expectations[i].judge(&metrics))).collect()
}
