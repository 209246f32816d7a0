//! What a stack file says, in plain types: spans are nanoseconds, CPUs nano-CPUs, sizes bytes.
//!
//! Where the file says nothing there is `None` (or nothing in the list): the defaults are the swarm's and are filled
//! in by whoever lowers the stack into services.

use std::collections::BTreeMap;

use super::words::{
    EndpointMode, FailureAction, Mode, MountKind, PortMode, Protocol, RestartCondition, UpdateOrder,
};

/// A stack as its file describes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stack {
    /// The services in the order of their names.
    pub services: Vec<Service>,
    /// The declared networks. `default`, which every service without networks joins, is here only if declared.
    pub networks: BTreeMap<String, Network>,
    /// The declared volumes.
    pub volumes: BTreeMap<String, Object>,
    /// The declared secrets.
    pub secrets: BTreeMap<String, Object>,
    /// The declared configs.
    pub configs: BTreeMap<String, Object>,
}

/// One service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Service {
    /// Its name, without the stack's.
    pub name: String,
    /// The image of its containers. A service without one is not deployable.
    pub image: Option<String>,
    /// The `deploy` section.
    pub deploy: Deploy,
    /// The old `restart` key, which counts if `deploy.restart_policy` is absent; see [`Service::restart_policy`].
    pub restart: Option<RestartPolicy>,
    /// The published ports in Docker's order, ranges written out.
    pub ports: Vec<Port>,
    /// The networks it names; none means `default`.
    pub networks: BTreeMap<String, Attachment>,
    /// What is mounted into its containers, in the order of the file.
    pub mounts: Vec<Mount>,
    /// How its containers are checked, if the file says so.
    pub healthcheck: Option<Healthcheck>,
    /// How long a container may take to stop, in nanoseconds.
    pub stop_grace_period: Option<u64>,
    /// The secrets it uses, by their name in the file.
    pub secrets: Vec<String>,
    /// The configs it uses, by their name in the file.
    pub configs: Vec<String>,
}

impl Service {
    /// The restart policy that counts.
    pub fn restart_policy(&self) -> Option<&RestartPolicy> {
        self.deploy.restart_policy.as_ref().or(self.restart.as_ref())
    }
}

/// How a service is run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deploy {
    /// Replicated if absent.
    pub mode: Option<Mode>,
    /// The number of tasks; 1 if absent.
    pub replicas: Option<u64>,
    /// Labels of the service (not of its containers).
    pub labels: BTreeMap<String, String>,
    /// How clients find its tasks.
    pub endpoint_mode: Option<EndpointMode>,
    /// How it is updated.
    pub update_config: Option<UpdateConfig>,
    /// How an update is undone.
    pub rollback_config: Option<UpdateConfig>,
    /// When its tasks are replaced.
    pub restart_policy: Option<RestartPolicy>,
    /// What its tasks may use at most.
    pub limits: Option<Limits>,
    /// What is set aside for each of its tasks.
    pub reservations: Option<Reservations>,
    /// Where its tasks may run and how they spread.
    pub placement: Placement,
}

/// How a service is updated, or an update undone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateConfig {
    /// Tasks replaced at a time; 0 means all at once, absent means 1.
    pub parallelism: Option<u64>,
    /// Nanoseconds between two such steps.
    pub delay: u64,
    /// What happens when too many tasks fail.
    pub failure_action: Option<FailureAction>,
    /// Nanoseconds that a new task is watched for failure; 0 if the file does not say.
    pub monitor: u64,
    /// The fraction of tasks that may fail.
    pub max_failure_ratio: f64,
    /// Whether the new task starts before the old one stops.
    pub order: Option<UpdateOrder>,
}

/// When a task that ended is replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestartPolicy {
    /// On which ends.
    pub condition: Option<RestartCondition>,
    /// Nanoseconds before the replacement starts.
    pub delay: Option<u64>,
    /// Replacements within the window; 0 means no limit.
    pub max_attempts: Option<u64>,
    /// Nanoseconds over which attempts are counted; 0 means for ever.
    pub window: Option<u64>,
}

/// What a task may use at most; 0 means no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Nano-CPUs.
    pub nano_cpus: u64,
    /// Bytes.
    pub memory: u64,
    /// Processes.
    pub pids: u64,
}

/// What is set aside for a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reservations {
    /// Nano-CPUs.
    pub nano_cpus: u64,
    /// Bytes.
    pub memory: u64,
    /// Things a node has a number of, by kind.
    pub generic: Vec<GenericResource>,
}

/// A number of things of one kind, such as GPUs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GenericResource {
    /// What.
    pub kind: String,
    /// How many.
    pub value: u64,
}

/// Where tasks may run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// Constraints as written, such as `node.role == manager`.
    pub constraints: Vec<String>,
    /// What tasks are spread over, the outermost first, such as `node.labels.zone`.
    pub preferences: Vec<String>,
    /// Tasks of the service on one node; 0 means no limit.
    pub max_replicas_per_node: u64,
}

/// One published port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Port {
    /// Where it listens; ingress if absent.
    pub mode: Option<PortMode>,
    /// The port of the container.
    pub target: u16,
    /// The port outside; the swarm chooses one if absent.
    pub published: Option<u16>,
    /// TCP if absent.
    pub protocol: Option<Protocol>,
}

/// How a service joins a network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attachment {
    /// Names it has there beside its own.
    pub aliases: Vec<String>,
}

/// Something mounted into the containers of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// What.
    pub kind: MountKind,
    /// The volume's name in the file, or the path on the node as written; nothing for memory and anonymous volumes.
    pub source: Option<String>,
    /// The path in the container.
    pub target: String,
    /// Whether the container may only read it.
    pub read_only: bool,
}

/// How containers are checked. Absent values are the image's or the engine's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Healthcheck {
    /// The command, with `CMD` or `CMD-SHELL` first.
    pub test: Vec<String>,
    /// Nanoseconds between two checks.
    pub interval: Option<u64>,
    /// Nanoseconds a check may take.
    pub timeout: Option<u64>,
    /// Failures in a row that make a container unhealthy.
    pub retries: Option<u64>,
    /// Nanoseconds after the start in which failures do not count.
    pub start_period: Option<u64>,
    /// Nanoseconds between two checks in the start period.
    pub start_interval: Option<u64>,
    /// No check, whatever the image says.
    pub disable: bool,
}

/// A declared network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Its name in the cluster where that is not `<stack>_<name>`; always there if external.
    pub name: Option<String>,
    /// It exists already.
    pub external: bool,
    /// Its driver; overlay if absent.
    pub driver: Option<String>,
    /// Containers outside the swarm may join.
    pub attachable: bool,
    /// It has no way out.
    pub internal: bool,
}

/// A declared volume, secret or config.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    /// Its name in the cluster where that is not `<stack>_<name>`; always there if external.
    pub name: Option<String>,
    /// It exists already.
    pub external: bool,
    /// Its driver, if the file names one.
    pub driver: Option<String>,
}
