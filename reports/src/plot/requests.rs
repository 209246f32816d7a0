//! What became of requests over time: how many ended each second and how, and how long the answers took.

use plotters::element::{PathElement, Polygon};
use plotters::style::{BLACK, Color, RGBColor};

use swarmbed_sim::worker::mesh::Ending;

use crate::measure::Seconds;

use super::axis::{Axis, duration};
use super::frame::Frame;
use super::load::{below, thinned};
use super::sheet::{Area, Drawn, HEAD, Head, Line, Type, sample, sheet, text};

/// What lies below the longest answers.
const SHADE: RGBColor = RGBColor(165, 165, 165);

/// The requests of clients that ended in one of equal times.
#[derive(Clone, Copy, Debug, Default)]
struct Time {
    answered: u64,
    lost: u64,
    /// Of the answers, nanoseconds.
    latency: u128,
    longest: u64,
}

/// The picture, or why there is none.
pub(super) fn picture(head: &Head, seconds: &Seconds) -> Result<String, &'static str> {
    let times = times(seconds);
    if times.iter().all(|time| time.answered + time.lost == 0) {
        return Err("no request ended");
    }
    let width = seconds.width().as_secs_f64();
    let until = times.len() as f64 * width;
    Ok(sheet(head, 560, |area| {
        let (_, below) = area.split_vertically(HEAD);
        let (upper, lower) = below.split_vertically(250);
        let time = Axis::time(until, 8);
        ended(area, &upper, &time, &times, width)?;
        latency(area, &lower, &time, &times, width)
    }))
}

/// Every time from the first on, those in which nothing ended as well.
fn times(seconds: &Seconds) -> Vec<Time> {
    let mut times: Vec<Time> = Vec::new();
    for (key, row) in seconds.rows() {
        let place = key.time as usize;
        times.resize(times.len().max(place + 1), Time::default());
        let time = &mut times[place];
        if key.ending == Ending::Answered {
            time.answered += row.requests;
            time.latency += row.latency;
            time.longest = time.longest.max(row.longest);
        } else {
            time.lost += row.requests;
        }
    }
    times
}

/// A value for each time, from its beginning on.
fn levels(times: &[Time], width: f64, of: impl Fn(&Time) -> f64) -> Vec<(f64, f64)> {
    times.iter().enumerate().map(|(i, time)| (i as f64 * width, of(time))).collect()
}

fn ended<'a>(sheet: &Area<'a>, area: &Area<'a>, time: &Axis, times: &[Time], width: f64) -> Drawn {
    let rate = |n: u64| n as f64 / width;
    let curves = [
        ("answered", levels(times, width, |time| rate(time.answered))),
        ("lost", levels(times, width, |time| rate(time.lost))),
    ];
    let most = curves.iter().flat_map(|(_, points)| points).map(|(_, rate)| *rate).fold(0.0, f64::max);
    let frame = Frame {
        x: time.clone(),
        y: Axis::count(libm::ceil(most) as u64, 4),
        x_says: "",
        y_says: "requests a second",
        left: 74,
        has_times: false,
    };
    let plane = frame.draw(area)?;
    for ((_, points), line) in curves.iter().zip([Line::ALL[0], Line::ALL[2]]) {
        line.along(sheet, &thinned(&plane, points))?;
    }
    for (((label, _), line), x) in curves.iter().zip([Line::ALL[0], Line::ALL[2]]).zip([560, 670]) {
        sample(sheet, line, label, (x, HEAD - 6))?;
    }
    Ok(())
}

fn latency<'a>(sheet: &Area<'a>, area: &Area<'a>, time: &Axis, times: &[Time], width: f64) -> Drawn {
    let longest = levels(times, width, |time| time.longest as f64 / 1e9);
    let mean = |time: &Time| time.latency as f64 / time.answered.max(1) as f64 / 1e9;
    let mean = levels(times, width, mean);
    let most = longest.iter().map(|(_, latency)| *latency).fold(0.0, f64::max);
    let frame = Frame {
        x: time.clone(),
        y: Axis::time(most * 1.2, 4),
        x_says: "time since the run began",
        y_says: "from sending to answer",
        left: 74,
        has_times: true,
    };
    let plane = frame.draw(area)?;
    let ((_, right), (top, _)) = (plane.columns(), plane.rows());
    if most > 0.0 {
        let longest = thinned(&plane, &longest);
        sheet.draw(&Polygon::new(below(&plane, &longest), SHADE.filled()))?;
        sheet.draw(&PathElement::new(longest, SHADE.stroke_width(2)))?;
    }
    sheet.draw(&PathElement::new(thinned(&plane, &mean), BLACK.stroke_width(1)))?;
    let each = if width > 1.0 { format!(" of each {}", duration(width)) } else { String::new() };
    let says = format!("line: mean{each}; shaded: up to the longest");
    text(sheet, &says, (right - 8, top + 4), Type::DIM.small().right())
}
