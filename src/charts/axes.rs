//! Axes laid out: the plot rectangle, ticks with their labels, and from values to pixels.
//!
//! Pure. Lengths are in device pixels, from the upper left corner of the chart. Never here: curves, colours.

use super::axis::{Range, Scale, XAxis, XKind};
use super::spec::ChartSpec;
use crate::domain::record::known::Unit;

/// The size of the picture and of the type on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// Width in device pixels.
    pub width: f32,
    /// Height in device pixels.
    pub height: f32,
    /// Device pixels in a CSS pixel.
    pub dpr: f32,
    /// Height of the text in CSS pixels.
    pub font_px: f32,
}

/// The rectangle that the curves are drawn in. Its edges are whole device pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plot {
    /// Left edge: the y axis.
    pub left: f32,
    /// Upper edge.
    pub top: f32,
    /// Right edge.
    pub right: f32,
    /// Lower edge: the x axis.
    pub bottom: f32,
}

/// A tick: its place and its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// The place in pixels: x of a tick of the x axis, y of one of the y axis.
    pub px: f32,
    /// The label.
    pub label: String,
}

/// The laid-out axes, which are drawn anew only when a range or the size changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Axes {
    /// Size of the picture.
    pub size: Size,
    /// Rectangle of the curves.
    pub plot: Plot,
    /// Quantity on the x axis.
    pub x: XAxis,
    /// The places from the left to the right edge.
    pub x_range: Range,
    /// The values from the lower to the upper edge.
    pub y_range: Range,
    /// Scale by which the values between them become heights.
    pub y_scale: Scale,
    /// Ticks of the x axis.
    pub x_ticks: Vec<Tick>,
    /// Ticks of the y axis.
    pub y_ticks: Vec<Tick>,
    /// Name of the x axis, with its unit.
    pub x_label: &'static str,
    /// Name of the y axis, with its unit.
    pub y_label: String,
}

impl Plot {
    /// Width in whole pixels, at least one.
    pub fn width_px(&self) -> usize {
        ((self.right - self.left) as usize).max(1)
    }
}

impl Axes {
    /// The axes of a chart of this size with these ranges.
    pub fn lay_out(spec: &ChartSpec, size: Size, x_range: Range, y_range: Range) -> Self {
        let em = size.font_px * size.dpr;
        let top = if spec.y_label.is_empty() { 0.7 * em } else { 1.75 * em };
        let height = (size.height - top - 1.9 * em).max(1.0);
        let y_scale = Scale::of(spec.y_range);
        let (y_values, y_labels) = y_scale.ticks(y_range, (height / (2.2 * em)).max(1.0) as usize, spec.unit);
        // As wide as the labels need, in steps, and never narrow: charts above each other line up.
        let label_width = y_labels.iter().map(|label| text_width(label, em)).fold(0.0, f32::max);
        let left = ((label_width + 0.8 * em).max(3.6 * em) / em).ceil() * em;
        let plot = Plot { left, top, right: (size.width - 1.4 * em).max(left + 1.0), bottom: top + height };
        let plot = Plot { left: plot.left.round(), top: plot.top.round(), right: plot.right.round(), bottom: plot.bottom.round() };

        let room = if spec.x.kind == XKind::Wall { 9.0 * em } else { 6.0 * em };
        let (x_values, x_labels, x_label) = spec.x.ticks(x_range, ((plot.right - plot.left) / room).max(1.0) as usize);
        let mut y_label = match spec.unit {
            Unit::Named(unit) if !spec.y_label.is_empty() => format!("{} ({unit})", spec.y_label),
            _ => spec.y_label.clone(),
        };
        // Ratios look like differences there: a glance at the curve alone would misread them.
        if y_scale == Scale::Log && !y_label.is_empty() {
            y_label.push_str(", log scale");
        }
        let mut axes = Self { size, plot, x: spec.x, x_range, y_range, y_scale, x_ticks: vec![], y_ticks: vec![], x_label, y_label };
        let tick = |(px, label): (f32, String)| Tick { px: px.round(), label };
        axes.x_ticks = x_values.iter().map(|&x| axes.px_from_x(x)).zip(x_labels).map(tick).collect();
        axes.y_ticks = y_values.iter().map(|&value| axes.px_from_y(value)).zip(y_labels).map(tick).collect();
        axes
    }

    /// Pixel of a place of the x axis.
    pub fn px_from_x(&self, x: f64) -> f32 {
        let share = self.x.scale().share(x, self.x_range);
        // Far outside is as good as just outside.
        self.plot.left + (share * f64::from(self.plot.right - self.plot.left)).clamp(-1e5, 1e5) as f32
    }

    /// The place at `px`, clamped to the range.
    pub fn x_from_px(&self, px: f32) -> f64 {
        let share = self.share_from_px(px).clamp(0.0, 1.0);
        let (low, high) = self.x.scale().bend(self.x_range);
        self.x.scale().unbend(low + share * (high - low))
    }

    /// Share of the way from the left to the right edge at `px`: from 0 to 1 within the plot.
    pub fn share_from_px(&self, px: f32) -> f64 {
        f64::from((px - self.plot.left) / (self.plot.right - self.plot.left))
    }

    /// Pixel column of the plot for a place within the range. The last place belongs to the last column.
    pub fn column_from_x(&self) -> impl Fn(f64) -> usize + use<> {
        let (scale, width) = (self.x.scale(), self.plot.width_px());
        let (low, high) = scale.bend(self.x_range);
        let px_per_unit = width as f64 / (high - low);
        move |x| (((scale.bend((x, x)).0 - low) * px_per_unit) as usize).min(width - 1)
    }

    /// Pixel of a value that [has a place](Scale::has_place).
    pub fn px_from_value(&self, value: f32) -> f32 {
        self.px_from_y(f64::from(value))
    }

    fn px_from_y(&self, value: f64) -> f32 {
        let share = self.y_scale.share(value, self.y_range);
        let px = f64::from(self.plot.bottom) - share * f64::from(self.plot.bottom - self.plot.top);
        // Far outside a fixed range is as good as just outside, and no coordinate overflows.
        px.clamp(-1e5, 1e5) as f32
    }
}

/// The approximate width of a tick label. An estimate, because measuring needs a browser, and digits hardly differ in
/// width.
pub fn text_width(text: &str, em: f32) -> f32 {
    0.58 * em * text.chars().count() as f32
}
