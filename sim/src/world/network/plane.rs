//! What messages are of, and which way they go.

/// What a message is of. A switch or a firewall may treat each otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plane {
    /// Managers among themselves, and between managers and agents.
    Control,
    /// Node to node: where services' tasks are.
    Gossip,
    /// Requests, and images.
    Data,
}

impl Plane {
    /// Every plane.
    pub const ALL: [Plane; 3] = [Plane::Control, Plane::Gossip, Plane::Data];

    pub(super) const fn index(self) -> usize {
        self as usize
    }
}

/// Which way over a link, as its two ends stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// From the first end to the second.
    There,
    /// From the second end to the first.
    Back,
}

impl Direction {
    /// Both ways.
    pub const BOTH: [Direction; 2] = [Direction::There, Direction::Back];

    /// The other way.
    pub const fn reversed(self) -> Direction {
        match self {
            Direction::There => Direction::Back,
            Direction::Back => Direction::There,
        }
    }
}
