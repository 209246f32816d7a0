//! What only pictures need of a run: node by node, over time.

use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, SimTime};
use swarmbed_sim::names::Names;
use swarmbed_sim::observation::Observation;
use swarmbed_sim::observe::Observer;
use swarmbed_sim::setup::Setup;

use crate::inspect::natural;
use crate::measure::{BUCKETS, Book, Load, Seconds, Series};
use crate::stats::Histogram;

/// At most so many rows can be told apart.
pub(super) const ROWS: usize = 120;
/// So many columns are enough: each is a few pixels wide.
const COLUMNS: usize = 256;

/// An observer for [`pictures`](super::pictures), to be given to a run from its start.
#[derive(Clone, Debug)]
pub struct Watch {
    book: Book,
    pub(super) load: Load,
    pub(super) rows: Vec<Row>,
    /// Nano-CPUs that containers used, no more than there are, in the buckets of `load`; nothing unless that is known.
    pub(super) used: Option<Series>,
    /// How requests ended; nothing if nobody sends any.
    pub(super) requests: Option<Seconds>,
    row_of: Vec<usize>,
    nodes: Vec<Node>,
}

/// Nano-CPUs of a node.
#[derive(Clone, Copy, Debug)]
struct Node {
    size: u64,
    /// What its containers want of it.
    wanted: u64,
}

/// One node, or a few that follow one another by name.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The first one's name.
    pub(super) name: String,
    /// How many nodes there are in it.
    pub(super) nodes: usize,
    /// Tasks that have one of them and have not ended.
    pub(super) tasks: Series,
    /// Nano-CPUs that these hold.
    pub(super) cpu: Series,
    /// Nano-CPUs that containers want of them, which may be more than there are.
    pub(super) wanted: Series,
    /// Nano-CPUs of the nodes that are READY members.
    pub(super) capacity: Series,
    /// How many of the nodes are READY members.
    pub(super) ready: Series,
}

impl Watch {
    /// An observer for one run of that setup.
    pub fn new(setup: &Setup) -> Watch {
        let mut order: Vec<usize> = (0..setup.machines.len()).collect();
        let name = |i: &usize| setup.machines[*i].node.name.as_str();
        order.sort_by(|a, b| natural::compare(name(a), name(b)));
        let together = order.len().div_ceil(ROWS).max(1);
        let mut watch = Watch {
            book: Book::new(setup),
            load: Load::new(setup),
            rows: order.chunks(together).map(|nodes| Row::new(name(&nodes[0]), nodes.len())).collect(),
            row_of: vec![0; order.len()],
            used: setup.metered.then(|| Series::new(BUCKETS)),
            requests: (!setup.traffic.is_empty()).then(Seconds::default),
            nodes: setup.machines.iter().map(|m| Node::of(m.node.resources)).collect(),
        };
        for (place, node) in order.iter().enumerate() {
            watch.row_of[*node] = place / together;
        }
        for (node, _) in (0..).map(NodeId).zip(&setup.machines).filter(|(_, m)| m.from_start) {
            watch.set_ready(SimTime::ZERO, node, true);
        }
        watch
    }

    /// Brings everything up to the end of the run.
    pub fn settle(&mut self, end: SimTime) {
        self.load.settle(end);
        self.used.iter_mut().for_each(|used| used.settle(end));
        for row in &mut self.rows {
            [&mut row.tasks, &mut row.cpu, &mut row.wanted, &mut row.capacity, &mut row.ready]
                .into_iter()
                .for_each(|series| series.settle(end));
        }
    }

    /// How long tasks waited for a node, nanoseconds.
    pub(super) fn waits(&self) -> Histogram {
        self.book.waits()
    }

    fn hold(&mut self, at: SimTime, node: NodeId, cpu: u64, is_more: bool) {
        let row = &mut self.rows[self.row_of[node.index()]];
        shift(&mut row.tasks, at, 1, is_more);
        shift(&mut row.cpu, at, cpu, is_more);
    }

    fn set_ready(&mut self, at: SimTime, node: NodeId, ready: bool) {
        let row = &mut self.rows[self.row_of[node.index()]];
        shift(&mut row.ready, at, 1, ready);
        shift(&mut row.capacity, at, self.nodes[node.index()].size, ready);
    }

    fn want(&mut self, at: SimTime, node: NodeId, wanted: u64) {
        let there = &mut self.nodes[node.index()];
        let before = *there;
        there.wanted = wanted;
        let row = &mut self.rows[self.row_of[node.index()]];
        let level = row.wanted.level() - before.wanted + wanted;
        row.wanted.set(at, level);
        if let Some(used) = &mut self.used {
            let level = used.level() - before.used() + there.used();
            used.set(at, level);
        }
    }
}

fn shift(series: &mut Series, at: SimTime, by: u64, up: bool) {
    let level = if up { series.level() + by } else { series.level() - by };
    series.set(at, level);
}

impl Node {
    fn of(size: Resources) -> Node {
        Node { size: size.nano_cpus.unsigned_abs(), wanted: 0 }
    }

    /// No more than there is.
    fn used(self) -> u64 {
        self.wanted.min(self.size)
    }
}

impl Row {
    fn new(name: &str, nodes: usize) -> Row {
        let series = || Series::new(COLUMNS);
        Row {
            name: name.to_owned(),
            nodes,
            tasks: series(),
            cpu: series(),
            wanted: series(),
            capacity: series(),
            ready: series(),
        }
    }
}

impl Observer for Watch {
    fn observe(&mut self, at: SimTime, what: &Observation, _names: &Names) {
        if let (Some(requests), Observation::RequestEnded(account)) = (&mut self.requests, what) {
            return requests.ended(at, account);
        }
        if let Some((node, ready)) = self.book.readiness(what) {
            self.set_ready(at, node, ready);
        }
        if let Observation::NodeUseChanged { node, demand } = *what {
            self.want(at, node, demand.nano_cpus.unsigned_abs());
        }
        self.load.node_changes(at, what, &self.book);
        let before = Load::subject(what).map(|task| (task, Load::standing(self.book.find(task))));
        self.book.apply(at, what);
        self.book.take_completed();
        if let Some((task, before)) = before {
            self.load.task_changed(at, before, task, &self.book);
            let now = Load::standing(Some(self.book.task(task)));
            if before.holder != now.holder {
                let cpu = self.book.reserves(task).nano_cpus.unsigned_abs();
                before.holder.into_iter().for_each(|node| self.hold(at, node, cpu, false));
                now.holder.into_iter().for_each(|node| self.hold(at, node, cpu, true));
            }
        }
    }
}
