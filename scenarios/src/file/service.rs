//! `[[service]]` and `[behaviour."…"]`.

use schemars::JsonSchema;
use serde::Deserialize;
use swarmbed_scheduler::spec::{Protocol, PublishMode};
use swarmbed_sim::setup::{EndpointMode, RestartCondition};

use super::demand::Use;
use super::proxy::{Proxy, Route};
use super::traffic::Serve;
use super::update::{Health, UpdateConfig};
use crate::value::{
    Count, Cpus, Law, Name, Named, Platform, Shaped, Share, Size, Text, TimeSpan, Word, Words, Written,
};

/// The largest priority.
pub(crate) const MOST_PRIORITY: u64 = 1000;
/// A place in the queue.
pub(crate) type Priority = Count<0, MOST_PRIORITY>;

/// A service, in the words of a stack file's deploy section where it has any.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with the name of a service")]
pub(crate) struct Service {
    /// The service's name; with `count` the services are called `<name>-1`, `<name>-2`, ….
    pub(crate) name: Written<Name>,
    /// So many services that are all alike.
    #[schemars(extend("x-default" = "one, called `<name>` alone"))]
    pub(crate) count: Option<Written<Count<1, 10_000>>>,
    /// The image of its containers.
    #[schemars(extend("x-default" = "the service's name"))]
    pub(crate) image: Option<Written<Text>>,
    /// So many replicas wherever they fit, or one on every node that meets the constraints; or a job of either kind,
    /// whose tasks run until they exit with 0.
    #[schemars(extend("x-default" = "replicated"))]
    pub(crate) mode: Option<Written<Word<Mode>>>,
    /// How many replicas; of a replicated job, how many run at once at most.
    #[schemars(extend("x-default" = "1"))]
    pub(crate) replicas: Option<Written<Count<0, 1_000_000>>>,
    /// How many tasks of a replicated job have to exit with 0.
    #[schemars(extend("x-default" = "as many as replicas"))]
    pub(crate) completions: Option<Written<Count<0, 1_000_000>>>,
    /// Set aside for each task; what the scheduler looks at.
    pub(crate) reserve: Option<Reserve>,
    /// The most a task may use; the scheduler ignores it.
    pub(crate) limit: Option<Amounts>,
    /// What a task really uses of its node; by default all that is reserved for it.
    #[serde(rename = "use")]
    pub(crate) uses: Option<Use>,
    /// Volumes of the node that its containers write to. What they write stays there when a task moves.
    #[serde(default)]
    pub(crate) volumes: Vec<Written<Name>>,
    /// Overlay networks that it is attached to.
    #[serde(default)]
    pub(crate) networks: Vec<Written<Name>>,
    /// Whether clients find it through one virtual address, or its name stands for the addresses of its tasks.
    #[schemars(extend("x-default" = "vip"))]
    pub(crate) endpoint_mode: Option<Written<Word<EndpointMode>>>,
    /// All must hold of a node, such as `node.labels.disk == ssd`.
    #[serde(default)]
    pub(crate) constraints: Vec<Written<Text>>,
    /// How tasks are spread, outermost first.
    #[serde(default)]
    pub(crate) preferences: Vec<Preference>,
    /// At most so many tasks on one node; 0 is no limit.
    #[schemars(extend("x-default" = "0"))]
    pub(crate) max_replicas_per_node: Option<Written<Count<0, 1_000_000>>>,
    /// The larger, the earlier its tasks are placed among those that wait; nothing that has a place loses it. Swarm has no
    /// priorities, so `swarm-spread` ignores it.
    #[schemars(extend("x-default" = "0"))]
    pub(crate) priority: Option<Written<Priority>>,
    /// Published ports: `"8080:80"`, `"53:53/udp"`, or a table with target, published, protocol and mode.
    #[serde(default)]
    pub(crate) ports: Vec<Shaped<Text, PortTable>>,
    /// Any of these platforms will do.
    #[schemars(extend("x-default" = "any"))]
    #[serde(default)]
    pub(crate) platforms: Vec<Written<Platform>>,
    /// When ended tasks are replaced.
    pub(crate) restart_policy: Option<RestartPolicy>,
    /// How it is updated.
    pub(crate) update_config: Option<UpdateConfig>,
    /// How an update of it is rolled back.
    pub(crate) rollback_config: Option<UpdateConfig>,
    /// How its containers are checked.
    #[schemars(extend("x-default" = "not at all"))]
    pub(crate) health: Option<Health>,
    /// How long a container may take to stop before it is killed.
    #[schemars(extend("x-default" = "10s", "x-source" = "api/defaults/service.go:17"))]
    pub(crate) stop_grace_period: Option<Written<TimeSpan>>,
    /// Whether it exists from the start, or a step of the timeline (`do = "create"`) brings it.
    #[schemars(extend("x-default" = "start"))]
    pub(crate) created: Option<Written<Word<Created>>>,
    /// Which requests proxies pass on to it, as its labels would say.
    #[schemars(extend("x-default" = "none"))]
    #[serde(default)]
    pub(crate) routes: Vec<Route>,
    /// See `[behaviour]`.
    pub(crate) serve: Option<Serve>,
    /// See `[behaviour]`.
    pub(crate) proxy: Option<Proxy>,
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

/// How the containers of a service behave: what no stack file says.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(crate) struct Behaviour {
    /// How a container answers requests.
    #[schemars(extend("x-default" = "it does not listen"))]
    pub(crate) serve: Option<Serve>,
    /// How a container passes requests on by host and path. Without `serve` it hardly works on one, and has as many at once as
    /// come.
    #[schemars(extend("x-default" = "it is no proxy"))]
    pub(crate) proxy: Option<Proxy>,
    /// How long it takes to create a container once its image is there.
    #[schemars(extend("x-default" = "100ms", "x-source" = "ours: a small container"))]
    pub(crate) create: Option<Law>,
    /// From the order to start until the container runs.
    #[schemars(extend("x-default" = "400ms", "x-source" = "ours: a small container"))]
    pub(crate) start: Option<Law>,
    /// From the stop signal until the container exits, if it is given that long.
    #[schemars(extend("x-default" = "100ms", "x-source" = "ours: a small container"))]
    pub(crate) stop: Option<Law>,
    /// How long a container runs before it exits by itself.
    #[schemars(extend("x-default" = "for ever"))]
    pub(crate) run: Option<Law>,
    /// Its exit code then; anything but 0 is a failure.
    #[schemars(extend("x-default" = "0"))]
    pub(crate) exit_code: Option<Written<Count<0, 255>>>,
    /// The share of containers that cannot be created; their tasks are REJECTED.
    #[schemars(extend("x-default" = "0%"))]
    pub(crate) fails_to_prepare: Option<Written<Share>>,
    /// The share of containers that cannot be started; their tasks are FAILED.
    #[schemars(extend("x-default" = "0%"))]
    pub(crate) fails_to_start: Option<Written<Share>>,
    /// From a container's start until it would answer a health check.
    #[schemars(extend("x-default" = "0s"))]
    pub(crate) ready: Option<Law>,
    /// From then until it answers no health check any more.
    #[schemars(extend("x-default" = "never"))]
    pub(crate) sickens: Option<Law>,
    /// What a task really uses of its node; by default all that is reserved for it.
    #[serde(rename = "use")]
    pub(crate) uses: Option<Use>,
}

/// CPU and memory.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with cpu and memory")]
pub(crate) struct Amounts {
    /// CPUs.
    pub(crate) cpu: Option<Written<Cpus>>,
    /// Memory.
    pub(crate) memory: Option<Written<Size>>,
}

/// CPU, memory and countable resources.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with cpu, memory and generic")]
pub(crate) struct Reserve {
    /// CPUs.
    #[schemars(extend("x-default" = "0"))]
    pub(crate) cpu: Option<Written<Cpus>>,
    /// Memory.
    #[schemars(extend("x-default" = "0B"))]
    pub(crate) memory: Option<Written<Size>>,
    /// Countable resources, such as `{ gpu = 1 }`.
    #[serde(default)]
    pub(crate) generic: Named<Written<Count<1, 1_000_000>>>,
}

/// One level of spreading.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with spread")]
pub(crate) struct Preference {
    /// Over the values of this label: `node.labels.X` or `engine.labels.X`.
    pub(crate) spread: Written<Text>,
}

/// A published port.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with target and published")]
pub(crate) struct PortTable {
    /// The container's port.
    pub(crate) target: Written<Count<1, 65_535>>,
    /// The port outside.
    #[schemars(extend("x-default" = "left to the cluster"))]
    pub(crate) published: Option<Written<Count<1, 65_535>>>,
    /// Its protocol.
    #[schemars(extend("x-default" = "tcp"))]
    pub(crate) protocol: Option<Written<Word<Protocol>>>,
    /// On every node through the mesh, or on the task's own node.
    #[schemars(extend("x-default" = "ingress"))]
    pub(crate) mode: Option<Written<Word<PublishMode>>>,
}

/// When ended tasks are replaced.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(crate) struct RestartPolicy {
    /// After which ends.
    #[schemars(extend("x-default" = "any", "x-source" = "api/defaults/service.go:25"))]
    pub(crate) condition: Option<Written<Word<RestartCondition>>>,
    /// How long after the end the replacement may start.
    #[schemars(extend("x-default" = "5s", "x-source" = "api/defaults/service.go:24"))]
    pub(crate) delay: Option<Written<TimeSpan>>,
    /// How many times for each slot; 0 is without limit.
    #[schemars(extend("x-default" = "0"))]
    pub(crate) max_attempts: Option<Written<Count<0, 1_000_000>>>,
    /// Restarts longer ago than this do not count against `max_attempts`; `0s` counts all.
    #[schemars(extend("x-default" = "0s"))]
    pub(crate) window: Option<Written<TimeSpan>>,
}

/// How many tasks a service has.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Mode {
    /// So many.
    Replicated,
    /// One on each node.
    Global,
    /// Until so many have exited with 0.
    ReplicatedJob,
    /// One on each node, until it has exited with 0.
    GlobalJob,
}

impl Words for Mode {
    const NAME: &'static str = "Mode";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("replicated", Mode::Replicated),
        ("global", Mode::Global),
        ("replicated-job", Mode::ReplicatedJob),
        ("global-job", Mode::GlobalJob),
    ];
}

/// When a service begins to exist.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Created {
    /// At the start.
    Start,
    /// When the timeline says so.
    Later,
}

impl Words for Created {
    const NAME: &'static str = "Created";
    const WORDS: &'static [(&'static str, Self)] = &[("start", Created::Start), ("later", Created::Later)];
}

impl Words for Protocol {
    const NAME: &'static str = "Protocol";
    const WORDS: &'static [(&'static str, Self)] =
        &[("tcp", Protocol::Tcp), ("udp", Protocol::Udp), ("sctp", Protocol::Sctp)];
}

impl Words for PublishMode {
    const NAME: &'static str = "PublishMode";
    const WORDS: &'static [(&'static str, Self)] =
        &[("ingress", PublishMode::Ingress), ("host", PublishMode::Host)];
}

impl Words for RestartCondition {
    const NAME: &'static str = "RestartCondition";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("any", RestartCondition::Any),
        ("on-failure", RestartCondition::OnFailure),
        ("none", RestartCondition::None),
    ];
}

/// What a service or a `[behaviour]` says of containers.
pub(crate) struct Conduct<'a> {
    pub(crate) create: Option<&'a Law>,
    pub(crate) start: Option<&'a Law>,
    pub(crate) stop: Option<&'a Law>,
    pub(crate) run: Option<&'a Law>,
    pub(crate) exit_code: Option<&'a Written<Count<0, 255>>>,
    pub(crate) fails_to_prepare: Option<&'a Written<Share>>,
    pub(crate) fails_to_start: Option<&'a Written<Share>>,
    pub(crate) ready: Option<&'a Law>,
    pub(crate) sickens: Option<&'a Law>,
    pub(crate) uses: Option<&'a Use>,
    pub(crate) serve: Option<&'a Serve>,
    pub(crate) proxy: Option<&'a Proxy>,
}

/// The keys that a service and a `[behaviour]` have in common.
macro_rules! conduct {
    ($($of:ty),*) => {
        $(impl $of {
            /// What it says of containers.
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
                    serve: self.serve.as_ref(),
                    proxy: self.proxy.as_ref(),
                }
            }
        })*
    };
}

conduct!(Service, Behaviour);
