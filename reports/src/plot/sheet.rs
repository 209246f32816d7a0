//! The paper that every picture is drawn on: its size, its head, its type, its lines.

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::PathElement;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{BLACK, Color, IntoFont, RGBColor, TextStyle, WHITE};

use crate::words::visible;

/// Width of every picture, pixels.
pub(super) const WIDTH: u32 = 800;
/// Height of a title with the line below it, pixels.
pub(super) const HEAD: i32 = 58;

/// Where it is drawn.
pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// Drawing into a text cannot fail; the backend's type says that it might.
pub(super) type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// What a picture says about itself.
#[derive(Clone, Debug)]
pub(super) struct Head {
    /// What it shows.
    pub(super) title: String,
    /// Of what.
    pub(super) of: String,
    /// How it can be made again: not drawn, but kept in the file.
    pub(super) origin: String,
}

/// The first words of every picture's description, by which a file is known to be one of ours.
pub(super) const MARK: &str = "<desc>swarmbed ";

/// A picture of that height as a text of SVG.
pub(super) fn sheet(head: &Head, height: u32, draw: impl FnOnce(&Area<'_>) -> Drawn) -> String {
    let mut svg = String::new();
    let drawn = (|| {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        area.fill(&WHITE)?;
        text(&area, &shortened(&head.title, 66), (20, 12), Type::TITLE)?;
        text(&area, &shortened(&head.of, 110), (20, 35), Type::DIM)?;
        draw(&area)?;
        area.present()
    })();
    drawn.expect("a text takes whatever is drawn into it");
    described(&svg, head)
}

/// The picture with its title and description, which readers aloud and `swarmbed` itself look for, behind its first line.
fn described(svg: &str, head: &Head) -> String {
    let (first, rest) = svg.split_once('\n').expect("the first line opens the picture");
    let (title, origin) = (escaped(&head.title), escaped(&head.origin));
    format!("{first}\n<title>{title}</title>\n{MARK}{origin}</desc>\n{rest}")
}

fn escaped(text: &str) -> String {
    visible(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A text of at most so many characters, printable in XML.
pub(super) fn shortened(text: &str, most: usize) -> String {
    // These two are characters, but not of XML.
    let text = visible(text).replace(['\u{fffe}', '\u{ffff}'], "?");
    if text.chars().count() <= most {
        return text;
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// How a text is set.
#[derive(Clone, Copy)]
pub(super) struct Type {
    size: f64,
    is_bold: bool,
    colour: RGBColor,
    across: HPos,
    down: VPos,
}

/// What is beside the point.
pub(super) const GREY: RGBColor = RGBColor(89, 89, 89);
/// The lines of a grid.
pub(super) const PALE: RGBColor = RGBColor(221, 221, 221);

impl Type {
    /// Ordinary text, its left upper corner given.
    pub(super) const PLAIN: Type =
        Type { size: 12.5, is_bold: false, colour: BLACK, across: HPos::Left, down: VPos::Top };
    /// Text beside the point.
    pub(super) const DIM: Type = Type { colour: GREY, ..Type::PLAIN };
    /// A title.
    pub(super) const TITLE: Type = Type { size: 18.0, is_bold: true, ..Type::PLAIN };

    /// Anchored in the middle of its left side.
    pub(super) const fn middle(self) -> Type {
        Type { down: VPos::Center, ..self }
    }

    /// Anchored at its right side.
    pub(super) const fn right(self) -> Type {
        Type { across: HPos::Right, ..self }
    }

    /// As small as it can be read.
    pub(super) const fn small(self) -> Type {
        Type { size: 11.0, ..self }
    }

    pub(super) fn style(self) -> TextStyle<'static> {
        // The backend divides the size by this.
        let font = ("sans-serif", self.size * 1.24).into_font();
        let font = if self.is_bold { font.style(plotters::style::FontStyle::Bold) } else { font };
        let (color, pos) = (self.colour.to_backend_color(), Pos::new(self.across, self.down));
        TextStyle { font, color, pos }
    }
}

/// Writes a text.
pub(super) fn text(area: &Area<'_>, text: &str, at: (i32, i32), style: Type) -> Drawn {
    area.draw_text(text, &style.style(), at)
}

/// How a line is drawn: colours tell lines apart on a screen, dashes and weight where there are none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    colour: RGBColor,
    width: u32,
    /// Lengths of dashes and gaps in turn, pixels; none for a solid line.
    dashes: &'static [i32],
}

impl Line {
    /// As many lines as can be told apart. The colours are those of Okabe and Ito that are dark enough on white.
    pub(super) const ALL: [Line; 6] = [
        Line { colour: BLACK, width: 2, dashes: &[] },
        Line { colour: RGBColor(0, 114, 178), width: 2, dashes: &[9, 4] },
        Line { colour: RGBColor(213, 94, 0), width: 3, dashes: &[2, 3] },
        Line { colour: RGBColor(0, 128, 96), width: 2, dashes: &[11, 4, 2, 4] },
        Line { colour: RGBColor(160, 80, 130), width: 4, dashes: &[] },
        Line { colour: RGBColor(110, 110, 110), width: 2, dashes: &[4, 2, 2, 2, 2, 2] },
    ];

    /// The line's colour.
    pub(super) fn colour(self) -> RGBColor {
        self.colour
    }

    /// Draws it along a path whose pieces go straight across or straight down.
    pub(super) fn along(self, area: &Area<'_>, path: &[(i32, i32)]) -> Drawn {
        let style = self.colour.stroke_width(self.width);
        for piece in dashed(path, self.dashes) {
            area.draw(&PathElement::new(piece, style))?;
        }
        Ok(())
    }
}

/// The pieces of a path that are drawn.
fn dashed(path: &[(i32, i32)], dashes: &[i32]) -> Vec<Vec<(i32, i32)>> {
    if dashes.is_empty() || path.is_empty() {
        return vec![path.to_vec()];
    }
    let (mut pieces, mut piece) = (Vec::new(), vec![path[0]]);
    let (mut turn, mut left) = (0, dashes[0]);
    for two in path.windows(2) {
        let (mut at, to) = (two[0], two[1]);
        let (x, y) = ((to.0 - at.0).signum(), (to.1 - at.1).signum());
        debug_assert!(x == 0 || y == 0, "a step goes one way at a time");
        while at != to {
            let step = left.min((to.0 - at.0).abs().max((to.1 - at.1).abs()));
            at = (at.0 + x * step, at.1 + y * step);
            left -= step;
            let is_drawn = turn % 2 == 0;
            if is_drawn {
                piece.push(at);
            }
            if left == 0 {
                if is_drawn {
                    pieces.push(std::mem::take(&mut piece));
                } else {
                    piece = vec![at];
                }
                turn = (turn + 1) % dashes.len();
                left = dashes[turn];
            }
        }
    }
    pieces.push(piece);
    pieces.retain(|piece| piece.len() > 1);
    pieces
}

/// A piece of a line, and what it means.
pub(super) fn sample(area: &Area<'_>, line: Line, label: &str, (x, y): (i32, i32)) -> Drawn {
    line.along(area, &[(x, y), (x + 34, y)])?;
    text(area, label, (x + 42, y), Type::PLAIN.middle())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_go_round_corners() {
        let path = [(0, 0), (5, 0), (5, 5)];
        assert_eq!(dashed(&path, &[]), [path.to_vec()]);
        let pieces = dashed(&path, &[3, 1]);
        assert_eq!(pieces, [vec![(0, 0), (3, 0)], vec![(4, 0), (5, 0), (5, 2)], vec![(5, 3), (5, 5)]]);
    }

    #[test]
    fn no_name_breaks_a_picture() {
        assert_eq!(shortened("a\u{0}b\u{fffe}", 99), "a\\u{0}b?");
        assert_eq!(shortened("abcdef", 4), "abc…");
        let head = Head { title: "<&>".into(), of: "]]>".into(), origin: "--seed 1 & \"2\"".into() };
        let svg = sheet(&head, 100, |_| Ok(()));
        assert!(
            svg.contains("<title>&lt;&amp;&gt;</title>\n<desc>swarmbed --seed 1 &amp; \"2\"</desc>"),
            "{svg}"
        );
        assert!(svg.contains("]]&gt;") && svg.trim_end().ends_with("</svg>"), "{svg}");
    }
}
