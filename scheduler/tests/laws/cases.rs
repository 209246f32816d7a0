//! Clusters and queues to try the laws on: small, full and awkward.

use proptest::prelude::*;
use swarmbed_scheduler::constraint::Constraint;
use swarmbed_scheduler::node::{Availability, Generic, Node, NodeState, Stock};
use swarmbed_scheduler::observed::Observed;
use swarmbed_scheduler::plan::{Group, PendingTask};
use swarmbed_scheduler::spec::{GenericNeed, Port, Preference, Protocol, PublishMode, SpecVersion, TaskSpec};
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::view::View;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, TaskId};

/// A cluster and what waits.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) view: View,
    pub(crate) seed: u64,
    queue: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    service: ServiceId,
    name: String,
    version: Option<SpecVersion>,
    spec: TaskSpec,
    tasks: Vec<PendingTask>,
}

impl Waiting {
    fn group<'a>(&'a self, tasks: &'a [PendingTask]) -> Group<'a> {
        let Waiting { service, name, version, spec, .. } = self;
        Group { service: *service, service_name: name, version: *version, spec, tasks }
    }
}

impl Case {
    /// The groups of the request, as the simulator would make them: one-off tasks last and one by one.
    pub(crate) fn groups(&self) -> Vec<Group<'_>> {
        let versioned = self.queue.iter().filter(|w| w.version.is_some()).map(|w| w.group(&w.tasks));
        let one_off = self.queue.iter().filter(|w| w.version.is_none());
        let one_off = one_off.flat_map(|w| w.tasks.chunks(1).map(move |task| w.group(task)));
        versioned.chain(one_off).collect()
    }

    /// The view with one more node, which is like the first but drained.
    pub(crate) fn with_drained_node(&self) -> View {
        let mut view = self.view.clone();
        let like = view.nodes().next().expect("there is a node").node.clone();
        let drained = Node { name: "zzz".into(), availability: Availability::Drain, ..*like };
        view.set_node(NodeId(view.span() as u32), drained);
        view
    }
}

/// Any case.
pub(crate) fn case() -> impl Strategy<Value = Case> {
    of_size(1..9, 1..5, 0u32..12, 2)
}

/// Any case with many groups, nearly all of one task.
pub(crate) fn singles() -> impl Strategy<Value = Case> {
    of_size(1..20, 1..40, prop_oneof![9 => Just(1), 1 => 0u32..4], 12)
}

/// The first `known` services have tasks already, and have failed here and there.
fn of_size(
    nodes: std::ops::Range<usize>,
    groups: std::ops::Range<usize>,
    tasks: impl Strategy<Value = u32>,
    known: u32,
) -> impl Strategy<Value = Case> {
    let waiting = (spec(), prop::option::weighted(0.8, Just(SpecVersion(3))), tasks);
    let nodes = prop::collection::vec((node(), 0u32..4, prop::bool::weighted(0.2), observed()), nodes);
    (nodes, prop::collection::vec(waiting, groups), any::<u64>()).prop_map(move |(nodes, waiting, seed)| {
        let mut view = View::new();
        for (id, (node, tasks, failing, observed)) in (0..).map(NodeId).zip(nodes) {
            view.set_node(id, Node { name: format!("node-{}", id.0), ..node });
            let there = view.node_mut(id).unwrap();
            there.observed = observed;
            (0..tasks).for_each(|t| there.books.count_in(ServiceId((id.0 + 3 * t) % known)));
            (0..if failing { 6 } else { 0 }).for_each(|_| {
                there.note_failure(ServiceId(id.0 % known), Some(SpecVersion(3)), SimTime::ZERO)
            });
        }
        let mut ids = (0..).map(TaskId);
        let queue = (0..).zip(waiting).map(|(service, (spec, version, tasks))| Waiting {
            service: ServiceId(service),
            name: format!("service-{service}"),
            version,
            spec,
            tasks: (1..=tasks)
                .map(|slot| PendingTask { id: ids.next().unwrap(), slot, attempt: 1 + slot % 2 })
                .collect(),
        });
        Case { view, seed, queue: queue.collect() }
    })
}

fn observed() -> impl Strategy<Value = Option<Observed>> {
    let observed = (0i64..6, 0i64..6, 0i64..3).prop_map(|(cpu, memory, reserved)| Observed {
        used: Resources::new(cpu, memory),
        reserved: Resources::new(reserved, reserved),
    });
    prop::option::weighted(0.7, observed)
}

fn node() -> impl Strategy<Value = Node> {
    let gpus = prop_oneof![
        Just(vec![]),
        (1u64..4).prop_map(|n| vec![Generic { kind: "gpu".into(), stock: Stock::Discrete(n) }]),
        Just(vec![Generic { kind: "gpu".into(), stock: Stock::Named(vec!["x".into(), "y".into()]) }]),
    ];
    let zone = prop::option::weighted(0.8, prop::sample::select(vec!["a", "b", "c"]));
    let availability = prop_oneof![8 => Just(Availability::Active), 1 => Just(Availability::Drain)];
    let state = prop_oneof![8 => Just(NodeState::Ready), 1 => Just(NodeState::Down)];
    (0i64..6, 0i64..6, gpus, zone, availability, state).prop_map(
        |(cpu, memory, generic, zone, availability, state)| Node {
            resources: Resources::new(cpu, memory),
            generic,
            labels: zone.map(|z| ("zone".to_owned(), z.to_owned())).into_iter().collect(),
            availability,
            state,
            ..Node::default()
        },
    )
}

fn spec() -> impl Strategy<Value = TaskSpec> {
    let constraint = prop::option::weighted(
        0.3,
        prop::sample::select(vec!["node.labels.zone == a", "node.labels.zone != b"]),
    );
    let preference = prop::option::weighted(0.4, Just("node.labels.zone"));
    let port = Port { protocol: Protocol::Tcp, target: 80, published: 80, mode: PublishMode::Host };
    let port = prop::option::weighted(0.2, Just(port));
    let cap = prop_oneof![2 => Just(0u32), 1 => 1u32..3];
    let priority = prop_oneof![2 => Just(0u32), 1 => 1u32..3];
    (0i64..3, 0i64..3, 0u64..2, constraint, preference, port, cap, priority).prop_map(
        |(cpu, memory, gpus, constraint, preference, port, cap, priority)| TaskSpec {
            reservations: Resources::new(cpu, memory),
            generic: (gpus > 0)
                .then(|| GenericNeed { kind: "gpu".into(), count: gpus })
                .into_iter()
                .collect(),
            constraints: constraint.map(|c| Constraint::parse(c).unwrap()).into_iter().collect(),
            preferences: preference.map(|p| Preference { spread: p.into() }).into_iter().collect(),
            ports: port.into_iter().collect(),
            max_replicas_per_node: cap,
            priority,
            ..TaskSpec::default()
        },
    )
}
