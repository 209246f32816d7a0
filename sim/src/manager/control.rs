//! The managers' API (`manager/controlapi`): what an operator's command does, and why it is refused.

use swarmbed_scheduler::node::{NodeState, Role};
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{NodeId, ServiceId};

use super::ledger::Write;
use super::ports;
use super::store::{Change, Store};
use crate::context::Context;
use crate::event::{Event, TimelineEvent};
use crate::names::Text;
use crate::observation::Observation;
use crate::setup::{Action, Revision, Step};
use crate::worker::container;
use crate::world::harms;
use crate::world::machines::{self, Holder, Scene, Trouble};

use super::quorum::{Patience, Quorum};

/// The order in which a step of the timeline takes effect: a command goes to the managers, anything else simply happens.
pub fn take_step(step: u32, scene: &mut Scene<'_>, ctx: &mut Context<'_>) {
    let Step { action, .. } = &ctx.setup.timeline[step as usize];
    let trouble = match action {
        Action::Crash { nodes, lasts } => Some((Trouble::Crash, nodes, *lasts)),
        Action::Leave { nodes } => Some((Trouble::Crash, nodes, None)),
        Action::Silence { nodes, lasts } => Some((Trouble::Silence, nodes, *lasts)),
        Action::Freeze { nodes, lasts } => Some((Trouble::Freeze, nodes, *lasts)),
        _ => None,
    };
    if let Some((trouble, nodes, lasts)) = trouble {
        for node in nodes {
            if matches!(action, Action::Leave { .. }) {
                scene.workers.mesh.leaves_swarm(*node, ctx);
            }
            machines::befall(trouble, *node, lasts, TIMELINE, scene, ctx);
        }
        return;
    }
    let recovered = match action {
        Action::Restart { nodes } => Some((Trouble::Crash, nodes)),
        Action::Unsilence { nodes } => Some((Trouble::Silence, nodes)),
        Action::Thaw { nodes } => Some((Trouble::Freeze, nodes)),
        _ => None,
    };
    if let Some((trouble, nodes)) = recovered {
        for node in nodes {
            if trouble == Trouble::Crash && scene.machines.power(*node) != machines::Power::Off {
                machines::befall(trouble, *node, None, TIMELINE, scene, ctx);
            }
            machines::relieve(trouble, *node, TIMELINE, scene, ctx);
        }
        return;
    }
    match action {
        Action::Harm { harm, lasts } => harms::befall(*harm, *lasts, TIMELINE, scene, ctx),
        Action::Mend { harm } => harms::undo(*harm, TIMELINE, scene, ctx),
        Action::ForceNewCluster { node } => {
            ctx.observe(Observation::CommandReceived { step });
            match scene.quorum.force_new_cluster(*node, scene.machines, ctx) {
                Ok(lost) => ctx.observe(Observation::ClusterForced { node: *node, lost: lost as u32 }),
                Err(reason) => refuse(reason, ctx),
            }
        }
        Action::ExitContainers { service, nodes, code } => {
            for node in nodes {
                container::exit_all(*service, *node, *code, scene.workers, ctx);
            }
        }
        _ => {
            ctx.observe(Observation::CommandReceived { step });
            match scene.quorum.patience(scene.machines, ctx.now) {
                Patience::NotNeeded => ctx.propose(Write::Command(step)),
                Patience::Until(time) => {
                    ctx.propose(Write::Command(step));
                    ctx.at(time, Event::Timeline(TimelineEvent::GivenUp { step }));
                }
                Patience::Over => refuse(NO_LEADER, ctx),
                Patience::Nobody => refuse(NO_MANAGER, ctx),
            }
        }
    }
}

const TIMELINE: Holder = Holder::Timeline;

/// What an operator is told when there has been no leader for a while (`manager/state/raft/raft.go`: errLostQuorum).
const NO_LEADER: &str = "The swarm does not have a leader. It's possible that too few managers are online. \
                         Make sure more than half of the managers are online.";

/// What an operator is told when no manager answers.
const NO_MANAGER: &str = "Cannot connect to the Docker daemon of any manager";

/// A command has waited for a leader long enough, if it still waits.
pub fn give_up(step: u32, quorum: &Quorum, ctx: &mut Context<'_>) {
    let waits = |write: &Write| *write == Write::Command(step);
    if !quorum.is_led() && ctx.writes.iter().any(waits) {
        ctx.writes.retain(|write| !waits(write));
        refuse(NO_LEADER, ctx);
    }
}

/// What a command changes in the store. A refusal is reported, and the run goes on.
pub fn prepare(step: u32, store: &Store, quorum: &Quorum, changes: &mut Vec<Change>, ctx: &mut Context<'_>) {
    match &ctx.setup.timeline[step as usize].action {
        Action::Create { service } if store.service(*service).is_some() => {
            let name = ctx.names.service(*service);
            refuse(&format!("service {name} already exists"), ctx);
        }
        Action::Create { service } => {
            let service = *service;
            if !ports_refused(service, Revision(0), store, ctx) {
                changes.push(Change::CreateService { service });
            }
        }
        Action::Scale { service, .. }
        | Action::Update { service, .. }
        | Action::Rollback { service }
        | Action::RemoveService { service }
            if store.service(*service).is_none_or(|s| s.removed) =>
        {
            let name = ctx.names.service(*service);
            refuse(&format!("service {name} not found"), ctx);
        }
        Action::Scale { service, replicas } => {
            changes.push(Change::ScaleService { service: *service, replicas: *replicas });
        }
        Action::Update { service, revision, replicas } => {
            let (service, revision, replicas) = (*service, *revision, *replicas);
            if !ports_refused(service, revision, store, ctx) {
                changes.push(Change::UpdateService { service, revision, replicas });
            }
        }
        Action::Rollback { service } if store.service(*service).is_none_or(|row| row.previous.is_none()) => {
            let name = ctx.names.service(*service);
            refuse(&format!("service {name} does not have a previous spec"), ctx);
        }
        Action::Rollback { service } => {
            let message = ctx.text("manually requested rollback");
            changes.push(Change::RollBackService { service: *service, by_operator: true, message });
        }
        Action::RemoveService { service } => changes.push(Change::RemoveService { service: *service }),
        Action::SetAvailability { nodes, availability } => {
            let change = |node: &NodeId| Change::SetAvailability { node: *node, to: *availability };
            changes.extend(nodes.iter().map(change));
        }
        Action::Join { nodes } => {
            for node in nodes {
                if store.node(*node).is_some() {
                    let name = ctx.names.node(*node);
                    refuse(&format!("node {name} is already part of the swarm"), ctx);
                } else {
                    changes.push(Change::CreateNode { node: *node });
                }
            }
        }
        Action::RemoveNode { nodes, force } => {
            nodes.iter().for_each(|node| remove_node(*node, *force, store, quorum, changes, ctx));
        }
        Action::Promote { node } => promote(*node, store, changes, ctx),
        Action::Demote { node } => demote(*node, store, quorum, changes, ctx),
        _ => {} // not a command
    }
}

/// Refuses a spec whose ports cannot be had, and says whether it did.
fn ports_refused(service: ServiceId, revision: Revision, store: &Store, ctx: &mut Context<'_>) -> bool {
    let alone = ports::refused_alone(ctx.setup.spec(service, revision));
    let refused = alone.or_else(|| ports::refused_beside_others(service, revision, store, ctx.setup));
    refused.iter().for_each(|reason| refuse(reason, ctx));
    refused.is_some()
}

/// `docker node promote`: it takes effect at once.
fn promote(node: NodeId, store: &Store, changes: &mut Vec<Change>, ctx: &mut Context<'_>) {
    if store.node(node).is_none() {
        return not_found(node, ctx);
    }
    changes.push(Change::WantRole { node, to: Role::Manager });
    changes.push(Change::SetRole { node, to: Role::Manager });
}

/// `docker node demote` (`controlapi/node.go:195-215`): refused for the last manager, for one that is no member of the
/// managers' Raft, and where the others would be no quorum. Otherwise only what is wanted changes.
fn demote(node: NodeId, store: &Store, quorum: &Quorum, changes: &mut Vec<Change>, ctx: &mut Context<'_>) {
    let Some(row) = store.node(node) else { return not_found(node, ctx) };
    if row.role == Role::Worker && store.wants(node) == Role::Worker {
        return;
    }
    let managers = store.nodes().filter(|(id, _)| store.wants(*id) == Role::Manager).count();
    let refused = match quorum.peer_of(node) {
        _ if managers == 1 => Some("attempting to demote the last manager of the swarm"),
        None => Some("can't find manager in raft memberlist"),
        Some(peer) if !quorum.can_remove(peer) => {
            Some("can't remove member from the raft: this would result in a loss of quorum")
        }
        Some(_) => None,
    };
    match refused {
        Some(reason) => refuse(reason, ctx),
        None => changes.push(Change::WantRole { node, to: Role::Worker }),
    }
}

fn not_found(node: NodeId, ctx: &mut Context<'_>) {
    let name = ctx.names.node(node);
    refuse(&format!("node {name} not found"), ctx);
}

/// `docker node rm` (`controlapi/node.go:262-332`): refused for a READY node unless forced; its tasks that have not
/// ended become ORPHANED in the same transaction.
fn remove_node(
    node: NodeId,
    force: bool,
    store: &Store,
    quorum: &Quorum,
    changes: &mut Vec<Change>,
    ctx: &mut Context<'_>,
) {
    let Some(row) = store.node(node) else { return not_found(node, ctx) };
    if quorum.peer_of(node).is_some() && store.wants(node) == Role::Manager {
        let name = ctx.names.node(node);
        let member = "is a cluster manager and is a member of the raft cluster";
        refuse(&format!("node {name} {member}. It must be demoted to worker before removal"), ctx);
        return;
    }
    if row.state == NodeState::Ready && !force {
        let name = ctx.names.node(node);
        refuse(&format!("node {name} is not down and can't be removed"), ctx);
        return;
    }
    for task in store.tasks_on(node).iter().filter_map(|t| store.task(*t)) {
        if !task.state.is_over() {
            let error = Text::NONE;
            changes.push(Change::SetState { task: task.id, to: TaskState::Orphaned, error });
        }
    }
    changes.push(Change::RemoveNode { node });
}

fn refuse(reason: &str, ctx: &mut Context<'_>) {
    let reason = ctx.text(reason);
    ctx.observe(Observation::CommandRefused { reason });
}
