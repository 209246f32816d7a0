//! The scenario file as it is written. Doc comments here are the key reference and the help in editors.

mod cluster;
mod constants;
mod demand;
mod fault;
mod gossip;
mod link;
mod network;
mod parse;
mod proxy;
mod service;
mod timeline;
mod traffic;
mod update;
mod workload;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::value::{Count, Duration, Name, Named, Path, Size, Text, TimeSpan, Written};

pub(crate) use cluster::{Cluster, Joins, NodeClass, Plugins, Stock};
pub(crate) use demand::{DiurnalUse, Use};
pub(crate) use fault::{Fault, FaultKind, Together};
pub(crate) use gossip::Gossip;
pub(crate) use link::{Link, LinkEnd};
pub(crate) use network::Network;
pub(crate) use parse::parse;
pub(crate) use proxy::{Proxy, Route};
pub(crate) use service::{
    Amounts, Behaviour, Conduct, Created, MOST_PRIORITY, Mode, PortTable, Preference, Priority, Reserve,
    RestartPolicy, Service,
};
pub(crate) use timeline::{Deed, Expect, Planes, Selection, Step, Target};
pub(crate) use traffic::{Serve, Trace, Traffic};
pub(crate) use update::{Changes, Health, UpdateConfig};
pub(crate) use workload::{Arrivals, Processors, Removed, Workload, WorkloadKind};

/// A scenario: a cluster, what runs on it, what happens to it, and what is expected.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a scenario")]
pub(crate) struct File {
    /// What the scenario shows, in one line.
    #[schemars(extend("x-default" = "the file's name"))]
    pub(crate) title: Option<Written<Text>>,
    /// How long, with which seed and which strategy.
    #[serde(default)]
    pub(crate) run: Run,
    /// The machines, and the constants of their control plane.
    pub(crate) cluster: Cluster,
    /// What nodes tell each other without the managers.
    #[serde(default)]
    pub(crate) gossip: Gossip,
    /// What lies between machines, as far as it is not all alike.
    #[serde(default)]
    pub(crate) link: Vec<Link>,
    /// Overlay networks. Without any, each that a service names is there as the defaults have it.
    #[serde(default)]
    pub(crate) network: Vec<Network>,
    /// Stack files to deploy at the start.
    #[serde(default)]
    pub(crate) stack: Vec<Stack>,
    /// Images that have to be pulled, by name; an image that is not listed is present everywhere.
    #[serde(default)]
    pub(crate) images: Named<Image>,
    /// Services.
    #[serde(default)]
    pub(crate) service: Vec<Service>,
    /// How containers behave, by the name of their service or a beginning of it with `*`; for each key the longest name
    /// that fits counts. What a `[[service]]` says itself counts more.
    #[serde(default)]
    pub(crate) behaviour: Named<Behaviour>,
    /// What happens at set times.
    #[serde(default)]
    pub(crate) at: Vec<Step>,
    /// What has to hold, or the run ends with exit code 1.
    #[serde(default)]
    pub(crate) expect: Vec<Expect>,
    /// Services and jobs that arrive while the run goes on.
    #[serde(default)]
    pub(crate) workload: Vec<Workload>,
    /// What goes wrong with machines by itself.
    #[serde(default)]
    pub(crate) fault: Vec<Fault>,
    /// Requests.
    #[serde(default)]
    pub(crate) traffic: Vec<Traffic>,
}

/// How a run goes.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(crate) struct Run {
    /// How long the run lasts, or `until settled`: no task on its way, no event of the timeline to come, and nothing
    /// due but heartbeats.
    #[schemars(extend("x-default" = "until settled"))]
    pub(crate) duration: Option<Written<Duration>>,
    /// The latest end of a run that lasts until it is settled.
    #[schemars(extend("x-default" = "10m after the last event of the timeline"))]
    pub(crate) at_most: Option<Written<TimeSpan>>,
    /// Seed of every random draw.
    #[schemars(extend("x-default" = "1"))]
    pub(crate) seed: Option<Written<Count<0, { i64::MAX as u64 }>>>,
    /// How nodes are chosen: `name` or `name[key=value,…]`, such as `swarm-spread[ties=id]`.
    #[schemars(extend("x-default" = "swarm-spread"))]
    pub(crate) strategy: Option<Written<Text>>,
}

/// A stack file to deploy.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with file and name")]
pub(crate) struct Stack {
    /// The stack file, relative to this file.
    pub(crate) file: Written<Path>,
    /// The stack's name: its services are called `<name>_<service>`.
    #[schemars(extend("x-default" = "the file's name without its ending"))]
    pub(crate) name: Option<Written<Name>>,
    /// Values of the variables that the stack file uses.
    #[serde(default)]
    pub(crate) env: Named<Written<Text>>,
}

/// An image that has to be pulled.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with size")]
pub(crate) struct Image {
    /// How much there is to pull.
    pub(crate) size: Written<Size>,
}
