//! Machines: powered or not, frozen or not, heard or not; and what lies between them.

use swarmbed_scheduler::{NodeId, Span};

use crate::context::Context;
use crate::event::{Event, MachineEvent};
use crate::manager::dispatcher::Dispatcher;
use crate::manager::quorum::Quorum;
use crate::observation::Observation;
use crate::setup::Setup;
use crate::worker::{Workers, agent};
use crate::world::harms::{self, Harmed};
use crate::world::network::{Network, Path, Plane, Topology};

/// All machines that are ever members, and the network that joins them.
#[derive(Clone, Debug)]
pub struct Machines {
    rows: Vec<Machine>,
    pub(super) network: Network,
    pub(super) harms: Vec<Harmed>,
}

#[derive(Clone, Copy, Debug)]
struct Machine {
    power: Power,
    silent: bool,
    /// Counts its stops and starts, so that a boot or thaw planned for an earlier trouble is told from this one's.
    stops: u32,
    /// The same of its silences, which overlap with stops: neither ends the other.
    silences: u32,
    /// Who holds it in each [`Trouble`], a bit for each [`Holder`].
    holds: [u8; 3],
}

/// Whether a machine computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// It has no power, or is not a member yet.
    Off,
    /// It runs.
    On,
    /// It stands still.
    Frozen,
}

impl Machines {
    /// The setup's machines: the first members are on.
    pub fn new(setup: &Setup) -> Machines {
        let row = |m: &crate::setup::Machine| Machine {
            power: if m.from_start { Power::On } else { Power::Off },
            silent: false,
            stops: 0,
            silences: 0,
            // What has not joined yet has no power, and nothing but joining gives it any.
            holds: [if m.from_start { 0 } else { Holder::Timeline as u8 }, 0, 0],
        };
        Machines {
            rows: setup.machines.iter().map(row).collect(),
            network: Network::new(&Topology::of(setup)),
            harms: vec![Harmed::default(); setup.harms.len()],
        }
    }

    /// What a message of the control plane meets from one machine to another; `None` if it does not arrive. Whether anybody
    /// is there to hear it is another matter.
    pub fn path(&self, from: NodeId, to: NodeId) -> Option<Path> {
        self.way(Plane::Control, from, to)
    }

    /// The same of any plane.
    pub fn way(&self, plane: Plane, from: NodeId, to: NodeId) -> Option<Path> {
        let heard = |node: NodeId| !self.rows[node.index()].silent;
        if from != to && !(heard(from) && heard(to)) {
            return None;
        }
        self.network.path(plane, from, to)
    }

    /// Whether the machine computes.
    pub fn power(&self, node: NodeId) -> Power {
        self.rows[node.index()].power
    }

    /// How long a message takes from one machine to another and its answer back; `None` if either does not arrive.
    pub fn round_trip(&self, one: NodeId, other: NodeId) -> Option<Span> {
        Some(self.path(one, other)?.latency + self.path(other, one)?.latency)
    }

    /// The network, as it is now.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Whether no message passes to or from the machine.
    pub fn is_silent(&self, node: NodeId) -> bool {
        self.rows[node.index()].silent
    }

    /// A machine that was off becomes a member. Whatever befell it before is over.
    pub(super) fn join(&mut self, node: NodeId) {
        let row = &mut self.rows[node.index()];
        row.power = Power::On;
        row.silent = false;
        row.holds = [0; 3];
    }
}

/// What can befall a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It loses power.
    Crash,
    /// No message passes.
    Silence,
    /// It stands still.
    Freeze,
}

impl Trouble {
    /// Each, by its number.
    pub const ALL: [Trouble; 3] = [Trouble::Crash, Trouble::Silence, Trouble::Freeze];
}

/// Who holds a machine in a trouble. It is over when nobody does any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A step of the timeline.
    Timeline = 1,
    /// What goes wrong by itself.
    Faults = 2,
}

impl Machine {
    fn is_in(&self, trouble: Trouble) -> bool {
        match trouble {
            Trouble::Crash => self.power == Power::Off,
            Trouble::Silence => self.silent,
            Trouble::Freeze => self.power == Power::Frozen,
        }
    }

    fn is_held(&self, trouble: Trouble, by: Holder) -> bool {
        self.holds[trouble as usize] & by as u8 != 0
    }

    fn hold(&mut self, trouble: Trouble, by: Holder) {
        self.holds[trouble as usize] |= by as u8;
    }

    fn let_go(&mut self, trouble: Trouble, by: Holder) {
        self.holds[trouble as usize] &= !(by as u8);
    }

    /// The next number of a trouble of that kind.
    fn number(&mut self, trouble: Trouble) -> u32 {
        let counter = if trouble == Trouble::Silence { &mut self.silences } else { &mut self.stops };
        *counter += 1;
        *counter
    }
}

/// What ends a trouble at the time that is planned for it.
fn recovery(trouble: Trouble, node: NodeId, number: u32) -> Event {
    Event::Machine(match trouble {
        Trouble::Crash => MachineEvent::Boot { node, trouble: number },
        Trouble::Silence => MachineEvent::Hear { node, trouble: number },
        Trouble::Freeze => MachineEvent::Thaw { node, trouble: number },
    })
}

/// What a trouble touches: the machines, and all who notice at once.
pub struct Scene<'a> {
    /// The machines.
    pub machines: &'a mut Machines,
    /// What runs on them.
    pub workers: &'a mut Workers,
    /// The managers among them.
    pub quorum: &'a mut Quorum,
    /// Who listens for heartbeats.
    pub dispatcher: &'a mut Dispatcher,
}

/// Something befalls a machine, for a while or until further notice.
pub fn befall(
    trouble: Trouble,
    node: NodeId,
    lasts: Option<Span>,
    by: Holder,
    scene: &mut Scene<'_>,
    ctx: &mut Context<'_>,
) {
    let Scene { machines, workers, quorum, dispatcher } = scene;
    let row = &mut machines.rows[node.index()];
    let known = row.is_held(trouble, by);
    if by == Holder::Faults {
        row.hold(trouble, by);
    }
    if row.is_in(trouble) && !known {
        // Somebody else holds it there already: now both do.
        row.hold(trouble, by);
        if by == Holder::Timeline {
            let number = row.number(trouble);
            lasts.into_iter().for_each(|lasts| ctx.after(lasts, recovery(trouble, node, number)));
        }
        return;
    }
    if row.power == Power::Off || (row.power == Power::Frozen && trouble == Trouble::Freeze) {
        return; // nothing more can befall it
    }
    row.hold(trouble, by);
    let number = row.number(trouble);
    match trouble {
        Trouble::Crash => {
            agent::unheard_from_now(node, workers, dispatcher, ctx);
            row.power = Power::Off;
            ctx.observe(Observation::MachineCrashed { node });
            agent::crashed(node, workers, ctx);
            workers.mesh.crashed(node, ctx);
        }
        Trouble::Silence => {
            row.silent = true;
            workers.mesh.ways_changed(ctx);
            ctx.observe(Observation::MachineSilenced { node });
            agent::silenced(node, agent::Ways { machines, quorum }, workers, dispatcher, ctx);
        }
        Trouble::Freeze => {
            agent::unheard_from_now(node, workers, dispatcher, ctx);
            row.power = Power::Frozen;
            ctx.observe(Observation::MachineFroze { node });
            agent::cut_off(node, workers, ctx);
            workers.mesh.froze(node, ctx);
        }
    }
    quorum.befell(trouble, node, machines, ctx);
    workers.usage.set_heard(node, false, ctx);
    if let Some(lasts) = lasts {
        ctx.after(lasts, recovery(trouble, node, number));
    }
}

/// A machine recovers, if it is still in the trouble that this recovery was planned for.
pub fn handle(event: MachineEvent, scene: &mut Scene<'_>, ctx: &mut Context<'_>) {
    let machines = &*scene.machines;
    let row = |node: NodeId| &machines.rows[node.index()];
    let (trouble, node) = match event {
        MachineEvent::Boot { node, trouble } if row(node).stops == trouble => (Trouble::Crash, node),
        MachineEvent::Hear { node, trouble } if row(node).silences == trouble => (Trouble::Silence, node),
        MachineEvent::Thaw { node, trouble } if row(node).stops == trouble => (Trouble::Freeze, node),
        MachineEvent::Mend { harm, time } => return harms::mended(harm, time, scene, ctx),
        _ => return,
    };
    relieve(trouble, node, Holder::Timeline, scene, ctx);
}

/// Somebody lets a machine go. If nobody else holds it in that trouble, it is over.
pub fn relieve(trouble: Trouble, node: NodeId, by: Holder, scene: &mut Scene<'_>, ctx: &mut Context<'_>) {
    let machines = &mut *scene.machines;
    let row = &mut machines.rows[node.index()];
    row.let_go(trouble, by);
    if row.holds[trouble as usize] != 0 || !row.is_in(trouble) {
        return;
    }
    match trouble {
        Trouble::Crash => boot(node, scene, ctx),
        Trouble::Silence => hear(node, scene, ctx),
        Trouble::Freeze => thaw(node, scene, ctx),
    }
}

/// A machine that was off boots. That ends what a step of the timeline did to it; a fault is still there.
fn boot(node: NodeId, scene: &mut Scene<'_>, ctx: &mut Context<'_>) {
    let Scene { machines, workers, quorum, .. } = scene;
    let row = &mut machines.rows[node.index()];
    row.stops += 1;
    row.silences += 1;
    row.power = Power::On;
    row.silent = false;
    ctx.observe(Observation::MachineBooted { node });
    workers.mesh.booted(node, ctx);
    quorum.recovered(Trouble::Crash, node, machines, ctx);
    workers.usage.set_heard(node, true, ctx);
    agent::booted(node, workers, ctx);
    for trouble in [Trouble::Silence, Trouble::Freeze] {
        let row = &mut scene.machines.rows[node.index()];
        row.let_go(trouble, Holder::Timeline);
        if row.is_held(trouble, Holder::Faults) {
            befall(trouble, node, None, Holder::Faults, scene, ctx);
        }
    }
}

/// A silent machine is heard again.
fn hear(node: NodeId, scene: &mut Scene<'_>, ctx: &mut Context<'_>) {
    let Scene { machines, workers, quorum, .. } = scene;
    let row = &mut machines.rows[node.index()];
    row.silent = false;
    row.silences += 1;
    workers.mesh.ways_changed(ctx);
    let on = row.power == Power::On;
    ctx.observe(Observation::MachineHeard { node });
    quorum.recovered(Trouble::Silence, node, machines, ctx);
    workers.usage.set_heard(node, on, ctx);
    if on {
        agent::heard_again(node, agent::Ways { machines, quorum }, workers, ctx);
    }
}

/// A frozen machine goes on.
fn thaw(node: NodeId, scene: &mut Scene<'_>, ctx: &mut Context<'_>) {
    let Scene { machines, workers, quorum, .. } = scene;
    let row = &mut machines.rows[node.index()];
    row.stops += 1;
    row.power = Power::On;
    let silent = row.silent;
    ctx.observe(Observation::MachineThawed { node });
    quorum.recovered(Trouble::Freeze, node, machines, ctx);
    workers.usage.set_heard(node, !silent, ctx);
    agent::thawed(node, workers, ctx);
    workers.mesh.thawed(node, ctx);
    if !silent {
        agent::heard_again(node, agent::Ways { machines, quorum }, workers, ctx);
    }
}
