//! `[gossip]`: what nodes tell each other without the managers.

use schemars::JsonSchema;
use serde::Deserialize;
use swarmbed_sim::worker::gossip::rules::{FailedEntries, Rules};

use super::constants::{Setting, Shown, constants, word};
use crate::mistakes::Mistakes;
use crate::value::{Count, Switch, TimeSpan, Word, Words, Written};

constants! {
    /// How nodes find out which of them are alive, and where the tasks of services are: memberlist and NetworkDB. Sources are
    /// files of `moby/moby:daemon/libnetwork/networkdb` (LN) and `hashicorp/memberlist` (ML). It is played only if somebody sends
    /// requests.
    Gossip sets Rules besides () {}

    /// Between two rounds of gossip by one node.
    gossip_interval: Written<TimeSpan>, "ML/config.go:322";
    /// Nodes that a round goes to.
    gossip_nodes: Written<Count<1, 1_000>>, "ML/config.go:323, LN/cluster.go:474";
    /// News is sent this many times the decimal digits of the number of nodes.
    retransmit_mult: Written<Count<0, 1_000>>, "ML/util.go:78, LN/networkdb.go:773";
    /// For how long after its death a node is still gossiped to.
    gossip_to_dead: Written<TimeSpan>, "ML/config.go:325";
    /// Records that fit into a packet.
    records_per_packet: Written<Count<1, 10_000>>, "estimated: 1400 bytes (LN/networkdb.go:314) at about 270";
    /// News of nodes that fits into a packet.
    notes_per_packet: Written<Count<1, 10_000>>, "estimated: 1400 bytes at about 50";
    /// A node's own records go out before those that it tells on.
    own_first: Written<Switch>, "LN/cluster.go, since 29.0";
    /// Between two exchanges of all records with another node; `0s` for never.
    bulk_sync: Written<TimeSpan>, "LN/cluster.go:166";
    /// What came by such an exchange is told on only while no more than this waits to be sent.
    bulk_sync_relay_limit: Written<Count<0, 1_000_000>>, "LN/cluster.go:27";
    /// Between two exchanges of who is alive, among up to 32 nodes; `0s` for never.
    push_pull: Written<TimeSpan>, "ML/config.go:320, ML/util.go:95";
    /// Between two probes by one node.
    probe_interval: Written<TimeSpan>, "ML/config.go:312";
    /// After this a probe's answer is late, and others are asked to probe.
    probe_timeout: Written<TimeSpan>, "ML/config.go:311";
    /// How many others are asked.
    indirect_checks: Written<Count<0, 1_000>>, "ML/config.go:308";
    /// A node's health score is less than this; the worse it is, the longer the node waits.
    awareness_max: Written<Count<1, 1_000>>, "ML/config.go:315";
    /// The shortest suspicion, in probe intervals times the decimal logarithm of the number of nodes.
    suspicion_mult: Written<Count<1, 1_000>>, "ML/config.go:314";
    /// The longest suspicion is this many times the shortest.
    suspicion_max_mult: Written<Count<1, 1_000>>, "ML/config.go:315";
    /// Between two attempts to reach a failed node.
    reconnect: Written<TimeSpan>, "LN/cluster.go:22";
    /// How long an attempt to connect waits for silence.
    tcp_timeout: Written<TimeSpan>, "ML/config.go:303";
    /// Between two attempts to join the managers known from the start, if none of them is alive; `0s` for never.
    rejoin: Written<TimeSpan>, "LN/networkdb.go:318";
    /// What becomes of a failed node's records: deleted, so that they come back by an exchange only; or hidden, and back as soon as
    /// it is seen alive.
    failed_entries: Written<Word<FailedEntries>>, "LN/nodemgmt.go; hidden on master since 2026-08-19";
    /// How long a deleted record is remembered, and a hidden one kept.
    tombstone: Written<TimeSpan>, "LN/networkdb.go:317";
    /// A node probes and gossips on one phase, that of its daemon's start; otherwise each has its own.
    in_phase: Written<Switch>, "LN/cluster.go:171, ML/state.go:139";
}

impl Shown for FailedEntries {
    fn shown(&self) -> String {
        word(self)
    }
}

impl Words for FailedEntries {
    const NAME: &'static str = "FailedEntries";
    const WORDS: &'static [(&'static str, Self)] =
        &[("deleted", FailedEntries::Deleted), ("hidden", FailedEntries::Hidden)];
}
