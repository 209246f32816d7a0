//! A simulation and whoever acts on it: looks, acts, waits, as the recordings' driver did.

use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span};
use swarmbed_sim::Simulation;
use swarmbed_sim::engine::stream::Stream;
use swarmbed_sim::setup::{Action, Container, Revision, Setup, Step};

use super::chronicle::Chronicle;

/// A running cluster with an operator.
pub(super) struct Stage {
    simulation: Simulation,
    pub(super) chronicle: Chronicle,
    /// Heartbeats that arrived, in the order in which they were seen; only if they are watched.
    pub(super) beats: Vec<Beat>,
    watches_beats: bool,
    now: SimTime,
    whims: Stream,
}

/// A heartbeat that arrived at the dispatcher.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Beat {
    pub node: NodeId,
    pub arrived: SimTime,
    pub period: Span,
}

/// How often a wait looks whether it is over.
const LOOK: Span = Span::millis(100);

/// Beats are at least 4.5 s apart, so none is missed.
const BEAT_LOOK: Span = Span::secs(2);

impl Stage {
    /// A cluster that has been up for two to three seconds: actions meet every phase of its timers.
    pub(super) fn new(setup: Setup) -> Stage {
        let whims = Stream::new(setup.seed, "conform.whims", "");
        let mut stage = Stage {
            simulation: Simulation::new(setup),
            chronicle: Chronicle::default(),
            beats: Vec::new(),
            watches_beats: false,
            now: SimTime::ZERO,
            whims,
        };
        stage.dawdle(2.0);
        stage
    }

    /// From now on, notes the heartbeats of all nodes.
    pub(super) fn watch_beats(&mut self) {
        self.watches_beats = true;
    }

    /// The highest term of any manager.
    pub(super) fn term(&self) -> u64 {
        let peers = self.simulation.quorum().peers();
        peers.ids().map(|id| peers.peer(id).term()).max().unwrap_or(0)
    }

    /// Now.
    pub(super) fn now(&self) -> SimTime {
        self.now
    }

    /// Does something, and returns when.
    pub(super) fn act(&mut self, action: Action) -> SimTime {
        self.simulation.add_step(Step { at: self.now, action });
        self.now
    }

    /// From now on, containers of that version of a service behave otherwise.
    pub(super) fn change_containers(&mut self, service: ServiceId, revision: Revision, to: Container) {
        self.simulation.change_containers(service, revision, to);
    }

    /// Lets time pass.
    pub(super) fn wait(&mut self, span: Span) {
        let until = self.now + span;
        while self.watches_beats && self.now + BEAT_LOOK < until {
            self.play(BEAT_LOOK);
        }
        self.play(until.since(self.now));
    }

    /// Lets time pass up to a moment.
    pub(super) fn wait_until(&mut self, moment: SimTime) {
        self.wait(moment.since(self.now));
    }

    /// Lets so many seconds pass and up to one more, so that the next action meets the timers in any phase.
    pub(super) fn dawdle(&mut self, seconds: f64) {
        let whim = self.whims.unit();
        self.wait(Span(((seconds + whim) * 1e9) as u64));
    }

    /// Waits until something is so, and says whether it came to be within `at_most`.
    pub(super) fn wait_for(&mut self, at_most: Span, so: impl Fn(&Chronicle) -> bool) -> bool {
        let end = self.now + at_most;
        while !so(&self.chronicle) {
            if self.now >= end {
                return false;
            }
            self.wait(LOOK);
        }
        true
    }

    /// Some of these, chosen at random.
    pub(super) fn choose<T>(&mut self, mut among: Vec<T>, how_many: u32) -> Vec<T> {
        self.whims.shuffle(&mut among);
        among.truncate(how_many as usize);
        among
    }

    fn play(&mut self, span: Span) {
        self.now += span;
        self.simulation.run_until(self.now, &mut [&mut self.chronicle]);
        if self.watches_beats {
            self.note_beats();
        }
    }

    fn note_beats(&mut self) {
        for node in (0..self.simulation.setup().machines.len() as u32).map(NodeId) {
            let Some((arrived, period)) = self.simulation.last_beat(node) else { continue };
            let beat = Beat { node, arrived, period };
            if self.beats.iter().rfind(|known| known.node == node) != Some(&beat) {
                self.beats.push(beat);
            }
        }
    }
}
