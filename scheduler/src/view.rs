//! The managers' view of the cluster: every node's description and the books kept on it.
//!
//! A [`View`] is kept up to date change by change, so that a placement decision costs no more than it must.
//! A strategy works on a [`Draft`]: the view plus the plan so far, copied node by node only where the plan touches it.

use crate::id::{NodeId, ServiceId};
use crate::node::{Generic, Node, Stock};
use crate::observed::Observed;
use crate::spec::{Protocol, SpecVersion, TaskSpec};
use crate::units::{Resources, SimTime, Span};

/// How long a failure counts against a node (`manager/scheduler/scheduler.go:19`, `monitorFailures`).
pub const FAILURE_WINDOW: Span = Span::secs(300);
/// From how many recent failures on a node is avoided (`scheduler.go:23`, `maxFailures`).
pub const FAILURE_LIMIT: u32 = 5;

/// Generic resources that a task was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The kind.
    pub kind: String,
    /// How much, or which.
    pub stock: Stock,
}

/// What the managers believe, read-only, at an instant. Indexed by [`NodeId`]; an absent node is `None`.
#[derive(Clone, Debug, Default)]
pub struct View {
    nodes: Vec<Option<NodeView>>,
}

/// One node as the managers see it.
#[derive(Clone, Debug)]
pub struct NodeView {
    /// Its identity.
    pub id: NodeId,
    /// A hash of its name: random ties are told apart by it, so that no other node's presence shifts them.
    pub name_hash: u64,
    /// READY and ACTIVE, copied from the description to where the first filter looks.
    pub takes_tasks: bool,
    /// What it has, copied from the description to beside the books: every decision asks for it.
    pub size: Resources,
    /// What the tasks on it hold and count.
    pub books: Books,
    /// What it was last measured to use; `None` if the managers have not been told, or nobody asks.
    pub observed: Option<Observed>,
    /// Its description.
    pub node: Box<Node>,
    /// Recent failures by service and spec version, oldest first.
    failures: Vec<FailureLog>,
    /// When the last of them was. Most nodes have none that counts, and it is asked for every node of every decision.
    last_failure: SimTime,
}

#[derive(Clone, Debug)]
struct FailureLog {
    service: ServiceId,
    version: Option<SpecVersion>,
    at: Vec<SimTime>,
}

/// What the tasks on a node hold (until they are past RUNNING) and how many of them are active
/// (desired state at most COMPLETE).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Books {
    /// Described resources less the reservations held. May be negative for tasks that exist already.
    pub available: Resources,
    /// Active tasks of all services.
    pub active: u32,
    /// Generic resources left; a kind used up is gone.
    pub generic: Vec<Generic>,
    /// Active tasks by service, ascending, no zeros.
    services: Vec<(ServiceId, u32)>,
    /// Host-mode ports taken, ascending. One may stand here twice if tasks were bound by other hands.
    ports: Vec<(Protocol, u16)>,
}

impl View {
    /// An empty view.
    pub fn new() -> View {
        View::default()
    }

    /// The node, if it is a member of the swarm.
    pub fn node(&self, id: NodeId) -> Option<&NodeView> {
        self.nodes.get(id.index()).and_then(Option::as_ref)
    }

    /// The members, ascending.
    pub fn nodes(&self) -> impl Iterator<Item = &NodeView> {
        self.nodes.iter().flatten()
    }

    /// One more than the largest node index: the size of a dense table over nodes.
    pub fn span(&self) -> usize {
        self.nodes.len()
    }

    /// Takes in a node's description, new or changed. Books stay; what is available of CPU and memory is recomputed from
    /// the new description (`scheduler.go:368-396`). Generic resources are not, since that takes every task's claims:
    /// [`Books::restock`].
    pub fn set_node(&mut self, id: NodeId, node: Node) {
        if self.nodes.len() <= id.index() {
            self.nodes.resize_with(id.index() + 1, || None);
        }
        match &mut self.nodes[id.index()] {
            Some(known) => {
                known.books.available += node.resources - known.size;
                known.size = node.resources;
                known.takes_tasks = node.takes_tasks();
                *known.node = node;
            }
            empty => *empty = Some(NodeView::new(id, node)),
        }
    }

    /// Forgets a node and its books.
    pub fn remove_node(&mut self, id: NodeId) {
        if let Some(place) = self.nodes.get_mut(id.index()) {
            *place = None;
        }
    }

    /// An equal view whose nodes lie in memory the other way round: to find a strategy that looks at addresses.
    pub(crate) fn copied_backwards(&self) -> View {
        let mut nodes: Vec<_> = self.nodes.iter().rev().cloned().collect();
        nodes.reverse();
        View { nodes }
    }

    /// The same nodes, each in the place and under the name of another: what stood under `name(id)` stands under `id`.
    /// `name` is its own inverse.
    pub(crate) fn renamed(&self, name: impl Fn(NodeId) -> NodeId) -> View {
        let mut view = self.clone();
        for (own, place) in self.nodes().zip(view.nodes.iter_mut().flatten()) {
            let mut other = self.node(name(own.id)).expect("names are given among the members").clone();
            other.id = own.id;
            other.name_hash = own.name_hash;
            other.node.name.clone_from(&own.node.name);
            *place = other;
        }
        view
    }

    /// The books of a member, to be written by whoever keeps the view.
    pub fn books_mut(&mut self, id: NodeId) -> Option<&mut Books> {
        self.node_mut(id).map(|n| &mut n.books)
    }

    /// A member, to be written by whoever keeps the view.
    pub fn node_mut(&mut self, id: NodeId) -> Option<&mut NodeView> {
        self.nodes.get_mut(id.index()).and_then(Option::as_mut)
    }
}

impl NodeView {
    fn new(id: NodeId, node: Node) -> NodeView {
        NodeView {
            id,
            name_hash: xxhash_rust::xxh3::xxh3_64(node.name.as_bytes()),
            takes_tasks: node.takes_tasks(),
            size: node.resources,
            books: Books { available: node.resources, generic: node.generic.clone(), ..Books::default() },
            observed: None,
            node: Box::new(node),
            failures: Vec::new(),
            last_failure: SimTime::ZERO,
        }
    }

    /// Notes that a task of the scheduler's own choosing failed here.
    pub fn note_failure(&mut self, service: ServiceId, version: Option<SpecVersion>, at: SimTime) {
        self.last_failure = at;
        match self.failures.iter_mut().find(|f| f.service == service && f.version == version) {
            Some(log) => {
                log.at.retain(|t| at.since(*t) <= FAILURE_WINDOW);
                log.at.push(at);
            }
            None => self.failures.push(FailureLog { service, version, at: vec![at] }),
        }
        self.failures.retain(|f| f.at.last().is_some_and(|t| at.since(*t) <= FAILURE_WINDOW));
    }

    /// Gives back what [`Books::hold`] set aside, as far as the node still offers it.
    pub fn release(&mut self, spec: &TaskSpec, claims: &[Claim]) {
        self.books.release(spec, claims, &self.node.generic);
    }

    /// Failures of the service and version that still count at `now`. A new spec version is a clean slate.
    pub fn recent_failures(&self, service: ServiceId, version: Option<SpecVersion>, now: SimTime) -> u32 {
        if now.since(self.last_failure) > FAILURE_WINDOW || self.failures.is_empty() {
            return 0;
        }
        let log = self.failures.iter().find(|f| f.service == service && f.version == version);
        log.map_or(0, |f| {
            let old = f.at.partition_point(|at| now.since(*at) > FAILURE_WINDOW);
            (f.at.len() - old) as u32
        })
    }
}

impl Books {
    /// Active tasks of the service.
    pub fn of_service(&self, service: ServiceId) -> u32 {
        match self.services.binary_search_by_key(&service, |e| e.0) {
            Ok(at) => self.services[at].1,
            Err(_) => 0,
        }
    }

    /// Whether a host-mode port is taken.
    pub fn port_taken(&self, key: (Protocol, u16)) -> bool {
        !self.ports.is_empty() && self.ports.binary_search(&key).is_ok()
    }

    /// Sets aside what a task needs: CPU, memory, host ports and generic resources, and returns the latter.
    /// The caller has made sure that it fits, or knows that the task is there whether it fits or not.
    pub fn hold(&mut self, spec: &TaskSpec) -> Box<[Claim]> {
        self.available -= spec.reservations;
        for key in spec.ports.iter().filter_map(|p| p.host_key()) {
            let at = self.ports.partition_point(|p| *p < key);
            self.ports.insert(at, key);
        }
        spec.generic.iter().filter_map(|need| self.take(&need.kind, need.count)).collect()
    }

    fn release(&mut self, spec: &TaskSpec, claims: &[Claim], described: &[Generic]) {
        self.available += spec.reservations;
        for key in spec.ports.iter().filter_map(|p| p.host_key()) {
            if let Ok(at) = self.ports.binary_search(&key) {
                self.ports.remove(at);
            }
        }
        for claim in claims {
            let described = described.iter().find(|g| g.kind == claim.kind);
            if let Some(Generic { stock, .. }) = described {
                self.give_back(claim, stock);
            }
        }
    }

    /// Computes the generic resources left anew, from what the node offers and what its tasks were given
    /// (`genericresource/resource_management.go`, `ConsumeNodeResources`).
    pub fn restock<'c>(&mut self, described: &[Generic], claims: impl Iterator<Item = &'c Claim>) {
        self.generic = described.to_vec();
        for claim in claims {
            let Some(at) = self.generic.iter().position(|g| g.kind == claim.kind) else { continue };
            match (&mut self.generic[at].stock, &claim.stock) {
                (Stock::Discrete(left), Stock::Discrete(n)) => *left = left.saturating_sub(*n),
                (Stock::Named(left), Stock::Named(names)) => left.retain(|n| !names.contains(n)),
                _ => {} // the node changed how it offers the kind: its new description rules
            }
            if self.generic[at].stock.is_empty() {
                self.generic.remove(at);
            }
        }
    }

    /// Counts one more active task of the service.
    pub fn count_in(&mut self, service: ServiceId) {
        self.active += 1;
        match self.services.binary_search_by_key(&service, |e| e.0) {
            Ok(at) => self.services[at].1 += 1,
            Err(at) => self.services.insert(at, (service, 1)),
        }
    }

    /// Counts one active task of the service less.
    pub fn count_out(&mut self, service: ServiceId) {
        let at = self.services.binary_search_by_key(&service, |e| e.0);
        let at = at.expect("a task that leaves the books has been counted in");
        self.active -= 1;
        self.services[at].1 -= 1;
        if self.services[at].1 == 0 {
            self.services.remove(at);
        }
    }

    /// Takes `count` of a kind: from the front of a named stock (`genericresource/resource_management.go`).
    fn take(&mut self, kind: &str, count: u64) -> Option<Claim> {
        let at = self.generic.iter().position(|g| g.kind == kind)?;
        let stock = match &mut self.generic[at].stock {
            Stock::Discrete(left) => {
                let taken = count.min(*left);
                *left -= taken;
                Stock::Discrete(taken)
            }
            Stock::Named(names) => Stock::Named(names.drain(..(count as usize).min(names.len())).collect()),
        };
        if self.generic[at].stock.is_empty() {
            self.generic.remove(at);
        }
        Some(Claim { kind: kind.to_owned(), stock })
    }

    /// Names go to the end, counts are added, and there is never more than is described (`resource_management.go`,
    /// `Reclaim`).
    fn give_back(&mut self, claim: &Claim, described: &Stock) {
        let known = self.generic.iter_mut().find(|g| g.kind == claim.kind).map(|g| &mut g.stock);
        let back = match (&claim.stock, described) {
            (Stock::Discrete(n), Stock::Discrete(most)) => match known {
                Some(Stock::Discrete(left)) => return *left = (*left + n).min(*most),
                _ => Stock::Discrete(*n.min(most)),
            },
            (Stock::Named(names), Stock::Named(all)) => {
                let names = names.iter().filter(|n| all.contains(n)).cloned();
                match known {
                    Some(Stock::Named(left)) => return left.extend(names),
                    _ => Stock::Named(names.collect()),
                }
            }
            _ => return, // the node changed how it offers the kind since: its new description rules
        };
        if !back.is_empty() {
            self.generic.push(Generic { kind: claim.kind.clone(), stock: back });
        }
    }
}

impl Stock {
    /// How much there is.
    pub fn count(&self) -> u64 {
        match self {
            Stock::Discrete(n) => *n,
            Stock::Named(names) => names.len() as u64,
        }
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }
}

/// The view plus the plan so far. Reading a node the plan has not touched reads the view.
#[derive(Debug)]
pub struct Draft<'a> {
    view: &'a View,
    /// For each node, one more than its place in `touched`; 0 where the plan has not touched it.
    places: Vec<u32>,
    touched: Vec<Books>,
}

impl<'a> Draft<'a> {
    /// A draft without any change yet.
    pub fn new(view: &'a View) -> Draft<'a> {
        Draft { view, places: vec![0; view.span()], touched: Vec::new() }
    }

    /// The view beneath.
    pub fn view(&self) -> &'a View {
        self.view
    }

    /// The node's books as the plan would leave them.
    pub fn books<'b>(&'b self, node: &'b NodeView) -> &'b Books {
        match self.places[node.id.index()] {
            0 => &node.books,
            n => &self.touched[n as usize - 1],
        }
    }

    /// Puts one task there and returns the generic resources that it gets.
    pub fn place(&mut self, node: &NodeView, service: ServiceId, spec: &TaskSpec) -> Box<[Claim]> {
        let place = &mut self.places[node.id.index()];
        if *place == 0 {
            self.touched.push(node.books.clone());
            *place = self.touched.len() as u32;
        }
        let books = &mut self.touched[*place as usize - 1];
        books.count_in(service);
        books.hold(spec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::GenericNeed;

    fn named(names: &[&str]) -> Stock {
        Stock::Named(names.iter().map(|n| (*n).to_owned()).collect())
    }

    fn offering(stock: Stock) -> Node {
        Node { generic: vec![Generic { kind: "gpu".into(), stock }], ..Node::default() }
    }

    fn needing(count: u64) -> TaskSpec {
        TaskSpec { generic: vec![GenericNeed { kind: "gpu".into(), count }], ..TaskSpec::default() }
    }

    /// What is left of the only kind.
    fn left(node: &NodeView) -> Option<&Stock> {
        node.books.generic.first().map(|g| &g.stock)
    }

    #[test]
    fn names_are_taken_from_the_front_and_go_back_to_the_end() {
        let mut node = NodeView::new(NodeId(0), offering(named(&["a", "b", "c"])));
        let claims = node.books.hold(&needing(2));
        assert_eq!(claims[0].stock, named(&["a", "b"]));
        node.release(&needing(2), &claims);
        assert_eq!(left(&node), Some(&named(&["c", "a", "b"])));
        let all = node.books.hold(&needing(3));
        assert_eq!(left(&node), None, "a kind used up is gone");
        node.release(&needing(3), &all);
        assert_eq!(left(&node), Some(&named(&["c", "a", "b"])));
    }

    #[test]
    fn no_more_comes_back_than_the_node_offers() {
        let mut node = NodeView::new(NodeId(0), offering(Stock::Discrete(4)));
        let claims = node.books.hold(&needing(3));
        *node.node = offering(Stock::Discrete(2));
        node.books.restock(&node.node.generic, claims.iter());
        assert_eq!(left(&node), None);
        node.release(&needing(3), &claims);
        assert_eq!(left(&node), Some(&Stock::Discrete(2)));
        *node.node = offering(named(&["x"]));
        node.books.restock(&node.node.generic, claims.iter());
        node.release(&needing(3), &claims);
        assert_eq!(left(&node), Some(&named(&["x"])), "counts are nothing to a node that has names");
    }

    #[test]
    fn failures_count_for_five_minutes_and_one_version() {
        let mut node = NodeView::new(NodeId(0), Node::default());
        let (service, version) = (ServiceId(3), Some(SpecVersion(1)));
        let at = |s| SimTime::ZERO + Span::secs(s);
        for s in [0, 10, 20] {
            node.note_failure(service, version, at(s));
        }
        assert_eq!(node.recent_failures(service, version, at(300)), 3, "the 300 s are counted in full");
        assert_eq!(node.recent_failures(service, version, at(301)), 2);
        assert_eq!(node.recent_failures(service, Some(SpecVersion(2)), at(20)), 0);
        node.note_failure(ServiceId(9), None, at(1000));
        assert_eq!(node.failures.len(), 1, "what is out of the window is forgotten");
    }

    #[test]
    fn a_draft_leaves_the_view_alone() {
        let mut view = View::new();
        view.set_node(NodeId(1), Node { resources: Resources::new(5, 5), ..Node::default() });
        let spec = TaskSpec { reservations: Resources::new(2, 1), ..TaskSpec::default() };
        let mut draft = Draft::new(&view);
        let node = view.node(NodeId(1)).unwrap();
        draft.place(node, ServiceId(0), &spec);
        draft.place(node, ServiceId(0), &spec);
        assert_eq!(draft.books(node).available, Resources::new(1, 3));
        assert_eq!((draft.books(node).of_service(ServiceId(0)), node.books.active), (2, 0));
    }
}
