//! The rules and sizes of the gossip. The defaults are Docker Engine's: NetworkDB (`LN/` = `moby/moby:daemon/libnetwork/networkdb/`) over
//! memberlist (`ML/` = `hashicorp/memberlist`).

use swarmbed_scheduler::Span;

/// Rules and sizes, the same for all nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Between two rounds of gossip: 200 ms (`ML/config.go:322`).
    pub gossip_interval: Span,
    /// Nodes that a round goes to: 3 (`ML/config.go:323`, `LN/cluster.go:474`).
    pub gossip_nodes: u32,
    /// A message is sent this many times the decimal digits of the number of nodes: 4 (`ML/util.go:78`, `LN/networkdb.go:773`).
    pub retransmit_mult: u32,
    /// How long after its death a node is still gossiped to: 30 s (`ML/config.go:325`).
    pub gossip_to_dead: Span,
    /// Records in a packet: 1400 bytes at about 270 each (`LN/networkdb.go:314`; the size of a record is estimated).
    pub records_per_packet: u32,
    /// Messages on nodes in a packet: 1400 bytes at about 50 each (estimated).
    pub notes_per_packet: u32,
    /// A node's own records come before relayed ones: since 29.0 (`LN/cluster.go`, two queues).
    pub own_first: bool,
    /// Between two exchanges of all records with a random node over TCP: 30 s (`LN/cluster.go:166`); zero for never.
    pub bulk_sync: Span,
    /// What came by such an exchange is not told on while more than this is queued: 500 (`LN/cluster.go:27`).
    pub bulk_sync_relay_limit: usize,
    /// Between two exchanges of what is known of nodes, for up to 32 nodes: 30 s (`ML/config.go:320`, `ML/util.go:95`); zero
    /// for never.
    pub push_pull: Span,
    /// Between two probes by one node: 1 s (`ML/config.go:312`).
    pub probe_interval: Span,
    /// After which a probe's answer is late: 500 ms (`ML/config.go:311`).
    pub probe_timeout: Span,
    /// Nodes that are asked to probe in one's place: 3 (`ML/config.go:308`).
    pub indirect_checks: u32,
    /// One more than the worst health score: 8 (`ML/config.go:315`).
    pub awareness_max: u32,
    /// The shortest suspicion, in probe intervals times the logarithm of the number of nodes: 4 (`ML/config.go:314`).
    pub suspicion_mult: u32,
    /// The longest suspicion is this many times the shortest: 6 (`ML/config.go:315`).
    pub suspicion_max_mult: u32,
    /// Between two attempts to reach a failed node: 1 s (`LN/cluster.go:22`).
    pub reconnect: Span,
    /// How long an attempt over TCP waits for silence: 10 s (`ML/config.go:303`).
    pub tcp_timeout: Span,
    /// Between two attempts to join the contacts of the start: 60 s (`LN/networkdb.go:318`); zero for never.
    pub rejoin: Span,
    /// What becomes of a failed node's records.
    pub failed_entries: FailedEntries,
    /// How long a deleted record is remembered: 30 min (`LN/networkdb.go:317`).
    pub tombstone: Span,
    /// A node's probes and its gossip begin at one instant, that of the daemon's start (`LN/cluster.go:171`, `ML/state.go:139`), or
    /// each at one of its own.
    pub in_phase: bool,
}

/// What becomes of a failed node's records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailedEntries {
    /// They are deleted, with what is known of its networks, and come back only by exchanges: up to 29.7.2
    /// (`LN/nodemgmt.go` there).
    #[default]
    Deleted,
    /// They are hidden, kept up to date, and back the moment it is seen alive: master since 2026-08-19.
    Hidden,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            gossip_interval: Span::millis(200),
            gossip_nodes: 3,
            retransmit_mult: 4,
            gossip_to_dead: Span::secs(30),
            records_per_packet: 5,
            notes_per_packet: 25,
            own_first: true,
            bulk_sync: Span::secs(30),
            bulk_sync_relay_limit: 500,
            push_pull: Span::secs(30),
            probe_interval: Span::secs(1),
            probe_timeout: Span::millis(500),
            indirect_checks: 3,
            awareness_max: 8,
            suspicion_mult: 4,
            suspicion_max_mult: 6,
            reconnect: Span::secs(1),
            tcp_timeout: Span::secs(10),
            rejoin: Span::secs(60),
            failed_entries: FailedEntries::default(),
            tombstone: Span::secs(30 * 60),
            in_phase: true,
        }
    }
}

impl Rules {
    /// How often a message is sent among so many nodes (`ML/util.go:78-82`).
    pub fn retransmit_limit(&self, nodes: usize) -> u32 {
        let mut digits = 0; // of `nodes`: the logarithm of one more than it, rounded up
        let mut power = 1;
        while power < nodes + 1 {
            (digits, power) = (digits + 1, power * 10);
        }
        self.retransmit_mult * digits
    }

    /// The shortest suspicion among so many nodes (`ML/util.go:70`).
    pub fn suspicion_min(&self, nodes: usize) -> Span {
        let scale = libm::floor(1000.0 * libm::log10(nodes as f64).max(1.0)) as u64;
        Span(self.probe_interval.times(u64::from(self.suspicion_mult) * scale).0 / 1000)
    }

    /// The longest.
    pub fn suspicion_max(&self, nodes: usize) -> Span {
        self.suspicion_min(nodes).times(u64::from(self.suspicion_max_mult))
    }

    /// How many others have to confirm a suspicion until it takes the shortest time (`ML/state.go:1211-1223`).
    pub fn confirmations(&self, nodes: usize) -> u32 {
        let wanted = self.suspicion_mult.saturating_sub(2);
        if nodes < wanted as usize + 2 { 0 } else { wanted }
    }

    /// How long a suspicion takes that so many others have confirmed (`ML/suspicion.go:89-100`).
    pub fn suspicion(&self, nodes: usize, confirmed: u32) -> Span {
        let (min, max) = (self.suspicion_min(nodes), self.suspicion_max(nodes));
        let wanted = self.confirmations(nodes);
        if wanted == 0 {
            return min;
        }
        let part = libm::log(f64::from(confirmed) + 1.0) / libm::log(f64::from(wanted) + 1.0);
        let millis = (max - min).0 as f64 / 1e6;
        min.max(Span::millis(libm::floor(max.0 as f64 / 1e6 - part * millis).max(0.0) as u64))
    }

    /// Between two exchanges of what is known of so many nodes (`ML/util.go:95-103`).
    pub fn push_pull(&self, nodes: usize) -> Span {
        let scale = if nodes <= 32 { 1.0 } else { libm::ceil(libm::log2(nodes as f64) - 5.0) + 1.0 };
        self.push_pull.times(scale as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_suspicions_are_those_of_the_sheet() {
        let rules = Rules::default();
        assert_eq!([3, 9, 10, 99, 100, 1000].map(|n| rules.retransmit_limit(n)), [4, 4, 8, 8, 12, 16]);
        assert_eq!([3, 20, 100].map(|n| rules.suspicion_min(n)), [4000, 5204, 8000].map(Span::millis));
        assert_eq!([2, 3, 4, 1000].map(|n| rules.confirmations(n)), [0, 0, 2, 2]);
        assert_eq!([0, 1, 2].map(|c| rules.suspicion(5, c)), [24_000, 11_381, 4000].map(Span::millis));
        assert_eq!([32, 100, 1000].map(|n| rules.push_pull(n)), [30, 90, 180].map(Span::secs));
    }
}
