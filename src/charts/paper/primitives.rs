//! [`Paper`], which a scene is drawn on: a plotters backend with some additions; and the simplest shapes drawn on it.
//!
//! Backends take whole coordinates and widths; a paper says how many of them it has in a device pixel ([`Paper::grain`]).
//!
//! Never here: what is drawn, what kind of paper it is.

use super::theme::{Rgb, Theme};
use crate::charts::axes::Plot;
use crate::charts::scene::curve::Bar;
use crate::charts::spec::Style;
use plotters::prelude::{DrawingBackend, RGBAColor, ShapeStyle, TextStyle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle};

/// Paper that a scene is drawn on: a canvas or SVG. Lengths are in device pixels.
pub trait Paper {
    /// Backend of plotters that draws shapes and text.
    type Backend: DrawingBackend;

    /// Backend of this paper.
    fn backend(&mut self) -> &mut Self::Backend;

    /// Number of the backend's coordinates in a device pixel, now.
    fn grain(&self) -> f32;

    /// Opens a plot: from now on, draws finely, and nothing outside of `plot` and a margin, which leaves lines along its edge their width.
    fn open_plot(&mut self, plot: Plot, margin: f32);

    /// Closes the plot that [`open_plot`](Self::open_plot) opened.
    fn close_plot(&mut self);

    /// Draws a line through all vertices, with dashes and gaps of these lengths by turns.
    fn line(&mut self, vertices: &[(f32, f32)], dashes: &[f32], style: &ShapeStyle);

    /// Fills bars next to each other.
    fn bars(&mut self, bars: &[Bar], colour: Rgb, alpha: f32);

    /// A place in the backend's coordinates.
    fn at(&self, (x, y): (f32, f32)) -> (i32, i32) {
        let grain = self.grain();
        ((x * grain).round() as i32, (y * grain).round() as i32)
    }
}

/// Place of a text.
pub(crate) struct TextAt {
    /// The point that it is put at.
    pub at: (f32, f32),
    /// Anchor: the part of the text that lies there.
    pub anchor: (HPos, VPos),
    /// Height of the text.
    pub em: f32,
}

/// A filled rectangle on whole pixels. Crisp at every density, which a stroked line is not.
pub(crate) fn bar(paper: &mut impl Paper, upper_left: (f32, f32), lower_right: (f32, f32), colour: Rgb, alpha: f64) {
    let [upper_left, lower_right] = [upper_left, lower_right].map(|(x, y)| paper.at((x.round(), y.round())));
    paper.backend().draw_rect(upper_left, lower_right, &rgba(colour, alpha).filled(), true).ok();
}

/// A text on a whole pixel.
pub(crate) fn text(paper: &mut impl Paper, words: &str, TextAt { at, anchor: (h_pos, v_pos), em }: &TextAt, colour: Rgb, theme: &Theme) {
    let font = FontDesc::new(FontFamily::Name(theme.font_family), f64::from(em * paper.grain()), FontStyle::Normal);
    let colour = rgba(colour, 1.0).color;
    let style = TextStyle::from(font).color(&colour).pos(Pos::new(*h_pos, *v_pos));
    let at = paper.at((at.0.round(), at.1.round()));
    paper.backend().draw_text(words, &style, at).ok();
}

pub(crate) fn rgba((red, green, blue): Rgb, alpha: f64) -> ShapeStyle {
    RGBAColor(red, green, blue, alpha).into()
}

pub(crate) fn stroke(style: Style, width: f32, theme: &Theme) -> ShapeStyle {
    rgba(theme.colour(style.colour), f64::from(style.opacity)).stroke_width(width.round() as u32)
}
