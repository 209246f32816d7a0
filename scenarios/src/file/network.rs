//! `[[network]]`.

use schemars::JsonSchema;
use serde::Deserialize;
use swarmbed_sim::setup::EndpointMode;

use crate::value::{Count, Name, Switch, Words, Written};

/// An overlay network. The one that is called `ingress` is always there: it carries the ports that are published on every
/// node.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with the name of a network")]
pub(crate) struct Network {
    /// Its name.
    pub(crate) name: Written<Name>,
    /// Whether it has no way out.
    #[schemars(extend("x-default" = "false"))]
    pub(crate) internal: Option<Written<Switch>>,
    /// The length of its subnet's prefix: `24` leaves 253 addresses to services, nodes and tasks.
    #[schemars(extend("x-default" = "24", "x-source" = "libnetwork/ipamutils/utils.go:19-21"))]
    pub(crate) prefix: Option<Written<Count<8, 29>>>,
}

impl Words for EndpointMode {
    const NAME: &'static str = "EndpointMode";
    const WORDS: &'static [(&'static str, Self)] =
        &[("vip", EndpointMode::Vip), ("dnsrr", EndpointMode::Dnsrr)];
}
