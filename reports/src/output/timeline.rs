//! `timeline.csv`: every observation of a run as one row, but for the ends of requests, which `requests.csv` sums up.

use std::collections::BTreeMap;

use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, ServiceId, TaskId};
use swarmbed_sim::names::Names;
use swarmbed_sim::observation::Observation;

use super::tables::{Table, seconds};
use crate::measure::{Rest, Tape};
use crate::words::visible;

/// One observation in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// What happened: the observation's name.
    pub what: &'static str,
    /// The node it concerns, or nothing.
    pub node: String,
    /// The service it concerns, or nothing.
    pub service: String,
    /// The task it concerns by its stable name, or nothing.
    pub task: String,
    /// The rest.
    pub detail: String,
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [self.what, &self.task, &self.service, &self.node, &self.detail];
        let said: Vec<&str> = parts.into_iter().filter(|p| !p.is_empty()).collect();
        f.write_str(&said.join(" "))
    }
}

/// Puts observations into words; it has to see all of them, in order, to know the tasks' names.
#[derive(Clone, Debug, Default)]
pub struct Narrator {
    tasks: BTreeMap<TaskId, (ServiceId, String)>,
}

impl Narrator {
    /// The next observation in words.
    pub fn row(&mut self, what: &Observation, names: &Names) -> Row {
        use Observation::*;
        let node = |n: NodeId| visible(names.node(n));
        let service = |s: ServiceId| visible(names.service(s));
        let of_node = |what, n| Row { what, node: node(n), ..Row::default() };
        let of_service = |what, s| Row { what, service: service(s), ..Row::default() };
        let plain = |what, detail: String| Row { what, detail, ..Row::default() };
        match *what {
            MachineCrashed { node } => of_node("machine-crashed", node),
            MachineBooted { node } => of_node("machine-booted", node),
            MachineSilenced { node } => of_node("machine-silenced", node),
            MachineHeard { node } => of_node("machine-heard", node),
            MachineFroze { node } => of_node("machine-froze", node),
            MachineThawed { node } => of_node("machine-thawed", node),
            ManagerAdded { node } => of_node("manager-added", node),
            ManagerRemoved { node } => of_node("manager-removed", node),
            ClusterForced { node, lost } => {
                Row { detail: format!("{lost} entries lost"), ..of_node("cluster-forced", node) }
            }
            NodeRoleWanted { node, to } => {
                Row { detail: to.name().into(), ..of_node("node-role-wanted", node) }
            }
            NodeRoleChanged { node, to } => {
                Row { detail: to.name().into(), ..of_node("node-role-changed", node) }
            }
            NetworkHarmed { harm } => plain("network-harmed", visible(names.text(harm))),
            NetworkMended { harm } => plain("network-mended", visible(names.text(harm))),
            CandidateStood { node, term } => {
                Row { detail: format!("term {term}"), ..of_node("candidate-stood", node) }
            }
            LeaderElected { node, term } => {
                Row { detail: format!("term {term}"), ..of_node("leader-elected", node) }
            }
            LeaderReady { node } => of_node("leader-ready", node),
            LeaderSteppedDown { node } => of_node("leader-stepped-down", node),
            LeadershipLost { node } => of_node("leadership-lost", node),
            LeaderFollowed { node: follower, leader } => {
                Row { detail: visible(names.node(leader)), ..of_node("leader-followed", follower) }
            }
            SessionRequested { node } => of_node("session-requested", node),
            SessionOpened { node } => of_node("session-opened", node),
            SessionLost { node } => of_node("session-lost", node),
            NodeJoined { node } => of_node("node-joined", node),
            NodeStateChanged { node, from, to } => Row {
                detail: format!("{} to {}", from.name(), to.name()),
                ..of_node("node-state-changed", node)
            },
            NodeAvailabilityChanged { node, to } => {
                Row { detail: to.name().into(), ..of_node("node-availability-changed", node) }
            }
            NodeRemoved { node } => of_node("node-removed", node),
            CommandReceived { step } => plain("command-received", format!("step {step}")),
            CommandRefused { reason } => plain("command-refused", visible(names.text(reason))),
            ServiceCreated { service, replicas } => {
                Row { detail: replicas.to_string(), ..of_service("service-created", service) }
            }
            ServiceScaled { service, replicas } => {
                Row { detail: replicas.to_string(), ..of_service("service-scaled", service) }
            }
            ServiceArrived { service, mode, .. } => {
                Row { detail: format!("{} tasks", mode.replicas()), ..of_service("service-arrived", service) }
            }
            ServiceUpdated { service, revision, replicas } => Row {
                detail: format!("spec {}, {replicas} tasks", revision.0),
                ..of_service("service-updated", service)
            },
            ServiceRolledBack { service, revision, message, .. } => Row {
                detail: format!("spec {}: {}", revision.0, visible(names.text(message))),
                ..of_service("service-rolled-back", service)
            },
            UpdateStateChanged { service, to, message } => Row {
                detail: format!("{to}: {}", visible(names.text(message))),
                ..of_service("update-state-changed", service)
            },
            ServiceRemoved { service } => of_service("service-removed", service),
            PullStarted { node, image } => {
                Row { detail: format!("image {image}"), ..of_node("pull-started", node) }
            }
            PullEnded { node, image } => {
                Row { detail: format!("image {image}"), ..of_node("pull-ended", node) }
            }
            PeerHeld { observer, subject, held } => Row {
                detail: format!("{held:?} by {}", visible(names.node(observer))),
                ..of_node("peer-held", subject)
            },
            ProxyConfigured { .. } | ProxyLooked { .. } | ProxyHeld { .. } => self.of_proxy(what, names),
            RequestEnded(account) => Row {
                detail: format!(
                    "request {}.{} by {}: {}",
                    account.number,
                    account.branch,
                    visible(names.node(account.entry)),
                    account.ending
                ),
                ..of_service("request-ended", account.service)
            },
            PlacementRan { placed, refused, ties } => {
                plain("placement-ran", format!("{placed} placed, {refused} refused, {ties} ties"))
            }
            NodeUseChanged { node, demand: Resources { nano_cpus, memory } } => Row {
                detail: format!("{nano_cpus} nano-CPUs, {memory} bytes"),
                ..of_node("node-use-changed", node)
            },
            TransactionCommitted { changes } => plain("transaction-committed", format!("{changes} changes")),
            TaskCreated { .. }
            | TaskAssigned { .. }
            | TaskRefused { .. }
            | TaskStateChanged { .. }
            | TaskDesiredChanged { .. }
            | TaskDeleted { .. }
            | ContainerStarted { .. }
            | DataStranded { .. }
            | ContainerExited { .. } => self.of_task(what, names),
        }
    }

    fn of_proxy(&self, what: &Observation, names: &Names) -> Row {
        use Observation::*;
        let of = |task: TaskId| self.tasks.get(&task).cloned().unwrap_or_default();
        let (task, what, detail) = match *what {
            ProxyConfigured { task, rules, servers } => {
                (task, "proxy-configured", format!("{rules} rules, {servers} servers"))
            }
            ProxyLooked { task, answered } => {
                (task, "proxy-looked", if answered { "answered" } else { "no answer" }.to_owned())
            }
            ProxyHeld { proxy, server, up } => {
                (proxy, "proxy-held", format!("{} {}", of(server).1, if up { "up" } else { "down" }))
            }
            other => unreachable!("{other:?} concerns no proxy and is told above"),
        };
        let (service, name) = of(task);
        Row { what, service: visible(names.service(service)), task: name, detail, ..Row::default() }
    }

    fn of_task(&mut self, what: &Observation, names: &Names) -> Row {
        use Observation::*;
        let node = |n: Option<NodeId>| n.map_or(String::new(), |n| visible(names.node(n)));
        let (task, what, node, detail) = match *what {
            TaskCreated { task, service, slot, attempt, node: at, desired, .. } => {
                let place = if slot == 0 { node(at) } else { slot.to_string() };
                let name = format!("{}.{place}.{attempt}", visible(names.service(service)));
                self.tasks.insert(task, (service, name));
                (task, "task-created", node(at), desired.name().to_owned())
            }
            TaskAssigned { task, node: at } => (task, "task-assigned", node(Some(at)), String::new()),
            TaskRefused { task, reason } => {
                (task, "task-refused", String::new(), visible(names.text(reason)))
            }
            TaskStateChanged { task, from, to, error } => {
                let error = visible(names.text(error));
                let why = if error.is_empty() { error } else { format!(": {error}") };
                (task, "task-state-changed", String::new(), format!("{from} to {to}{why}"))
            }
            TaskDesiredChanged { task, from, to } => {
                (task, "task-desired-changed", String::new(), format!("{from} to {to}"))
            }
            TaskDeleted { task } => (task, "task-deleted", String::new(), String::new()),
            ContainerStarted { task, node: at } => (task, "container-started", node(Some(at)), String::new()),
            DataStranded { task, volume, node: at, before, empty, .. } => {
                let (volume, before) = (visible(names.text(volume)), node(Some(before)));
                let found = if empty { "new" } else { "old" };
                let detail = format!("its volume {volume} is {found}, its data on {before}");
                (task, "data-stranded", node(Some(at)), detail)
            }
            ContainerExited { task, node: at, code } => {
                (task, "container-exited", node(Some(at)), format!("code {code}"))
            }
            other => unreachable!("{other:?} concerns no task and is told above"),
        };
        let (service, name) = self.tasks.get(&task).cloned().unwrap_or_default();
        Row { what, node, service: visible(names.service(service)), task: name, detail }
    }
}

impl Row {
    /// The requests that ended after the last observation that has a row of its own.
    pub fn of_rest(rest: &Rest) -> Row {
        Row {
            what: "requests-ended",
            detail: format!("{} since the row before", rest.requests),
            ..Row::default()
        }
    }
}

/// `timeline.csv`; the row's number is the observation's number among those that are listed, from 0.
pub fn timeline(tape: &Tape, names: &Names) -> String {
    let mut narrator = Narrator::default();
    let mut table = Table::new(&["index", "time", "what", "node", "service", "task", "detail"]);
    let listed = tape.rows().iter().map(|(at, what)| (*at, narrator.row(what, names)));
    let rest = tape.rest().map(|rest| (rest.at, Row::of_rest(&rest)));
    for (index, (at, row)) in listed.chain(rest).enumerate() {
        let (index, at) = (index.to_string(), seconds(Some(at)));
        table.row(&[&index, &at, row.what, &row.node, &row.service, &row.task, &row.detail]);
    }
    table.finish()
}
