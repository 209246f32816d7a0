//! Machines: powered or not, frozen or not, heard or not.

use swarmbed_scheduler::{NodeId, Span};

use crate::context::Context;
use crate::event::{Event, MachineEvent};
use crate::manager::dispatcher::Dispatcher;
use crate::manager::quorum::Quorum;
use crate::observation::Observation;
use crate::setup::Setup;
use crate::worker::{Workers, agent};

/// All machines that are ever members.
#[derive(Clone, Debug)]
pub struct Machines {
    rows: Vec<Machine>,
}

#[derive(Clone, Copy, Debug)]
struct Machine {
    power: Power,
    silent: bool,
    /// Counts its stops and starts, so that a boot or thaw planned for an earlier trouble is told from this one's.
    stops: u32,
    /// The same of its silences, which overlap with stops: neither ends the other.
    silences: u32,
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
        };
        Machines { rows: setup.machines.iter().map(row).collect() }
    }

    /// Whether messages pass between the machine and the managers.
    pub fn reachable(&self, node: NodeId) -> bool {
        let row = &self.rows[node.index()];
        row.power == Power::On && !row.silent
    }

    /// Whether the machine computes.
    pub fn power(&self, node: NodeId) -> Power {
        self.rows[node.index()].power
    }

    /// Whether no message passes to or from the machine.
    pub fn is_silent(&self, node: NodeId) -> bool {
        self.rows[node.index()].silent
    }

    /// A machine that was off becomes a member.
    pub(super) fn join(&mut self, node: NodeId) {
        let row = &mut self.rows[node.index()];
        row.power = Power::On;
        row.silent = false;
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

/// Something befalls a machine, for a while or until further notice.
pub fn befall(
    (trouble, lasts): (Trouble, Option<Span>),
    node: NodeId,
    machines: &mut Machines,
    workers: &mut Workers,
    quorum: &mut Quorum,
    dispatcher: &mut Dispatcher,
    ctx: &mut Context<'_>,
) {
    let row = &mut machines.rows[node.index()];
    if row.power == Power::Off || (row.power == Power::Frozen && trouble == Trouble::Freeze) {
        return; // nothing more can befall it
    }
    let counter = if trouble == Trouble::Silence { &mut row.silences } else { &mut row.stops };
    *counter += 1;
    let number = *counter;
    // Its heartbeats end here: what the dispatcher's timer holds by now is worked out, and the timer armed.
    let last = workers.beats.stop(node, ctx);
    dispatcher.last_heard(node, last, ctx);
    let recovery = match trouble {
        Trouble::Crash => {
            row.power = Power::Off;
            ctx.observe(Observation::MachineCrashed { node });
            agent::crashed(node, workers, ctx);
            MachineEvent::Boot { node, trouble: number }
        }
        Trouble::Silence => {
            row.silent = true;
            ctx.observe(Observation::MachineSilenced { node });
            agent::cut_off(node, workers, ctx);
            MachineEvent::Hear { node, trouble: number }
        }
        Trouble::Freeze => {
            row.power = Power::Frozen;
            ctx.observe(Observation::MachineFroze { node });
            agent::cut_off(node, workers, ctx);
            MachineEvent::Thaw { node, trouble: number }
        }
    };
    quorum.befell(trouble, node, machines, ctx);
    workers.usage.set_heard(node, false, ctx);
    if let Some(lasts) = lasts {
        ctx.after(lasts, Event::Machine(recovery));
    }
}

/// A machine recovers, if it is still in the trouble that this recovery was planned for.
pub fn handle(
    event: MachineEvent,
    machines: &mut Machines,
    workers: &mut Workers,
    quorum: &mut Quorum,
    ctx: &mut Context<'_>,
) {
    let row = |node: NodeId| &machines.rows[node.index()];
    match event {
        MachineEvent::Boot { node, trouble } if row(node).stops == trouble => {
            boot(node, machines, workers, quorum, ctx)
        }
        MachineEvent::Hear { node, trouble } if row(node).silences == trouble => {
            hear(node, machines, workers, quorum, ctx)
        }
        MachineEvent::Thaw { node, trouble } if row(node).stops == trouble => {
            thaw(node, machines, workers, quorum, ctx)
        }
        _ => {}
    }
}

/// A machine that was off boots; one that is on reboots, which kills its containers first.
pub fn boot(
    node: NodeId,
    machines: &mut Machines,
    workers: &mut Workers,
    quorum: &mut Quorum,
    ctx: &mut Context<'_>,
) {
    let row = &mut machines.rows[node.index()];
    row.stops += 1;
    row.silences += 1;
    row.power = Power::On;
    row.silent = false;
    ctx.observe(Observation::MachineBooted { node });
    quorum.recovered(Trouble::Crash, node, machines, ctx);
    workers.usage.set_heard(node, true, ctx);
    agent::booted(node, workers, ctx);
}

/// A silent machine is heard again.
pub fn hear(
    node: NodeId,
    machines: &mut Machines,
    workers: &mut Workers,
    quorum: &mut Quorum,
    ctx: &mut Context<'_>,
) {
    let row = &mut machines.rows[node.index()];
    if !std::mem::take(&mut row.silent) {
        return;
    }
    row.silences += 1;
    let on = row.power == Power::On;
    ctx.observe(Observation::MachineHeard { node });
    quorum.recovered(Trouble::Silence, node, machines, ctx);
    workers.usage.set_heard(node, on, ctx);
    if on {
        agent::heard_again(node, agent::Ways { machines, quorum }, workers, ctx);
    }
}

/// A frozen machine goes on.
pub fn thaw(
    node: NodeId,
    machines: &mut Machines,
    workers: &mut Workers,
    quorum: &mut Quorum,
    ctx: &mut Context<'_>,
) {
    let row = &mut machines.rows[node.index()];
    if row.power != Power::Frozen {
        return;
    }
    row.stops += 1;
    row.power = Power::On;
    let silent = row.silent;
    ctx.observe(Observation::MachineThawed { node });
    quorum.recovered(Trouble::Freeze, node, machines, ctx);
    workers.usage.set_heard(node, !silent, ctx);
    agent::thawed(node, workers, ctx);
    if !silent {
        agent::heard_again(node, agent::Ways { machines, quorum }, workers, ctx);
    }
}
