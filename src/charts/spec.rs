//! The specification of a chart: its curves, its axes, its style.
//!
//! Plain data, from which [`Scene`](super::Scene) is built. Never here: pixels, colours, canvases.

use super::axis::{XAxis, XRange, YRange};
use crate::domain::record::known::{Better, Unit};

/// The specification of a chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChartSpec {
    /// The chart's name, for the heading above it and for its summary in words.
    pub title: String,
    /// Quantity on the y axis, for example `loss`.
    pub y_label: String,
    /// Unit of the values.
    pub unit: Unit,
    /// Direction in which the values are better.
    pub better: Better,
    /// Policy of the y range.
    pub y_range: YRange,
    /// Whether single values far from all others may lie outside the picture, marked at its edge and counted.
    pub robust: bool,
    /// X axis.
    pub x: XAxis,
    /// Policy of the x range.
    pub x_range: XRange,
    /// The weight of the past in a smoothed line that is drawn over the recorded one, up to 1; 0: no such line.
    pub smoothing: f64,
    /// The curves, drawn in this order: the last lies on top.
    pub series: Vec<SeriesSpec>,
    /// Whether they are parts of a whole, drawn on each other: the first at the bottom. Neither smoothed nor logarithmic.
    pub stacked: bool,
    /// Bands of steps of the run shown at which the values are special.
    pub bands: Vec<Band>,
}

/// One curve of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesSpec {
    /// The run; `None`: the run shown.
    pub run: Option<u32>,
    /// Name by which the curve is recorded, for example `train/loss`.
    pub name: String,
    /// Label in legends and read-outs, for example `training`.
    pub label: String,
    /// Line style.
    pub style: Style,
}

impl SeriesSpec {
    /// The curve recorded as `name`, called `label`.
    pub fn new(name: impl Into<String>, label: impl Into<String>, style: Style) -> Self {
        Self { run: None, name: name.into(), label: label.into(), style }
    }
}

/// Line style of a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Index into the theme's palette.
    pub colour: u8,
    /// Dash pattern.
    pub dash: Dash,
    /// Width of the line in CSS pixels.
    pub width: f32,
    /// Opacity of the line: 1 is opaque; less suits raw values behind their mean.
    pub opacity: f32,
    /// Width of an edge in the background's colour on either side, in CSS pixels: for lines over others' noise.
    pub edge: f32,
}

impl Style {
    /// The style of training curves: solid.
    pub const TRAIN: Self = Self { colour: 0, dash: Dash::Solid, width: 1.75, opacity: 1.0, edge: 0.0 };
    /// The style of validation curves: another colour and dashed, so that nobody needs the colour.
    pub const VALIDATION: Self = Self { colour: 1, dash: Dash::Dashed, width: 2.0, opacity: 1.0, edge: 0.0 };
    /// The style of raw values of every batch: thin, because there are many.
    pub const RAW: Self = Self { colour: 0, dash: Dash::Solid, width: 1.0, opacity: 1.0, edge: 0.0 };

    /// The style of the `index`th of many curves: no two of the first 32 have the same colour and the same dash, and
    /// neighbours differ in both.
    pub const fn nth(index: usize) -> Self {
        let dash = [Dash::Solid, Dash::Dashed, Dash::Dotted, Dash::DashDotted][(index + index / 8) % 4];
        Self { colour: (index % 8) as u8, dash, width: 1.75, opacity: 1.0, edge: 0.0 }
    }
}

/// Dash pattern of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dash {
    /// A solid line.
    #[default]
    Solid,
    /// Dashes and gaps.
    Dashed,
    /// Dots.
    Dotted,
    /// Dashes and dots by turns.
    DashDotted,
}

impl Dash {
    /// Lengths of dashes and gaps by turns, in widths of the line; empty for a solid line.
    pub const fn pattern(self) -> &'static [f64] {
        match self {
            Self::Solid => &[],
            Self::Dashed => &[4.5, 2.5],
            Self::Dotted => &[1.2, 1.8],
            Self::DashDotted => &[5.0, 2.0, 1.2, 2.0],
        }
    }
}

/// Drawing style of a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BandStyle {
    /// Shaded: warm-up.
    Shaded,
    /// Striped: the page was hidden.
    Striped,
    /// A dotted line before the step: a pause.
    Line,
    /// A dashed line before the step: the run was interrupted, and went on from there.
    Cut,
}

/// A band of steps at which the values are special, as during warm-up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// The first step.
    pub from: u32,
    /// The last step.
    pub to: u32,
    /// Drawing style.
    pub style: BandStyle,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_styles_differ_in_colour_and_dash() {
        let styles: Vec<_> = (0..32).map(Style::nth).collect();
        for (index, style) in styles.iter().enumerate() {
            assert!(styles[..index].iter().all(|other| other != style), "{index}");
            assert!(index == 0 || (style.colour != styles[index - 1].colour && style.dash != styles[index - 1].dash), "{index}");
        }
    }
}
