//! Updates of services: what was asked for and what became of it.

use std::collections::BTreeMap;

use swarmbed_scheduler::{ServiceId, SimTime, Span};
use swarmbed_sim::manager::store::UpdateState;
use swarmbed_sim::names::Text;
use swarmbed_sim::observation::Observation;
use swarmbed_sim::setup::Revision;

/// Everything about updates, in order of time.
#[derive(Clone, Debug, Default)]
pub struct Updates {
    /// What happened.
    pub news: Vec<Progress>,
    begun: BTreeMap<ServiceId, SimTime>,
}

/// How an update came farther.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// When.
    pub at: SimTime,
    /// Whose update.
    pub service: ServiceId,
    /// What happened.
    pub what: Step,
    /// How long after the service got its present spec.
    pub after: Span,
}

/// What happened to an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The service got a new spec.
    Asked(Revision),
    /// The service got its previous spec again, for that reason.
    RolledBack(Text),
    /// Its state is another, for that reason.
    Became(UpdateState, Text),
}

impl Updates {
    /// Reads one observation.
    pub fn observe(&mut self, at: SimTime, what: &Observation) {
        let (service, what) = match *what {
            Observation::ServiceUpdated { service, revision, .. } => (service, Step::Asked(revision)),
            Observation::ServiceRolledBack { service, message, .. } => (service, Step::RolledBack(message)),
            Observation::UpdateStateChanged { service, to, message } => (service, Step::Became(to, message)),
            _ => return,
        };
        if !matches!(what, Step::Became(..)) {
            self.begun.insert(service, at);
        }
        let after = self.begun.get(&service).map_or(Span::ZERO, |begun| at.since(*begun));
        self.news.push(Progress { at, service, what, after });
    }

    /// How often updates came to that state.
    pub fn count(&self, state: UpdateState) -> usize {
        self.came_to(state).count()
    }

    /// How often services got their previous spec again.
    pub fn rollbacks(&self) -> usize {
        self.news.iter().filter(|news| matches!(news.what, Step::RolledBack(_))).count()
    }

    /// How long each update took that was completed, nanoseconds.
    pub fn durations(&self) -> Vec<u64> {
        self.came_to(UpdateState::Completed).map(|news| news.after.nanos()).collect()
    }

    fn came_to(&self, state: UpdateState) -> impl Iterator<Item = &Progress> {
        self.news.iter().filter(move |news| matches!(news.what, Step::Became(to, _) if to == state))
    }
}
