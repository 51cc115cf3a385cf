//! Draws a [`Scene`] onto canvases, through plotters' canvas backend.
//!
//! plotters is used as the drawing layer ([`DrawingBackend`]), not for the layout of the chart. Its `ChartBuilder` asks
//! for the size of every label, and in the browser plotters measures a text by appending a `<span>` with a style
//! attribute to the page: a forced layout a label a frame, and wrong sizes plus a console error a label where the page's
//! Content-Security-Policy forbids style attributes, as ours does. [`scene`](super::scene) has laid out everything
//! already, and the backend's `draw_text` does not measure.
//!
//! What the backend lacks is done on the canvas context that it shares with us:
//! - fractions of pixels: it takes whole coordinates and widths, so curves are drawn `GRAIN` times too large under a
//!   transform that makes them as much smaller;
//! - dashes, and how lines are joined;
//! - clearing and clipping, and the bars of dense curves, for speed.
//!
//! Everything is in device pixels. A canvas that cannot draw (the browser took its memory away) is left as it is; the
//! next frame tries again.
//!
//! Never here: which points are drawn, or when.

mod areas;

use super::curve::Curve;
use super::hover::HoverReadout;
use super::scene::{Axes, Scene, text_width};
use super::theme::{Rgb, Theme};
use super::view::{Dash, Style, format_count};
use plotters::prelude::{DrawingBackend, RGBAColor, ShapeStyle, TextStyle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle};
use plotters_canvas::CanvasBackend;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// How many parts of a pixel the backend's whole coordinates can tell apart.
const GRAIN: f32 = 16.0;

/// How many vertices of a solid line are stroked at once. The time of one stroke grows faster than its length.
const VERTICES_PER_STROKE: usize = 32;

/// The opacity between the dashes of a curve that is drawn as bars.
const PALE: f32 = 0.35;

/// A canvas to draw on.
pub struct Layer {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    backend: CanvasBackend,
}

impl Layer {
    /// A layer on `canvas`; `None` if the browser has no 2-D drawing for it.
    pub fn new(canvas: HtmlCanvasElement) -> Option<Self> {
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        let backend = CanvasBackend::with_canvas_object(canvas.clone())?;
        Some(Self { canvas, context, backend })
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

    /// Draws grid, axes and labels.
    pub fn draw_axes(&mut self, axes: &Axes, theme: &Theme) {
        self.clear();
        let (plot, em, hair) = (axes.plot, axes.size.font_px * axes.size.dpr, hairline(axes));
        for tick in &axes.x_ticks {
            self.bar((tick.px, plot.top), (tick.px + hair, plot.bottom), theme.grid, 1.0);
            self.text(&tick.label, (tick.px, plot.bottom + 0.55 * em), (HPos::Center, VPos::Top), theme.text, theme, em);
        }
        for tick in &axes.y_ticks {
            self.bar((plot.left, tick.px), (plot.right, tick.px + hair), theme.grid, 1.0);
            self.text(&tick.label, (plot.left - 0.6 * em, tick.px), (HPos::Right, VPos::Center), theme.text, theme, em);
        }
        self.bar((plot.left, plot.bottom), (plot.right + hair, plot.bottom + hair), theme.axis, 1.0);
        self.text("step", (plot.left - 0.9 * em, plot.bottom + 0.55 * em), (HPos::Right, VPos::Top), theme.muted, theme, em);
        self.text(&axes.y_label, (plot.left, plot.top - 0.5 * em), (HPos::Left, VPos::Bottom), theme.muted, theme, em);
    }

    /// Draws the curves.
    pub fn draw_curves(&mut self, scene: &Scene, theme: &Theme) {
        self.clear();
        let (plot, dpr) = (scene.axes.plot, scene.axes.size.dpr);
        self.context.save();
        // A line along the edge of the plot keeps its full width.
        let margin = f64::from(4.0 * dpr);
        self.context.begin_path();
        let (left, top) = (f64::from(plot.left) - margin, f64::from(plot.top) - margin);
        self.context.rect(left, top, f64::from(plot.right) + margin - left, f64::from(plot.bottom) + margin - top);
        self.context.clip();
        self.draw_bands(&scene.bands, scene, theme);
        self.draw_stack(&scene.stack, scene, theme);
        self.scale_by_grain();
        self.context.set_line_join("bevel");
        for curve in &scene.curves {
            self.draw_curve(curve, &scene.axes, theme);
        }
        self.context.restore();
    }

    fn draw_curve(&mut self, curve: &Curve, axes: &Axes, theme: &Theme) {
        let width = curve.style.width * theme.line_scale * axes.size.dpr;
        self.draw_bars(curve, width, theme);
        let line = stroke(curve.style, width, theme);
        self.set_dash(curve.style, width);
        for segment in curve.segments() {
            // Dashes must run through; a solid line is stroked in parts, which costs a quarter of the time.
            let part = if curve.style.dash == Dash::Solid { VERTICES_PER_STROKE } else { segment.len() };
            for start in (0..segment.len() - 1).step_by(part) {
                let part = &segment[start..(start + part + 1).min(segment.len())];
                self.backend.draw_path(part.iter().map(|&vertex| grains(vertex)), &line).ok();
            }
        }
        let radius = dot_radius(axes, theme);
        for &dot in &curve.dots {
            self.backend.draw_circle(grains(dot), (radius * GRAIN) as u32, &line.filled(), true).ok();
        }
        for &(from, to) in &curve.gaps {
            self.draw_gap((from, to), axes, theme);
        }
    }

    /// Fills a curve's bars, straight on the context: the backend would format and parse the colour for each. Dashes are
    /// counted sideways, so that they are seen in a noisy curve too, and between them it is only paler: a gap that hides
    /// points would hide spikes.
    fn draw_bars(&self, curve: &Curve, width: f32, theme: &Theme) {
        let (red, green, blue) = theme.colour(curve.style.colour);
        let lengths: Vec<f32> = curve.style.dash.pattern().iter().map(|&length| length as f32 * width).collect();
        let period: f32 = lengths.iter().sum();
        let (mut is_dash, grain) = (None, f64::from(GRAIN));
        for bar in curve.bars(width) {
            let mut rest = if period > 0.0 { bar.x as f32 % period } else { 0.0 };
            let passed = lengths
                .iter()
                .take_while(|&&length| {
                    rest -= length;
                    rest >= 0.0
                })
                .count();
            if is_dash != Some(passed.is_multiple_of(2)) {
                is_dash = Some(passed.is_multiple_of(2));
                let alpha = if passed.is_multiple_of(2) { curve.style.opacity } else { PALE * curve.style.opacity };
                self.context.set_fill_style_str(&format!("rgba({red},{green},{blue},{alpha})"));
            }
            let (top, height) = (f64::from(bar.top), f64::from(bar.bottom - bar.top));
            self.context.fill_rect(f64::from(bar.x) * grain, top * grain, grain, height * grain);
        }
    }

    /// Where values are missing: a tinted band over the whole height, under a solid one with a cross.
    fn draw_gap(&mut self, (from, to): (f32, f32), axes: &Axes, theme: &Theme) {
        let (top, bottom, dpr) = (axes.plot.top, axes.plot.bottom, axes.size.dpr * theme.line_scale);
        let fill = |alpha| rgba(theme.alarm, alpha).filled();
        self.backend.draw_rect(grains((from, top)), grains((to, bottom)), &fill(0.16), true).ok();
        self.backend.draw_rect(grains((from, top)), grains((to, top + 3.0 * dpr)), &fill(1.0), true).ok();
        self.context.set_line_dash(&js_sys::Array::new()).ok();
        let (x, y, arm) = ((from + to) / 2.0, top + 11.0 * dpr, 4.0 * dpr);
        let line = rgba(theme.alarm, 1.0).stroke_width((2.0 * dpr * GRAIN) as u32);
        for side in [-1.0, 1.0] {
            let path = [(x - arm, y - side * arm), (x + arm, y + side * arm)];
            self.backend.draw_path(path.map(grains), &line).ok();
        }
    }

    /// Draws the cursor: a line at the step that is read, its number, and a ring around each point that is read.
    pub fn draw_cursor(&mut self, readout: &HoverReadout, axes: &Axes, theme: &Theme) {
        let (plot, em, hair) = (axes.plot, axes.size.font_px * axes.size.dpr, hairline(axes));
        let x = readout.px.round();
        self.bar((x, plot.top), (x + hair, plot.bottom), theme.axis, 1.0);
        let label = format_count(readout.step);
        let half = text_width(&label, em) / 2.0 + 0.45 * em;
        let middle = x.clamp(half, (axes.size.width - half).max(half));
        let (top, bottom) = (plot.bottom + 0.25 * em, plot.bottom + 1.75 * em);
        // A tick's label that would show only in part is hidden as a whole.
        for tick in &axes.x_ticks {
            let tick_half = text_width(&tick.label, em) / 2.0 + 0.2 * em;
            if (tick.px - middle).abs() < half + tick_half {
                self.bar((tick.px - tick_half, top), (tick.px + tick_half, bottom), theme.background, 1.0);
            }
        }
        self.bar((middle - half, top), (middle + half, bottom), theme.text, 1.0);
        self.text(&label, (middle, plot.bottom + 0.55 * em), (HPos::Center, VPos::Top), theme.background, theme, em);

        self.context.save();
        self.scale_by_grain();
        let radius = dot_radius(axes, theme) + axes.size.dpr;
        for (entry, centre) in readout.entries.iter().filter_map(|entry| Some((entry, entry.px?))) {
            let ring = ((radius + 1.5 * axes.size.dpr) * GRAIN) as u32;
            self.backend.draw_circle(grains(centre), ring, &rgba(theme.background, 1.0).filled(), true).ok();
            let colour = rgba(theme.colour(entry.style.colour), 1.0).filled();
            self.backend.draw_circle(grains(centre), (radius * GRAIN) as u32, &colour, true).ok();
        }
        self.context.restore();
    }

    /// A filled rectangle on whole pixels. Crisp at every density, which a stroked line is not.
    fn bar(&mut self, upper_left: (f32, f32), lower_right: (f32, f32), colour: Rgb, alpha: f64) {
        let corner = |(x, y): (f32, f32)| (x.round() as i32, y.round() as i32);
        self.backend.draw_rect(corner(upper_left), corner(lower_right), &rgba(colour, alpha).filled(), true).ok();
    }

    fn text(&mut self, text: &str, at: (f32, f32), (h_pos, v_pos): (HPos, VPos), colour: Rgb, theme: &Theme, em: f32) {
        let font = FontDesc::new(FontFamily::Name(theme.font_family), f64::from(em), FontStyle::Normal);
        let colour = rgba(colour, 1.0).color;
        let style = TextStyle::from(font).color(&colour).pos(Pos::new(h_pos, v_pos));
        self.backend.draw_text(text, &style, (at.0.round() as i32, at.1.round() as i32)).ok();
    }

    fn scale_by_grain(&self) {
        let scale = f64::from(1.0 / GRAIN);
        self.context.scale(scale, scale).ok();
    }

    fn set_dash(&self, style: Style, width: f32) {
        let lengths = style.dash.pattern().iter().map(|length| JsValue::from(length * f64::from(width * GRAIN)));
        self.context.set_line_dash(&lengths.collect::<js_sys::Array>()).ok();
    }
}

fn grains((x, y): (f32, f32)) -> (i32, i32) {
    ((x * GRAIN).round() as i32, (y * GRAIN).round() as i32)
}

fn rgba((red, green, blue): Rgb, alpha: f64) -> ShapeStyle {
    RGBAColor(red, green, blue, alpha).into()
}

fn stroke(style: Style, width: f32, theme: &Theme) -> ShapeStyle {
    rgba(theme.colour(style.colour), f64::from(style.opacity)).stroke_width((width * GRAIN).round() as u32)
}

/// Width of a grid line: a CSS pixel, in whole device pixels.
fn hairline(axes: &Axes) -> f32 {
    axes.size.dpr.round().max(1.0)
}

fn dot_radius(axes: &Axes, theme: &Theme) -> f32 {
    2.5 * axes.size.dpr * theme.line_scale
}
