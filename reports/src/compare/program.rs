//! A comparison as a program reads it: JSON, and a tidy table.

use serde_json::{Map, Value as Json, json};

use super::{Comparison, Contrast, Ended, Quantile, Row, Verdict};
use crate::output::json::pretty;
use crate::output::tables::Table;
use crate::stats::{Interval, Moments};

/// Version of the form.
const FORM: &str = "swarmbed-compare/1";

/// The comparison as JSON; `about` are further facts for its beginning, such as the scenario.
pub fn json(c: &Comparison, about: Map<String, Json>) -> String {
    let mut out = Map::from_iter([("form".to_owned(), json!(FORM))]);
    out.extend(about);
    out.extend(facts(c));
    pretty(&Json::Object(out))
}

/// All that came out.
pub(super) fn facts(c: &Comparison) -> Map<String, Json> {
    let ended = match c.ended {
        Ended::Done => "done",
        Ended::Sure => "sure",
        Ended::Stopped => "stopped",
    };
    let facts = json!({
        "variants": c.variants,
        "seed": c.seed,
        "trials": c.trials,
        "trials_asked": c.asked,
        "ended": ended,
        "precision": c.precision,
        "confidence": super::CONFIDENCE,
        "metrics": c.rows.iter().map(|row| of_row(c, row)).collect::<Vec<_>>(),
        "broken": c.broken.iter().map(|(variant, seed)| json!({ "variant": variant, "seed": seed })).collect::<Vec<_>>(),
    });
    facts.as_object().cloned().unwrap_or_default()
}

fn of_row(c: &Comparison, row: &Row) -> Json {
    let mean = |(variant, (values, [median, p95])): (&String, (&Moments, &[Option<Quantile>; 2]))| {
        json!({ "variant": variant, "trials": values.n(), "mean": values.mean(), "sd": values.sd(),
                "interval": Interval::of_mean(values, super::CONFIDENCE).map(range),
                "median": median.map(quantile), "p95": p95.map(quantile) })
    };
    let against = |(variant, contrast): (&String, &Contrast)| {
        let more = match contrast.verdict {
            Verdict::TooFew { more } => more,
            _ => None,
        };
        json!({
            "variant": variant,
            "pairs": contrast.pairs,
            "difference": contrast.difference,
            "interval": contrast.interval.map(range),
            "interval_resampled": contrast.resampled(c.seed).map(range),
            "interval_if_unpaired": contrast.unpaired.map(range),
            "relative": relative(contrast),
            "effect": contrast.effect,
            "p": contrast.p,
            "p_holm": contrast.p_holm,
            "verdict": contrast.verdict.words(),
            "more_trials": more,
        })
    };
    json!({
        "metric": row.metric,
        "unit": row.unit.symbol(),
        "better": row.better.word(),
        "variants": c.variants.iter().zip(row.values.iter().zip(&row.quantiles)).map(mean).collect::<Vec<_>>(),
        "against_base": c.variants[1..].iter().zip(&row.contrasts).map(against).collect::<Vec<_>>(),
    })
}

fn range(interval: Interval) -> Json {
    json!([interval.low, interval.high])
}

fn quantile(quantile: Quantile) -> Json {
    json!({ "value": quantile.value, "interval": [quantile.low, quantile.high] })
}

/// The difference as a part of the base's mean, where that is not zero.
fn relative(contrast: &Contrast) -> Option<f64> {
    let base = contrast.base.filter(|base| *base != 0.0)?;
    Some(contrast.difference? / base.abs())
}

/// One row for each metric and variant; what cannot be told is an empty cell.
pub fn csv(c: &Comparison, scenario: &str) -> String {
    let mut table = table();
    rows(c, scenario, &mut table);
    table.finish()
}

/// The table without rows.
pub(super) fn table() -> Table {
    Table::new(&[
        "scenario",
        "variant",
        "base",
        "metric",
        "unit",
        "better",
        "trials",
        "mean",
        "sd",
        "pairs",
        "difference",
        "low",
        "high",
        "unpaired_low",
        "unpaired_high",
        "relative",
        "effect",
        "p",
        "p_holm",
        "verdict",
        "more_trials",
        "resampled_low",
        "resampled_high",
        "median",
        "median_low",
        "median_high",
        "p95",
        "p95_low",
        "p95_high",
    ])
}

/// The rows of one scenario.
pub(super) fn rows(c: &Comparison, scenario: &str, table: &mut Table) {
    let text = |value: Option<f64>| value.map_or(String::new(), |v| v.to_string());
    for row in &c.rows {
        for (i, (variant, values)) in c.variants.iter().zip(&row.values).enumerate() {
            let [median, p95] = row.quantiles[i];
            let contrast = i.checked_sub(1).map(|i| &row.contrasts[i]);
            let resampled = contrast.and_then(|contrast| contrast.resampled(c.seed));
            let of = |fact: fn(&Contrast) -> Option<f64>| text(contrast.and_then(fact));
            let (verdict, more) = match contrast.map(|c| c.verdict) {
                None => ("base", String::new()),
                Some(Verdict::TooFew { more }) => {
                    ("too few trials", more.map_or(String::new(), |n| n.to_string()))
                }
                Some(verdict) => (verdict.words(), String::new()),
            };
            table.row(&[
                scenario,
                variant,
                &c.variants[0],
                &row.metric,
                row.unit.symbol(),
                row.better.word(),
                &values.n().to_string(),
                &text(values.mean()),
                &text(values.sd()),
                &contrast.map_or(String::new(), |c| c.pairs.to_string()),
                &of(|c| c.difference),
                &of(|c| c.interval.map(|i| i.low)),
                &of(|c| c.interval.map(|i| i.high)),
                &of(|c| c.unpaired.map(|i| i.low)),
                &of(|c| c.unpaired.map(|i| i.high)),
                &of(relative),
                &of(|c| c.effect),
                &of(|c| c.p),
                &of(|c| c.p_holm),
                verdict,
                &more,
                &text(resampled.map(|i| i.low)),
                &text(resampled.map(|i| i.high)),
                &text(median.map(|q| q.value)),
                &text(median.and_then(|q| q.low)),
                &text(median.and_then(|q| q.high)),
                &text(p95.map(|q| q.value)),
                &text(p95.and_then(|q| q.low)),
                &text(p95.and_then(|q| q.high)),
            ]);
        }
    }
}
