//! A chart as SVG, through plotters' SVG backend and the same drawing code as the canvas.
//!
//! The backend takes whole coordinates, so everything is drawn `GRAIN` times too large in a view box that makes it as much
//! smaller. What it lacks is put around its documents or done before it: clipping is a document within the document, dashes
//! are cut out of the line, bars become one outline.
//!
//! Never here: what is drawn.

use super::primitives::{Paper, rgba};
use super::theme::Rgb;
use crate::charts::axes::Plot;
use crate::charts::escape::xml;
use crate::charts::scene::curve::Bar;
use plotters::prelude::{DrawingBackend, SVGBackend, ShapeStyle};

/// Number of whole coordinates in a pixel.
const GRAIN: f32 = 16.0;

/// A sheet that the backend draws on.
pub struct Sheet<'a> {
    backend: SVGBackend<'a>,
}

impl Sheet<'_> {
    /// SVG elements of what `draw` draws, without a document around them.
    pub fn elements(draw: impl FnOnce(&mut Sheet)) -> String {
        let mut document = String::new();
        let mut sheet = Sheet { backend: SVGBackend::with_string(&mut document, (1, 1)) };
        draw(&mut sheet);
        sheet.backend.present().ok();
        drop(sheet);
        let inner = document.split_once('>').map_or("", |(_, inner)| inner);
        inner.trim_end().strip_suffix("</svg>").unwrap_or(inner).trim_start().to_owned()
    }
}

impl<'a> Paper for Sheet<'a> {
    type Backend = SVGBackend<'a>;

    fn backend(&mut self) -> &mut SVGBackend<'a> {
        &mut self.backend
    }

    fn grain(&self) -> f32 {
        GRAIN
    }

    // Whoever wants the plot to be clipped draws it on a sheet of its own, for `clipped`.
    fn open_plot(&mut self, _plot: Plot, _margin: f32) {}

    fn close_plot(&mut self) {}

    fn line(&mut self, vertices: &[(f32, f32)], dashes: &[f32], style: &ShapeStyle) {
        for part in dashed(vertices, dashes) {
            let part: Vec<_> = part.into_iter().map(|vertex| self.at(vertex)).collect();
            self.backend.draw_path(part, style).ok();
        }
    }

    fn bars(&mut self, bars: &[Bar], colour: Rgb, alpha: f32) {
        // Neighbours only: over a gap an outline would be a surface.
        for run in bars.chunk_by(|a, b| a.x + 1 == b.x) {
            let corners = |bar: &Bar, y: f32| [(bar.x as f32, y), ((bar.x + 1) as f32, y)];
            let upper = run.iter().flat_map(|bar| corners(bar, bar.top));
            let lower = run.iter().rev().flat_map(|bar| {
                let [left, right] = corners(bar, bar.bottom);
                [right, left]
            });
            let outline: Vec<_> = upper.chain(lower).map(|corner| self.at(corner)).collect();
            self.backend.fill_polygon(outline, &rgba(colour, f64::from(alpha)).filled()).ok();
        }
    }
}

/// The parts of a line that are not gaps, where dashes and gaps have these lengths by turns; all of it without lengths.
fn dashed(vertices: &[(f32, f32)], lengths: &[f32]) -> Vec<Vec<(f32, f32)>> {
    if lengths.is_empty() || lengths.iter().sum::<f32>() <= 0.0 {
        return vec![vertices.to_vec()];
    }
    let (mut parts, mut at, mut left) = (Vec::new(), 0, lengths[0]);
    let mut part: Vec<_> = vertices.first().copied().into_iter().collect();
    for pair in vertices.windows(2) {
        let [(mut x, mut y), to] = [pair[0], pair[1]];
        loop {
            let distance = (to.0 - x).hypot(to.1 - y);
            if distance <= left {
                left -= distance;
                break;
            }
            let share = left / distance;
            (x, y) = (x + share * (to.0 - x), y + share * (to.1 - y));
            if at % 2 == 0 {
                part.push((x, y));
                parts.push(std::mem::take(&mut part));
            } else {
                part = vec![(x, y)];
            }
            at = (at + 1) % lengths.len();
            left = lengths[at].max(0.1);
        }
        if at % 2 == 0 {
            part.push(to);
        }
    }
    parts.push(part);
    parts.retain(|part| part.len() > 1);
    parts
}

/// Elements cut off at the edges of `plot` and a margin.
pub fn clipped(plot: Plot, margin: f32, elements: &str) -> String {
    let (left, top) = ((plot.left - margin) * GRAIN, (plot.top - margin) * GRAIN);
    let (width, height) = ((plot.right + margin) * GRAIN - left, (plot.bottom + margin) * GRAIN - top);
    format!(
        "<svg x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" viewBox=\"{left} {top} {width} {height}\">\n{elements}</svg>\n"
    )
}

/// A document of this size in pixels with a title and a description for those who do not see it.
pub fn document((width, height): (f32, f32), title: &str, description: &str, elements: &str) -> String {
    let mut document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {} {}\" role=\"img\">\n\
         <title>{}</title>\n<desc>{}</desc>\n{elements}</svg>\n",
        width * GRAIN,
        height * GRAIN,
        xml(title),
        xml(description),
    );
    // XML has no place for control characters, not even escaped; plotters writes those of a text as they are.
    document.retain(|letter| !letter.is_control() || matches!(letter, '\t' | '\n' | '\r'));
    document
}
