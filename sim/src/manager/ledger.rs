//! The one way into the store: `propose → committed`.
//!
//! SwarmKit's store has one writer at a time: whoever writes holds the update lock from reading the store until Raft has
//! committed what it proposes (`manager/state/store/memory.go`). So writes stand in line; a write is *prepared* when its
//! turn comes, from the store as it is then, and is committed in transactions of at most 200 changes, one after the
//! other. While the managers have no quorum nothing is committed and the line grows.
//! The Raft core will take the place of the latency drawn here.

use std::collections::VecDeque;

use swarmbed_scheduler::{NodeId, ServiceId, Span, TaskId};

use super::Leader;
use super::store::{Change, Store};
use crate::context::Context;
use crate::engine::stream::Stream;
use crate::event::{Event, LedgerEvent};
use crate::observation::Observation;
use crate::worker::Workers;
use crate::world::{self, Machines};

/// Somebody's wish to write. What is written is decided when its turn comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// The operator's step of that index in the timeline.
    Command(u32),
    /// The operator creates a service that came by itself.
    Create(ServiceId),
    /// The operator takes a service away that came by itself.
    Remove(ServiceId),
    /// The allocator moves new tasks to PENDING.
    Allocate,
    /// The replicated orchestrator replaces ended tasks.
    RestartTasks,
    /// The replicated orchestrator makes a service's slots as many as wanted.
    Reconcile(ServiceId),
    /// The global orchestrator replaces ended tasks.
    RestartGlobalTasks,
    /// The global orchestrator puts a service on every node.
    ReconcileGlobal(ServiceId),
    /// The global orchestrator puts every service on a node.
    ReconcileNode(NodeId),
    /// An orchestrator tells all tasks of a removed service to go.
    RemoveTasks(ServiceId),
    /// A task that ended in its own restart delay is replaced after it.
    RestartLate(TaskId),
    /// A replacement may run.
    Start(TaskId),
    /// The scheduler's decisions.
    Place,
    /// The dispatcher's status reports and node states.
    Statuses,
    /// The tasks of a node that has been down for a day become orphans.
    Orphan(NodeId),
    /// The reaper deletes tasks.
    Reap,
}

/// The line of writes and the one being committed.
#[derive(Debug)]
pub struct Ledger {
    line: VecDeque<Write>,
    current: Option<Write>,
    changes: Vec<Change>,
    /// How many of `changes` are committed.
    done: usize,
    /// A transaction is on its way to being committed.
    in_flight: bool,
    latency: Stream,
}

impl Ledger {
    /// An idle ledger.
    pub fn new(seed: u64) -> Ledger {
        Ledger {
            line: VecDeque::new(),
            current: None,
            changes: Vec::new(),
            done: 0,
            in_flight: false,
            latency: Stream::new(seed, "ledger.commit", ""),
        }
    }

    /// Whether nothing waits and nothing is being committed.
    pub fn is_idle(&self) -> bool {
        self.line.is_empty() && self.current.is_none()
    }

    /// Puts a write in line.
    pub fn enqueue(&mut self, write: Write) {
        self.line.push_back(write);
    }
}

/// Begins the next write if none is under way; `quorum` says whether the managers can commit at all.
pub fn advance(ledger: &mut Ledger, leader: &mut Leader, store: &Store, quorum: bool, ctx: &mut Context<'_>) {
    if !quorum || ledger.in_flight {
        return;
    }
    while ledger.done == ledger.changes.len() {
        if let Some(write) = ledger.current.take() {
            leader.written(write, ctx);
        }
        for write in ctx.writes.drain(..) {
            ledger.enqueue(write);
        }
        let Some(write) = ledger.line.pop_front() else { return };
        ledger.changes.clear();
        ledger.done = 0;
        ledger.current = Some(write);
        leader.prepare(write, store, &mut ledger.changes, ctx);
    }
    ledger.in_flight = true;
    let latency = Span(ctx.setup.profile.commit.sample(&mut ledger.latency));
    ctx.after(latency, Event::Ledger(LedgerEvent));
}

/// One transaction is committed: it is applied, and everybody who watches the store is told.
pub fn handle(
    _: LedgerEvent,
    ledger: &mut Ledger,
    leader: &mut Leader,
    store: &mut Store,
    machines: &mut Machines,
    workers: &mut Workers,
    ctx: &mut Context<'_>,
) {
    ledger.in_flight = false;
    if !machines.quorum() {
        return; // it is proposed again when there is a quorum
    }
    let end = ledger.changes.len().min(ledger.done + ctx.setup.profile.transaction_limit as usize);
    let changes = end - ledger.done;
    for at in ledger.done..end {
        let change = &ledger.changes[at];
        match store.apply(change, ctx.now, ctx.setup) {
            Some(what) => {
                ctx.observe(what);
                leader.watch(&what, store, ctx);
                world::learn(&what, machines, workers, store, ctx);
                store.sweep();
            }
            None => leader.refused(change),
        }
    }
    ledger.done = end;
    ctx.work.transactions += 1;
    ctx.work.changes += changes as u64;
    ctx.observe(Observation::TransactionCommitted { changes: changes as u32 });
    leader.committed(store, &mut workers.usage, ctx);
}
