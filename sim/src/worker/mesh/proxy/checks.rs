//! How a proxy finds out which of its servers answer (`traefik: pkg/healthcheck/healthcheck.go`): it asks each in every interval,
//! and leaves out those that failed the last time.
//!
//! A round that would find what the last one found changes nothing, so that a proxy sleeps until something happens that it may
//! find, and its next round is the first one after that.

use swarmbed_scheduler::{SimTime, Span, TaskId};

use super::{Proxies, Proxy};
use crate::context::Context;
use crate::event::{Event, ProxyEvent};
use crate::observation::Observation;
use crate::setup::{Beats, Check};
use crate::worker::mesh::ways::Meets;
use crate::worker::mesh::{Mesh, Replica};
use crate::world::Machines;
use crate::world::machines::Power;

/// The rounds of one proxy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Checks {
    /// The first one is an interval later; `NEVER` if there is none.
    began: SimTime,
    /// The round in the agenda, by which a late one is told; `NEVER` if it sleeps.
    next: SimTime,
}

impl Default for Checks {
    fn default() -> Checks {
        Checks { began: SimTime::NEVER, next: SimTime::NEVER }
    }
}

/// What a check of a server comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Finds {
    Answer,
    /// At once.
    Refusal,
    /// Nothing, for as long as it waits.
    Silence,
}

impl Checks {
    /// All servers are held for alive again, and the rounds begin anew.
    pub(super) fn begin(&mut self, now: SimTime) {
        *self = Checks { began: now, next: SimTime::NEVER };
    }

    /// The first round after that time.
    fn after(&self, now: SimTime, interval: Span) -> SimTime {
        self.began + interval.times(now.since(self.began).nanos() / interval.nanos() + 1)
    }
}

impl Proxy {
    /// Plans for its next round of checks, if it has any.
    pub(super) fn plan_check(&mut self, ctx: &mut Context<'_>) {
        if self.checks.began != SimTime::NEVER {
            self.check_after(ctx.now, ctx);
        }
    }

    fn check_after(&mut self, now: SimTime, ctx: &mut Context<'_>) {
        let Some(Check { interval, .. }) = self.spec(ctx.setup).check else { return };
        let at = self.checks.after(now, interval);
        if at < self.checks.next {
            self.checks.next = at;
            ctx.at(at, Event::Proxy(ProxyEvent::Checks { task: self.task }));
        }
    }
}

impl Mesh {
    /// A round of checks is due; it is left out if the machine stands still.
    pub(super) fn check(&mut self, task: TaskId, stands: bool, machines: &Machines, ctx: &mut Context<'_>) {
        let Mesh { proxies: Proxies { rows, .. }, replicas, ways, .. } = self;
        let Some(proxy) = rows.get_mut(task.0).filter(|proxy| proxy.checks.next == ctx.now) else { return };
        proxy.checks.next = SimTime::NEVER;
        let Some(Check { timeout, .. }) = proxy.spec(ctx.setup).check else { return };
        let node = proxy.node;
        let servers =
            proxy.config.iter_mut().flat_map(|config| &mut config.pools).flat_map(|pool| &mut pool.servers);
        // Containers begin and cease to answer by themselves: the next such time.
        let mut turns = SimTime::NEVER;
        for server in servers.filter(|_| !stands) {
            let replica = replicas.get(server.task.0);
            let cut = !server.reachable || ways.between(node, server.node, machines) == Meets::Cut;
            let finds = finds(replica, cut, machines, ctx.now);
            let down = match finds {
                Finds::Answer => None,
                Finds::Refusal => Some(ctx.now),
                Finds::Silence => Some(ctx.now + timeout),
            };
            let was = server.down;
            server.down = down.map(|since| was.unwrap_or(since).min(since));
            if was.is_some() != down.is_some() {
                ctx.observe(Observation::ProxyHeld { proxy: task, server: server.task, up: down.is_none() });
            }
            let answers = replica.map_or(SimTime::NEVER..SimTime::NEVER, |replica| replica.answers.clone());
            let ahead = [answers.start, answers.end].into_iter().filter(|turn| *turn > ctx.now).min();
            turns = turns.min(ahead.unwrap_or(SimTime::NEVER));
        }
        if ctx.setup.beats == Beats::Played {
            proxy.check_after(ctx.now, ctx);
        } else if turns != SimTime::NEVER {
            proxy.check_after(SimTime(turns.0 - 1), ctx);
        }
    }
}

fn finds(replica: Option<&Replica>, cut: bool, machines: &Machines, now: SimTime) -> Finds {
    match replica {
        None => Finds::Silence,
        Some(_) if cut => Finds::Silence,
        Some(replica) if machines.power(replica.node) != Power::On => Finds::Silence,
        Some(replica) if now < replica.answers.start || !replica.listens => Finds::Refusal,
        Some(replica) if now >= replica.answers.end => Finds::Silence,
        Some(_) => Finds::Answer,
    }
}
