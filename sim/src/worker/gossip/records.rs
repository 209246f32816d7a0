//! NetworkDB's tables: records of networks, each with one owner, and who is on what network (`LN/delegate.go`, `LN/networkdb.go`).
//!
//! A stamp says which version of a record a node has: the owner's life, its Lamport time, and the record's state. It grows
//! with each version; 0 is nothing. One place in every table is one record.

use swarmbed_scheduler::{NodeId, SimTime, Span};

use super::hearsay::{Note, Word, life_of};
use super::queue::Queue;
use super::rules::FailedEntries;
use super::{Around, Due, Gossip, Heard, Holds, Key, NetworkId, News, Power, State};

/// A network, as it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Network {
    /// Who has ever been on it, in that order.
    pub(super) ever: Vec<NodeId>,
    /// How many are on it, failed ones too.
    pub(super) members: usize,
    /// Whether it was there from the start: then who was on it, ascending.
    pub(super) from_start: Vec<NodeId>,
}

/// What a place in the tables is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) network: NetworkId,
    pub(super) key: Key,
    pub(super) owner: NodeId,
    /// What its owner has published last.
    pub(super) stamp: u64,
    /// How many have taken that.
    reached: u32,
    /// How many tables have anything of it.
    holders: u32,
}

/// How long a place that nobody uses is not used again, so that nothing on its way is taken for something else.
const REST: Span = Span::secs(60);

fn stamped(life: u32, clock: u64, state: State) -> u64 {
    let state = match state {
        State::Enabled => 1,
        State::Disabled => 2,
        State::Deleted => 3,
    };
    u64::from(life) << 44 | clock << 2 | state
}

fn state_of(stamp: u64) -> State {
    match stamp & 3 {
        1 => State::Enabled,
        2 => State::Disabled,
        _ => State::Deleted,
    }
}

fn life_of_stamp(stamp: u64) -> u32 {
    (stamp >> 44) as u32
}

fn clock_of(stamp: u64) -> u64 {
    (stamp & ((1 << 44) - 1)) >> 2
}

impl Gossip {
    /// The version of a record that a node has.
    pub(super) fn has(&self, node: NodeId, slot: u32) -> u64 {
        self.rows[node.index()].table.get(slot as usize).copied().unwrap_or(0)
    }

    fn set(&mut self, node: NodeId, slot: u32, stamp: u64, now: SimTime) {
        let table = &mut self.rows[node.index()].table;
        if table.len() <= slot as usize {
            table.resize(self.records.len(), 0);
        }
        let before = std::mem::replace(&mut table[slot as usize], stamp);
        let record = &mut self.records[slot as usize];
        record.holders += u32::from(stamp != 0);
        record.holders -= u32::from(before != 0);
        if record.holders == 0 {
            let Record { network, key, owner, .. } = *record;
            record.stamp = 0;
            self.open.remove(&slot);
            self.index.remove(&(network, key, owner));
            self.rows[owner.index()].owned.retain(|other| *other != slot);
            self.free.push_back((now, slot));
        }
    }

    /// What a node would use of a record.
    pub(super) fn visible(&self, node: NodeId, slot: u32) -> State {
        let stamp = self.has(node, slot);
        let owner = self.records[slot as usize].owner;
        if stamp == 0 || (owner != node && !self.has_member(node, owner)) {
            return State::Deleted;
        }
        state_of(stamp)
    }

    fn report(&mut self, node: NodeId, slot: u32, before: State) {
        self.report_as(node, slot, before, self.visible(node, slot));
    }

    /// A node's agent writes a record of its own. Nothing happens if the node is off or not on the network.
    pub fn publish(&mut self, now: SimTime, node: NodeId, network: NetworkId, key: Key, state: State) {
        let row = &mut self.rows[node.index()];
        if !matches!(row.power, Power::On) || !row.networks.contains(&network) {
            return;
        }
        row.clock += 1;
        let stamp = stamped(row.life, row.clock, state);
        let slot = self.slot(network, key, node, now);
        let before = self.visible(node, slot);
        self.set(node, slot, stamp, now);
        let record = &mut self.records[slot as usize];
        (record.stamp, record.reached) = (stamp, 1);
        self.open.insert(slot);
        self.report(node, slot, before);
        self.tell_record(node, slot, false, now);
        self.wake_sweeps(now);
        if state == State::Deleted {
            self.agenda.schedule(now + self.rules.tombstone, Due::Forget { slot, stamp });
        }
        self.close_if_known(slot);
    }

    /// The place of a record.
    fn slot(&mut self, network: NetworkId, key: Key, owner: NodeId, now: SimTime) -> u32 {
        if let Some(slot) = self.index.get(&(network, key, owner)) {
            return *slot;
        }
        let record = Record { network, key, owner, stamp: 0, reached: 0, holders: 0 };
        let slot = match self.free.front() {
            Some((since, slot)) if *since + REST < now => {
                let slot = *slot;
                self.free.pop_front();
                self.records[slot as usize] = record;
                slot
            }
            _ => {
                self.records.push(record);
                self.records.len() as u32 - 1
            }
        };
        self.index.insert((network, key, owner), slot);
        self.rows[owner.index()].owned.push(slot);
        slot
    }

    fn tell_record(&mut self, node: NodeId, slot: u32, relayed: bool, now: SimTime) {
        let network = self.records[slot as usize].network;
        let relayed = relayed && self.rules.own_first;
        self.queue(node, network).put(slot, relayed, |other| *other == slot);
        self.wake_rounds(node, now);
    }

    fn queue(&mut self, node: NodeId, network: NetworkId) -> &mut Queue<u32> {
        let queues = &mut self.rows[node.index()].queues;
        let at = queues.iter().position(|(of, _)| *of == network).unwrap_or_else(|| {
            queues.push((network, Queue::new()));
            queues.len() - 1
        });
        &mut queues[at].1
    }

    /// A record has arrived (`LN/delegate.go:144-226`).
    pub(super) fn apply(&mut self, to: NodeId, slot: u32, stamp: u64, synced: bool, now: SimTime) {
        let Record { network, owner, stamp: newest, .. } = self.records[slot as usize];
        let row = &self.rows[to.index()];
        if row.power != Power::On || !row.networks.contains(&network) || !self.takes_from(to, owner, network)
        {
            return;
        }
        // A new daemon is another owner.
        let of_old = life_of_stamp(stamp) != life_of(self.view(to, owner).1);
        let known = self.has(to, slot);
        if of_old || stamp <= known || stamp > newest {
            return;
        }
        let before = self.visible(to, slot);
        self.set(to, slot, stamp, now);
        let row = &mut self.rows[to.index()];
        row.clock = row.clock.max(clock_of(stamp));
        self.report(to, slot, before);
        let many = self.queue(to, network).len() > self.rules.bulk_sync_relay_limit;
        let is_late_delete = known == 0 && state_of(stamp) == State::Deleted && !synced;
        let is_too_much = synced && many;
        if !is_late_delete && !is_too_much {
            self.tell_record(to, slot, true, now);
        }
        if stamp == newest {
            let record = &mut self.records[slot as usize];
            record.reached += 1;
            let (reached, members) = (record.reached as usize, self.networks[&network].members);
            if reached >= members {
                self.close_if_known(slot);
            }
        }
    }

    /// Whether a node would take a record of that owner: it has to know it on the network.
    fn takes_from(&self, node: NodeId, owner: NodeId, network: NetworkId) -> bool {
        let is_known = owner != node && self.attachment(node, owner, network).1;
        is_known && (self.has_member(node, owner) || self.keeps_failed(node, owner))
    }

    fn keeps_failed(&self, node: NodeId, owner: NodeId) -> bool {
        let hides = self.rules.failed_entries == FailedEntries::Hidden;
        hides && self.view(node, owner).0 == Some(Holds::Failed)
    }

    /// Whether everybody on its network has a record's last version, or never will since its owner is gone and held for
    /// gone. `ever` counts those, too, who will not as long as they do not see the owner.
    fn is_known(&self, slot: u32, ever: bool) -> bool {
        let Record { network, owner, stamp, .. } = self.records[slot as usize];
        let Some(members) = self.networks.get(&network) else { return true };
        let lives = self.lives(slot);
        members.ever.iter().all(|node| {
            let row = &self.rows[node.index()];
            let matters = row.power != Power::Off && row.networks.contains(&network);
            let never = *node != owner && (ever || !lives) && !self.has_attached(*node, owner, network);
            !matters || self.has(*node, slot) >= stamp || never
        })
    }

    /// Whether a record's owner is there.
    fn lives(&self, slot: u32) -> bool {
        let Record { network, owner, stamp, .. } = self.records[slot as usize];
        let of = &self.rows[owner.index()];
        of.power != Power::Off && of.life == life_of_stamp(stamp) && of.networks.contains(&network)
    }

    /// A record that everybody has need not be told any more.
    pub(super) fn close_if_known(&mut self, slot: u32) {
        if self.open.contains(&slot) && self.is_known(slot, false) {
            self.open.remove(&slot);
        }
    }

    /// The same for all.
    pub(super) fn close_known(&mut self) {
        let known: Vec<u32> = self.open.iter().copied().filter(|slot| self.is_known(*slot, false)).collect();
        known.iter().for_each(|slot| _ = self.open.remove(slot));
    }

    /// Whether somebody lacks a record who would take it.
    pub(super) fn is_wanted(&self) -> bool {
        self.open.iter().any(|slot| !self.is_known(*slot, true))
    }

    /// Whether every record is with everybody who would take it.
    pub(super) fn all_known(&self) -> bool {
        let used = |slot: &u32| self.records[*slot as usize].stamp != 0;
        (0..self.records.len() as u32).filter(used).all(|slot| self.is_known(slot, true))
    }

    /// A node drops another's records, of one network or all. Before it changes its mind on the owner.
    pub(super) fn drop_records(&mut self, node: NodeId, owner: NodeId, of: Option<NetworkId>, now: SimTime) {
        for slot in self.rows[owner.index()].owned.clone() {
            let matters = of.is_none_or(|of| self.records[slot as usize].network == of);
            if matters && self.has(node, slot) != 0 {
                let before = self.visible(node, slot);
                self.report_as(node, slot, before, State::Deleted);
                self.set(node, slot, 0, now);
                self.reopen(slot);
            }
        }
    }

    /// Somebody lacks a record now.
    fn reopen(&mut self, slot: u32) {
        if self.records[slot as usize].stamp != 0 && self.lives(slot) {
            self.open.insert(slot);
        }
    }

    /// A node hides the records of another whom it is about to hold for failed.
    pub(super) fn hide_records(&mut self, node: NodeId, owner: NodeId) {
        for slot in self.rows[owner.index()].owned.clone() {
            let before = self.visible(node, slot);
            self.report_as(node, slot, before, State::Deleted);
        }
    }

    /// A node sees another alive again, and what it has hidden is there again.
    pub(super) fn reveal_records(&mut self, node: NodeId, owner: NodeId) {
        for slot in self.rows[owner.index()].owned.clone() {
            let state = self.visible(node, slot);
            self.report_as(node, slot, State::Deleted, state);
        }
    }

    /// A node's view of another has changed: perhaps nobody lacks its records any more.
    pub(super) fn close_records_of(&mut self, owner: NodeId) {
        if !self.open.is_empty() {
            self.rows[owner.index()].owned.clone().into_iter().for_each(|slot| self.close_if_known(slot));
        }
    }

    /// A node loses all that it has, without any news.
    pub(super) fn clear_table(&mut self, node: NodeId, of: Option<NetworkId>, now: SimTime) {
        for slot in 0..self.rows[node.index()].table.len() as u32 {
            let matters = of.is_none_or(|of| self.records[slot as usize].network == of);
            if matters && self.has(node, slot) != 0 {
                self.set(node, slot, 0, now);
            }
        }
    }

    /// A deleted record is forgotten by whoever has heard that it was deleted.
    pub(super) fn forget(&mut self, slot: u32, stamp: u64, now: SimTime) {
        for node in self.ids() {
            if self.has(node, slot) == stamp {
                self.set(node, slot, 0, now);
            }
        }
    }

    /// What a node knows of another's being on a network: a stamp, 0 for nothing, and whether it is.
    pub(super) fn attachment(&self, node: NodeId, other: NodeId, network: NetworkId) -> (u64, bool) {
        let row = &self.rows[node.index()];
        let from_start = || {
            let is_old = |n: &Network| n.from_start.binary_search(&other).is_ok();
            let is_old = row.founder && row.knows_start && self.networks.get(&network).is_some_and(is_old);
            (u64::from(is_old), is_old)
        };
        match row.attached.is_empty() {
            true => from_start(),
            false => row.attached.get(&(network, other)).copied().unwrap_or_else(from_start),
        }
    }

    /// Whether a node would gossip to another on a network.
    pub(super) fn has_attached(&self, node: NodeId, other: NodeId, network: NetworkId) -> bool {
        self.attachment(node, other, network).1 && self.has_member(node, other)
    }

    /// A node forgets on what networks another is.
    pub(super) fn forget_networks(&mut self, node: NodeId, other: NodeId) {
        let known = |network: &NetworkId| self.attachment(node, other, *network).0 != 0;
        let known: Vec<NetworkId> = self.networks.keys().copied().filter(known).collect();
        for network in known {
            self.rows[node.index()].attached.insert((network, other), (0, false));
        }
    }

    /// A message that a node is on a network, or not any more (`LN/delegate.go:76-142`).
    pub(super) fn hear_attached(
        &mut self,
        at: NodeId,
        network: NetworkId,
        note: Note,
        joined: bool,
        now: SimTime,
        around: &impl Around,
    ) {
        let other = note.about;
        let known = self.has_member(at, other) || self.keeps_failed(at, other);
        let same_life = life_of(self.view(at, other).1) == attachment_life(note.version);
        if other == at || !known || !same_life || self.is_stale(at, &note) {
            return;
        }
        if !joined {
            self.drop_records(at, other, Some(network), now);
        }
        self.rows[at.index()].attached.insert((network, other), (note.version, joined));
        self.close_records_of(other);
        self.tell(at, note, now);
        if joined
            && self.rows[at.index()].unsynced.contains(&network)
            && self.exchange(at, other, now, around)
        {
            self.rows[at.index()].unsynced.remove(&network);
        }
    }

    /// A node joins a network: it says so, and asks all that it knows there for their records (`LN/networkdb.go:796`). Nothing
    /// happens if it is off.
    pub fn join_network(&mut self, now: SimTime, node: NodeId, network: NetworkId, around: &impl Around) {
        let row = &mut self.rows[node.index()];
        if row.power != Power::On || !row.networks.insert(network) {
            return;
        }
        let of = self.networks.entry(network).or_default();
        of.members += 1;
        if !of.ever.contains(&node) {
            of.ever.push(node);
        }
        self.announce(node, network, true, now);
        for slot in 0..self.records.len() as u32 {
            if self.records[slot as usize].network == network {
                self.reopen(slot);
            }
        }
        let others: Vec<NodeId> = self.networks[&network].ever.clone();
        self.doubt(now);
        let mut synced = false;
        for other in others.into_iter().filter(|other| *other != node) {
            if self.has_attached(node, other, network) {
                synced |= self.exchange(node, other, now, around);
            }
        }
        if !synced {
            self.rows[node.index()].unsynced.insert(network);
        }
    }

    /// A node leaves a network, with its records there.
    pub fn leave_network(&mut self, now: SimTime, node: NodeId, network: NetworkId) {
        if self.rows[node.index()].power != Power::On || !self.rows[node.index()].networks.remove(&network) {
            return;
        }
        self.networks.entry(network).or_default().members -= 1;
        self.announce(node, network, false, now);
        self.clear_table(node, Some(network), now);
        self.rows[node.index()].queues.retain(|(of, _)| *of != network);
        self.rows[node.index()].unsynced.remove(&network);
        self.close_known();
        self.doubt(now);
    }

    fn announce(&mut self, node: NodeId, network: NetworkId, joined: bool, now: SimTime) {
        let row = &mut self.rows[node.index()];
        row.clock += 1;
        let version = u64::from(row.life) << 40 | (row.clock + 1); // 1 is from the start
        row.attached.insert((network, node), (version, joined));
        let word = if joined { Word::Joined(network) } else { Word::Parted(network) };
        self.tell(node, Note { about: node, word, version, from: node }, now);
    }

    fn report_as(&mut self, node: NodeId, slot: u32, before: State, state: State) {
        if state != before {
            let Record { network, key, owner, .. } = self.records[slot as usize];
            self.news.push_back(News::Heard(Heard { node, network, key, owner, state }));
        }
    }
}

/// The life that says on which network it is.
fn attachment_life(version: u64) -> u32 {
    (version >> 40) as u32
}
