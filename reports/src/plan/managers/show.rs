//! The answer as a person and as a program read it.

use serde_json::{Map, Value as Json, json};

use super::{Plan, Question, Row, in_zones};
use crate::compare::significant;
use crate::output::page::{Lean, Paint, Style, hang, width};
use crate::output::tables::Table;
use crate::words::number;

mod columns;

pub(crate) use columns::duration;
use columns::{COLUMNS, Cell, Column, Sheet, half, percent};

impl Question {
    /// What befalls machines, in a clause.
    pub(crate) fn failures(&self) -> String {
        let hours = |hours: f64| format!("{} h", significant(hours, 4));
        format!("a node fails after {} and is back after {}", hours(self.mttf), hours(self.mttr))
    }
}

/// What was asked, in a few lines.
fn asked(question: &Question) -> String {
    let hours = |hours: f64| format!("{} h", significant(hours, 4));
    let zones = match (question.zones, question.outages) {
        (1, None) => String::new(),
        (zones, None) => format!("; {zones} zones, which never fail"),
        (zones, Some((up, down))) => {
            let (noun, each) = if zones == 1 { ("zone", "it") } else { ("zones", "each") };
            format!("; {zones} {noun}, {each} out for {} every {}", hours(down), hours(up))
        }
    };
    let (nodes, tasks) = (number(question.nodes), significant(question.tasks, 4));
    let (failures, lost) = (question.failures(), percent(question.lost));
    format!(
        "{nodes} nodes, {tasks} tasks on each; {failures}, on average, and {lost} of managers' failures lose the disk{zones}."
    )
}

/// What stands below the first table, and below the second and third.
const NOTES: [(Sheet, &str); 3] = [
    (
        Sheet::Survives,
        "FAILURES, ZONE, UPKEEP: the quorum survives so many crashes; the loss of any one zone; a crash while another manager \
         is in maintenance. MIN/YEAR: without a quorum, exactly; PLAYED: as the fault engine came to, ± half of a 95 % \
         interval. LEADERLESS: minutes a year in which nothing can be committed, since there is no quorum or nobody leads \
         yet: the exact ones, and what the managers' own Raft needs besides under the same faults.",
    ),
    (
        Sheet::Costs,
        "A year. DELAYED: failures of other nodes, by themselves or with their zone, that meet no leader or take it with them; \
         BY: how long each waits for one, on average. REPLICA-MIN: tasks of such a node times the minutes that it waits. \
         REFUSED: commands of operators, which a manager keeps for 11 s. FORCED: the chance that so many managers lose \
         their disks at one time that only --force-new-cluster helps; a lost one is replaced after a repair time, \
         as soon as there is a quorum. Zones' outages leave disks alone.",
    ),
    (
        Sheet::Leader,
        "OUTAGES, ELECTED: of the quorum, and leaders, a year; HOURS: how long an outage lasts. NEW LEADER: from \
         the loss of a leader, with a quorum left, until the next one's first entry is committed; COMMIT: from a proposal \
         to it. BUSY: the leader's processor with heartbeats and reports, at the cost assumed for each.",
    ),
];

/// For a person.
pub fn text(plan: &Plan, style: Style) -> String {
    let mut page = hang("", &asked(&plan.question), style, Paint::Plain);
    for (sheet, note) in NOTES {
        // What is out is shown once, with the reason.
        let sound = |row: &&Row| sheet == Sheet::Survives || row.out.is_none();
        let rows: Vec<&Row> = plan.rows.iter().filter(sound).collect();
        let rows = if rows.is_empty() { plan.rows.iter().collect() } else { rows };
        tables(&rows, sheet, style).iter().for_each(|table| page.push_str(&format!("\n{table}")));
        if sheet == Sheet::Survives {
            page.push_str(&format!("\n{}", reasons(&plan.rows, style)));
        } else {
            page.push('\n');
        }
        page.push_str(&hang("  ", note, style, Paint::Dim));
    }
    page.push_str(&procedures(plan, style));
    page.push('\n');
    page.push_str(&hang("", &plan.advice.text, style, Paint::Good));
    page
}

/// Why numbers are out.
fn reasons(rows: &[Row], style: Style) -> String {
    let mut told: Vec<&str> = Vec::new();
    let mut page = String::new();
    for row in rows {
        if let Some(why) = row.out.as_deref().filter(|why| !told.contains(why)) {
            told.push(why);
            page.push_str(&hang(&format!("  ({}) ", row.managers), why, style, Paint::Dim));
        }
    }
    page
}

/// A sheet's columns in as many tables as it takes to fit them into the width, each with the first columns again.
fn tables(rows: &[&Row], sheet: Sheet, style: Style) -> Vec<String> {
    let says = |column: &&Column| rows.iter().any(|row| !matches!((column.says)(row), Cell::Nothing));
    let of = |table: Sheet| COLUMNS.iter().filter(move |column| column.table == table).filter(says);
    let drawn = |column: &Column| -> Vec<String> {
        let cells = rows.iter().map(|row| struck((column.says)(row).text(), row));
        let all: Vec<String> = std::iter::once(column.head.to_owned()).chain(cells).collect();
        let widest = all.iter().map(|cell| width(cell)).max().unwrap_or(0);
        all.iter().map(|cell| format!("  {}{cell}", " ".repeat(widest - width(cell)))).collect()
    };
    let wide = |column: &[String]| column.first().map_or(0, |head| width(head));
    let first: Vec<Vec<String>> = of(Sheet::Each).map(drawn).collect();
    let room = style.width.saturating_sub(first.iter().map(|column| wide(column)).sum());
    let mut tables: Vec<Vec<Vec<String>>> = Vec::new();
    let mut left = 0;
    for column in of(sheet).map(drawn) {
        if tables.is_empty() || wide(&column) > left {
            tables.push(first.clone());
            left = room;
        }
        left = left.saturating_sub(wide(&column));
        tables.last_mut().expect("there is one now").push(column);
    }
    let paint = |line: usize| match line.checked_sub(1) {
        Some(row) if rows[row].out.is_none() => Paint::Plain,
        _ => Paint::Dim,
    };
    let line = |table: &[Vec<String>], line: usize| {
        let text: String = table.iter().map(|column| column[line].as_str()).collect();
        format!("{}\n", style.paint(paint(line), text.trim_end()))
    };
    tables.iter().map(|table| (0..=rows.len()).map(|i| line(table, i)).collect()).collect()
}

/// A number that is out stands in brackets.
fn struck(text: String, row: &Row) -> String {
    if row.out.is_some() && text == row.managers.to_string() { format!("({text})") } else { text }
}

/// What becomes of the quorum while its managers are replaced.
fn procedures(plan: &Plan, style: Style) -> String {
    let (managers, step) = (plan.replaced, duration(plan.question.step * 3600.0));
    let (noun, one) = if managers == 1 { ("manager", "it is") } else { ("managers", "each is") };
    let rows: Vec<Vec<String>> = plan
        .procedures
        .iter()
        .map(|passage| {
            let survives = passage.survives.map_or("none".to_owned(), |n| n.to_string());
            let leaderless = passage.leaderless.map_or(String::new(), |found| duration(found.value));
            let [lost, takes] = [percent(passage.lost), duration(3600.0 * passage.hours)];
            vec![passage.procedure.name().to_owned(), survives, lost, leaderless, takes]
        })
        .collect();
    let heads = ["TO REPLACE", "SURVIVES", "LOST", "NO LEADER", "TAKES"];
    let leans = [Lean::Left, Lean::Right, Lean::Right, Lean::Right, Lean::Left];
    let columns: Vec<(&str, Lean)> = heads.into_iter().zip(leans).collect();
    let note = format!(
        "{managers} {noun}, {one} replaced once, when all are up; a step takes {step}. SURVIVES: failures at the worst moment; \
         none: it cannot be done. LOST: the chance that the quorum is lost meanwhile. NO LEADER: how long nobody leads in \
         all of it, as the managers' own Raft goes through it."
    );
    let table = crate::output::page::table(&columns, &rows, style);
    format!("\n{table}\n{}", hang("  ", &note, style, Paint::Dim))
}

/// For a pull request or a wiki.
pub fn markdown(plan: &Plan) -> String {
    let says = |column: &&Column| plan.rows.iter().any(|row| !matches!((column.says)(row), Cell::Nothing));
    let columns: Vec<&Column> = COLUMNS.iter().filter(says).collect();
    let heads: Vec<&str> = columns.iter().map(|column| column.key).collect();
    let mut page = format!("{}\n\n| {} | remark |\n", asked(&plan.question), heads.join(" | "));
    page.push_str(&format!("|{}\n", "---|".repeat(heads.len() + 1)));
    for row in &plan.rows {
        let cells: Vec<String> = columns
            .iter()
            .map(|column| (column.says)(row).text())
            .map(|text| if row.out.is_some() && !text.is_empty() { format!("~~{text}~~") } else { text })
            .collect();
        page.push_str(&format!("| {} | {} |\n", cells.join(" | "), row.out.as_deref().unwrap_or("")));
    }
    page.push_str(&format!("\n| {} managers replaced | survives | lost | leaderless |\n", plan.replaced));
    page.push_str("|---|---|---|---|\n");
    for passage in &plan.procedures {
        let survives = passage.survives.map_or("none".to_owned(), |n| n.to_string());
        let leaderless = passage.leaderless.map_or(String::new(), |found| duration(found.value));
        let (name, lost) = (passage.procedure.name(), percent(passage.lost));
        page.push_str(&format!("| {name} | {survives} | {lost} | {leaderless} |\n"));
    }
    page.push_str(&format!("\n**{}**\n", plan.advice.text));
    page
}

/// A row for each number and split, numbers in full. How managers are replaced is another table: see [`json`].
pub fn csv(plan: &Plan) -> String {
    let is_estimate = |column: &Column| plan.rows.iter().any(|row| (column.says)(row).is_estimate());
    let mut heads: Vec<String> = Vec::new();
    for column in COLUMNS {
        heads.push(column.key.to_owned());
        if is_estimate(column) {
            heads.push(format!("{}_half_interval", column.key));
        }
    }
    heads.extend(["out".to_owned(), "advised".to_owned()]);
    let mut table = Table::new(&heads.iter().map(String::as_str).collect::<Vec<_>>());
    for (i, row) in plan.rows.iter().enumerate() {
        let mut cells: Vec<String> = Vec::new();
        for column in COLUMNS {
            let [value, half] = (column.says)(row).exact();
            cells.push(value.unwrap_or_default());
            if is_estimate(column) {
                cells.push(half.unwrap_or_default());
            }
        }
        cells.extend([row.out.clone().unwrap_or_default(), (plan.advice.row == Some(i)).to_string()]);
        table.row(&cells.iter().map(String::as_str).collect::<Vec<_>>());
    }
    table.finish()
}

/// For a program.
pub fn json(plan: &Plan) -> String {
    let question = &plan.question;
    let row = |row: &Row| {
        let cells = COLUMNS.iter().map(|column| (column.key.to_owned(), (column.says)(row).json()));
        let mut map: Map<String, Json> = cells.collect();
        map.insert("out".to_owned(), json!(row.out));
        map.insert("raft_years".to_owned(), json!(row.core.years));
        let quorumless = row.core.quorumless.times(60.0);
        let quorumless = json!({"value": quorumless.value, "half_interval": half(quorumless)});
        map.insert("raft_minutes_without_quorum".to_owned(), quorumless);
        Json::Object(map)
    };
    let passages = plan.procedures.iter().map(|passage| {
        json!({
            "procedure": passage.procedure.name(),
            "survives_failures": passage.survives,
            "quorum_lost_chance": passage.lost,
            "leaderless_seconds": passage.leaderless.map(|found| found.value),
            "hours": passage.hours,
        })
    });
    let outages = question.outages.map(|(up, down)| json!({"mean_hours_between": up, "mean_hours": down}));
    let page = json!({
        "nodes": question.nodes,
        "zones": question.zones,
        "mttf_hours": question.mttf,
        "mttr_hours": question.mttr,
        "zone_outages": outages,
        "disk_lost_share": question.lost,
        "tasks_per_node": question.tasks,
        "operations_per_year": question.operations,
        "rows": plan.rows.iter().map(row).collect::<Vec<_>>(),
        "procedures": {"managers": plan.replaced, "step_hours": question.step, "rows": passages.collect::<Vec<_>>()},
        "advised": plan.advice.row,
        "advised_zones": plan.advice.row.map(|row| in_zones(&plan.rows[row].split)),
        "advice": plan.advice.text,
    });
    format!("{page:#}\n")
}

#[cfg(test)]
mod tests {
    use super::super::{plan, tests::question};
    use super::*;

    #[test]
    fn every_form_has_every_row_and_no_nonsense() {
        let plan = plan(question(), &|| ()).unwrap();
        let page = text(&plan, Style::PLAIN);
        assert!(page.contains("(4)  2-1-1         1    no      no"), "{page}");
        assert!(page.contains("even: 3 survive 1 too, and fewer can fail"), "{page}");
        assert!(page.contains("\n  join before demote         2"), "{page}");
        let csv = csv(&plan);
        assert_eq!(csv.lines().count(), 6);
        assert!(csv.starts_with("managers,zones,survives_failures,"), "{csv}");
        assert!(csv.lines().nth(5).unwrap().ends_with(",,true"), "{csv}");
        let json: Json = serde_json::from_str(&json(&plan)).unwrap();
        assert_eq!(json["rows"][4]["zones"], "2-2-1");
        assert!(json["rows"][4]["leaderless_minutes_per_year"]["half_interval"].as_f64().unwrap() > 0.0);
        assert_eq!(json["procedures"]["managers"], 5);
        let markdown = markdown(&plan);
        assert!(markdown.contains("| ~~4~~ | ~~2-1-1~~ |"), "{markdown}");
        for page in [&page, &csv, &markdown] {
            assert!(!page.contains("NaN") && !page.contains("inf"), "{page}");
        }
    }

    #[test]
    fn a_narrow_terminal_gets_more_tables_and_no_longer_lines() {
        let plan = plan(Question { managers: 3..=5, ..question() }, &|| ()).unwrap();
        for width in [60, 80, 120] {
            let page = text(&plan, Style { width, colour: false });
            assert!(page.lines().all(|line| line.chars().count() <= width), "{width}: {page}");
            assert!(page.contains("LEADERLESS") && page.contains("BUSY"), "{page}");
        }
    }

    #[test]
    fn what_was_never_seen_is_told_as_that() {
        let asked = Question { managers: 9..=9, mttf: 87_600.0, outages: None, price: None, ..question() };
        let page = text(&plan(asked, &|| ()).unwrap(), Style::PLAIN);
        assert!(page.contains("none in ") && !page.contains("PRICE"), "{page}");
    }
}
