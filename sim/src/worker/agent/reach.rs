//! What befalls an agent: its machine, its membership, and its way to the leader.

use swarmbed_scheduler::{NodeId, Span};

use super::{
    Phase, Remotes, Request, ask_afresh, lose_session, open_parcel, plan_beat, report_all, request_session,
    send_beat, stick,
};
use crate::context::Context;
use crate::event::{ContainerEvent, Event};
use crate::manager::dispatcher::Dispatcher;
use crate::manager::quorum::{Quorum, Way};
use crate::worker::{Workers, container};
use crate::world::Machines;
use crate::world::machines::Power;

/// What lies between an agent and the leader.
#[derive(Clone, Copy)]
pub struct Ways<'a> {
    /// The machines.
    pub machines: &'a Machines,
    /// The managers.
    pub quorum: &'a Quorum,
}

impl Ways<'_> {
    /// What becomes of a request that the node's agent makes of its manager.
    pub(super) fn way(&self, node: NodeId, workers: &Workers, ctx: &Context<'_>) -> Way {
        self.quorum.way(node, workers.agents[node.index()].via, self.machines, ctx.now)
    }

    /// Whether what a manager sends reaches the agent.
    pub(super) fn hears(&self, node: NodeId, workers: &Workers, ctx: &Context<'_>) -> bool {
        self.way(node, workers, ctx) != Way::Silent
    }
}

/// How far it is to the leader, from now on.
pub(super) fn measure(node: NodeId, ways: Ways<'_>, workers: &mut Workers, ctx: &mut Context<'_>) {
    let via = workers.agents[node.index()].via;
    if let Some(distance) = ways.quorum.distance(node, via, ways.machines, ctx) {
        workers.beats.set_distance(node, distance, ctx);
    }
}

/// The node is no member any more: its agent gives up. Its containers go on until somebody stops them.
pub fn removed(node: NodeId, workers: &mut Workers) {
    let agent = &mut workers.agents[node.index()];
    agent.session += 1;
    agent.beat_planned = false;
    agent.phase = Phase::Off;
    agent.stuck = None;
}

/// The machine joins: its agent asks for a session at once.
pub fn joined(node: NodeId, workers: &mut Workers, ctx: &mut Context<'_>) {
    workers.beats.allow(node);
    workers.agents[node.index()].cut = false;
    ask_afresh(node, Span::ZERO, workers, ctx);
}

/// The machine lost power: containers and agent are gone, the agent's notes on disk remain.
pub fn crashed(node: NodeId, workers: &mut Workers, ctx: &mut Context<'_>) {
    workers.images.power_lost(node, ctx.now);
    let agent = &mut workers.agents[node.index()];
    agent.session += 1;
    agent.beat_planned = false;
    agent.phase = Phase::Off;
    agent.cut = true;
    agent.stuck = None;
    agent.stalled.clear();
    agent.remotes = Remotes::default(); // what its process remembered
    for parcel in agent.inbox.drain(..) {
        workers.parcels.take(parcel);
    }
    for task in workers.agents[node.index()].tasks.clone() {
        container::power_lost(task, workers, ctx);
    }
}

/// The machine booted: the agent takes up its tasks from its notes and asks for a session.
pub fn booted(node: NodeId, workers: &mut Workers, ctx: &mut Context<'_>) {
    for task in workers.agents[node.index()].tasks.clone() {
        container::take_up_again(task, workers, ctx);
    }
    workers.agents[node.index()].cut = false;
    workers.beats.allow(node);
    ask_afresh(node, ctx.setup.profile.boot, workers, ctx);
}

/// Nothing passes to or from the machine any more. To a leader on the machine itself it does.
pub fn silenced(
    node: NodeId,
    ways: Ways<'_>,
    workers: &mut Workers,
    dispatcher: &mut Dispatcher,
    ctx: &mut Context<'_>,
) {
    if ways.way(node, workers, ctx) == Way::Silent {
        unheard_from_now(node, workers, dispatcher, ctx);
        cut_off(node, workers, ctx);
    }
}

/// Nothing gets through any more: the next heartbeat, or a request that is out, will get stuck.
pub fn cut_off(node: NodeId, workers: &mut Workers, ctx: &mut Context<'_>) {
    let agent = &mut workers.agents[node.index()];
    agent.cut = true;
    match agent.phase {
        Phase::Open => plan_beat(node, workers, ctx),
        Phase::Asking => stick(node, Request::Register, workers, ctx),
        _ => {}
    }
}

/// Messages pass to and from the machine again; whether they get to the leader is another matter.
pub fn heard_again(node: NodeId, ways: Ways<'_>, workers: &mut Workers, ctx: &mut Context<'_>) {
    if !workers.agents[node.index()].cut {
        return;
    }
    workers.beats.allow(node);
    match ways.way(node, workers, ctx) {
        Way::Open => {
            measure(node, ways, workers, ctx);
            reconnected(node, workers, ctx);
        }
        Way::Silent => {}
        Way::Refused | Way::Leaderless => {
            let agent = &mut workers.agents[node.index()];
            agent.cut = false;
            if matches!(agent.phase, Phase::Open | Phase::Asking) {
                lose_session(node, workers, ctx);
            }
        }
    }
}

/// Messages pass again: what is stuck goes through, parcels arrive, and statuses are reported.
pub fn reconnected(node: NodeId, workers: &mut Workers, ctx: &mut Context<'_>) {
    workers.beats.allow(node);
    let agent = &mut workers.agents[node.index()];
    agent.cut = false;
    let session = agent.session;
    match agent.stuck.take() {
        Some(Request::Beat) => send_beat(node, workers, ctx),
        Some(Request::Register) => request_session(node, session, workers, ctx),
        None => {} // cut off for less than a heartbeat period: the next beat is on its way as an event
    }
    let agent = &mut workers.agents[node.index()];
    if agent.phase == Phase::Open {
        for parcel in std::mem::take(&mut agent.inbox) {
            open_parcel(node, parcel, workers, ctx);
        }
        report_all(node, workers, ctx);
    }
}

/// The machine goes on after standing still: what came due meanwhile happens now.
pub fn thawed(node: NodeId, workers: &mut Workers, ctx: &mut Context<'_>) {
    let agent = &mut workers.agents[node.index()];
    for event in std::mem::take(&mut agent.stalled) {
        ctx.after(Span::ZERO, Event::Container(event));
    }
    match agent.phase {
        Phase::Open => plan_beat(node, workers, ctx),
        Phase::Waiting | Phase::Asking => ask_afresh(node, Span::ZERO, workers, ctx),
        _ => {}
    }
}

/// Something lies otherwise between agents and the leader, or it is another: agents whose way there is closed are cut off or
/// lose their session, and those whose way is open again go on.
pub fn ways_changed(
    ways: Ways<'_>,
    workers: &mut Workers,
    dispatcher: &mut Dispatcher,
    ctx: &mut Context<'_>,
) {
    for node in (0..workers.agents.len() as u32).map(NodeId) {
        let agent = &workers.agents[node.index()];
        let (cut, stuck, asking) = (agent.cut, agent.stuck.is_some(), agent.phase == Phase::Asking);
        if ways.machines.power(node) != Power::On || !(asking || agent.phase == Phase::Open) {
            continue;
        }
        measure(node, ways, workers, ctx);
        match ways.way(node, workers, ctx) {
            Way::Open if cut => reconnected(node, workers, ctx),
            Way::Silent if !cut && !stuck => {
                unheard_from_now(node, workers, dispatcher, ctx);
                cut_off(node, workers, ctx);
            }
            Way::Leaderless if asking => {} // it waits for one
            Way::Refused | Way::Leaderless if !stuck => {
                unheard_from_now(node, workers, dispatcher, ctx);
                lose_session(node, workers, ctx);
            }
            _ => {}
        }
    }
}

/// Managers know of other leaders than before: an agent whose manager cannot pass its heartbeat on learns so with the next one,
/// which has to be played therefore.
pub fn leaders_changed(
    ways: Ways<'_>,
    workers: &mut Workers,
    dispatcher: &mut Dispatcher,
    ctx: &mut Context<'_>,
) {
    for node in (0..workers.agents.len() as u32).map(NodeId) {
        let agent = &workers.agents[node.index()];
        let listens = agent.phase == Phase::Open && !agent.cut && agent.stuck.is_none();
        if listens && ways.machines.power(node) == Power::On && ways.way(node, workers, ctx) != Way::Open {
            unheard_from_now(node, workers, dispatcher, ctx);
            plan_beat(node, workers, ctx);
        }
    }
}

/// The node's heartbeats end here: what the dispatcher's timer holds by now is worked out, and the timer armed.
pub fn unheard_from_now(
    node: NodeId,
    workers: &mut Workers,
    dispatcher: &mut Dispatcher,
    ctx: &mut Context<'_>,
) {
    let last = workers.beats.stop(node, ctx);
    dispatcher.last_heard(node, last, ctx);
}

/// The leader's dispatcher has stopped: sessions end, and requests for them fail.
pub fn leader_lost(ways: Ways<'_>, workers: &mut Workers, ctx: &mut Context<'_>) {
    for node in (0..workers.agents.len() as u32).map(NodeId) {
        if workers.beats.flowing(node) {
            workers.beats.stop(node, ctx);
        }
        let agent = &workers.agents[node.index()];
        let waits = matches!(agent.phase, Phase::Open | Phase::Asking) && agent.stuck.is_none();
        if waits && ways.hears(node, workers, ctx) {
            lose_session(node, workers, ctx);
        } else if waits && ways.machines.power(node) == Power::On {
            cut_off(node, workers, ctx);
        }
    }
}

/// A container event on a frozen machine waits until it goes on.
pub fn stall(node: NodeId, event: ContainerEvent, workers: &mut Workers) {
    workers.agents[node.index()].stalled.push(event);
}
