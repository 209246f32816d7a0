//! `[[link]]`: what lies between machines.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::value::{Name, Rate, Shaped, Share, Text, TimeSpan, Written};

/// A link, both ways: between two places, or between a machine and a place, or between two machines. Places pass on what
/// comes over their links, machines do not.
///
/// What has no link is joined all the same: each machine with its rack, or else its zone or site; each rack with its zone,
/// each zone with its site, and these with a core, so that any two machines are `cluster.latency` apart. Whatever has a link
/// to a place outside itself is joined by its links alone.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with from, and what is so of the link")]
pub(crate) struct Link {
    /// A name, by which steps and faults can cut it or make it worse.
    #[schemars(extend("x-default" = "none"))]
    pub(crate) name: Option<Written<Name>>,
    /// One end: a node's name, or a place such as `{ rack = "a/2" }`, or each machine of a class, `{ class = "worker" }`.
    pub(crate) from: LinkEnd,
    /// The other end.
    #[schemars(extend("x-default" = "what it stands in: a machine's rack, a rack's zone, a zone's site, the core"))]
    pub(crate) to: Option<LinkEnd>,
    /// How long a message takes over it, each way.
    #[schemars(extend("x-default" = "half of `cluster.latency` for each end that is a machine"))]
    pub(crate) latency: Option<Written<TimeSpan>>,
    /// How much longer it may take: any time up to this, each as likely.
    #[schemars(extend("x-default" = "0s"))]
    pub(crate) jitter: Option<Written<TimeSpan>>,
    /// The share of messages that are lost.
    #[schemars(extend("x-default" = "0%"))]
    pub(crate) loss: Option<Written<Share>>,
    /// How much it carries each way.
    #[schemars(extend("x-default" = "as much as is sent"))]
    pub(crate) bandwidth: Option<Written<Rate>>,
}

/// A node's name, or what else a link may end at.
pub(crate) type LinkEnd = Shaped<Name, Spot>;

/// What a link ends at, beside a single machine: exactly one of these.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with rack, zone, site or class")]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub(crate) struct Spot {
    /// The rack of this name, such as `a/2`.
    pub(crate) rack: Option<Written<Text>>,
    /// The zone of this name.
    pub(crate) zone: Option<Written<Text>>,
    /// The site of this name.
    pub(crate) site: Option<Written<Text>>,
    /// Each machine of the class with this name: that makes as many links.
    pub(crate) class: Option<Written<Text>>,
}
