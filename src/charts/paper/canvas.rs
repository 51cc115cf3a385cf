//! A canvas as paper, through plotters' canvas backend.
//!
//! What the backend lacks is done on the canvas context that it shares with us:
//! - fractions of pixels: it takes whole coordinates and widths, so within a plot things are drawn `GRAIN` times too
//!   large under a transform that makes them as much smaller;
//! - dashes, and how lines are joined;
//! - clearing and clipping, and the bars of dense curves, for speed.
//!
//! Everything is in device pixels. A canvas that cannot draw (the browser took its memory away) is left as it is; the
//! next frame tries again.
//!
//! Never here: what is drawn.

use super::primitives::Paper;
use super::theme::Rgb;
use crate::charts::axes::Plot;
use crate::charts::scene::curve::Bar;
use plotters::prelude::{DrawingBackend, ShapeStyle};
use plotters_canvas::CanvasBackend;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// Number of parts of a pixel that the backend's whole coordinates can tell apart.
const GRAIN: f32 = 16.0;

/// Number of vertices of a solid line that are stroked at once. The time of one stroke grows faster than its length.
const VERTICES_PER_STROKE: usize = 32;

/// A canvas to draw on.
pub struct Layer {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    backend: CanvasBackend,
    grain: f32,
}

impl Layer {
    /// A layer on `canvas`; `None` if the browser has no 2-D drawing for it.
    pub fn new(canvas: HtmlCanvasElement) -> Option<Self> {
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        let backend = CanvasBackend::with_canvas_object(canvas.clone())?;
        Some(Self { canvas, context, backend, grain: 1.0 })
    }

    /// The element.
    pub fn canvas(&self) -> &HtmlCanvasElement {
        &self.canvas
    }

    /// Gives the canvas this many device pixels, `dpr` in a CSS pixel, and says whether that has emptied it. It lies on
    /// the screen at exactly that size: stretched by a fraction of a pixel, it would blur.
    pub fn resize(&self, width: u32, height: u32, dpr: f64) -> bool {
        if (self.canvas.width(), self.canvas.height()) == (width, height) {
            return false;
        }
        self.canvas.set_width(width);
        self.canvas.set_height(height);
        for (property, length) in [("width", width), ("height", height)] {
            self.canvas.style().set_property(property, &format!("{}px", f64::from(length) / dpr)).ok();
        }
        true
    }

    /// Empties the canvas.
    pub fn clear(&self) {
        self.context.clear_rect(0.0, 0.0, f64::from(self.canvas.width()), f64::from(self.canvas.height()));
    }

    fn set_dash(&self, lengths: &[f32]) {
        let lengths = lengths.iter().map(|length| JsValue::from(length * self.grain));
        self.context.set_line_dash(&lengths.collect::<js_sys::Array>()).ok();
    }
}

impl Paper for Layer {
    type Backend = CanvasBackend;

    fn backend(&mut self) -> &mut CanvasBackend {
        &mut self.backend
    }

    fn grain(&self) -> f32 {
        self.grain
    }

    fn open_plot(&mut self, plot: Plot, margin: f32) {
        self.context.save();
        self.context.begin_path();
        let (left, top) = (f64::from(plot.left - margin), f64::from(plot.top - margin));
        self.context.rect(left, top, f64::from(plot.right + margin) - left, f64::from(plot.bottom + margin) - top);
        self.context.clip();
        self.context.scale(f64::from(1.0 / GRAIN), f64::from(1.0 / GRAIN)).ok();
        self.context.set_line_join("bevel");
        self.grain = GRAIN;
    }

    fn close_plot(&mut self) {
        self.context.restore();
        self.grain = 1.0;
    }

    fn line(&mut self, vertices: &[(f32, f32)], dashes: &[f32], style: &ShapeStyle) {
        self.set_dash(dashes);
        // Dashes must run through; a solid line is stroked in parts, which costs a quarter of the time.
        let part = if dashes.is_empty() { VERTICES_PER_STROKE } else { vertices.len() };
        for start in (0..vertices.len().saturating_sub(1)).step_by(part) {
            let part: Vec<_> = vertices[start..(start + part + 1).min(vertices.len())].iter().map(|&vertex| self.at(vertex)).collect();
            self.backend.draw_path(part, style).ok();
        }
    }

    /// Fills bars straight on the context: the backend would format and parse the colour for each.
    fn bars(&mut self, bars: &[Bar], (red, green, blue): Rgb, alpha: f32) {
        self.context.set_fill_style_str(&format!("rgba({red},{green},{blue},{alpha})"));
        let grain = f64::from(self.grain);
        for bar in bars {
            let (top, height) = (f64::from(bar.top), f64::from(bar.bottom - bar.top));
            self.context.fill_rect(f64::from(bar.x) * grain, top * grain, grain, height * grain);
        }
    }
}
