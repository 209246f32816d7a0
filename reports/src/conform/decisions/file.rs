//! The recording as written.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;
use swarmbed_scheduler::task::TaskState;

use crate::conform::Kind;

/// A recording that has been read and found consistent.
#[derive(Clone, Debug, Deserialize)]
pub struct Recording {
    pub(super) format: String,
    pub(super) scenarios: Vec<Scenario>,
}

/// Why a file is no recording.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// It is not JSON of the right form.
    #[error("not a recording of placement decisions: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It is something else.
    #[error("the format is `{0}`, expected `swarmkit-scheduler-vectors/1`")]
    Format(String),
    /// It contradicts itself.
    #[error("scenario {scenario}: {problem}")]
    Inconsistent {
        /// The scenario's id.
        scenario: String,
        /// What is wrong.
        problem: String,
    },
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Scenario {
    pub(super) id: String,
    pub(super) nodes: Vec<Node>,
    pub(super) services: Vec<Service>,
    pub(super) tasks: Vec<Task>,
    pub(super) steps: Vec<Step>,
    pub(super) expect: Vec<Expected>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Node {
    pub(super) id: String,
    #[serde(default)]
    pub(super) hostname: String,
    #[serde(default)]
    pub(super) role: Role,
    #[serde(default)]
    pub(super) availability: Availability,
    #[serde(default)]
    pub(super) state: NodeState,
    #[serde(default)]
    pub(super) addr: String,
    #[serde(default)]
    pub(super) labels: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) engine_labels: BTreeMap<String, String>,
    pub(super) os: Option<String>,
    pub(super) arch: Option<String>,
    #[serde(default)]
    pub(super) resources: Resources,
    #[serde(default)]
    pub(super) plugins: Vec<Plugin>,
    #[serde(default)]
    pub(super) recent_failures: Vec<RecentFailures>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Role {
    #[default]
    Worker,
    Manager,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Availability {
    #[default]
    Active,
    Pause,
    Drain,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum NodeState {
    #[default]
    Ready,
    Down,
    Unknown,
    Disconnected,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Resources {
    #[serde(default)]
    pub(super) nano_cpus: i64,
    #[serde(default)]
    pub(super) memory_bytes: i64,
    #[serde(default)]
    pub(super) generic: Vec<Generic>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Generic {
    pub(super) kind: String,
    #[serde(default)]
    pub(super) count: u64,
    pub(super) names: Option<Vec<String>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plugin {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) name: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecentFailures {
    pub(super) service: String,
    pub(super) spec_version: Option<u64>,
    /// Seconds, oldest first.
    pub(super) ages_s: Vec<f64>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Service {
    pub(super) id: String,
    pub(super) spec_version: Option<u64>,
    #[serde(default)]
    pub(super) reservations: Resources,
    #[serde(default)]
    pub(super) constraints: Vec<String>,
    #[serde(default)]
    pub(super) preferences: Vec<String>,
    #[serde(default)]
    pub(super) max_replicas_per_node: u32,
    #[serde(default)]
    pub(super) ports: Vec<Port>,
    #[serde(default)]
    pub(super) platforms: Vec<Platform>,
    #[serde(default)]
    pub(super) network_drivers: Vec<String>,
    #[serde(default)]
    pub(super) volume_drivers: Vec<String>,
    pub(super) log_driver: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Port {
    pub(super) protocol: Protocol,
    pub(super) published: u16,
    pub(super) mode: PublishMode,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Protocol {
    Tcp,
    Udp,
    Sctp,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum PublishMode {
    Ingress,
    Host,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Platform {
    #[serde(default)]
    pub(super) os: String,
    #[serde(default)]
    pub(super) arch: String,
}

/// `[id, service, node, state, desired state]`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Task(
    pub(super) String,
    pub(super) String,
    pub(super) Option<String>,
    pub(super) State,
    pub(super) State,
);

/// A task's state by its name.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct State(pub(super) TaskState);

impl TryFrom<String> for State {
    type Error = String;

    fn try_from(name: String) -> Result<State, String> {
        let found = TaskState::ALL.into_iter().find(|s| s.name() == name);
        found.map(State).ok_or_else(|| format!("there is no task state `{name}`"))
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub(super) events: Vec<Event>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Event {
    CreateTask { task: Task },
    TaskStatus { task_id: String, state: Option<State>, desired_state: Option<State> },
    DeleteTask { task_id: String },
    AddNode { node: Box<Node> },
    UpdateNode { node: Box<Node> },
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Expected {
    pub(super) facts: Facts,
    pub(super) canonical: Canonical,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Facts {
    pub(super) cluster: BTreeMap<String, Fact>,
    pub(super) services: BTreeMap<String, BTreeMap<String, Fact>>,
}

/// A fact; its value is only told if it was the same in all runs.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Fact {
    pub(super) same: bool,
    #[serde(default)]
    pub(super) value: Value,
}

/// Error texts by service, with the number of tasks that have them.
pub(super) type Errors = BTreeMap<String, BTreeMap<String, u64>>;

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Canonical {
    pub(super) assigned: BTreeMap<String, String>,
    pub(super) errors: Errors,
    /// Only there if it is not the same as `errors`.
    pub(super) errors_first_tick: Option<Errors>,
    #[serde(default)]
    pub(super) available: BTreeMap<String, Available>,
    #[serde(default)]
    pub(super) generic: BTreeMap<String, Vec<Generic>>,
}

/// `[nano_cpus, memory_bytes]`, perhaps with the generic resources left.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Available {
    Plain(i64, i64),
    WithGeneric(i64, i64, Vec<Generic>),
}

/// Reads a recording.
pub fn read(text: &str) -> Result<Recording, RecordingError> {
    let recording: Recording = serde_json::from_str(text)?;
    if recording.format != Kind::Decisions.format() {
        return Err(RecordingError::Format(recording.format));
    }
    for scenario in &recording.scenarios {
        let inconsistent = |problem| RecordingError::Inconsistent { scenario: scenario.id.clone(), problem };
        scenario.validate().map_err(inconsistent)?;
    }
    Ok(recording)
}

impl Scenario {
    /// That whatever is spoken of exists, so that a replay cannot fail.
    fn validate(&self) -> Result<(), String> {
        if self.expect.len() != self.steps.len() + 1 {
            return Err(format!("{} states for {} steps", self.expect.len(), self.steps.len()));
        }
        let mut seen =
            Seen { services: self.services.iter().map(|s| s.id.as_str()).collect(), ..Seen::default() };
        self.nodes.iter().try_for_each(|node| seen.node(node))?;
        self.tasks.iter().try_for_each(|task| seen.task(task))?;
        for event in self.steps.iter().flat_map(|s| &s.events) {
            match event {
                Event::CreateTask { task } => seen.task(task)?,
                Event::AddNode { node } => seen.node(node)?,
                Event::UpdateNode { node } if seen.nodes.contains(node.id.as_str()) => seen.node(node)?,
                Event::UpdateNode { node } => return Err(format!("node `{}` does not exist", node.id)),
                Event::TaskStatus { task_id, .. } | Event::DeleteTask { task_id } => {
                    if !seen.tasks.contains(task_id.as_str()) {
                        return Err(format!("task `{task_id}` does not exist"));
                    }
                }
            }
        }
        Ok(())
    }
}

/// What a scenario has made known so far.
#[derive(Default)]
struct Seen<'a> {
    services: BTreeSet<&'a str>,
    nodes: BTreeSet<&'a str>,
    tasks: BTreeSet<&'a str>,
}

impl<'a> Seen<'a> {
    fn node(&mut self, node: &'a Node) -> Result<(), String> {
        if let Some(unknown) =
            node.recent_failures.iter().find(|f| !self.services.contains(f.service.as_str()))
        {
            return Err(format!(
                "node `{}` has failures of the service `{}`, which does not exist",
                node.id, unknown.service
            ));
        }
        if !node.addr.is_empty() && node.addr.parse::<std::net::IpAddr>().is_err() {
            return Err(format!("node `{}` has the address `{}`, which is none", node.id, node.addr));
        }
        self.nodes.insert(&node.id);
        Ok(())
    }

    fn task(&mut self, Task(id, service, node, ..): &'a Task) -> Result<(), String> {
        if !self.services.contains(service.as_str()) {
            return Err(format!("task `{id}` is of the service `{service}`, which does not exist"));
        }
        if let Some(unknown) = node.as_deref().filter(|n| !self.nodes.contains(n)) {
            return Err(format!("task `{id}` is on the node `{unknown}`, which does not exist"));
        }
        if !self.tasks.insert(id) {
            return Err(format!("task `{id}` is there twice"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_recording_is_refused_with_a_reason() {
        let check = |text: &str, expected: &str| {
            let error = read(text).expect_err("a mistake").to_string();
            assert!(error.contains(expected), "{error}");
        };
        let scenario = |rest: &str| {
            let head =
                r#""id": "x-001", "nodes": [{"id": "n1"}], "services": [{"id": "a", "spec_version": 1}]"#;
            let format = Kind::Decisions.format();
            format!(r#"{{"format": "{format}", "scenarios": [{{{head}, {rest}}}]}}"#)
        };
        check("{", "not a recording");
        check(r#"{"format": "other/2", "scenarios": []}"#, "the format is `other/2`");
        check(&scenario(r#""tasks": [], "steps": [], "expect": []"#), "scenario x-001: 0 states for 0 steps");
        let state =
            r#"{"facts": {"cluster": {}, "services": {}}, "canonical": {"assigned": {}, "errors": {}}}"#;
        let with = |task: &str| scenario(&format!(r#""tasks": [{task}], "steps": [], "expect": [{state}]"#));
        assert!(read(&with(r#"["t1", "a", "n1", "running", "running"]"#)).is_ok());
        check(&with(r#"["t1", "a", "n1", "walking", "running"]"#), "there is no task state `walking`");
        check(&with(r#"["t1", "a", "n2", "running", "running"]"#), "on the node `n2`, which does not exist");
        check(
            &with(r#"["t1", "b", null, "pending", "running"]"#),
            "of the service `b`, which does not exist",
        );
    }
}
