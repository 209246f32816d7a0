//! Why tasks wait for a node: the parts of how many wait, integrated over time.

use std::collections::BTreeMap;

use swarmbed_scheduler::filter::Filter;
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{SimTime, TaskId};
use swarmbed_sim::names::{Names, Text};

use super::book::{Book, TaskRow};
use super::integral::Integral;

/// Why a task waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    /// The scheduler has not looked at it yet.
    Decision,
    /// No node has room for it.
    Room,
    /// Nodes with room are ruled out by another filter.
    Filters,
}

/// The tasks that wait.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    /// Tasks that the scheduler has not looked at yet.
    pub decision: Integral,
    /// Tasks for which no node has room.
    pub room: Integral,
    /// The part of these that would have room if all that is free on nodes which take tasks were on one.
    pub fragmented: Integral,
    /// Tasks that other filters keep off the nodes which have room.
    pub filters: Integral,
    /// Tasks for which no node has room, and any would do, by what they reserve.
    pool: BTreeMap<(i64, i64), u64>,
    /// What is free on nodes that take tasks, as of the last instant at which something changed.
    open: Resources,
    /// That instant, if [`Queue::fragmented`] has yet to be told.
    stale: Option<SimTime>,
    /// What refusals mean that were met before.
    known: BTreeMap<u32, Reason>,
}

/// How a task stands in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    reason: Reason,
    /// What it reserves, if it is refused for want of room and could be on any node.
    asks: Option<(i64, i64)>,
}

impl Queue {
    /// How the task stands now.
    pub(super) fn place(&mut self, task: TaskId, book: &Book, names: &Names) -> Option<Place> {
        let row = book.find(task).filter(|row| row.is_pending())?;
        let reason = self.reason(row, names);
        let reserves = book.reserves(task);
        // A global service's task is for one node: room elsewhere is of no use to it.
        let asks = (reason == Reason::Room && row.slot > 0).then_some((reserves.nano_cpus, reserves.memory));
        Some(Place { reason, asks })
    }

    /// A task stands otherwise than before.
    pub(super) fn moved(&mut self, at: SimTime, before: Option<Place>, after: Option<Place>) {
        if before == after {
            return;
        }
        for (place, is_now) in [(before, false), (after, true)] {
            let Some(place) = place else { continue };
            let count = match place.reason {
                Reason::Decision => &mut self.decision,
                Reason::Room => &mut self.room,
                Reason::Filters => &mut self.filters,
            };
            count.shift(at, u64::from(!is_now), u64::from(is_now));
            let Some(asks) = place.asks else { continue };
            let alike = self.pool.entry(asks).or_default();
            *alike = if is_now { *alike + 1 } else { *alike - 1 };
            if *alike == 0 {
                self.pool.remove(&asks);
            }
        }
        self.stale = self.stale.or(Some(at));
    }

    /// What is free on nodes that take tasks, as of that instant.
    pub(super) fn room_is(&mut self, at: SimTime, open: Resources) {
        if self.open != open {
            self.open = open;
            self.stale = self.stale.or(Some(at));
        }
    }

    /// Time goes on to that instant: has to be told before anything changes at it.
    pub(super) fn go_on(&mut self, at: SimTime) {
        if let Some(changed) = self.stale.filter(|changed| *changed < at) {
            let fragmented = self.would_fit();
            self.fragmented.set(changed, fragmented);
            self.stale = None;
        }
    }

    /// Brings every integral up to that instant.
    pub(super) fn settle(&mut self, at: SimTime) {
        self.go_on(at);
        for count in [&mut self.decision, &mut self.room, &mut self.fragmented, &mut self.filters] {
            count.settle(at);
        }
    }

    /// How many of the pool would fit if the free room were in one piece, those that ask least CPU first.
    fn would_fit(&self) -> u64 {
        let (mut cpu, mut memory) = (self.open.nano_cpus, self.open.memory);
        let mut fit = 0;
        for ((asks_cpu, asks_memory), n) in &self.pool {
            if *asks_cpu > cpu {
                break; // the rest ask more
            }
            let times = |left: i64, asks: i64| {
                if asks > 0 { left.unsigned_abs() / asks.unsigned_abs() } else { u64::MAX }
            };
            let taken = (*n).min(times(cpu, *asks_cpu)).min(times(memory, *asks_memory));
            cpu -= asks_cpu * taken as i64;
            memory -= asks_memory * taken as i64;
            fit += taken;
        }
        fit
    }

    fn reason(&mut self, row: &TaskRow, names: &Names) -> Reason {
        if row.refusal == Text::NONE {
            return Reason::Decision;
        }
        *self.known.entry(row.refusal.0).or_insert_with(|| Reason::of(names.text(row.refusal)))
    }
}

impl Reason {
    /// What a refusal says. A node counts under the first filter that it fails, and room is looked at before all that is
    /// particular to the task: so whichever node counts under one of the later filters has room.
    fn of(refusal: &str) -> Reason {
        let particular = Filter::ALL.into_iter().filter(|f| !matches!(f, Filter::Ready | Filter::Resource));
        if particular.into_iter().any(|filter| filter.is_said_in(refusal)) {
            Reason::Filters
        } else {
            Reason::Room
        }
    }
}
