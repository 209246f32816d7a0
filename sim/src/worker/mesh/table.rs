//! What a node's load balancer was last told: for each way into a service, the replicas that it knows.
//!
//! Every node has its own tables and its own pointers, and nobody knows all of them: three nodes may hold three lists of
//! replicas at one instant (libnetwork: `service_linux.go:106-110`, an IPVS virtual service on each node).

use swarmbed_scheduler::{NodeId, TaskId};

/// All nodes' tables: a virtual service for each node and each way into a service.
#[derive(Clone, Debug)]
pub(super) struct Tables {
    doors: usize,
    /// By node, and within a node by the number of the door.
    rows: Vec<VirtualService>,
}

impl Tables {
    /// Nobody knows of anything yet.
    pub(super) fn new(nodes: usize, doors: usize) -> Tables {
        Tables { doors, rows: vec![VirtualService::default(); nodes * doors] }
    }

    /// What a node knows behind that door.
    #[inline]
    pub(super) fn at(&mut self, node: NodeId, door: u32) -> &mut VirtualService {
        &mut self.rows[node.index() * self.doors + door as usize]
    }

    /// What each node knows behind that door.
    pub(super) fn of(&self, door: u32) -> impl Iterator<Item = &VirtualService> {
        self.rows.iter().skip(door as usize).step_by(self.doors)
    }
}

/// An IPVS virtual service on one node: its destinations, and whose turn it is.
#[derive(Clone, Debug, Default)]
pub(super) struct VirtualService {
    /// Newest first: the kernel adds at the head of its list (`net/netfilter/ipvs/ip_vs_ctl.c`).
    backends: Vec<Backend>,
    /// Those that take new connections.
    open: u32,
    /// The backend that was chosen last, if it is still there.
    last: Option<u32>,
}

/// A replica, as a node knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Backend {
    pub(super) task: TaskId,
    pub(super) node: NodeId,
    /// Weight 1 takes new connections, weight 0 keeps those that it has.
    pub(super) open: bool,
}

impl VirtualService {
    /// A replica takes new connections from now on.
    pub(super) fn add(&mut self, task: TaskId, node: NodeId) {
        match self.backends.iter_mut().find(|b| b.task == task) {
            Some(known) => self.open += u32::from(!std::mem::replace(&mut known.open, true)),
            None => {
                self.backends.insert(0, Backend { task, node, open: true });
                self.last = self.last.map(|last| last + 1);
                self.open += 1;
            }
        }
    }

    /// A replica takes no new connections any more.
    pub(super) fn disable(&mut self, task: TaskId) {
        if let Some(known) = self.backends.iter_mut().find(|b| b.task == task) {
            self.open -= u32::from(std::mem::replace(&mut known.open, false));
        }
    }

    /// A replica is gone.
    pub(super) fn remove(&mut self, task: TaskId) {
        let Some(place) = self.backends.iter().position(|b| b.task == task) else { return };
        self.open -= u32::from(self.backends.remove(place).open);
        // The kernel steps back to the one before, so that the one after is next (`ip_vs_rr.c`: ip_vs_rr_del_dest).
        self.last = self.last.filter(|_| !self.backends.is_empty()).and_then(|last| match last as usize {
            last if last >= place => (last as u32).checked_sub(1),
            last => Some(last as u32),
        });
    }

    /// Whether it knows of no replica at all: then there is no such port, and no such name.
    pub(super) fn is_empty(&self) -> bool {
        self.backends.is_empty()
    }

    /// How many take new connections.
    pub(super) fn open(&self) -> u32 {
        self.open
    }

    /// What it knows of a replica.
    pub(super) fn get(&self, task: TaskId) -> Option<Backend> {
        self.backends.iter().find(|b| b.task == task).copied()
    }

    /// The next in turn that takes new connections (`net/netfilter/ipvs/ip_vs_rr.c`).
    #[inline]
    pub(super) fn turn(&mut self) -> Option<Backend> {
        if self.open == 0 {
            return None;
        }
        let count = self.backends.len();
        let mut at = self.last.map_or(0, |last| last as usize + 1);
        loop {
            at = if at >= count { 0 } else { at };
            if self.backends[at].open {
                self.last = Some(at as u32);
                return Some(self.backends[at]);
            }
            at += 1;
        }
    }

    /// The `k`-th of those that take new connections.
    pub(super) fn nth_open(&self, k: usize) -> Option<Backend> {
        if self.open as usize == self.backends.len() {
            return self.backends.get(k).copied();
        }
        self.backends.iter().filter(|b| b.open).nth(k).copied()
    }

    /// Those that take new connections.
    pub(super) fn all_open(&self) -> impl Iterator<Item = Backend> + '_ {
        self.backends.iter().filter(|b| b.open).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(service: &mut VirtualService, n: usize) -> Vec<u32> {
        (0..n).filter_map(|_| service.turn()).map(|b| b.task.0).collect()
    }

    #[test]
    fn destinations_take_turns_and_changes_lose_nobody_their_turn() {
        let mut service = VirtualService::default();
        assert_eq!(service.turn(), None);
        (0..4).for_each(|task| service.add(TaskId(task), NodeId(0)));
        assert_eq!(turns(&mut service, 5), [3, 2, 1, 0, 3]);
        service.remove(TaskId(3));
        assert_eq!(turns(&mut service, 2), [2, 1], "the one after the removed one is next");
        service.add(TaskId(9), NodeId(0));
        assert_eq!(turns(&mut service, 4), [0, 9, 2, 1]);
        service.disable(TaskId(0));
        assert_eq!((turns(&mut service, 3), service.open()), (vec![9, 2, 1], 3));
        for task in [9, 2, 1] {
            service.remove(TaskId(task));
        }
        assert_eq!((service.turn(), service.is_empty()), (None, false), "weight 0 is no destination");
        service.remove(TaskId(0));
        assert!(service.is_empty());
    }
}
