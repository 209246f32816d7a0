//! What every metric is called, counted in and means: one table, from which `METRICS.md` is written.

use super::value::Unit;
use super::value::Unit::{Count, Cpus, NodeSeconds, Ratio, ReplicaSeconds, Seconds, Tasks};

/// One metric, or a family of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricInfo {
    /// Its dotted name. `{p50,p99,max}` stands for any one of these, `SERVICE` for the name of any service.
    pub name: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// What it means, in one sentence.
    pub doc: &'static str,
    /// Which way is better, if either is.
    pub better: Better,
    /// Whether strategies are compared by it unless others are asked for.
    pub is_headline: bool,
}

/// Which way of a metric is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Small values are good.
    Less,
    /// Large values are good.
    More,
    /// It depends on what is wanted.
    Neither,
}

impl Better {
    /// How tables write it: nothing where neither is better.
    pub const fn word(self) -> &'static str {
        match self {
            Better::Less => "less",
            Better::More => "more",
            Better::Neither => "",
        }
    }
}

const fn metric(name: &'static str, unit: Unit, doc: &'static str) -> MetricInfo {
    MetricInfo { name, unit, doc, better: Better::Neither, is_headline: false }
}

impl MetricInfo {
    /// Less of it is better.
    const fn less(self) -> MetricInfo {
        MetricInfo { better: Better::Less, ..self }
    }

    /// More of it is better.
    const fn more(self) -> MetricInfo {
        MetricInfo { better: Better::More, ..self }
    }

    /// Strategies are compared by it unless others are asked for.
    const fn headline(self) -> MetricInfo {
        MetricInfo { is_headline: true, ..self }
    }
}

/// Every metric of a run, in the order in which they are written. A metric that has no value in a run, such as the
/// longest of no durations, is absent from its results.
///
/// Percentiles are by nearest rank: p99 is the smallest duration that at least 99 in 100 do not exceed.
#[rustfmt::skip] // a table
pub const METRICS: &[MetricInfo] = &[
    metric("run.time", Seconds, "Simulated time at the end of the run"),
    metric("run.observations", Count, "Observations made"),
    metric("run.findings", Count, "Invariants found broken").less(),

    metric("services.count", Count, "Services that exist at the end"),
    metric("services.complete", Count, "Services that run at least what is wanted at the end").more(),
    metric("services.deployed", Seconds, "When every service had been complete at least once; absent if one never was").less().headline(),
    metric("services.below_desired", Seconds, "Time in which at least one service ran less than wanted, the first deployment included").less(),
    metric("services.degraded", Seconds, "Time in which at least one service ran less than wanted although it had been complete before").less().headline(),

    metric("replicas.wanted", Count, "Replicas wanted at the end; of a global service, its tasks"),
    metric("replicas.running", Count, "Containers that are up at the end, whatever the managers know").more(),
    metric("replicas.missing", ReplicaSeconds, "Replicas wanted and not up, summed over time, the first deployment included").less().headline(),
    metric("replicas.lost", ReplicaSeconds, "The part of `replicas.missing` that fell after the service had first been complete").less().headline(),
    metric("replicas.surplus", ReplicaSeconds, "Replicas up beyond what was wanted, summed over time"),

    metric("service.SERVICE.wanted", Count, "Replicas wanted at the end; of a global service, its tasks"),
    metric("service.SERVICE.running", Count, "Containers that are up at the end, whatever the managers know").more(),
    metric("service.SERVICE.deployed", Seconds, "From its creation until everything wanted was first up; absent if it never was").less(),
    metric("service.SERVICE.below_desired", Seconds, "Time in which it ran less than wanted, the first deployment included").less(),
    metric("service.SERVICE.missing", ReplicaSeconds, "Replicas wanted and not up, summed over time").less(),
    metric("service.SERVICE.lost", ReplicaSeconds, "The part of `missing` that fell after it had first been complete").less(),
    metric("service.SERVICE.surplus", ReplicaSeconds, "Replicas up beyond what was wanted, summed over time"),

    metric("workloads.arrived", Count, "Services and jobs that came by themselves; those not counted in `services` and `replicas`"),
    metric("workloads.left", Count, "Of these, those that were removed"),

    metric("tasks.created", Count, "Tasks created"),
    metric("tasks.running", Count, "Tasks that the managers believe to be running, and mean to, at the end").more(),
    metric("tasks.pending", Count, "Tasks that wait for a place at the end").less().headline(),
    metric("tasks.complete", Count, "Tasks that exited with 0"),
    metric("tasks.failed", Count, "Tasks that failed").less(),
    metric("tasks.rejected", Count, "Tasks that could not be prepared, or no longer fitted where they were").less(),
    metric("tasks.shutdown", Count, "Tasks that stopped as they were told to"),
    metric("tasks.orphaned", Count, "Tasks given up for lost").less(),
    metric("tasks.deleted", Count, "Tasks deleted from the store"),
    metric("tasks.restarts", Count, "Tasks that took the place of an earlier one").less().headline(),
    metric("tasks.refused", Count, "Times a task was told a new reason why it has to wait").less(),
    metric("tasks.makespan", Seconds, "From the first task's creation until the last one of all that ended with 0 was known to have ended").less().headline(),
    metric("tasks.wait.{mean,p50,p95,p99,max}", Seconds, "From a task's creation until a node was chosen for it").less(),
    metric("tasks.start.{mean,p50,p95,p99,max}", Seconds, "From a task's creation until the managers learned that it runs").less().headline(),
    metric("tasks.turnaround.{mean,p50,p95,p99,max}", Seconds, "Of tasks that ended with 0: from the creation of the first task in the slot until the managers learned of the end").less().headline(),
    metric("tasks.slowdown.{mean,p50,p95,p99,max}", Ratio, "Of tasks that ended with 0: the turnaround over the time for which the container ran").less().headline(),
    metric("tasks.waiting.mean", Tasks, "Tasks that waited for a node, on average over the run").less().headline(),
    metric("tasks.waiting.max", Count, "The most tasks that waited for a node at once").less(),
    metric("tasks.waiting.{decision,capacity,fragmentation,filters}", Tasks, "The parts of `tasks.waiting.mean` by cause: not looked at by the scheduler yet; no node has room; no node has room, but all nodes together have; other filters, such as constraints, rule out the nodes with room").less(),
    metric("steady.warmup", Seconds, "How much of the run's beginning MSER-5 deletes as its warm-up; absent, like all of `steady`, if the run is too short to tell"),
    metric("steady.waiting.mean", Tasks, "Tasks that waited for a node, on average after the warm-up").less(),
    metric("steady.wait.mean", Seconds, "From a task's creation until a node was chosen for it, over tasks created after the warm-up").less(),
    metric("steady.reserved_cpu.mean", Ratio, "CPU that tasks held over that of READY members, on average after the warm-up"),
    metric("containers.started", Count, "Containers started"),
    metric("containers.exited", Count, "Containers that ended, those lost with their machine not included"),

    metric("failover.tasks", Count, "Tasks that were wanted on a machine when it crashed").less().headline(),
    metric("failover.replaced", Count, "Of these, tasks whose replacement came up").more(),
    metric("failover.detect.{p50,p99,max}", Seconds, "From a crash until the node was declared DOWN, over crashes that were noticed").less(),
    metric("failover.place.{p50,p99,max}", Seconds, "From DOWN until a node was chosen for the replacement").less(),
    metric("failover.delay.{p50,p99,max}", Seconds, "From DOWN until the replacement was allowed to run").less(),
    metric("failover.start.{p50,p99,max}", Seconds, "From being allowed to run until its container was up").less(),
    metric("failover.total.{p50,p99,max}", Seconds, "From the crash until the replacement's container was up").less().headline(),

    metric("nodes.members", Count, "Nodes that are members at the end"),
    metric("nodes.ready", Count, "Members that the managers believe READY at the end"),
    metric("nodes.down", Count, "Members that the managers believe DOWN at the end"),
    metric("nodes.declared_down", Count, "Times a node was declared DOWN"),
    metric("nodes.down_time", NodeSeconds, "Time that members were believed DOWN, summed over nodes"),
    metric("nodes.tasks.{min,max}", Count, "Fewest and most running tasks on a member that is READY and ACTIVE at the end").headline(),
    metric("cluster.reserved_cpu.mean", Ratio, "CPU that tasks held over that of READY members, on average over the run"),
    metric("cluster.reserved_memory.mean", Ratio, "Memory that tasks held over that of READY members, on average over the run"),
    metric("cluster.used_cpu.mean", Ratio, "CPU that containers used over that of READY members, on average over the run; this and the others of use are absent unless the scenario says `use` of anything"),
    metric("cluster.used_memory.mean", Ratio, "Memory that containers used over that of READY members, on average over the run"),
    metric("nodes.used_cpu.peak", Ratio, "The most CPU that the containers of one node ever wanted, over what it has").less().headline(),
    metric("nodes.used_memory.peak", Ratio, "The most memory that the containers of one node ever wanted, over what it has").less(),
    metric("nodes.used_imbalance.mean", Ratio, "How the shares of CPU used on members that are READY and ACTIVE differ: their standard deviation over their mean, on average over the run").less().headline(),
    metric("nodes.overloaded", NodeSeconds, "Time in which a node's containers wanted more CPU or memory than it has, summed over nodes").less().headline(),
    metric("cluster.stranded_cpu.mean", Ratio, "Free CPU on nodes that take tasks, as far as no memory is free beside it in the node's own proportion, over the CPU of READY members, on average: memory is short").less(),
    metric("cluster.stranded_memory.mean", Ratio, "Free memory with no CPU beside it, likewise: CPU is short").less(),
    metric("cluster.closed_cpu.{drained,paused,down}", Ratio, "Free CPU on members that take no tasks, by why (down: not READY), over that of all members, on average"),
    metric("cluster.closed_memory.{drained,paused,down}", Ratio, "Free memory on members that take no tasks, likewise"),
    metric("nodes.imbalance.cv", Ratio, "How the shares of CPU reserved on members that are READY and ACTIVE differ at the end: their standard deviation over their mean"),
    metric("nodes.imbalance.peak", Ratio, "The largest of these shares over their mean"),
    metric("nodes.imbalance.jain", Ratio, "Jain's index of these shares: 1 if they are equal, 1 / n if all is on one of n nodes"),
    metric("nodes.reserved_cpu.{min,max}", Cpus, "Least and most CPU that running tasks reserve on a member that is READY and ACTIVE at the end").headline(),
    metric("machines.crashed", Count, "Times a machine lost power"),
    metric("machines.booted", Count, "Times a machine booted"),
    metric("machines.silenced", Count, "Times a machine was cut off from the managers"),
    metric("machines.frozen", Count, "Times a machine stood still"),
    metric("sessions.opened", Count, "Sessions opened by agents"),
    metric("sessions.lost", Count, "Sessions given up by agents").less(),

    metric("data.stranded", Count, "Tasks that started without what their slots had written, since that lies on another node; absent where no service has volumes").less().headline(),
    metric("updates.started", Count, "Updates that began to replace tasks"),
    metric("updates.completed", Count, "Updates that replaced all tasks, and whose new ones were watched without too many failures").headline(),
    metric("updates.paused", Count, "Updates that were paused since too many new tasks failed").less().headline(),
    metric("updates.rolled_back", Count, "Times a service got its previous spec again, since too many new tasks failed or since its operator asked for it").less().headline(),
    metric("updates.rollbacks_completed", Count, "Of these, those that replaced all tasks"),
    metric("updates.rollbacks_paused", Count, "Of these, those that were paused since too many tasks failed").less(),
    metric("updates.duration.{p50,p99,max}", Seconds, "From a service's new spec until its update was completed").less(),

    metric("images.pulled", Count, "Images pulled").less(),
    metric("images.pull.{p50,p99,max}", Seconds, "How long a pull took once it had begun").less(),

    metric("requests.sent", Count, "Requests that clients sent; this and all that follows is absent where there is no traffic"),
    metric("requests.unsent", Count, "Requests that were due while the container that should have sent them did not run"),
    metric("requests.answered", Count, "Requests of clients that were answered in time").more(),
    metric("requests.lost", Count, "Requests of clients that ended in any other way").less().headline(),
    metric("requests.open", Count, "Requests whose clients wait at the end: sent = answered + lost + open"),
    metric("requests.{refused,reset,timed_out,failed}", Count, "Lost requests by what their clients saw: refused at once, a broken connection, no answer in time, an error since a call behind them was lost").less(),
    metric("requests.lost.{slow,stale_backend,no_backend,port_closed,stopped,node_dead,partition,queue_full,isolated,not_ready,sick,no_route}", Count, "Lost requests by cause: the answer came too late; sent to a container that is gone or listens no more; no replica takes connections; the node knows of no replica; the container stopped before it had answered; a node without power; no way there or back; too many waited; no network in common; its container does not listen yet; it answers no more; no rule of a proxy fits it").less(),
    metric("requests.latency.{mean,p50,p95,p99,max}", Seconds, "From the sending of a request to its answer, over those answered; percentiles to a part in 512").less().headline(),
    metric("requests.wait.mean", Seconds, "How long an answered request waited at its replica before that worked on it").less(),
    metric("gossip.detect.{p50,p99,max}", Seconds, "From a machine's crash or standstill until another node held it for dead, over all nodes that did; to a part in 512").less(),
    metric("gossip.mistaken", Count, "Times a node held another for dead that ran, as when nothing passes between them").less(),
    metric("tables.stale.mean", Ratio, "Entries of load balancers that take new connections to a replica which takes none any more: how many there were at a time, on average").less(),
    metric("tables.stale.end", Count, "How many there are at the end").less(),
    metric("tables.withdrawal.max", Seconds, "The longest time from a replica's withdrawal or loss until no load balancer sent it new connections").less(),
    metric("requests.hops.mean", Ratio, "Nodes that an answered request crossed beside that of its replica"),
    metric("service.SERVICE.requests", Count, "Requests to it that ended, those of other services included"),
    metric("service.SERVICE.requests_lost", Count, "Of these, requests that were not answered in time").less(),
    metric("service.SERVICE.latency.p50", Seconds, "From the sending of a request to it to its answer: the median").less(),
    metric("service.SERVICE.latency.p99", Seconds, "The same, which one in a hundred exceeds").less(),
    metric("service.SERVICE.imbalance", Ratio, "The most requests that one of its tasks answered over the mean of those that answered any"),
    metric("proxies.changes", Count, "How often a proxy changed what it routes by, its first list included; this and the other two are absent where no request is sent to a proxy"),
    metric("proxies.unanswered", Count, "How often the managers ceased to tell a proxy what it asked for").less(),
    metric("proxies.left_out", Count, "How often a proxy's check found a server that answered no more").less(),

    metric("managers.elections", Count, "Leaders elected").less(),
    metric("managers.leaderless", Seconds, "Time in which no leader's components ran: nothing is placed, restarted or marked DOWN").less(),
    metric("managers.leaderless.longest", Seconds, "The longest such time that came to an end").less(),
    metric("managers.added", Count, "Managers that became members of the managers' Raft"),
    metric("managers.removed", Count, "Managers that ceased to be members of it"),
    metric("managers.entries_lost", Count, "Entries of the log that were committed, and that a manager which forced a new cluster had not heard of").less(),
    metric("network.harmed", Count, "Times that something between machines was cut or became worse"),
    metric("managers.commands", Count, "Commands of the operator that reached the managers"),
    metric("managers.commands_refused", Count, "Of these, commands that were refused").less(),
    metric("managers.transactions", Count, "Transactions committed").less(),
    metric("managers.changes", Count, "Changes in them").less(),
    metric("placement.runs", Count, "Times the scheduler ran").less(),
    metric("placement.placed", Count, "Decisions to place a task"),
    metric("placement.refused", Count, "Decisions to leave a task where it waits").less(),
    metric("placement.ties", Count, "Decisions in which equal nodes were told apart by the tie rule alone"),

    metric("work.events", Count, "Events played").less(),
    metric("work.events.{timeline,arrival,machine,agent,container,raft,dispatcher,placement,restart,reaper,usage,fault,role,client,mesh,update,gossip,proxy}", Count, "Events of that kind played"),
    metric("work.beats_elided", Count, "Heartbeats computed instead of played"),
    metric("work.nodes_visited", Count, "Nodes that the strategy looked at").less().headline(),
    metric("work.filters_run", Count, "Single filters run").less(),
];

/// The entry of the metric of that name; the name of its service, where it has one, is not checked.
pub fn info(name: &str) -> Option<&'static MetricInfo> {
    METRICS.iter().find(|m| m.covers(name))
}

/// Every name that a run with these services may have a metric under, in the order of the table.
pub fn names<'a>(services: impl IntoIterator<Item = &'a str> + Clone) -> Vec<String> {
    METRICS.iter().flat_map(|m| m.names(services.clone())).collect()
}

/// The table as a page of Markdown.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Metrics\n\n\
         Written from `reports/src/metrics/table.rs` by `UPDATE=1 cargo test -p swarmbed-reports`.\n\n\
         `SERVICE` stands for the name of any service, `{p50,p99,max}` for any one of these. Percentiles are by nearest\n\
         rank. A metric that has no value in a run is absent from its results; none is ever NaN. Times are kept in whole\n\
         nanoseconds and written in seconds, exactly. `compare` knows which way is better, where either is, and takes the\n\
         metrics in bold unless others are asked for.\n\n\
         | name | unit | better | meaning |\n|---|---|---|---|\n",
    );
    for metric in METRICS {
        let name = format!("`{}`", metric.name);
        let name = if metric.is_headline { format!("**{name}**") } else { name };
        page.push_str(&format!("| {name} | {} | {} | {} |\n", metric.unit, metric.better.word(), metric.doc));
    }
    page
}

impl MetricInfo {
    fn covers(&self, name: &str) -> bool {
        if let Some((before, after)) = self.name.split_once("SERVICE") {
            let service = name.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            return service.is_some_and(|s| !s.is_empty());
        }
        let Some((stem, ends)) = self.name.split_once('{') else { return self.name == name };
        name.strip_prefix(stem).is_some_and(|end| ends.trim_end_matches('}').split(',').any(|e| e == end))
    }

    fn names<'a>(&self, services: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        if self.name.contains("SERVICE") {
            return services.into_iter().map(|s| self.name.replace("SERVICE", s)).collect();
        }
        match self.name.split_once('{') {
            None => vec![self.name.to_owned()],
            Some((stem, ends)) => {
                ends.trim_end_matches('}').split(',').map(|end| format!("{stem}{end}")).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_families_are_found() {
        assert_eq!(info("tasks.created").unwrap().unit, Unit::Count);
        assert_eq!(info("failover.detect.p99").unwrap().name, "failover.detect.{p50,p99,max}");
        assert_eq!(info("service.vote_vote.lost").unwrap().unit, Unit::ReplicaSeconds);
        for unknown in
            ["failover.detect", "failover.detect.p98", "service..lost", "service.lost", "", "tasks"]
        {
            assert_eq!(info(unknown), None, "{unknown}");
        }
        let names = names(["web"]);
        assert!(names.contains(&"service.web.running".to_owned()));
        assert!(names.iter().all(|n| info(n).is_some()));
    }

    #[test]
    fn the_page_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/METRICS.md");
        #[expect(clippy::disallowed_methods, reason = "the switch that rewrites recorded expectations")]
        if std::env::var("UPDATE").is_ok() {
            std::fs::write(path, markdown()).expect("METRICS.md can be written");
        }
        let page = std::fs::read_to_string(path).unwrap_or_default();
        assert!(page == markdown(), "METRICS.md is out of date: UPDATE=1 cargo test -p swarmbed-reports");
    }
}
