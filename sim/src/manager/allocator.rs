//! The allocator (`manager/allocator/network.go`): a service gets its virtual addresses and its published ports, a task the
//! addresses of its containers; then the task becomes PENDING. A task for which there is no address stays NEW.
//!
//! A task keeps its addresses until its *observed* state is past RUNNING: on a node that is down for a day as well. Each
//! node on which a network is used needs one more address there, for its load balancer; of the ingress network every node
//! does.

mod pool;

use std::collections::{BTreeMap, BTreeSet};

use swarmbed_scheduler::spec::PublishMode;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{NodeId, ServiceId, TaskId};

use super::ledger::Write;
use super::store::{Change, Store, Task};
use crate::context::Context;
use crate::names::Text;
use crate::observation::Observation;
use crate::setup::{EndpointMode, INGRESS, Service, Setup};
use pool::Pool;

/// An address, by the place of its network in the setup.
pub type Address = (u32, u32);

/// What the leader's allocator remembers.
#[derive(Debug, Default)]
pub struct Allocator {
    new: Vec<TaskId>,
    /// Services that have a new spec.
    services: BTreeSet<ServiceId>,
    /// Tasks for which there was nothing left.
    stuck: BTreeSet<TaskId>,
    /// Something was given back since they were looked at.
    freed: bool,
    /// By network; only of those that are used.
    pools: BTreeMap<u32, Pool>,
    /// How many tasks use a network on a node, and the address of its load balancer there, if there was one left.
    used: BTreeMap<(u32, NodeId), (u32, Option<u32>)>,
    proposed: bool,
}

/// What is said of a task whose service has no virtual address.
const NO_VIP: &str = "could not find an available IP while allocating VIP";
/// What is said of a task that has no address itself.
const NO_ADDRESS: &str = "could not find an available IP";

impl Allocator {
    /// A new leader's allocator takes what the store says is given out; what comes then begins with the lowest that is free
    /// (`network.go:72-152`).
    pub fn take_up(store: &Store, setup: &Setup) -> Allocator {
        let mut allocator = Allocator::default();
        let live = || store.tasks().filter(|task| !task.state.is_over());
        let given = store.services().filter(|(_, row)| !row.removed).flat_map(|(_, row)| row.vips.iter());
        for (network, address) in given.chain(live().flat_map(|task| task.addresses.iter())) {
            allocator.pool(*network, setup).take(*address);
        }
        for task in live() {
            match (task.state, task.node) {
                (TaskState::New, _) => allocator.new.push(task.id),
                (state, Some(node)) if state >= TaskState::Assigned => allocator.use_on(task, node, setup),
                _ => {}
            }
        }
        allocator.services.extend(store.services().map(|(id, _)| id));
        allocator
    }

    /// Notes what a change of the store gives to do.
    pub fn watch(&mut self, what: &Observation, store: &Store, ctx: &Context<'_>) {
        match *what {
            Observation::TaskCreated { task, .. } => self.new.push(task),
            Observation::ServiceCreated { service, .. }
            | Observation::ServiceUpdated { service, .. }
            | Observation::ServiceRolledBack { service, .. } => {
                self.services.insert(service);
            }
            Observation::ServiceRemoved { service } => {
                let vips = store.service(service).map_or(&[][..], |row| &row.vips);
                self.give_back(vips);
            }
            Observation::TaskAssigned { task, node } => {
                if let Some(row) = store.task(task) {
                    self.use_on(row, node, ctx.setup);
                }
            }
            Observation::TaskStateChanged { task, from, to, .. } if to.is_over() => {
                self.release(store.task(task), from);
            }
            Observation::TaskDeleted { task } => {
                let row = store.task(task).filter(|row| !row.state.is_over());
                self.release(row, row.map_or(TaskState::New, |row| row.state));
            }
            _ => {}
        }
    }

    /// A transaction was committed: allocate what it brought, and what had to wait if something was given back.
    pub fn committed(&mut self, ctx: &mut Context<'_>) {
        let again = self.freed && !self.stuck.is_empty();
        if (again || !self.new.is_empty()) && !self.proposed {
            self.proposed = true;
            ctx.propose(Write::Allocate);
        }
    }

    /// Moves new tasks to PENDING, as far as there are addresses.
    pub fn prepare(&mut self, store: &Store, changes: &mut Vec<Change>, ctx: &mut Context<'_>) {
        self.proposed = false;
        let mut waiting = std::mem::take(&mut self.new);
        if std::mem::take(&mut self.freed) {
            waiting.extend(std::mem::take(&mut self.stuck));
        }
        let mut vips = BTreeMap::new();
        for service in std::mem::take(&mut self.services) {
            vips.extend(self.allocate_service(service, store, changes, ctx.setup).map(|all| (service, all)));
        }
        for id in waiting {
            let Some(task) = store.task(id).filter(|task| task.state == TaskState::New) else { continue };
            let networks = attached(task.spec(ctx.setup));
            if networks.is_empty() {
                let (to, error) = (TaskState::Pending, Text::NONE);
                changes.push(Change::SetState { task: id, to, error });
                continue;
            }
            if !vips.contains_key(&task.service) {
                let all = self.allocate_service(task.service, store, changes, ctx.setup);
                vips.extend(all.map(|all| (task.service, all)));
            }
            let complete = vips.get(&task.service).copied().unwrap_or(true);
            let reason = match complete.then(|| self.give(&networks, ctx.setup)) {
                Some(Some(addresses)) => {
                    changes.push(Change::Allocate { task: id, addresses: addresses.into() });
                    continue;
                }
                Some(None) => NO_ADDRESS,
                None => NO_VIP,
            };
            self.stuck.insert(id);
            let reason = ctx.text(reason);
            changes.push(Change::LeaveNew { task: id, reason });
        }
    }

    /// Gives a service its virtual addresses, keeping those that it has. Returns whether it has all; `None` if it needs none.
    fn allocate_service(
        &mut self,
        service: ServiceId,
        store: &Store,
        changes: &mut Vec<Change>,
        setup: &Setup,
    ) -> Option<bool> {
        let row = store.service(service).filter(|row| !row.removed)?;
        let spec = setup.spec(service, row.revision);
        let networks = if spec.endpoint_mode == EndpointMode::Vip { attached(spec) } else { Vec::new() };
        if networks.is_empty() && row.vips.is_empty() {
            return None;
        }
        let (kept, dropped): (Vec<Address>, Vec<Address>) =
            row.vips.iter().partition(|(network, _)| networks.contains(network));
        let missing: Vec<u32> =
            networks.iter().copied().filter(|network| kept.iter().all(|(has, _)| has != network)).collect();
        if missing.is_empty() && dropped.is_empty() {
            return Some(true);
        }
        let Some(given) = self.give(&missing, setup) else { return Some(false) };
        self.give_back(&dropped);
        changes.push(Change::SetVips { service, vips: kept.into_iter().chain(given).collect() });
        Some(true)
    }

    /// One address of each network, or none at all (`networkallocator.go:423-439`).
    fn give(&mut self, networks: &[u32], setup: &Setup) -> Option<Vec<Address>> {
        let mut given = Vec::new();
        for network in networks {
            match self.pool(*network, setup).give() {
                Some(address) => given.push((*network, address)),
                None => {
                    // Nobody has waited for these: nothing has become free.
                    for (network, address) in given {
                        self.pool(network, setup).free(address);
                    }
                    return None;
                }
            }
        }
        Some(given)
    }

    fn give_back(&mut self, addresses: &[Address]) {
        for (network, address) in addresses {
            if let Some(pool) = self.pools.get_mut(network) {
                pool.free(*address);
                self.freed = true;
            }
        }
    }

    /// The pool of a network. That of the ingress network begins with the load balancers of every machine.
    fn pool(&mut self, network: u32, setup: &Setup) -> &mut Pool {
        self.pools.entry(network).or_insert_with(|| {
            let mut pool = Pool::of(setup.networks[network as usize].prefix);
            if network == INGRESS {
                for _ in setup.machines.iter().filter(|machine| machine.from_start) {
                    pool.give();
                }
            }
            pool
        })
    }

    /// A task is on a node: its networks need a load balancer there (`network.go:976-1080`).
    fn use_on(&mut self, task: &Task, node: NodeId, setup: &Setup) {
        for (network, _) in task.addresses.iter().filter(|(network, _)| *network != INGRESS) {
            let known = self.used.get(&(*network, node)).copied();
            let (tasks, balancer) = match known {
                Some(known) => known,
                None => (0, self.pool(*network, setup).give()),
            };
            self.used.insert((*network, node), (tasks + 1, balancer));
        }
    }

    /// A task has ended, or is gone: its addresses are free, and its node's if it was the last there.
    fn release(&mut self, task: Option<&Task>, was: TaskState) {
        let Some(task) = task.filter(|task| !task.addresses.is_empty()) else { return };
        self.give_back(&task.addresses);
        let Some(node) = task.node.filter(|_| was >= TaskState::Assigned) else { return };
        for (network, _) in &task.addresses {
            let Some((tasks, balancer)) = self.used.get_mut(&(*network, node)) else { continue };
            *tasks -= 1;
            if *tasks == 0 {
                let balancer = balancer.map(|address| (*network, address));
                self.used.remove(&(*network, node));
                self.give_back(balancer.as_slice());
            }
        }
    }
}

/// The networks in which a service's tasks have addresses: the ingress network first if it publishes a port there, then its own
/// (`network.go:834-868, 1176-1191`).
fn attached(spec: &Service) -> Vec<u32> {
    let published = spec.task.ports.iter().any(|port| port.mode == PublishMode::Ingress);
    published.then_some(INGRESS).into_iter().chain(spec.networks.iter().copied()).collect()
}
