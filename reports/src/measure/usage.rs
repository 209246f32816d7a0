//! What containers really used, integrated over time in whole numbers.

use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, SimTime};
use swarmbed_sim::observation::Observation;
use swarmbed_sim::setup::Setup;

use super::book::Book;
use super::node::NodeRow;

const BILLION: u128 = 1_000_000_000;
const MILLION: u128 = 1_000_000;

/// The use of all nodes, now and so far. Nothing is known of it unless the setup is metered.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    nodes: Vec<Node>,
    /// CPU and memory in use on READY members.
    used: Resources,
    /// What READY members have.
    capacity: Resources,
    /// Shares of CPU in use on members that are READY and ACTIVE.
    shares: Shares,
    overloaded: u32,
    /// The largest share of its CPU that a node's containers ever wanted, in billionths.
    pub peak_cpu: u128,
    /// The same of memory.
    pub peak_memory: u128,
    /// `used` over time.
    pub used_area: Areas,
    /// `capacity` over time.
    pub capacity_area: Areas,
    /// Overloaded nodes times nanoseconds.
    pub overloaded_area: u128,
    /// The coefficient of variation of the shares in billionths, times nanoseconds.
    pub cv_area: u128,
    /// Nanoseconds in which there was one.
    pub cv_time: u128,
    since: SimTime,
}

#[derive(Clone, Copy, Debug, Default)]
struct Node {
    size: Resources,
    demand: Resources,
    /// READY, as the managers believe.
    ready: bool,
    /// ACTIVE besides.
    takes_tasks: bool,
}

/// Numbers in millionths, of which only how many there are and two sums are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Shares {
    count: u128,
    sum: u128,
    squares: u128,
}

impl Usage {
    /// The use of a run that has not begun, `rows` being its nodes at the start; `None` if nothing is known of it.
    pub(super) fn new(setup: &Setup, rows: &[NodeRow]) -> Option<Usage> {
        let mut usage = Usage::default();
        for (machine, row) in setup.machines.iter().zip(rows) {
            let mut node = Node { size: machine.node.resources, ..Node::default() };
            node.is(row);
            usage.enter(node);
            usage.nodes.push(node);
        }
        setup.metered.then_some(usage)
    }

    /// Takes note; `book` knows of it already.
    pub(super) fn observe(&mut self, at: SimTime, what: &Observation, book: &Book) {
        if let Observation::NodeUseChanged { node, demand } = *what {
            self.change(at, node, |there| there.demand = demand);
        }
        if let Some(node) = NodeRow::subject(what) {
            self.change(at, node, |there| there.is(&book.nodes[node.index()]));
        }
    }

    fn change(&mut self, at: SimTime, node: NodeId, change: impl FnOnce(&mut Node)) {
        self.settle(at);
        let mut there = self.nodes[node.index()];
        self.leave(there);
        change(&mut there);
        self.enter(there);
        self.nodes[node.index()] = there;
    }

    fn enter(&mut self, node: Node) {
        if node.ready {
            self.used += node.used();
            self.capacity += node.size;
        }
        if node.takes_tasks {
            self.shares.add(node.share());
        }
        self.overloaded += u32::from(node.is_overloaded());
        let share = |part: i64, all: i64| {
            (u128::from(part.unsigned_abs()) * BILLION).checked_div(all.unsigned_abs().into()).unwrap_or(0)
        };
        self.peak_cpu = self.peak_cpu.max(share(node.demand.nano_cpus, node.size.nano_cpus));
        self.peak_memory = self.peak_memory.max(share(node.demand.memory, node.size.memory));
    }

    fn leave(&mut self, node: Node) {
        if node.ready {
            self.used -= node.used();
            self.capacity -= node.size;
        }
        if node.takes_tasks {
            self.shares.take(node.share());
        }
        self.overloaded -= u32::from(node.is_overloaded());
    }

    /// Adds the time since the last change at the use that held all the while.
    pub fn settle(&mut self, at: SimTime) {
        let past = u128::from(at.since(self.since).nanos());
        self.since = at;
        if past == 0 {
            return;
        }
        self.used_area.add_resources(self.used, past);
        self.capacity_area.add_resources(self.capacity, past);
        self.overloaded_area += u128::from(self.overloaded) * past;
        if let Some(cv) = self.shares.variation() {
            self.cv_area += cv * past;
            self.cv_time += past;
        }
    }
}

impl Node {
    fn is(&mut self, row: &NodeRow) {
        (self.ready, self.takes_tasks) = (row.is_ready(), row.takes_tasks());
    }

    /// No more than there is.
    fn used(&self) -> Resources {
        self.demand.min(self.size)
    }

    /// The share of its CPU in use, in millionths.
    fn share(&self) -> u128 {
        let (used, size) = (self.used().nano_cpus.unsigned_abs(), self.size.nano_cpus.unsigned_abs());
        (u128::from(used) * MILLION).checked_div(size.into()).unwrap_or(0)
    }

    fn is_overloaded(&self) -> bool {
        !self.demand.fits(self.size)
    }
}

impl Shares {
    fn add(&mut self, share: u128) {
        self.count += 1;
        self.sum += share;
        self.squares += share * share;
    }

    fn take(&mut self, share: u128) {
        self.count -= 1;
        self.sum -= share;
        self.squares -= share * share;
    }

    /// Their standard deviation over their mean, in billionths; `None` if all are nothing.
    fn variation(&self) -> Option<u128> {
        let Shares { count, sum, squares } = *self;
        let ratio = (count * squares * BILLION).checked_div(sum * sum)?;
        Some((ratio.saturating_sub(BILLION) * BILLION).isqrt())
    }
}

/// Nano-CPUs and bytes, times nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Areas {
    /// Nano-CPUs times nanoseconds.
    pub cpu: u128,
    /// Bytes times nanoseconds.
    pub memory: u128,
}

impl Areas {
    fn add_resources(&mut self, amounts: Resources, nanos: u128) {
        self.cpu += u128::from(amounts.nano_cpus.unsigned_abs()) * nanos;
        self.memory += u128::from(amounts.memory.unsigned_abs()) * nanos;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variation_of_shares_by_hand() {
        let of = |shares: &[u128]| {
            let mut kept = Shares::default();
            shares.iter().for_each(|share| kept.add(share * 10_000));
            kept.add(77);
            kept.take(77);
            kept.variation()
        };
        assert_eq!(of(&[50, 50, 50, 50]), Some(0));
        assert_eq!(of(&[100, 100, 0, 0]), Some(BILLION));
        assert_eq!(of(&[80, 0, 0, 0]), Some(1_732_050_807));
        assert_eq!(of(&[0, 0]), None);
        assert_eq!(of(&[]), None);
    }
}
