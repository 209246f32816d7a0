//! Invariants, checked in every run. A broken one is a [`Finding`]: data, with its time and its reason.
//!
//! The checkers keep accounts of their own from the observations alone, so that they bear witness against the store and
//! the scheduler, whose books they are not:
//!
//! * every task is in exactly one state, and moves only up;
//! * no task is bound to two nodes;
//! * a task is only ever bound to a node that passes its filters (readiness aside: a node may fall silent between the
//!   decision and its commit), so no node is over its reservable amounts, ports and caps;
//! * the managers' Raft keeps its promises ([`crate::manager::raft::peers::Invariant`]);
//! * at the end the store and the scheduler's books equal a recount of what was observed.

use swarmbed_scheduler::filter::{Filter, Pipeline};
use swarmbed_scheduler::node::{Node, NodeState};
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::view::{Claim, NodeView, View};
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, TaskId};

use crate::engine::table::Table;
use crate::manager::placement::Placement;
use crate::manager::raft::peers::Broken;
use crate::manager::store::Store;
use crate::names::Names;
use crate::observation::Observation;
use crate::setup::{Revision, Setup};

/// A broken invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// When it was noticed.
    pub at: SimTime,
    /// Which invariant.
    pub invariant: &'static str,
    /// What was found.
    pub reason: String,
}

/// The most findings that are kept: the first ones tell the story.
const KEPT: usize = 100;

/// The checkers' own accounts.
#[derive(Debug)]
pub struct Checkers {
    view: View,
    tasks: Table<Account>,
    count: usize,
    findings: Vec<Finding>,
}

#[derive(Clone, Debug)]
struct Account {
    service: ServiceId,
    revision: Revision,
    node: Option<NodeId>,
    state: TaskState,
    desired: TaskState,
    /// What it holds on its node; `None` before it is bound and once it is over.
    held: Option<Box<[Claim]>>,
}

impl Checkers {
    /// Accounts of the first members.
    pub fn new(setup: &Setup) -> Checkers {
        let mut view = View::new();
        for (id, machine) in (0..).map(NodeId).zip(&setup.machines).filter(|(_, m)| m.from_start) {
            view.set_node(id, Node { state: NodeState::Ready, ..machine.node.clone() });
        }
        Checkers { view, tasks: Table::default(), count: 0, findings: Vec::new() }
    }

    /// What was found so far.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Enters an observation into the accounts.
    #[inline]
    pub fn observe(&mut self, at: SimTime, what: &Observation, setup: &Setup, names: &Names) {
        // Ends of requests are many, and the mesh keeps their accounts.
        if !matches!(what, Observation::RequestEnded(_)) {
            self.note(at, what, setup, names);
        }
    }

    fn note(&mut self, at: SimTime, what: &Observation, setup: &Setup, names: &Names) {
        let broken = match *what {
            Observation::TaskCreated { task, service, node, desired, revision, .. } => {
                let state = TaskState::New;
                self.tasks.insert(task.0, Account { service, revision, node, state, desired, held: None });
                self.count += 1;
                Ok(())
            }
            Observation::TaskAssigned { task, node } => self.assigned(task, node, setup, names),
            Observation::TaskStateChanged { task, from, to, .. } => self.state(task, from, to, setup),
            Observation::TaskDesiredChanged { task, from, to } => self.desired(task, from, to),
            Observation::TaskDeleted { task } => self.deleted(task, setup),
            Observation::NodeJoined { node } => {
                let described = setup.machines[node.index()].node.clone();
                self.view.set_node(node, Node { state: NodeState::Unknown, ..described });
                Ok(())
            }
            Observation::NodeRemoved { node } => {
                self.view.remove_node(node);
                Ok(())
            }
            _ => Ok(()),
        };
        if let Err((invariant, reason)) = broken {
            self.find(at, invariant, reason);
        }
    }

    /// Enters what a count of all requests said.
    pub fn requests(&mut self, at: SimTime, counted: Result<(), String>) {
        if let Err(reason) = counted {
            self.find(at, CONSERVED, reason);
        }
    }

    fn find(&mut self, at: SimTime, invariant: &'static str, reason: String) {
        if self.findings.len() < KEPT {
            self.findings.push(Finding { at, invariant, reason });
        }
    }

    fn assigned(&mut self, task: TaskId, node: NodeId, setup: &Setup, names: &Names) -> Verdict {
        let account = self.tasks.get_mut(task.0).ok_or_else(|| unknown(task))?;
        if account.state != TaskState::Pending {
            return Err((ONE_STATE, format!("task {} was assigned while {}", task.0, account.state)));
        }
        if account.node.is_some_and(|bound| bound != node) || account.held.is_some() {
            let reason = format!("task {} was bound to {} and elsewhere", task.0, names.node(node));
            return Err((ONE_NODE, reason));
        }
        account.node = Some(node);
        account.state = TaskState::Assigned;
        let spec = &setup.spec(account.service, account.revision).task;
        let Some(there) = self.view.node_mut(node) else {
            return Err((FITS, format!("task {} was bound to {}, no member", task.0, names.node(node))));
        };
        there.takes_tasks = true; // readiness is the one thing that may have changed since the decision
        let fit = Pipeline::new(spec).check(there, &there.books, account.service);
        account.held = Some(there.books.hold(spec));
        if account.desired <= TaskState::Complete {
            there.books.count_in(account.service);
        }
        fit.map_err(|filter: Filter| {
            let (service, node) = (names.service(account.service), names.node(node));
            (
                FITS,
                format!(
                    "task {} of {service} was bound to {node}, which fails its {filter:?} filter",
                    task.0
                ),
            )
        })
    }

    fn state(&mut self, task: TaskId, from: TaskState, to: TaskState, setup: &Setup) -> Verdict {
        let account = self.tasks.get_mut(task.0).ok_or_else(|| unknown(task))?;
        let before = std::mem::replace(&mut account.state, to);
        if to.is_over() {
            release(account, &mut self.view, setup);
        }
        if before != from || to <= from {
            let reason = format!("task {} was {before} and moved from {from} to {to}", task.0);
            return Err((ONE_STATE, reason));
        }
        Ok(())
    }

    fn desired(&mut self, task: TaskId, from: TaskState, to: TaskState) -> Verdict {
        let account = self.tasks.get_mut(task.0).ok_or_else(|| unknown(task))?;
        let before = std::mem::replace(&mut account.desired, to);
        let stops_counting = before <= TaskState::Complete && to > TaskState::Complete;
        if stops_counting && account.held.is_some() {
            let books = account.node.and_then(|n| self.view.books_mut(n));
            books.into_iter().for_each(|b| b.count_out(account.service));
        }
        if before != from || to <= from {
            let reason = format!("task {} was wanted {before}, then moved from {from} to {to}", task.0);
            return Err((ONE_STATE, reason));
        }
        Ok(())
    }

    fn deleted(&mut self, task: TaskId, setup: &Setup) -> Verdict {
        let mut account = self.tasks.remove(task.0).ok_or_else(|| unknown(task))?;
        self.count -= 1;
        release(&mut account, &mut self.view, setup);
        Ok(())
    }

    /// The managers broke a promise of Raft's.
    pub fn raft(&mut self, at: SimTime, broken: &Broken) {
        self.find(at, RAFT, broken.to_string());
    }

    /// Compares the accounts with the store and with the scheduler's own recount; `used` is what came of the recount of what
    /// containers use.
    pub fn recount(
        &mut self,
        at: SimTime,
        store: &Store,
        placement: Option<&Placement>,
        used: Result<(), String>,
    ) {
        let stored = store.tasks().count();
        if stored != self.count {
            self.find(at, RECOUNT, format!("the store has {stored} tasks, {} were observed", self.count));
        }
        let differing = store.tasks().find(|task| {
            self.tasks.get(task.id.0).is_none_or(|account| {
                (account.state, account.desired, account.node) != (task.state, task.desired, task.node)
            })
        });
        if let Some(task) = differing {
            self.find(at, RECOUNT, format!("task {} is not what was observed of it", task.id.0));
        }
        let over = |node: &&NodeView| node.books.available.nano_cpus < 0 || node.books.available.memory < 0;
        if let Some(node) = placement.and_then(|p| p.view().nodes().find(over)) {
            self.find(at, FITS, format!("{} is over its reservable amounts", node.node.name));
        }
        let books = placement.map_or(Ok(()), Placement::recount);
        for reason in [books, used].into_iter().filter_map(Result::err) {
            self.find(at, RECOUNT, reason);
        }
    }
}

type Verdict = Result<(), (&'static str, String)>;

const RAFT: &str = "the managers agree";
const ONE_STATE: &str = "every task is in exactly one state";
const ONE_NODE: &str = "no task is on two nodes";
const FITS: &str = "a task is only on a node that passes its filters";
const CONSERVED: &str = "every request that was sent has ended in one way, or is open";
const RECOUNT: &str = "the accounts equal a recount";

fn unknown(task: TaskId) -> (&'static str, String) {
    (ONE_STATE, format!("task {} does not exist", task.0))
}

fn release(account: &mut Account, view: &mut View, setup: &Setup) {
    let Some(claims) = account.held.take() else { return };
    let Some(node) = account.node.and_then(|n| view.node_mut(n)) else { return };
    node.release(&setup.spec(account.service, account.revision).task, &claims);
    if account.desired <= TaskState::Complete {
        node.books.count_out(account.service);
    }
}
