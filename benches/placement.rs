//! Placement decisions alone: no simulator, no commit. 1,000 nodes; 50,000 tasks in 100 groups, or in as many groups, or a
//! single task.
//!
//! `naive` is SwarmKit's algorithm in the form in which SwarmKit has it (`manager/scheduler/scheduler.go`): string ids,
//! a hash map of nodes and hash maps in each of them, a max-heap whose every comparison looks up the counts, a filter
//! pipeline behind pointers. It decides as `swarm-spread` does, and a check before the measurement makes sure of that.
//! How to read the numbers: `benches/README.md`.
#![expect(clippy::disallowed_types, reason = "the naive form has the hash maps that SwarmKit has")]

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use swarmbed_scheduler::constraint::Constraint;
use swarmbed_scheduler::node::Node;
use swarmbed_scheduler::plan::{Group, PendingTask, Request};
use swarmbed_scheduler::spec::{SpecVersion, TaskSpec};
use swarmbed_scheduler::strategy::{Catalogue, build};
use swarmbed_scheduler::units::{Resources, SimTime};
use swarmbed_scheduler::view::{NodeView, View};
use swarmbed_scheduler::{NodeId, ServiceId, TaskId};

const NODES: u32 = 1_000;
const GIB: i64 = 1 << 30;

/// A cluster of 1,000 nodes that already runs 20 services of 100 tasks each, and what waits.
struct Case {
    view: View,
    specs: Vec<(String, TaskSpec, Vec<PendingTask>)>,
}

impl Case {
    /// So many groups of so many tasks. Every third service wants an SSD, which nine nodes in ten have.
    fn new(groups: u32, tasks: u32) -> Case {
        let mut view = View::new();
        for id in 0..NODES {
            let disk = if id % 10 == 0 { "hdd" } else { "ssd" };
            let labels = [("disk".to_owned(), disk.to_owned())].into();
            let resources = Resources::new(64_000_000_000, 256 * GIB);
            view.set_node(
                NodeId(id),
                Node { name: format!("node-{id:04}"), labels, resources, ..Node::default() },
            );
        }
        for n in 0..2_000 {
            view.books_mut(NodeId(n * 7 % NODES)).expect("a member").count_in(ServiceId(groups + n % 20));
        }
        let mut ids = (0..).map(TaskId);
        let specs = (0..groups).map(|service| {
            let constraints = if service % 3 == 0 { vec!["node.labels.disk == ssd"] } else { vec![] };
            let spec = TaskSpec {
                reservations: Resources::new(500_000_000, GIB),
                constraints: Constraint::parse_all(&constraints).expect("a constraint"),
                ..TaskSpec::default()
            };
            let pending = |slot| PendingTask { id: ids.next().expect("ids do not end"), slot, attempt: 1 };
            (format!("service-{service:03}"), spec, (1..=tasks).map(pending).collect())
        });
        let specs = specs.collect();
        Case { view, specs }
    }

    fn groups<'a>(&'a self) -> Vec<Group<'a>> {
        let group = |(service, waiting): (u32, &'a (String, TaskSpec, Vec<PendingTask>))| {
            let (service_name, spec, tasks) = waiting;
            Group { service: ServiceId(service), service_name, version: Some(SpecVersion(1)), spec, tasks }
        };
        (0..).zip(&self.specs).map(group).collect()
    }
}

/// The naive form.
mod naive {
    use super::*;

    /// A task as the scheduler has it in memory.
    #[derive(Clone)]
    pub(crate) struct Task {
        id: Arc<str>,
        service: Arc<str>,
        version: u64,
        spec: Arc<TaskSpec>,
        node: Option<Arc<str>>,
    }

    type Tasks = HashMap<Arc<str>, Arc<Task>>;

    struct NodeInfo {
        id: Arc<str>,
        node: Node,
        available: Resources,
        tasks: Tasks,
        active: u32,
        active_by_service: HashMap<Arc<str>, u32>,
        failures: HashMap<(Arc<str>, u64), Vec<SimTime>>,
    }

    type Check = Box<dyn Fn(&NodeInfo) -> bool>;

    /// The scheduler's memory (`scheduler.go:25-60`).
    pub(crate) struct Scheduler {
        names: HashMap<Arc<str>, usize>,
        nodes: Vec<NodeInfo>,
        all_tasks: Tasks,
        unassigned: Tasks,
        pub(crate) decisions: Tasks,
    }

    impl Scheduler {
        pub(crate) fn new(case: &Case) -> Scheduler {
            let nodes: Vec<NodeInfo> = case.view.nodes().map(NodeInfo::new).collect();
            let mut unassigned = HashMap::new();
            for (service, spec, tasks) in &case.specs {
                let (service, spec): (Arc<str>, _) = (service.as_str().into(), Arc::new(spec.clone()));
                for task in tasks {
                    let id: Arc<str> = format!("{service}.{:05}", task.slot).into();
                    let (service, spec) = (service.clone(), spec.clone());
                    unassigned
                        .insert(id.clone(), Arc::new(Task { id, service, version: 1, spec, node: None }));
                }
            }
            let names = nodes.iter().enumerate().map(|(i, n)| (n.id.clone(), i)).collect();
            Scheduler { names, nodes, all_tasks: unassigned.clone(), unassigned, decisions: HashMap::new() }
        }

        /// `tick` and `scheduleTaskGroup` (`scheduler.go:428-488, 690-770`).
        pub(crate) fn tick(&mut self) {
            let mut groups: HashMap<(Arc<str>, u64), Tasks> = HashMap::new();
            for (id, task) in self.unassigned.drain() {
                groups.entry((task.service.clone(), task.version)).or_default().insert(id, task);
            }
            for mut group in groups.into_values() {
                let task = group.values().next().expect("a group has tasks").clone();
                let pipeline = pipeline(&task.spec);
                let mut nodes = self.best_nodes(&task, group.len(), &pipeline);
                nodes.sort_by(|a, b| compare(&self.nodes[*a], &self.nodes[*b], &task));
                self.place(&mut group, &nodes, &pipeline);
            }
        }

        /// The leaf of the decision tree: a max-heap of the best so many (`nodeset.go:50-124`).
        fn best_nodes(&self, task: &Task, most: usize, pipeline: &[Check]) -> Vec<usize> {
            let mut heap: Vec<usize> = Vec::new();
            for &at in self.names.values() {
                let node = &self.nodes[at];
                if heap.len() < most {
                    if passes(node, pipeline) {
                        heap.push(at);
                        self.sift_up(&mut heap, task);
                    }
                } else if compare(node, &self.nodes[heap[0]], task).is_lt() && passes(node, pipeline) {
                    heap[0] = at;
                    self.sift_down(&mut heap, task);
                }
            }
            heap
        }

        fn sift_up(&self, heap: &mut [usize], task: &Task) {
            let mut at = heap.len() - 1;
            while at > 0 && compare(&self.nodes[heap[at]], &self.nodes[heap[(at - 1) / 2]], task).is_gt() {
                heap.swap(at, (at - 1) / 2);
                at = (at - 1) / 2;
            }
        }

        fn sift_down(&self, heap: &mut [usize], task: &Task) {
            let mut at = 0;
            loop {
                let children = (2 * at + 1..heap.len().min(2 * at + 3)).collect::<Vec<_>>();
                let worst = children
                    .into_iter()
                    .max_by(|a, b| compare(&self.nodes[heap[*a]], &self.nodes[heap[*b]], task));
                match worst {
                    Some(child) if compare(&self.nodes[heap[child]], &self.nodes[heap[at]], task).is_gt() => {
                        heap.swap(at, child);
                        at = child;
                    }
                    _ => return,
                }
            }
        }

        /// `scheduleNTasksOnNodes` (`scheduler.go:844-924`).
        fn place(&mut self, group: &mut Tasks, nodes: &[usize], pipeline: &[Check]) {
            let mut failed: HashMap<usize, bool> = HashMap::new();
            let mut i = 0;
            let ids: Vec<Arc<str>> = group.keys().cloned().collect();
            for id in ids {
                if nodes.is_empty() || self.decisions.contains_key(&id) {
                    continue;
                }
                let task = group.remove(&id).expect("a task of the group");
                let name = self.nodes[nodes[i % nodes.len()]].id.clone();
                let assigned = Arc::new(Task { node: Some(name.clone()), ..(*task).clone() });
                self.all_tasks.insert(id.clone(), assigned.clone());
                let info = self.names[&name];
                self.nodes[info].add_task(assigned.clone());
                self.decisions.insert(id, assigned);
                if i + 1 >= nodes.len()
                    || compare(&self.nodes[nodes[i + 1]], &self.nodes[info], &task).is_lt()
                {
                    i += 1;
                }
                let start = i;
                while failed.contains_key(&(i % nodes.len()))
                    || !passes(&self.nodes[nodes[i % nodes.len()]], pipeline)
                {
                    failed.insert(i % nodes.len(), true);
                    i += 1;
                    if i - start == nodes.len() {
                        return;
                    }
                }
            }
        }

        /// Tasks of each node, ascending.
        pub(crate) fn loads(&self) -> Vec<u32> {
            let mut loads: Vec<u32> = self.nodes.iter().map(|node| node.active).collect();
            loads.sort_unstable();
            loads
        }

        /// Tasks of each service by node, most first: what does not depend on ties.
        pub(crate) fn counts(&self) -> HashMap<Arc<str>, Vec<u32>> {
            let mut counts: HashMap<Arc<str>, HashMap<Arc<str>, u32>> = HashMap::new();
            for task in self.decisions.values() {
                let node = task.node.clone().expect("decided tasks have a node");
                *counts.entry(task.service.clone()).or_default().entry(node).or_default() += 1;
            }
            let sorted = |counts: HashMap<Arc<str>, u32>| {
                let mut counts: Vec<u32> = counts.into_values().collect();
                counts.sort_unstable_by(|a, b| b.cmp(a));
                counts
            };
            counts.into_iter().map(|(service, counts)| (service, sorted(counts))).collect()
        }
    }

    impl NodeInfo {
        fn new(view: &NodeView) -> NodeInfo {
            NodeInfo {
                id: view.node.name.as_str().into(),
                node: (*view.node).clone(),
                available: view.books.available,
                tasks: HashMap::new(),
                active: view.books.active,
                active_by_service: HashMap::new(),
                failures: HashMap::new(),
            }
        }

        fn add_task(&mut self, task: Arc<Task>) {
            self.available -= task.spec.reservations;
            self.active += 1;
            *self.active_by_service.entry(task.service.clone()).or_default() += 1;
            self.tasks.insert(task.id.clone(), task);
        }

        fn recent_failures(&self, task: &Task) -> usize {
            self.failures.get(&(task.service.clone(), task.version)).map_or(0, Vec::len)
        }
    }

    /// `nodeLess` (`scheduler.go:708-735`).
    fn compare(a: &NodeInfo, b: &NodeInfo, task: &Task) -> std::cmp::Ordering {
        let (failed_a, failed_b) = (a.recent_failures(task), b.recent_failures(task));
        if (failed_a >= 5 || failed_b >= 5) && failed_a != failed_b {
            return failed_a.cmp(&failed_b);
        }
        let of_service = |n: &NodeInfo| n.active_by_service.get(&task.service).copied().unwrap_or(0);
        of_service(a).cmp(&of_service(b)).then_with(|| a.active.cmp(&b.active))
    }

    fn pipeline(spec: &Arc<TaskSpec>) -> Vec<Check> {
        let (reservations, constraints) = (spec.reservations, spec.constraints.clone());
        let mut checks: Vec<Check> = vec![Box::new(|n| n.node.takes_tasks())];
        if !reservations.is_zero() {
            checks.push(Box::new(move |n| reservations.fits(n.available)));
        }
        if !constraints.is_empty() {
            checks.push(Box::new(move |n| constraints.iter().all(|c| c.matches(&n.node))));
        }
        checks
    }

    fn passes(node: &NodeInfo, pipeline: &[Check]) -> bool {
        pipeline.iter().all(|check| check(node))
    }
}

fn request<'a>(case: &'a Case, groups: &'a [Group<'a>]) -> Request<'a> {
    Request { now: SimTime::ZERO, view: &case.view, groups, seed: 1, explain: None }
}

/// Both forms give each service the same counts, and services of one task are levelled alike.
fn check_naive(case: &Case) {
    let groups = case.groups();
    let plan = build("swarm-spread").expect("a strategy").plan(&request(case, &groups));
    let mut naive = naive::Scheduler::new(case);
    naive.tick();
    assert_eq!(naive.decisions.len(), plan.decisions.len());
    let of_task: HashMap<TaskId, &str> =
        groups.iter().flat_map(|g| g.tasks.iter().map(|t| (t.id, g.service_name))).collect();
    let mut counts: HashMap<&str, HashMap<NodeId, u32>> = HashMap::new();
    for decision in &plan.decisions {
        let node = decision.node().expect("there is room for all");
        *counts.entry(of_task[&decision.task]).or_default().entry(node).or_default() += 1;
    }
    for (service, theirs) in naive.counts() {
        let mut ours: Vec<u32> = counts[&*service].values().copied().collect();
        ours.sort_unstable_by(|a, b| b.cmp(a));
        assert_eq!(ours, theirs, "{service}");
    }
    if case.specs.iter().all(|(_, _, tasks)| tasks.len() == 1) {
        check_loads(case, &counts, &naive.loads());
    }
}

/// Both forms level nodes: but for who is one ahead, since which group comes last is chance in the naive form.
fn check_loads(case: &Case, counts: &HashMap<&str, HashMap<NodeId, u32>>, theirs: &[u32]) {
    let mut ours: HashMap<NodeId, u32> = case.view.nodes().map(|n| (n.id, n.books.active)).collect();
    for (node, tasks) in counts.values().flatten() {
        *ours.entry(*node).or_default() += tasks;
    }
    let mut ours: Vec<u32> = ours.into_values().collect();
    ours.sort_unstable();
    let differ = ours.iter().zip(theirs).any(|(ours, theirs)| ours.abs_diff(*theirs) > 2);
    assert!(!differ, "nodes are not filled alike");
}

fn placement(c: &mut Criterion) {
    let every: Vec<&str> = Catalogue::standard().entries().iter().map(|entry| entry.name).collect();
    // Those that know the standing of nodes, and one that does not.
    let few = vec!["swarm-spread", "spread", "least-loaded", "first-fit", "least-reserved"];
    let cases =
        [("50k-tasks", 100, 500, &every), ("50k-services", 50_000, 1, &few), ("one-task", 1, 1, &every)];
    for (name, groups, tasks, strategies) in cases {
        let case = Case::new(groups, tasks);
        check_naive(&case);
        let groups = case.groups();
        let mut bench = c.benchmark_group(format!("placement/1k-nodes/{name}"));
        bench.throughput(Throughput::Elements(u64::from(tasks) * groups.len() as u64)).sample_size(10);
        for name in strategies {
            let strategy = build(name).expect("a strategy");
            bench.bench_function(*name, |b| b.iter(|| black_box(strategy.plan(&request(&case, &groups)))));
        }
        bench.bench_function("naive", |b| {
            let fresh = || naive::Scheduler::new(&case);
            b.iter_batched_ref(fresh, |scheduler| scheduler.tick(), BatchSize::LargeInput);
        });
        bench.finish();
    }
}

criterion_group!(benches, placement);
criterion_main!(benches);
