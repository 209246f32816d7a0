//! A pair of axes, and where things stand between them.

use plotters::backend::SVGBackend;
use plotters::chart::ChartBuilder;
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::style::{BLACK, Color, TRANSPARENT};

use super::axis::Axis;
use super::sheet::{Area, PALE, Type};

/// Two axes with what they are of.
#[derive(Clone, Debug)]
pub(super) struct Frame<'a> {
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) x_says: &'a str,
    pub(super) y_says: &'a str,
    /// Room for what is written left of the vertical axis, pixels.
    pub(super) left: i32,
    /// Whether anything is written below the horizontal axis: not where another one with the same axis stands below.
    pub(super) has_times: bool,
}

/// The plane between them. Points are pixels of the whole sheet.
pub(super) struct Plane<'a>(DrawingArea<SVGBackend<'a>, Cartesian2d<Axis, Axis>>);

impl Frame<'_> {
    /// Draws the axes and their grid into an area of the sheet.
    pub(super) fn draw<'b>(self, area: &Area<'b>) -> Result<Plane<'b>, DrawingAreaErrorKind<std::io::Error>> {
        let (x, y) = (self.x.clone(), self.y.clone());
        let mut chart = ChartBuilder::on(area)
            .margin_left(12)
            .margin_right(26)
            .margin_top(8)
            .margin_bottom(8)
            .x_label_area_size(if self.has_times { 42 } else { 6 })
            .y_label_area_size(self.left)
            .build_cartesian_2d(self.x, self.y)?;
        let mut mesh = chart.configure_mesh();
        // Where nothing is written, the marks would be taken for those of the axis above.
        let nothing = |_: &f64| String::new();
        let (says_x, says_y) = (|v: &f64| x.label(*v), |v: &f64| y.label(*v));
        mesh.bold_line_style(PALE.stroke_width(1))
            .light_line_style(TRANSPARENT)
            .axis_style(BLACK.stroke_width(1))
            .label_style(Type::PLAIN.style())
            .axis_desc_style(Type::PLAIN.style())
            .x_label_formatter(if self.has_times { &says_x } else { &nothing })
            .y_label_formatter(&says_y)
            .y_desc(self.y_says);
        if self.has_times {
            mesh.x_desc(self.x_says);
        }
        mesh.draw()?;
        Ok(Plane(chart.plotting_area().clone()))
    }
}

impl Plane<'_> {
    /// Where a pair of values stands.
    pub(super) fn point(&self, x: f64, y: f64) -> (i32, i32) {
        self.0.map_coordinate(&(x, y))
    }

    /// The first and the last column of pixels.
    pub(super) fn columns(&self) -> (i32, i32) {
        let (columns, _) = self.0.get_pixel_range();
        (columns.start, columns.end)
    }

    /// The first and the last row of pixels, from the top.
    pub(super) fn rows(&self) -> (i32, i32) {
        let (_, rows) = self.0.get_pixel_range();
        (rows.start, rows.end)
    }
}
