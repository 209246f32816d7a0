//! From what was followed during a run to its metrics.

use swarmbed_scheduler::node::NodeState;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime};
use swarmbed_sim::manager::store::UpdateState;
use swarmbed_sim::names::Names;
use swarmbed_sim::work::Work;

use super::Metrics;
use super::tally::Tally;
use crate::measure::{Book, Cause, Incident, Level, Load, Recorder, TaskRow, Updates, part};

impl Metrics {
    /// The metrics of a run that has ended at `ended`, where the recorder was brought up to.
    pub fn collect(
        followed: &Recorder,
        ended: SimTime,
        names: &Names,
        work: &Work,
        findings: usize,
    ) -> Metrics {
        let mut m = Metrics::default();
        m.put("run.time", ended.nanos().into());
        m.count("run.observations", followed.tally().observations);
        m.count("run.findings", findings);
        m.of_services(followed.book(), names);
        m.of_workloads(followed.tally(), followed.book());
        m.of_tasks(followed.tally(), followed.book());
        m.of_load(followed.load(), ended);
        followed.usage().iter().for_each(|usage| m.of_usage(usage, followed.load()));
        m.of_queue(followed.queue(), ended);
        m.of_room(followed.room(), followed.load());
        m.of_steady(followed.load(), followed.book());
        m.of_failover(followed.incidents());
        m.of_updates(followed.updates());
        if followed.stranded().any {
            m.count("data.stranded", followed.stranded().news.len());
        }
        m.of_nodes(followed.tally(), followed.book(), followed.load());
        m.of_pulls(followed.tally());
        m.of_managers(followed.tally(), ended);
        m.of_requests(followed.requests(), work, ended, names);
        if followed.requests().any {
            m.of_peers(followed.peers());
        }
        m.of_proxies(followed.proxies());
        m.of_work(work);
        m
    }

    fn of_services(&mut self, book: &Book, names: &Names) {
        let meant = || book.services.iter().filter(|s| s.workload.is_none());
        let existing = || meant().filter(|s| s.exists);
        let ever = || meant().filter(|s| s.created.is_some());
        let deployed = ever().map(|s| s.complete).collect::<Option<Vec<SimTime>>>();
        self.count("services.count", existing().count());
        self.count("services.complete", existing().filter(|s| !s.is_below()).count());
        self.put_some(
            "services.deployed",
            deployed.and_then(|all| all.into_iter().max()).map(SimTime::nanos),
        );
        self.put("services.below_desired", book.total.below_for.nanos().into());
        self.put("services.degraded", book.total.degraded_for.nanos().into());
        self.count("replicas.wanted", existing().map(|s| u64::from(s.wanted())).sum::<u64>());
        self.count("replicas.running", meant().map(|s| u64::from(s.up)).sum::<u64>());
        self.put("replicas.missing", ever().map(|s| s.missing).sum());
        self.put("replicas.lost", ever().map(|s| s.lost).sum());
        self.put("replicas.surplus", ever().map(|s| s.surplus).sum());
        for (id, level) in (0..).map(ServiceId).zip(&book.services) {
            if level.created.is_some() && level.workload.is_none() {
                self.of_service(names.service(id), level);
            }
        }
    }

    fn of_service(&mut self, name: &str, level: &Level) {
        let deployed = level.complete.zip(level.created).map(|(end, start)| end.since(start).nanos());
        let key = |what: &str| format!("service.{name}.{what}");
        self.count(&key("wanted"), level.wanted());
        self.count(&key("running"), level.up);
        self.put_some(&key("deployed"), deployed);
        self.put(&key("below_desired"), level.below_for.nanos().into());
        self.put(&key("missing"), level.missing);
        self.put(&key("lost"), level.lost);
        self.put(&key("surplus"), level.surplus);
    }

    fn of_tasks(&mut self, tally: &Tally, book: &Book) {
        let rows = || book.tasks().map(|(_, row)| row);
        self.count("tasks.created", tally.tasks_created);
        self.count("tasks.running", rows().filter(|t| t.is_running()).count());
        self.count("tasks.pending", rows().filter(|t| t.is_pending()).count());
        for ((_, name), n) in Tally::ENDS.iter().zip(tally.ends) {
            self.count(name, n);
        }
        self.count("tasks.deleted", tally.tasks_deleted);
        self.count("tasks.restarts", tally.restarts);
        self.count("tasks.refused", tally.refusals);
        let until = |end: fn(&TaskRow) -> Option<SimTime>| {
            rows().filter_map(|t| Some(end(t)?.since(t.created).nanos())).collect()
        };
        self.distribution("tasks.wait", until(|t| t.assigned));
        self.distribution("tasks.start", until(|t| t.running));
        self.of_work_done(book);
        self.count("containers.started", tally.containers_started);
        self.count("containers.exited", tally.containers_exited);
    }

    fn of_failover(&mut self, incidents: &[Incident]) {
        let crashes = || incidents.iter().filter(|i| i.cause == Cause::Crash);
        // A global service's task can only come back with its machine: that is no failover.
        let hits =
            || crashes().flat_map(|i| i.hits.iter().map(move |h| (i.at, h))).filter(|(_, h)| !h.global);
        let between = |from: Option<SimTime>, to: Option<SimTime>| Some(to?.since(from?).nanos());
        let detect =
            crashes().flat_map(|i| i.downs.iter().map(|(_, down)| down.since(i.at).nanos())).collect();
        self.count("failover.tasks", hits().count());
        self.count("failover.replaced", hits().filter(|(_, h)| h.up.is_some()).count());
        self.spread("failover.detect", detect);
        self.spread("failover.place", hits().filter_map(|(_, h)| between(h.down, h.placed)).collect());
        self.spread("failover.delay", hits().filter_map(|(_, h)| between(h.down, h.allowed)).collect());
        self.spread("failover.start", hits().filter_map(|(_, h)| between(h.allowed, h.up)).collect());
        self.spread("failover.total", hits().filter_map(|(at, h)| between(Some(at), h.up)).collect());
    }

    fn of_updates(&mut self, updates: &Updates) {
        self.count("updates.started", updates.count(UpdateState::Updating));
        self.count("updates.completed", updates.count(UpdateState::Completed));
        self.count("updates.paused", updates.count(UpdateState::Paused));
        self.count("updates.rolled_back", updates.rollbacks());
        self.count("updates.rollbacks_completed", updates.count(UpdateState::RollbackCompleted));
        self.count("updates.rollbacks_paused", updates.count(UpdateState::RollbackPaused));
        self.spread("updates.duration", updates.durations());
    }

    fn of_nodes(&mut self, tally: &Tally, book: &Book, load: &Load) {
        let members = || (0..).map(NodeId).zip(&book.nodes).filter(|(_, n)| n.member);
        let in_state = |state| members().filter(|(_, n)| n.state == state).count();
        let running =
            |node| book.wanted_on(node).map(|task| book.task(task)).filter(|task| task.is_running());
        let reserved = |task: &TaskRow| book.reserved_by(task).nano_cpus.unsigned_abs();
        let open = || members().filter(|(_, n)| n.takes_tasks()).map(|(id, _)| running(id));
        let loads = || open().map(|tasks| tasks.count() as u64);
        let cpus = || open().map(|tasks| tasks.map(reserved).sum::<u64>());
        self.count("nodes.members", members().count());
        self.count("nodes.ready", in_state(NodeState::Ready));
        self.count("nodes.down", in_state(NodeState::Down));
        self.count("nodes.declared_down", tally.declared_down);
        self.put("nodes.down_time", book.nodes.iter().map(|n| u128::from(n.down_before)).sum());
        self.put_some("nodes.tasks.min", loads().min());
        self.put_some("nodes.tasks.max", loads().max());
        let size = |id: NodeId| load.size(id).nano_cpus.unsigned_abs();
        let shares = members().filter(|(_, n)| n.takes_tasks()).zip(cpus());
        self.of_imbalance(shares.map(|((id, _), held)| part(u128::from(held), size(id).into())).collect());
        self.put_some("nodes.reserved_cpu.min", cpus().min());
        self.put_some("nodes.reserved_cpu.max", cpus().max());
        self.count("machines.crashed", tally.crashed);
        self.count("machines.booted", tally.booted);
        self.count("machines.silenced", tally.silenced);
        self.count("machines.frozen", tally.frozen);
        self.count("sessions.opened", tally.sessions_opened);
        self.count("sessions.lost", tally.sessions_lost);
    }

    fn of_pulls(&mut self, tally: &Tally) {
        self.count("images.pulled", tally.pulls.len());
        self.spread("images.pull", tally.pulls.clone());
    }

    fn of_managers(&mut self, tally: &Tally, ended: SimTime) {
        self.count("managers.elections", tally.elections);
        self.count("managers.added", tally.managers_added);
        self.count("managers.removed", tally.managers_removed);
        self.count("managers.entries_lost", tally.entries_lost);
        self.count("network.harmed", tally.network_harmed);
        self.put("managers.leaderless", tally.leaderless_by(ended).into());
        self.put_some("managers.leaderless.longest", tally.leaderless.iter().max().copied());
        self.count("managers.commands", tally.commands);
        self.count("managers.commands_refused", tally.commands_refused);
        self.count("managers.transactions", tally.transactions);
        self.count("managers.changes", tally.changes);
        self.count("placement.runs", tally.placement_runs);
        self.count("placement.placed", tally.placed);
        self.count("placement.refused", tally.refused);
        self.count("placement.ties", tally.ties);
    }

    fn of_work(&mut self, work: &Work) {
        self.count("work.events", work.events_total());
        for (kind, n) in Work::KINDS.iter().zip(work.events) {
            self.count(&format!("work.events.{kind}"), n);
        }
        self.count("work.beats_elided", work.beats_elided);
        self.count("work.nodes_visited", work.nodes_visited);
        self.count("work.filters_run", work.filters_run);
    }
}
