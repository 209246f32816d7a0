//! Images on nodes. A node pulls one image at a time, at its own rate; a pull goes on whether or not the task that asked
//! for it still waits (the engine pulls in the background).

use swarmbed_scheduler::{NodeId, SimTime, Span, TaskId};

use crate::context::Context;
use crate::event::{AgentEvent, Event};
use crate::observation::Observation;
use crate::setup::Setup;

/// What images each node has, and who waits for which.
#[derive(Debug)]
pub struct Images {
    nodes: Vec<Cache>,
}

#[derive(Clone, Debug, Default)]
struct Cache {
    present: Vec<u32>,
    /// Images being pulled or waiting to be, with the tasks that wait for each.
    pulls: Vec<(u32, Vec<TaskId>)>,
    /// When the last of them will be there.
    busy_until: SimTime,
    /// Counts power losses, which end every pull.
    power: u32,
}

impl Images {
    /// As the setup says.
    pub fn new(setup: &Setup) -> Images {
        let cache = |m: &crate::setup::Machine| Cache { present: m.images.clone(), ..Cache::default() };
        Images { nodes: setup.machines.iter().map(cache).collect() }
    }

    /// Whether the image is there. If not, the task is noted as waiting and a pull begins if none is under way.
    pub fn need(&mut self, node: NodeId, image: u32, task: TaskId, ctx: &mut Context<'_>) -> bool {
        let cache = &mut self.nodes[node.index()];
        if cache.present.contains(&image) {
            return true;
        }
        if let Some((_, waiting)) = cache.pulls.iter_mut().find(|(pulled, _)| *pulled == image) {
            if !waiting.contains(&task) {
                waiting.push(task);
            }
            return false;
        }
        cache.pulls.push((image, vec![task]));
        let size = u128::from(ctx.setup.images[image as usize].size);
        let rate = u128::from(ctx.setup.machines[node.index()].pull_rate.max(1));
        let nanos = u64::try_from(size * 1_000_000_000 / rate).unwrap_or(u64::MAX);
        cache.busy_until = cache.busy_until.max(ctx.now) + Span(nanos).min(Span::LONGEST);
        ctx.at(cache.busy_until, Event::Agent(AgentEvent::Pulled { node, image, power: cache.power }));
        ctx.observe(Observation::PullStarted { node, image });
        false
    }

    /// A pull has ended: the tasks that waited for it, unless the power went in between.
    pub fn pulled(&mut self, node: NodeId, image: u32, power: u32, ctx: &mut Context<'_>) -> Vec<TaskId> {
        let cache = &mut self.nodes[node.index()];
        let at = cache.pulls.iter().position(|(pulled, _)| *pulled == image);
        let Some(at) = at.filter(|_| cache.power == power) else { return Vec::new() };
        cache.present.push(image);
        ctx.observe(Observation::PullEnded { node, image });
        cache.pulls.remove(at).1
    }

    /// The power went: what was being pulled is begun anew by whoever needs it after the boot.
    pub fn power_lost(&mut self, node: NodeId, now: SimTime) {
        let cache = &mut self.nodes[node.index()];
        cache.pulls.clear();
        cache.busy_until = now;
        cache.power += 1;
    }
}
