//! `list`: what there is.

use serde_json::{Value as Json, json};
use swarmbed_reports::metrics::{METRICS, MetricInfo, Unit};
use swarmbed_reports::output::page::{Lean, Paint, Style, hang, table};
use swarmbed_scenarios::library::{FILES, File};
use swarmbed_scheduler::strategy::Entry;
use swarmbed_sim::profile::Profile;

use crate::args::{ListArgs, ListFormat, Listed};
use crate::exit::{Done, Exit};
use crate::strategies;
use crate::terminal::{self, Stream};

/// Lists scenarios, strategies, profiles or metrics.
pub fn run(args: &ListArgs) -> Done {
    let style = terminal::style(Stream::Output);
    let kinds: &[Listed] = match args.what {
        Listed::All => &[Listed::Scenarios, Listed::Strategies, Listed::Profiles],
        ref one => std::slice::from_ref(one),
    };
    terminal::print(&match args.format {
        ListFormat::Text => kinds.iter().map(|kind| text(*kind, style)).collect::<Vec<_>>().join("\n"),
        ListFormat::Json => {
            let lists = kinds.iter().map(|kind| (name(*kind).to_lowercase(), json(*kind)));
            format!("{:#}\n", Json::Object(lists.collect()))
        }
    });
    Ok(Exit::Fine)
}

const fn name(kind: Listed) -> &'static str {
    match kind {
        Listed::All => "ALL",
        Listed::Scenarios => "SCENARIOS",
        Listed::Strategies => "STRATEGIES",
        Listed::Profiles => "PROFILES",
        Listed::Metrics => "METRICS",
    }
}

fn text(kind: Listed, style: Style) -> String {
    if kind == Listed::Metrics {
        return metrics(style);
    }
    let columns = [("NAME", Lean::Left), ("", Lean::Left)];
    let rows: Vec<Vec<String>> = match kind {
        Listed::All | Listed::Metrics => Vec::new(),
        Listed::Scenarios => FILES.iter().map(|f| vec![called(f).to_owned(), f.title().to_owned()]).collect(),
        Listed::Strategies => known().map(|s| vec![s.name.to_owned(), summary(s)]).collect(),
        Listed::Profiles => Profile::NAMES.iter().map(|p| vec![(*p).to_owned(), String::new()]).collect(),
    };
    let table = table(&columns, &rows, style);
    let rows = table.split_once('\n').map_or("", |(_head, rows)| rows);
    format!("{}\n{rows}", style.paint(Paint::Head, name(kind)))
}

/// Names are longer than a column can be, so that each meaning stands beneath its name.
fn metrics(style: Style) -> String {
    let row = |m: &MetricInfo| {
        let unit = if m.unit == Unit::Count { String::new() } else { format!(" ({})", m.unit) };
        hang("  ", &format!("{}{unit}", m.name), style, Paint::Plain)
            + &hang("      ", m.doc, style, Paint::Dim)
    };
    let rows: String = METRICS.iter().map(row).collect();
    format!("{}\n{rows}", style.paint(Paint::Head, name(Listed::Metrics)))
}

fn json(kind: Listed) -> Json {
    match kind {
        Listed::All => Json::Null,
        Listed::Scenarios => {
            FILES.iter().map(|f| json!({ "name": called(f), "path": f.path, "title": f.title() })).collect()
        }
        Listed::Strategies => known().map(strategy).collect(),
        Listed::Profiles => Profile::NAMES.iter().map(|name| json!({ "name": name })).collect(),
        Listed::Metrics => {
            METRICS.iter().map(|m| json!({ "name": m.name, "unit": m.unit.symbol(), "doc": m.doc })).collect()
        }
    }
}

/// What `run` calls it: a scenario without its ending.
fn called(file: &'static File) -> &'static str {
    file.path.trim_end_matches(".toml")
}

fn known() -> impl Iterator<Item = &'static Entry> {
    strategies::catalogue().entries().iter()
}

fn summary(entry: &Entry) -> String {
    let param = |p: &swarmbed_scheduler::strategy::Param| match p.values {
        [] => format!("{}={}", p.name, p.default),
        values => format!("{}={}", p.name, values.join("|")),
    };
    let params: Vec<String> = entry.params.iter().map(param).collect();
    match params.is_empty() {
        true => entry.summary.to_owned(),
        false => format!("{} [{}]", entry.summary, params.join(", ")),
    }
}

fn strategy(entry: &Entry) -> Json {
    let param = |p: &swarmbed_scheduler::strategy::Param| json!({ "name": p.name, "values": p.values, "default": p.default, "doc": p.doc });
    let params: Vec<Json> = entry.params.iter().map(param).collect();
    json!({ "name": entry.name, "summary": entry.summary, "params": params })
}
