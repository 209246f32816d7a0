//! The servers of one service, as a proxy knows them, and which of them is next.

use std::collections::BTreeMap;

use swarmbed_scheduler::stream::Stream;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, TaskId};

use crate::engine::stream::IndexedStream;
use crate::manager::listing::Listed;
use crate::setup::Deals;
use crate::worker::mesh::choose::{distinct, least};

/// The servers of one service.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    pub(super) service: ServiceId,
    pub(super) target: Target,
    pub(super) servers: Vec<Server>,
    /// The one that was chosen last.
    last: Option<u32>,
}

/// Where a proxy sends a service's requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// To its tasks' own addresses, past all load balancers.
    Tasks,
    /// To its virtual address.
    Vip,
}

/// A task, as a proxy knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) task: TaskId,
    pub(super) node: NodeId,
    /// Whether they have a network in common.
    pub(super) reachable: bool,
    /// Since when checks have held it for dead, if they do.
    pub(super) down: Option<SimTime>,
}

impl Server {
    fn is_up(&self, now: SimTime) -> bool {
        self.down.is_none_or(|since| now < since)
    }
}

impl Pool {
    /// All of its servers are held for alive at first.
    pub(super) fn new(listed: &Listed, target: Target, draws: &mut Stream) -> Pool {
        let server =
            |&(task, node, reachable): &(TaskId, NodeId, bool)| Server { task, node, reachable, down: None };
        let mut servers: Vec<Server> = match target {
            Target::Tasks => listed.servers.iter().map(server).collect(),
            Target::Vip => Vec::new(),
        };
        draws.shuffle(&mut servers);
        Pool { service: listed.service, target, servers, last: None }
    }

    /// The server that the next request goes to; none if all are held for dead. `present` is how many requests of this proxy each
    /// server has.
    pub(super) fn next(
        &mut self,
        deals: Deals,
        now: SimTime,
        present: &BTreeMap<TaskId, u32>,
        (draws, index): (IndexedStream, u64),
    ) -> Option<Server> {
        let up = || self.servers.iter().copied().filter(|server| server.is_up(now));
        let busy = |server: &Server| present.get(&server.task).map_or(0, |n| *n as usize);
        match deals {
            Deals::InTurn => self.turn(now),
            Deals::Random => up().nth(draws.below(index, up().count() as u64) as usize),
            Deals::Fewest => least(up(), busy, draws, index),
            Deals::FewestOf(d) => {
                let up: Vec<Server> = up().collect();
                let drawn = distinct(d as usize, up.len(), draws, index);
                least(drawn.into_iter().map(|k| up[k]), busy, draws, index ^ 7)
            }
        }
    }

    fn turn(&mut self, now: SimTime) -> Option<Server> {
        let count = self.servers.len() as u32;
        let first = self.last.map_or(0, |last| last + 1);
        let mut places = (0..count).map(|step| (first + step) % count);
        let place = places.find(|place| self.servers[*place as usize].is_up(now))?;
        self.last = Some(place);
        Some(self.servers[place as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(servers: u32) -> Pool {
        let servers = (0..servers).map(|task| (TaskId(task), NodeId(0), true)).collect();
        let listed = Listed { service: ServiceId(0), routes: Vec::new(), servers };
        Pool::new(&listed, Target::Tasks, &mut Stream::new(7, "test", "pool"))
    }

    fn next(pool: &mut Pool, deals: Deals, busy: &[(u32, u32)], index: u64) -> Option<u32> {
        let present = busy.iter().map(|(task, n)| (TaskId(*task), *n)).collect();
        let draws = IndexedStream::new(7, "test", "draws");
        pool.next(deals, SimTime(100), &present, (draws, index << 3)).map(|server| server.task.0)
    }

    #[test]
    fn servers_take_turns_and_those_held_for_dead_are_left_out() {
        let mut pool = pool(3);
        let order: Vec<u32> = pool.servers.iter().map(|server| server.task.0).collect();
        let turns = |pool: &mut Pool| (0..4).map(|_| next(pool, Deals::InTurn, &[], 0)).collect::<Vec<_>>();
        assert_eq!(turns(&mut pool), [0, 1, 2, 0].map(|k| Some(order[k])));
        pool.servers[1].down = Some(SimTime(100));
        assert_eq!(turns(&mut pool), [2, 0, 2, 0].map(|k| Some(order[k])));
        pool.servers[0].down = Some(SimTime(101)); // a check has failed, and will be known to have in a moment
        assert_eq!(turns(&mut pool), [2, 0, 2, 0].map(|k| Some(order[k])));
        pool.servers.iter_mut().for_each(|server| server.down = Some(SimTime(0)));
        assert_eq!(turns(&mut pool), [None; 4]);
    }

    #[test]
    fn the_one_with_the_fewest_requests_is_next() {
        let busy = [(0, 2), (1, 1), (2, 3)];
        assert_eq!(next(&mut pool(3), Deals::Fewest, &busy, 0), Some(1));
        for index in 0..100 {
            let chosen = next(&mut pool(3), Deals::FewestOf(2), &busy, index);
            assert!(chosen == Some(0) || chosen == Some(1), "of two the third is never the better");
            assert!(next(&mut pool(3), Deals::Random, &busy, index).is_some());
        }
        for deals in [Deals::InTurn, Deals::Random, Deals::Fewest, Deals::FewestOf(2)] {
            assert_eq!(next(&mut pool(0), deals, &[], 0), None);
        }
    }
}
