//! Which nodes are possible at all: SwarmKit's filters in SwarmKit's order (`manager/scheduler/pipeline.go`, `filter.go`).
//!
//! A node is put through the filters that the task's spec calls for, and the first that it fails is the reason that is
//! counted. SwarmKit's eighth filter, for CSI cluster volumes, is absent here: the simulator has no such volumes.

use std::fmt;

use crate::id::ServiceId;
use crate::node::{Platform, Plugin};
use crate::plan::Work;
use crate::spec::TaskSpec;
use crate::view::{Books, NodeView};

/// A reason for which a node cannot take a task, in the order in which they are tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Filter {
    /// READY and ACTIVE.
    Ready,
    /// The reservation is at most what is available.
    Resource,
    /// Network, volume and log drivers are installed.
    Plugin,
    /// All placement constraints hold.
    Constraint,
    /// One of the image's platforms is the node's.
    Platform,
    /// No host-mode port of the task is taken.
    HostPort,
    /// Fewer active tasks of the service than its limit per node.
    MaxReplicas,
}

impl Filter {
    /// Every filter, in pipeline order.
    pub const ALL: [Filter; 7] = [
        Filter::Ready,
        Filter::Resource,
        Filter::Plugin,
        Filter::Constraint,
        Filter::Platform,
        Filter::HostPort,
        Filter::MaxReplicas,
    ];

    /// A word for it, as metrics and explanations use it.
    pub const fn name(self) -> &'static str {
        match self {
            Filter::Ready => "ready",
            Filter::Resource => "resource",
            Filter::Plugin => "plugin",
            Filter::Constraint => "constraint",
            Filter::Platform => "platform",
            Filter::HostPort => "host-port",
            Filter::MaxReplicas => "max-replicas",
        }
    }

    /// What SwarmKit says of nodes that fail it, but for their number.
    const fn phrase(self) -> &'static str {
        match self {
            Filter::Ready => "not available for new tasks",
            Filter::Resource => "insufficient resources on",
            Filter::Plugin => "missing plugin on",
            Filter::Constraint => "scheduling constraints not satisfied on",
            Filter::Platform => "unsupported platform on",
            Filter::HostPort => "host-mode port already in use on",
            Filter::MaxReplicas => "max replicas per node limit exceed",
        }
    }

    /// SwarmKit's sentence for `nodes` nodes that fail it.
    fn explain(self, nodes: u32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (phrase, end) = (self.phrase(), if nodes == 1 { "" } else { "s" });
        match self {
            Filter::Ready => write!(f, "{nodes} node{end} {phrase}"),
            Filter::MaxReplicas => f.write_str(phrase),
            _ => write!(f, "{phrase} {nodes} node{end}"),
        }
    }

    /// Whether a refusal says that nodes failed it: what [`Tally`] wrote, read again.
    pub fn is_said_in(self, refusal: &str) -> bool {
        refusal.contains(self.phrase())
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How many nodes each filter removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    counts: [u32; Filter::ALL.len()],
}

impl Tally {
    /// Counts one more node that failed the filter.
    pub fn fail(&mut self, filter: Filter) {
        self.counts[filter as usize] += 1;
    }

    /// Forgets everything, as SwarmKit does whenever a node passes (`pipeline.go:64-66`).
    pub fn reset(&mut self) {
        *self = Tally::default();
    }

    /// Nodes that failed the filter.
    pub fn count(&self, filter: Filter) -> u32 {
        self.counts[filter as usize]
    }

    /// Nodes that failed any filter.
    pub fn total(&self) -> u32 {
        self.counts.iter().sum()
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.total() == 0
    }
}

impl fmt::Display for Tally {
    /// SwarmKit's explanation: most failures first, ties in pipeline order, joined by `; `.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut failed = Filter::ALL;
        failed.sort_by_key(|filter| std::cmp::Reverse(self.count(*filter)));
        for (i, filter) in failed.into_iter().take_while(|filter| self.count(*filter) > 0).enumerate() {
            if i > 0 {
                f.write_str("; ")?;
            }
            filter.explain(self.count(filter), f)?;
        }
        Ok(())
    }
}

/// The filters that a task's spec calls for.
#[derive(Clone, Copy, Debug)]
pub struct Pipeline<'a> {
    spec: &'a TaskSpec,
    /// One bit for each enabled filter.
    enabled: u8,
}

impl<'a> Pipeline<'a> {
    /// The pipeline for tasks of this spec.
    pub fn new(spec: &'a TaskSpec) -> Pipeline<'a> {
        let drivers = !spec.network_drivers.is_empty() || spec.volume_drivers.iter().any(|d| !is_local(d));
        let wanted = [
            (Filter::Ready, true),
            (Filter::Resource, !spec.reservations.is_zero() || spec.generic.iter().any(|g| g.count > 0)),
            (Filter::Plugin, drivers || spec.log_driver.is_some()),
            (Filter::Constraint, !spec.constraints.is_empty()),
            (Filter::Platform, !spec.platforms.is_empty()),
            (Filter::HostPort, spec.ports.iter().any(|p| p.host_key().is_some())),
            (Filter::MaxReplicas, spec.max_replicas_per_node > 0),
        ];
        let enabled = wanted.iter().filter(|(_, on)| *on).fold(0, |bits, (filter, _)| bits | filter.bit());
        Pipeline { spec, enabled }
    }

    /// Whether the filter is tested at all.
    pub fn is_enabled(&self, filter: Filter) -> bool {
        self.enabled & filter.bit() != 0
    }

    /// Whether the node, with these books, can take one more task of the service; if not, the first filter that it fails.
    ///
    /// The books are passed beside the node since a plan looks at them as it would leave them.
    pub fn check(&self, node: &NodeView, books: &Books, service: ServiceId) -> Result<(), Filter> {
        if !node.takes_tasks {
            return Err(Filter::Ready);
        }
        if self.is_enabled(Filter::Resource) && !self.has_resources(books) {
            return Err(Filter::Resource);
        }
        if self.is_enabled(Filter::Plugin) && !self.has_plugins(node) {
            return Err(Filter::Plugin);
        }
        if self.is_enabled(Filter::Constraint) && !self.spec.constraints.iter().all(|c| c.matches(&node.node))
        {
            return Err(Filter::Constraint);
        }
        if self.is_enabled(Filter::Platform) && !self.has_platform(node) {
            return Err(Filter::Platform);
        }
        if self.is_enabled(Filter::HostPort) && self.port_taken(books) {
            return Err(Filter::HostPort);
        }
        if self.is_enabled(Filter::MaxReplicas)
            && books.of_service(service) >= self.spec.max_replicas_per_node
        {
            return Err(Filter::MaxReplicas);
        }
        Ok(())
    }

    /// [`Pipeline::check`], adding the filters that it ran to what the planning cost.
    pub fn check_counted(
        &self,
        node: &NodeView,
        books: &Books,
        service: ServiceId,
        work: &mut Work,
    ) -> Result<(), Filter> {
        let result = self.check(node, books, service);
        let run = match result {
            Ok(()) => self.enabled,
            Err(filter) => self.enabled & (filter.bit() | (filter.bit() - 1)),
        };
        work.filters_run += u64::from(run.count_ones());
        result
    }

    fn has_resources(&self, books: &Books) -> bool {
        self.spec.reservations.fits(books.available)
            && self.spec.generic.iter().all(|need| {
                need.count == 0
                    || books.generic.iter().any(|g| g.kind == need.kind && g.stock.count() >= need.count)
            })
    }

    fn has_plugins(&self, node: &NodeView) -> bool {
        let Some(plugins) = &node.node.plugins else { return true };
        let volumes =
            self.spec.volume_drivers.iter().all(|n| is_local(n) || has_plugin(plugins, "Volume", n));
        let networks =
            self.spec.network_drivers.iter().all(|n| n.is_empty() || has_plugin(plugins, "Network", n));
        // A node that lists no log driver at all is taken for an old engine that does not tell (`filter.go:162`).
        let log = self.spec.log_driver.as_ref().filter(|n| !n.is_empty() && *n != "none");
        let log =
            log.is_none_or(|n| has_plugin(plugins, "Log", n) || plugins.iter().all(|p| p.kind != "Log"));
        volumes && networks && log
    }

    fn has_platform(&self, node: &NodeView) -> bool {
        let Some(own) = &node.node.platform else { return false };
        let equal = |wanted: &str, own: &str| wanted.is_empty() || wanted == own;
        self.spec.platforms.iter().any(|Platform { os, arch }| {
            equal(os, &own.os) && equal(canonical_arch(arch), canonical_arch(&own.arch))
        })
    }

    fn port_taken(&self, books: &Books) -> bool {
        self.spec.ports.iter().filter_map(|p| p.host_key()).any(|key| books.port_taken(key))
    }
}

/// `name` or `name:latest`, exactly (`filter.go:186-202`).
fn has_plugin(plugins: &[Plugin], kind: &str, name: &str) -> bool {
    let named = |p: &Plugin| p.name == name || p.name.strip_suffix(":latest") == Some(name);
    plugins.iter().any(|p| p.kind == kind && named(p))
}

/// The volume driver that every engine has (`filter.go:128`).
fn is_local(driver: &str) -> bool {
    driver.is_empty() || driver == "local"
}

/// Go's names for the two architectures that have several.
fn canonical_arch(arch: &str) -> &str {
    match arch {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::constraint::Constraint;
    use crate::id::NodeId;
    use crate::node::{Availability, Generic, Node, NodeState, Stock};
    use crate::spec::{GenericNeed, Port, PublishMode};
    use crate::units::Resources;
    use crate::view::View;

    const SERVICE: ServiceId = ServiceId(0);

    fn check(node: Node, spec: &TaskSpec) -> Result<(), Filter> {
        let mut view = View::new();
        view.set_node(NodeId(0), node);
        let node = view.node(NodeId(0)).unwrap();
        Pipeline::new(spec).check(node, &node.books, SERVICE)
    }

    #[test]
    fn explanations_read_as_swarmkits() {
        let mut tally = Tally::default();
        assert_eq!(tally.to_string(), "");
        for filter in Filter::ALL {
            tally.fail(filter);
        }
        assert_eq!(
            tally.to_string(),
            "1 node not available for new tasks; insufficient resources on 1 node; missing plugin on 1 node; \
             scheduling constraints not satisfied on 1 node; unsupported platform on 1 node; \
             host-mode port already in use on 1 node; max replicas per node limit exceed"
        );
        let mut tally = Tally::default();
        tally.fail(Filter::Ready);
        tally.fail(Filter::Ready);
        tally.fail(Filter::HostPort);
        for _ in 0..3 {
            tally.fail(Filter::MaxReplicas);
        }
        assert_eq!(
            tally.to_string(),
            "max replicas per node limit exceed; 2 nodes not available for new tasks; host-mode port already in use on 1 node"
        );
    }

    #[test]
    fn what_was_said_is_read_again() {
        for filter in Filter::ALL {
            for n in [1, 2] {
                let mut tally = Tally::default();
                (0..n).for_each(|_| tally.fail(filter));
                let said: Vec<Filter> =
                    Filter::ALL.into_iter().filter(|f| f.is_said_in(&tally.to_string())).collect();
                assert_eq!(said, [filter]);
            }
        }
    }

    #[test]
    fn the_first_failing_filter_is_the_reason() {
        let mut spec = TaskSpec { reservations: Resources::new(1, 0), ..TaskSpec::default() };
        spec.constraints = vec![Constraint::parse("node.role == manager").unwrap()];
        let node = Node { resources: Resources::new(1, 1), ..Node::default() };
        assert_eq!(check(node.clone(), &spec), Err(Filter::Constraint));
        assert_eq!(check(Node { resources: Resources::ZERO, ..node.clone() }, &spec), Err(Filter::Resource));
        let drained = Node { availability: Availability::Drain, resources: Resources::ZERO, ..node.clone() };
        assert_eq!(check(drained, &spec), Err(Filter::Ready));
        assert_eq!(check(Node { state: NodeState::Unknown, ..node }, &spec), Err(Filter::Ready));
    }

    #[test]
    fn filters_run_are_counted_up_to_the_first_failure() {
        let spec =
            TaskSpec { max_replicas_per_node: 1, reservations: Resources::new(2, 0), ..TaskSpec::default() };
        let mut view = View::new();
        view.set_node(NodeId(0), Node { resources: Resources::new(1, 0), ..Node::default() });
        view.set_node(NodeId(1), Node { resources: Resources::new(2, 0), ..Node::default() });
        let (pipeline, mut work) = (Pipeline::new(&spec), Work::default());
        let mut run = |id| {
            let node = view.node(NodeId(id)).unwrap();
            let before = work.filters_run;
            (pipeline.check_counted(node, &node.books, SERVICE, &mut work), work.filters_run - before)
        };
        assert_eq!(run(0), (Err(Filter::Resource), 2));
        assert_eq!(run(1), (Ok(()), 3));
    }

    #[test]
    fn plugins_and_platforms_have_their_leniencies() {
        let plugin = |kind: &str, name: &str| Plugin { kind: kind.into(), name: name.into() };
        let with = |plugins| Node { plugins: Some(plugins), ..Node::default() };
        let log = TaskSpec { log_driver: Some("gelf".into()), ..TaskSpec::default() };
        assert_eq!(check(Node::default(), &log), Ok(()));
        assert_eq!(check(with(vec![]), &log), Ok(()));
        assert_eq!(check(with(vec![plugin("Log", "syslog")]), &log), Err(Filter::Plugin));
        let net = TaskSpec { network_drivers: vec!["weave".into()], ..TaskSpec::default() };
        assert_eq!(check(with(vec![]), &net), Err(Filter::Plugin));
        assert_eq!(check(with(vec![plugin("Network", "weave:latest")]), &net), Ok(()));
        assert_eq!(check(with(vec![plugin("Volume", "weave")]), &net), Err(Filter::Plugin));
        let local = TaskSpec { volume_drivers: vec!["local".into()], ..TaskSpec::default() };
        assert_eq!(check(with(vec![]), &local), Ok(()));
        assert!(!Pipeline::new(&local).is_enabled(Filter::Plugin));
        let platform = |os: &str, arch: &str| Platform { os: os.into(), arch: arch.into() };
        let amd = TaskSpec { platforms: vec![platform("", "amd64")], ..TaskSpec::default() };
        let on = |p| Node { platform: p, ..Node::default() };
        assert_eq!(check(on(Some(platform("linux", "x86_64"))), &amd), Ok(()));
        assert_eq!(check(on(Some(platform("linux", "arm64"))), &amd), Err(Filter::Platform));
        assert_eq!(check(on(None), &amd), Err(Filter::Platform));
    }

    #[test]
    fn ports_and_generic_resources_are_held() {
        let port = Port { published: 80, mode: PublishMode::Host, ..Port::default() };
        let spec = TaskSpec {
            ports: vec![port],
            generic: vec![GenericNeed { kind: "gpu".into(), count: 1 }],
            ..TaskSpec::default()
        };
        let mut view = View::new();
        let gpus = Stock::Named(vec!["a".into(), "b".into()]);
        view.set_node(
            NodeId(0),
            Node { generic: vec![Generic { kind: "gpu".into(), stock: gpus }], ..Node::default() },
        );
        let check = |view: &View| {
            let node = view.node(NodeId(0)).unwrap();
            Pipeline::new(&spec).check(node, &node.books, SERVICE)
        };
        assert_eq!(check(&view), Ok(()));
        view.books_mut(NodeId(0)).unwrap().hold(&spec);
        assert_eq!(check(&view), Err(Filter::HostPort));
        view.books_mut(NodeId(0)).unwrap().hold(&TaskSpec { ports: vec![], ..spec.clone() });
        assert_eq!(check(&view), Err(Filter::Resource));
    }
}
