//! Quiet times: a leader whom everybody hears, logs that are all the same, and nothing under way. Then heartbeats and looks
//! at the quorum change nothing but timers, so they are not played. When something happens, the timers are worked out,
//! and what would be on its way is put there.
//!
//! A quiet time costs nothing however long it is. It needs links on which every message takes equally long and none is lost;
//! on others every beat is played. [`Peers::play_every_beat`] plays them always, and must change nothing else.

use swarmbed_scheduler::{SimTime, Span};

use super::{Around, Peer, Peers, Power, RaftEvent, Role, SEND_TIMEOUT};
use crate::manager::raft::PeerId;
use crate::manager::raft::message::{Kind, Message};
use crate::manager::raft::progress::Pace;

/// A quiet time.
#[derive(Clone, Debug)]
pub(super) struct Quiet {
    leader: usize,
    /// The followers that hear it, and how long a message takes there and back.
    paths: Vec<(usize, Span, Span)>,
    /// The members that stand still, and how long a message takes there.
    frozen: Vec<(usize, Span)>,
}

impl Peers {
    /// Begins a quiet time, if everything is as it has to be.
    pub(super) fn rest(&mut self, around: &mut impl Around) {
        let under_way = self.mail.len() - self.stalled + (self.writing + self.failing) as usize;
        if self.elides && under_way == 0 && self.quiet.is_none() {
            self.quiet = self.calm(around);
        }
    }

    fn calm(&self, around: &impl Around) -> Option<Quiet> {
        let on = || self.rows.iter().filter(|r| r.power == Power::On);
        let leader = on().find(|r| r.peer.role() == Role::Leader)?;
        let lead = &leader.peer;
        let log = lead.log();
        if log.committed() != log.last() || lead.heir().is_some() || lead.change_pending() {
            return None;
        }
        let mut paths = Vec::new();
        for row in on().filter(|r| r.peer.id() != lead.id()) {
            let (peer, id) = (&row.peer, row.peer.id());
            let same = peer.term() == lead.term()
                && peer.leader() == Some(lead.id())
                && peer.log().last() == log.last()
                && peer.log().committed() == log.last();
            let progress = lead.progress(id)?;
            let settled = progress.matched == log.last() && progress.pace != Pace::Probe { waiting: true };
            if !same || !settled || !leader.reaches[id.index()] {
                return None;
            }
            let (there, back) = around.steady(lead.id(), id)?;
            paths.push((id.index(), there, back));
        }
        // Whoever is off or stands still is known not to answer, and a quorum is left without it.
        let probed = |id: PeerId| lead.progress(id).is_some_and(|p| matches!(p.pace, Pace::Probe { .. }));
        let known = |id: &PeerId| {
            self.rows[id.index()].power == Power::On || (!leader.reaches[id.index()] && probed(*id))
        };
        let all_known = lead.members().iter().all(known);
        let quorum = self.rules.quorum(lead.members().len());
        let frozen = self.frozen(lead, around)?;
        (all_known && paths.len() + 1 >= quorum).then_some(Quiet { leader: lead.id().index(), paths, frozen })
    }

    /// Something is about to happen: a quiet time ends, and everything is as if it had been played.
    pub(super) fn stir(&mut self, around: &mut impl Around) {
        let Some(Quiet { leader, paths, frozen }) = self.quiet.take() else { return };
        frozen.into_iter().for_each(|(at, there)| self.stall_what_was_not_played(leader, at, there, around));
        let now = around.now();
        let clock = self.rows[leader].clock;
        let (looked, beaten) = self.rows[leader].peer.timers();
        let tick = clock.tick(now);
        let latest = |since: u64, every: u32| since + (tick - since) / u64::from(every) * u64::from(every);
        let look = latest(looked, self.rules.election_ticks);
        let every = self.rules.heartbeat_ticks;
        let beat = latest(beaten, every);
        self.rows[leader].peer.led_on(look, beat);
        // The last beat by which something took that long has happened by now, or the last one that was played.
        let last = |takes: Span| {
            let mut last = beat;
            while last > beaten && clock.time(last) + takes > now {
                last -= u64::from(every);
            }
            last
        };
        for (at, there, back) in paths {
            let (heard, answered) = (last(there), last(there + back));
            if heard > beaten {
                let tick = self.rows[at].clock.tick(clock.time(heard) + there);
                self.rows[at].peer.heard_at(tick);
                if let Some(checks) = &mut self.checks {
                    checks.heard_leader(at, tick);
                }
            }
            let answer = clock.time(answered) + there + back;
            let follower = self.rows[at].peer.id();
            let lead = &mut self.rows[leader].peer;
            if look > looked {
                lead.set_recently_active(follower, answered > beaten && answer > clock.time(look));
            } else if answered > beaten {
                lead.set_recently_active(follower, true);
            }
            let beats = |from: u64, to: u64| (from..=to).step_by(every as usize);
            for beat in beats(heard + u64::from(every), beat) {
                self.under_way(leader, at, clock.time(beat) + there, around);
            }
            for beat in beats(answered + u64::from(every), heard) {
                self.under_way(at, leader, clock.time(beat) + there + back, around);
            }
        }
        (0..self.rows.len()).for_each(|at| self.set_alarm(at, around));
    }

    /// The members that stand still and how long a message takes there, without those that none reaches; nothing if they do not
    /// all take equally long.
    fn frozen(&self, lead: &Peer, around: &impl Around) -> Option<Vec<(usize, Span)>> {
        let reached =
            |id: &&PeerId| self.rows[id.index()].power == Power::Frozen && around.arrives(lead.id(), **id);
        let path = |id: &PeerId| around.steady(lead.id(), *id).map(|(there, _)| (id.index(), there));
        lead.members().iter().filter(reached).map(path).collect()
    }

    /// Before a peer that stands still lie heartbeats of a quiet time that has ended, whose senders have not given up.
    fn stall_what_was_not_played(&mut self, leader: usize, at: usize, there: Span, around: &mut impl Around) {
        let (id, now) = (self.rows[at].peer.id(), around.now());
        let lead = &self.rows[leader];
        let clock = lead.clock;
        let every = u64::from(self.rules.heartbeat_ticks);
        let (_, beaten) = lead.peer.timers();
        let latest = beaten + (clock.tick(now) - beaten) / every * every;
        let mut beat = latest;
        while beat > beaten + every && clock.time(beat - every) + there + SEND_TIMEOUT >= now {
            beat -= every;
        }
        let sender = self.rows[leader].peer.id();
        for beat in (beat.max(beaten + every)..=latest).step_by(every as usize) {
            if !around.connected(sender, id, clock.time(beat)) {
                continue;
            }
            let arrives = clock.time(beat) + there;
            if arrives > now {
                self.under_way(leader, at, arrives, around);
            } else if arrives + SEND_TIMEOUT >= now {
                let mail = self.mail.insert(self.heartbeat(leader, at));
                self.stalled += 1;
                self.rows[at].stalled.push((arrives, mail));
            }
        }
    }

    /// What a leader says that has nothing to say, or a follower that has heard it.
    fn heartbeat(&self, from: usize, to: usize) -> Message {
        let (sender, to) = (&self.rows[from].peer, self.rows[to].peer.id());
        let kind = match sender.role() {
            Role::Leader => {
                let matched = sender.progress(to).map_or(0, |p| p.matched);
                Kind::Heartbeat { commit: sender.log().committed().min(matched) }
            }
            _ => Kind::Heard,
        };
        Message { from: sender.id(), to, term: sender.term(), kind, entries: Vec::new() }
    }

    /// Puts a heartbeat or its answer on its way, to arrive at that time.
    fn under_way(&mut self, from: usize, to: usize, arrives: SimTime, around: &mut impl Around) {
        let mail = self.mail.insert(self.heartbeat(from, to));
        around.at(arrives, RaftEvent::Deliver { mail });
    }
}
