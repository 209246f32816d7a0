//! The one way into the store: `propose → committed`.
//!
//! SwarmKit's store has one writer at a time: whoever writes holds the update lock from reading the store until Raft has
//! committed what it proposes (`manager/state/store/memory.go`). So writes stand in line; a write is *prepared* when its
//! turn comes, from the store as it is then, and is committed in transactions of at most 200 changes, one after the
//! other. While the managers have no quorum nothing is committed and the line grows. When the leader is gone the line is
//! gone with it; what it had proposed may still be committed by the next one, and is applied then.

use std::collections::VecDeque;

use swarmbed_scheduler::{NodeId, ServiceId, TaskId};

use super::quorum::Realm;
use super::store::Change;
use super::updater::Notice;
use crate::context::Context;
use crate::observation::Observation;
use crate::world;

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
    /// A worker of an update replaces a slot.
    UpdateSlot {
        /// The service.
        service: ServiceId,
        /// The slot, or the node's number.
        key: u32,
        /// The update's number.
        number: u32,
    },
    /// A slot's new task runs: its old ones go.
    RemoveOld {
        /// The service.
        service: ServiceId,
        /// The slot, or the node's number.
        key: u32,
        /// The update's number.
        number: u32,
    },
    /// An update says how far it has come.
    NoteUpdate(ServiceId, Notice),
    /// A task that ended in its own restart delay is replaced after it.
    RestartLate(TaskId),
    /// A demoted node's manager has been removed: it is a worker.
    SetRole(NodeId),
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
#[derive(Debug, Default)]
pub struct Ledger {
    line: VecDeque<Write>,
    current: Option<Write>,
    changes: Vec<Change>,
    /// How many of `changes` are committed.
    done: usize,
    /// The number of the transaction that is proposed and not committed yet.
    proposed: Option<u32>,
    /// How many transactions have been proposed.
    count: u32,
    /// What earlier leaders had proposed when they were lost.
    left: Vec<(u32, Vec<Change>)>,
}

/// What a task takes in the log, about: SwarmKit writes whole objects.
const BYTES_PER_CHANGE: u32 = 1024;

impl Ledger {
    /// Whether nothing waits and nothing is being committed.
    pub fn is_idle(&self) -> bool {
        self.line.is_empty() && self.current.is_none()
    }

    /// Puts a write in line.
    pub fn enqueue(&mut self, write: Write) {
        self.line.push_back(write);
    }

    /// How many of the changes at hand go into one transaction.
    fn next(&self, limit: u32) -> std::ops::Range<usize> {
        self.done..self.changes.len().min(self.done + limit as usize)
    }

    /// A leader has its whole log applied: what is still left of earlier ones never was committed.
    pub fn forget_left(&mut self) {
        self.left.clear();
    }

    /// The leader is lost: its components' wishes go with it, and operators are told. What is proposed may still come through.
    pub fn lose(&mut self, ctx: &mut Context<'_>) {
        if let Some(number) = self.proposed.take() {
            let range = self.next(ctx.setup.profile.transaction_limit);
            self.left.push((number, self.changes.drain(range).collect()));
        }
        let waiting = self.current.take().into_iter().chain(self.line.drain(..));
        let waiting: Vec<Write> = waiting.chain(ctx.writes.drain(..)).collect();
        for write in waiting {
            match write {
                Write::Command(_) => {
                    let reason = ctx.text(LOST_LEADERSHIP);
                    ctx.observe(Observation::CommandRefused { reason });
                }
                // Whoever asks for the services of a workload asks again.
                Write::Create(_) | Write::Remove(_) => ctx.propose(write),
                _ => {}
            }
        }
        self.changes.clear();
        self.done = 0;
    }
}

/// What an operator is told whose command a leader was working on (`raft.go`: ErrLostLeadership).
const LOST_LEADERSHIP: &str = "raft: failed to process the request: node lost leader status";

/// Begins the next write if none is under way.
pub fn advance(realm: &mut Realm<'_>, ctx: &mut Context<'_>) {
    let Realm { ledger, leader, store, workers, quorum, machines } = realm;
    if ledger.proposed.is_some() || !quorum.is_led() {
        return;
    }
    while ledger.done == ledger.changes.len() {
        if let Some(write) = ledger.current.take() {
            leader.written(write, store, &workers.beats, ctx);
        }
        for write in ctx.writes.drain(..) {
            ledger.enqueue(write);
        }
        let Some(write) = ledger.line.pop_front() else { return };
        ledger.changes.clear();
        ledger.done = 0;
        ledger.current = Some(write);
        leader.prepare(write, store, quorum, &mut ledger.changes, ctx);
    }
    let changes = ledger.next(ctx.setup.profile.transaction_limit).len() as u32;
    // A leader that is giving way takes nothing; then the write waits for what comes of that.
    if quorum.propose(ledger.count, changes * BYTES_PER_CHANGE, machines, ctx).is_ok() {
        ledger.proposed = Some(ledger.count);
        ledger.count += 1;
    }
}

/// A transaction is committed: it is applied, and everybody who watches the store is told.
pub(crate) fn committed(number: u32, realm: &mut Realm<'_>, ctx: &mut Context<'_>) {
    if realm.ledger.proposed == Some(number) {
        realm.ledger.proposed = None;
        let range = realm.ledger.next(ctx.setup.profile.transaction_limit);
        realm.ledger.done = range.end;
        let changes = std::mem::take(&mut realm.ledger.changes);
        apply(&changes[range], true, realm, ctx);
        realm.ledger.changes = changes; // its room is used again
    } else if let Some(at) = realm.ledger.left.iter().position(|(left, _)| *left == number) {
        let (_, changes) = realm.ledger.left.remove(at);
        apply(&changes, false, realm, ctx);
    }
}

fn apply(changes: &[Change], current: bool, realm: &mut Realm<'_>, ctx: &mut Context<'_>) {
    let Realm { machines, workers, store, leader, quorum, .. } = realm;
    for change in changes {
        match store.apply(change, ctx.now, ctx.setup) {
            Some(what) => {
                ctx.observe(what);
                if current {
                    leader.watch(&what, store, ctx);
                }
                world::learn(&what, machines, workers, store, ctx);
                quorum.learn(&what, store);
                store.sweep();
            }
            None if current => leader.refused(change),
            None => {}
        }
    }
    ctx.work.transactions += 1;
    ctx.work.changes += changes.len() as u64;
    ctx.observe(Observation::TransactionCommitted { changes: changes.len() as u32 });
    if current {
        leader.committed(store, &mut workers.usage, ctx);
    }
}
