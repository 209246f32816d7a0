//! How a service is updated and checked: `update_config`, `rollback_config`, `health`, and what an update `set`s.

use schemars::JsonSchema;
use serde::Deserialize;
use swarmbed_sim::setup::{EndpointMode, FailureAction, UpdateOrder};

use super::demand::Use;
use super::proxy::Route;
use super::service::{Amounts, Conduct, PortTable, Preference, Reserve, RestartPolicy};
use crate::value::{Count, Law, Name, Platform, Shaped, Share, Text, TimeSpan, Word, Words, Written};

/// How tasks are replaced by those of a new spec.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(crate) struct UpdateConfig {
    /// Tasks replaced at a time; 0 is all at once.
    #[schemars(extend("x-default" = "1", "x-source" = "api/defaults/service.go:29-40"))]
    pub(crate) parallelism: Option<Written<Count<0, 1_000_000>>>,
    /// From one replaced task to the next.
    #[schemars(extend("x-default" = "0s", "x-source" = "api/defaults/service.go:29-40"))]
    pub(crate) delay: Option<Written<TimeSpan>>,
    /// What happens when too many new tasks fail.
    #[schemars(extend("x-default" = "pause", "x-source" = "api/defaults/service.go:29-40"))]
    pub(crate) failure_action: Option<Written<Word<FailureAction>>>,
    /// How long a new task is watched for failure.
    #[schemars(extend("x-default" = "5s", "x-source" = "api/defaults/service.go:29-40"))]
    pub(crate) monitor: Option<Written<TimeSpan>>,
    /// The share of the tasks to be replaced that may fail.
    #[schemars(extend("x-default" = "0%", "x-source" = "api/defaults/service.go:29-40"))]
    pub(crate) max_failure_ratio: Option<Written<Share>>,
    /// Whether the old task stops before the new one starts.
    #[schemars(extend("x-default" = "stop-first", "x-source" = "api/defaults/service.go:29-40"))]
    pub(crate) order: Option<Written<Word<UpdateOrder>>>,
}

/// How an engine checks containers: a task is RUNNING only when its container has answered, and one whose container answers
/// no more is replaced.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(crate) struct Health {
    /// From one probe, or from the start, to the next.
    #[schemars(extend("x-default" = "30s", "x-source" = "daemon/health.go:25-41"))]
    pub(crate) interval: Option<Written<TimeSpan>>,
    /// A probe without an answer fails after this.
    #[schemars(extend("x-default" = "30s", "x-source" = "daemon/health.go:25-41"))]
    pub(crate) timeout: Option<Written<TimeSpan>>,
    /// In this time after the start failures do not count, until a probe is answered.
    #[schemars(extend("x-default" = "0s", "x-source" = "daemon/health.go:25-41"))]
    pub(crate) start_period: Option<Written<TimeSpan>>,
    /// The interval in that time.
    #[schemars(extend("x-default" = "5s", "x-source" = "daemon/health.go:25-41"))]
    pub(crate) start_interval: Option<Written<TimeSpan>>,
    /// So many failures in a row make a container unhealthy.
    #[schemars(extend("x-default" = "3", "x-source" = "daemon/health.go:25-41"))]
    pub(crate) retries: Option<Written<Count<1, 1_000_000>>>,
}

/// What an update changes, in the words of `[[service]]`; all else stays as it was.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with what changes")]
pub(crate) struct Changes {
    /// The image of its containers.
    pub(crate) image: Option<Written<Text>>,
    /// How many replicas.
    pub(crate) replicas: Option<Written<Count<0, 1_000_000>>>,
    /// Set aside for each task.
    pub(crate) reserve: Option<Reserve>,
    /// The most a task may use.
    pub(crate) limit: Option<Amounts>,
    /// What a task really uses of its node.
    #[serde(rename = "use")]
    pub(crate) uses: Option<Use>,
    /// Volumes of the node that its containers write to.
    pub(crate) volumes: Option<Vec<Written<Name>>>,
    /// Overlay networks that it is attached to.
    pub(crate) networks: Option<Vec<Written<Name>>>,
    /// How clients find it.
    pub(crate) endpoint_mode: Option<Written<Word<EndpointMode>>>,
    /// All must hold of a node.
    pub(crate) constraints: Option<Vec<Written<Text>>>,
    /// How tasks are spread, outermost first.
    pub(crate) preferences: Option<Vec<Preference>>,
    /// At most so many tasks on one node.
    pub(crate) max_replicas_per_node: Option<Written<Count<0, 1_000_000>>>,
    /// Published ports.
    pub(crate) ports: Option<Vec<Shaped<Text, PortTable>>>,
    /// Any of these platforms will do.
    pub(crate) platforms: Option<Vec<Written<Platform>>>,
    /// When ended tasks are replaced.
    pub(crate) restart_policy: Option<RestartPolicy>,
    /// How it is updated.
    pub(crate) update_config: Option<UpdateConfig>,
    /// How an update is rolled back.
    pub(crate) rollback_config: Option<UpdateConfig>,
    /// How its containers are checked.
    pub(crate) health: Option<Health>,
    /// Which requests proxies pass on to it.
    pub(crate) routes: Option<Vec<Route>>,
    /// How long a container may take to stop before it is killed.
    pub(crate) stop_grace_period: Option<Written<TimeSpan>>,
    /// See `[behaviour]`.
    pub(crate) create: Option<Law>,
    /// See `[behaviour]`.
    pub(crate) start: Option<Law>,
    /// See `[behaviour]`.
    pub(crate) stop: Option<Law>,
    /// See `[behaviour]`.
    pub(crate) run: Option<Law>,
    /// See `[behaviour]`.
    pub(crate) exit_code: Option<Written<Count<0, 255>>>,
    /// See `[behaviour]`.
    pub(crate) fails_to_prepare: Option<Written<Share>>,
    /// See `[behaviour]`.
    pub(crate) fails_to_start: Option<Written<Share>>,
    /// See `[behaviour]`.
    pub(crate) ready: Option<Law>,
    /// See `[behaviour]`.
    pub(crate) sickens: Option<Law>,
}

impl Changes {
    /// What it says of containers. How they answer requests is no matter of an update yet.
    pub(crate) fn conduct(&self) -> Conduct<'_> {
        Conduct {
            create: self.create.as_ref(),
            start: self.start.as_ref(),
            stop: self.stop.as_ref(),
            run: self.run.as_ref(),
            exit_code: self.exit_code.as_ref(),
            fails_to_prepare: self.fails_to_prepare.as_ref(),
            fails_to_start: self.fails_to_start.as_ref(),
            ready: self.ready.as_ref(),
            sickens: self.sickens.as_ref(),
            uses: self.uses.as_ref(),
            serve: None,
            proxy: None,
        }
    }
}

impl Words for FailureAction {
    const NAME: &'static str = "FailureAction";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("pause", FailureAction::Pause),
        ("continue", FailureAction::Continue),
        ("rollback", FailureAction::Rollback),
    ];
}

impl Words for UpdateOrder {
    const NAME: &'static str = "UpdateOrder";
    const WORDS: &'static [(&'static str, Self)] =
        &[("stop-first", UpdateOrder::StopFirst), ("start-first", UpdateOrder::StartFirst)];
}
