//! What a chart shows and how it is written: the wish ([`ChartSpec`]), ticks, numbers.
//!
//! Pure: the same curves and the same spec give the same ticks and texts, everywhere.
//!
//! Never here: pixels, colours, canvases; which part of an axis is shown ([`ranges`](crate::charts::axis::ranges)).

use crate::charts::axis::ranges::Range;
use crate::charts::axis::xaxis::XAxis;
use crate::charts::scene::stack::Band;
use std::ops::RangeInclusive;

/// A chart as wished for: which curves, on which axes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChartSpec {
    /// The chart's name, for the heading above it and for [`summary`](crate::charts::scene::hover::summary).
    pub title: String,
    /// What the y axis measures, for example `loss`.
    pub y_label: String,
    /// How its values are written.
    pub unit: Unit,
    /// Which values are the good ones.
    pub best: Best,
    /// How the y range follows the values.
    pub y_range: YRange,
    /// Whether single values far from all others may lie outside the picture, marked at its edge and counted.
    pub robust: bool,
    /// What the x axis counts.
    pub x: XAxis,
    /// Which part of it is shown.
    pub x_range: XRange,
    /// The weight of the past in a smoothed line that is drawn over the recorded one, up to 1; 0: no such line.
    pub smoothing: f64,
    /// The curves, drawn in this order: the last lies on top.
    pub series: Vec<SeriesSpec>,
    /// Whether they are parts of a whole, drawn on each other: the first at the bottom. Neither smoothed nor logarithmic.
    pub stacked: bool,
    /// Steps of the run shown at which the values mean something else.
    pub bands: Vec<Band>,
}

/// One curve of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesSpec {
    /// Which run's; `None`: that of the run shown.
    pub run: Option<u32>,
    /// By which name the curve is recorded, for example `train/loss`.
    pub name: String,
    /// What it is called in legends and read-outs, for example `training`.
    pub label: String,
    /// How it looks.
    pub style: Style,
}

impl SeriesSpec {
    /// The curve recorded as `name`, called `label`.
    pub fn new(name: impl Into<String>, label: impl Into<String>, style: Style) -> Self {
        Self { run: None, name: name.into(), label: label.into(), style }
    }
}

/// How a curve looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Which colour of the theme's palette.
    pub colour: u8,
    /// How the line is interrupted.
    pub dash: Dash,
    /// Width of the line in CSS pixels.
    pub width: f32,
    /// 1 is opaque; less suits raw values behind their mean.
    pub opacity: f32,
}

impl Style {
    /// Training: solid.
    pub const TRAIN: Self = Self { colour: 0, dash: Dash::Solid, width: 1.75, opacity: 1.0 };
    /// Validation: another colour and dashed, so that nobody needs the colour.
    pub const VALIDATION: Self = Self { colour: 1, dash: Dash::Dashed, width: 2.0, opacity: 1.0 };
    /// Raw values of every batch: thin, because there are many.
    pub const RAW: Self = Self { colour: 0, dash: Dash::Solid, width: 1.0, opacity: 1.0 };

    /// The style of the `index`th of many curves: no two of the first 32 have the same colour and the same dash, and
    /// neighbours differ in both.
    pub const fn nth(index: usize) -> Self {
        let dash = [Dash::Solid, Dash::Dashed, Dash::Dotted, Dash::DashDotted][(index + index / 8) % 4];
        Self { colour: (index % 8) as u8, dash, width: 1.75, opacity: 1.0 }
    }
}

/// How a line is interrupted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dash {
    /// Not at all.
    #[default]
    Solid,
    /// By gaps.
    Dashed,
    /// Into dots.
    Dotted,
    /// Into dashes and dots by turns.
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

/// How values are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// As a bare number.
    #[default]
    Plain,
    /// A share from 0 to 1, as percent.
    Share,
    /// With the unit's name after the number, for example `ms`.
    Named(&'static str),
}

/// Which values of a curve are the good ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Best {
    /// Small ones: losses, times.
    #[default]
    Lowest,
    /// Large ones: accuracies.
    Highest,
}

/// How the y range follows the visible values. Only `Fixed` and [`ChartSpec::robust`] may leave values outside the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum YRange {
    /// Around the values, with a margin; down to zero if they come close to it.
    #[default]
    Auto,
    /// From zero (or from the smallest value, if that is negative) to the largest value.
    FromZero,
    /// Around the positive values, on a logarithmic axis of at least one decade. Zero and negative values have no place on
    /// it: like NaN, they break the line and leave a mark.
    Log,
    /// Always this.
    Fixed(f64, f64),
}

/// Which part of the x axis is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum XRange {
    /// All that is recorded, with a little room to grow, so that the axis moves seldom.
    #[default]
    All,
    /// The last so many steps.
    Last(u32),
    /// Always this, in what the axis counts: a part that was zoomed into.
    Fixed(f64, f64),
}

/// The smallest of 1, 2, 5 times a power of ten that divides `span` into at most `max_count` parts.
pub fn nice_step(span: f64, max_count: usize) -> f64 {
    let rough = span / max_count.max(1) as f64;
    let power = 10_f64.powf(rough.log10().floor());
    // The factor may miss 1, 2 or 5 by a rounding error, which must not cost half of the ticks.
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| rough <= factor * power * (1.0 + 1e-9)).unwrap_or(10.0);
    factor * power
}

/// The multiples of a nice step within `range`, at most `max_count + 1`, with that step; never finer than `min_step`.
pub fn ticks((low, high): Range, max_count: usize, min_step: f64) -> (Vec<f64>, f64) {
    let step = nice_step(high - low, max_count).max(min_step);
    let multiples: RangeInclusive<i64> = ((low / step - 1e-6).ceil() as i64)..=((high / step + 1e-6).floor() as i64);
    (multiples.map(|multiple| multiple as f64 * step).collect(), step)
}

/// Labels for ticks that are `step` apart: all with the same number of decimals and the same suffix.
pub fn tick_labels(ticks: &[f64], step: f64, unit: Unit) -> Vec<String> {
    let factor = if unit == Unit::Share { 100.0 } else { 1.0 };
    let largest = ticks.iter().fold(0.0_f64, |largest, tick| largest.max(tick.abs())) * factor;
    let step = step * factor;
    let suffix = if unit == Unit::Share { "\u{a0}%" } else { "" };
    if largest >= 1e13 || (largest > 0.0 && largest < 1e-4) {
        let write = |&tick: &f64| if tick == 0.0 { "0".into() } else { format!("{}{suffix}", scientific(tick * factor, step)) };
        return ticks.iter().map(write).collect();
    }
    // From 10 000 on, in thousands: 500, 1500, 2500 stay as they are.
    let (divisor, letter) = if largest >= 1e4 { magnitude(largest) } else { (1.0, "") };
    let decimals = decimals_for_step(step / divisor);
    let write = |&tick: &f64| {
        if tick == 0.0 { format!("0{suffix}") } else { format!("{:.decimals$}{letter}{suffix}", tick * factor / divisor) }
    };
    ticks.iter().map(write).collect()
}

/// How many decimals tell multiples of `step` apart.
fn decimals_for_step(step: f64) -> usize {
    (-(step * (1.0 + 1e-9)).log10().floor()).clamp(0.0, 12.0) as usize
}

fn scientific(value: f64, step: f64) -> String {
    let digits = (value.abs().log10().floor() - step.log10().floor()).clamp(0.0, 8.0) as usize;
    format!("{value:.digits$e}")
}

/// By what to divide so large a number, and the letter that says so.
fn magnitude(value: f64) -> (f64, &'static str) {
    match value.abs() {
        v if v >= 999.5e9 => (1e12, "T"),
        v if v >= 999.5e6 => (1e9, "G"),
        v if v >= 999.5e3 => (1e6, "M"),
        v if v >= 999.5 => (1e3, "k"),
        _ => (1.0, ""),
    }
}

/// A value for reading at a glance: three significant digits and the unit, `0.0312`, `1.24k`, `51.6 ms`, `97.31 %`.
pub fn format_value(value: f32, unit: Unit) -> String {
    let value = f64::from(value);
    let number = match value {
        v if v.is_nan() => return "not a number".into(),
        v if v.is_infinite() => return if v > 0.0 { "infinite".into() } else { "minus infinite".into() },
        v if unit == Unit::Share => return format!("{:.2}\u{a0}%", 100.0 * v),
        0.0 => "0".into(),
        v if v.abs() < 1e-4 || v.abs() >= 999.5e12 => format!("{v:.2e}"),
        v => {
            let (divisor, letter) = magnitude(v);
            // 9.996 is written as 10.0: what counts are the digits after rounding.
            let decimals = (2.0 - (1.0005 * v / divisor).abs().log10().floor()).max(0.0) as usize;
            format!("{:.decimals$}{letter}", v / divisor)
        }
    };
    match unit {
        Unit::Named(name) => format!("{number}\u{a0}{name}"),
        _ => number,
    }
}

/// A step or another count, with its thousands set apart: `1 240`.
pub fn format_count(count: u32) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() + 6);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('\u{a0}');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64, count: usize, unit: Unit) -> Vec<String> {
        let (ticks, step) = ticks((low, high), count, 0.0);
        tick_labels(&ticks, step, unit)
    }

    #[test]
    fn ticks_are_nice() {
        assert_eq!(labels(0.0, 1.0, 5, Unit::Plain), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(0.0, 1.0, 5, Unit::Share), ["0\u{a0}%", "20\u{a0}%", "40\u{a0}%", "60\u{a0}%", "80\u{a0}%", "100\u{a0}%"]);
        assert_eq!(labels(0.0, 2500.0, 5, Unit::Plain), ["0", "500", "1000", "1500", "2000", "2500"]);
        assert_eq!(labels(0.0, 60_000.0, 4, Unit::Plain), ["0", "20k", "40k", "60k"]);
        assert_eq!(labels(-0.03, 0.05, 4, Unit::Plain), ["-0.02", "0", "0.02", "0.04"]);
        assert_eq!(labels(0.0, 3e-6, 3, Unit::Plain), ["0", "1e-6", "2e-6", "3e-6"]);
        assert_eq!(labels(1.0, 1.000_001, 2, Unit::Plain), ["1.0000000", "1.0000005", "1.0000010"]);
    }

    #[test]
    fn steps_get_no_fractions() {
        assert_eq!(ticks((0.0, 3.0), 10, 1.0).0, [0.0, 1.0, 2.0, 3.0]);
    }

    #[test]
    fn numbers_read_at_a_glance() {
        let cases = [
            (0.0312, Unit::Plain, "0.0312"),
            (2.304, Unit::Plain, "2.30"),
            (1240.0, Unit::Plain, "1.24k"),
            (999.6, Unit::Plain, "1.00k"),
            (12_345_678.0, Unit::Plain, "12.3M"),
            (51.62, Unit::Named("ms"), "51.6\u{a0}ms"),
            (0.973_06, Unit::Share, "97.31\u{a0}%"),
            (-0.5, Unit::Plain, "-0.500"),
            (1.234e-6, Unit::Plain, "1.23e-6"),
            (0.0, Unit::Named("ms"), "0\u{a0}ms"),
            (f32::NAN, Unit::Share, "not a number"),
            (f32::NEG_INFINITY, Unit::Plain, "minus infinite"),
        ];
        for (value, unit, written) in cases {
            assert_eq!(format_value(value, unit), written);
        }
        assert_eq!([7, 1240, 1_234_567].map(format_count), ["7", "1\u{a0}240", "1\u{a0}234\u{a0}567"]);
    }

    #[test]
    fn neighbouring_styles_differ_in_colour_and_dash() {
        let styles: Vec<_> = (0..32).map(Style::nth).collect();
        for (index, style) in styles.iter().enumerate() {
            assert!(styles[..index].iter().all(|other| other != style), "{index}");
            assert!(index == 0 || (style.colour != styles[index - 1].colour && style.dash != styles[index - 1].dash), "{index}");
        }
    }
}
