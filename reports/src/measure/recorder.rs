//! The observer that a measured run is given.

use swarmbed_scheduler::SimTime;
use swarmbed_sim::names::Names;
use swarmbed_sim::observation::Observation;
use swarmbed_sim::observe::Observer;
use swarmbed_sim::setup::Setup;

use super::book::Book;
use super::chronicle::Chronicle;
use super::incident::{Incident, Incidents};
use crate::metrics::Tally;

/// Follows a run: everything that its metrics and its story are made of.
#[derive(Clone, Debug)]
pub struct Recorder {
    book: Book,
    tally: Tally,
    incidents: Incidents,
    chronicle: Chronicle,
}

impl Recorder {
    /// A recorder for one run of that setup, to be given to it from the start.
    pub fn new(setup: &Setup) -> Recorder {
        Recorder {
            book: Book::new(setup),
            tally: Tally::default(),
            incidents: Incidents::new(setup),
            chronicle: Chronicle::default(),
        }
    }

    /// Tasks, services and nodes as they are by now.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// How often each thing was observed.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// What happened to machines, in order of time.
    pub fn incidents(&self) -> &[Incident] {
        self.incidents.list()
    }

    /// What was asked for, and what failed by itself.
    pub fn chronicle(&self) -> &Chronicle {
        &self.chronicle
    }

    /// Brings every integral up to the end of the run.
    pub fn settle(&mut self, end: SimTime) {
        self.book.settle(end);
    }
}

impl Observer for Recorder {
    fn observe(&mut self, at: SimTime, what: &Observation, _names: &Names) {
        // These two compare what is observed with what was so before.
        self.incidents.observe(at, what, &self.book);
        self.chronicle.observe(at, what, &self.book);
        self.tally.observe(at, what);
        self.book.apply(at, what);
        for (service, replicas) in self.book.take_completed() {
            self.chronicle.completed(at, service, replicas);
        }
    }
}
