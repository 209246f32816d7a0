//! What repairs lost gossip, over TCP: exchanges of records (`LN/cluster.go:533-750`), exchanges of what is known of nodes
//! (`ML/state.go:652-740`, `LN/networkdbdelegate.go`), and attempts to reach failed nodes (`LN/cluster.go:284-369`).
//!
//! Regular exchanges are played while somebody lacks a record, or while nodes may disagree; a look at all of them ends that.

use swarmbed_scheduler::{NodeId, SimTime, Span};

use super::draws::Draws;
use super::hearsay::{Note, Standing, Word};
use super::{Around, Due, Gossip, Holds, NetworkId, Power, Row, numbered, ticks};

/// Whose regular exchange is next: one event for all nodes.
#[derive(Clone, Debug, Default)]
pub(super) struct Sweep {
    period: Span,
    /// Nodes by when in a period their tickers tick.
    phases: Vec<(Span, NodeId)>,
    /// When the next of them ticks, if anybody waits for that.
    next: Option<SimTime>,
}

impl Sweep {
    /// Nodes have come or gone.
    pub(super) fn is_stale(&mut self) {
        self.phases.clear();
        self.next = None;
    }

    fn renew(&mut self, period: Span, rows: &[Row], phase: impl Fn(&Row) -> SimTime) {
        self.period = period;
        self.phases.clear();
        for (id, row) in rows.iter().enumerate().filter(|(_, row)| row.power != Power::Off) {
            self.phases.push((Span(phase(row).0 % period.0), NodeId(id as u32)));
        }
        self.phases.sort_unstable();
    }

    /// The first tick after a time, or at it.
    fn from(&self, time: SimTime) -> Option<SimTime> {
        let into = Span(time.0 % self.period.0);
        let next = self.phases.partition_point(|(phase, _)| *phase < into);
        let (first, _) = self.phases.first()?;
        let wait = self.phases.get(next).map_or(*first + self.period - into, |(phase, _)| *phase - into);
        Some(time + wait)
    }

    /// Whose tickers tick at a time.
    fn at(&self, time: SimTime) -> impl Iterator<Item = NodeId> {
        let into = Span(time.0 % self.period.0);
        let from = self.phases.partition_point(|(phase, _)| *phase < into);
        self.phases[from..].iter().take_while(move |(phase, _)| *phase == into).map(|(_, node)| *node)
    }
}

impl Gossip {
    /// Something has happened after which nodes may disagree for longer than a rumour takes.
    pub(super) fn doubt(&mut self, now: SimTime) {
        if !self.doubt {
            self.doubt = true;
            self.checked = now;
        }
        self.wake_sweeps(now);
    }

    pub(super) fn wake_sweeps(&mut self, now: SimTime) {
        let rules = self.rules;
        let mut wake = |sweep: &mut Sweep, period: Span, phase: fn(&Row) -> SimTime, due: Due| {
            if period == Span::ZERO || sweep.next.is_some() {
                return;
            }
            if sweep.phases.is_empty() {
                sweep.renew(period, &self.rows, phase);
            }
            sweep.next = sweep.from(now + Span(1));
            if let Some(at) = sweep.next {
                self.agenda.schedule(at, due);
            }
        };
        wake(&mut self.bulk, rules.bulk_sync, |row| row.phases.bulk, Due::Bulk);
        wake(&mut self.rejoin, rules.rejoin, |row| row.phases.rejoin, Due::Rejoin);
        let on = self.rows.iter().filter(|row| row.power != Power::Off).count();
        wake(&mut self.push, rules.push_pull(on.max(1)), |row| row.phases.push, Due::Push);
    }

    /// Goes on with the exchanges, unless there is nothing left to repair.
    fn go_on(&mut self, now: SimTime, around: &impl Around) {
        let longest = self.bulk.period.max(self.push.period).max(self.rejoin.period);
        if self.checked + longest <= now {
            self.checked = now;
            self.close_known();
            self.doubt = self.doubt && !self.agree(around);
        }
        self.sweep_if_due(now);
    }

    /// The exchanges go on as long as somebody may lack something.
    pub(super) fn sweep_if_due(&mut self, now: SimTime) {
        if self.doubt || self.is_wanted() || !self.elides {
            self.wake_sweeps(now);
        }
    }

    /// Whether exchanges would change nothing: nobody is suspect, and nobody lacks a record; nodes that can talk take the
    /// same nodes for alive, which are, and know on what networks they are.
    fn agree(&self, around: &impl Around) -> bool {
        self.all_known() && self.ids().all(|subject| self.agree_on(subject, around))
    }

    fn agree_on(&self, subject: NodeId, around: &impl Around) -> bool {
        let talk = |a: NodeId, b: NodeId| around.stream(a, b).is_some();
        let row = &self.rows[subject.index()];
        let knows = |observer: NodeId| {
            let mut networks = row.networks.iter();
            self.view(observer, subject) == (Some(Holds::Alive), row.version)
                && networks
                    .all(|n| self.attachment(observer, subject, *n) == self.attachment(subject, subject, *n))
        };
        let others = self.ids().filter(|other| *other != subject && self.is_on(*other));
        let (mut with, without): (Vec<NodeId>, Vec<NodeId>) =
            others.partition(|o| self.has_member(*o, subject));
        if with.iter().any(|observer| self.view(*observer, subject).0 == Some(Holds::Suspect)) {
            return false;
        }
        if row.power != Power::On {
            return with.is_empty();
        }
        if with.iter().any(|observer| talk(*observer, subject) && !knows(*observer)) {
            return false;
        }
        with.push(subject);
        without.iter().all(|a| with.iter().all(|b| !talk(*a, *b)))
    }

    /// Some nodes' regular exchange: for each network with a random other on it, or with a second one if the first cannot be
    /// had.
    pub(super) fn bulk_sync(&mut self, now: SimTime, around: &impl Around) {
        if self.bulk.next != Some(now) {
            return;
        }
        self.bulk.next = None;
        let nodes: Vec<NodeId> = self.bulk.at(now).collect();
        for node in nodes {
            let row = &self.rows[node.index()];
            if row.power != Power::On {
                continue;
            }
            let tick = numbered(row.life, ticks(row.phases.bulk, self.rules.bulk_sync, now));
            let networks: Vec<NetworkId> = row.networks.iter().copied().collect();
            let stream = row.draws.sync;
            for network in networks {
                let ever = &self.networks[&network].ever;
                let choice = tick ^ (u64::from(network.0) + 1).rotate_right(20);
                let will_do = |at: usize| ever[at] != node && self.has_attached(node, ever[at], network);
                let mut chosen = Vec::new();
                Draws::of(stream, choice).choose(2, ever.len(), will_do, &mut chosen);
                let chosen: Vec<NodeId> = chosen.iter().map(|at| ever[*at]).collect();
                let _ = chosen.into_iter().any(|other| self.exchange(node, other, now, around));
            }
        }
        self.go_on(now, around);
    }

    /// A node sends all its records of networks in common to another, which answers with its own. Whether that can be had.
    pub(super) fn exchange(
        &mut self,
        node: NodeId,
        other: NodeId,
        now: SimTime,
        around: &impl Around,
    ) -> bool {
        let Some(takes) = around.stream(node, other).filter(|_| self.is_on(other)) else { return false };
        self.send_records(node, other, now, around);
        match self.is_idle() {
            true => self.send_records(other, node, now, around),
            false => self.agenda.schedule(now + takes, Due::Answer { from: other, to: node }),
        }
        true
    }

    /// Whether an exchange is only played because every one is. It changes nothing then, nor does it carry what happens while
    /// it is under way: one that is left out could not.
    fn is_idle(&self) -> bool {
        !self.elides && !self.doubt && !self.is_wanted()
    }

    pub(super) fn send_records(&mut self, from: NodeId, to: NodeId, now: SimTime, around: &impl Around) {
        let Some(takes) = around.stream(from, to).filter(|_| self.is_on(from) && self.is_on(to)) else {
            return;
        };
        for slot in 0..self.rows[from.index()].table.len() as u32 {
            let stamp = self.has(from, slot);
            if stamp > self.has(to, slot) {
                self.agenda.schedule(now + takes, Due::Record { to, slot, stamp, synced: true });
            }
        }
    }

    /// Some nodes' regular exchange of what they know of nodes.
    pub(super) fn push_pull(&mut self, now: SimTime, around: &impl Around) {
        if self.push.next != Some(now) {
            return;
        }
        self.push.next = None;
        let nodes: Vec<NodeId> = self.push.at(now).collect();
        for node in nodes {
            let row = &self.rows[node.index()];
            if row.power != Power::On {
                continue;
            }
            let tick = numbered(row.life, ticks(row.phases.push, self.push.period, now));
            let alive = |at: usize| self.view(node, NodeId(at as u32)).0 == Some(Holds::Alive);
            let choice = tick ^ 1 << 63;
            let chosen =
                Draws::of(row.draws.sync, choice).one(self.rows.len(), |at| at != node.index() && alive(at));
            if let Some(other) = chosen {
                self.compare(node, NodeId(other as u32), now, around);
            }
        }
        self.go_on(now, around);
    }

    /// Some nodes join their contacts once more, known or not (a quirk of `LN/cluster.go:284-338`: they are never recognised).
    pub(super) fn rejoin(&mut self, now: SimTime, around: &impl Around) {
        if self.rejoin.next != Some(now) {
            return;
        }
        self.rejoin.next = None;
        let nodes: Vec<NodeId> = self.rejoin.at(now).collect();
        nodes.into_iter().for_each(|node| self.join_contacts(node, now, around));
        self.go_on(now, around);
    }

    pub(super) fn join_contacts(&mut self, node: NodeId, now: SimTime, around: &impl Around) {
        if self.rows[node.index()].power == Power::On {
            for other in self.rows[node.index()].contacts.clone().into_iter().filter(|other| *other != node) {
                self.join(node, other, now, around);
            }
        }
    }

    /// Two nodes tell each other what they know of nodes. Whether that can be had.
    pub(super) fn compare(
        &mut self,
        node: NodeId,
        other: NodeId,
        now: SimTime,
        around: &impl Around,
    ) -> bool {
        let Some(takes) = around.stream(node, other).filter(|_| self.is_on(other)) else { return false };
        if self.is_idle() {
            self.merge(node, other, false, now, around);
            self.merge(other, node, false, now, around);
        } else {
            self.agenda.schedule(now + takes, Due::Merge { from: node, to: other, asked: true });
        }
        true
    }

    /// What one node knows of nodes has arrived at another. That somebody is dead is hearsay, and makes it a suspect only
    /// (`ML/state.go:1329-1335`).
    pub(super) fn merge(
        &mut self,
        from: NodeId,
        to: NodeId,
        asked: bool,
        now: SimTime,
        around: &impl Around,
    ) {
        if !self.is_on(from) || !self.is_on(to) {
            return;
        }
        if asked && let Some(takes) = around.stream(to, from) {
            self.agenda.schedule(now + takes, Due::Merge { from: to, to: from, asked: false });
        }
        let note = |about, word, version| Note { about, word, version, from: to };
        for subject in self.ids() {
            let (held, version) = match subject == from {
                true => (Some(Holds::Alive), self.rows[from.index()].version),
                false => self.view(from, subject),
            };
            let word = match held {
                None => continue,
                Some(Holds::Alive) => Word::Alive,
                Some(Holds::Suspect | Holds::Failed) => Word::Suspect,
                Some(Holds::Left) => Word::Left,
            };
            self.hear(to, note(subject, word, version), now, around);
        }
        let networks: Vec<NetworkId> = self.networks.keys().copied().collect();
        for network in networks {
            for other in self.networks[&network].ever.clone() {
                let (version, joined) = self.attachment(from, other, network);
                let knows = other == from || self.has_member(from, other);
                if knows && version > self.attachment(to, other, network).0 {
                    let word = if joined { Word::Joined(network) } else { Word::Parted(network) };
                    self.hear(to, note(other, word, version), now, around);
                }
            }
        }
    }

    /// A node tries to reach those that it holds for failed, one after the other, if one can be reached at all: attempts
    /// that cannot come to anything are not played. The next one is, if one has just come back (`returned`): perhaps there
    /// is nobody left to try.
    pub(super) fn seek(&mut self, node: NodeId, returned: bool, now: SimTime, around: &impl Around) {
        let row = &self.rows[node.index()];
        if row.reconnects || row.power != Power::On || self.rules.reconnect == Span::ZERO {
            return;
        }
        let (mut failed, mut reachable) = (returned, returned || !self.elides);
        for (other, _) in row.views.iter().filter(|(_, s)| s.held == Some(Holds::Failed)) {
            failed = true;
            reachable |= self.is_on(*other) && around.stream(node, *other).is_some();
        }
        if !failed {
            return;
        }
        let (interval, wait) = (self.rules.reconnect, self.rules.tcp_timeout);
        let row = &mut self.rows[node.index()];
        let next = match row.reconnect_at {
            SimTime::ZERO => {
                row.phases.reconnect + interval.times(ticks(row.phases.reconnect, interval, now))
            }
            since => since + wait.times(now.since(since).0.div_ceil(wait.0)),
        };
        row.reconnect_at = next;
        row.reconnects = reachable;
        if reachable {
            self.agenda.schedule(next, Due::Reconnect { node, life: row.life });
        }
    }

    /// An attempt to reach a failed node.
    pub(super) fn reconnect(&mut self, node: NodeId, life: u32, now: SimTime, around: &impl Around) {
        let row = &mut self.rows[node.index()];
        if row.life != life || row.power == Power::Off {
            return;
        }
        row.reconnects = false;
        if row.power != Power::On {
            return;
        }
        let tick = numbered(life, ticks(row.phases.reconnect, self.rules.reconnect, now));
        let failed = |s: &Standing| s.held == Some(Holds::Failed);
        let row = &self.rows[node.index()];
        let failed: Vec<NodeId> = row.views.iter().filter(|(_, s)| failed(s)).map(|(n, _)| *n).collect();
        let choice = Draws::of(row.draws.sync, tick ^ 1 << 62).one(failed.len(), |_| true);
        let Some(other) = choice.map(|at| failed[at]) else {
            self.rows[node.index()].reconnect_at = SimTime::ZERO;
            return;
        };
        let done = self.join(node, other, now, around);
        let wait = if done { self.rules.reconnect } else { self.rules.tcp_timeout };
        self.rows[node.index()].reconnect_at = now + wait;
        self.seek(node, false, now, around);
    }

    /// A node joins another's cluster: they tell each other what they know and what records they have.
    pub(super) fn join(&mut self, node: NodeId, other: NodeId, now: SimTime, around: &impl Around) -> bool {
        self.compare(node, other, now, around) && self.exchange(node, other, now, around)
    }
}
