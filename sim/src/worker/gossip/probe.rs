//! Probing (`ML/state.go:232-515`): each node asks one other each second whether it is alive.
//!
//! A probe of a node that answers over TCP succeeds, whatever becomes of the packets, so it is not played. A node begins
//! to tick when it knows somebody who may not answer, and what it has done meanwhile is worked out then.

use swarmbed_scheduler::{NodeId, SimTime, Span};

use super::draws::Draws;
use super::hearsay::{Note, Word, life_of};
use super::{Around, Due, Gossip, Holds, News, Power, Probing, numbered, ticks};

impl Gossip {
    /// Whether a node answers over TCP, and is the one that the other knows.
    fn answers(&self, observer: NodeId, subject: NodeId, around: &impl Around) -> bool {
        self.same_life(observer, subject) && around.stream(observer, subject).is_some()
    }

    fn same_life(&self, observer: NodeId, subject: NodeId) -> bool {
        let life = life_of(self.view(observer, subject).1);
        self.is_on(subject) && self.rows[subject.index()].life == life
    }

    fn is_trouble(&self, observer: NodeId, subject: NodeId, around: &impl Around) -> bool {
        match self.view(observer, subject).0 {
            Some(Holds::Suspect) => true,
            Some(Holds::Alive) => !self.answers(observer, subject, around),
            _ => false,
        }
    }

    /// Something has changed between the two: the one begins to probe if the other may not answer.
    pub(super) fn watch(&mut self, observer: NodeId, subject: NodeId, now: SimTime, around: &impl Around) {
        let is_on = self.rows[observer.index()].power == Power::On;
        if !is_on || observer == subject || !self.is_trouble(observer, subject, around) {
            return;
        }
        let row = &mut self.rows[observer.index()];
        if !row.troubles.contains(&subject) {
            row.troubles.push(subject);
        }
        self.wake_prober(observer, now);
    }

    pub(super) fn wake_prober(&mut self, node: NodeId, now: SimTime) {
        if self.rows[node.index()].probing == Probing::Quiet {
            self.prober_catches_up(node, now);
            self.rows[node.index()].probing = Probing::Ticking;
            self.next_probe(node);
        }
    }

    fn next_probe(&mut self, node: NodeId) {
        let interval = self.rules.probe_interval;
        let row = &mut self.rows[node.index()];
        row.probes += 1;
        let at = row.phases.probe + interval.times(row.probed);
        self.agenda.schedule(at, Due::Probe { node, number: row.probes });
    }

    /// Works out what the probes have done that were not played.
    pub(super) fn prober_catches_up(&mut self, node: NodeId, now: SimTime) {
        let interval = self.rules.probe_interval;
        let row = &mut self.rows[node.index()];
        if row.probing != Probing::Quiet || row.power != Power::On {
            return;
        }
        let ticked = ticks(row.phases.probe, interval, now);
        let probes = ticked.saturating_sub(row.probed);
        row.probed = row.probed.max(ticked);
        self.succeed(node, probes);
    }

    /// So many probes of nodes that answer.
    fn succeed(&mut self, node: NodeId, mut probes: u64) {
        while probes > 0 {
            let row = &self.rows[node.index()];
            let is_dead = |s: &super::Standing| matches!(s.held, Some(Holds::Failed | Holds::Left));
            let skips = row.views.iter().any(|(other, s)| is_dead(s) && row.order.has(*other));
            if !skips && row.order.len() > 0 {
                let row = &mut self.rows[node.index()];
                row.order.skip(probes);
                row.score = row.score.saturating_sub(u32::try_from(probes).unwrap_or(u32::MAX));
                return;
            }
            if self.next_subject(node).is_none() {
                return;
            }
            let row = &mut self.rows[node.index()];
            row.score = row.score.saturating_sub(1);
            probes -= 1;
        }
    }

    /// Whom a node probes next: the dead are skipped; after the last one comes a new order.
    fn next_subject(&mut self, node: NodeId) -> Option<NodeId> {
        loop {
            while let Some(next) = self.rows[node.index()].order.next() {
                if self.has_member(node, next) {
                    return Some(next);
                }
            }
            if !self.ids().any(|other| other != node && self.has_member(node, other)) {
                return None;
            }
            self.shuffle(node);
        }
    }

    fn shuffle(&mut self, node: NodeId) {
        let without: Vec<NodeId> =
            self.ids().filter(|other| *other == node || !self.has_member(node, *other)).collect();
        self.rows[node.index()].order.begin(without.into_iter());
    }

    /// A node learns of another that is not in its list: a new order (`ML/state.go:1107` puts it in at a random place).
    pub(super) fn prober_meets(&mut self, node: NodeId, other: NodeId, now: SimTime) {
        self.prober_catches_up(node, now);
        if !self.rows[node.index()].order.has(other) {
            self.shuffle(node);
        }
        if !self.elides {
            self.wake_prober(node, now);
        }
    }

    /// A tick: one probe.
    pub(super) fn probe(&mut self, node: NodeId, number: u32, now: SimTime, around: &impl Around) {
        let row = &self.rows[node.index()];
        if row.probes != number || row.power != Power::On {
            return;
        }
        let tick = row.probed;
        let mut troubles = std::mem::take(&mut self.rows[node.index()].troubles);
        troubles.retain(|subject| self.is_trouble(node, *subject, around));
        let row = &mut self.rows[node.index()];
        row.troubles = troubles;
        if row.troubles.is_empty() && self.elides {
            row.probing = Probing::Quiet;
            return self.prober_catches_up(node, now);
        }
        row.probed += 1;
        if let Some(subject) = self.next_subject(node)
            && !self.reaches(node, subject, tick, now, around)
        {
            return;
        }
        self.next_probe(node);
    }

    /// Probes; if no answer comes at once the verdict waits.
    fn reaches(
        &mut self,
        node: NodeId,
        subject: NodeId,
        tick: u64,
        now: SimTime,
        around: &impl Around,
    ) -> bool {
        let row = &self.rows[node.index()];
        let mut draws = Draws::of(row.draws.probe, numbered(row.life, tick));
        let pinged = around.packet(node, subject, draws.bits());
        let acked = around.packet(subject, node, draws.bits());
        let is_there = self.same_life(node, subject);
        let in_time = |there: Span, back: Span| there + back < self.rules.probe_timeout;
        let by_packet = is_there && matches!((pinged, acked), (Some(a), Some(b)) if in_time(a, b));
        if is_there && let Some(takes) = pinged {
            self.tell_suspect(node, subject, takes, now);
        }
        if by_packet || self.answers(node, subject, around) {
            let row = &mut self.rows[node.index()];
            row.score = row.score.saturating_sub(1);
            return true;
        }
        let score = u64::from(self.rows[node.index()].score);
        let takes = self.rules.probe_interval.times(score + 1);
        let (by_others, missing) = self.ask_others((node, subject), takes, &mut draws, around);
        let (begun, version) = (now, self.view(node, subject).1);
        let row = &mut self.rows[node.index()];
        if by_others {
            row.score = row.score.saturating_sub(1);
            return true;
        }
        row.probing = Probing::Waiting { subject, version, begun, missing };
        row.probes += 1;
        self.agenda.schedule(now + takes, Due::Verdict { node, number: row.probes });
        false
    }

    /// Others are asked to probe: whether one of them gets an answer through, and how many do not even say that they
    /// asked. With nobody to ask that counts as one.
    fn ask_others(
        &mut self,
        (node, subject): (NodeId, NodeId),
        takes: Span,
        draws: &mut Draws,
        around: &impl Around,
    ) -> (bool, u32) {
        let mut helpers = std::mem::take(&mut self.scratch.helpers);
        let alive = |other: usize| {
            let other = NodeId(other as u32);
            other != node && other != subject && self.view(node, other).0 == Some(Holds::Alive)
        };
        let checks = self.rules.indirect_checks as usize;
        draws.choose(checks, self.rows.len(), alive, &mut helpers);
        let is_there = self.same_life(node, subject);
        let (mut by_others, mut missing) = (false, 0);
        for helper in helpers.iter().map(|h| NodeId(*h as u32)) {
            let way = |from, to, bits| around.packet(from, to, bits).filter(|_| self.is_on(helper));
            let [asked, told, acked] = [(node, helper), (helper, subject), (subject, helper)]
                .map(|(from, to)| way(from, to, draws.bits()));
            let answered = way(helper, node, draws.bits());
            by_others |= is_there && [asked, told, acked, answered].iter().all(Option::is_some);
            // The helper says that it has no answer after a time-out of its own.
            let nack = asked.zip(answered).map(|(a, b)| a + b + self.rules.probe_timeout.times(2));
            missing += u32::from(nack.is_none_or(|at| at >= takes));
        }
        if helpers.is_empty() {
            missing = 1;
        }
        self.scratch.helpers = helpers;
        (by_others, missing)
    }

    /// A suspect is told of it with the ping.
    fn tell_suspect(&mut self, node: NodeId, subject: NodeId, takes: Span, now: SimTime) {
        let (held, version) = self.view(node, subject);
        if held == Some(Holds::Suspect) {
            let note = Note { about: subject, word: Word::Suspect, version, from: node };
            let mail = self.mail.insert(note);
            self.agenda.schedule(now + takes, Due::Note { to: subject, mail });
        }
    }

    /// The end of a probe without an answer.
    pub(super) fn verdict(&mut self, node: NodeId, number: u32, now: SimTime, around: &impl Around) {
        let interval = self.rules.probe_interval;
        let worst = self.rules.awareness_max - 1;
        let row = &mut self.rows[node.index()];
        let Probing::Waiting { subject, version, begun, missing } = row.probing else { return };
        if row.probes != number || row.power != Power::On {
            return;
        }
        row.probing = Probing::Ticking;
        row.probed = ticks(row.phases.probe, interval, now) - 1; // the tick of now is used
        if self.answers(node, subject, around) {
            let row = &mut self.rows[node.index()];
            row.score = row.score.saturating_sub(1);
        } else {
            let row = &mut self.rows[node.index()];
            row.score = (row.score + missing).min(worst);
            self.news.push_back(News::Unanswered { observer: node, subject, begun });
            let note = Note { about: subject, word: Word::Suspect, version, from: node };
            self.hear(node, note, now, around);
        }
        self.next_probe(node);
    }
}
