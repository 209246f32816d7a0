//! Rounds of gossip: every 200 ms a node tells a few others what it has to tell (`ML/state.go:588-650`, `LN/cluster.go:455-531`).

use swarmbed_scheduler::{NodeId, SimTime};

use super::draws::Draws;
use super::{Around, Due, Gossip, Holds, NetworkId, Power, numbered, ticks};

impl Gossip {
    /// A node has something to tell.
    pub(super) fn wake_rounds(&mut self, node: NodeId, now: SimTime) {
        let interval = self.rules.gossip_interval;
        let row = &mut self.rows[node.index()];
        if row.rounds || row.power == Power::Off {
            return;
        }
        row.rounds = true;
        let at = row.phases.round + interval.times(ticks(row.phases.round, interval, now));
        self.agenda.schedule(at, Due::Round { node, life: row.life });
    }

    pub(super) fn round(&mut self, node: NodeId, life: u32, now: SimTime, around: &impl Around) {
        if self.rows[node.index()].life != life {
            return;
        }
        let row = &mut self.rows[node.index()];
        row.rounds = false;
        if !matches!(row.power, Power::On | Power::Leaving) {
            return;
        }
        let tick = ticks(row.phases.round, self.rules.gossip_interval, now);
        let draws = row.draws.round;
        if !row.notes.is_empty() {
            self.tell_notes(node, Draws::of(draws, numbered(life, tick)), now, around);
        }
        let mut queues = std::mem::take(&mut self.rows[node.index()].queues);
        for (network, queue) in &mut queues {
            if self.elides {
                queue.retain(|slot| self.open.contains(slot));
            }
            if queue.is_empty() {
                continue;
            }
            let members = self.networks.get(network).map_or(0, |n| n.members);
            let mut packet = std::mem::take(&mut self.scratch.records);
            let limit = self.rules.retransmit_limit(members);
            queue.take(self.rules.records_per_packet as usize, limit, &mut packet);
            // A choice for each network, of numbers that no tick has.
            let choice = numbered(life, tick) ^ (u64::from(network.0) + 1).rotate_right(20);
            self.tell_records(node, *network, &packet, Draws::of(draws, choice), now, around);
            self.scratch.records = packet;
        }
        let row = &mut self.rows[node.index()];
        row.queues = queues;
        let more = !row.notes.is_empty() || row.queues.iter().any(|(_, queue)| !queue.is_empty());
        if row.power == Power::Leaving && row.notes.is_empty() {
            self.left(node, life, now, around);
        } else if more || !self.elides {
            self.wake_rounds(node, now);
        }
    }

    /// To each of a few nodes a packet of its own, which counts as one telling of what is in it.
    fn tell_notes(&mut self, node: NodeId, mut draws: Draws, now: SimTime, around: &impl Around) {
        let mut chosen = std::mem::take(&mut self.scratch.chosen);
        let mut packet = std::mem::take(&mut self.scratch.notes);
        let will_do = |other: usize| {
            let other = NodeId(other as u32);
            other != node && self.gossips_to(node, other, now)
        };
        draws.choose(self.rules.gossip_nodes as usize, self.rows.len(), will_do, &mut chosen);
        let limit = self.rules.retransmit_limit(self.estimate(node, now));
        for to in chosen.iter().map(|other| NodeId(*other as u32)) {
            let room = self.rules.notes_per_packet as usize;
            self.rows[node.index()].notes.take(room, limit, &mut packet);
            let bits = draws.bits();
            let Some(takes) = around.packet(node, to, bits).filter(|_| self.is_on(to)) else { continue };
            for note in packet.iter().copied() {
                if !self.is_stale(to, &note) {
                    let mail = self.mail.insert(note);
                    self.agenda.schedule(now + takes, Due::Note { to, mail });
                }
            }
        }
        if chosen.is_empty() && self.ids().all(|other| other == node || self.view(node, other).0.is_none()) {
            self.rows[node.index()].notes.clear(); // nobody to tell
        }
        (self.scratch.chosen, self.scratch.notes) = (chosen, packet);
    }

    /// The dead are told for a while too: they may not be.
    fn gossips_to(&self, node: NodeId, other: NodeId, now: SimTime) -> bool {
        match self.view(node, other).0 {
            Some(Holds::Alive | Holds::Suspect) => true,
            Some(_) => {
                let since = self.rows[node.index()].views.get(&other).map(|s| s.since);
                since.is_some_and(|since| since + self.rules.gossip_to_dead > now)
            }
            None => false,
        }
    }

    /// The same packet to a few nodes of the network.
    fn tell_records(
        &mut self,
        node: NodeId,
        network: NetworkId,
        packet: &[u32],
        mut draws: Draws,
        now: SimTime,
        around: &impl Around,
    ) {
        let Some(ever) = self.networks.get(&network).map(|n| &n.ever) else { return };
        let mut chosen = std::mem::take(&mut self.scratch.chosen);
        let will_do = |at: usize| ever[at] != node && self.has_attached(node, ever[at], network);
        draws.choose(self.rules.gossip_nodes as usize, ever.len(), will_do, &mut chosen);
        for to in chosen.iter().map(|at| ever[*at]) {
            let bits = draws.bits();
            let Some(takes) = around.packet(node, to, bits).filter(|_| self.is_on(to)) else { continue };
            for slot in packet.iter().copied() {
                let stamp = self.has(node, slot);
                // A copy to somebody who has it already changes nothing.
                if stamp > self.has(to, slot) {
                    self.agenda.schedule(now + takes, Due::Record { to, slot, stamp, synced: false });
                }
            }
        }
        self.scratch.chosen = chosen;
    }
}
