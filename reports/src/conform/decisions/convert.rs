//! Nodes and services as written, in our words.

use swarmbed_scheduler::constraint::Constraint;
use swarmbed_scheduler::node::{self as ours, Stock};
use swarmbed_scheduler::spec::{self, GenericNeed, Preference, TaskSpec};
use swarmbed_scheduler::units::Resources;

use super::file::{
    Availability, Generic, Node, NodeState, Platform, Plugin, Port, Protocol, PublishMode, Role, Service,
};

impl Node {
    pub(super) fn to_node(&self) -> ours::Node {
        let platform = (self.os.is_some() || self.arch.is_some()).then(|| ours::Platform {
            os: self.os.clone().unwrap_or_default(),
            arch: self.arch.clone().unwrap_or_default(),
        });
        let plugin = |p: &Plugin| ours::Plugin { kind: p.kind.clone(), name: p.name.clone() };
        ours::Node {
            name: self.id.clone(),
            hostname: self.hostname.clone(),
            role: match self.role {
                Role::Worker => ours::Role::Worker,
                Role::Manager => ours::Role::Manager,
            },
            availability: match self.availability {
                Availability::Active => ours::Availability::Active,
                Availability::Pause => ours::Availability::Pause,
                Availability::Drain => ours::Availability::Drain,
            },
            state: match self.state {
                NodeState::Ready => ours::NodeState::Ready,
                NodeState::Down => ours::NodeState::Down,
                NodeState::Unknown => ours::NodeState::Unknown,
                NodeState::Disconnected => ours::NodeState::Disconnected,
            },
            addr: self.addr.parse().ok(),
            labels: self.labels.clone(),
            engine_labels: self.engine_labels.clone(),
            platform,
            resources: Resources::new(self.resources.nano_cpus, self.resources.memory_bytes),
            generic: self.resources.generic.iter().map(Generic::to_generic).collect(),
            plugins: Some(self.plugins.iter().map(plugin).collect()),
        }
    }
}

impl Generic {
    fn to_generic(&self) -> ours::Generic {
        let stock = match &self.names {
            Some(names) => Stock::Named(names.clone()),
            None => Stock::Discrete(self.count),
        };
        ours::Generic { kind: self.kind.clone(), stock }
    }
}

impl Service {
    pub(super) fn to_spec(&self) -> TaskSpec {
        let port = |p: &Port| spec::Port {
            protocol: match p.protocol {
                Protocol::Tcp => spec::Protocol::Tcp,
                Protocol::Udp => spec::Protocol::Udp,
                Protocol::Sctp => spec::Protocol::Sctp,
            },
            target: p.published,
            published: p.published,
            mode: match p.mode {
                PublishMode::Ingress => spec::PublishMode::Ingress,
                PublishMode::Host => spec::PublishMode::Host,
            },
        };
        let platform = |p: &Platform| ours::Platform { os: p.os.clone(), arch: p.arch.clone() };
        let need = |g: &Generic| GenericNeed { kind: g.kind.clone(), count: g.count };
        TaskSpec {
            reservations: Resources::new(self.reservations.nano_cpus, self.reservations.memory_bytes),
            limits: Resources::ZERO,
            generic: self.reservations.generic.iter().map(need).collect(),
            // A list that does not parse switches the filter off (`filter.go:223-229`).
            constraints: Constraint::parse_all(&self.constraints).unwrap_or_default(),
            preferences: self.preferences.iter().map(|p| Preference { spread: p.clone() }).collect(),
            max_replicas_per_node: self.max_replicas_per_node,
            ports: self.ports.iter().map(port).collect(),
            platforms: self.platforms.iter().map(platform).collect(),
            network_drivers: self.network_drivers.clone(),
            volume_drivers: self.volume_drivers.clone(),
            log_driver: self.log_driver.clone(),
            priority: 0,
        }
    }
}
