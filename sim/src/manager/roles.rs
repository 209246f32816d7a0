//! The role manager (`manager/role_manager.go`): brings the managers' Raft in line with the roles that the operator wants,
//! one member at a time.
//!
//! A promotion takes effect at once, and then the node's manager joins. A demotion takes effect when the member has been
//! removed, which waits until the others are a quorum without it. A leader that is to be demoted first gives its leadership
//! away, and the next one removes it.

use std::collections::BTreeSet;

use swarmbed_scheduler::node::Role;
use swarmbed_scheduler::{NodeId, Span};

use super::ledger::Write;
use super::quorum::Realm;
use super::store::{Change, Store};
use crate::context::Context;
use crate::event::{Event, RoleEvent};
use crate::observation::Observation;
use crate::world::machines::Power;

/// How often it tries again what could not be done (`role_manager.go:15-23`).
const TRIES_EVERY: Span = Span::secs(5);

/// What the role manager remembers. It dies with the leader's term.
#[derive(Debug, Default)]
pub struct Roles {
    /// Nodes that are to be workers and are not yet.
    demoted: BTreeSet<NodeId>,
    /// Of those, the ones whose new role is being written.
    writing: BTreeSet<NodeId>,
    /// Something could not be done, and is tried again later.
    waits: bool,
}

impl Roles {
    /// A new leader's role manager begins with what the store says.
    pub fn take_up(store: &Store) -> Roles {
        let demoted =
            store.nodes().filter(|(id, row)| store.wants(*id) == Role::Worker && row.role == Role::Manager);
        Roles { demoted: demoted.map(|(id, _)| id).collect(), ..Roles::default() }
    }

    /// A change was committed.
    pub fn watch(&mut self, what: &Observation) {
        match *what {
            Observation::NodeRoleWanted { node, to: Role::Worker } => drop(self.demoted.insert(node)),
            Observation::NodeRoleWanted { node, to: Role::Manager }
            | Observation::NodeRoleChanged { node, .. }
            | Observation::NodeRemoved { node } => {
                self.demoted.remove(&node);
                self.writing.remove(&node);
            }
            _ => {}
        }
    }

    /// Writes down that a node is a worker now.
    pub fn prepare(node: NodeId, store: &Store, changes: &mut Vec<Change>) {
        if store.wants(node) == Role::Worker {
            changes.push(Change::SetRole { node, to: Role::Worker });
        }
    }

    /// Tries again what could not be done.
    pub fn handle(&mut self, event: RoleEvent) {
        match event {
            RoleEvent::TryAgain => self.waits = false,
        }
    }

    fn try_later(&mut self, ctx: &mut Context<'_>) {
        self.waits = true;
        ctx.after(TRIES_EVERY, Event::Role(RoleEvent::TryAgain));
    }
}

/// Does the next thing that has to be done, if the last one is done.
pub fn advance(realm: &mut Realm<'_>, ctx: &mut Context<'_>) {
    let Realm { quorum, machines, leader, .. } = realm;
    let computes = |node: NodeId| machines.power(node) == Power::On;
    if !quorum.is_led() || !quorum.leader().is_none_or(computes) || quorum.is_changing() {
        return;
    }
    if quorum.join_next(machines, ctx) {
        return;
    }
    let roles = &mut leader.roles;
    if roles.waits {
        return;
    }
    for node in roles.demoted.difference(&roles.writing).copied().collect::<Vec<_>>() {
        let Some(peer) = quorum.peer_of(node) else {
            roles.writing.insert(node);
            ctx.propose(Write::SetRole(node));
            continue;
        };
        if quorum.leader() == Some(node) {
            quorum.hand_over(machines, ctx);
            roles.try_later(ctx);
            return;
        }
        if quorum.can_remove(peer) && quorum.remove(peer, machines, ctx) {
            return;
        }
    }
    if roles.demoted.len() > roles.writing.len() {
        roles.try_later(ctx);
    }
}
