//! At the replica: requests wait, are worked on, ask others, and are answered.

use swarmbed_scheduler::{SimTime, Span, TaskId};

use super::request::{Cause, Ending, Stage};
use super::ways::Meets;
use super::{Mesh, Room};
use crate::context::Context;
use crate::event::{ContainerEvent, ContainerStep, Event, MeshEvent};
use crate::setup::{Call, Discipline, Server};
use crate::world::machines::Power;
use crate::world::network::takes;

impl Room<'_, '_> {
    /// A request reaches the replica that it was sent to.
    #[inline]
    pub(super) fn arrives(&mut self, key: u32) {
        let request = self.mesh.requests.get(key).expect("a request that travels is there");
        let task = request.task;
        let Some(replica) = self.mesh.replicas.get(task.0) else {
            return self.mesh.lose(key, self.mesh.endpoints.fate(task)); // its address is gone: silence
        };
        match self.machines.power(replica.node) {
            Power::On => {}
            Power::Off => return self.mesh.lose(key, Cause::NodeDead),
            Power::Frozen => {
                let event = MeshEvent::Arrives { request: key };
                return self.mesh.stalled.push((replica.node, event));
            }
        }
        self.mesh.kinds.taken(self.mesh.requests.get_mut(key).expect("it arrives"));
        match replica.server(self.ctx.setup) {
            Some(_) if self.ctx.now < replica.answers.start => {
                self.turned_away(key, Ending::Reset(Cause::NotReady))
            }
            Some(_) if self.ctx.now >= replica.answers.end => self.mesh.lose(key, Cause::Sick),
            Some(server) if replica.listens => self.comes(key, task, server),
            _ => self.turned_away(key, Ending::Reset(Cause::StaleBackend)),
        }
    }

    /// A request is turned away by its replica.
    pub(super) fn turned_away(&mut self, key: u32, ending: Ending) {
        let request = self.mesh.requests.get(key).expect("it is there");
        if request.ended {
            self.mesh.requests.free(key);
        } else {
            match self.way_back(key) {
                Ok(back) => self.mesh.finish(key, ending, back, self.ctx),
                Err(cause) => self.mesh.lose(key, cause),
            }
        }
    }

    #[inline(always)]
    fn comes(&mut self, key: u32, task: TaskId, server: &Server) {
        let Mesh { requests, replicas, clients, .. } = &mut *self.mesh;
        let replica = replicas.get_mut(task.0).expect("it was looked up");
        let request = requests.get_mut(key).expect("it arrives");
        request.arrived = self.ctx.now;
        request.revision = replica.revision;
        let full = |waiting: usize| server.queue.is_some_and(|most| waiting >= most as usize);
        match server.discipline {
            Discipline::Fcfs if replica.served.len() < server.slots as usize => {
                self.mesh.works(key, server, self.ctx);
            }
            Discipline::Fcfs if !full(replica.waiting.len()) => {
                request.stage = Stage::Waits;
                replica.waiting.push_back(key);
            }
            Discipline::ProcessorSharing
                if !full(replica.present().saturating_sub(server.slots as usize - 1)) =>
            {
                let index = request.index();
                request.work = Span(server.work.quantile(clients.draws(request.traffic).work.draw(index)));
                request.stage = Stage::Served;
                replica.sharing.come(self.ctx.now, server.slots, key, request.work);
                self.mesh.plan_shared(task, server.slots, self.ctx);
            }
            _ => self.turned_away(key, Ending::Refused(Cause::QueueFull)),
        }
    }

    /// A replica has done what a request asked of it.
    #[inline]
    pub(super) fn done(&mut self, key: u32) {
        let request = self.mesh.requests.get(key).expect("a request that is worked on is there");
        if let Stage::Orphan(cause) = request.stage {
            return self.mesh.lose(key, cause);
        }
        let node = request.node;
        if self.machines.power(node) == Power::Frozen {
            return self.mesh.stalled.push((node, MeshEvent::Done { request: key }));
        }
        self.goes_on(key);
    }

    /// The one of those that share a container's speed that is done first is done, if nothing came between.
    pub(super) fn shared(&mut self, task: TaskId, plan: u32) {
        let Some(replica) = self.mesh.replicas.get_mut(task.0).filter(|r| r.sharing.plan == plan) else {
            return;
        };
        if self.machines.power(replica.node) == Power::Frozen {
            return self.mesh.stalled.push((replica.node, MeshEvent::Shared { task, plan }));
        }
        let server = replica.server(self.ctx.setup).expect("it answers requests");
        let done = replica.sharing.done(self.ctx.now, server.slots);
        if let Some(key) = done {
            let request = self.mesh.requests.get_mut(key).expect("who is worked on is there");
            request.place = replica.served.len() as u32;
            replica.served.push(key); // as long as it asks others it is present, and costs nothing
        }
        self.mesh.plan_shared(task, server.slots, self.ctx);
        if let Some(key) = done {
            self.goes_on(key);
        }
    }

    /// A replica's own work on a request is done: it asks the next service, if there is one to ask, or answers.
    #[inline]
    fn goes_on(&mut self, key: u32) {
        let request = self.mesh.requests.get(key).expect("who goes on is there");
        let spec = self.ctx.setup.spec(request.to, request.revision);
        if spec.proxy.is_some() {
            return self.passes_on(key);
        }
        match spec.server.as_ref().expect("it answers requests").calls.get(request.calls as usize) {
            None => self.answers(key),
            Some(call) => self.asks(key, call),
        }
    }

    /// It asks another service for it.
    fn asks(&mut self, key: u32, call: &Call) {
        let request = self.mesh.requests.get(key).expect("who goes on is there");
        if call.hands_over && request.stage != Stage::HandedOver {
            self.mesh.leaves(key, Stage::HandedOver, self.ctx);
        }
        let request = self.mesh.requests.get_mut(key).expect("who goes on is there");
        if request.stage != Stage::HandedOver {
            request.stage = Stage::Calls;
        }
        let kind = self.mesh.kinds.call(request.to, request.revision, request.calls);
        let child = request.call(key, kind, call.to, self.ctx.now);
        request.calls += 1;
        self.begin(child);
    }

    /// A call that was made for a request has ended.
    pub(super) fn returns(&mut self, key: u32, ending: Ending) {
        let request = self.mesh.requests.get(key).expect("a request waits for its calls");
        match (request.stage, ending.cause()) {
            (Stage::Orphan(cause), _) => self.mesh.lose(key, cause),
            _ if self.mesh.is_at_proxy(key, self.ctx.setup) => self.passes_back(key, ending),
            (_, None) => self.goes_on(key),
            (stage, Some(cause)) => {
                if stage != Stage::HandedOver {
                    self.mesh.leaves(key, Stage::HandedOver, self.ctx);
                }
                self.turned_away(key, Ending::Failed(cause));
            }
        }
    }

    /// A replica answers.
    #[inline(always)]
    pub(super) fn answers(&mut self, key: u32) {
        let request = self.mesh.requests.get(key).expect("who is answered is there");
        if request.stage != Stage::HandedOver {
            self.mesh.leaves(key, Stage::HandedOver, self.ctx);
        }
        let request = self.mesh.requests.get(key).expect("who is answered is there");
        if request.ended {
            self.mesh.requests.free(key);
            return;
        }
        let deadline = request.sent + self.mesh.kinds.get(request.kind).patience;
        match self.way_back(key) {
            Ok(back) if self.ctx.now + back > deadline => self.mesh.lose(key, Cause::Slow),
            Ok(back) => self.mesh.finish(key, Ending::Answered, back, self.ctx),
            Err(cause) => self.mesh.lose(key, cause),
        }
    }

    /// How long an answer takes to get back to whoever sent the request, or why it does not.
    #[inline(always)]
    fn way_back(&mut self, key: u32) -> Result<Span, Cause> {
        let Mesh { requests, ways, clients, .. } = &mut *self.mesh;
        let request = requests.get(key).expect("who is answered is there");
        if self.machines.power(request.entry) != Power::On {
            return Err(Cause::NodeDead);
        }
        let back = match ways.between(request.node, request.entry, self.machines) {
            Meets::Even(span) => span,
            Meets::Uneven(path) => {
                takes(path, 0, clients.draws(request.traffic).journey, request.index() * 16 + 8)
            }
            Meets::Cut => return Err(Cause::Partition),
        };
        Ok(back + request.outside)
    }
}

impl Mesh {
    /// A replica begins to work on a request.
    #[inline]
    fn works(&mut self, key: u32, server: &Server, ctx: &mut Context<'_>) {
        let request = self.requests.get_mut(key).expect("who is worked on is there");
        let index = request.index();
        request.stage = Stage::Served;
        request.waited = ctx.now.since(request.arrived);
        request.work = Span(server.work.quantile(self.clients.draws(request.traffic).work.draw(index)));
        let replica = self.replicas.get_mut(request.task.0).expect("who works is there");
        request.place = replica.served.len() as u32;
        replica.served.push(key);
        ctx.after(request.work, Event::Mesh(MeshEvent::Done { request: key }));
    }

    /// A request gives up its slot; the next one that waits gets it.
    #[inline(always)]
    pub(super) fn leaves(&mut self, key: u32, stage: Stage, ctx: &mut Context<'_>) {
        let request = self.requests.get_mut(key).expect("who leaves is there");
        request.stage = stage;
        let (task, place) = (request.task, request.place);
        let replica = self.replicas.get_mut(task.0).expect("whose slot it is");
        replica.served.swap_remove(place as usize);
        if let Some(moved) = replica.served.get(place as usize) {
            self.requests.get_mut(*moved).expect("it is worked on").place = place;
        }
        match replica.waiting.pop_front() {
            Some(next) => {
                let server = replica.server(ctx.setup).expect("it answers requests");
                self.works(next, server, ctx);
            }
            None if !replica.listens && replica.present() == 0 => self.idle(task, ctx),
            None => {}
        }
    }

    /// Plans for the next to be done of those that share a container's speed.
    fn plan_shared(&mut self, task: TaskId, slots: u32, ctx: &mut Context<'_>) {
        let replica = self.replicas.get_mut(task.0).expect("whose speed is shared");
        replica.sharing.plan += 1;
        if let Some(at) = replica.sharing.next(slots) {
            ctx.at(at, Event::Mesh(MeshEvent::Shared { task, plan: replica.sharing.plan }));
        }
    }

    /// A container that was told to stop has finished what it had: it exits, unless its exit takes longer than that.
    fn idle(&mut self, task: TaskId, ctx: &mut Context<'_>) {
        if let Some((earliest, generation)) = self.endpoints.stopping(task) {
            let what = ContainerStep::Stopped;
            let at = SimTime::max(earliest, ctx.now);
            ctx.at(at, Event::Container(ContainerEvent { task, generation, what }));
        }
    }
}
