//! Differences with their intervals, a line for each metric and variant.

use plotters::element::{Circle, PathElement, Polygon};
use plotters::style::{BLACK, Color, ShapeStyle, WHITE};

use crate::compare::{Comparison, Contrast, Row, Verdict, verdict};

use super::axis::Axis;
use super::frame::{Frame, Plane};
use super::sheet::{Area, Drawn, HEAD, Head, Line, PALE, Type, WIDTH, sheet, shortened, text};

/// At most so many lines: more are no picture but a table.
const LINES: usize = 60;
/// Height of a line, pixels.
const HIGH: i32 = 18;
/// The gap behind a metric with several lines, pixels.
const GAP: i32 = 6;
/// What a frame takes above and below its plane, pixels.
const MARGINS: i32 = 58;
/// Where the metrics' names end, and where the verdicts begin, pixels.
const COLUMNS: (i32, i32) = (180, 560);
/// Differences beyond the whole of the base's mean are cut off there, if there are smaller ones beside them.
const WHOLE: f64 = 1.0;

/// A metric, and the variants that differ from the base in some trial.
struct Group<'a> {
    row: &'a Row,
    lines: Vec<(usize, &'a Contrast)>,
}

/// The picture, or why there is none.
pub(super) fn picture(head: &Head, found: &Comparison) -> Result<String, &'static str> {
    if found.variants.len() < 2 {
        return Err("one variant alone has no differences");
    }
    if found.trials < 2 {
        return Err("one trial tells no interval");
    }
    let groups = groups(found);
    if groups.is_empty() {
        return Err("no metric differs in any trial");
    }
    let gap = if found.variants.len() > 2 { GAP } else { 0 };
    let lines: usize = groups.iter().map(|group| group.lines.len()).sum();
    let high = lines as i32 * HIGH + groups.len() as i32 * gap;
    let notes = notes(found, &groups);
    let key = 20 * (shown(found) + notes.len()) as i32 + 12;
    let most = widest(&groups);
    Ok(sheet(head, (HEAD + high + MARGINS + key) as u32, |area| {
        let (_, below) = area.split_vertically(HEAD);
        let (below, _) = below.split_vertically(high + MARGINS);
        let (below, _) = below.split_horizontally(COLUMNS.1);
        let frame = Frame {
            x: Axis::change(most),
            y: Axis::rows(1),
            x_says: "difference from the base's mean, and its 95 % interval",
            y_says: "",
            left: COLUMNS.0,
            has_times: true,
        };
        let plane = frame.draw(&below)?;
        let ((top, bottom), (zero, _)) = (plane.rows(), plane.point(0.0, 0.0));
        area.draw(&PathElement::new(vec![(zero, top), (zero, bottom)], BLACK.stroke_width(1)))?;
        let mut y = top;
        for group in &groups {
            drawn(area, &plane, group, y, (most, found.trials))?;
            y += group.lines.len() as i32 * HIGH + gap;
            if gap > 0 && y < bottom {
                let rule = vec![(14, y - gap / 2), (WIDTH as i32 - 14, y - gap / 2)];
                area.draw(&PathElement::new(rule, PALE.stroke_width(1)))?;
            }
        }
        legend(area, found, &notes, bottom + 50)
    }))
}

/// How many variants but the base are drawn.
fn shown(found: &Comparison) -> usize {
    (found.variants.len() - 1).min(Line::ALL.len() - 1)
}

/// Whether there is anything to draw.
fn differs(contrast: &Contrast) -> bool {
    !matches!(contrast.verdict, Verdict::Same | Verdict::Absent)
}

/// The metrics in which a variant differs in some trial, as many as there is room for.
fn groups(found: &Comparison) -> Vec<Group<'_>> {
    let group = |row| Group { row, lines: lines(row, shown(found)) };
    let all = found.rows.iter().map(group).filter(|group| !group.lines.is_empty());
    let fitting = all.scan(0, |so_far, group| {
        *so_far += group.lines.len();
        (*so_far <= LINES).then_some(group)
    });
    fitting.collect()
}

fn lines(row: &Row, variants: usize) -> Vec<(usize, &Contrast)> {
    row.contrasts[..variants].iter().enumerate().filter(|(_, contrast)| differs(contrast)).collect()
}

/// What a reader of the picture has to know.
fn notes(found: &Comparison, groups: &[Group<'_>]) -> Vec<String> {
    let mut notes = vec![
        "filled: a difference is shown (Holm); hollow: it may be chance; arrow: beyond the scale".to_owned(),
    ];
    let differing = found.rows.iter().filter(|row| !lines(row, shown(found)).is_empty()).count();
    let alike = found.rows.len() - differing;
    if alike > 0 {
        notes.push(format!(
            "not drawn: {alike} of {} metrics, which do not differ in any trial",
            found.rows.len()
        ));
    }
    if groups.len() < differing {
        notes
            .push(format!("there is room for the first {} of {differing} metrics that differ", groups.len()));
    }
    if shown(found) + 1 < found.variants.len() {
        notes.push(format!(
            "there is room for the first {} of {} variants",
            shown(found) + 1,
            found.variants.len()
        ));
    }
    notes
}

/// A difference and its interval as parts of the base's mean, where that is something to measure by.
fn parts(contrast: &Contrast) -> Option<(f64, f64, f64)> {
    let base = contrast.base.map(f64::abs).filter(|base| *base > 0.0)?;
    let difference = contrast.difference? / base;
    let ends = contrast.interval.map_or((difference, difference), |i| (i.low / base, i.high / base));
    Some((ends.0, difference, ends.1))
}

/// How far the axis reaches on either side.
fn widest(groups: &[Group<'_>]) -> f64 {
    let contrasts = groups.iter().flat_map(|group| &group.lines).map(|(_, contrast)| *contrast);
    let reach: Vec<f64> =
        contrasts.filter_map(parts).map(|(low, _, high)| low.abs().max(high.abs())).collect();
    let most = reach.iter().copied().fold(0.0, f64::max);
    let is_cut = most > WHOLE && reach.iter().any(|reach| *reach <= WHOLE);
    let within = if is_cut { WHOLE } else { most };
    if within > 0.0 { within * 1.08 } else { WHOLE }
}

fn drawn(
    area: &Area<'_>,
    plane: &Plane<'_>,
    group: &Group<'_>,
    top: i32,
    (most, trials): (f64, u64),
) -> Drawn {
    let middle = top + group.lines.len() as i32 * HIGH / 2;
    text(area, &shortened(&group.row.metric, 30), (14, middle), Type::PLAIN.small().middle())?;
    for ((variant, contrast), y) in group.lines.iter().zip((0..).map(|i| top + HIGH / 2 + i * HIGH)) {
        let style = Line::ALL[variant + 1].colour().stroke_width(2);
        let says = shortened(&verdict(group.row, contrast, trials), 38);
        text(area, &says, (COLUMNS.1 + 6, y), Type::PLAIN.small().middle())?;
        let Some((low, difference, high)) = parts(contrast) else { continue };
        let x = |part: f64| plane.point(part, 0.0).0;
        area.draw(&PathElement::new(vec![(x(low), y), (x(high), y)], style))?;
        for end in [low, high] {
            if end.abs() <= most {
                area.draw(&PathElement::new(vec![(x(end), y - 3), (x(end), y + 3)], style))?;
                continue;
            }
            let way = if end > 0.0 { 1 } else { -1 };
            let (tip, foot) = (x(end) + 7 * way, x(end) - 3 * way);
            area.draw(&Polygon::new(vec![(tip, y), (foot, y - 5), (foot, y + 5)], style.filled()))?;
        }
        if difference.abs() <= most {
            marker(area, *variant, (x(difference), y), contrast.verdict.is_difference())?;
        }
    }
    Ok(())
}

/// Each variant has its own shape.
fn marker(area: &Area<'_>, variant: usize, (x, y): (i32, i32), filled: bool) -> Drawn {
    let colour = Line::ALL[variant + 1].colour();
    let inside: ShapeStyle = if filled { colour.filled() } else { WHITE.filled() };
    if variant == 0 {
        area.draw(&Circle::new((x, y), 5, inside))?;
        return area.draw(&Circle::new((x, y), 5, colour.stroke_width(2)));
    }
    let corners: &[(i32, i32)] = match variant {
        1 => &[(-5, -5), (5, -5), (5, 5), (-5, 5)],
        2 => &[(0, -6), (6, 5), (-6, 5)],
        3 => &[(0, -7), (7, 0), (0, 7), (-7, 0)],
        _ => &[(-6, -5), (6, -5), (0, 6)],
    };
    let mut outline: Vec<(i32, i32)> = corners.iter().map(|(dx, dy)| (x + dx, y + dy)).collect();
    area.draw(&Polygon::new(outline.clone(), inside))?;
    outline.extend_from_within(..2); // round the last corner, so that it is as sharp as the others
    area.draw(&PathElement::new(outline, colour.stroke_width(2)))
}

fn legend(area: &Area<'_>, found: &Comparison, notes: &[String], top: i32) -> Drawn {
    let rows = (0..).map(|i| top + 10 + 20 * i);
    for (variant, y) in (0..shown(found)).zip(rows.clone()) {
        let label = format!(
            "{} against {}",
            shortened(&found.variants[variant + 1], 46),
            shortened(&found.variants[0], 46)
        );
        marker(area, variant, (26, y), true)?;
        text(area, &label, (40, y), Type::PLAIN.middle())?;
    }
    for (note, y) in notes.iter().zip(rows.skip(shown(found))) {
        text(area, note, (14, y), Type::DIM.small().middle())?;
    }
    Ok(())
}
