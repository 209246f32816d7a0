//! `placement_binpack`, and `placement_orlib` where there are lists of items: how many nodes the heuristics use.

use std::cmp::Reverse;

use serde::Deserialize;
use swarmbed_scheduler::units::Resources;

use super::yard::Yard;
use crate::validate::{Answer, Case, Means};

#[derive(Deserialize)]
struct Params {
    instance: String,
    file: Option<String>,
}

/// A list of items and the size of a bin.
#[derive(Deserialize)]
struct Instance {
    name: String,
    capacity: Size,
    items: Vec<Size>,
}

/// Of one resource or of two.
#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Size {
    One(i64),
    Two(i64, i64),
}

impl From<Size> for Resources {
    fn from(size: Size) -> Resources {
        match size {
            Size::One(cpu) => Resources::new(cpu, 0),
            Size::Two(cpu, memory) => Resources::new(cpu, memory),
        }
    }
}

/// The answers to a case's rows. A row of a bound asks for the same as the one that it bounds.
pub(in crate::validate) fn answer(case: &Case, means: &Means<'_>) -> Vec<Answer> {
    let instance = instance(case, means);
    let of = |metric: &str, kind: &str| {
        let instance = match &instance {
            Ok(instance) => instance,
            Err(why) => return Answer::unsupported(why.as_str()),
        };
        let metric = if kind == "bound" { metric.trim_end_matches("_max") } else { metric };
        match metric.strip_prefix("bins_").and_then(heuristic) {
            Some((strategy, order)) => Answer::Certain(bins(instance, strategy, order) as f64),
            None => Answer::unsupported("a strategy finds a packing and proves nothing of others"),
        }
    };
    case.rows.iter().map(|row| of(&row.metric, &row.kind)).collect()
}

fn instance(case: &Case, means: &Means<'_>) -> Result<Instance, String> {
    let params = Params::deserialize(&case.params);
    let params = params.map_err(|_| "its params are not those of an experiment on bins".to_owned())?;
    let file = params.file.ok_or("the items of its instance are not in the folder")?;
    let text = (means.file)(&file).ok_or_else(|| format!("there is no file {file} in the folder"))?;
    let all: Vec<Instance> = serde_json::from_str(&text).map_err(|e| format!("{file}: {e}"))?;
    let found = all.into_iter().find(|instance| instance.name == params.instance);
    found.ok_or_else(|| format!("there is no instance {} in {file}", params.instance))
}

/// The order in which items come.
#[derive(Clone, Copy)]
enum Order {
    Given,
    /// The largest share of a bin first; of equal ones, the one that stands first.
    Decreasing,
}

/// The strategy and the order of items that a heuristic of the literature is.
fn heuristic(name: &str) -> Option<(&'static str, Order)> {
    Some(match name {
        "NF" => ("next-fit", Order::Given),
        "FF" => ("first-fit", Order::Given),
        "BF" => ("best-fit", Order::Given),
        "WF" => ("worst-fit", Order::Given),
        "FFD" | "FFD_max_share" => ("first-fit", Order::Decreasing),
        "BFD" => ("best-fit", Order::Decreasing),
        "WFD" => ("worst-fit", Order::Decreasing),
        _ => return None,
    })
}

/// Nodes that are in use once every item is placed. There are as many nodes as items, so that each finds room.
fn bins(instance: &Instance, strategy: &str, order: Order) -> usize {
    let capacity: Resources = instance.capacity.into();
    let mut items: Vec<Resources> = instance.items.iter().map(|item| (*item).into()).collect();
    if let Order::Decreasing = order {
        items.sort_by_key(|item| Reverse(item.dominant_share(capacity)));
    }
    let mut yard = Yard::new(strategy, items.len() as u32, capacity);
    for item in items {
        yard.put(item);
    }
    yard.used()
}
