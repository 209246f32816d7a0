//! What became of requests: how many, how fast, and when some were lost. Memory grows with services, tasks and spells of loss,
//! and not with the number of requests.

use std::collections::BTreeMap;

use swarmbed_scheduler::{ServiceId, SimTime, Span, TaskId};
use swarmbed_sim::setup::Setup;
use swarmbed_sim::worker::mesh::{Account, Ending};

use crate::stats::Histogram;

/// What became of requests so far.
#[derive(Clone, Debug)]
pub struct Requests {
    /// Whether there is any traffic.
    pub any: bool,
    /// Of those that clients sent.
    pub clients: Answers,
    /// Of those to each service, whoever sent them.
    pub services: Vec<Answers>,
    /// By task: how many it has answered.
    tasks: BTreeMap<TaskId, (ServiceId, u64)>,
    /// When clients' requests were lost, in order of their beginning.
    pub spells: Vec<Spell>,
    /// By service, the last of these.
    current: Vec<Option<usize>>,
}

/// How requests were answered, or not.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// How many ended in each way.
    pub endings: BTreeMap<Ending, u64>,
    /// From sending to answer, of those answered; nanoseconds.
    pub latency: Histogram,
    /// The sum of these.
    pub total: u128,
    /// The largest.
    pub longest: u64,
    /// The sum of their waits; nanoseconds.
    pub waits: u128,
    /// The sum of nodes that they crossed beside that of their replica.
    pub hops: u64,
}

/// A time in which requests to a service were lost, with no more than ten seconds between one and the next.
#[derive(Clone, Debug)]
pub struct Spell {
    /// Which service.
    pub service: ServiceId,
    /// When the first of them was sent.
    pub first: SimTime,
    /// When the last one was.
    pub last: SimTime,
    /// How many ended in each way.
    pub endings: BTreeMap<Ending, u64>,
}

/// What is farther apart is another spell.
const APART: Span = Span::secs(10);
/// So many are told apart; what comes after is added to the last one of its service.
const MOST_SPELLS: usize = 1000;

impl Answers {
    fn add(&mut self, account: &Account) {
        *self.endings.entry(account.ending).or_default() += 1;
        if account.ending == Ending::Answered {
            let latency = account.latency.nanos();
            self.latency.count(latency);
            self.total += u128::from(latency);
            self.longest = self.longest.max(latency);
            self.waits += u128::from(account.waited.nanos());
            self.hops += u64::from(account.hops);
        }
    }

    /// How many were answered.
    pub fn answered(&self) -> u64 {
        self.latency.total()
    }

    /// How many ended otherwise.
    pub fn lost(&self) -> u64 {
        self.lost_in(|_| true)
    }

    /// How many of these ended in one of the ways.
    pub fn lost_in(&self, which: impl Fn(Ending) -> bool) -> u64 {
        let lost = self.endings.iter().filter(|(ending, _)| **ending != Ending::Answered);
        lost.filter(|(ending, _)| which(**ending)).map(|(_, n)| n).sum()
    }
}

impl Requests {
    pub(super) fn new(setup: &Setup) -> Requests {
        let services = if setup.traffic.is_empty() { 0 } else { setup.services.len() };
        Requests {
            any: !setup.traffic.is_empty(),
            clients: Answers::default(),
            services: vec![Answers::default(); services],
            tasks: BTreeMap::new(),
            spells: Vec::new(),
            current: vec![None; services],
        }
    }

    /// A request has ended.
    pub(super) fn ended(&mut self, account: &Account) {
        self.services[account.service.index()].add(account);
        if let (Some(task), Ending::Answered) = (account.task, account.ending) {
            self.tasks.entry(task).or_insert((account.service, 0)).1 += 1;
        }
        if account.branch == 0 {
            self.clients.add(account);
            if account.ending != Ending::Answered {
                self.lost(account);
            }
        }
    }

    fn lost(&mut self, account: &Account) {
        let current = &mut self.current[account.service.index()];
        let at = account.sent; // clients notice later, and not all equally late
        let near = |spell: &Spell, full: bool| full || at <= spell.last + APART;
        let full = self.spells.len() >= MOST_SPELLS;
        let place = current.filter(|place| near(&self.spells[*place], full)).unwrap_or_else(|| {
            let service = account.service;
            self.spells.push(Spell { service, first: at, last: at, endings: BTreeMap::new() });
            self.spells.len() - 1
        });
        *current = Some(place);
        let spell = &mut self.spells[place];
        spell.first = spell.first.min(at);
        spell.last = spell.last.max(at);
        *spell.endings.entry(account.ending).or_default() += 1;
    }

    /// The most requests that one task of the service answered, how many tasks answered any, and how many requests they answered;
    /// nothing if none did.
    pub fn shares(&self, service: ServiceId) -> Option<(u64, u64, u64)> {
        let of = || self.tasks.values().filter(|(of, _)| *of == service).map(|(_, n)| *n);
        Some((of().max()?, of().count() as u64, of().sum()))
    }
}

#[cfg(test)]
mod tests {
    use swarmbed_sim::worker::mesh::Cause;

    use super::*;
    use crate::sample::{AGENT, N1, Telling, WEB, at, busy};

    #[test]
    fn endings_latencies_and_shares_are_those_of_a_hand_count() {
        let mut run = Telling::new(&busy());
        run.tell(0, swarmbed_sim::Observation::ServiceCreated { service: WEB, replicas: 2 });
        run.task(0, 0, (WEB, 1, 1), N1);
        run.task(0, 1, (WEB, 2, 1), N1);
        for (task, millis) in [(0, 10), (1, 20), (0, 40), (0, 50)] {
            run.request(5, (WEB, task), Ending::Answered, millis);
        }
        run.request(6, (WEB, 0), Ending::TimedOut(Cause::Slow), 1000);
        run.request(6, (WEB, 1), Ending::Reset(Cause::Stopped), 1);
        run.work.requests_sent += 3;
        let metrics = run.metrics(10);
        let metric = |name: &str| metrics.get(name).map(|value| value.to_string());
        for (name, value) in [
            ("requests.sent", "9"),
            ("requests.answered", "4"),
            ("requests.lost", "2"),
            ("requests.open", "3"),
            ("requests.timed_out", "1"),
            ("requests.reset", "1"),
            ("requests.refused", "0"),
            ("requests.lost.slow", "1"),
            ("requests.lost.stopped", "1"),
            ("requests.latency.mean", "0.03"),
            ("requests.latency.max", "0.05"),
            ("requests.wait.mean", "0.0075"),
            ("requests.hops.mean", "1"),
            ("service.web.requests", "6"),
            ("service.web.requests_lost", "2"),
            // Three of four where two would be even.
            ("service.web.imbalance", "1.5"),
        ] {
            assert_eq!(metric(name).as_deref(), Some(value), "{name}");
        }
        assert_eq!(metric("service.agent.requests"), None, "nobody asked it");
    }

    #[test]
    fn losses_far_apart_are_told_apart() {
        let mut run = Telling::new(&busy());
        for seconds in [5, 10, 20, 31] {
            run.request(seconds, (WEB, 0), Ending::Refused(Cause::NoBackend), 0);
        }
        run.request(20, (AGENT, 0), Ending::Refused(Cause::NoBackend), 0);
        let spells = &run.recorder.requests().spells;
        let found: Vec<_> = spells.iter().map(|spell| (spell.service, spell.first, spell.last)).collect();
        assert_eq!(found, [(WEB, at(5), at(20)), (WEB, at(31), at(31)), (AGENT, at(20), at(20))]);
    }
}
