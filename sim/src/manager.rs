//! What would run on a manager. The [`store`] is what is committed; everything else here is what the leader merely
//! remembers, and dies with its term.

pub mod allocator;
pub mod control;
pub mod dispatcher;
pub mod ledger;
pub mod listing;
pub mod metrics;
pub mod orchestrator;
pub mod placement;
pub mod ports;
pub mod quorum;
pub mod raft;
pub mod reaper;
pub mod restart;
pub mod roles;
pub mod scheduling;
pub mod store;
pub mod transaction;
pub mod updater;

use swarmbed_scheduler::ServiceId;
use swarmbed_scheduler::task::TaskState;

use crate::context::Context;
use crate::observation::Observation;
use crate::setup::Setup;
use crate::worker::beats::Beats;
use crate::worker::usage::Usage;
use allocator::Allocator;
use dispatcher::Dispatcher;
use ledger::Write;
use orchestrator::global::Global;
use orchestrator::replicated::Replicated;
use quorum::Quorum;
use reaper::Reaper;
use restart::Restarts;
use roles::Roles;
use scheduling::Scheduling;
use store::{Change, Store};
use transaction::Transaction;
use updater::Updater;

/// The components that only the leader runs. They watch the store and ask to write to it.
#[derive(Debug)]
pub struct Leader {
    pub(crate) allocator: Allocator,
    pub(crate) replicated: Replicated,
    pub(crate) global: Global,
    pub(crate) restarts: Restarts,
    pub(crate) updater: Updater,
    pub(crate) scheduling: Scheduling,
    pub(crate) dispatcher: Dispatcher,
    pub(crate) reaper: Reaper,
    pub(crate) roles: Roles,
    /// Services whose tasks have to be told to go.
    removed: Vec<ServiceId>,
}

impl Leader {
    /// The components as they are when the run begins.
    pub fn new(setup: &Setup, store: &Store) -> Leader {
        Leader {
            allocator: Allocator::default(),
            replicated: Replicated::default(),
            global: Global::default(),
            restarts: Restarts::default(),
            updater: Updater::default(),
            scheduling: Scheduling::new(setup, store),
            dispatcher: Dispatcher::new(setup.machines.iter().map(|m| m.from_start)),
            reaper: Reaper::default(),
            roles: Roles::default(),
            removed: Vec::new(),
        }
    }

    /// The components of a new leader begin, with what the store says and nothing else: what an earlier leader remembered
    /// died with its term (`manager/manager.go:1150-1190`).
    pub(crate) fn start(&mut self, store: &Store, usage: &mut Usage, ctx: &mut Context<'_>) {
        self.allocator = Allocator::take_up(store, ctx.setup);
        self.replicated = Replicated::default();
        self.global = Global::default();
        self.restarts = Restarts::default();
        self.updater = Updater::default();
        self.scheduling.begin_again(store, ctx);
        self.dispatcher = Dispatcher::new(ctx.setup.machines.iter().map(|_| false));
        self.reaper = Reaper::default();
        self.roles = Roles::take_up(store);
        self.removed = store.services().filter(|(_, row)| row.removed).map(|(id, _)| id).collect();
        self.replicated.look_around(store);
        self.global.look_around(store);
        self.restarts.take_up(store, ctx);
        self.reaper.look_around(store, ctx);
        self.dispatcher.take_over(store, ctx);
        self.allocator.committed(ctx);
        for service in self.removed.drain(..) {
            ctx.propose(Write::RemoveTasks(service));
        }
        self.replicated.committed(ctx);
        self.global.committed(ctx);
        self.scheduling.fire(store, usage, ctx);
    }

    /// A change was committed: every component takes note.
    pub(crate) fn watch(&mut self, what: &Observation, store: &Store, ctx: &mut Context<'_>) {
        if let Observation::ServiceRemoved { service } = *what {
            self.removed.push(service);
        }
        self.allocator.watch(what, store, ctx);
        self.replicated.watch(what, store);
        self.global.watch(what, store);
        self.restarts.watch(what, store, ctx);
        self.updater.watch(what, store, ctx);
        self.scheduling.watch(what, store, ctx);
        self.dispatcher.watch(what, store, ctx);
        self.reaper.watch(what, store, ctx);
        self.roles.watch(what);
    }

    /// A transaction is through: every component asks to write what follows from it.
    pub(crate) fn committed(&mut self, store: &Store, usage: &mut Usage, ctx: &mut Context<'_>) {
        self.allocator.committed(ctx);
        for service in self.removed.drain(..) {
            ctx.propose(Write::RemoveTasks(service));
        }
        self.replicated.committed(ctx);
        self.global.committed(ctx);
        self.updater.committed(ctx);
        self.scheduling.committed(store, usage, ctx);
    }

    /// A write's turn has come: what it changes, going by the store as it is now.
    pub(crate) fn prepare(
        &mut self,
        write: Write,
        store: &Store,
        quorum: &Quorum,
        changes: &mut Vec<Change>,
        ctx: &mut Context<'_>,
    ) {
        match write {
            Write::Command(step) => control::prepare(step, store, quorum, changes, ctx),
            Write::SetRole(node) => Roles::prepare(node, store, changes),
            Write::Create(service) => changes.push(Change::CreateService { service }),
            Write::Remove(service) => changes.push(Change::RemoveService { service }),
            Write::Allocate => self.allocator.prepare(store, changes, ctx),
            Write::RestartTasks => self.replicated.restart_tasks(&mut self.restarts, store, changes, ctx),
            Write::Reconcile(service) => {
                let supervisors = (&mut self.restarts, &mut self.updater);
                Replicated::reconcile(service, supervisors, store, changes, ctx);
            }
            Write::RestartGlobalTasks => self.global.restart_tasks(&mut self.restarts, store, changes, ctx),
            Write::ReconcileGlobal(service) => {
                let supervisors = (&mut self.restarts, &mut self.updater);
                Global::reconcile_service(service, supervisors, store, changes, ctx);
            }
            Write::UpdateSlot { service, key, number } => {
                let restarts = &mut self.restarts;
                self.updater.replace((service, key, number), restarts, store, changes, ctx);
            }
            Write::RemoveOld { service, key, number } => {
                let restarts = &mut self.restarts;
                self.updater.remove_old((service, key, number), restarts, store, changes, ctx);
            }
            Write::NoteUpdate(service, notice) => Updater::note(service, notice, store, changes, ctx),
            Write::ReconcileNode(node) => Global::reconcile_node(node, store, changes, ctx),
            Write::RemoveTasks(service) => remove_tasks(service, store, changes),
            Write::Start(task) => Restarts::start(task, store, &mut Transaction::new(store, changes)),
            Write::RestartLate(task) => {
                self.restarts.restart_late(task, store, &mut Transaction::new(store, changes), ctx);
            }
            Write::Place => self.scheduling.prepare(changes, ctx),
            Write::Statuses => self.dispatcher.prepare(store, changes, ctx),
            Write::Orphan(node) => dispatcher::orphan(node, store, changes),
            Write::Reap => self.reaper.prepare(store, changes, ctx),
        }
    }

    /// All of a write is committed.
    pub(crate) fn written(&mut self, write: Write, store: &Store, beats: &Beats, ctx: &mut Context<'_>) {
        self.updater.written(write, store, ctx);
        if write == Write::Statuses {
            self.dispatcher.written(beats, ctx);
        }
    }

    /// A change could not be applied, since what it speaks of has gone or moved on.
    pub(crate) fn refused(&mut self, change: &Change) {
        if let Change::Assign { task, .. } = change {
            self.scheduling.refused(*task);
        }
    }
}

/// A removed service's tasks are all told to go (`manager/orchestrator/service.go:253`).
fn remove_tasks(service: ServiceId, store: &Store, changes: &mut Vec<Change>) {
    let Some(row) = store.service(service) else { return };
    for task in row.slots.values().flat_map(|slot| &slot.tasks) {
        changes.push(Change::SetDesired { task: *task, to: TaskState::Remove });
    }
}
