//! A stack as JSON, in the form in which readers of stack files are compared: what the file says and nothing else.

use serde_json::{Map, Value, json};

use super::model::{
    Deploy, Healthcheck, Limits, Mount, Network, Placement, Port, Reservations, RestartPolicy, Service,
    Stack, UpdateConfig,
};
use super::words::MountKind;

impl Stack {
    /// `services` and `networks` with durations in seconds, CPUs as numbers and memory in bytes. What the file does
    /// not say is left out.
    pub fn to_json(&self) -> Value {
        let services = self.services.iter().map(|service| (service.name.clone(), service.to_json()));
        let networks = self.networks.iter().map(|(name, network)| (name.clone(), network.to_json()));
        json!({ "services": services.collect::<Map<_, _>>(), "networks": networks.collect::<Map<_, _>>() })
    }
}

impl Service {
    fn to_json(&self) -> Value {
        let mut object = Said::default();
        object.some("image", self.image.clone());
        object.put("deploy", self.deploy.to_json());
        object.put("ports", self.ports.iter().map(Port::to_json).collect::<Vec<_>>());
        object.put("networks", self.networks.keys().cloned().collect::<Vec<_>>());
        object.put("volumes", self.mounts.iter().map(Mount::to_json).collect::<Vec<_>>());
        object.some("healthcheck", self.healthcheck.as_ref().map(Healthcheck::to_json));
        object.some("stop_grace_period", self.stop_grace_period.map(units));
        object.into_value()
    }
}

impl Deploy {
    fn to_json(&self) -> Value {
        let mut object = Said::default();
        object.some("mode", self.mode.as_ref().map(ToString::to_string));
        object.some("replicas", self.replicas);
        object.filled("labels", json!(self.labels));
        object.some("endpoint_mode", self.endpoint_mode.as_ref().map(ToString::to_string));
        object.some("update_config", self.update_config.as_ref().map(UpdateConfig::to_json));
        object.some("rollback_config", self.rollback_config.as_ref().map(UpdateConfig::to_json));
        object.some("restart_policy", self.restart_policy.as_ref().map(RestartPolicy::to_json));
        let mut resources = Said::default();
        resources.some("limits", self.limits.as_ref().map(Limits::to_json));
        resources.some("reservations", self.reservations.as_ref().map(Reservations::to_json));
        object.filled("resources", resources.into_value());
        object.filled("placement", self.placement.to_json());
        object.into_value()
    }
}

impl UpdateConfig {
    fn to_json(&self) -> Value {
        let mut object = Said::default();
        object.some("parallelism", self.parallelism);
        object.some("delay", nonzero(self.delay).map(units));
        object.some("failure_action", self.failure_action.as_ref().map(ToString::to_string));
        object.some("monitor", nonzero(self.monitor).map(units));
        object.some("max_failure_ratio", Some(self.max_failure_ratio).filter(|&ratio| ratio != 0.0));
        object.some("order", self.order.as_ref().map(ToString::to_string));
        object.into_value()
    }
}

impl RestartPolicy {
    fn to_json(&self) -> Value {
        let mut object = Said::default();
        object.some("condition", self.condition.as_ref().map(ToString::to_string));
        object.some("delay", self.delay.map(units));
        object.some("max_attempts", self.max_attempts);
        object.some("window", self.window.map(units));
        object.into_value()
    }
}

impl Limits {
    fn to_json(&self) -> Value {
        let mut object = Said::default();
        object.some("cpus", nonzero(self.nano_cpus).map(units));
        object.some("memory", nonzero(self.memory));
        object.some("pids", nonzero(self.pids));
        object.into_value()
    }
}

impl Reservations {
    fn to_json(&self) -> Value {
        let generic = self.generic.iter().map(|one| json!({ "kind": one.kind, "value": one.value }));
        let mut object = Said::default();
        object.some("cpus", nonzero(self.nano_cpus).map(units));
        object.some("memory", nonzero(self.memory));
        object.filled("generic_resources", generic.collect());
        object.into_value()
    }
}

impl Placement {
    fn to_json(&self) -> Value {
        let mut object = Said::default();
        object.filled("constraints", json!(self.constraints));
        object.filled("preferences", json!(self.preferences));
        object.some("max_replicas_per_node", nonzero(self.max_replicas_per_node));
        object.into_value()
    }
}

impl Port {
    fn to_json(&self) -> Value {
        let mut object = Said::default();
        object.some("mode", self.mode.as_ref().map(ToString::to_string));
        object.put("target", self.target);
        object.some("published", self.published);
        object.some("protocol", self.protocol.as_ref().map(ToString::to_string));
        object.into_value()
    }
}

impl Mount {
    fn to_json(&self) -> Value {
        let mut object = Said::default();
        object.put("type", self.kind.as_str());
        // A path depends on where the file lies; only a volume's name says the same everywhere.
        object.some("source", self.source.clone().filter(|_| self.kind == MountKind::Volume));
        object.put("target", self.target.clone());
        object.into_value()
    }
}

impl Healthcheck {
    fn to_json(&self) -> Value {
        let mut object = Said::default();
        object.filled("test", json!(self.test));
        object.some("interval", self.interval.map(units));
        object.some("timeout", self.timeout.map(units));
        object.some("retries", self.retries);
        object.some("start_period", self.start_period.map(units));
        object.some("start_interval", self.start_interval.map(units));
        object.some("disable", Some(self.disable).filter(|&disable| disable));
        object.into_value()
    }
}

impl Network {
    fn to_json(&self) -> Value {
        let mut object = Said::default();
        object.put("external", self.external);
        object.some("name", self.name.clone());
        object.some("driver", self.driver.clone());
        object.some("attachable", Some(self.attachable).filter(|&attachable| attachable));
        object.some("internal", Some(self.internal).filter(|&internal| internal));
        object.into_value()
    }
}

/// An object that holds only what was said.
#[derive(Default)]
struct Said(Map<String, Value>);

impl Said {
    fn put(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    fn some(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    /// Puts a list or an object unless it is empty.
    fn filled(&mut self, key: &str, value: Value) {
        let is_empty =
            value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty);
        if !is_empty {
            self.put(key, value);
        }
    }

    fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

fn nonzero(number: u64) -> Option<u64> {
    Some(number).filter(|&number| number != 0)
}

/// Billionths as a number: nanoseconds in seconds, nano-CPUs in CPUs.
fn units(billionths: u64) -> f64 {
    billionths as f64 / 1e9
}
