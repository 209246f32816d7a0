//! What befalls the network: cuts and worse ways, done by steps of the timeline and by faults.

use swarmbed_scheduler::Span;

use super::machines::{Holder, Machines, Scene};
use super::network::HarmId;
use crate::context::Context;
use crate::event::{Event, MachineEvent};
use crate::observation::Observation;

/// How one of the setup's harms stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Harmed {
    /// Who does it, a bit for each [`Holder`].
    holds: u8,
    /// While anybody does.
    done: Option<HarmId>,
    /// How often steps have done it.
    times: u32,
}

/// Somebody does a harm, for a while or until further notice.
pub fn befall(harm: u32, lasts: Option<Span>, by: Holder, scene: &mut Scene<'_>, ctx: &mut Context<'_>) {
    let Machines { network, harms, .. } = &mut *scene.machines;
    let row = &mut harms[harm as usize];
    row.holds |= by as u8;
    if by == Holder::Timeline {
        row.times += 1;
        let time = row.times;
        lasts
            .into_iter()
            .for_each(|lasts| ctx.after(lasts, Event::Machine(MachineEvent::Mend { harm, time })));
    }
    if row.done.is_none() {
        row.done = Some(network.harm(&ctx.setup.harms[harm as usize]));
        let harm = name(harm, ctx);
        ctx.observe(Observation::NetworkHarmed { harm });
        scene.workers.mesh.ways_changed(ctx);
        scene.quorum.disturbed(scene.machines, ctx);
    }
}

/// The time that a step gave a harm is over, unless another step has done it again.
pub(super) fn mended(harm: u32, time: u32, scene: &mut Scene<'_>, ctx: &mut Context<'_>) {
    if scene.machines.harms[harm as usize].times == time {
        undo(harm, Holder::Timeline, scene, ctx);
    }
}

/// Somebody does it no longer. If nobody else does, it is over.
pub fn undo(harm: u32, by: Holder, scene: &mut Scene<'_>, ctx: &mut Context<'_>) {
    let Machines { network, harms, .. } = &mut *scene.machines;
    let row = &mut harms[harm as usize];
    row.holds &= !(by as u8);
    if let Some(done) = row.done.take_if(|_| row.holds == 0) {
        network.undo(done);
        let harm = name(harm, ctx);
        ctx.observe(Observation::NetworkMended { harm });
        scene.workers.mesh.ways_changed(ctx);
        scene.quorum.disturbed(scene.machines, ctx);
    }
}

fn name(harm: u32, ctx: &mut Context<'_>) -> crate::names::Text {
    let setup = ctx.setup;
    ctx.text(&setup.harms[harm as usize].name)
}
