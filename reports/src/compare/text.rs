//! A comparison as a person reads it.

use super::phrase::{amount, change, more_trials, verdict};
use super::{CONFIDENCE, Comparison, Contrast, Ended, Row, Verdict};
use crate::output::page::{Lean, Paint, Style, hang, table};
use crate::stats::Interval;
use crate::words::{list, number, plural, visible};

/// The whole page but for the command that repeats it.
pub fn text(comparison: &Comparison, title: &str, style: Style) -> String {
    let mut page = hang("", &visible(title), style, Paint::Head);
    page.push('\n');
    page.push_str(&hang("  trials  ", &trials(comparison), style, Paint::Plain));
    page.push_str(&hang("  base    ", &visible(&comparison.variants[0]), style, Paint::Plain));
    if comparison.variants.len() == 1 {
        page.push_str(&format!("\n{}", alone(comparison, style)));
    }
    for variant in 1..comparison.variants.len() {
        page.push_str(&against(comparison, variant, style));
    }
    let notes = notes(comparison);
    if !notes.is_empty() {
        page.push('\n');
        notes.iter().for_each(|note| page.push_str(&hang("  ", note, style, Paint::Dim)));
    }
    for (variant, seed) in &comparison.broken {
        let text = format!("an invariant was broken: {}, seed {seed}", visible(variant));
        page.push_str(&hang("  ", &text, style, Paint::Bad));
    }
    page
}

/// How many trials, which, and why no more.
fn trials(c: &Comparison) -> String {
    let n = number(c.trials);
    let seeds = match c.trials {
        0 => "none has ended".to_owned(),
        1 => format!("{n} of each, seed {}", c.seed),
        _ => format!("{n} of each, seeds {} to {}", c.seed, c.seed + c.trials - 1),
    };
    let percent =
        c.precision.map_or(String::new(), |p| format!("{} %", super::phrase::significant(100.0 * p, 3)));
    match c.ended {
        Ended::Done if c.precision.is_some() => format!("{seeds}; not yet sure to {percent} of everything"),
        Ended::Done => format!("{seeds}: all meet the same arrivals, durations and faults"),
        Ended::Sure => format!("{seeds}: sure to {percent} of everything"),
        Ended::Stopped => format!("{seeds}: stopped before the {} asked for", number(c.asked)),
    }
}

/// A single variant has no contrasts: its means.
fn alone(c: &Comparison, style: Style) -> String {
    let row = |row: &Row| {
        let said = |value: Option<f64>| value.map_or("-".to_owned(), |value| amount(value, row.unit));
        let half = Interval::of_mean(&row.values[0], CONFIDENCE).map(|interval| interval.half());
        let [median, p95] = row.quantiles[0].map(|q| said(q.map(|q| q.value)));
        vec![
            row.metric.clone(),
            said(row.values[0].mean()),
            said(half),
            said(row.values[0].sd()),
            median,
            p95,
        ]
    };
    let rows: Vec<Vec<String>> = c.rows.iter().map(row).collect();
    let columns = ["METRIC", "MEAN", "±", "SD", "MEDIAN", "P95"];
    let lean = |(i, name)| (name, if i == 0 { Lean::Left } else { Lean::Right });
    table(&columns.into_iter().enumerate().map(lean).collect::<Vec<_>>(), &rows, style)
}

/// One variant against the base: in words, then the table, then what does not differ at all.
fn against(c: &Comparison, variant: usize, style: Style) -> String {
    let pairs: Vec<(&Row, &Contrast)> = c.rows.iter().map(|row| (row, &row.contrasts[variant - 1])).collect();
    let name = visible(&c.variants[variant]);
    let head = format!("{name} against {}", visible(&c.variants[0]));
    let mut page = format!("\n{}", hang("", &head, style, Paint::Head));
    for (sentence, paint) in sentences(&name, &pairs) {
        page.push_str(&hang("  ", &sentence, style, paint));
    }
    let shown = |contrast: &Contrast| !matches!(contrast.verdict, Verdict::Same | Verdict::Absent);
    let mean = |value: Option<f64>, row: &Row| value.map_or("-".to_owned(), |mean| amount(mean, row.unit));
    let line = |(row, contrast): &(&Row, &Contrast)| {
        let here = contrast.base.zip(contrast.difference).map(|(base, difference)| base + difference);
        vec![row.metric.clone(), mean(contrast.base, row), mean(here, row), verdict(row, contrast, c.trials)]
    };
    let lines: Vec<Vec<String>> = pairs.iter().filter(|(_, contrast)| shown(contrast)).map(line).collect();
    if !lines.is_empty() {
        let columns =
            [("METRIC", Lean::Left), ("BASE", Lean::Right), ("HERE", Lean::Right), ("VERDICT", Lean::Left)];
        page.push('\n');
        page.push_str(&table(&columns, &lines, style));
    }
    let of = |wanted: Verdict| pairs.iter().filter(move |(_, contrast)| contrast.verdict == wanted);
    let same =
        of(Verdict::Same).map(|(row, contrast)| format!("{} {}", row.metric, mean(contrast.base, row)));
    // What no run has at all was hardly meant, unless there is nothing else.
    let has_some = |row: &Row| row.values.iter().any(|values| values.n() > 0);
    let is_told = |row: &Row| has_some(row) || !c.rows.iter().any(has_some);
    let absent = of(Verdict::Absent).filter(|(row, _)| is_told(row)).map(|(row, _)| row.metric.clone());
    for (lead, all) in [
        ("  the same in every trial (means): ", same.collect::<Vec<_>>()),
        ("  in no trial of both: ", absent.collect()),
    ] {
        if !all.is_empty() {
            page.push('\n');
            page.push_str(&hang(
                "  ",
                &format!("{}{}", lead.trim_start(), all.join(", ")),
                style,
                Paint::Plain,
            ));
        }
    }
    page
}

/// At most so many metrics are told in words; the table has them all.
const MOST_TOLD: usize = 4;

pub(super) fn sentences(name: &str, pairs: &[(&Row, &Contrast)]) -> Vec<(String, Paint)> {
    let told = |wanted: Verdict| -> Vec<String> {
        let of = pairs.iter().filter(|(_, contrast)| contrast.verdict == wanted);
        of.filter_map(|(row, contrast)| Some(format!("{} {}", change(row, contrast)?, row.metric))).collect()
    };
    let mut out = Vec::new();
    for (verdict, word, paint) in [
        (Verdict::Worse, "is worse", Paint::Bad),
        (Verdict::Better, "is better", Paint::Good),
        (Verdict::More, "has", Paint::Plain),
        (Verdict::Less, "has", Paint::Plain),
    ] {
        let mut all = told(verdict);
        let more = all.len().saturating_sub(MOST_TOLD);
        all.truncate(MOST_TOLD);
        if more > 0 {
            all.push(plural(more, "more metric"));
        }
        if !all.is_empty() {
            let colon = if word == "has" { "" } else { ":" };
            out.push((format!("{name} {word}{colon} {}.", list(&all)), paint));
        }
    }
    if out.is_empty() {
        out.push((no_difference(pairs), Paint::Plain));
    }
    out
}

fn no_difference(pairs: &[(&Row, &Contrast)]) -> String {
    if pairs.iter().all(|(_, c)| matches!(c.verdict, Verdict::Same | Verdict::Absent)) {
        return "No difference at all: the same values in every trial.".to_owned();
    }
    let few: Vec<Option<u64>> = pairs
        .iter()
        .filter_map(|(_, c)| match c.verdict {
            Verdict::TooFew { more } => Some(more),
            _ => None,
        })
        .collect();
    if few.is_empty() {
        return "No difference shown.".to_owned();
    }
    let most = if few.contains(&None) { None } else { few.iter().flatten().max().copied() };
    format!(
        "No difference shown; {} would take more trials to tell: {}.",
        plural(few.len(), "metric"),
        more_trials(most)
    )
}

fn notes(c: &Comparison) -> Vec<String> {
    let questions = c.rows.iter().flat_map(|row| &row.contrasts).filter(|c| c.p.is_some()).count();
    if questions == 0 {
        return Vec::new();
    }
    let many = match questions {
        1 => String::new(),
        n => format!(" Verdicts allow for {} questions asked at once (Holm).", number(n as u64)),
    };
    let sharper = sharper(c).map_or(String::new(), |times| {
        format!(
            " Without common random numbers the intervals would be {} times as wide.",
            super::phrase::significant(times, 2)
        )
    });
    vec![format!("± is half a 95 % interval of the differences between trials of one seed.{many}{sharper}")]
}

/// How many times wider the intervals would be if the trials did not share their random numbers: the median over the
/// metrics, if that is a gain.
fn sharper(c: &Comparison) -> Option<f64> {
    let contrasts = c.rows.iter().flat_map(|row| &row.contrasts);
    let ratio = |c: &Contrast| Some(c.unpaired?.half() / c.interval.filter(|i| i.half() > 0.0)?.half());
    let mut ratios: Vec<f64> = contrasts.filter_map(ratio).collect();
    ratios.sort_by(f64::total_cmp);
    crate::stats::quantile(&ratios, 0.5).filter(|median| *median > 1.05)
}
