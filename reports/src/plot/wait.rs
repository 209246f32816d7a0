//! How long tasks waited for a node: which share of them no longer than so.

use crate::stats::Histogram;

use super::axis::{Axis, duration};
use super::frame::{Frame, Plane};
use super::sheet::{HEAD, Head, Line, sample, sheet, shortened};

/// The waits of one run, or of all runs of one variant.
pub(super) struct Curve<'a> {
    pub(super) label: String,
    pub(super) waits: &'a Histogram,
}

/// From this ratio of the longest to the shortest wait on, the axis is logarithmic.
const WIDE: f64 = 50.0;

/// Height of the plane with its axes, pixels.
const HIGH: i32 = 400;

/// The picture, or why there is none.
pub(super) fn picture(head: &Head, curves: &[Curve<'_>]) -> Result<String, &'static str> {
    let curves: Vec<&Curve<'_>> =
        curves.iter().filter(|c| c.waits.total() > 0).take(Line::ALL.len()).collect();
    let waits = || curves.iter().flat_map(|c| c.waits.cumulative()).map(|(wait, _)| seconds(wait));
    let longest = waits().fold(0.0, f64::max);
    if curves.is_empty() {
        return Err("no task was given a node");
    }
    if longest == 0.0 {
        return Err("no task waited at all");
    }
    let shortest = waits().filter(|wait| *wait > 0.0).fold(longest, f64::min);
    let is_wide = longest / shortest >= WIDE;
    let x = if is_wide {
        Axis::logarithmic_time(shortest / 1.1, longest * 1.1)
    } else {
        Axis::time(longest * 1.05, 8)
    };
    let says = if is_wide { "wait for a node (logarithmic)" } else { "wait for a node" };
    let height = HEAD + HIGH + curves.len() as i32 * 18 + 10;
    Ok(sheet(head, height as u32, |area| {
        let (_, below) = area.split_vertically(HEAD);
        let (below, _) = below.split_vertically(HIGH);
        let y = Axis::percent(1.0);
        let frame = Frame {
            x: x.clone(),
            y,
            x_says: says,
            y_says: "tasks that waited no longer",
            left: 60,
            has_times: true,
        };
        let plane = frame.draw(&below)?;
        for (curve, line) in curves.iter().zip(Line::ALL) {
            line.along(area, &steps(&plane, &x, curve.waits))?;
        }
        for ((curve, line), y) in curves.iter().zip(Line::ALL).zip((0..).map(|i| HEAD + HIGH + 8 + 18 * i)) {
            sample(area, line, &said(curve), (plane.columns().0, y))?;
        }
        Ok(())
    }))
}

/// The curve as steps, at most one for each column of pixels.
fn steps(plane: &Plane<'_>, axis: &Axis, waits: &Histogram) -> Vec<(i32, i32)> {
    let (first, last) = plane.columns();
    let mut values = waits.cumulative().peekable();
    let mut so_far = 0;
    let mut path: Vec<(i32, i32)> = vec![plane.point(axis.value(0.0), 0.0)];
    for column in first..=last {
        let until = axis.value(f64::from(column - first) / f64::from(last - first));
        while let Some((_, n)) = values.next_if(|(wait, _)| seconds(*wait) <= until) {
            so_far = n;
        }
        let y = plane.point(until, so_far as f64 / waits.total() as f64).1;
        let before = path.last().map_or(y, |point| point.1);
        if y != before || column == last {
            path.extend([(column, before), (column, y)]);
        }
    }
    path
}

fn said(curve: &Curve<'_>) -> String {
    let at = |permille| duration(rounded(seconds(quantile(curve.waits, permille))));
    let name = shortened(&curve.label, 30);
    format!("{name}: half within {}, 95 % {}, all {}", at(500), at(950), at(1000))
}

/// The smallest wait that at least so many in a thousand do not exceed.
fn quantile(waits: &Histogram, permille: u64) -> u64 {
    let rank = (u128::from(waits.total()) * u128::from(permille)).div_ceil(1000);
    waits.cumulative().find(|(_, n)| u128::from(*n) >= rank).map_or(0, |(wait, _)| wait)
}

/// To three digits: a legend is no table.
fn rounded(seconds: f64) -> f64 {
    let unit = libm::pow(10.0, libm::floor(libm::log10(seconds.max(1e-9))) - 2.0);
    libm::round(seconds / unit) * unit
}

fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}
