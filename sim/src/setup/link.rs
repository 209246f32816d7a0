//! What joins machines, where more is said of it than where each machine stands.

use std::fmt;

use swarmbed_scheduler::{NodeId, Span};

/// A link between two ends, both ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it joins.
    pub ends: [LinkEnd; 2],
    /// How good it is, either way.
    pub quality: Quality,
}

/// What a link ends at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkEnd {
    /// A machine. It sends and receives, and passes nothing on.
    Node(NodeId),
    /// The switch of a place, which passes on what comes.
    Place(Place),
}

/// Where machines stand, each within the one before: a rack in a zone, a zone in a site, a site around the core.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// What joins all that stands nowhere in particular.
    Core,
    /// A site, such as a town.
    Site(String),
    /// A zone.
    Zone(String),
    /// A rack, such as `a/2`.
    Rack(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Core => f.write_str("the core"),
            Place::Site(name) => write!(f, "site {name}"),
            Place::Zone(name) => write!(f, "zone {name}"),
            Place::Rack(name) => write!(f, "rack {name}"),
        }
    }
}

/// How good a link is, one way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quality {
    /// How long a message takes at least.
    pub latency: Span,
    /// How much longer it takes at most.
    pub jitter: Span,
    /// The share of messages that are lost, in parts of a million.
    pub loss_ppm: u32,
    /// Bytes a second; `None` is as many as anybody sends.
    pub bandwidth: Option<u64>,
}

impl Quality {
    /// Nothing but this latency.
    pub const fn of(latency: Span) -> Quality {
        Quality { latency, jitter: Span::ZERO, loss_ppm: 0, bandwidth: None }
    }
}
