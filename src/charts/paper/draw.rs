//! Drawing of a [`Scene`] on any [`Paper`].
//!
//! plotters is used as the drawing layer ([`DrawingBackend`]), not for the layout of the chart. Its `ChartBuilder` asks
//! for the size of every label, and in the browser plotters measures a text by appending a `<span>` with a style
//! attribute to the page: a forced layout a label a frame, and wrong sizes plus a console error a label where the page's
//! Content-Security-Policy forbids style attributes, as ours does. [`scene`](crate::charts::scene) has laid out everything
//! already, and the backends' `draw_text` does not measure.
//!
//! Never here: the choice of points, the time of drawing, the kind of paper.

mod areas;

use super::primitives::{Paper, TextAt, bar, rgba, stroke, text};
use super::theme::Theme;
use crate::charts::axes::{Axes, text_width};
use crate::charts::readout::hover::HoverReadout;
use crate::charts::scene::Scene;
use crate::charts::scene::curve::{Bar, Curve};
use crate::charts::spec::Style;
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, VPos};

/// The opacity between the dashes of a curve that is drawn as bars.
const PALE: f32 = 0.35;

/// Draws grid, axes and labels.
pub fn axes(paper: &mut impl Paper, axes: &Axes, theme: &Theme) {
    let (plot, em, hair) = (axes.plot, axes.size.font_px * axes.size.dpr, hairline(axes));
    for tick in &axes.x_ticks {
        bar(paper, (tick.px, plot.top), (tick.px + hair, plot.bottom), theme.grid, 1.0);
        let at = TextAt { at: (tick.px, plot.bottom + 0.55 * em), anchor: (HPos::Center, VPos::Top), em };
        text(paper, &tick.label, &at, theme.text, theme);
    }
    for tick in &axes.y_ticks {
        bar(paper, (plot.left, tick.px), (plot.right, tick.px + hair), theme.grid, 1.0);
        let at = TextAt { at: (plot.left - 0.6 * em, tick.px), anchor: (HPos::Right, VPos::Center), em };
        text(paper, &tick.label, &at, theme.text, theme);
    }
    bar(paper, (plot.left, plot.bottom), (plot.right + hair, plot.bottom + hair), theme.axis, 1.0);
    let at = TextAt { at: (plot.left - 0.9 * em, plot.bottom + 0.55 * em), anchor: (HPos::Right, VPos::Top), em };
    text(paper, axes.x_label, &at, theme.muted, theme);
    let at = TextAt { at: (plot.left, plot.top - 0.5 * em), anchor: (HPos::Left, VPos::Bottom), em };
    text(paper, &axes.y_label, &at, theme.muted, theme);
}

/// Draws the curves, and the marks and counts of points that the picture has no room for.
pub fn curves(paper: &mut impl Paper, scene: &Scene, theme: &Theme) {
    paper.open_plot(scene.axes.plot, 4.0 * scene.axes.size.dpr);
    areas::draw(paper, scene, theme);
    // What clears the noise for a curve comes before all curves that do so: none of them erases another that lies close to it.
    let (above, noise): (Vec<&Curve>, Vec<&Curve>) = scene.curves.iter().partition(|each| each.style.edge > 0.0);
    for each in noise {
        curve(paper, each, &scene.axes, theme);
    }
    for each in &above {
        clear(paper, each, &scene.axes, theme);
    }
    for each in above {
        curve(paper, each, &scene.axes, theme);
    }
    paper.close_plot();
    outside(paper, scene, theme);
}

/// Clears the noise below a curve, a little to its sides. Without dashes: what shows between them would be that noise.
fn clear(paper: &mut impl Paper, curve: &Curve, axes: &Axes, theme: &Theme) {
    let width = (curve.style.width + 2.0 * curve.style.edge) * theme.line_scale * axes.size.dpr;
    let clear = rgba(theme.background, 0.85).stroke_width((width * paper.grain()) as u32);
    for segment in curve.segments() {
        paper.line(segment, &[], &clear);
    }
}

/// Draws one curve within an open plot.
fn curve(paper: &mut impl Paper, curve: &Curve, axes: &Axes, theme: &Theme) {
    let width = curve.style.width * theme.line_scale * axes.size.dpr;
    let dashes: Vec<f32> = curve.style.dash.pattern().iter().map(|&length| length as f32 * width).collect();
    bars(paper, curve, width, &dashes, theme);
    let grain = paper.grain();
    let line = stroke(curve.style, width * grain, theme);
    let edge = curve.style.edge * theme.line_scale * axes.size.dpr;
    for segment in curve.segments() {
        paper.line(segment, &dashes, &line);
    }
    let radius = dot_radius(axes, theme).max(if edge > 0.0 { 0.5 * width + edge } else { 0.0 });
    for &dot in &curve.dots {
        let centre = paper.at(dot);
        paper.backend().draw_circle(centre, (radius * grain) as u32, &line.filled(), true).ok();
    }
    for &(from, to) in &curve.gaps {
        gap(paper, (from, to), axes, theme);
    }
    for &(x, above) in &curve.beyond {
        beyond(paper, x, above, curve.style, axes, theme);
    }
}

/// Fills a curve's bars. Dashes are counted sideways, so that they are seen in a noisy curve too, and between them it is
/// only paler: a gap that hides points would hide spikes.
fn bars(paper: &mut impl Paper, curve: &Curve, width: f32, dashes: &[f32], theme: &Theme) {
    let period: f32 = dashes.iter().sum();
    let in_dash = |bar: &Bar| {
        let mut rest = if period > 0.0 { bar.x as f32 % period } else { 0.0 };
        let passed = dashes.iter().take_while(|&&length| {
            rest -= length;
            rest >= 0.0
        });
        passed.count().is_multiple_of(2)
    };
    let all: Vec<Bar> = curve.bars(width).collect();
    for run in all.chunk_by(|a, b| in_dash(a) == in_dash(b)) {
        let alpha = if in_dash(&run[0]) { curve.style.opacity } else { PALE * curve.style.opacity };
        paper.bars(run, theme.colour(curve.style.colour), alpha);
    }
}

/// Draws a place where values are missing: a tinted band over the whole height, under a solid one with a cross.
fn gap(paper: &mut impl Paper, (from, to): (f32, f32), axes: &Axes, theme: &Theme) {
    let (top, bottom, dpr) = (axes.plot.top, axes.plot.bottom, axes.size.dpr * theme.line_scale);
    let fill = |alpha| rgba(theme.alarm, alpha).filled();
    let [upper_left, lower_right, band] = [(from, top), (to, bottom), (to, top + 3.0 * dpr)].map(|corner| paper.at(corner));
    paper.backend().draw_rect(upper_left, lower_right, &fill(0.16), true).ok();
    paper.backend().draw_rect(upper_left, band, &fill(1.0), true).ok();
    let (x, y, arm) = ((from + to) / 2.0, top + 11.0 * dpr, 4.0 * dpr);
    let line = rgba(theme.alarm, 1.0).stroke_width((2.0 * dpr * paper.grain()) as u32);
    for side in [-1.0, 1.0] {
        paper.line(&[(x - arm, y - side * arm), (x + arm, y + side * arm)], &[], &line);
    }
}

/// Draws the place where a curve leaves the picture: an arrow head at the edge, in its colour.
fn beyond(paper: &mut impl Paper, x: f32, above: bool, style: Style, axes: &Axes, theme: &Theme) {
    let arm = 3.5 * axes.size.dpr * theme.line_scale;
    let (edge, inwards) = if above { (axes.plot.top, arm) } else { (axes.plot.bottom, -arm) };
    let head = [(x, edge), (x + arm, edge + 1.6 * inwards), (x - arm, edge + 1.6 * inwards)].map(|corner| paper.at(corner));
    paper.backend().fill_polygon(head, &rgba(theme.colour(style.colour), 1.0).filled()).ok();
}

/// Draws the number of points that lie outside the picture, at its right edge.
fn outside(paper: &mut impl Paper, scene: &Scene, theme: &Theme) {
    let (plot, em) = (scene.axes.plot, scene.axes.size.font_px * scene.axes.size.dpr);
    let outside = scene.outside;
    let mut lines = Vec::new();
    if outside.many {
        lines.push(("\u{25b2} many points outside".to_owned(), plot.top));
    }
    if outside.above > 0 {
        lines.push((format!("\u{25b2} {} above", outside.above), plot.top));
    }
    if outside.below > 0 {
        lines.push((format!("\u{25bc} {} below", outside.below), plot.bottom - 1.6 * em));
    }
    for (words, top) in lines {
        let width = text_width(&words, em) + 0.6 * em;
        bar(paper, (plot.right - width, top), (plot.right, top + 1.5 * em), theme.background, 0.85);
        let at = TextAt { at: (plot.right - 0.3 * em, top + 0.25 * em), anchor: (HPos::Right, VPos::Top), em };
        text(paper, &words, &at, theme.text, theme);
    }
}

/// Draws the cursor: a line at the place that is read, its name, and a ring around each point that is read.
pub fn cursor(paper: &mut impl Paper, readout: &HoverReadout, axes: &Axes, theme: &Theme) {
    let (plot, em, hair) = (axes.plot, axes.size.font_px * axes.size.dpr, hairline(axes));
    let x = readout.px.round();
    bar(paper, (x, plot.top), (x + hair, plot.bottom), theme.axis, 1.0);
    let label = axes.x.mark(readout.x, readout.step);
    let half = text_width(&label, em) / 2.0 + 0.45 * em;
    let middle = x.clamp(half, (axes.size.width - half).max(half));
    let (top, bottom) = (plot.bottom + 0.25 * em, plot.bottom + 1.75 * em);
    // A tick's label that would show only in part is hidden as a whole.
    for tick in &axes.x_ticks {
        let tick_half = text_width(&tick.label, em) / 2.0 + 0.2 * em;
        if (tick.px - middle).abs() < half + tick_half {
            bar(paper, (tick.px - tick_half, top), (tick.px + tick_half, bottom), theme.background, 1.0);
        }
    }
    bar(paper, (middle - half, top), (middle + half, bottom), theme.text, 1.0);
    let at = TextAt { at: (middle, plot.bottom + 0.55 * em), anchor: (HPos::Center, VPos::Top), em };
    text(paper, &label, &at, theme.background, theme);

    paper.open_plot(plot, 8.0 * axes.size.dpr * theme.line_scale);
    let (radius, grain) = (dot_radius(axes, theme) + axes.size.dpr, paper.grain());
    for (entry, centre) in readout.entries.iter().filter_map(|entry| Some((entry, entry.px?))) {
        let centre = paper.at(centre);
        let ring = ((radius + 1.5 * axes.size.dpr) * grain) as u32;
        paper.backend().draw_circle(centre, ring, &rgba(theme.background, 1.0).filled(), true).ok();
        let colour = rgba(theme.colour(entry.style.colour), 1.0).filled();
        paper.backend().draw_circle(centre, (radius * grain) as u32, &colour, true).ok();
    }
    paper.close_plot();
}

/// Draws the selection that is being made.
pub fn selection(paper: &mut impl Paper, (from, to): (f32, f32), axes: &Axes, theme: &Theme) {
    let (plot, hair) = (axes.plot, hairline(axes));
    let clamp = |x: f32| x.clamp(plot.left, plot.right);
    let (from, to) = (clamp(from.min(to)), clamp(from.max(to)));
    bar(paper, (from, plot.top), (to, plot.bottom), theme.palette[0], 0.18);
    for x in [from, to] {
        bar(paper, (x, plot.top), (x + hair, plot.bottom), theme.palette[0], 0.9);
    }
}

/// Width of a grid line: a CSS pixel, in whole device pixels.
fn hairline(axes: &Axes) -> f32 {
    axes.size.dpr.round().max(1.0)
}

fn dot_radius(axes: &Axes, theme: &Theme) -> f32 {
    2.5 * axes.size.dpr * theme.line_scale
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::axes::Size;
    use crate::charts::paper::svg::Sheet;
    use crate::charts::points::{RunClock, SeriesLookup};
    use crate::charts::spec::{ChartSpec, SeriesSpec};
    use crate::domain::record::series::Series;

    /// Three curves that lie on each other.
    struct Same(Series);

    impl SeriesLookup for Same {
        fn series(&self, _: Option<u32>, _: &str) -> Option<&Series> {
            Some(&self.0)
        }

        fn clock(&self, _: Option<u32>) -> RunClock<'_> {
            RunClock::default()
        }
    }

    #[test]
    fn no_curve_erases_another_that_lies_under_it() {
        let style = |nth, edge| Style { edge, ..Style::nth(nth) };
        let curve = |(nth, edge)| SeriesSpec::new("loss", "loss", style(nth, edge));
        let spec = ChartSpec { series: [(0, 0.0), (1, 2.0), (2, 2.0)].map(curve).into(), ..ChartSpec::default() };
        let same = Same(Series::from_iter((1..60_u32).map(|step| (step, 1.0 / step as f32))));
        let size = Size { width: 600.0, height: 300.0, dpr: 1.0, font_px: 12.0 };
        let (scene, theme) = (Scene::build(&spec, &same, size, None), Theme::light());
        let drawn = Sheet::elements(|sheet| curves(sheet, &scene, &theme));
        let hex = |(red, green, blue): (u8, u8, u8)| format!("#{red:02X}{green:02X}{blue:02X}");
        let last_clear = drawn.rfind(&hex(theme.background)).expect("the noise is cleared");
        let [noise, lower, upper] = [0, 1, 2].map(|nth| drawn.find(&hex(theme.colour(style(nth, 0.0).colour))).expect("all are drawn"));
        assert!(noise < last_clear && last_clear < lower && lower < upper, "{noise} {last_clear} {lower} {upper}");
    }
}
