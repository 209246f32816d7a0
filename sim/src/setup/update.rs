//! How a service is updated, checked and reached: what a spec says beside what its tasks need of a node.

use swarmbed_scheduler::Span;

use super::Service;

/// Which spec of its service a task was made from: 0 is the one that the service was created with, any other stands at
/// that place (less one) in [`Setup::revisions`](super::Setup::revisions).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u16);

/// How tasks are replaced when their service is updated, or an update is rolled back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpdateConfig {
    /// Slots replaced at a time; 0 is all at once.
    pub parallelism: u32,
    /// From one replaced slot to the next.
    pub delay: Span,
    /// What happens when too many new tasks fail.
    pub failure_action: FailureAction,
    /// How long a new task is watched.
    pub monitor: Span,
    /// The share of slots that may fail, in parts of a million.
    pub max_failure_ppm: u32,
    /// What is first.
    pub order: UpdateOrder,
}

impl Default for UpdateConfig {
    /// SwarmKit's defaults (`api/defaults/service.go:29-40`), the same for updates and rollbacks.
    fn default() -> Self {
        UpdateConfig {
            parallelism: 1,
            delay: Span::ZERO,
            failure_action: FailureAction::Pause,
            monitor: Span::secs(5),
            max_failure_ppm: 0,
            order: UpdateOrder::StopFirst,
        }
    }
}

/// What happens when too many new tasks fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailureAction {
    /// No further slot is taken.
    #[default]
    Pause,
    /// The update goes on.
    Continue,
    /// The service gets its previous spec again.
    Rollback,
}

/// Whether the old task stops before the new one starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UpdateOrder {
    /// The new one starts when the old one has stopped.
    #[default]
    StopFirst,
    /// The old one stops when the new one runs.
    StartFirst,
}

/// How an engine checks a container (`moby/moby:daemon/health.go:25-41`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// From the end of one probe, or from the start, to the next.
    pub interval: Span,
    /// A probe without an answer fails after this.
    pub timeout: Span,
    /// In this time after the start failures do not count, until the first success.
    pub start_period: Span,
    /// The interval in that time.
    pub start_interval: Span,
    /// So many failures in a row make a container unhealthy.
    pub retries: u32,
}

impl Default for Health {
    /// Docker's defaults (`daemon/health.go:25-41`).
    fn default() -> Self {
        Health {
            interval: Span::secs(30),
            timeout: Span::secs(30),
            start_period: Span::ZERO,
            start_interval: Span::secs(5),
            retries: 3,
        }
    }
}

/// How clients find the tasks of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EndpointMode {
    /// Through one virtual address in each of its networks.
    #[default]
    Vip,
    /// Its name stands for the addresses of its tasks.
    Dnsrr,
}

/// An overlay network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its name.
    pub name: String,
    /// It has no way out.
    pub internal: bool,
    /// The length of its subnet's prefix: 24 leaves 253 addresses beside the gateway's.
    pub prefix: u8,
}

/// The place of the ingress network in [`Setup::networks`](super::Setup::networks): it is always there, and the first.
pub const INGRESS: u32 = 0;

impl Network {
    /// A network with a way out and a subnet of SwarmKit's default size (`libnetwork/ipamutils/utils.go:19-21`).
    pub fn new(name: impl Into<String>) -> Network {
        Network { name: name.into(), internal: false, prefix: 24 }
    }

    /// The network of ports that are published on every node (`manager/manager.go:1264-1283`).
    pub fn ingress() -> Network {
        Network::new("ingress")
    }
}

impl Service {
    /// Whether a task made from `other` is as good as one of this: only then an update leaves it alone
    /// (`orchestrator/task.go:74-114`). How tasks are counted and updated is no part of them.
    pub fn makes_the_same_tasks(&self, other: &Service) -> bool {
        self.task.constraints == other.task.constraints && self.differs_in_constraints_at_most(other)
    }

    /// Whether nothing of a task changes but where it may be placed.
    pub fn differs_in_constraints_at_most(&self, other: &Service) -> bool {
        let unconstrained = |service: &Service| swarmbed_scheduler::spec::TaskSpec {
            constraints: Vec::new(),
            ..service.task.clone()
        };
        unconstrained(self) == unconstrained(other)
            && (&self.image_name, self.restart, self.stop_grace, self.health)
                == (&other.image_name, other.restart, other.stop_grace, other.health)
            && (&self.container, self.forced, self.endpoint_mode, &self.networks, &self.volumes)
                == (&other.container, other.forced, other.endpoint_mode, &other.networks, &other.volumes)
    }
}
