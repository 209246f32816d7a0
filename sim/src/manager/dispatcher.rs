//! The dispatcher (`manager/dispatcher`): sessions, heartbeats and who is DOWN; status reports in, assignments out.

use swarmbed_scheduler::node::NodeState;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{NodeId, SimTime, Span, TaskId};

use super::ledger::Write;
use super::store::{Change, Store, Task};
use crate::context::Context;
use crate::event::{AgentEvent, DispatcherEvent, Event};
use crate::names::Text;
use crate::observation::Observation;
use crate::worker::beats::{Beat, Beats};
use crate::worker::{Order, Parcel, Workers, agent};

mod reports;
mod ticks;

use reports::Reports;

/// What the dispatcher remembers. It dies with the leader's term.
#[derive(Debug)]
pub struct Dispatcher {
    rows: Vec<Row>,
    reports: Reports,
    /// Node states that are written with the next batch.
    states: Vec<(NodeId, NodeState)>,
    /// Nodes that asked for a session, and those whose READY is in the batch being written: theirs open with its commit.
    asking: Vec<(NodeId, u32)>,
    opening: Vec<(NodeId, u32)>,
    batch_due: bool,
    writing: bool,
    /// The batch timer's last beginning: it begins anew each time it has fired and what it wrote is committed.
    timer: SimTime,
}

#[derive(Clone, Debug)]
struct Row {
    /// The session whose heartbeats are awaited; none while the node is DOWN.
    session: Option<u32>,
    /// The session to which assignments are sent. It outlives the node's being DOWN: what is sent meanwhile waits in the
    /// connection, and a node that was only frozen finds it there (seen in recordings of the real SwarmKit).
    stream: Option<u32>,
    /// Registrations in quick succession, and when the last one was accepted.
    attempts: u32,
    accepted: Option<SimTime>,
    /// It has not registered since this leader began.
    unheard: bool,
    /// When patience ends, if no beat comes.
    deadline: SimTime,
    /// A look at the deadline is in the agenda.
    watched: bool,
    /// Counts state changes, so that an orphan timer is told from an earlier one.
    downs: u32,
    /// Tasks whose assignment changed and is not sent yet.
    changed: Vec<TaskId>,
    /// When they are sent, if nothing more changes.
    send_at: SimTime,
    /// A sending is in the agenda.
    sending: bool,
}

impl Dispatcher {
    /// Every first member has a session.
    pub fn new(members: impl Iterator<Item = bool>) -> Dispatcher {
        let row = |member: bool| Row {
            session: member.then_some(0),
            stream: member.then_some(0),
            attempts: 0,
            accepted: None,
            unheard: false,
            deadline: SimTime::NEVER,
            watched: false,
            downs: 0,
            changed: Vec::new(),
            send_at: SimTime::ZERO,
            sending: false,
        };
        Dispatcher {
            rows: members.map(row).collect(),
            reports: Reports::default(),
            states: Vec::new(),
            asking: Vec::new(),
            opening: Vec::new(),
            batch_due: false,
            writing: false,
            timer: SimTime::ZERO,
        }
    }

    /// A new leader's dispatcher knows no session: every node that is not DOWN becomes UNKNOWN and has twice the usual
    /// patience to register (`dispatcher.go:421-483`, `nodes.go:86, 112`); the day after which a node's tasks become orphans
    /// begins anew (`:440-453`).
    pub fn take_over(&mut self, store: &Store, ctx: &mut Context<'_>) {
        let profile = &ctx.setup.profile;
        for (node, row) in store.nodes() {
            if row.state == NodeState::Down {
                let event = DispatcherEvent::Orphan { node, downs: 0 };
                ctx.after(profile.orphan_after, Event::Dispatcher(event));
                continue;
            }
            let name = format!("{}@{}", row.name, ctx.now.0);
            let width = 2.0 * profile.heartbeat_epsilon.0 as f64;
            let jitter = Span((width * ctx.stream("dispatcher.unknown", &name).unit()) as u64);
            let period = profile.heartbeat - profile.heartbeat_epsilon + jitter;
            let known = &mut self.rows[node.index()];
            known.unheard = true;
            known.deadline = ctx.now + period.times(2 * u64::from(profile.grace_multiplier));
            self.watch_deadline(node, ctx);
            self.states.push((node, NodeState::Unknown));
        }
        if !self.states.is_empty() {
            self.write(ctx);
        }
    }

    /// A node's beats have ended, this one being the last: patience ends when its answer said.
    pub fn last_heard(&mut self, node: NodeId, last: Beat, ctx: &mut Context<'_>) {
        let row = &mut self.rows[node.index()];
        if row.session.is_some() {
            row.deadline = last.deadline(&ctx.setup.profile);
            self.watch_deadline(node, ctx);
        }
    }

    fn watch_deadline(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let row = &mut self.rows[node.index()];
        if !std::mem::replace(&mut row.watched, true) {
            ctx.at(row.deadline.max(ctx.now), Event::Dispatcher(DispatcherEvent::GraceOver { node }));
        }
    }

    /// Arms the batch timer if it is not, for its next tick; a large batch is written at once.
    fn batch_soon(&mut self, ctx: &mut Context<'_>) {
        let profile = &ctx.setup.profile;
        if self.writing {
            return;
        }
        if self.reports.len() >= profile.status_batch_limit as usize {
            self.write(ctx);
        } else if !std::mem::replace(&mut self.batch_due, true) {
            let tick = ticks::next(self.timer, ctx.now, ctx.setup);
            ctx.at(tick, Event::Dispatcher(DispatcherEvent::Batch));
        }
    }

    fn state_changes(&mut self, node: NodeId, to: NodeState, ctx: &mut Context<'_>) {
        self.states.push((node, to));
        if ctx.setup.profile.node_states_at_once {
            self.write(ctx);
        } else {
            self.batch_soon(ctx);
        }
    }

    fn write(&mut self, ctx: &mut Context<'_>) {
        if !std::mem::replace(&mut self.writing, true) {
            ctx.propose(Write::Statuses);
        }
    }

    /// What waits to be written.
    pub fn prepare(&mut self, store: &Store, changes: &mut Vec<Change>, ctx: &mut Context<'_>) {
        self.reports.prepare(store, changes, ctx);
        self.opening.append(&mut self.asking);
        for (node, to) in self.states.drain(..) {
            if store.node(node).is_some() {
                changes.push(Change::SetNodeState { node, to });
            }
        }
    }

    /// The batch is committed: sessions open, and the timer begins anew.
    pub fn written(&mut self, beats: &Beats, ctx: &mut Context<'_>) {
        self.writing = false;
        self.timer = ctx.now;
        for (node, session) in std::mem::take(&mut self.opening) {
            let row = &mut self.rows[node.index()];
            row.session = Some(session);
            row.stream = Some(session);
            ctx.observe(Observation::SessionOpened { node });
            ctx.after(beats.distance(node), Event::Agent(AgentEvent::Registered { node, session }));
            // The first message of a session is complete and goes out at once.
            row.send_at = ctx.now;
            row.sending = true;
            ctx.after(Span::ZERO, Event::Dispatcher(DispatcherEvent::SendAll { node, session }));
            // Patience with the new session begins here; its first beat is on its way.
            row.deadline =
                ctx.now + ctx.setup.profile.heartbeat.times(u64::from(ctx.setup.profile.grace_multiplier));
            self.watch_deadline(node, ctx);
        }
        if self.reports.len() > 0 || !self.states.is_empty() {
            self.batch_soon(ctx);
        }
    }

    /// Notes which nodes have to be told of a change (`dispatcher.go:1146-1208`): only tasks in ASSIGNED or beyond.
    pub fn watch(&mut self, what: &Observation, store: &Store, ctx: &mut Context<'_>) {
        match *what {
            Observation::TaskAssigned { task, .. }
            | Observation::TaskDesiredChanged { task, .. }
            | Observation::TaskDeleted { task } => {
                let sent = |t: &&Task| t.state >= TaskState::Assigned;
                if let Some(node) = store.task(task).filter(sent).and_then(|t| t.node) {
                    self.changed(node, task, ctx);
                }
            }
            Observation::NodeStateChanged { node, to: NodeState::Down, .. } => {
                let row = &mut self.rows[node.index()];
                row.downs += 1;
                let event = DispatcherEvent::Orphan { node, downs: row.downs };
                ctx.after(ctx.setup.profile.orphan_after, Event::Dispatcher(event));
            }
            Observation::NodeStateChanged { node, .. } => self.rows[node.index()].downs += 1,
            Observation::NodeRemoved { node } => {
                let row = &mut self.rows[node.index()];
                (row.session, row.stream) = (None, None);
                row.unheard = false;
                row.downs += 1;
            }
            _ => {}
        }
    }

    fn changed(&mut self, node: NodeId, task: TaskId, ctx: &mut Context<'_>) {
        let profile = &ctx.setup.profile;
        let row = &mut self.rows[node.index()];
        if row.stream.is_none() {
            return; // it gets everything when it registers
        }
        row.changed.push(task);
        row.send_at = ctx.now + profile.assignment_batch;
        if row.changed.len() >= profile.assignment_batch_limit as usize {
            row.send_at = ctx.now;
            ctx.after(Span::ZERO, Event::Dispatcher(DispatcherEvent::Send { node }));
        } else if !std::mem::replace(&mut row.sending, true) {
            ctx.at(row.send_at, Event::Dispatcher(DispatcherEvent::Send { node }));
        }
    }
}

/// The dispatcher acts.
pub fn handle(
    event: DispatcherEvent,
    dispatcher: &mut Dispatcher,
    store: &Store,
    workers: &mut Workers,
    ctx: &mut Context<'_>,
) {
    match event {
        DispatcherEvent::Heard { node, session } => {
            heard(node, session, dispatcher, workers, ctx);
        }
        DispatcherEvent::GraceOver { node } => grace_over(node, dispatcher, &workers.beats, ctx),
        DispatcherEvent::Register { node, session } => {
            register(node, session, dispatcher, store, &workers.beats, ctx);
        }
        DispatcherEvent::Reported { task, state, code, unhealthy } => {
            dispatcher.reports.add(task, state, code, unhealthy);
            dispatcher.batch_soon(ctx);
        }
        DispatcherEvent::Batch => {
            dispatcher.batch_due = false;
            dispatcher.write(ctx);
        }
        DispatcherEvent::Send { node } => send_changes(node, dispatcher, store, workers, ctx),
        DispatcherEvent::SendAll { node, session } => {
            let row = &mut dispatcher.rows[node.index()];
            row.sending = false;
            row.changed.clear();
            if row.stream == Some(session) {
                let tasks = store.tasks_on(node).iter();
                row.changed.extend(tasks.filter(|t| is_sent(**t, store)));
                send(node, true, dispatcher, store, workers, ctx);
            }
        }
        DispatcherEvent::Orphan { node, downs } => {
            if dispatcher.rows[node.index()].downs == downs {
                ctx.propose(Write::Orphan(node));
            }
        }
    }
}

fn is_sent(task: TaskId, store: &Store) -> bool {
    store.task(task).is_some_and(|t| t.state >= TaskState::Assigned)
}

/// A heartbeat that somebody waited for came through, or belongs to a session that is not known any more.
fn heard(
    node: NodeId,
    session: u32,
    dispatcher: &mut Dispatcher,
    workers: &mut Workers,
    ctx: &mut Context<'_>,
) {
    if dispatcher.rows[node.index()].session != Some(session) {
        let refused = AgentEvent::Refused { node, session };
        ctx.after(workers.beats.distance(node), Event::Agent(refused));
        return;
    }
    let beat = workers.beats.resume(node, ctx.now, &ctx.setup.profile);
    if workers.beats.flowing(node) {
        agent::play_next_beat(node, workers, ctx);
    } else {
        dispatcher.last_heard(node, beat, ctx);
    }
}

/// A node's patience may be over: unless beats have come since, it is DOWN.
fn grace_over(node: NodeId, dispatcher: &mut Dispatcher, beats: &Beats, ctx: &mut Context<'_>) {
    let row = &mut dispatcher.rows[node.index()];
    row.watched = false;
    if !row.unheard && (row.session.is_none() || beats.flowing(node)) {
        return;
    }
    if row.deadline > ctx.now {
        dispatcher.watch_deadline(node, ctx);
        return;
    }
    row.session = None;
    row.unheard = false;
    (row.attempts, row.accepted) = (0, None); // a node that went DOWN starts afresh
    dispatcher.state_changes(node, NodeState::Down, ctx);
}

/// An agent asks for a session: READY is written with the next batch, and then it has one. A node that registers again
/// and again is refused for a while (`nodes.go:118-132`).
fn register(
    node: NodeId,
    session: u32,
    dispatcher: &mut Dispatcher,
    store: &Store,
    beats: &Beats,
    ctx: &mut Context<'_>,
) {
    let profile = &ctx.setup.profile;
    let row = &mut dispatcher.rows[node.index()];
    ctx.observe(Observation::SessionRequested { node });
    let soon = row.accepted.is_some_and(|t| ctx.now.since(t) <= profile.registration_gap);
    row.attempts = if soon { row.attempts + 1 } else { 0 };
    if store.node(node).is_none() || row.attempts > profile.registration_limit {
        ctx.after(beats.distance(node), Event::Agent(AgentEvent::Refused { node, session }));
        return;
    }
    row.accepted = Some(ctx.now);
    (row.session, row.stream) = (None, None);
    row.unheard = false;
    dispatcher.asking.retain(|(n, _)| *n != node);
    dispatcher.asking.push((node, session));
    dispatcher.state_changes(node, NodeState::Ready, ctx);
}

/// Sends a node what changed, unless more changed since: the wait begins anew with each change.
fn send_changes(
    node: NodeId,
    dispatcher: &mut Dispatcher,
    store: &Store,
    workers: &mut Workers,
    ctx: &mut Context<'_>,
) {
    let row = &mut dispatcher.rows[node.index()];
    row.sending = row.send_at > ctx.now;
    if row.sending {
        ctx.at(row.send_at, Event::Dispatcher(DispatcherEvent::Send { node }));
    } else if !row.changed.is_empty() {
        send(node, false, dispatcher, store, workers, ctx);
    }
}

/// Puts what changed, or everything, into a parcel and sends it off.
fn send(
    node: NodeId,
    complete: bool,
    dispatcher: &mut Dispatcher,
    store: &Store,
    workers: &mut Workers,
    ctx: &mut Context<'_>,
) {
    let row = &mut dispatcher.rows[node.index()];
    let Some(session) = row.stream else { return };
    row.changed.sort_unstable();
    row.changed.dedup();
    let mut parcel = Parcel { complete, ..Parcel::default() };
    for task in row.changed.drain(..) {
        match store.task(task) {
            Some(row) => parcel.orders.push(order(row)),
            None => parcel.forget.push(task),
        }
    }
    let parcel = workers.parcels.insert(parcel);
    let distance = workers.beats.distance(node);
    ctx.after(distance, Event::Agent(AgentEvent::Assignments { node, session, parcel }));
}

/// What a node is told about a task.
fn order(row: &Task) -> Order {
    let Task { id, service, revision, slot, attempt, desired, .. } = *row;
    Order { task: id, service, revision, slot, attempt, desired }
}

/// The tasks of a node that has been down for a day: nobody knows what became of them.
pub fn orphan(node: NodeId, store: &Store, changes: &mut Vec<Change>) {
    let lost = |t: &&Task| (TaskState::Assigned..=TaskState::Running).contains(&t.state);
    for task in store.tasks_on(node).iter().filter_map(|t| store.task(*t)).filter(lost) {
        changes.push(Change::SetState { task: task.id, to: TaskState::Orphaned, error: Text::NONE });
    }
}
