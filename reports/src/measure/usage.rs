//! What containers really used, integrated over time in whole numbers.

use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, SimTime};
use swarmbed_sim::observation::Observation;
use swarmbed_sim::setup::Setup;

use super::book::Book;
use super::integral::{Integral, Pair};
use super::node::NodeRow;
use super::shares::{Shares, part};

const MILLION: u128 = 1_000_000;

/// The use of all nodes, now and so far. Nothing is known of it unless the setup is metered.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    /// In use on READY members, no more than they have.
    pub used: Pair,
    /// Nodes whose containers want more than there is.
    pub overloaded: Integral,
    /// The coefficient of variation of the shares of CPU in use, in billionths; 0 while there is none.
    pub variation: Integral,
    /// 1 while there is one.
    pub varied: Integral,
    /// The largest share of its CPU that a node's containers ever wanted, in billionths.
    pub peak_cpu: u128,
    /// The same of memory.
    pub peak_memory: u128,
    /// Shares of CPU in use, in millionths, on members that take tasks.
    shares: Shares,
    nodes: Vec<Node>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Node {
    size: Resources,
    demand: Resources,
    ready: bool,
    takes_tasks: bool,
}

impl Usage {
    /// The use of a run that has not begun, `rows` being its nodes at the start; `None` if nothing is known of it.
    pub(super) fn new(setup: &Setup, rows: &[NodeRow]) -> Option<Usage> {
        let node = |size| Node { size, ..Node::default() };
        let nodes = setup.machines.iter().map(|machine| node(machine.node.resources)).collect();
        let mut usage = Usage { nodes, ..Usage::default() };
        for (id, row) in (0..).map(NodeId).zip(rows) {
            usage.change(SimTime::ZERO, id, |node| node.is(row));
        }
        setup.metered.then_some(usage)
    }

    /// Takes note; `book` knows of it already.
    pub(super) fn observe(&mut self, at: SimTime, what: &Observation, book: &Book) {
        if let Observation::NodeUseChanged { node, demand } = *what {
            self.change(at, node, |node| node.demand = demand);
        }
        if let Some(id) = NodeRow::subject(what) {
            self.change(at, id, |node| node.is(&book.nodes[id.index()]));
        }
    }

    /// Brings every integral up to that instant.
    pub(super) fn settle(&mut self, at: SimTime) {
        self.used.settle(at);
        for integral in [&mut self.overloaded, &mut self.variation, &mut self.varied] {
            integral.settle(at);
        }
    }

    fn change(&mut self, at: SimTime, id: NodeId, change: impl FnOnce(&mut Node)) {
        let before = self.nodes[id.index()];
        change(&mut self.nodes[id.index()]);
        let after = self.nodes[id.index()];
        self.used.shift(at, before.used_if_ready(), after.used_if_ready());
        self.overloaded.shift(at, before.is_overloaded().into(), after.is_overloaded().into());
        self.peak_cpu = self.peak_cpu.max(share(after.demand.nano_cpus, after.size.nano_cpus));
        self.peak_memory = self.peak_memory.max(share(after.demand.memory, after.size.memory));
        if before.compared() != after.compared() {
            before.compared().into_iter().for_each(|share| self.shares.take(share));
            after.compared().into_iter().for_each(|share| self.shares.add(share));
            let variation = self.shares.variation();
            self.varied.set(at, variation.is_some().into());
            let variation = variation.unwrap_or(0);
            self.variation
                .set(at, u64::try_from(variation).expect("at most the root of the number of nodes"));
        }
    }
}

impl Node {
    fn is(&mut self, row: &NodeRow) {
        (self.ready, self.takes_tasks) = (row.is_ready(), row.takes_tasks());
    }

    fn used(&self) -> Resources {
        self.demand.min(self.size)
    }

    fn used_if_ready(&self) -> Resources {
        if self.ready { self.used() } else { Resources::ZERO }
    }

    /// The share of its CPU in use that is compared with the others', in millionths.
    fn compared(&self) -> Option<u128> {
        let (used, size) = (self.used().nano_cpus.unsigned_abs(), self.size.nano_cpus.unsigned_abs());
        self.takes_tasks.then(|| (u128::from(used) * MILLION).checked_div(size.into()).unwrap_or(0))
    }

    fn is_overloaded(&self) -> bool {
        !self.demand.fits(self.size)
    }
}

fn share(wanted: i64, size: i64) -> u128 {
    part(wanted.unsigned_abs().into(), size.unsigned_abs().into())
}
