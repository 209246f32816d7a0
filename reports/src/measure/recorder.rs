//! The observer that a measured run is given.

use swarmbed_scheduler::SimTime;
use swarmbed_sim::names::Names;
use swarmbed_sim::observation::Observation;
use swarmbed_sim::observe::Observer;
use swarmbed_sim::setup::Setup;

use super::book::Book;
use super::chronicle::Chronicle;
use super::incident::{Incident, Incidents};
use super::load::Load;
use super::usage::Usage;
use crate::metrics::Tally;

/// Follows a run: everything that its metrics and its story are made of.
#[derive(Clone, Debug)]
pub struct Recorder {
    book: Book,
    tally: Tally,
    incidents: Incidents,
    chronicle: Chronicle,
    load: Load,
    usage: Option<Usage>,
}

impl Recorder {
    /// A recorder for one run of that setup, to be given to it from the start.
    pub fn new(setup: &Setup) -> Recorder {
        Recorder {
            book: Book::new(setup),
            tally: Tally::default(),
            incidents: Incidents::new(setup),
            chronicle: Chronicle::default(),
            load: Load::new(setup),
            usage: Usage::new(setup),
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

    /// What tasks held and how many waited.
    pub fn load(&self) -> &Load {
        &self.load
    }

    /// What containers really used, if the run is metered.
    pub fn usage(&self) -> Option<&Usage> {
        self.usage.as_ref()
    }

    /// Brings every integral up to the end of the run.
    pub fn settle(&mut self, end: SimTime) {
        self.book.settle(end);
        self.load.settle(end);
        self.usage.iter_mut().for_each(|usage| usage.settle(end));
    }
}

impl Observer for Recorder {
    fn observe(&mut self, at: SimTime, what: &Observation, _names: &Names) {
        // These two compare what is observed with what was so before.
        self.incidents.observe(at, what, &self.book);
        self.chronicle.observe(at, what, &self.book);
        self.tally.observe(at, what);
        self.load.node_changes(at, what, &self.book);
        let subject = Load::subject(what);
        let before = subject.map(|task| Load::standing(self.book.find(task)));
        self.book.apply(at, what);
        self.usage.iter_mut().for_each(|usage| usage.observe(at, what, &self.book));
        for (task, before) in subject.into_iter().zip(before) {
            self.load.task_changed(at, before, task, &self.book);
        }
        for (service, replicas) in self.book.take_completed() {
            self.chronicle.completed(at, service, replicas);
        }
    }
}
