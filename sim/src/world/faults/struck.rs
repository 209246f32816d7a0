//! The faults of a run, and the machines that they strike.

use swarmbed_scheduler::{NodeId, SimTime, Span};

use super::{Around, Crews, FaultEvent, Faults, Lives, Recorded, Shock};
use crate::context::Context;
use crate::engine::distribution::Distribution;
use crate::engine::stream::{IndexedStream, Stream};
use crate::event::Event;
use crate::setup::{Course, Drawn, Fault, FaultPart, Setup, Strikes};
use crate::world::harms;
use crate::world::machines::{self, Holder, Scene, Trouble};

/// The machines that faults strike.
pub struct Struck<'a, 'b> {
    /// They, and all who notice at once.
    pub scene: Scene<'a>,
    /// The way out.
    pub ctx: &'a mut Context<'b>,
}

impl Around for Struck<'_, '_> {
    fn now(&self) -> SimTime {
        self.ctx.now
    }

    fn after(&mut self, delay: Span, event: FaultEvent) {
        self.ctx.after(delay, Event::Fault(event));
    }

    fn turned(&mut self, way: u8, unit: u32, up: bool) {
        let Struck { scene, ctx } = self;
        let (trouble, node) = (Trouble::ALL[usize::from(way)], NodeId(unit));
        let machines = ctx.setup.machines.len() as u32;
        if let Some(harm) = unit.checked_sub(machines) {
            if up {
                harms::undo(harm, Holder::Faults, scene, ctx);
            } else {
                harms::befall(harm, None, Holder::Faults, scene, ctx);
            }
        } else if up {
            machines::relieve(trouble, node, Holder::Faults, scene, ctx);
        } else {
            machines::befall(trouble, node, None, Holder::Faults, scene, ctx);
        }
    }
}

impl Faults {
    /// The faults of a run. A unit is a machine, and a way to be down a [`Trouble`]; or, after the machines, a harm to the
    /// network, which has one way to be done.
    pub fn of(setup: &Setup) -> Faults {
        let machines = setup.machines.len() as u32;
        let (mut lives, mut records) = (Vec::new(), Vec::new());
        for fault in &setup.faults {
            let (way, harm) = match fault.strikes {
                Strikes::Machines(trouble) => (trouble as u8, None),
                Strikes::Network(harm) => (0, Some(machines + harm)),
            };
            match &fault.course {
                Course::Drawn(drawn) => lives.push(drawn_lives(fault, drawn, harm, setup.seed).in_way(way)),
                Course::Recorded(outages) => records.push(Recorded::new(way, outages.clone())),
            }
        }
        let units = machines + setup.harms.len() as u32;
        Faults::in_ways(units, Trouble::ALL.len() as u8, lives).with_records(records)
    }
}

fn drawn_lives(fault: &Fault, drawn: &Drawn, harm: Option<u32>, seed: u64) -> Lives {
    let purpose = format!("fault.{}", fault.name);
    // Beyond the end of any run.
    let never = || Distribution::constant(Distribution::LARGEST);
    let crews = drawn.crews.map_or_else(Crews::unlimited, Crews::limited);
    let mut lives = Lives::new(drawn.every.clone().unwrap_or_else(never), drawn.lasts.clone(), crews);
    for part in chosen(drawn, &purpose, seed) {
        lives.add((seed, &purpose, &part.name), part.nodes.iter().map(|node| node.0).chain(harm));
    }
    match &drawn.shocks {
        Some(gap) => lives.with_shock(Shock::new(gap.clone(), Stream::new(seed, &purpose, "shocks"))),
        None => lives,
    }
}

/// The parts that ever fail, in their order. Each draws a number after its own name, and the smallest numbers have it: who
/// else there is hardly matters.
fn chosen<'a>(drawn: &'a Drawn, purpose: &str, seed: u64) -> impl Iterator<Item = &'a FaultPart> {
    let parts = drawn.parts.len() as u64;
    let wanted = ((parts * u64::from(drawn.share_ppm) + 500_000) / 1_000_000).max(1);
    let purpose = format!("{purpose}.share");
    let number = |part: &FaultPart| IndexedStream::new(seed, &purpose, &part.name).draw(0);
    let numbers: Vec<u64> = drawn.parts.iter().map(number).collect();
    let mut sorted = numbers.clone();
    sorted.sort_unstable();
    let last = sorted.get(wanted as usize - 1).copied();
    drawn.parts.iter().zip(numbers).filter(move |(_, number)| Some(*number) <= last).map(|(part, _)| part)
}
