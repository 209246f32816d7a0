//! How nodes come and go, stand still, and are cut off.

use swarmbed_scheduler::{NodeId, SimTime, Span};

use super::hearsay::{Note, Word};
use super::{Around, Due, Gossip, NetworkId, Phases, Power, Probing, ticks};

/// How long a node that leaves tells so at most (`LN/broadcast.go:11`).
const FAREWELL: Span = Span::secs(5);
/// How often a node that has just started tries to join others, before it does so each minute only (`LN/cluster.go:284-338`).
const TRIES: u32 = 10;

impl Gossip {
    /// At time 0 these nodes have been up for long, know each other, have joined by way of these contacts, and are on these
    /// networks.
    pub fn found(&mut self, nodes: &[NodeId], contacts: &[NodeId], networks: &[(NetworkId, &[NodeId])]) {
        for node in nodes {
            let row = &mut self.rows[node.index()];
            (row.power, row.founder, row.contacts) = (Power::On, true, contacts.to_vec());
        }
        for (network, members) in networks {
            let mut members = members.to_vec();
            members.sort_unstable();
            members.iter().for_each(|node| _ = self.rows[node.index()].networks.insert(*network));
            let of = self.networks.entry(*network).or_default();
            (of.members, of.ever, of.from_start) = (members.len(), members.clone(), members);
        }
        self.founders = nodes.len();
        if nodes.len() < self.rows.len() {
            let outsiders: Vec<NodeId> = self.ids().filter(|node| !nodes.contains(node)).collect();
            for node in nodes {
                self.rows[node.index()].order.leave_out(&outsiders);
            }
        }
        if !self.elides {
            for node in nodes {
                self.wake_prober(*node, SimTime::ZERO);
                self.wake_rounds(*node, SimTime::ZERO);
            }
            self.wake_sweeps(SimTime::ZERO);
        }
    }

    /// Whether a node was there from the start.
    pub(super) fn founded(&self, node: NodeId) -> bool {
        self.rows[node.index()].founder
    }

    /// A daemon starts on a node, with a new identity, and tries to join these: at once, each second until it knows somebody,
    /// for 10 s, and later each minute. It knows nobody and is on no network.
    pub fn boot(&mut self, now: SimTime, node: NodeId, contacts: &[NodeId], around: &impl Around) {
        if self.rows[node.index()].power != Power::Off {
            self.crash(now, node, around);
        }
        let row = &mut self.rows[node.index()];
        row.life += 1;
        (row.power, row.knows_start) = (Power::On, false);
        row.version = u64::from(row.life) << 32;
        row.phases = Phases::of_start(now);
        row.contacts = contacts.to_vec();
        (row.probed, row.clock, row.score, row.reconnect_at) = (0, 0, 0, SimTime::ZERO);
        (row.rounds, row.reconnects, row.probing) = (false, false, Probing::Quiet);
        row.order.begin_life(row.life);
        let life = row.life;
        self.sweeps_are_stale(now);
        self.agenda.schedule(now, Due::Bootstrap { node, life, tries: 0 });
        if !self.elides {
            self.wake_prober(node, now);
            self.wake_rounds(node, now);
        }
        self.returned(node, now, around);
    }

    /// A node that has just started looks for others (`LN/cluster.go:284-338`); later, it does each minute.
    pub(super) fn bootstrap(
        &mut self,
        node: NodeId,
        life: u32,
        tries: u32,
        now: SimTime,
        around: &impl Around,
    ) {
        let row = &self.rows[node.index()];
        if row.life != life || row.power == Power::Off {
            return;
        }
        if self.ids().any(|other| other != node && self.has_member(node, other)) {
            return;
        }
        self.join_contacts(node, now, around);
        if tries < TRIES {
            self.agenda.schedule(now + self.rules.reconnect, Due::Bootstrap { node, life, tries: tries + 1 });
        }
    }

    /// A node is lost, with all that it knows. Nobody is told.
    pub fn crash(&mut self, now: SimTime, node: NodeId, around: &impl Around) {
        if self.rows[node.index()].power == Power::Off {
            return;
        }
        let networks = std::mem::take(&mut self.rows[node.index()].networks);
        networks.iter().for_each(|network| self.networks.entry(*network).or_default().members -= 1);
        self.rows[node.index()].power = Power::Off;
        self.clear_table(node, None, now);
        let row = &mut self.rows[node.index()];
        row.views.clear();
        row.attached.clear();
        row.notes.clear();
        row.queues.clear();
        row.unsynced.clear();
        row.troubles.clear();
        row.probing = Probing::Quiet;
        row.probes += 1;
        row.knows_start = false;
        self.close_known();
        self.sweeps_are_stale(now);
        self.ids().for_each(|other| self.watch(other, node, now, around));
    }

    /// A daemon stops: it tells that it leaves, and then goes.
    pub fn leave(&mut self, now: SimTime, node: NodeId) {
        let row = &mut self.rows[node.index()];
        if row.power != Power::On {
            return;
        }
        row.power = Power::Leaving;
        let (version, life) = (row.version, row.life);
        self.tell(node, Note { about: node, word: Word::Left, version, from: node }, now);
        self.agenda.schedule(now + FAREWELL, Due::Leave { node, life });
        self.doubt(now);
    }

    pub(super) fn left(&mut self, node: NodeId, life: u32, now: SimTime, around: &impl Around) {
        let row = &self.rows[node.index()];
        if row.life == life && row.power == Power::Leaving {
            self.crash(now, node, around);
        }
    }

    /// A node stands still, with everything in its memory.
    pub fn freeze(&mut self, now: SimTime, node: NodeId, around: &impl Around) {
        if self.rows[node.index()].power != Power::On {
            return;
        }
        self.prober_catches_up(node, now);
        let row = &mut self.rows[node.index()];
        row.power = Power::Frozen;
        row.probing = Probing::Quiet;
        row.probes += 1;
        self.ids().for_each(|other| self.watch(other, node, now, around));
    }

    /// It goes on: timers that have run out go off now.
    pub fn thaw(&mut self, now: SimTime, node: NodeId, around: &impl Around) {
        let interval = self.rules.probe_interval;
        let row = &mut self.rows[node.index()];
        if row.power != Power::Frozen {
            return;
        }
        row.power = Power::On;
        row.probed = ticks(row.phases.probe, interval, now);
        self.wake_rounds(node, now);
        let suspects: Vec<NodeId> = self.rows[node.index()].views.keys().copied().collect();
        suspects.into_iter().for_each(|subject| self.suspicion(node, subject, now, around));
        if !self.elides {
            self.wake_prober(node, now);
        }
        self.returned(node, now, around);
    }

    /// The links have changed.
    pub fn disturbed(&mut self, now: SimTime, around: &impl Around) {
        for node in self.ids() {
            self.ids().for_each(|other| self.watch(node, other, now, around));
            self.seek(node, false, now, around);
        }
        self.doubt(now);
    }

    /// A node is there again, or another one.
    fn returned(&mut self, node: NodeId, now: SimTime, around: &impl Around) {
        for other in self.ids() {
            self.watch(node, other, now, around);
            self.watch(other, node, now, around);
            self.seek(other, false, now, around);
        }
        self.doubt(now);
    }

    fn sweeps_are_stale(&mut self, now: SimTime) {
        self.bulk.is_stale();
        self.push.is_stale();
        self.rejoin.is_stale();
        self.sweep_if_due(now);
    }
}
