//! Nodes that are alike and a strategy that is asked where tasks go: requests, plans and commits, without the time between.

use swarmbed_scheduler::node::Node;
use swarmbed_scheduler::plan::{Group, PendingTask, Plan, Request, Verdict};
use swarmbed_scheduler::spec::{SpecVersion, TaskSpec};
use swarmbed_scheduler::strategy::{self, Strategy};
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::view::View;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, TaskId};

/// The yard.
pub(super) struct Yard {
    view: View,
    strategy: Box<dyn Strategy>,
    services: u32,
}

impl Yard {
    /// So many empty nodes with that capacity.
    pub(super) fn new(strategy: &str, nodes: u32, capacity: Resources) -> Yard {
        let mut view = View::new();
        for id in 0..nodes {
            // Padded, so that names ascend as numbers do.
            let name = format!("node-{id:08}");
            view.set_node(NodeId(id), Node { name, resources: capacity, ..Node::default() });
        }
        let strategy = strategy::build(strategy).expect("a strategy of the catalogue");
        Yard { view, strategy, services: 0 }
    }

    /// Where so many tasks of one new service would go, by this seed. They do not go there.
    pub(super) fn plan(&self, spec: &TaskSpec, tasks: u32, seed: u64) -> Plan {
        let task = |n| PendingTask { id: TaskId(n), slot: n + 1, attempt: 1 };
        let tasks: Vec<PendingTask> = (0..tasks).map(task).collect();
        let service_name = format!("service-{:08}", self.services);
        let (service, version) = (ServiceId(self.services), Some(SpecVersion(1)));
        let groups = [Group { service, service_name: &service_name, version, spec, tasks: &tasks }];
        let request = Request { now: SimTime::ZERO, view: &self.view, groups: &groups, seed, explain: None };
        self.strategy.plan(&request)
    }

    /// Places one task that reserves so much; nothing if there is no room.
    pub(super) fn put(&mut self, need: Resources) -> Option<NodeId> {
        let spec = TaskSpec { reservations: need, ..TaskSpec::default() };
        let plan = self.plan(&spec, 1, 1);
        let Verdict::Place { node, .. } = plan.decisions[0].verdict else { return None };
        let books = self.view.books_mut(node).expect("tasks are placed on members");
        books.hold(&spec);
        books.count_in(ServiceId(self.services));
        self.services += 1;
        Some(node)
    }

    /// What is reserved on each node.
    pub(super) fn reserved(&self) -> impl Iterator<Item = Resources> {
        self.view.nodes().map(|node| node.size - node.books.available)
    }

    /// How many nodes have tasks.
    pub(super) fn used(&self) -> usize {
        self.view.nodes().filter(|node| node.books.active > 0).count()
    }
}
