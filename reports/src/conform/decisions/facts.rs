//! What is compared after each step.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use serde_json::{Value, json};
use swarmbed_scheduler::constraint::strip_prefix_any_case;
use swarmbed_scheduler::node::{Node, Stock};
use swarmbed_scheduler::task::TaskState;

use super::file::{Available, Canonical, Errors, Expected, Generic, Service};
use super::replay::{Entered, Replay, Row, Settled};

/// The facts of one state held against the recorded ones.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    /// How many were compared.
    pub(super) facts: u64,
    /// The first that differs: its name, as recorded, as found.
    pub(super) first: Option<(String, String, String)>,
}

impl Comparison {
    fn compare<T: PartialEq + Debug>(&mut self, name: impl Into<String>, expected: &T, found: &T) {
        self.facts += 1;
        if expected != found && self.first.is_none() {
            self.first = Some((name.into(), format!("{expected:?}"), format!("{found:?}")));
        }
    }

    fn compare_json(&mut self, name: String, expected: &Value, found: Option<Value>) {
        self.facts += 1;
        if found.as_ref() != Some(expected) && self.first.is_none() {
            let found = found.map_or_else(|| "a fact that we do not know".to_owned(), |f| f.to_string());
            self.first = Some((name, expected.to_string(), found));
        }
    }

    /// Every fact that was the same in all runs.
    pub(super) fn invariants(&mut self, replay: &Replay<'_>, settled: &Settled, expected: &Expected) {
        for (name, fact) in expected.facts.cluster.iter().filter(|(_, fact)| fact.same) {
            self.compare_json(format!("cluster.{name}"), &fact.value, cluster_fact(replay, name));
        }
        for (id, facts) in &expected.facts.services {
            for (name, fact) in facts.iter().filter(|(_, fact)| fact.same) {
                let found = replay.scenario.services.iter().find(|s| s.id == *id);
                let found = found.and_then(|service| service_fact(replay, settled, service, name));
                self.compare_json(format!("services.{id}.{name}"), &fact.value, found);
            }
        }
    }

    /// The canonical run, to the letter.
    pub(super) fn canonical(&mut self, replay: &Replay<'_>, settled: &Settled, expected: &Canonical) {
        self.compare("canonical.assigned", &expected.assigned, &settled.assigned);
        self.compare("canonical.errors", &expected.errors, &replay.errors());
        let first_tick = expected.errors_first_tick.as_ref().unwrap_or(&expected.errors);
        self.compare("canonical.errors_first_tick", first_tick, &settled.errors_first_tick);
        let available =
            expected.available.iter().map(|(node, a)| (node.clone(), Left::recorded(a))).collect();
        self.compare("canonical.available", &available, &left_on_nodes(replay));
        let expected: BTreeMap<_, _> =
            expected.generic.iter().map(|(task, g)| (task.clone(), recorded_kinds(g))).collect();
        let given = |task: &String| {
            let claims = &replay.rows.get(task.as_str())?.claims;
            let kinds: Kinds = claims.iter().map(|c| (c.kind.clone(), Amount::of(&c.stock))).collect();
            (!kinds.is_empty()).then(|| (task.clone(), kinds))
        };
        self.compare("canonical.generic", &expected, &settled.assigned.keys().filter_map(given).collect());
    }
}

/// Generic resources by kind; the order of names means nothing after some have been given back.
type Kinds = BTreeMap<String, Amount>;

#[derive(Debug, PartialEq, Eq)]
enum Amount {
    Count(u64),
    Names(BTreeSet<String>),
}

impl Amount {
    fn of(stock: &Stock) -> Amount {
        match stock {
            Stock::Discrete(n) => Amount::Count(*n),
            Stock::Named(names) => Amount::Names(names.iter().cloned().collect()),
        }
    }
}

fn recorded_kinds(generic: &[Generic]) -> Kinds {
    let amount = |g: &Generic| match &g.names {
        Some(names) => Amount::Names(names.iter().cloned().collect()),
        None => Amount::Count(g.count),
    };
    generic.iter().map(|g| (g.kind.clone(), amount(g))).collect()
}

/// What is available on a node.
#[derive(Debug, PartialEq, Eq)]
struct Left {
    nano_cpus: i64,
    memory: i64,
    generic: Kinds,
}

impl Left {
    fn recorded(available: &Available) -> Left {
        let (nano_cpus, memory, generic) = match available {
            Available::Plain(cpus, memory) => (*cpus, *memory, &[][..]),
            Available::WithGeneric(cpus, memory, generic) => (*cpus, *memory, &generic[..]),
        };
        Left { nano_cpus, memory, generic: recorded_kinds(generic) }
    }
}

/// Nodes with nothing to show are left out.
fn left_on_nodes(replay: &Replay<'_>) -> BTreeMap<String, Left> {
    let left = replay.placement.view().nodes().map(|node| {
        let books = &node.books;
        let generic = books.generic.iter().map(|g| (g.kind.clone(), Amount::of(&g.stock))).collect();
        let left = Left { nano_cpus: books.available.nano_cpus, memory: books.available.memory, generic };
        (node.node.name.clone(), left)
    });
    left.filter(|(_, l)| (l.nano_cpus, l.memory) != (0, 0) || !l.generic.is_empty()).collect()
}

/// Active: bound, not past RUNNING, and meant to run.
fn is_active(row: &Row<'_>) -> bool {
    let running = row.node.is_some() && row.state > TaskState::Pending && !row.state.is_over();
    running && row.desired <= TaskState::Complete
}

/// Active tasks by node, of one service or of all; every node is there.
fn active_by_node<'a>(replay: &Replay<'a>, service: Option<&str>) -> BTreeMap<&'a str, u64> {
    let mut counts: BTreeMap<&str, u64> = replay.described.keys().map(|name| (*name, 0)).collect();
    for row in replay.rows.values().filter(|r| is_active(r) && service.is_none_or(|s| r.service == s)) {
        let node = row.node.expect("active tasks are bound");
        *counts.entry(replay.nodes[node.index()]).or_default() += 1;
    }
    counts
}

fn descending(counts: impl Iterator<Item = u64>) -> Value {
    let mut counts: Vec<u64> = counts.collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    json!(counts)
}

fn without_zeros(counts: BTreeMap<&str, u64>) -> Value {
    json!(counts.into_iter().filter(|(_, n)| *n > 0).collect::<BTreeMap<_, _>>())
}

fn cluster_fact(replay: &Replay<'_>, name: &str) -> Option<Value> {
    let active = active_by_node(replay, None);
    match name {
        "active_sorted" => Some(descending(active.into_values())),
        "node_active" => Some(without_zeros(active)),
        _ => None,
    }
}

fn service_fact(replay: &Replay<'_>, settled: &Settled, service: &Service, name: &str) -> Option<Value> {
    let entered = || replay.rows.iter().filter(|(_, r)| r.service == service.id && r.entered.is_some());
    let errors = |errors: &Errors| json!(errors.get(&service.id).cloned().unwrap_or_default());
    match name {
        "placed" => Some(json!(entered().filter(|(_, r)| r.node.is_some() && !r.waits()).count())),
        "unplaced" => Some(json!(entered().filter(|(_, r)| r.waits()).count())),
        "errors" => Some(errors(&replay.errors())),
        "errors_first_tick" => Some(errors(&settled.errors_first_tick)),
        "counts_sorted" => {
            Some(descending(active_by_node(replay, Some(&service.id)).into_values().filter(|n| *n > 0)))
        }
        "node_counts" => Some(without_zeros(active_by_node(replay, Some(&service.id)))),
        "branch_counts" => Some(branch_counts(replay, service)),
        "prebound" => {
            let bound = entered().filter(|(_, r)| r.entered == Some(Entered::Bound));
            Some(json!(bound.map(|(id, r)| (*id, fate(r))).collect::<BTreeMap<_, _>>()))
        }
        _ => None,
    }
}

/// Active tasks by leaf branch of the service's preferences, zeros kept.
fn branch_counts(replay: &Replay<'_>, service: &Service) -> Value {
    let mut branches: BTreeMap<String, u64> = BTreeMap::new();
    for (node, count) in active_by_node(replay, Some(&service.id)) {
        let values = service.preferences.iter().filter_map(|p| label(&replay.described[node], p));
        *branches.entry(values.collect::<Vec<_>>().join("/")).or_default() += count;
    }
    json!(branches)
}

/// The node's value for a spread descriptor; `None` if the descriptor is not understood.
fn label<'n>(node: &'n Node, descriptor: &str) -> Option<&'n str> {
    let own = strip_prefix_any_case(descriptor, "node.labels.").map(|key| node.labels.get(key));
    let value = own.or_else(|| {
        strip_prefix_any_case(descriptor, "engine.labels.").map(|key| node.engine_labels.get(key))
    });
    value.map(|v| v.map_or("", String::as_str))
}

fn fate(row: &Row<'_>) -> String {
    match row.state {
        TaskState::Pending => format!("pending: {}", row.error),
        state => state.to_string(),
    }
}
