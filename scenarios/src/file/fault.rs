//! `[[fault]]`.

use schemars::JsonSchema;
use serde::Deserialize;
use swarmbed_sim::world::machines::Trouble;

use super::timeline::{Planes, Target, target_schema};
use crate::value::{Count, Law, Name, OneOrMore, Path, Rate, Share, Switch, TimeSpan, Word, Words, Written};

/// Machines that fail by themselves, again and again: each is up for a while, is in trouble for a while, and so on. The
/// failures of a machine are the same whatever the strategy, and whatever befalls others. A machine in which several
/// faults overlap is well again when the last of them is over.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with kind, every and lasts")]
pub(crate) struct Fault {
    /// What befalls them: `crash` (they lose power), `silence` (nobody hears them), `freeze` (they stand still); or what
    /// befalls the network: `cut` (no message passes between the target and the others), `degrade` (messages take longer, or
    /// are lost). A fault of the network comes and goes as one.
    pub(crate) kind: Written<Word<FaultKind>>,
    /// A name, after which its random numbers are named.
    #[schemars(extend("x-default" = "its number in the file, from 1"))]
    pub(crate) name: Option<Written<Name>>,
    /// Which machines: a name, a list of names, or what they have in common, such as `{ role = "worker" }`.
    #[serde(default)]
    #[schemars(schema_with = "target_schema", extend("x-default" = "all"))]
    pub(crate) target: Option<Target>,
    /// How many of them ever fail; which, is drawn. At least one does.
    #[schemars(extend("x-default" = "100%"))]
    pub(crate) share: Option<Written<Share>>,
    /// What fails as one, with a single clock: the rack, the zone or the site that machines are in, or `all` of the target.
    #[schemars(extend("x-default" = "each machine by itself"))]
    pub(crate) together: Option<Written<Word<Together>>>,
    /// How long one is up until it fails; drawn anew each time.
    pub(crate) every: Option<Law>,
    /// How long one is down, from when a crew turns to it.
    pub(crate) lasts: Option<Law>,
    /// How many can be repaired at a time, first come, first served.
    #[schemars(extend("x-default" = "all"))]
    pub(crate) crews: Option<Written<Count<1, 1_000_000>>>,
    /// The time between two shocks. A shock fails all of the target that are up, at one instant; each is then down as long
    /// as its own `lasts`.
    pub(crate) shock: Option<Law>,
    /// Instead of all that: failures as they were recorded, in a CSV file beside this one. Its first line names the columns
    /// `node`, `down` and `up`; a row is one outage, by ascending `down`, and a line with `#` a comment. Times are seconds of the run or have a unit; a
    /// machine without a time `up` does not come back. With a target, only its machines count.
    pub(crate) trace: Option<Written<Path>>,
    /// `cut`, `degrade`: what is on the other side, as in `target`.
    #[serde(default)]
    #[schemars(schema_with = "target_schema", extend("x-default" = "all other machines"))]
    pub(crate) to: Option<Target>,
    /// `cut`, `degrade`: instead of `target` and `to`, the links of that name. Messages go round a cut link if they can.
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

/// What a fault is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum FaultKind {
    /// Something befalls machines.
    Machine(Trouble),
    /// No message passes.
    Cut,
    /// Messages take longer, or are lost.
    Degrade,
}

/// What fails as one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Together {
    /// All machines of the target that are in one rack.
    Rack,
    /// All machines of the target that are in one zone.
    Zone,
    /// All machines of the target that are at one site.
    Site,
    /// All machines of the target.
    All,
}

impl Words for Together {
    const NAME: &'static str = "Together";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("rack", Together::Rack),
        ("zone", Together::Zone),
        ("site", Together::Site),
        ("all", Together::All),
    ];
}

impl Words for FaultKind {
    const NAME: &'static str = "FaultKind";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("crash", FaultKind::Machine(Trouble::Crash)),
        ("silence", FaultKind::Machine(Trouble::Silence)),
        ("freeze", FaultKind::Machine(Trouble::Freeze)),
        ("cut", FaultKind::Cut),
        ("degrade", FaultKind::Degrade),
    ];
}
