//! What the managers are told of the nodes' use. Swarm has nothing of the kind: this is what a strategy that places by
//! use would have to be given.
//!
//! Each node measures its use once in a period, with a phase of its own, and the measurement reaches the managers after
//! a lag; what a strategy sees is the mean over a window. No measurement costs an event: they are worked out from what
//! held on the node when ([`Usage`]), when a strategy is about to look. A node that is off or unheard sends none, and
//! what was last heard of it stays. With a period of zero the use itself is seen, as it was a lag ago.

use std::ops::RangeInclusive;

use swarmbed_scheduler::observed::Observed;
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::view::View;
use swarmbed_scheduler::{NodeId, SimTime, Span};

use crate::engine::stream::IndexedStream;
use crate::profile::Profile;
use crate::setup::{Machine, Setup};
use crate::worker::usage::{Stretch, Usage};

/// What is known of each node's measurements.
#[derive(Debug)]
pub struct Metrics {
    nodes: Vec<Node>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    clock: Clock,
    /// The first measurement that nobody has looked at.
    next: u64,
    /// What there is: no measurement shows more.
    resources: Resources,
}

/// When a node measures, in nanoseconds: first at `phase`, then every `period`.
#[derive(Clone, Copy, Debug)]
struct Clock {
    phase: u64,
    period: u64,
}

impl Clock {
    /// When measurement `number` is taken.
    fn time(self, number: u64) -> SimTime {
        SimTime(self.phase + number * self.period)
    }

    /// The last measurement taken by then.
    fn last_by(self, time: SimTime) -> Option<u64> {
        Some(time.nanos().checked_sub(self.phase)? / self.period)
    }
}

impl Metrics {
    /// No measurement has been taken.
    pub fn new(setup: &Setup) -> Metrics {
        let period = setup.profile.metrics_period.nanos();
        let node = |machine: &Machine| {
            let draws = IndexedStream::new(setup.seed, "metrics", &machine.node.name);
            let clock = Clock { phase: draws.below(0, period), period };
            Node { clock, next: 0, resources: machine.node.resources }
        };
        Metrics { nodes: setup.machines.iter().map(node).collect() }
    }

    /// Brings what the view shows of use up to what has arrived by `now`.
    pub fn refresh(&mut self, view: &mut View, usage: &mut Usage, now: SimTime, profile: &Profile) {
        let Some(at) = now.nanos().checked_sub(profile.metrics_lag.nanos()).map(SimTime) else { return };
        for id in (0..view.span() as u32).map(NodeId) {
            let Some(there) = view.node_mut(id) else { continue };
            let node = &mut self.nodes[id.index()];
            let news = match profile.metrics_period {
                Span::ZERO => node.as_it_was(id, at, usage),
                period => node.measured(id, at, profile.metrics_window.nanos() / period.nanos(), usage),
            };
            there.observed = news.or(there.observed);
        }
    }
}

impl Node {
    /// What held at that time, or when the node was last heard before it.
    fn as_it_was(&self, id: NodeId, at: SimTime, usage: &mut Usage) -> Option<Observed> {
        let heard = usage.stretches(id).find(|s| s.since <= at && !s.unheard);
        let then = heard.map(|stretch| self.seen(stretch));
        usage.forget_before(id, at);
        then
    }

    /// The mean over so many measurements, up to the last one heard by that time; `None` if that is an old one.
    fn measured(&mut self, id: NodeId, at: SimTime, window: u64, usage: &mut Usage) -> Option<Observed> {
        let newest = self.clock.last_by(at).filter(|newest| *newest >= self.next)?;
        let heard = self.last_heard(id, newest, usage).filter(|heard| *heard >= self.next);
        let mean = heard.map(|last| self.mean((last + 1).saturating_sub(window.max(1))..=last, id, usage));
        self.next = newest + 1;
        usage.forget_before(id, self.clock.time(self.next.saturating_sub(window)));
        mean
    }

    /// The last measurement up to `number` that was heard.
    fn last_heard(&self, id: NodeId, mut number: u64, usage: &Usage) -> Option<u64> {
        for stretch in usage.stretches(id) {
            if self.clock.time(number) < stretch.since {
                continue;
            }
            if !stretch.unheard {
                return Some(number);
            }
            number = self.clock.last_by(SimTime(stretch.since.nanos().checked_sub(1)?))?;
        }
        None
    }

    /// The mean of those that were heard, of which there is at least one.
    fn mean(&self, numbers: RangeInclusive<u64>, id: NodeId, usage: &Usage) -> Observed {
        let mut stretches = usage.stretches(id).peekable();
        let mut sum = Sum::default();
        for number in numbers.rev() {
            while stretches.next_if(|s| s.since > self.clock.time(number)).is_some() {}
            if let Some(stretch) = stretches.peek().filter(|s| !s.unheard) {
                sum.add(self.seen(stretch));
            }
        }
        sum.mean()
    }

    /// What a measurement at that time shows.
    fn seen(&self, stretch: &Stretch) -> Observed {
        Observed { used: stretch.demand.min(self.resources), reserved: stretch.reserved }
    }
}

/// Measurements added up.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    of: [i128; 4],
    count: i128,
}

impl Sum {
    fn add(&mut self, Observed { used, reserved }: Observed) {
        let parts = [used.nano_cpus, used.memory, reserved.nano_cpus, reserved.memory];
        self.of.iter_mut().zip(parts).for_each(|(sum, part)| *sum += i128::from(part));
        self.count += 1;
    }

    fn mean(&self) -> Observed {
        let [cpu, memory, reserved_cpu, reserved_memory] =
            self.of.map(|sum| (sum / self.count.max(1)) as i64);
        Observed {
            used: Resources::new(cpu, memory),
            reserved: Resources::new(reserved_cpu, reserved_memory),
        }
    }
}
