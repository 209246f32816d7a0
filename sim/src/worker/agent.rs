//! The agent of a node (`agent/agent.go`, `agent/session.go`): its session with the dispatcher, and the orders it gets.
//!
//! Losing the managers never stops a container: the agent keeps its tasks, notes what becomes of them and reports all of
//! it when it has a session again.

use swarmbed_scheduler::{NodeId, SimTime, Span, TaskId};

use super::remotes::Remotes;
use super::{Workers, container};
use crate::context::Context;
use crate::event::{AgentEvent, ContainerEvent, DispatcherEvent, Event};
use crate::manager::quorum::Way;
use crate::manager::raft::PeerId;
use crate::observation::Observation;
use crate::setup::Beats as BeatsMode;
use crate::world::machines::Power;

mod reach;

use reach::measure;
pub use reach::{
    Ways, booted, crashed, cut_off, heard_again, joined, leader_lost, leaders_changed, reconnected, removed,
    silenced, stall, thawed, unheard_from_now, ways_changed,
};

/// One node's agent.
#[derive(Debug)]
pub struct Agent {
    /// Counts sessions, so that a late event of an earlier one is told.
    session: u32,
    phase: Phase,
    /// The manager that it has its session with, or asked last; a manager's own agent asks itself.
    via: PeerId,
    remotes: Remotes,
    /// When it asked for the session that it waits for.
    asked: SimTime,
    /// The current back-off limit.
    backoff: Span,
    /// Nothing gets through to or from the managers.
    cut: bool,
    /// Its next heartbeat is in the agenda.
    beat_planned: bool,
    /// A request is out and unanswered, since the machine is cut off.
    stuck: Option<Request>,
    /// Parcels that arrived while the machine was cut off.
    inbox: Vec<u32>,
    /// Container events that came due while the machine was frozen.
    stalled: Vec<ContainerEvent>,
    /// The tasks it knows.
    pub(super) tasks: Vec<TaskId>,
}

/// Where the agent stands with the managers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The machine is off, or no member.
    Off,
    /// It waits before it asks for a session.
    Waiting,
    /// It has asked for one.
    Asking,
    /// It has one.
    Open,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Request {
    Beat,
    Register,
}

impl Agent {
    /// The manager by which its node gets at the leader.
    pub(super) fn manager(&self) -> PeerId {
        self.via
    }

    pub(super) fn new(from_start: bool) -> Agent {
        Agent {
            session: 0,
            phase: if from_start { Phase::Open } else { Phase::Off },
            via: PeerId(0),
            remotes: Remotes::default(),
            asked: SimTime::ZERO,
            backoff: Span::ZERO,
            cut: false,
            beat_planned: false,
            stuck: None,
            inbox: Vec::new(),
            stalled: Vec::new(),
            tasks: Vec::new(),
        }
    }
}

/// An agent acts.
pub fn handle(event: AgentEvent, ways: Ways<'_>, workers: &mut Workers, ctx: &mut Context<'_>) {
    match event {
        AgentEvent::Beat { node, session } => beat(node, session, ways, workers, ctx),
        AgentEvent::Register { node, session } => register(node, session, ways, workers, ctx),
        AgentEvent::AskAgain { node, session } => ask_again(node, session, ways, workers, ctx),
        AgentEvent::TimedOut { node, session } => {
            let agent = &workers.agents[node.index()];
            if agent.session == session && agent.stuck.is_some() && ways.machines.power(node) == Power::On {
                lose_session(node, workers, ctx);
            }
        }
        AgentEvent::Refused { node, session } => {
            let agent = &workers.agents[node.index()];
            if agent.session == session && ways.hears(node, workers, ctx) {
                lose_session(node, workers, ctx);
            }
        }
        AgentEvent::Registered { node, session } => registered(node, session, ways, workers, ctx),
        AgentEvent::Assignments { node, session, parcel } => {
            if workers.agents[node.index()].session != session {
                workers.parcels.take(parcel); // the new session begins with everything
            } else if !ways.hears(node, workers, ctx) {
                workers.agents[node.index()].inbox.push(parcel);
            } else {
                open_parcel(node, parcel, workers, ctx);
            }
        }
        AgentEvent::Pulled { node, image, power } => {
            for task in workers.images.pulled(node, image, power, ctx) {
                container::image_present(task, workers, ctx);
            }
        }
    }
}

/// The first member's agents have their sessions open; with played beats each next beat is an event.
pub fn start(ways: Ways<'_>, workers: &mut Workers, ctx: &mut Context<'_>) {
    for (node, machine) in (0..).map(NodeId).zip(&ctx.setup.machines) {
        if machine.from_start {
            pick_manager(node, ways, workers, ctx);
            measure(node, ways, workers, ctx);
            play_next_beat(node, workers, ctx);
        }
    }
}

/// The manager that the agent asks next: itself if it is one, and else one at random.
fn pick_manager(node: NodeId, ways: Ways<'_>, workers: &mut Workers, ctx: &mut Context<'_>) {
    workers.mesh.stir(ctx);
    let agent = &mut workers.agents[node.index()];
    let name = format!("{}.{}", ctx.setup.machines[node.index()].node.name, agent.session);
    let managers: Vec<PeerId> = ways.quorum.members().collect();
    let at_random = |agent: &mut Agent| {
        agent.remotes.pick(managers.iter().copied(), &mut ctx.stream("agent.manager", &name))
    };
    agent.via = ways.quorum.own(node).or_else(|| at_random(agent)).unwrap_or(agent.via);
}

/// In played mode every beat is an event.
pub(crate) fn play_next_beat(node: NodeId, workers: &mut Workers, ctx: &mut Context<'_>) {
    if ctx.setup.beats == BeatsMode::Played {
        plan_beat(node, workers, ctx);
    }
}

/// Puts the next beat into the agenda, unless it is there.
fn plan_beat(node: NodeId, workers: &mut Workers, ctx: &mut Context<'_>) {
    let next = workers.beats.next(node).max(ctx.now);
    let agent = &mut workers.agents[node.index()];
    if !std::mem::replace(&mut agent.beat_planned, true) {
        ctx.at(next, Event::Agent(AgentEvent::Beat { node, session: agent.session }));
    }
}

fn beat(node: NodeId, session: u32, ways: Ways<'_>, workers: &mut Workers, ctx: &mut Context<'_>) {
    let agent = &mut workers.agents[node.index()];
    if agent.session != session {
        return;
    }
    agent.beat_planned = false;
    if agent.phase != Phase::Open || ways.machines.power(node) != Power::On {
        return;
    }
    let way = ways.way(node, workers, ctx);
    if way == Way::Silent {
        stick(node, Request::Beat, workers, ctx);
    } else if way != Way::Open {
        lose_session(node, workers, ctx);
    } else if workers.beats.flowing(node) {
        workers.beats.play(node, &ctx.setup.profile);
        play_next_beat(node, workers, ctx);
    } else {
        send_beat(node, workers, ctx);
    }
}

/// A beat that somebody waits for: it goes to the dispatcher as a message.
fn send_beat(node: NodeId, workers: &mut Workers, ctx: &mut Context<'_>) {
    workers.beats.allow(node);
    let session = workers.agents[node.index()].session;
    ctx.after(workers.beats.distance(node), Event::Dispatcher(DispatcherEvent::Heard { node, session }));
}

/// A request goes out into nothing: it is delivered if the machine is heard again before the agent gives up
/// (the transport retransmits), and fails after the agent's time-out otherwise.
fn stick(node: NodeId, request: Request, workers: &mut Workers, ctx: &mut Context<'_>) {
    let agent = &mut workers.agents[node.index()];
    agent.stuck = Some(request);
    let event = AgentEvent::TimedOut { node, session: agent.session };
    ctx.after(ctx.setup.profile.rpc_timeout, Event::Agent(event));
}

/// The session is lost: the agent waits, longer after each failure, and asks for a new one
/// (`agent/agent.go:361-385`: uniform in [0, min(100 ms + 2 x the last limit, 8 s))).
///
/// Every error that it reads counts as a failure. When an open session ends its streams fail one after the other, and the
/// agent may read a second error before it sees that the session is closed: Go picks one of two ready channels at random.
/// In recordings of the real SwarmKit workers that had been frozen registered up to 0.5 s after they went on, and a
/// session's failures came with limits of 0.1 and 0.3 s in the same millisecond.
fn lose_session(node: NodeId, workers: &mut Workers, ctx: &mut Context<'_>) {
    let profile = &ctx.setup.profile;
    let agent = &mut workers.agents[node.index()];
    let name = format!("{}.{}", ctx.setup.machines[node.index()].node.name, agent.session + 1);
    agent.remotes.failed(agent.via);
    let mut errors = 1;
    if agent.phase == Phase::Open {
        ctx.observations.push(Observation::SessionLost { node });
        errors += ctx.stream("agent.errors", &name).below(2);
    }
    for _ in 0..errors {
        agent.backoff = (profile.backoff_first + agent.backoff.times(2)).min(profile.backoff_longest);
    }
    let limit = agent.backoff;
    agent.session += 1;
    agent.beat_planned = false;
    agent.phase = Phase::Waiting;
    agent.stuck = None;
    for parcel in agent.inbox.drain(..) {
        workers.parcels.take(parcel);
    }
    let session = agent.session;
    let wait = Span((limit.0 as f64 * ctx.stream("agent.backoff", &name).unit()) as u64);
    ctx.after(wait, Event::Agent(AgentEvent::Register { node, session }));
}

fn register(node: NodeId, session: u32, ways: Ways<'_>, workers: &mut Workers, ctx: &mut Context<'_>) {
    let agent = &mut workers.agents[node.index()];
    if agent.session != session || agent.phase != Phase::Waiting || ways.machines.power(node) != Power::On {
        return;
    }
    agent.phase = Phase::Asking;
    agent.asked = ctx.now;
    pick_manager(node, ways, workers, ctx);
    ask(node, session, ways, workers, ctx);
}

/// Asks for a session. A manager that knows of no leader waits for one, and looks every second.
fn ask(node: NodeId, session: u32, ways: Ways<'_>, workers: &mut Workers, ctx: &mut Context<'_>) {
    let agent = &workers.agents[node.index()];
    match ways.way(node, workers, ctx) {
        Way::Open => {
            measure(node, ways, workers, ctx);
            request_session(node, session, workers, ctx);
        }
        Way::Silent => stick(node, Request::Register, workers, ctx),
        Way::Leaderless if ctx.now.since(agent.asked) < ctx.setup.profile.rpc_timeout => {
            ctx.after(LOOKS_FOR_LEADER, Event::Agent(AgentEvent::AskAgain { node, session }));
        }
        Way::Leaderless | Way::Refused => lose_session(node, workers, ctx),
    }
}

fn request_session(node: NodeId, session: u32, workers: &Workers, ctx: &mut Context<'_>) {
    ctx.after(workers.beats.distance(node), Event::Dispatcher(DispatcherEvent::Register { node, session }));
}

/// How often a manager without a leader looks whether there is one (`manager/state/raft/raft.go:1512-1540`).
const LOOKS_FOR_LEADER: Span = Span::secs(1);

fn ask_again(node: NodeId, session: u32, ways: Ways<'_>, workers: &mut Workers, ctx: &mut Context<'_>) {
    let agent = &workers.agents[node.index()];
    if agent.session == session && agent.phase == Phase::Asking && ways.machines.power(node) == Power::On {
        ask(node, session, ways, workers, ctx);
    }
}

/// The session is open: the first heartbeat goes out at once (`agent/session.go:179`), and every task's status is
/// reported afresh.
fn registered(node: NodeId, session: u32, ways: Ways<'_>, workers: &mut Workers, ctx: &mut Context<'_>) {
    let agent = &workers.agents[node.index()];
    let waits = agent.session == session && agent.phase == Phase::Asking; // asked twice, it is answered twice
    match ways.way(node, workers, ctx) {
        Way::Open if waits => {}
        Way::Refused | Way::Leaderless if waits => {
            return lose_session(node, workers, ctx); // its manager has lost the leader meanwhile
        }
        _ => return,
    }
    let agent = &mut workers.agents[node.index()];
    agent.phase = Phase::Open;
    agent.cut = false;
    agent.backoff = Span::ZERO;
    agent.remotes.listed(ways.quorum.members());
    workers.beats.allow(node);
    let arrives = ctx.now + workers.beats.distance(node);
    workers.beats.resume(node, arrives, &ctx.setup.profile);
    play_next_beat(node, workers, ctx);
    report_all(node, workers, ctx);
}

fn report_all(node: NodeId, workers: &mut Workers, ctx: &mut Context<'_>) {
    let agent = &workers.agents[node.index()];
    for task in &agent.tasks {
        workers.report_again(*task, ctx);
    }
}

/// Whether a report made now reaches the dispatcher.
pub(super) fn has_session(workers: &Workers, node: NodeId) -> bool {
    let agent = &workers.agents[node.index()];
    agent.phase == Phase::Open && !agent.cut
}

fn open_parcel(node: NodeId, parcel: u32, workers: &mut Workers, ctx: &mut Context<'_>) {
    let parcel = workers.parcels.take(parcel);
    for order in &parcel.orders {
        if workers.runs.knows(order.task) {
            container::change_order(order.task, order.desired, workers, ctx);
        } else {
            workers.agents[node.index()].tasks.push(order.task);
            container::accept(*order, node, workers, ctx);
        }
    }
    for task in parcel.forget {
        container::forget(task, workers, ctx);
    }
    if parcel.complete {
        let named = |task: &TaskId| parcel.orders.iter().any(|o| o.task == *task);
        let known = workers.agents[node.index()].tasks.iter();
        for task in known.copied().filter(|t| !named(t)).collect::<Vec<_>>() {
            container::forget(task, workers, ctx);
        }
    }
}

/// Asks for a new session after that time, with the back-off at its beginning.
fn ask_afresh(node: NodeId, delay: Span, workers: &mut Workers, ctx: &mut Context<'_>) {
    let agent = &mut workers.agents[node.index()];
    agent.session += 1;
    agent.beat_planned = false;
    agent.phase = Phase::Waiting;
    agent.backoff = Span::ZERO;
    agent.stuck = None;
    let event = AgentEvent::Register { node, session: agent.session };
    ctx.after(delay, Event::Agent(event));
}
