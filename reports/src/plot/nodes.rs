//! What each node held, over time: dark is much.

use plotters::element::{PathElement, Rectangle};
use plotters::style::{BLACK, Color, RGBColor, WHITE};

use super::axis::{Axis, percents, round_share};
use super::frame::{Frame, Plane};
use super::sheet::{Area, Drawn, HEAD, Head, PALE, Type, sheet, shortened, text};
use super::watch::Row;
use crate::measure::Series;

/// As many shades as an eye tells apart; nothing at all is white.
const SHADES: u64 = 8;
/// Height of the shades' legend, pixels.
const LEGEND: i32 = 30;

/// What the shades mean.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Measure {
    /// CPU held of what there is; this share is the darkest.
    Cpu(f64),
    /// CPU that containers want of what there is; likewise.
    Wanted(f64),
    /// Tasks for each node; so many are the darkest.
    Tasks(f64),
}

/// The picture, or why there is none.
pub(super) fn picture(head: &Head, rows: &[Row]) -> Result<String, &'static str> {
    let until = rows.first().map_or(0.0, |row| row.tasks.until().as_secs_f64());
    let most = rows
        .iter()
        .flat_map(|row| cells(row, |row, i| row.tasks.mean(i) / row.nodes as f64))
        .fold(0.0, f64::max);
    if until == 0.0 || most == 0.0 {
        return Err("no node ever had a task");
    }
    let cpu = rows.iter().flat_map(|row| cells(row, reserved)).fold(0.0, f64::max);
    let used = rows.iter().flat_map(|row| cells(row, wanted)).fold(0.0, f64::max);
    let measure = match (used > 0.0, cpu > 0.0) {
        (true, _) => Measure::Wanted(round_share(used)),
        (false, true) => Measure::Cpu(round_share(cpu)),
        (false, false) => Measure::Tasks(most),
    };
    let high = (600 / rows.len() as i32).clamp(5, 26);
    let height = HEAD + rows.len() as i32 * high + 64 + LEGEND;
    let together = rows.iter().map(|row| row.nodes).max().unwrap_or(1);
    let of = match together {
        1 => head.of.clone(),
        n => format!("{}; a row is {n} nodes", head.of),
    };
    let title = match measure {
        Measure::Cpu(_) => "CPU reserved on each node",
        Measure::Wanted(_) => "CPU that containers want of each node",
        Measure::Tasks(_) => "Tasks on each node",
    };
    let head = Head { title: title.to_owned(), of, origin: head.origin.clone() };
    Ok(sheet(&head, height as u32, |area| {
        let (_, below) = area.split_vertically(HEAD);
        let (below, _) = below.split_vertically(height - HEAD - LEGEND);
        let frame = Frame {
            x: Axis::time(until, 8),
            y: Axis::rows(rows.len()),
            x_says: "time since the run began",
            y_says: "",
            left: 130,
            has_times: true,
        };
        let plane = frame.draw(&below)?;
        for (place, row) in rows.iter().enumerate() {
            drawn(area, &plane, row, place, measure)?;
        }
        names(area, &plane, rows, high)?;
        shades(area, measure, height - LEGEND)
    }))
}

/// One row: stretches of the same shade are one rectangle.
fn drawn(area: &Area<'_>, plane: &Plane<'_>, row: &Row, place: usize, measure: Measure) -> Drawn {
    let shades: Vec<Option<u64>> =
        cells(row, |row, i| (row, i)).map(|(row, i)| shade(row, i, measure)).collect();
    let begin = |i: usize| row.tasks.span(i.min(shades.len() - 1)).0.as_secs_f64();
    let mut from = 0;
    for stretch in shades.chunk_by(|a, b| a == b) {
        let to = from + stretch.len();
        let ends = if to == shades.len() { row.tasks.until().as_secs_f64() } else { begin(to) };
        let (left, top) = plane.point(begin(from), place as f64);
        let (right, bottom) = plane.point(ends, place as f64 + 1.0);
        let gap = i32::from(bottom - top >= 9);
        match stretch[0] {
            Some(0) => {}
            Some(shade) => {
                area.draw(&Rectangle::new([(left, top), (right, bottom - gap)], colour(shade).filled()))?
            }
            None => area.draw(&absent((left, right), (top + bottom) / 2))?,
        }
        from = to;
    }
    Ok(())
}

/// A line through what is not READY.
fn absent((left, right): (i32, i32), y: i32) -> PathElement<(i32, i32)> {
    PathElement::new(vec![(left, y), (right, y)], BLACK.stroke_width(1))
}

fn cells<'a, T>(row: &'a Row, of: impl Fn(&'a Row, usize) -> T) -> impl Iterator<Item = T> {
    (0..row.tasks.buckets().len()).map(move |i| of(row, i))
}

/// CPU held of that of READY nodes.
fn reserved(row: &Row, i: usize) -> f64 {
    of_capacity(row, &row.cpu, i)
}

/// CPU that containers want of that of READY nodes.
fn wanted(row: &Row, i: usize) -> f64 {
    of_capacity(row, &row.wanted, i)
}

/// Nothing of nothing is nothing.
fn of_capacity(row: &Row, series: &Series, i: usize) -> f64 {
    let capacity = row.capacity.mean(i);
    if capacity > 0.0 { series.mean(i) / capacity } else { 0.0 }
}

/// From 0 for nothing at all; `None` where most of the nodes were not READY for most of the time, and held nothing.
fn shade(row: &Row, i: usize, measure: Measure) -> Option<u64> {
    let tasks = row.tasks.mean(i);
    let part = match measure {
        Measure::Cpu(most) => reserved(row, i) / most,
        Measure::Wanted(most) => wanted(row, i) / most,
        Measure::Tasks(most) => tasks / row.nodes as f64 / most,
    };
    let is_absent = row.ready.mean(i) < 0.5 * row.nodes as f64;
    (!is_absent).then(|| (libm::ceil(part * SHADES as f64 - 1e-9) as u64).min(SHADES))
}

/// From pale to nearly black, each darker than the one before, in print too.
fn colour(shade: u64) -> RGBColor {
    let depth = (shade - 1) as f64 / (SHADES - 1) as f64;
    let mix = |pale: f64, dark: f64| libm::round(pale + depth * (dark - pale)) as u8;
    RGBColor(mix(222.0, 8.0), mix(235.0, 28.0), mix(247.0, 60.0))
}

/// Names beside the rows, as many as there is room for.
fn names(area: &Area<'_>, plane: &Plane<'_>, rows: &[Row], high: i32) -> Drawn {
    let every = (12 + high - 1) / high;
    for (place, row) in rows.iter().enumerate().step_by(every as usize) {
        let (left, y) = plane.point(0.0, place as f64 + 0.5);
        let name = match row.nodes {
            1 => shortened(&row.name, 20),
            n => format!("{} + {}", shortened(&row.name, 15), n - 1),
        };
        text(area, &name, (left - 8, y), Type::PLAIN.small().right().middle())?;
    }
    Ok(())
}

/// What the shades mean.
fn shades(area: &Area<'_>, measure: Measure, top: i32) -> Drawn {
    let says = match measure {
        Measure::Cpu(_) => "reserved of the node's CPU",
        Measure::Wanted(_) => "wanted of the node's CPU",
        Measure::Tasks(_) => "tasks on the node",
    };
    text(area, says, (296, top + 7), Type::PLAIN.middle().right())?;
    let mut x = 330;
    for shade in 0..=SHADES {
        let colour = if shade == 0 { WHITE } else { colour(shade) };
        let corners = [(x, top), (x + 28, top + 14)];
        area.draw(&Rectangle::new(corners, colour.filled()))?;
        area.draw(&Rectangle::new(corners, PALE.stroke_width(1)))?;
        x += 28;
    }
    let most = match measure {
        Measure::Cpu(most) | Measure::Wanted(most) => percents(most),
        Measure::Tasks(most) => crate::compare::significant(most, 3),
    };
    text(area, "0", (322, top + 7), Type::PLAIN.middle().right())?;
    text(area, &most, (x + 6, top + 7), Type::PLAIN.middle())?;
    area.draw(&absent((x + 60, x + 90), top + 7))?;
    text(area, "not READY", (x + 96, top + 7), Type::PLAIN.middle())
}
