//! At the node by which a request enters: to which replica it goes.

use swarmbed_scheduler::{NodeId, Span, TaskId};

use super::clients::Connection;
use super::kind::Way;
use super::request::{Cause, Ending, Request, Stage};
use super::table::{Backend, VirtualService};
use super::ways::Meets;
use super::{Endpoints, Mesh, Replica, Room};
use crate::engine::stream::IndexedStream;
use crate::engine::table::Table;
use crate::event::{Event, MeshEvent};
use crate::setup::{Balance, Connections};
use crate::world::machines::Power;
use crate::world::network::takes;

impl Room<'_, '_> {
    /// A request has reached the node by which it enters.
    #[inline(always)]
    pub(super) fn enters(&mut self, key: u32) {
        let request = self.mesh.requests.get(key).expect("a request that enters is there");
        let entry = request.entry;
        if self.machines.power(entry) != Power::On {
            return self.mesh.lose(key, Cause::NodeDead);
        }
        if self.machines.is_silent(entry) {
            return self.mesh.lose(key, Cause::Partition);
        }
        match self.choose(key) {
            Ok(backend) => self.forward(key, backend),
            Err(ending) => {
                let outside = self.mesh.requests.get(key).expect("it is there").outside;
                self.mesh.finish(key, ending, outside, self.ctx);
            }
        }
    }

    /// Whose turn it is.
    #[inline(always)]
    fn choose(&mut self, key: u32) -> Result<Backend, Ending> {
        let Mesh { kinds, tables, requests, replicas, clients, endpoints, .. } = &mut *self.mesh;
        let request = requests.get(key).expect("a request that asks is there");
        let kind = kinds.get(request.kind);
        let door = match kind.way {
            Way::Balanced(door) => door,
            Way::Host => return own(request, endpoints, replicas),
            Way::Nowhere => return Err(Ending::Refused(Cause::Isolated)),
        };
        let table = tables.at(request.entry, door);
        let draws = clients.draws(request.traffic).choice;
        let Connections::Kept { count } = kind.connections else {
            return balanced(table, kind.balance, request, draws, replicas);
        };
        let kept = clients.kept(request.traffic, (request.number % u64::from(count)) as usize);
        if let Some(Connection { task, .. }) = kept.filter(|kept| kept.entry == request.entry) {
            // The kernel drops the entry of a connection whose destination is gone, and its next packet meets a reset.
            return table.get(task).ok_or_else(|| {
                *kept = None;
                Ending::Reset(Cause::StaleBackend)
            });
        }
        let chosen = balanced(table, kind.balance, request, draws, replicas)?;
        *kept = Some(Connection { entry: request.entry, task: chosen.task });
        Ok(chosen)
    }

    /// On to the replica.
    #[inline(always)]
    pub(super) fn forward(&mut self, key: u32, Backend { task, node, .. }: Backend) {
        let Mesh { requests, ways, clients, .. } = &mut *self.mesh;
        let request = requests.get_mut(key).expect("a request that goes on is there");
        request.task = task;
        request.node = node;
        request.stage = Stage::Travels;
        request.hops = u8::from(node != request.entry);
        let takes = match ways.between(request.entry, node, self.machines) {
            Meets::Even(span) => span,
            Meets::Uneven(path) => {
                takes(path, 0, clients.draws(request.traffic).journey, request.index() * 16)
            }
            Meets::Cut => return self.mesh.lose(key, self.unreachable(node)),
        };
        if takes == Span::ZERO {
            self.arrives(key);
        } else {
            self.ctx.after_as_ever(takes, Event::Mesh(MeshEvent::Arrives { request: key }));
        }
    }

    /// Why nothing gets to a node.
    pub(super) fn unreachable(&self, node: NodeId) -> Cause {
        if self.machines.power(node) == Power::Off { Cause::NodeDead } else { Cause::Partition }
    }
}

/// A node's own replica of the service, by the port that it publishes for it.
fn own(request: &Request, endpoints: &Endpoints, replicas: &Table<Replica>) -> Result<Backend, Ending> {
    let node = request.entry;
    let serves = |task: &TaskId| replicas.get(task.0).is_some_and(|replica| replica.service == request.to);
    let own = endpoints.on(node).iter().copied().filter(serves).min();
    let task = own.ok_or(Ending::Refused(Cause::PortClosed))?;
    Ok(Backend { task, node, open: true })
}

/// The replica that is chosen out of those that a node knows.
#[inline(always)]
fn balanced(
    table: &mut VirtualService,
    balance: Balance,
    request: &Request,
    draws: IndexedStream,
    replicas: &Table<Replica>,
) -> Result<Backend, Ending> {
    let present = |backend: &Backend| replicas.get(backend.task.0).map_or(0, Replica::present);
    let open = table.open() as usize;
    let index = request.index() << 3;
    let chosen = match balance {
        Balance::Mesh => table.turn(),
        Balance::Random if open > 0 => table.nth_open(draws.below(index, open as u64) as usize),
        Balance::LeastConnections => least(table.all_open(), present, draws, index),
        Balance::BestOf(d) => {
            let drawn = distinct(d as usize, open, draws, index);
            least(drawn.into_iter().filter_map(|k| table.nth_open(k)), present, draws, index ^ 7)
        }
        Balance::Random => None,
    };
    let nobody = if table.is_empty() { Cause::PortClosed } else { Cause::NoBackend };
    chosen.ok_or(Ending::Refused(nobody))
}

/// The one with the fewest requests; equal ones have equal chances.
pub(super) fn least<B: Copy>(
    backends: impl Iterator<Item = B>,
    present: impl Fn(&B) -> usize,
    draws: IndexedStream,
    index: u64,
) -> Option<B> {
    let mut best: Option<(usize, B)> = None;
    let mut equal = 0u64;
    for backend in backends {
        let count = present(&backend);
        match best {
            Some((fewest, _)) if count > fewest => continue,
            Some((fewest, _)) if count == fewest => equal += 1,
            _ => equal = 1,
        }
        // The k-th of equal ones takes the place with a chance of 1/k, so that each has the same in the end.
        if equal == 1 || draws.below(index.wrapping_add(equal << 40), equal) == 0 {
            best = Some((count, backend));
        }
    }
    best.map(|(_, backend)| backend)
}

/// `count` different numbers below `of`, each set equally likely (Floyd's method).
pub(super) fn distinct(count: usize, of: usize, draws: IndexedStream, index: u64) -> Vec<usize> {
    let mut drawn = Vec::with_capacity(count.min(of));
    for top in of - count.min(of)..of {
        let k = draws.below(index.wrapping_add((top as u64) << 48), top as u64 + 1) as usize;
        drawn.push(if drawn.contains(&k) { top } else { k });
    }
    drawn
}
