//! Numbers of managers, a line each: how long a year nobody can decide anything.

use plotters::element::{Circle, PathElement};
use plotters::style::{BLACK, Color, RGBColor, WHITE};

use crate::plan::managers::{Plan, Row, duration, in_zones};
use crate::words::number;

use super::axis::Axis;
use super::frame::{Frame, Plane};
use super::sheet::{Area, Drawn, GREY, HEAD, Head, Line, Type, WIDTH, sheet, text};

/// Height of a line, pixels.
const HIGH: i32 = 24;
/// What a frame takes above and below its plane, pixels.
const MARGINS: i32 = 58;
/// Where the numbers' names end, and where what is said of them begins, pixels.
const COLUMNS: (i32, i32) = (110, 570);
/// Seconds below which nothing is told apart, and above which nothing can be: those of a year.
const WITHIN: (f64, f64) = (0.001, 365.0 * 86_400.0);

/// The picture, or why there is none.
pub(super) fn picture(head: &Head, plan: &Plan) -> Result<String, &'static str> {
    let seconds = |row: &Row| [60.0 * row.minutes(), 60.0 * row.leaderless().value];
    let all: Vec<f64> = plan.rows.iter().flat_map(seconds).filter(|seconds| *seconds > 0.0).collect();
    let (least, most) = all.iter().fold((f64::MAX, 0.0_f64), |(least, most), s| (s.min(least), s.max(most)));
    if all.is_empty() {
        return Err("no manager is ever missed");
    }
    let axis = Axis::logarithmic_time((least / 2.0).max(WITHIN.0), (most * 2.0).min(WITHIN.1));
    let high = plan.rows.len() as i32 * HIGH;
    Ok(sheet(head, (HEAD + high + MARGINS + 82) as u32, |area| {
        let (_, below) = area.split_vertically(HEAD);
        let (below, _) = below.split_vertically(high + MARGINS);
        let (below, _) = below.split_horizontally(COLUMNS.1);
        let frame = Frame {
            x: axis,
            y: Axis::rows(1),
            x_says: "time a year (logarithmic)",
            y_says: "",
            left: COLUMNS.0,
            has_times: true,
        };
        let plane = frame.draw(&below)?;
        let (top, bottom) = plane.rows();
        for (i, row) in (0..).zip(&plan.rows) {
            let advised = plan.advice.row == usize::try_from(i).ok();
            drawn(area, &plane, row, top + HIGH / 2 + i * HIGH, advised)?;
        }
        legend(area, bottom + 54)
    }))
}

fn drawn(area: &Area<'_>, plane: &Plane<'_>, row: &Row, y: i32, advised: bool) -> Drawn {
    let (quorumless, leaderless) = (60.0 * row.minutes(), 60.0 * row.leaderless().value);
    let x = |seconds: f64| plane.point(seconds.max(WITHIN.0), 0.0).0;
    let colour = if row.out.is_some() { GREY } else { Line::ALL[1].colour() };
    let name =
        format!("{}  {}{}", number(row.managers), in_zones(&row.split), if advised { "  <" } else { "" });
    text(area, &name, (14, y), Type::PLAIN.middle())?;
    area.draw(&PathElement::new(vec![(x(quorumless), y), (x(leaderless), y)], colour.stroke_width(2)))?;
    marker(area, (x(quorumless), y), colour, true)?;
    marker(area, (x(leaderless), y), colour, false)?;
    let says = match row.out {
        Some(_) => "even: more can fail than of one fewer".to_owned(),
        None => format!("{}, {} without a leader", duration(quorumless), duration(leaderless)),
    };
    let style = if row.out.is_some() { Type::DIM } else { Type::PLAIN };
    text(area, &says, (COLUMNS.1 + 6, y), style.small().middle())
}

fn marker(area: &Area<'_>, at: (i32, i32), colour: RGBColor, filled: bool) -> Drawn {
    let inside = if filled { colour.filled() } else { WHITE.filled() };
    area.draw(&Circle::new(at, 5, inside))?;
    area.draw(&Circle::new(at, 5, colour.stroke_width(2)))
}

fn legend(area: &Area<'_>, top: i32) -> Drawn {
    let says =
        ["without a quorum (exact)", "without a leader (exact, and what the managers' Raft needs besides)"];
    for (i, (label, filled)) in (0..).zip(says.into_iter().zip([true, false])) {
        let y = top + 20 * i;
        marker(area, (26, y), BLACK, filled)?;
        text(area, label, (40, y), Type::PLAIN.middle())?;
    }
    let note = "<: the number that is advised; grey: numbers that nobody should take";
    text(area, note, (14, top + 40), Type::DIM.small().middle())?;
    area.draw(&PathElement::new(vec![(14, top + 56), (WIDTH as i32 - 14, top + 56)], WHITE.stroke_width(1)))
}
