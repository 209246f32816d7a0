//! Metrics enough for the tests, and a reading that knows them; the real table is in the crate `reports`, which this one
//! must not know.

use swarmbed_scenarios::{Loader, Metric, Options};
use swarmbed_scheduler::strategy::Catalogue;

pub(crate) const METRICS: &[Metric<'_>] = &[
    metric("tasks.running", "1"),
    metric("tasks.pending", "1"),
    metric("tasks.wait.{mean,p50,p95,p99,max}", "s"),
    metric("cluster.reserved_cpu.mean", "ratio"),
    metric("workloads.arrived", "1"),
    metric("workloads.left", "1"),
    metric("services.degraded", "s"),
    metric("service.SERVICE.deployed", "s"),
    metric("service.SERVICE.below_desired", "s"),
    metric("tasks.failed", "1"),
    metric("updates.{completed,paused,rolled_back,rollbacks_completed}", "1"),
    metric("updates.duration.{p50,p99,max}", "s"),
    metric("services.complete", "1"),
    metric("service.SERVICE.running", "1"),
    metric("service.SERVICE.lost", "replica s"),
    metric("failover.detect.{p50,p99,max}", "s"),
    metric("failover.total.{p50,p99,max}", "s"),
    metric("machines.crashed", "1"),
    metric("managers.elections", "1"),
    metric("managers.leaderless", "s"),
    metric("managers.commands_refused", "1"),
    metric("managers.added", "1"),
    metric("managers.removed", "1"),
    metric("managers.entries_lost", "1"),
    metric("replicas.missing", "replica s"),
    metric("requests.sent", "1"),
    metric("requests.unsent", "1"),
    metric("requests.answered", "1"),
    metric("requests.lost", "1"),
    metric(
        "requests.lost.{slow,stale_backend,no_backend,port_closed,stopped,node_dead,partition,queue_full,isolated,not_ready,sick,no_route}",
        "1",
    ),
    metric("requests.wait.mean", "s"),
    metric("data.stranded", "1"),
    metric("tables.withdrawal.max", "s"),
    metric("gossip.detect.{p50,p99,max}", "s"),
    metric("gossip.mistaken", "1"),
    metric("service.SERVICE.requests_lost", "1"),
    metric("service.SERVICE.latency.p50", "s"),
    metric("service.SERVICE.latency.p99", "s"),
    metric("service.SERVICE.imbalance", "ratio"),
    metric("replicas.surplus", "replica s"),
    metric("tasks.restarts", "1"),
    metric("tasks.start.{mean,p50,p95,p99,max}", "s"),
    metric("tasks.orphaned", "1"),
    metric("containers.exited", "1"),
    metric("nodes.ready", "1"),
    metric("nodes.declared_down", "1"),
    metric("nodes.tasks.{min,max}", "1"),
    metric("nodes.used_imbalance.mean", "ratio"),
    metric("nodes.used_cpu.peak", "ratio"),
    metric("nodes.reserved_cpu.{min,max}", "CPU"),
];

/// With the standard strategies, and with the seed and strategy of the file.
pub(crate) fn options<'a>(loader: &'a dyn Loader, strategies: &'a Catalogue) -> Options<'a> {
    Options { loader, metrics: METRICS, strategies, seed: None, strategy: None }
}

const fn metric(name: &'static str, unit: &'static str) -> Metric<'static> {
    Metric { name, unit }
}
