//! What messages are of, and which way they go.

/// What a message is of. A switch or a firewall may treat each otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plane {
    /// Managers among themselves, and between managers and agents.
    Control,
    /// Node to node, in packets: who is alive, and where services' tasks are (7946/udp).
    GossipPackets,
    /// Node to node, over a connection: joining, and exchanges of all that is known (7946/tcp).
    GossipStreams,
    /// Requests, and images.
    Data,
}

impl Plane {
    /// Every plane.
    pub const ALL: [Plane; 4] = [Plane::Control, Plane::GossipPackets, Plane::GossipStreams, Plane::Data];

    /// What nodes tell each other without the managers, one way and the other.
    pub const GOSSIP: [Plane; 2] = [Plane::GossipPackets, Plane::GossipStreams];

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
