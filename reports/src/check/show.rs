//! Every form in which a check is printed.

mod github;
mod json;
mod junit;
mod markdown;
mod text;

pub use github::github;
pub use json::json;
pub use junit::junit;
pub use markdown::markdown;
pub use text::text;

use super::report::{Checked, What};

/// So many differing metrics of one scenario are shown to a person; JSON has them all.
const METRICS: usize = 12;

/// The failures of a scenario as lines of text, each behind the word for its kind.
fn lines(checked: &Checked) -> Vec<(&'static str, String)> {
    let is_metric = |what: &What| matches!(what, What::Metric { .. });
    let mut metrics = 0;
    let mut lines = Vec::new();
    for failure in checked.failures.iter().chain(&checked.accepted) {
        metrics += usize::from(is_metric(&failure.what));
        if !is_metric(&failure.what) || metrics <= METRICS {
            lines.extend(failure.what.lines().into_iter().map(|line| (failure.what.kind(), line)));
        }
    }
    if metrics > METRICS {
        lines.push(("metric", format!("… and {} more", metrics - METRICS)));
    }
    lines
}

/// How the user would name the scenario.
fn called(checked: &Checked) -> &str {
    checked.file.as_deref().unwrap_or(&checked.scenario)
}

#[cfg(test)]
mod tests;
