//! What tasks held of the cluster, and how many waited, over time.

use plotters::element::{PathElement, Polygon};
use plotters::style::{BLACK, Color, RGBColor};

use crate::measure::{Amounts, Load, Series};

use super::axis::Axis;
use super::frame::{Frame, Plane};
use super::sheet::{Area, Drawn, HEAD, Head, Line, Type, sample, sheet, text};

/// What lies below the most that waited.
const SHADE: RGBColor = RGBColor(165, 165, 165);

/// The picture, or why there is none.
pub(super) fn picture(head: &Head, load: &Load, used: Option<&Series>) -> Result<String, &'static str> {
    let until = load.waiting.until().as_secs_f64();
    if until == 0.0 {
        return Err("the run took no time");
    }
    Ok(sheet(head, 560, |area| {
        let (_, below) = area.split_vertically(HEAD);
        let (upper, lower) = below.split_vertically(250);
        let time = Axis::time(until, 8);
        shares_held(area, &upper, &time, load, used)?;
        waiting(area, &lower, &time, &load.waiting)
    }))
}

fn shares_held<'a>(
    sheet: &Area<'a>,
    area: &Area<'a>,
    time: &Axis,
    load: &Load,
    used: Option<&Series>,
) -> Drawn {
    let of_held = |of: fn(&Amounts) -> &Series| shares(of(&load.held), of(&load.capacity));
    let mut curves = vec![("CPU", of_held(|a| &a.cpu)), ("memory", of_held(|a| &a.memory))];
    curves.extend(used.map(|used| ("CPU in use", shares(used, &load.capacity.cpu))));
    let most = curves.iter().flat_map(|(_, points)| points).map(|(_, share)| *share).fold(0.0, f64::max);
    let frame = Frame {
        x: time.clone(),
        y: Axis::percent(most),
        x_says: "",
        y_says: if used.is_some() { "reserved, in use" } else { "reserved of READY members" },
        left: 60,
        has_times: false,
    };
    let plane = frame.draw(area)?;
    for ((_, points), line) in curves.iter().zip(Line::ALL) {
        line.along(sheet, &thinned(&plane, points))?;
    }
    // In the head, since the curves may be anywhere.
    let places = if used.is_some() { vec![470, 560, 665] } else { vec![580, 670] };
    for ((line, (label, _)), x) in Line::ALL.into_iter().zip(&curves).zip(places) {
        sample(sheet, line, label, (x, HEAD - 6))?;
    }
    Ok(())
}

fn waiting<'a>(sheet: &Area<'a>, area: &Area<'a>, time: &Axis, waiting: &Series) -> Drawn {
    let most = waiting.buckets().iter().map(|b| b.max).max().unwrap_or(0);
    let frame = Frame {
        x: time.clone(),
        y: Axis::count(most, 4),
        x_says: "time since the run began",
        y_says: "tasks that wait for a node",
        left: 60,
        has_times: true,
    };
    let plane = frame.draw(area)?;
    let ((_, right), (top, _)) = (plane.columns(), plane.rows());
    let buckets = || (0..waiting.buckets().len()).map(|i| (waiting.span(i).0.as_secs_f64(), i));
    let highest: Vec<(f64, f64)> = buckets().map(|(at, i)| (at, waiting.buckets()[i].max as f64)).collect();
    let mean: Vec<(f64, f64)> = buckets().map(|(at, i)| (at, waiting.mean(i))).collect();
    if most > 0 {
        let highest = thinned(&plane, &highest);
        sheet.draw(&Polygon::new(below(&plane, &highest), SHADE.filled()))?;
        // A peak of a moment has no width of its own.
        sheet.draw(&PathElement::new(highest, SHADE.stroke_width(2)))?;
    }
    sheet.draw(&PathElement::new(thinned(&plane, &mean), BLACK.stroke_width(1)))?;
    text(sheet, "line: mean; shaded: up to the most at once", (right - 8, top + 4), Type::DIM.small().right())
}

/// What is held of what there is, over time; nothing of nothing is nothing.
fn shares(held: &Series, capacity: &Series) -> Vec<(f64, f64)> {
    let share = |i: usize| {
        let whole = capacity.buckets().get(i).map_or(0, |bucket| bucket.area) as f64;
        if whole > 0.0 { held.buckets()[i].area as f64 / whole } else { 0.0 }
    };
    (0..held.buckets().len()).map(|i| (held.span(i).0.as_secs_f64(), share(i))).collect()
}

/// A series of levels, each from its time on, as a path of steps up to the right end. Of those that share a column of
/// pixels, the path goes through the first, the lowest, the highest and the last: so it is never longer than the picture is
/// wide, and no peak is lost.
pub(super) fn thinned(plane: &Plane<'_>, points: &[(f64, f64)]) -> Vec<(i32, i32)> {
    let pixels: Vec<(i32, i32)> = points.iter().map(|(x, y)| plane.point(*x, *y)).collect();
    let mut path: Vec<(i32, i32)> = Vec::new();
    for column in pixels.chunk_by(|a, b| a.0 == b.0) {
        let x = column[0].0;
        let ys = || column.iter().map(|point| point.1);
        let turns = [ys().next(), ys().min(), ys().max(), ys().next_back()];
        if let Some((_, before)) = path.last() {
            path.push((x, *before));
        }
        path.extend(turns.into_iter().flatten().map(|y| (x, y)));
        path.dedup();
    }
    if let Some((_, y)) = path.last() {
        path.push((plane.columns().1, *y));
    }
    path
}

/// The outline of what lies below a path.
pub(super) fn below(plane: &Plane<'_>, path: &[(i32, i32)]) -> Vec<(i32, i32)> {
    let ((left, right), (_, bottom)) = (plane.columns(), plane.rows());
    [(left, bottom)].into_iter().chain(path.iter().copied()).chain([(right, bottom)]).collect()
}
