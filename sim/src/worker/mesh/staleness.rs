//! How wrong load balancers are: entries that take new connections to a replica which takes none any more.
//!
//! A replica is withdrawn when its node says so, or when it ends; every table that has it open from then on is stale until it
//! hears of it. Nobody in the cluster knows this figure: it is for whoever looks on.

use swarmbed_scheduler::{NodeId, SimTime, TaskId};

use super::Mesh;
use crate::context::Context;
use crate::setup::Door;

/// What is stale of one replica's entries.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stale {
    /// Since when it takes no new requests.
    withdrawn: Option<SimTime>,
    /// Tables that have it open all the same.
    tables: u32,
}

impl Mesh {
    /// A replica takes no new requests from now on, if it did.
    pub(super) fn withdrawn(&mut self, task: TaskId, ctx: &mut Context<'_>) {
        let Some(known) = self.endpoints.stale(task) else { return };
        if known.withdrawn.is_some() {
            return;
        }
        let tables = self.open_at(task);
        if let Some(stale) = self.endpoints.stale_mut(task) {
            *stale = Stale { withdrawn: Some(ctx.now), tables };
        }
        ctx.work.tables.more(tables, ctx.now);
        self.known_everywhere(task, ctx);
    }

    /// A replica takes new requests from now on, and whoever has it open is right.
    pub(super) fn offered(&mut self, task: TaskId, ctx: &mut Context<'_>) {
        if let Some(stale) = self.endpoints.stale_mut(task) {
            let Stale { tables, .. } = std::mem::take(stale);
            ctx.work.tables.fewer(tables, ctx.now);
        }
    }

    /// A table opens a replica, or closes it.
    pub(super) fn turned(&mut self, task: TaskId, open: bool, ctx: &mut Context<'_>) {
        let Some(stale) = self.endpoints.stale_mut(task).filter(|stale| stale.withdrawn.is_some()) else {
            return;
        };
        if open {
            stale.tables += 1;
            ctx.work.tables.more(1, ctx.now);
        } else {
            stale.tables -= 1;
            ctx.work.tables.fewer(1, ctx.now);
            self.known_everywhere(task, ctx);
        }
    }

    /// A node's tables are gone, with all that they held behind these doors.
    pub(super) fn forgets(&mut self, node: NodeId, which: impl Fn(Door) -> bool, ctx: &mut Context<'_>) {
        let doors: Vec<u32> = self
            .kinds
            .doors()
            .iter()
            .zip(0..)
            .filter(|((_, door), _)| which(*door))
            .map(|(_, n)| n)
            .collect();
        for door in doors {
            let table = std::mem::take(self.tables.at(node, door));
            for backend in table.all_open() {
                self.turned(backend.task, false, ctx);
            }
        }
    }

    /// Entries that are stale, counted one by one.
    pub fn count_stale(&self) -> u64 {
        let doors = (0..).zip(self.kinds.doors());
        let entries = doors.flat_map(|(door, _)| self.tables.of(door).flat_map(|table| table.all_open()));
        let stale = |task| self.endpoints.stale(task).is_some_and(|stale| stale.withdrawn.is_some());
        entries.filter(|backend| stale(backend.task)).count() as u64
    }

    /// The last table that had a withdrawn replica open has closed it.
    fn known_everywhere(&self, task: TaskId, ctx: &mut Context<'_>) {
        if let Some(Stale { withdrawn: Some(since), tables: 0 }) = self.endpoints.stale(task) {
            ctx.work.tables.known(ctx.now.since(since));
        }
    }

    /// How many tables have a replica open.
    fn open_at(&mut self, task: TaskId) -> u32 {
        let Some(service) = self.endpoints.service(task) else { return 0 };
        let mut open = 0;
        for door in (0..).zip(self.kinds.doors()).filter(|(_, (to, _))| *to == service).map(|(door, _)| door)
        {
            let tables = self.tables.of(door);
            open += tables.filter(|table| table.get(task).is_some_and(|backend| backend.open)).count() as u32;
        }
        open
    }
}
