//! What goes wrong by itself.

use std::sync::Arc;

use swarmbed_scheduler::{NodeId, SimTime};

use crate::engine::distribution::Distribution;
use crate::world::machines::Trouble;

/// Something that befalls machines or the network again and again, whatever the operator does.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Its name, which is unique: random numbers are named after it and after the parts.
    pub name: String,
    /// What it is.
    pub strikes: Strikes,
    /// When it comes and goes.
    pub course: Course,
}

/// What a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strikes {
    /// Its parts' machines are in that trouble.
    Machines(Trouble),
    /// The network is harmed, by index into [`Setup::harms`](super::Setup::harms); there is one part, without machines.
    Network(u32),
}

/// When a fault comes and goes.
#[derive(Clone, Debug, PartialEq)]
pub enum Course {
    /// By laws.
    Drawn(Drawn),
    /// As it was recorded: by ascending beginning, those of one machine apart from each other.
    Recorded(Arc<[Outage]>),
}

/// A fault by laws. Times are in nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// What fails: machines, or what machines stand in.
    pub parts: Vec<FaultPart>,
    /// How many of the parts ever fail, in parts of a million; which, is drawn.
    pub share_ppm: u32,
    /// How long a part is up until it fails by itself, if it ever does.
    pub every: Option<Distribution>,
    /// How long its repair takes.
    pub lasts: Distribution,
    /// How many repairs go on at a time, first come, first served; nothing if all.
    pub crews: Option<u32>,
    /// The time between two shocks, which fail all parts that are up, if there are any.
    pub shocks: Option<Distribution>,
}

/// What fails as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultPart {
    /// Its name, which is stable: a machine's, a rack's, a zone's.
    pub name: String,
    /// The machines that it takes with it, if it strikes machines.
    pub nodes: Vec<NodeId>,
}

/// Once that a machine was down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// Which.
    pub node: NodeId,
    /// From when on.
    pub down: SimTime,
    /// Until when; nothing if it did not come back.
    pub up: Option<SimTime>,
}
