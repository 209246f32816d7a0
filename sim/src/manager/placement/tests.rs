//! One check for each rule of the mirror.

use swarmbed_scheduler::node::{Availability, Node};
use swarmbed_scheduler::spec::{SpecVersion, TaskSpec};
use swarmbed_scheduler::strategy::build;
use swarmbed_scheduler::task::TaskState::{self, Assigned, Complete, Failed, Pending, Running, Shutdown};
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, TaskId};

use super::{Decisions, Firing, Outcome, Placement, TaskFacts};

const N1: NodeId = NodeId(0);
const N2: NodeId = NodeId(1);
const CPU: i64 = 1_000_000_000;

/// Two nodes of two CPUs and tasks of one CPU each.
struct Swarm {
    placement: Placement,
    spec: TaskSpec,
    current: Option<SpecVersion>,
}

impl Swarm {
    fn new() -> Swarm {
        let spec = TaskSpec { reservations: Resources::new(CPU, 0), ..TaskSpec::default() };
        let placement =
            Placement::start([(N1, &node("n1")), (N2, &node("n2"))].into_iter(), std::iter::empty());
        let mut swarm = Swarm { placement, spec, current: Some(SpecVersion(1)) };
        assert_eq!(swarm.fire(), [""; 0]);
        swarm
    }

    fn create(&mut self, id: u32, state: TaskState, node: Option<NodeId>) {
        self.placement.task_created(&facts(&self.spec, id, state, Running, node, ""));
    }

    fn update(&mut self, id: u32, state: TaskState, desired: TaskState, node: Option<NodeId>) {
        self.placement.task_updated(SimTime::ZERO, &facts(&self.spec, id, state, desired, node, ""));
    }

    /// The scheduler's own refusal comes back to it.
    fn echo_refused(&mut self, id: u32, text: &str) {
        self.placement.task_updated(SimTime::ZERO, &facts(&self.spec, id, Pending, Running, None, text));
    }

    /// Fires and prints what was decided.
    fn fire(&mut self) -> Vec<String> {
        let strategy = build("swarm-spread[ties=id]").unwrap();
        let current = self.current;
        let version = |_| current;
        let now = SimTime::ZERO;
        let firing = Firing { now, strategy: &*strategy, seed: 1, explain: None, service_version: &version };
        let Decisions { writes, .. } = self.placement.fire(&firing);
        self.placement.recount().expect("the books add up");
        let show = |outcome: &Outcome| match outcome {
            Outcome::Assign { node, confirmed: true, .. } => format!("confirmed on {}", node.0),
            Outcome::Assign { node, .. } => format!("on {}", node.0),
            Outcome::Refuse(text) => text.to_string(),
            Outcome::Shutdown => "shutdown".to_owned(),
        };
        writes.iter().map(|w| format!("{}: {}", w.task.0, show(&w.outcome))).collect()
    }

    fn books(&self, node: NodeId) -> (i64, u32) {
        let books = &self.placement.view().node(node).unwrap().books;
        (books.available.nano_cpus / CPU, books.active)
    }
}

fn facts<'a>(
    spec: &'a TaskSpec,
    id: u32,
    state: TaskState,
    desired: TaskState,
    node: Option<NodeId>,
    error: &'a str,
) -> TaskFacts<'a> {
    let (service, version) = (ServiceId(0), Some(SpecVersion(1)));
    let (id, slot) = (TaskId(id), id + 1);
    TaskFacts {
        id,
        service,
        service_name: "web",
        version,
        spec,
        slot,
        attempt: 1,
        state,
        desired,
        node,
        error,
    }
}

fn node(name: &str) -> Node {
    Node { name: name.into(), resources: Resources::new(2 * CPU, 0), ..Node::default() }
}

#[test]
fn a_refused_task_is_tried_again_only_if_something_happened() {
    let mut swarm = Swarm::new();
    (0..5).for_each(|id| swarm.create(id, Pending, None));
    let text = "no suitable node (insufficient resources on 2 nodes)";
    assert_eq!(swarm.fire(), ["0: on 0", "1: on 1", "2: on 0", "3: on 1", &format!("4: {text}")]);
    assert!(!swarm.placement.is_due(), "it is up to the commit's echo");
    swarm.echo_refused(4, text);
    assert!(swarm.placement.is_due());
    assert_eq!(swarm.fire(), [""; 0], "no write for the same text");
    swarm.update(0, Assigned, Running, Some(N1));
    swarm.update(0, Running, Shutdown, Some(N1));
    assert_eq!(swarm.books(N1), (0, 1), "it holds its CPU but counts no more");
    assert!(!swarm.placement.is_due(), "a desired state calls for no tick");
    swarm.update(0, TaskState::Shutdown, Shutdown, Some(N1));
    assert_eq!(swarm.fire(), ["4: on 0"]);
}

#[test]
fn a_commit_that_refuses_is_undone() {
    let mut swarm = Swarm::new();
    swarm.create(0, Pending, None);
    assert_eq!(swarm.fire(), ["0: on 0"]);
    swarm.update(0, Pending, Shutdown, None);
    assert_eq!(swarm.books(N1), (1, 0), "the decision stands until the commit says otherwise");
    swarm.placement.undo(TaskId(0));
    assert_eq!(swarm.books(N1), (2, 0));
    // Quirk: told to shut down or not, it is placed.
    assert_eq!(swarm.fire(), ["0: on 0"]);
    swarm.update(0, Assigned, Shutdown, Some(N1));
    swarm.placement.undo(TaskId(0));
    assert_eq!(swarm.books(N1), (1, 0), "what is committed cannot be undone");
}

#[test]
fn bound_tasks_are_confirmed_and_their_failures_are_not_counted() {
    let mut swarm = Swarm::new();
    (0..3).for_each(|id| swarm.create(id, Pending, Some(N1)));
    assert_eq!(
        swarm.fire(),
        ["0: confirmed on 0", "1: confirmed on 0", "2: insufficient resources on 1 node"]
    );
    assert_eq!(swarm.fire(), [""; 0], "no write for the same text");
    swarm.create(3, Running, Some(N2));
    swarm.update(0, Failed, Running, Some(N1));
    swarm.update(3, Failed, Running, Some(N2));
    let failures = |n| {
        swarm.placement.view().node(n).unwrap().recent_failures(
            ServiceId(0),
            Some(SpecVersion(1)),
            SimTime::ZERO,
        )
    };
    assert_eq!((failures(N1), failures(N2)), (0, 1));
    assert_eq!(swarm.fire(), ["2: confirmed on 0"]);
}

#[test]
fn what_is_deleted_while_it_waits_takes_part_in_one_more_tick() {
    let mut swarm = Swarm::new();
    (0..5).for_each(|id| swarm.create(id, Pending, None));
    swarm.placement.task_deleted(TaskId(0));
    let refused = "4: no suitable node (insufficient resources on 2 nodes)";
    assert_eq!(swarm.fire(), ["1: on 1", "2: on 0", "3: on 1", refused], "the ghost of 0 took a place");
    assert_eq!(swarm.books(N1), (1, 1), "and gave it back");
    swarm.update(4, Pending, Running, None);
    assert_eq!(swarm.fire(), ["4: on 0"]);
    assert_eq!(swarm.placement.waiting(), 0);
}

#[test]
fn nodes_come_change_and_go() {
    let mut swarm = Swarm::new();
    (0..4).for_each(|id| swarm.create(id, Running, Some(N1)));
    swarm.placement.node_set(N1, &Node { resources: Resources::new(3 * CPU, 0), ..node("n1") });
    assert_eq!(swarm.books(N1), (-1, 4), "what is there is there, whether it fits or not");
    assert_eq!(swarm.fire(), [""; 0]);
    swarm.placement.node_removed(N2);
    swarm.placement.node_removed(N1);
    assert!(!swarm.placement.is_due(), "a node's deletion wakes nobody");
    swarm.placement.node_set(N1, &Node { availability: Availability::Pause, ..node("n1") });
    assert_eq!(swarm.books(N1), (2, 0));
    swarm.create(4, Pending, None);
    assert_eq!(swarm.fire(), ["4: no suitable node (1 node not available for new tasks)"]);
    swarm.update(0, Complete, Running, Some(N1));
    assert!(swarm.placement.is_due(), "a task ended");
}

#[test]
fn left_overs_of_an_old_version_are_not_kept() {
    let mut swarm = Swarm::new();
    swarm.current = Some(SpecVersion(2));
    swarm.spec.reservations = Resources::new(9 * CPU, 0);
    (0..2).for_each(|id| swarm.create(id, Pending, None));
    swarm.update(1, Pending, Shutdown, None);
    assert_eq!(swarm.fire(), ["1: shutdown"]);
    assert_eq!(swarm.placement.waiting(), 0);
    swarm.current = None;
    swarm.create(2, Pending, None);
    assert_eq!(swarm.fire(), [""; 0], "the service is gone");
    assert_eq!(swarm.placement.waiting(), 0);
}
