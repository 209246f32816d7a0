//! How a node's tables hear of containers elsewhere: by gossip, and by nothing else.
//!
//! Whatever nodes have to tell each other is put down when it happens and told in one event of the same instant, since
//! that takes the machines and what lies between them.

use std::collections::BTreeMap;

use swarmbed_scheduler::node::Role;
use swarmbed_scheduler::{NodeId, SimTime, Span, TaskId};

use super::Mesh;
use crate::context::Context;
use crate::event::{Event, GossipEvent};
use crate::observation::Observation;
use crate::setup::{Door, INGRESS, Setup};
use crate::worker::gossip::{Around, Gossip, Heard, Held, Holds, Key, NetworkId, News, State};
use crate::world::Machines;
use crate::world::network::Plane;

/// The gossip of all nodes, and what has happened to them since it was last told.
#[derive(Debug)]
pub(super) struct Hearsay {
    gossip: Gossip,
    happened: Vec<Happening>,
    /// When the agenda will bring us back.
    alarm: SimTime,
    managers: Vec<NodeId>,
    /// By network and node: the tasks for which the node is on it.
    attached: BTreeMap<(u32, NodeId), Vec<TaskId>>,
}

/// Something that nodes tell each other, or that keeps them from it.
#[derive(Clone, Copy, Debug)]
enum Happening {
    /// A daemon starts.
    Boots(NodeId),
    /// A machine loses power.
    Crashes(NodeId),
    /// A daemon stops for good, and says so.
    Leaves(NodeId),
    Freezes(NodeId),
    Thaws(NodeId),
    /// Links are not what they were.
    Disturbed,
    Joins(NodeId, u32),
    Quits(NodeId, u32),
    Publishes(NodeId, u32, TaskId, State),
}

/// What lies between nodes, as far as the gossip is concerned.
struct Between<'a>(&'a Machines);

impl Around for Between<'_> {
    fn packet(&self, from: NodeId, to: NodeId, bits: u64) -> Option<Span> {
        let path = self.0.way(Plane::GossipPackets, from, to)?;
        // The low half decides whether it is lost, the high half how late it is.
        let lost = (u64::from(bits as u32) * 1_000_000) >> 32;
        let late = (u128::from(bits >> 32) * u128::from(path.jitter.nanos() + 1)) >> 32;
        (lost >= u64::from(path.loss_ppm)).then_some(path.latency + Span(late as u64))
    }

    fn stream(&self, from: NodeId, to: NodeId) -> Option<Span> {
        let way = |from, to| self.0.way(Plane::GossipStreams, from, to);
        let (there, back) = (way(from, to)?, way(to, from)?);
        Some(there.latency.max(back.latency))
    }
}

impl Hearsay {
    /// The first members have known each other for long.
    pub(super) fn new(setup: &Setup) -> Hearsay {
        let names = setup.machines.iter().map(|machine| machine.node.name.as_str());
        let mut gossip = Gossip::new(setup.profile.gossip, setup.seed, names);
        let first = || (0..).map(NodeId).zip(&setup.machines).filter(|(_, machine)| machine.from_start);
        let nodes: Vec<NodeId> = first().map(|(node, _)| node).collect();
        let managers = first().filter(|(_, machine)| machine.node.role == Role::Manager);
        let managers: Vec<NodeId> = managers.map(|(node, _)| node).collect();
        gossip.found(&nodes, &managers, &[(NetworkId(INGRESS), &nodes)]);
        Hearsay { gossip, happened: Vec::new(), alarm: SimTime::NEVER, managers, attached: BTreeMap::new() }
    }

    fn happens(&mut self, what: Happening, ctx: &mut Context<'_>) {
        self.happened.push(what);
        self.wake(ctx.now, ctx);
    }

    /// Sees to it that the agenda brings us back by then.
    fn wake(&mut self, at: SimTime, ctx: &mut Context<'_>) {
        if at < self.alarm {
            self.alarm = at;
            ctx.at(at, Event::Gossip(GossipEvent::Due));
        }
    }

    fn tell(&mut self, now: SimTime, around: &Between<'_>) {
        let gossip = &mut self.gossip;
        for happened in self.happened.drain(..) {
            match happened {
                Happening::Boots(node) => {
                    gossip.boot(now, node, &self.managers, around);
                    gossip.join_network(now, node, NetworkId(INGRESS), around);
                }
                Happening::Crashes(node) => gossip.crash(now, node, around),
                Happening::Leaves(node) => gossip.leave(now, node),
                Happening::Freezes(node) => gossip.freeze(now, node, around),
                Happening::Thaws(node) => gossip.thaw(now, node, around),
                Happening::Disturbed => gossip.disturbed(now, around),
                Happening::Joins(node, network) => gossip.join_network(now, node, NetworkId(network), around),
                Happening::Quits(node, network) => gossip.leave_network(now, node, NetworkId(network)),
                Happening::Publishes(node, network, task, state) => {
                    gossip.publish(now, node, NetworkId(network), Key(task.0.into()), state);
                }
            }
        }
    }
}

/// The gossip is due.
pub(super) fn due(mesh: &mut Mesh, machines: &Machines, ctx: &mut Context<'_>) {
    let Some(hearsay) = &mut mesh.hearsay else { return };
    if ctx.now != hearsay.alarm {
        return; // something was due earlier, and it was seen to
    }
    hearsay.alarm = SimTime::NEVER;
    let around = Between(machines);
    hearsay.tell(ctx.now, &around);
    hearsay.gossip.turn(ctx.now, &around);
    while let Some(news) = mesh.hearsay.as_mut().and_then(|hearsay| hearsay.gossip.next_news()) {
        match news {
            News::Heard(heard) => mesh.hears(heard, ctx),
            News::Held(Held { observer, subject, held }) if held != Holds::Suspect => {
                ctx.observe(Observation::PeerHeld { observer, subject, held });
            }
            News::Held(_) | News::Unanswered { .. } => {}
        }
    }
    let next = mesh.hearsay.as_ref().and_then(|hearsay| hearsay.gossip.next_turn());
    if let (Some(hearsay), Some(next)) = (&mut mesh.hearsay, next) {
        hearsay.wake(next, ctx);
    }
}

impl Mesh {
    fn happens(&mut self, what: Happening, ctx: &mut Context<'_>) {
        self.proxies.stir(ctx);
        self.hearsay.iter_mut().for_each(|hearsay| hearsay.happens(what, ctx));
    }

    /// A daemon starts on a machine: it boots, or becomes a member. It knows nothing of what the one before knew.
    pub(crate) fn booted(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        self.ways.forget();
        self.happens(Happening::Boots(node), ctx);
    }

    /// A machine loses power.
    pub(crate) fn crashed(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        self.forgets(node, |_| true, ctx);
        let Some(hearsay) = &mut self.hearsay else { return };
        hearsay.attached.retain(|(_, there), _| *there != node);
        let leaves =
            hearsay.happened.iter().any(|what| matches!(what, Happening::Leaves(gone) if *gone == node));
        if !leaves {
            hearsay.happens(Happening::Crashes(node), ctx);
        }
    }

    /// A node is about to leave the swarm of its own will.
    pub(crate) fn leaves_swarm(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        self.happens(Happening::Leaves(node), ctx);
    }

    /// A machine stands still.
    pub(crate) fn froze(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        self.happens(Happening::Freezes(node), ctx);
    }

    /// A machine that stood still goes on: so does what came due meanwhile.
    pub(crate) fn thawed(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        self.happens(Happening::Thaws(node), ctx);
        let due = self.stalled.extract_if(.., |(there, _)| *there == node);
        for (_, event) in due.collect::<Vec<_>>() {
            ctx.at(ctx.now, Event::Mesh(event));
        }
    }

    /// The network is not what it was.
    pub(crate) fn ways_changed(&mut self, ctx: &mut Context<'_>) {
        self.ways.forget();
        self.happens(Happening::Disturbed, ctx);
    }

    /// A task is being prepared on a node, which gets its networks with it.
    pub(crate) fn attach(&mut self, task: TaskId, networks: &[u32], node: NodeId, ctx: &mut Context<'_>) {
        let Some(hearsay) = &mut self.hearsay else { return };
        for network in networks.iter().filter(|network| self.kinds.is_entered_by(**network)) {
            let tasks = hearsay.attached.entry((*network, node)).or_default();
            if !tasks.contains(&task) {
                tasks.push(task);
                if tasks.len() == 1 {
                    hearsay.happens(Happening::Joins(node, *network), ctx);
                }
            }
        }
    }

    /// Nothing is left of a task on a node: networks that only it was on are left.
    pub(crate) fn detach(&mut self, task: TaskId, networks: &[u32], node: NodeId, ctx: &mut Context<'_>) {
        for network in networks {
            let Some(hearsay) = &mut self.hearsay else { return };
            let Some(tasks) = hearsay.attached.get_mut(&(*network, node)) else { continue };
            tasks.retain(|other| *other != task);
            if tasks.is_empty() {
                hearsay.attached.remove(&(*network, node));
                hearsay.happens(Happening::Quits(node, *network), ctx);
                self.forgets(node, |door| door == Door::Network(*network), ctx);
            }
        }
    }

    /// A node tells of one of its tasks, and hears it first itself.
    pub(crate) fn publish(&mut self, task: TaskId, node: NodeId, state: State, ctx: &mut Context<'_>) {
        if state == State::Enabled {
            self.offered(task, ctx)
        } else {
            self.withdrawn(task, ctx)
        }
        let (Some(service), Some(hearsay)) = (self.endpoints.service(task), &mut self.hearsay) else {
            return;
        };
        let doors = self.kinds.doors().iter().filter(|(to, _)| *to == service);
        for (_, door) in doors {
            if let Door::Network(network) = door
                && (*network != INGRESS || self.endpoints.is_published(task))
            {
                hearsay.happens(Happening::Publishes(node, *network, task, state), ctx);
            }
        }
    }

    /// A node's table changes.
    fn hears(&mut self, Heard { node, network, key, owner, state }: Heard, ctx: &mut Context<'_>) {
        let task = TaskId(key.0 as u32);
        let service = self.endpoints.service(task).expect("a task that is told of was started");
        let doors = self.kinds.doors();
        let door = doors.iter().position(|door| *door == (service, Door::Network(network.0)));
        let Some(door) = door else { return };
        let table = self.tables.at(node, door as u32);
        let open = table.open();
        match state {
            State::Enabled => table.add(task, owner),
            State::Disabled => table.disable(task),
            State::Deleted => table.remove(task),
        }
        if table.open() != open {
            let opened = table.open() > open;
            self.turned(task, opened, ctx);
        }
    }
}
