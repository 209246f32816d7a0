//! A run as a program reads it: `summary.json`, and `--format json`.

use serde_json::{Map, Value as Json, json};

use crate::expect::{Bound, Verdict};
use crate::metrics::Value;
use crate::outcome::{Outcome, Pending, ServiceOutcome, WorkloadOutcome};
use crate::story::{Line, Tone};

/// Version of the form of `summary.json` and `manifest.json`.
pub const FORM: &str = "swarmbed-run/1";

/// The run's summary, what it is of first, with a newline at its end.
pub fn summary(outcome: &Outcome) -> String {
    let about = &outcome.about;
    let metrics: Map<String, Json> =
        outcome.metrics.iter().map(|(name, value)| (name.into(), metric(value))).collect();
    let summary = json!({
        "form": FORM,
        "scenario": about.name,
        "title": about.title,
        "scenario_hash": about.hash,
        "strategy": about.strategy,
        "seed": outcome.seed,
        "digest": outcome.digest,
        "simulated": number(Value::nanos(outcome.ended.nanos())),
        "cluster": outcome.cluster,
        "workloads": outcome.workloads.iter().map(workload).collect::<Vec<_>>(),
        "services": outcome.services.iter().map(service).collect::<Vec<_>>(),
        "story": outcome.story.iter().map(line).collect::<Vec<_>>(),
        "pending": outcome.pending.iter().map(pending).collect::<Vec<_>>(),
        "expectations": outcome.verdicts.iter().map(verdict).collect::<Vec<_>>(),
        "notices": about.notices,
        "findings": outcome.findings,
        "metrics": metrics,
    });
    pretty(&summary)
}

/// JSON indented by two spaces, with a newline at its end.
pub fn pretty(json: &Json) -> String {
    format!("{json:#}\n")
}

fn metric(value: Value) -> Json {
    json!({ "value": number(value), "unit": value.unit.symbol() })
}

/// A whole number where the value is one; otherwise the nearest float (`metrics.csv` is exact).
fn number(value: Value) -> Json {
    match u64::try_from(value.amount / value.unit.scale()) {
        Ok(whole) if value.amount.is_multiple_of(value.unit.scale()) => json!(whole),
        _ => json!(value.as_f64()),
    }
}

fn workload(w: &WorkloadOutcome) -> Json {
    json!({
        "name": w.name,
        "arrived": w.arrived,
        "left": w.left,
        "done": w.done,
        "failed": w.failed,
        "running": w.running,
        "waiting": w.waiting,
    })
}

fn service(s: &ServiceOutcome) -> Json {
    json!({
        "name": s.name,
        "mode": if s.global { "global" } else { "replicated" },
        "image": s.image,
        "wanted": s.wanted,
        "running": s.running,
        "done": s.done,
        "where": s.places,
    })
}

fn line(line: &Line) -> Json {
    let kind = match line.tone {
        Tone::Asked => "asked",
        Tone::Bad => "trouble",
        Tone::Good => "repair",
        Tone::Note => "note",
    };
    json!({ "at": number(Value::nanos(line.at.nanos())), "kind": kind, "what": line.text })
}

fn pending(p: &Pending) -> Json {
    let owner = if p.came { "workload" } else { "service" };
    json!({ owner: p.owner, "tasks": p.tasks, "reason": p.reason, "hints": p.hints })
}

fn verdict(v: &Verdict) -> Json {
    let (bound, limit) = match v.expectation.bound {
        Bound::AtMost(limit) => ("at_most", limit),
        Bound::AtLeast(limit) => ("at_least", limit),
        Bound::Equals(limit) => ("equals", limit),
    };
    json!({
        "metric": v.expectation.metric,
        bound: number(limit),
        "unit": limit.unit.symbol(),
        "found": v.found.map(number),
        "holds": v.holds,
    })
}
