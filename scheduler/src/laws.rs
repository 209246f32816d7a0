//! What every plan must hold to, whatever the cluster and whatever waits.
//!
//! [`plan`] looks at the plan alone; [`again`] asks the strategy once more, about requests that must come to the same.
//! The tests of the catalogue and `swarmbed fuzz` judge by these; a strategy elsewhere can be tested with them too:
//!
//! ```
//! use swarmbed_scheduler::plan::Request;
//! use swarmbed_scheduler::view::View;
//! use swarmbed_scheduler::{SimTime, laws, strategy};
//!
//! let strategy = strategy::build("spread").unwrap();
//! let request = Request { now: SimTime::ZERO, view: &View::new(), groups: &[], seed: 1, explain: None };
//! let plan = strategy.plan(&request);
//! assert_eq!(laws::plan(&request, &plan), Ok(()));
//! assert_eq!(laws::again(&*strategy, &request, &plan), Ok(()));
//! ```

use std::collections::BTreeMap;

use crate::filter::{Filter, Pipeline};
use crate::id::TaskId;
use crate::plan::{Group, Plan, Request, Verdict};
use crate::view::{Claim, NodeView, View};

mod again;

pub use again::again;

/// Each pending task is placed or refused, once.
pub const DECIDED: &str = "a plan decides on every pending task exactly once";
/// A placement passes the filters on the node as the plan has left it so far, and gives the task what it asks for.
pub const FITS: &str = "a task is only placed where it passes the filters";
/// What was refused can go nowhere, even once the plan is carried out.
pub const IN_VAIN: &str = "a refused task has no node that could take it";
/// A plan is a function of its request.
pub const SAME: &str = "the same request gives the same plan";
/// Nor does it depend on where in memory the request lies.
pub const MEMORY: &str = "the same request gives the same plan wherever it lies in memory";
/// A node that could take none of the tasks, and has none, may as well not be there.
pub const INFEASIBLE: &str = "removing a node that can take no task changes nothing";
/// What was decided by keys alone goes with the nodes when these change their names. A choice among equals must be
/// counted as a tie ([`Planner::tie`](crate::strategy::Planner::tie)); a plan with ties is not held to this law.
pub const RENUMBERED: &str = "renumbering nodes renumbers the plan";

/// A law that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which: one of the constants of this module.
    pub law: &'static str,
    /// What was found, in a sentence.
    pub reason: String,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.law, self.reason)
    }
}

/// Holds, or the first law that does not.
pub type Held = Result<(), Broken>;

fn broken(law: &'static str, reason: String) -> Held {
    Err(Broken { law, reason })
}

/// Whether the plan does what was asked: [`DECIDED`], [`FITS`] and [`IN_VAIN`].
///
/// # Errors
/// The first law that does not hold.
pub fn plan(request: &Request<'_>, plan: &Plan) -> Held {
    let groups = decided(request, plan)?;
    let left = carried_out(request, &groups, plan)?;
    not_in_vain(&left, &groups, plan)
}

type Groups<'a> = BTreeMap<TaskId, &'a Group<'a>>;

/// The group of each task, if each is decided on once.
fn decided<'a>(request: &Request<'a>, plan: &Plan) -> Result<Groups<'a>, Broken> {
    let mut open: Groups<'_> = request
        .groups
        .iter()
        .flat_map(|group| group.tasks.iter().map(move |task| (task.id, group)))
        .collect();
    let groups = open.clone();
    for decision in &plan.decisions {
        let TaskId(task) = decision.task;
        if open.remove(&decision.task).is_none() {
            let asked = groups.contains_key(&decision.task);
            let what = if asked { "was decided on twice" } else { "was not asked about" };
            broken(DECIDED, format!("task {task} {what}"))?;
        }
        if matches!(decision.verdict, Verdict::Refuse(reason) if reason >= plan.refusals.len()) {
            broken(DECIDED, format!("task {task} was refused for a reason that the plan does not have"))?;
        }
    }
    if let Some((TaskId(task), group)) = open.first_key_value() {
        broken(DECIDED, format!("task {task} of {} was neither placed nor refused", group.service_name))?;
    }
    Ok(groups)
}

/// Carries the plan out on a copy of the view, in the order of its decisions, and checks each placement before it is
/// entered. Returns what the plan leaves.
fn carried_out(request: &Request<'_>, groups: &Groups<'_>, plan: &Plan) -> Result<View, Broken> {
    let mut view = request.view.clone();
    for decision in &plan.decisions {
        let Verdict::Place { node, claims } = &decision.verdict else { continue };
        let (group, TaskId(task)) = (groups[&decision.task], decision.task);
        let wrong = |what: &str| {
            let reason = format!("task {task} of {} was placed on {what}", group.service_name);
            Broken { law: FITS, reason }
        };
        let there = view.node_mut(*node).ok_or_else(|| wrong("a node that is no member"))?;
        placed(there, group, claims).map_err(|why| wrong(&format!("{}, {why}", there.node.name)))?;
        let held = there.books.hold(group.spec);
        if held != *claims {
            return Err(wrong(&format!("{} with claims that are not the next ones there", there.node.name)));
        }
        there.books.count_in(group.service);
    }
    Ok(view)
}

/// Whether one more task of the group may go there. What the pipeline says is checked by other means too: the pipeline
/// itself is on trial.
fn placed(there: &NodeView, group: &Group<'_>, claims: &[Claim]) -> Result<(), String> {
    let (spec, books) = (group.spec, &there.books);
    let fails = |filter: Filter| Err(format!("which fails its {filter} filter"));
    if !there.node.takes_tasks() {
        return fails(Filter::Ready);
    }
    if !spec.constraints.iter().all(|c| c.matches(&there.node)) {
        return fails(Filter::Constraint);
    }
    let left = books.available - spec.reservations;
    if !spec.reservations.is_zero() && (left.nano_cpus < 0 || left.memory < 0) {
        return Err(format!(
            "which has {} nano-CPUs and {} bytes too few",
            -left.nano_cpus.min(0),
            -left.memory.min(0)
        ));
    }
    if let Some(key) = spec.ports.iter().filter_map(|p| p.host_key()).find(|key| books.port_taken(*key)) {
        return Err(format!("where port {} is taken", key.1));
    }
    let (most, own) = (spec.max_replicas_per_node, books.of_service(group.service));
    if most > 0 && own >= most {
        return Err(format!("which has {own} of the service and may have {most}"));
    }
    for need in &spec.generic {
        let given = claims.iter().find(|c| c.kind == need.kind).map_or(0, |c| c.stock.count());
        if given != need.count {
            return Err(format!("with {given} of {} {}", need.count, need.kind));
        }
    }
    Pipeline::new(spec).check(there, books, group.service).or_else(fails)
}

/// Later placements only take more, so what was impossible when it was refused still is.
fn not_in_vain(left: &View, groups: &Groups<'_>, plan: &Plan) -> Held {
    for decision in plan.decisions.iter().filter(|d| d.node().is_none()) {
        let group = groups[&decision.task];
        let pipeline = Pipeline::new(group.spec);
        let possible = left.nodes().find(|n| pipeline.check(n, &n.books, group.service).is_ok());
        if let Some(node) = possible {
            let (TaskId(task), service, node) = (decision.task, group.service_name, &node.node.name);
            broken(IN_VAIN, format!("task {task} of {service} was refused, though {node} could take it"))?;
        }
    }
    Ok(())
}
