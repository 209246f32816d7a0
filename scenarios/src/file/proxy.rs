//! `proxy = …` and `routes = …`: services that pass requests on by host and path, and services that they find.

use schemars::JsonSchema;
use serde::Deserialize;
use swarmbed_sim::setup::Deals;

use crate::value::{Count, Host, Name, Switch, TimeSpan, UrlPath, Word, Words, Written};

/// How a container passes requests on to services that have `routes`, as Traefik does.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, which may be empty: proxy = {}")]
pub(crate) struct Proxy {
    /// From one look at the managers' list of running tasks to the next. It keeps what it has while no manager answers.
    #[schemars(extend("x-default" = "15s", "x-source" = "traefik: pkg/provider/docker/pswarm.go"))]
    pub(crate) refresh: Option<Written<TimeSpan>>,
    /// The least time between two changes of what it routes by.
    #[schemars(extend("x-default" = "2s", "x-source" = "traefik: providersThrottleDuration"))]
    pub(crate) throttle: Option<Written<TimeSpan>>,
    /// How it chooses among the tasks of a service: in turn, at random, the one that has the fewest of its requests, or that of
    /// two at random.
    #[schemars(extend("x-default" = "round-robin"))]
    pub(crate) balance: Option<Written<Word<Deals>>>,
    /// How often it tries again when a task cannot be reached.
    #[schemars(extend("x-default" = "0"))]
    pub(crate) retries: Option<Written<Count<0, 20>>>,
    /// How long it waits for a task to take a connection.
    #[schemars(extend("x-default" = "30s", "x-source" = "traefik: forwardingTimeouts.dialTimeout"))]
    pub(crate) dial: Option<Written<TimeSpan>>,
    /// How long it waits for an answer.
    #[schemars(extend("x-default" = "60s, or dial if that is more", "x-source" = "nginx: proxy_read_timeout"))]
    pub(crate) timeout: Option<Written<TimeSpan>>,
    /// How it checks tasks; those that failed the last check are left out.
    #[schemars(extend("x-default" = "not at all"))]
    pub(crate) check: Option<Check>,
}

/// How a proxy checks tasks. With each change of its list it holds all for alive again.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with interval and timeout")]
pub(crate) struct Check {
    /// From the last change of its list, or from one round, to the next.
    #[schemars(extend("x-default" = "30s", "x-source" = "traefik: DefaultHealthCheckInterval"))]
    pub(crate) interval: Option<Written<TimeSpan>>,
    /// How long it waits for an answer.
    #[schemars(extend("x-default" = "5s", "x-source" = "traefik: DefaultHealthCheckTimeout"))]
    pub(crate) timeout: Option<Written<TimeSpan>>,
}

/// Requests that proxies pass on to a service: those with that host, and that beginning of a path.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with host, or path, or both")]
pub(crate) struct Route {
    /// Their host. One of host and path is due.
    #[schemars(extend("x-default" = "any"))]
    pub(crate) host: Option<Written<Host>>,
    /// What their path begins with.
    #[schemars(extend("x-default" = "any"))]
    pub(crate) path: Option<Written<UrlPath>>,
    /// Of the rules that fit the one with the highest counts.
    #[schemars(extend("x-default" = "the length of the rule as Traefik writes it"))]
    pub(crate) priority: Option<Written<Count<1, 1_000_000>>>,
    /// The proxy that they come by.
    #[schemars(extend("x-default" = "every proxy"))]
    pub(crate) via: Option<Written<Name>>,
    /// Whether the proxy sends them to the service's virtual address, and the mesh chooses the task.
    #[schemars(extend("x-default" = "false"))]
    pub(crate) vip: Option<Written<Switch>>,
}

impl Words for Deals {
    const NAME: &'static str = "Deals";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("round-robin", Deals::InTurn),
        ("random", Deals::Random),
        ("least-connections", Deals::Fewest),
        ("two-choices", Deals::FewestOf(2)),
    ];
}
