//! The digest of a run: one number for everything that was observed.
//!
//! Each observation is written down as bytes: the time (8), the kind (1), then its fields in the order of their
//! declaration, ids as 4 bytes, states as 2, counts as 4, an absent id as four 0xff, texts by their bytes and a 0, a spec of
//! its service's beyond the first as 4 (and the first as nothing); all little-endian. The digest after it is `xxh3_64` of these bytes, seeded with the digest before it (0 at first).
//! So the digest after observation *i* stands for everything up to it, and two runs differ from the first observation on
//! at which their digests differ.

use swarmbed_scheduler::SimTime;
use swarmbed_scheduler::node::{Availability, NodeState};
use swarmbed_scheduler::task::TaskState;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::Observer;
use crate::names::{Names, Text};
use crate::observation::Observation;
use crate::setup::Revision;
use crate::worker::mesh::Account;

/// The digest of a run. Prints as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub u64);

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Works the digest out, observation by observation.
#[derive(Clone, Debug, Default)]
pub struct Digester {
    digest: Digest,
    bytes: Vec<u8>,
}

impl Digester {
    /// At the beginning of a run.
    pub fn new() -> Digester {
        Digester::default()
    }

    /// The digest of everything so far.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

impl Observer for Digester {
    fn observe(&mut self, at: SimTime, what: &Observation, names: &Names) {
        if let Observation::RequestEnded(account) = what {
            // There are millions of them.
            self.digest = Digest(xxh3_64_with_seed(&request(at, account), self.digest.0));
        } else {
            self.write_down(at, what, names);
        }
    }
}

impl Digester {
    #[inline(never)]
    fn write_down(&mut self, at: SimTime, what: &Observation, names: &Names) {
        self.bytes.clear();
        let mut writer = Writer { bytes: &mut self.bytes, names };
        writer.u64(at.0);
        writer.observation(what);
        self.digest = Digest(xxh3_64_with_seed(&self.bytes, self.digest.0));
    }
}

/// The stated encoding of a request's end.
fn request(at: SimTime, account: &Account) -> [u8; 72] {
    let mut bytes = [0; 72];
    let mut end = 0;
    let mut put = |field: &[u8]| {
        bytes[end..end + field.len()].copy_from_slice(field);
        end += field.len();
    };
    put(&at.0.to_le_bytes());
    put(&[60]);
    put(&account.traffic.to_le_bytes());
    put(&account.number.to_le_bytes());
    put(&account.branch.to_le_bytes());
    put(&account.service.0.to_le_bytes());
    put(&account.entry.0.to_le_bytes());
    put(&account.task.map_or(u32::MAX, |task| task.0).to_le_bytes());
    put(&account.sent.0.to_le_bytes());
    put(&account.waited.0.to_le_bytes());
    put(&account.worked.0.to_le_bytes());
    put(&account.latency.0.to_le_bytes());
    put(&[account.hops, account.ending.way().0, account.ending.cause().map_or(u8::MAX, |cause| cause as u8)]);
    bytes
}

/// The stated encoding.
struct Writer<'a> {
    bytes: &'a mut Vec<u8>,
    names: &'a Names,
}

impl Writer<'_> {
    fn u8(&mut self, n: u8) {
        self.bytes.push(n);
    }

    fn u32(&mut self, n: u32) {
        self.bytes.extend_from_slice(&n.to_le_bytes());
    }

    fn u64(&mut self, n: u64) {
        self.bytes.extend_from_slice(&n.to_le_bytes());
    }

    fn kind_and_id(&mut self, kind: u8, id: u32) {
        self.u8(kind);
        self.u32(id);
    }

    fn state(&mut self, state: TaskState) {
        self.bytes.extend_from_slice(&(state as u16).to_le_bytes());
    }

    fn node_state(&mut self, state: NodeState) {
        self.u8(state as u8);
    }

    fn availability(&mut self, availability: Availability) {
        self.u8(availability as u8);
    }

    fn text(&mut self, text: Text) {
        self.bytes.extend_from_slice(self.names.text(text).as_bytes());
        self.u8(0);
    }

    fn observation(&mut self, what: &Observation) {
        use Observation as O;
        match *what {
            O::MachineCrashed { node } => self.kind_and_id(1, node.0),
            O::MachineBooted { node } => self.kind_and_id(2, node.0),
            O::MachineSilenced { node } => self.kind_and_id(3, node.0),
            O::MachineHeard { node } => self.kind_and_id(4, node.0),
            O::MachineFroze { node } => self.kind_and_id(5, node.0),
            O::MachineThawed { node } => self.kind_and_id(6, node.0),
            O::SessionRequested { node } => self.kind_and_id(7, node.0),
            O::SessionOpened { node } => self.kind_and_id(8, node.0),
            O::SessionLost { node } => self.kind_and_id(9, node.0),
            O::NodeJoined { node } => self.kind_and_id(10, node.0),
            O::NodeStateChanged { node, from, to } => {
                self.kind_and_id(11, node.0);
                self.node_state(from);
                self.node_state(to);
            }
            O::NodeAvailabilityChanged { node, to } => {
                self.kind_and_id(12, node.0);
                self.availability(to);
            }
            O::NodeRemoved { node } => self.kind_and_id(13, node.0),
            O::CommandReceived { step } => self.kind_and_id(14, step),
            O::CommandRefused { reason } => {
                self.u8(15);
                self.text(reason);
            }
            O::ServiceArrived { service, workload, mode, reserves } => {
                self.kind_and_id(31, service.0);
                self.bytes.extend_from_slice(self.names.service(service).as_bytes());
                self.u8(0);
                self.u32(workload);
                self.u32(mode.replicas());
                self.u64(reserves.nano_cpus as u64);
                self.u64(reserves.memory as u64);
            }
            O::ServiceCreated { service, replicas } => {
                self.kind_and_id(16, service.0);
                self.u32(replicas);
            }
            O::ServiceScaled { service, replicas } => {
                self.kind_and_id(17, service.0);
                self.u32(replicas);
            }
            O::ServiceUpdated { service, revision, replicas } => {
                self.kind_and_id(46, service.0);
                self.u32(u32::from(revision.0));
                self.u32(replicas);
            }
            O::ServiceRolledBack { service, revision, replicas, message } => {
                self.kind_and_id(47, service.0);
                self.u32(u32::from(revision.0));
                self.u32(replicas);
                self.text(message);
            }
            O::UpdateStateChanged { service, to, message } => {
                self.kind_and_id(48, service.0);
                self.u8(to as u8);
                self.text(message);
            }
            O::ServiceRemoved { service } => self.kind_and_id(18, service.0),
            O::TaskCreated { task, service, slot, attempt, node, desired, revision } => {
                self.kind_and_id(19, task.0);
                self.u32(service.0);
                self.u32(slot);
                self.u32(attempt);
                self.u32(node.map_or(u32::MAX, |n| n.0));
                self.state(desired);
                if revision != Revision::default() {
                    self.u32(u32::from(revision.0));
                }
            }
            O::TaskAssigned { task, node } => {
                self.kind_and_id(20, task.0);
                self.u32(node.0);
            }
            O::TaskRefused { task, reason } => {
                self.kind_and_id(21, task.0);
                self.text(reason);
            }
            O::TaskStateChanged { task, from, to, error } => {
                self.kind_and_id(22, task.0);
                self.state(from);
                self.state(to);
                self.text(error);
            }
            O::TaskDesiredChanged { task, from, to } => {
                self.kind_and_id(23, task.0);
                self.state(from);
                self.state(to);
            }
            O::TaskDeleted { task } => self.kind_and_id(24, task.0),
            O::PullStarted { node, image } => {
                self.kind_and_id(25, node.0);
                self.u32(image);
            }
            O::PullEnded { node, image } => {
                self.kind_and_id(26, node.0);
                self.u32(image);
            }
            O::ContainerStarted { task, node } => {
                self.kind_and_id(27, task.0);
                self.u32(node.0);
            }
            O::ContainerExited { task, node, code } => {
                self.kind_and_id(28, task.0);
                self.u32(node.0);
                self.u8(code);
            }
            O::NodeUseChanged { node, demand } => {
                self.kind_and_id(32, node.0);
                self.u64(demand.nano_cpus as u64);
                self.u64(demand.memory as u64);
            }
            O::ManagerAdded { node } => self.kind_and_id(41, node.0),
            O::ManagerRemoved { node } => self.kind_and_id(42, node.0),
            O::ClusterForced { node, lost } => {
                self.kind_and_id(43, node.0);
                self.u32(lost);
            }
            O::NodeRoleWanted { node, to } => {
                self.kind_and_id(44, node.0);
                self.u8(to as u8);
            }
            O::NodeRoleChanged { node, to } => {
                self.kind_and_id(45, node.0);
                self.u8(to as u8);
            }
            O::NetworkHarmed { harm } => {
                self.u8(39);
                self.text(harm);
            }
            O::NetworkMended { harm } => {
                self.u8(40);
                self.text(harm);
            }
            O::CandidateStood { node, term } => {
                self.kind_and_id(33, node.0);
                self.u32(term);
            }
            O::LeaderElected { node, term } => {
                self.kind_and_id(34, node.0);
                self.u32(term);
            }
            O::LeaderReady { node } => self.kind_and_id(35, node.0),
            O::LeaderSteppedDown { node } => self.kind_and_id(36, node.0),
            O::LeadershipLost { node } => self.kind_and_id(37, node.0),
            O::LeaderFollowed { node, leader } => {
                self.kind_and_id(38, node.0);
                self.u32(leader.0);
            }
            O::PeerHeld { observer, subject, held } => {
                self.kind_and_id(61, observer.0);
                self.u32(subject.0);
                self.u8(held as u8);
            }
            O::DataStranded { task, service: _, slot: _, volume, node, before, empty } => {
                self.kind_and_id(70, task.0);
                self.u32(volume.0);
                self.u32(node.0);
                self.u32(before.0);
                self.u8(empty.into());
            }
            O::ProxyConfigured { task, rules, servers } => {
                self.kind_and_id(64, task.0);
                self.u32(rules);
                self.u32(servers);
            }
            O::ProxyLooked { task, answered } => {
                self.kind_and_id(65, task.0);
                self.u8(answered.into());
            }
            O::ProxyHeld { proxy, server, up } => {
                self.kind_and_id(66, proxy.0);
                self.u32(server.0);
                self.u8(up.into());
            }
            O::RequestEnded(account) => self.bytes.extend_from_slice(&request(SimTime::ZERO, &account)[8..]),
            O::PlacementRan { placed, refused, ties } => {
                self.kind_and_id(29, placed);
                self.u32(refused);
                self.u32(ties);
            }
            O::TransactionCommitted { changes } => self.kind_and_id(30, changes),
        }
    }
}
