//! What would run on every node. It has no store: an agent cannot read the managers' mind. What it knows arrived in a
//! [`Parcel`] of [`Order`]s.

pub mod agent;
pub mod beats;
pub mod container;
pub mod gossip;
pub mod images;
pub mod mesh;
pub mod remotes;
pub mod usage;
pub mod volumes;

use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{NodeId, ServiceId, TaskId};

use crate::engine::slab::Slab;
use crate::setup::{Revision, Setup};
use agent::Agent;
use beats::Beats;
use container::Runs;
use images::Images;
use mesh::Mesh;
use usage::Usage;
use volumes::Volumes;

/// All nodes' agents, containers, images, heartbeats and use.
#[derive(Debug)]
pub struct Workers {
    pub(crate) agents: Vec<Agent>,
    pub(crate) runs: Runs,
    pub(crate) images: Images,
    pub(crate) beats: Beats,
    pub(crate) usage: Usage,
    pub(crate) mesh: Mesh,
    pub(crate) volumes: Volumes,
    /// Parcels of assignments on their way.
    pub(crate) parcels: Slab<Parcel>,
}

/// What the managers send to a node at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parcel {
    /// It names every task of the node: what it does not name is to be forgotten.
    pub complete: bool,
    /// What is wanted of tasks.
    pub orders: Vec<Order>,
    /// Tasks that were deleted.
    pub forget: Vec<TaskId>,
}

/// What the managers tell a node about one task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The task.
    pub task: TaskId,
    /// Its service.
    pub service: ServiceId,
    /// Which of the service's specs it was made from: how its containers behave.
    pub revision: Revision,
    /// Its slot from 1, or 0 for a global service.
    pub slot: u32,
    /// The how-manieth task of its slot (or of its node).
    pub attempt: u32,
    /// What is wanted of it.
    pub desired: TaskState,
}

impl Workers {
    /// Agents with an open session on every machine that is a member from the start.
    pub fn new(setup: &Setup) -> Workers {
        Workers {
            agents: setup.machines.iter().map(|m| Agent::new(m.from_start)).collect(),
            runs: Runs::default(),
            images: Images::new(setup),
            beats: Beats::new(setup),
            usage: Usage::new(setup),
            mesh: Mesh::new(setup),
            volumes: Volumes::default(),
            parcels: Slab::default(),
        }
    }

    /// Every task on every node, as the agents know it.
    pub fn runs(&self) -> impl Iterator<Item = &container::Run> {
        self.runs.iter()
    }

    /// The routing mesh, and the requests in it.
    pub fn mesh(&self) -> &Mesh {
        &self.mesh
    }

    /// Compares what nodes are said to use with what their containers add up to.
    pub(crate) fn recount_usage(&self, setup: &Setup) -> Result<(), String> {
        let up = self.runs.iter().filter(|run| run.is_up());
        self.usage.recount(up.map(|run| (run.node, run.part(setup))))
    }

    /// The tasks that a node's agent knows, in the order in which it got them.
    pub fn tasks_known(&self, node: NodeId) -> &[TaskId] {
        &self.agents[node.index()].tasks
    }
}
