//! A run as a person reads it.

use std::fmt::Write;

use super::page::{Lean, Paint, Style, hang, table, width};
use crate::expect::said;
use crate::metrics::Unit;
use crate::outcome::{Outcome, Pending, ServiceOutcome, WorkloadOutcome};
use crate::story::{Line, Tone};
use crate::words::{clock, number, plural, visible};

/// Most services that are shown; other formats have them all.
const MOST_SERVICES: usize = 20;
/// Most lines of the story, or of any other list.
const MOST: usize = 40;

/// The whole page.
pub fn text(outcome: &Outcome, style: Style) -> String {
    let mut page = String::new();
    for title in super::page::wrap(&visible(&outcome.about.title), style.width) {
        page.push_str(&format!("{}\n", style.paint(Paint::Head, &title)));
    }
    page.push('\n');
    for (i, line) in outcome.cluster.iter().enumerate() {
        page.push_str(&hang(
            if i == 0 { "  cluster    " } else { "             " },
            line,
            style,
            Paint::Plain,
        ));
    }
    page.push_str(&hang("  simulated  ", &simulated(outcome), style, Paint::Plain));
    if let Some(used) = used(outcome) {
        page.push_str(&hang("  used       ", &used, style, Paint::Plain));
    }
    if !outcome.services.is_empty() || outcome.workloads.is_empty() {
        section(&mut page, "SERVICES", &services(&outcome.services, style), style);
    }
    section(&mut page, "WORKLOADS", &workloads(outcome, style), style);
    section(&mut page, "WHAT HAPPENED", &story(&outcome.story, style), style);
    section(&mut page, "WAITING", &pending(&outcome.pending, style), style);
    section(&mut page, "EXPECTED", &verdicts(outcome, style), style);
    section(&mut page, "NOTICES", &bullets(&outcome.about.notices, style, Paint::Plain), style);
    section(&mut page, "BROKEN INVARIANTS", &bullets(&outcome.findings, style, Paint::Bad), style);
    write!(page, "\n{}\n", last_line(outcome)).expect("a string takes all");
    page
}

/// Scenario, strategy, seed and digest: what repeats the run and what it has to come out as.
pub fn last_line(outcome: &Outcome) -> String {
    let about = &outcome.about;
    format!(
        "scenario {}  strategy {}  seed {}  digest {}",
        visible(&about.name),
        visible(&about.strategy),
        outcome.seed,
        outcome.digest
    )
}

fn section(page: &mut String, head: &str, body: &str, style: Style) {
    if !body.is_empty() {
        write!(page, "\n{}\n{body}", style.paint(Paint::Head, head)).expect("a string takes all");
    }
}

fn simulated(outcome: &Outcome) -> String {
    let count = |name: &str| outcome.metrics.get(name).map_or_else(String::new, said);
    format!(
        "{}: {} events, {} decisions, {} by the tie rule",
        clock(outcome.ended),
        count("work.events"),
        count("placement.placed"),
        count("placement.ties")
    )
}

/// What containers really used, if that is known.
fn used(outcome: &Outcome) -> Option<String> {
    let billionths = |name: &str| outcome.metrics.get(name).map(|value| value.amount);
    let percent = |name: &str| Some(format!("{} %", (billionths(name)? + 5_000_000) / 10_000_000));
    let cpu = format!(
        "{} of CPU, at worst {} of a node's",
        percent("cluster.used_cpu.mean")?,
        percent("nodes.used_cpu.peak")?
    );
    let memory = format!(
        "{} of memory, at worst {}",
        percent("cluster.used_memory.mean")?,
        percent("nodes.used_memory.peak")?
    );
    Some(format!("{cpu}; {memory}"))
}

fn services(services: &[ServiceOutcome], style: Style) -> String {
    if services.is_empty() {
        return "  none\n".to_owned();
    }
    let row = |s: &ServiceOutcome| {
        let wanted = if s.global { format!("{} (global)", number(s.wanted)) } else { number(s.wanted) };
        let done = if s.done > 0 { format!("{} done  ", number(s.done)) } else { String::new() };
        vec![s.name.clone(), wanted, number(s.running), format!("{done}{}", s.places)]
    };
    // Those that lack something are shown first, so that a long list cannot hide them.
    let mut shown: Vec<&ServiceOutcome> = services.iter().collect();
    shown.sort_by_key(|s| s.running + s.done >= s.wanted);
    let rows: Vec<Vec<String>> = shown.iter().take(MOST_SERVICES).map(|s| row(s)).collect();
    let columns =
        [("NAME", Lean::Left), ("WANTED", Lean::Right), ("RUNNING", Lean::Right), ("WHERE", Lean::Left)];
    table(&columns, &rows, style) + &more(services.len(), MOST_SERVICES, "service")
}

fn workloads(outcome: &Outcome, style: Style) -> String {
    if outcome.workloads.is_empty() {
        return String::new();
    }
    let row = |w: &WorkloadOutcome| {
        let counts = [w.arrived, w.left, w.done, w.failed, w.running, w.waiting];
        [w.name.clone()].into_iter().chain(counts.map(number)).collect()
    };
    let rows: Vec<Vec<String>> = outcome.workloads.iter().map(row).collect();
    let columns = ["NAME", "ARRIVED", "LEFT", "TASKS DONE", "FAILED", "RUNNING", "WAITING"];
    let lean = |(i, name)| (name, if i == 0 { Lean::Left } else { Lean::Right });
    let columns: Vec<(&str, Lean)> = columns.into_iter().enumerate().map(lean).collect();
    let times = ["wait", "turnaround", "slowdown"].map(|what| {
        let value = |end: &str| outcome.metrics.get(&format!("tasks.{what}.{end}")).map(said);
        value("mean").zip(value("p95")).map(|(mean, p95)| format!("{what} {mean}, p95 {p95}"))
    });
    let times: Vec<String> = times.into_iter().flatten().collect();
    let note = if times.is_empty() {
        String::new()
    } else {
        format!("\n{}", hang("  on average  ", &times.join("; "), style, Paint::Plain))
    };
    table(&columns, &rows, style) + &note
}

fn story(lines: &[Line], style: Style) -> String {
    let (head, tail) = if lines.len() <= MOST { (lines.len(), 0) } else { (MOST - 10, 10) };
    let widest = lines.iter().map(|l| width(&clock(l.at))).max().unwrap_or(0);
    let line = |line: &Line| {
        let paint = match line.tone {
            Tone::Bad => Paint::Bad,
            Tone::Good => Paint::Good,
            Tone::Asked | Tone::Note => Paint::Plain,
        };
        hang(&format!("  {:>widest$}  ", clock(line.at)), &line.text, style, paint)
    };
    let mut out: String = lines[..head].iter().map(line).collect();
    if tail > 0 {
        let between = plural(lines.len() - head - tail, "more line");
        out.push_str(&format!("  {:>widest$}  {between}: --format json has them all\n", "…"));
        out.extend(lines[lines.len() - tail..].iter().map(line));
    }
    out
}

fn pending(pending: &[Pending], style: Style) -> String {
    let row = |p: &Pending| {
        let what = match &p.tasks[..] {
            [one] => one.clone(),
            all => format!("{} of {}", plural(all.len(), "task"), p.owner),
        };
        let hints = p.hints.iter().map(|hint| hang("    ", hint, style, Paint::Plain));
        hang("  ", &format!("{what}: {}", p.reason), style, Paint::Bad) + &hints.collect::<String>()
    };
    pending.iter().take(MOST).map(row).collect::<String>() + &more(pending.len(), MOST, "group")
}

fn verdicts(outcome: &Outcome, style: Style) -> String {
    let row = |v: &crate::expect::Verdict| {
        let (word, paint) = if v.holds { ("held    ", Paint::Good) } else { ("NOT HELD", Paint::Bad) };
        let lead = format!("  {word}  ");
        hang(&lead, &v.to_string(), style, paint)
    };
    outcome.verdicts.iter().map(row).collect()
}

fn bullets(items: &[String], style: Style, paint: Paint) -> String {
    let row = |item: &String| hang("  - ", &visible(item), style, paint);
    items.iter().take(MOST).map(row).collect::<String>() + &more(items.len(), MOST, "line")
}

fn more(len: usize, shown: usize, noun: &str) -> String {
    match len.checked_sub(shown) {
        None | Some(0) => String::new(),
        Some(n) => format!("  … and {}: --format json has them all\n", plural(n, &format!("more {noun}"))),
    }
}

/// Metrics by name and value, for a terminal.
pub fn metrics(outcome: &Outcome, style: Style) -> String {
    let row = |(name, value): (&str, crate::metrics::Value)| {
        let unit = if value.unit == Unit::Count { "" } else { value.unit.symbol() };
        vec![name.to_owned(), value.to_string(), unit.to_owned()]
    };
    let rows: Vec<Vec<String>> = outcome.metrics.iter().map(row).collect();
    table(&[("METRIC", Lean::Left), ("VALUE", Lean::Right), ("UNIT", Lean::Left)], &rows, style)
}
