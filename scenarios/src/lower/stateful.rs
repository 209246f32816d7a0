//! Whether data stays where it is: a service that keeps some on its node, and whose tasks may go to another.

use std::collections::BTreeMap;

use swarmbed_scheduler::ServiceId;
use swarmbed_scheduler::filter::Pipeline;
use swarmbed_scheduler::node::Availability;
use swarmbed_scheduler::view::NodeView;
use swarmbed_sim::setup::{Machine, Mode, Service};

use super::place::{idle, some_of};

/// A notice on services with volumes of the node for whose tasks more nodes would do than they have replicas.
pub(super) fn unpinned(services: &[Service], machines: &[Machine]) -> Vec<String> {
    let view = idle(machines);
    let mut unpinned: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for (id, service) in (0..).map(ServiceId).zip(services) {
        let Mode::Replicated { replicas } = service.mode else { continue };
        if service.volumes.is_empty() || replicas == 0 {
            continue;
        }
        let pipeline = Pipeline::new(&service.task);
        let is_active =
            |node: &&NodeView| machines[node.id.index()].node.availability == Availability::Active;
        let would_do = |node: &&NodeView| pipeline.check(node, &node.books, id).is_ok();
        let would_do = view.nodes().filter(is_active).filter(would_do).count();
        if would_do > replicas as usize {
            unpinned.entry(would_do).or_default().push(&service.name);
        }
    }
    let notice = |(nodes, names): (usize, Vec<&str>)| {
        let keeps = if names.len() == 1 { "keeps" } else { "keep" };
        format!(
            "{} {keeps} data in a volume of the node, and {nodes} nodes would do: a task that moves finds it empty; a \
             constraint on one node's hostname or label would hold it",
            some_of(&names)
        )
    };
    unpinned.into_iter().map(notice).collect()
}
