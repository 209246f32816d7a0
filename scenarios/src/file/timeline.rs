//! `[[at]]` and `[[expect]]`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use swarmbed_scheduler::node::Role;
use swarmbed_sim::world::network::Plane;

use super::update::Changes;
use crate::value::{
    Amount, Count, Name, Named, OneOrMore, Rate, Shaped, Share, Switch, Text, TimeSpan, Word, Words, Written,
};

/// Something that happens at a set time: what an operator does, or what happens to machines.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with time and do")]
pub(crate) struct Step {
    /// When, since the beginning of the run.
    pub(crate) time: Written<TimeSpan>,
    /// What.
    #[serde(rename = "do")]
    pub(crate) deed: Written<Word<Deed>>,
    /// To which nodes: a name, a list of names, or what they have in common, such as `{ rack = "a/2" }`.
    #[serde(default)]
    #[schemars(schema_with = "target_schema")]
    pub(crate) target: Option<Target>,
    /// To which service or services.
    pub(crate) service: Option<OneOrMore<Name>>,
    /// `scale`: to how many replicas.
    pub(crate) replicas: Option<Written<Count<0, 1_000_000>>>,
    /// `update`: what changes. Without it, tasks are replaced though nothing changes (`--force`).
    pub(crate) set: Option<Changes>,
    /// `crash`, `silence`, `freeze`, `cut`, `degrade`: for how long.
    #[serde(rename = "for")]
    #[schemars(extend("x-default" = "until another step ends it"))]
    pub(crate) lasts: Option<Written<TimeSpan>>,
    /// `remove` of nodes: even if they are READY.
    #[schemars(extend("x-default" = "false"))]
    pub(crate) force: Option<Written<Switch>>,
    /// `exit`: the containers' exit code.
    #[schemars(extend("x-default" = "1"))]
    pub(crate) code: Option<Written<Count<0, 255>>>,
    /// `cut`, `degrade`, `mend`: what is on the other side, as in `target`.
    #[serde(default)]
    #[schemars(schema_with = "target_schema", extend("x-default" = "all other machines"))]
    pub(crate) to: Option<Target>,
    /// `cut`, `degrade`, `mend`: instead of `target` and `to`, the links of that name. Messages go round a cut link if they can.
    pub(crate) link: Option<Written<Name>>,
    /// `cut`, `degrade`: what of: `control` (managers, and between managers and agents), `gossip` (or its packets alone,
    /// `gossip-udp`, or its connections, `gossip-tcp`), `data`. A link that is worse is so for all.
    #[schemars(extend("x-default" = "all of them"))]
    pub(crate) planes: Option<OneOrMore<Word<Planes>>>,
    /// `cut`, `degrade`: only what goes from `target` to `to`, or from the link's first end to its second.
    #[schemars(extend("x-default" = "false"))]
    pub(crate) one_way: Option<Written<Switch>>,
    /// `degrade`: how much longer messages take.
    #[schemars(extend("x-default" = "0s"))]
    pub(crate) latency: Option<Written<TimeSpan>>,
    /// `degrade`: how much longer than that, at most.
    #[schemars(extend("x-default" = "0s"))]
    pub(crate) jitter: Option<Written<TimeSpan>>,
    /// `degrade`: the share of packets that are lost besides.
    #[schemars(extend("x-default" = "0%"))]
    pub(crate) loss: Option<Written<Share>>,
    /// `degrade`: the most that passes.
    #[schemars(extend("x-default" = "as much as before"))]
    pub(crate) bandwidth: Option<Written<Rate>>,
    /// `degrade`: instead of all these, how much longer each write to the disks of the target's managers takes.
    #[schemars(extend("x-default" = "0s"))]
    pub(crate) disk: Option<Written<TimeSpan>>,
}

/// Names of nodes, or what they have in common.
pub(crate) type Target = Shaped<Name, Selection>;

pub(super) fn target_schema(generator: &mut SchemaGenerator) -> Schema {
    let names = generator.subschema_for::<OneOrMore<Name>>();
    let selection = generator.subschema_for::<Selection>();
    json_schema!({ "oneOf": [names, selection] })
}

/// All nodes of which every one of these is true.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with role, zone, rack, site, class or label")]
#[schemars(extend("minProperties" = 1))]
pub(crate) struct Selection {
    /// Managers or workers.
    pub(crate) role: Option<Written<Word<Role>>>,
    /// Those in this zone.
    pub(crate) zone: Option<Written<Text>>,
    /// Those in this rack, such as `a/2`.
    pub(crate) rack: Option<Written<Text>>,
    /// Those in this site.
    pub(crate) site: Option<Written<Text>>,
    /// Those of the class with this name.
    pub(crate) class: Option<Written<Text>>,
    /// Those with all of these labels, such as `{ disk = "ssd" }`.
    #[serde(default)]
    pub(crate) label: Named<Written<Text>>,
}

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Deed {
    /// Changes the number of a service's replicas.
    Scale,
    /// Gives a service another spec.
    Update,
    /// Gives a service its previous spec again.
    Rollback,
    /// Creates a service.
    Create,
    /// Removes nodes, or a service.
    Remove,
    /// Takes all tasks away from nodes.
    Drain,
    /// Gives nodes no new tasks.
    Pause,
    /// Gives nodes tasks again.
    Activate,
    /// Power fails.
    Crash,
    /// Power comes back, or is switched off and on.
    Restart,
    /// Nobody hears the node, though it lives.
    Silence,
    /// The node is heard again.
    Unsilence,
    /// The machine stands still.
    Freeze,
    /// The machine goes on.
    Thaw,
    /// Machines become members.
    Join,
    /// Machines leave the swarm by themselves.
    Leave,
    /// Containers of a service exit.
    Exit,
    /// Nodes become managers.
    Promote,
    /// Nodes become workers.
    Demote,
    /// A manager makes itself the only one.
    ForceNewCluster,
    /// No message passes any more.
    Cut,
    /// Messages take longer, or are lost.
    Degrade,
    /// Messages pass as before.
    Mend,
}

impl Words for Deed {
    const NAME: &'static str = "Deed";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("scale", Deed::Scale),
        ("update", Deed::Update),
        ("rollback", Deed::Rollback),
        ("create", Deed::Create),
        ("remove", Deed::Remove),
        ("drain", Deed::Drain),
        ("pause", Deed::Pause),
        ("activate", Deed::Activate),
        ("crash", Deed::Crash),
        ("restart", Deed::Restart),
        ("silence", Deed::Silence),
        ("unsilence", Deed::Unsilence),
        ("freeze", Deed::Freeze),
        ("thaw", Deed::Thaw),
        ("join", Deed::Join),
        ("leave", Deed::Leave),
        ("exit", Deed::Exit),
        ("promote", Deed::Promote),
        ("demote", Deed::Demote),
        ("force-new-cluster", Deed::ForceNewCluster),
        ("cut", Deed::Cut),
        ("degrade", Deed::Degrade),
        ("mend", Deed::Mend),
    ];
}

/// What messages are of: planes that a switch or a firewall may treat otherwise.
#[derive(Clone, Copy)]
pub(crate) struct Planes(pub(crate) &'static [Plane]);

impl Words for Planes {
    const NAME: &'static str = "Planes";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("control", Planes(&[Plane::Control])),
        ("gossip", Planes(&Plane::GOSSIP)),
        ("gossip-udp", Planes(&[Plane::GossipPackets])),
        ("gossip-tcp", Planes(&[Plane::GossipStreams])),
        ("data", Planes(&[Plane::Data])),
    ];
}

/// What has to hold of a metric.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with metric and at_most, at_least or equals")]
pub(crate) struct Expect {
    /// The metric's name.
    pub(crate) metric: Written<Text>,
    /// It is at most this.
    pub(crate) at_most: Option<Written<Amount>>,
    /// It is at least this.
    pub(crate) at_least: Option<Written<Amount>>,
    /// It is exactly this.
    pub(crate) equals: Option<Written<Amount>>,
    /// When.
    #[schemars(extend("x-default" = "at the end of the run"))]
    pub(crate) at: Option<Written<TimeSpan>>,
}
