//! The managers' API (`manager/controlapi`): what an operator's command does, and why it is refused.

use swarmbed_scheduler::NodeId;
use swarmbed_scheduler::node::NodeState;
use swarmbed_scheduler::task::TaskState;

use super::ledger::Write;
use super::store::{Change, Store};
use crate::context::Context;
use crate::names::Text;
use crate::observation::Observation;
use crate::setup::{Action, Step};
use crate::worker::{Workers, container};
use crate::world::Machines;
use crate::world::machines::{self, Trouble};

use super::dispatcher::Dispatcher;

/// The order in which a step of the timeline takes effect: a command goes to the managers, anything else simply happens.
pub fn take_step(
    step: u32,
    machines: &mut Machines,
    workers: &mut Workers,
    dispatcher: &mut Dispatcher,
    ctx: &mut Context<'_>,
) {
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
            machines::befall(trouble, *node, lasts, machines, workers, dispatcher, ctx);
        }
        return;
    }
    match action {
        Action::Restart { nodes } => {
            for node in nodes {
                if machines.power(*node) != machines::Power::Off {
                    machines::befall(Trouble::Crash, *node, None, machines, workers, dispatcher, ctx);
                }
                machines::boot(*node, machines, workers, ctx);
            }
        }
        Action::Unsilence { nodes } => {
            nodes.iter().for_each(|node| machines::hear(*node, machines, workers, ctx));
        }
        Action::Thaw { nodes } => {
            nodes.iter().for_each(|node| machines::thaw(*node, machines, workers, ctx));
        }
        Action::ExitContainers { service, nodes, code } => {
            for node in nodes {
                container::exit_all(*service, *node, *code, workers, ctx);
            }
        }
        _ => {
            ctx.observe(Observation::CommandReceived { step });
            ctx.propose(Write::Command(step));
        }
    }
}

/// What a command changes in the store. A refusal is reported, and the run goes on.
pub fn prepare(step: u32, store: &Store, changes: &mut Vec<Change>, ctx: &mut Context<'_>) {
    match &ctx.setup.timeline[step as usize].action {
        Action::Create { service } if store.service(*service).is_some() => {
            let name = ctx.names.service(*service);
            refuse(&format!("service {name} already exists"), ctx);
        }
        Action::Create { service } => changes.push(Change::CreateService { service: *service }),
        Action::Scale { service, .. } | Action::RemoveService { service }
            if store.service(*service).is_none_or(|s| s.removed) =>
        {
            let name = ctx.names.service(*service);
            refuse(&format!("service {name} not found"), ctx);
        }
        Action::Scale { service, replicas } => {
            changes.push(Change::ScaleService { service: *service, replicas: *replicas });
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
            nodes.iter().for_each(|node| remove_node(*node, *force, store, changes, ctx));
        }
        _ => {} // not a command
    }
}

/// `docker node rm` (`controlapi/node.go:262-332`): refused for a READY node unless forced; its tasks that have not
/// ended become ORPHANED in the same transaction.
fn remove_node(node: NodeId, force: bool, store: &Store, changes: &mut Vec<Change>, ctx: &mut Context<'_>) {
    let Some(row) = store.node(node) else {
        let name = ctx.names.node(node);
        refuse(&format!("node {name} not found"), ctx);
        return;
    };
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
