//! Strategies that are wrong, each in one way that has been seen in the wild.

use std::collections::BTreeMap;
use std::sync::Mutex;

use swarmbed_scheduler::NodeId;
use swarmbed_scheduler::filter::{Filter, Pipeline, Tally};
use swarmbed_scheduler::plan::{Group, PendingTask, Plan, Request};
use swarmbed_scheduler::strategy::{Planner, Strategy};
use swarmbed_scheduler::view::{Books, NodeView};

/// What the bugs have in common: fewest tasks first, then by name, counted as a tie.
fn fewest<'a>(
    planner: &mut Planner<'a>,
    possible: &[&'a NodeView],
    count_ties: bool,
) -> Option<&'a NodeView> {
    let tasks = |planner: &Planner<'_>, node: &NodeView| planner.candidate(node).active();
    let best = possible.iter().copied().min_by_key(|node| tasks(planner, node))?;
    let least = tasks(planner, best);
    if count_ties && possible.iter().filter(|node| tasks(planner, node) == least).count() > 1 {
        planner.tie();
    }
    Some(best)
}

/// Places each task by `choose`, and refuses those for which it finds nothing.
fn place_each<'a>(
    request: &'a Request<'a>,
    mut choose: impl FnMut(&mut Planner<'a>, &Group<'a>, &PendingTask) -> Option<&'a NodeView>,
) -> Plan {
    let mut planner = Planner::new(request);
    for group in request.groups {
        for task in group.tasks {
            match choose(&mut planner, group, task) {
                Some(node) => planner.place(node, group, task),
                None => planner.refuse(group, std::slice::from_ref(task), Tally::default()),
            }
        }
    }
    planner.finish()
}

fn possible<'a>(planner: &mut Planner<'a>, group: &Group<'a>) -> Vec<&'a NodeView> {
    planner.possible(group, &Pipeline::new(group.spec)).0
}

macro_rules! bug {
    ($(#[$doc:meta])* $name:ident, |$self:ident, $request:ident| $plan:expr) => {
        $(#[$doc])*
        impl Strategy for $name {
            fn name(&self) -> &str {
                stringify!($name)
            }

            fn plan(&$self, $request: &Request<'_>) -> Plan {
                $plan
            }
        }
    };
}

/// Its own port filter looks at all host ports of the task but the last.
#[derive(Default)]
pub(crate) struct PortOff;

impl PortOff {
    fn passes(node: &NodeView, books: &Books, group: &Group<'_>) -> bool {
        let verdict = Pipeline::new(group.spec).check(node, books, group.service);
        let keys: Vec<_> = group.spec.ports.iter().filter_map(|port| port.host_key()).collect();
        let looked_at = &keys[..keys.len().saturating_sub(1)];
        match verdict {
            Err(Filter::HostPort) => !looked_at.iter().any(|key| books.port_taken(*key)),
            verdict => verdict.is_ok(),
        }
    }
}

bug!(PortOff, |self, request| place_each(request, |planner, group, _| {
    let nodes = request.view.nodes();
    let passing = nodes.filter(|node| Self::passes(node, planner.candidate(node).books, group));
    let passing: Vec<_> = passing.collect();
    fewest(planner, &passing, true)
}));

/// Keeps books of its own from plan to plan, and never gives back what a task held.
#[derive(Default)]
pub(crate) struct NoRelease {
    held: Mutex<BTreeMap<NodeId, i64>>,
}

bug!(NoRelease, |self, request| place_each(request, |planner, group, _| {
    let mut held = self.held.lock().expect("nobody panics with it");
    let need = group.spec.reservations.nano_cpus;
    let mut nodes = possible(planner, group);
    nodes.retain(|node| held.get(&node.id).unwrap_or(&0) + need <= node.node.resources.nano_cpus);
    let node = fewest(planner, &nodes, true)?;
    *held.entry(node.id).or_default() += need;
    Some(node)
}));

/// A function of its request that takes memory to be gone once a task has failed there: it was never given back.
#[derive(Default)]
pub(crate) struct CountsEnded;

bug!(CountsEnded, |self, request| place_each(request, |planner, group, task| {
    let lost = i64::from(task.attempt - 1) * group.spec.reservations.memory;
    let mut nodes = possible(planner, group);
    nodes.retain(|node| lost + group.spec.reservations.memory <= node.node.resources.memory);
    fewest(planner, &nodes, true)
}));

/// Of nodes with equally few tasks, the one whose description lies lowest in memory.
#[derive(Default)]
pub(crate) struct ByAddress;

bug!(ByAddress, |self, request| place_each(request, |planner, group, _| {
    let nodes = possible(planner, group);
    let address = |node: &NodeView| std::ptr::from_ref(&*node.node).addr();
    nodes.into_iter().min_by_key(|node| (planner.candidate(node).active(), address(node)))
}));

/// The first of equals in the order of names, of which nobody is told.
#[derive(Default)]
pub(crate) struct FirstBest;

bug!(FirstBest, |self, request| place_each(request, |planner, group, _| {
    let nodes = possible(planner, group);
    fewest(planner, &nodes, false)
}));

/// Looks for the zone that is below the average, again and again; where one zone has more than all the others will
/// ever get, or can take no task, there is none that helps.
#[derive(Default)]
pub(crate) struct Endless;

bug!(Endless, |self, request| place_each(request, |planner, group, _| {
    if group.spec.preferences.is_empty() {
        let nodes = possible(planner, group);
        return fewest(planner, &nodes, true);
    }
    let zone = |node: &NodeView| node.node.labels.get("zone").cloned().unwrap_or_default();
    let mut zones: BTreeMap<String, u32> = BTreeMap::new();
    for node in request.view.nodes() {
        *zones.entry(zone(node)).or_default() += planner.candidate(node).of_service(group);
    }
    let least = zones.values().min().copied()?;
    loop {
        let mut nodes = possible(planner, group);
        if nodes.is_empty() {
            return None;
        }
        nodes.retain(|node| zones[&zone(node)] == least);
        if let Some(node) = fewest(planner, &nodes, true) {
            return Some(node);
        }
    }
}));

/// Filters the nodes once for each group, and when it comes round to the first node again it does not look any more.
#[derive(Default)]
pub(crate) struct SecondPass;

bug!(SecondPass, |self, request| {
    let mut first: BTreeMap<u32, Vec<&NodeView>> = BTreeMap::new();
    let mut turn = 0;
    place_each(request, |planner, group, _| {
        let nodes = first.entry(group.service.0).or_insert_with(|| possible(planner, group));
        if nodes.len() > 1 {
            planner.tie();
        }
        turn += 1;
        let passes = |planner: &mut Planner<'_>, node: &NodeView| {
            planner.check(node, group, &Pipeline::new(group.spec)).is_ok()
        };
        let node = *nodes.get((turn - 1) % nodes.len().max(1))?;
        let is_second = turn > nodes.len();
        if is_second || passes(planner, node) {
            return Some(node);
        }
        let nodes = possible(planner, group);
        fewest(planner, &nodes, true)
    })
});

/// Leaves out the last task of a group of more than four.
#[derive(Default)]
pub(crate) struct Forgets;

bug!(Forgets, |self, request| {
    let mut plan = place_each(request, |planner, group, _| {
        let nodes = possible(planner, group);
        fewest(planner, &nodes, true)
    });
    if request.groups.iter().any(|group| group.tasks.len() > 4) {
        plan.decisions.pop();
    }
    plan
});

/// Divides by the number of nodes that are ready.
#[derive(Default)]
pub(crate) struct Panics;

bug!(Panics, |self, request| place_each(request, |planner, group, task| {
    let nodes = possible(planner, group);
    let at = task.slot as usize % nodes.len();
    if nodes.len() > 1 {
        planner.tie();
    }
    Some(nodes[at])
}));

/// Waits for the zones to be level, which they never are once a zone has lost its only node. It calls nothing of ours
/// while it waits, so that only a clock can find it.
#[derive(Default)]
pub(crate) struct Spins;

bug!(Spins, |self, request| place_each(request, |planner, group, _| {
    let nodes = possible(planner, group);
    let down = request.view.nodes().filter(|node| !node.takes_tasks).count();
    while !group.spec.preferences.is_empty() && down > 0 {
        std::hint::spin_loop();
    }
    fewest(planner, &nodes, true)
}));
