//! `[[traffic]]`, and how containers answer: `serve`.

use schemars::JsonSchema;
use serde::Deserialize;
use swarmbed_sim::setup::{Balance, Discipline};

use super::timeline::Target;
use super::workload::Arrivals;
use crate::value::{
    Count, Frequency, Host, Law, Name, Path, Switch, TimeSpan, UrlPath, Word, Words, Written,
};

/// Requests to a service. They enter on a node, whose load balancer sends each to one of the replicas that it knows.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with to, and rate, arrivals, trace or users")]
pub(crate) struct Traffic {
    /// Its name, in reports.
    #[schemars(extend("x-default" = "the service's name"))]
    pub(crate) name: Option<Written<Name>>,
    /// The service that they are sent to.
    pub(crate) to: Written<Name>,
    /// The host that they ask for, of a proxy.
    #[schemars(extend("x-default" = "none"))]
    pub(crate) host: Option<Written<Host>>,
    /// The path that they ask for, of a proxy.
    #[schemars(extend("x-default" = "/"))]
    pub(crate) path: Option<Written<UrlPath>>,
    /// The published port that they are sent to, from outside.
    #[schemars(extend("x-default" = "the first one that the service publishes"))]
    pub(crate) port: Option<Written<Count<1, 65_535>>>,
    /// So many in a time on average, independent of each other. One of `rate`, `arrivals`, `trace` and `users` is due.
    pub(crate) rate: Option<Written<Frequency>>,
    /// When they come, if not at one rate.
    pub(crate) arrivals: Option<Arrivals>,
    /// How many came in each of a row of equal times.
    pub(crate) trace: Option<Trace>,
    /// So many users, each of whom waits for an answer, thinks, and sends the next.
    pub(crate) users: Option<Written<Count<1, 1_000_000>>>,
    /// How long a user thinks; some time, since one that is refused asks again.
    #[schemars(extend("x-default" = "1ms", "x-source" = "ours"))]
    pub(crate) think: Option<Law>,
    /// The service whose containers send them, by a network that both are attached to. Each container sends its share: what one
    /// that does not run would send is not sent.
    #[schemars(extend("x-default" = "clients outside the swarm"))]
    pub(crate) by: Option<Written<Name>>,
    /// The nodes that clients outside know, of which each request takes one at random.
    #[schemars(extend("x-default" = "every node that is there from the start"))]
    pub(crate) via: Option<Target>,
    /// From clients outside to any node, one way.
    #[schemars(extend("x-default" = "0s"))]
    pub(crate) latency: Option<Written<TimeSpan>>,
    /// How long a client waits for an answer.
    #[schemars(extend("x-default" = "30s", "x-source" = "ours"))]
    pub(crate) timeout: Option<Written<TimeSpan>>,
    /// So many connections are kept, and requests take them in turn: each stays with its replica. A user keeps one.
    #[schemars(extend("x-default" = "a new connection for each request"))]
    pub(crate) connections: Option<Written<Count<1, 1_000_000>>>,
    /// Who chooses the replica: the mesh (in turn, or DNS), or a proxy on the node where a request enters that does so at random,
    /// by the fewest requests, or by the fewest of two at random.
    #[schemars(extend("x-default" = "mesh"))]
    pub(crate) balance: Option<Written<Word<Balance>>>,
    /// From when on.
    #[schemars(extend("x-default" = "0s"))]
    pub(crate) from: Option<Written<TimeSpan>>,
    /// Until when.
    #[schemars(extend("x-default" = "the end of the run"))]
    pub(crate) until: Option<Written<TimeSpan>>,
}

/// Numbers of requests in equal times, one after the other.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with file and every")]
pub(crate) struct Trace {
    /// A CSV file beside this one whose column `requests` has a row for each of these times. Within one they are as independent of
    /// each other as they can be.
    pub(crate) file: Written<Path>,
    /// How long each of the times is.
    pub(crate) every: Written<TimeSpan>,
}

/// How a container answers requests.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with work")]
pub(crate) struct Serve {
    /// How long it works on one; drawn for each request.
    pub(crate) work: Law,
    /// How many it works on at once.
    #[schemars(extend("x-default" = "1"))]
    pub(crate) slots: Option<Written<Count<1, 1_000_000>>>,
    /// How many may wait; one more is refused.
    #[schemars(extend("x-default" = "as many as come"))]
    pub(crate) queue: Option<Written<Count<0, 1_000_000_000>>>,
    /// In which order: first come, first served; or all at once, each at its share of the speed of all slots together.
    #[schemars(extend("x-default" = "fcfs"))]
    pub(crate) discipline: Option<Written<Word<Discipline>>>,
    /// What it asks of other services for each request, one after the other, when its own work is done.
    #[serde(default)]
    pub(crate) calls: Vec<Call>,
    /// Whether it finishes what it has when it is told to stop, within the grace period.
    #[schemars(extend("x-default" = "true"))]
    pub(crate) drains: Option<Written<Switch>>,
}

/// A request to another service.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with to")]
pub(crate) struct Call {
    /// The service, by a network that both are attached to.
    pub(crate) to: Written<Name>,
    /// How long it waits for the answer.
    #[schemars(extend("x-default" = "30s", "x-source" = "ours"))]
    pub(crate) timeout: Option<Written<TimeSpan>>,
    /// Whether its slot is free as soon as it has asked; otherwise the request keeps it until the answer comes.
    #[schemars(extend("x-default" = "false"))]
    pub(crate) hands_over: Option<Written<Switch>>,
}

impl Words for Balance {
    const NAME: &'static str = "Balance";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("mesh", Balance::Mesh),
        ("random", Balance::Random),
        ("least-connections", Balance::LeastConnections),
        ("two-choices", Balance::BestOf(2)),
    ];
}

impl Words for Discipline {
    const NAME: &'static str = "Discipline";
    const WORDS: &'static [(&'static str, Self)] =
        &[("fcfs", Discipline::Fcfs), ("shared", Discipline::ProcessorSharing)];
}
