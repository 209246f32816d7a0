//! What the containers of each node really use: their demand, added up as they start and end.
//!
//! Demand is constant between changes, so nothing has to be played in order to measure it: if a strategy reads
//! measurements, each node keeps what held for how long, as far back as somebody may still look
//! ([`metrics`](crate::manager::metrics)). A curve costs one event for each of its steps.

use std::collections::VecDeque;

use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, SimTime};

use super::Workers;
use crate::context::Context;
use crate::engine::stream::Stream;
use crate::event::{Event, UsageEvent};
use crate::observation::Observation;
use crate::setup::{Base, Curve, Demand, Service, Setup, Use};

/// The most that one container uses of anything, 8,796 CPUs or 8 TiB, so that a million of them can be added up.
const MOST: i64 = 1 << 43;

/// What all nodes' containers use.
#[derive(Debug)]
pub struct Usage {
    rows: Vec<Row>,
    /// What the curves are at now, in millionths.
    curves: Vec<u64>,
    /// Whether anybody wants to know.
    on: bool,
    /// Whether what has been is kept, to be measured.
    kept: bool,
}

/// What one node's containers use.
#[derive(Clone, Debug, Default)]
struct Row {
    /// The demand of those that follow no curve.
    level: Resources,
    /// The demand, by itself, of those that follow each curve.
    curved: Vec<Resources>,
    now: Stretch,
    /// What was before, oldest first.
    past: VecDeque<Stretch>,
}

/// What held from a time on, until the next stretch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    /// From when on.
    pub since: SimTime,
    /// What the containers wanted of the node.
    pub demand: Resources,
    /// What they have reserved.
    pub reserved: Resources,
    /// Whether no message passed to the managers.
    pub unheard: bool,
}

/// What one container adds to its node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// Nano-CPUs by themselves, and the curve that they follow.
    cpu: (i64, Option<u32>),
    /// Bytes, likewise.
    memory: (i64, Option<u32>),
    reserved: Resources,
}

impl Part {
    /// A container of the service for which that much was drawn.
    pub(super) fn of(service: &Service, drawn: Resources) -> Part {
        let Use { cpu, memory } = &service.container.uses;
        Part {
            cpu: (drawn.nano_cpus, cpu.curve),
            memory: (drawn.memory, memory.curve),
            reserved: service.task.reservations,
        }
    }
}

/// What a container of the service uses by itself, out of the stream of its stable name.
pub(super) fn draw(service: &Service, stream: &mut Stream) -> Resources {
    let mut amount = |demand: &Demand, reserved: i64| match &demand.base {
        Base::Amount(law) => i64::try_from(law.sample(stream)).unwrap_or(MOST).min(MOST),
        Base::OfReserved(law) => scaled(reserved, law.sample(stream)).min(MOST),
    };
    let Use { cpu, memory } = &service.container.uses;
    let Resources { nano_cpus, memory: bytes } = service.task.reservations;
    Resources::new(amount(cpu, nano_cpus), amount(memory, bytes))
}

impl Usage {
    /// Nothing runs yet.
    pub fn new(setup: &Setup) -> Usage {
        let kept = setup.strategy.reads_use();
        let row = Row { curved: vec![Resources::ZERO; setup.curves.len()], ..Row::default() };
        Usage {
            rows: vec![row; setup.machines.len()],
            curves: setup.curves.iter().map(|curve| curve.value(0)).collect(),
            on: kept || setup.metered,
            kept,
        }
    }

    /// Whether anybody wants to know what containers use.
    pub fn is_on(&self) -> bool {
        self.on
    }

    /// What held on a node, newest first.
    pub fn stretches(&self, node: NodeId) -> impl Iterator<Item = &Stretch> {
        let row = &self.rows[node.index()];
        std::iter::once(&row.now).chain(row.past.iter().rev())
    }

    /// Nobody will look at what ended by then any more.
    pub fn forget_before(&mut self, node: NodeId, time: SimTime) {
        let row = &mut self.rows[node.index()];
        let ends = |row: &Row| row.past.get(1).map_or(row.now.since, |next| next.since);
        while !row.past.is_empty() && ends(row) <= time {
            row.past.pop_front();
        }
    }

    /// A container starts.
    pub(super) fn start(&mut self, node: NodeId, part: Part, ctx: &mut Context<'_>) {
        self.change(node, |row| row.add(part, 1), ctx);
    }

    /// A container ends.
    pub(super) fn end(&mut self, node: NodeId, part: Part, ctx: &mut Context<'_>) {
        self.change(node, |row| row.add(part, -1), ctx);
    }

    /// Messages pass between the node and the managers, or no more.
    pub(crate) fn set_heard(&mut self, node: NodeId, heard: bool, ctx: &mut Context<'_>) {
        self.change(node, |row| row.now.unheard = !heard, ctx);
    }

    /// Ends the stretch that held until now, and begins the next.
    fn change(&mut self, node: NodeId, change: impl FnOnce(&mut Row), ctx: &mut Context<'_>) {
        if !self.on {
            return;
        }
        let row = &mut self.rows[node.index()];
        let before = row.now;
        change(row);
        row.now.demand = row.demand(&self.curves);
        if row.now == before {
            return;
        }
        row.now.since = ctx.now;
        if self.kept && before.since < ctx.now {
            row.past.push_back(before);
        }
        if ctx.setup.metered && row.now.demand != before.demand {
            ctx.observe(Observation::NodeUseChanged { node, demand: row.now.demand });
        }
    }

    /// Compares the sums with what the running containers add up to.
    pub(super) fn recount(&self, running: impl Iterator<Item = (NodeId, Part)>) -> Result<(), String> {
        let none = Row { curved: vec![Resources::ZERO; self.curves.len()], ..Row::default() };
        let mut recount = vec![none; if self.on { self.rows.len() } else { 0 }];
        for (node, part) in running.filter(|_| self.on) {
            recount[node.index()].add(part, 1);
        }
        let differs = |(own, all): (&Row, &Row)| {
            (own.level, &own.curved, own.now.reserved) != (all.level, &all.curved, all.now.reserved)
        };
        match self.rows.iter().zip(&recount).position(differs) {
            Some(node) => Err(format!("the use of node {node} is not the sum of its containers'")),
            None => Ok(()),
        }
    }
}

/// The first step of each curve that has another one.
pub(crate) fn begin(usage: &Usage, ctx: &mut Context<'_>) {
    for curve in (0..).take(if usage.on { usage.curves.len() } else { 0 }) {
        expect(UsageEvent { curve, step: 1 }, ctx);
    }
}

fn expect(event: UsageEvent, ctx: &mut Context<'_>) {
    if let Some(at) = ctx.setup.curves[event.curve as usize].begins(event.step.into()) {
        ctx.at(at, Event::Usage(event));
    }
}

/// A curve comes to its next step.
pub fn handle(event: UsageEvent, workers: &mut Workers, ctx: &mut Context<'_>) {
    let UsageEvent { curve, step } = event;
    let usage = &mut workers.usage;
    usage.curves[curve as usize] = ctx.setup.curves[curve as usize].value(step.into());
    for node in (0..usage.rows.len() as u32).map(NodeId) {
        if !usage.rows[node.index()].curved[curve as usize].is_zero() {
            usage.change(node, |_| {}, ctx);
        }
    }
    expect(UsageEvent { curve, step: step + 1 }, ctx);
}

impl Row {
    fn add(&mut self, part: Part, times: i64) {
        let Part { cpu, memory, reserved } = part;
        self.sum(cpu.1).nano_cpus += times * cpu.0;
        self.sum(memory.1).memory += times * memory.0;
        self.now.reserved += Resources::new(times * reserved.nano_cpus, times * reserved.memory);
    }

    fn sum(&mut self, curve: Option<u32>) -> &mut Resources {
        curve.map_or(&mut self.level, |curve| &mut self.curved[curve as usize])
    }

    fn demand(&self, curves: &[u64]) -> Resources {
        let curved = self.curved.iter().zip(curves).filter(|(base, _)| !base.is_zero());
        curved.fold(self.level, |sum, (base, millionths)| {
            let now = |base| scaled(base, *millionths);
            sum + Resources::new(now(base.nano_cpus), now(base.memory))
        })
    }
}

/// That many millionths of it.
fn scaled(base: i64, millionths: u64) -> i64 {
    let scaled = u128::from(base.unsigned_abs()) * u128::from(millionths) / u128::from(Curve::UNITY);
    i64::try_from(scaled).unwrap_or(i64::MAX).min(1 << 62)
}
