//! For a program: all of it. Metrics are exact decimal numbers in text, since a float would round them.

use serde_json::{Value as Json, json};

use crate::check::report::{Checked, Failure, Report, What};
use crate::output::json::pretty;

/// Version of the form.
const FORM: &str = "swarmbed-check/1";

/// The document, with a newline at its end.
pub fn json(report: &Report) -> String {
    let count = |result: &str| report.count(result);
    pretty(&json!({
        "form": FORM,
        "version": report.program,
        "baseline": report.baseline,
        "fine": report.is_fine(),
        "same": count("same"),
        "accepted": count("accepted"),
        "failed": count("failed"),
        "unusable": count("unusable"),
        "not_begun": report.unfinished,
        "not_asked_for": report.aside,
        "notes": report.notes,
        "scenarios": report.checked.iter().map(scenario).collect::<Vec<_>>(),
    }))
}

fn scenario(checked: &Checked) -> Json {
    let all = |failures: &[Failure]| failures.iter().map(failure).collect::<Vec<_>>();
    json!({
        "scenario": checked.scenario,
        "file": checked.file,
        "result": checked.result(),
        "failures": all(&checked.failures),
        "accepted": all(&checked.accepted),
        "notes": checked.notes,
    })
}

fn failure(failure: &Failure) -> Json {
    let mut json = json!({
        "kind": failure.what.kind(),
        "line": failure.line,
        "text": failure.what.to_string(),
    });
    match &failure.what {
        What::Metric { name, was, is } => {
            json["metric"] = json!(name);
            json["was"] = json!(was.map(|f| f.to_string()));
            json["is"] = json!(is.map(|f| f.to_string()));
        }
        What::Changed { fact, was, is } => {
            json["fact"] = json!(fact);
            json["was"] = json!(was);
            json["is"] = json!(is);
        }
        What::Course(Some(first)) => {
            json["observations"] = json!([first.observation.from, first.observation.to]);
            if let Some(parting) = &first.decision {
                json["decision"] = json!(parting.number);
                json["decision_was"] = json!(parting.earlier.unwrap_or(parting.number));
                json["task"] = json!(parting.task);
                json["was"] = json!({ "node": parting.was.what, "key": parting.was.key });
                json["is"] = json!({ "node": parting.is.what, "key": parting.is.key });
            }
        }
        _ => {}
    }
    json
}
