//! What a chart shows and how it is written: the wish ([`ChartSpec`]), the ranges of its axes, ticks, numbers.
//!
//! Pure: the same curves and the same spec give the same ranges and ticks, everywhere. One thing is remembered from
//! frame to frame, and by the caller: the present y range, so that the picture does not tremble while a run trains
//! ([`next_y_range`]).
//!
//! Never here: pixels, colours, canvases.

use super::stack::Band;
use std::ops::RangeInclusive;

/// A chart as wished for: which curves, on which axes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChartSpec {
    /// The chart's name, for the heading above it and for [`summary`](super::hover::summary).
    pub title: String,
    /// What the y axis measures, for example `loss`.
    pub y_label: String,
    /// How its values are written.
    pub unit: Unit,
    /// Which values are the good ones.
    pub best: Best,
    /// How the y range follows the values.
    pub y_range: YRange,
    /// Which steps are shown.
    pub x_range: XRange,
    /// The curves, drawn in this order: the last lies on top.
    pub series: Vec<SeriesSpec>,
    /// Whether they are parts of a whole, drawn on each other: the first at the bottom.
    pub stacked: bool,
    /// Steps at which the values mean something else.
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

/// How the y range follows the visible values. Only `Fixed` may leave values outside the picture.
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

/// Which steps are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum XRange {
    /// All that are recorded, with a little room to grow, so that the axis moves seldom.
    #[default]
    All,
    /// The last so many.
    Last(u32),
    /// Always this: a run whose length is known, or a part that was zoomed into.
    Fixed(f64, f64),
}

/// A range of an axis. Its height is never zero.
pub type Range = (f64, f64);

/// The x range for curves recorded from step `first` to step `last`.
pub fn x_range(policy: XRange, recorded: Option<(u32, u32)>) -> Range {
    let (first, last) = recorded.map_or((0.0, 1.0), |(first, last)| (f64::from(first), f64::from(last)));
    match policy {
        XRange::Fixed(from, to) => with_height((from, to)),
        XRange::Last(steps) => with_height((first.max(last - f64::from(steps)), last)),
        XRange::All => {
            // Every chart of a run begins where the run began, so that charts can be compared at a glance.
            let from = 0.0;
            // Rounded up to about a twenty-fifth of the range: the axis moves once in so many points, not at each.
            let grain = nice_step((last - from).max(1.0), 25).max(1.0);
            with_height((from, from + ((last - from) / grain).ceil() * grain))
        }
    }
}

/// The y range for visible values from `extent.0` to `extent.1`, given the range shown so far. It grows at once, with
/// a margin so that it does not grow at every point, and shrinks only when the values have come to fill less than
/// [`SHRINK_BELOW`] of it. On a logarithmic axis the values are the positive ones, and heights are counted in decades.
pub fn next_y_range(policy: YRange, previous: Option<Range>, extent: Option<(f32, f32)>) -> Range {
    let extent = extent.map(|(min, max)| (f64::from(min), f64::from(max)));
    match (policy, extent) {
        (YRange::Fixed(low, high), _) => with_height((low, high)),
        (YRange::Log, _) => next_log_range(previous.filter(|shown| shown.0 > 0.0), extent.filter(|values| values.0 > 0.0)),
        (_, None) => previous.unwrap_or((0.0, 1.0)),
        (_, Some(values)) => {
            let lowest = if values.0 >= 0.0 { 0.0 } else { f64::NEG_INFINITY };
            follow(previous, values, lowest, |values| fitted_y_range(policy, values))
        }
    }
}

/// The y range of a logarithmic axis for positive values.
fn next_log_range(previous: Option<Range>, extent: Option<Range>) -> Range {
    let decades = |(low, high): Range| (low.log10(), high.log10());
    let Some(values) = extent else { return previous.unwrap_or((0.1, 1.0)) };
    let shown = previous.map(decades);
    let next = follow(shown, decades(values), f64::NEG_INFINITY, fitted_decades);
    match previous {
        // Raised from its logarithm, a range that stays would differ by a rounding error, and axes be drawn for nothing.
        Some(range) if shown == Some(next) => range,
        _ => (10_f64.powf(next.0), 10_f64.powf(next.1)),
    }
}

/// The range that follows `previous` for values from `min` to `max`, where `fit` gives the best one. Room to grow does not
/// go below `lowest`.
fn follow(previous: Option<Range>, (min, max): Range, lowest: f64, fit: impl Fn(Range) -> Range) -> Range {
    let fitted = fit((min, max));
    let Some((low, high)) = previous else { return fitted };
    if fitted.1 - fitted.0 < SHRINK_BELOW * (high - low) {
        fitted
    } else if low <= min && max <= high {
        (low, high)
    } else {
        // Room on the side that was too small: a loss that keeps falling does not move the axis at every batch.
        let room = ROOM_TO_GROW * (max - min);
        fit((if min < low { (min - room).max(lowest) } else { min }, if max > high { max + room } else { max }))
    }
}

/// By which share of its height a y range that has become too small grows beyond the values.
pub const ROOM_TO_GROW: f64 = 0.15;

/// The share of its present height below which a y range shrinks to fit.
pub const SHRINK_BELOW: f64 = 0.7;

/// The range that fits these values best, whatever is shown now.
fn fitted_y_range(policy: YRange, (min, max): Range) -> Range {
    let near_zero = min >= 0.0 && min <= 0.35 * max;
    let (min, max) = match policy {
        YRange::FromZero => (min.min(0.0), max.max(0.0)),
        _ if near_zero => (0.0, max),
        _ => (min, max),
    };
    let (min, max) = if min == max && min != 0.0 { (min - 0.1 * min.abs(), max + 0.1 * max.abs()) } else { with_height((min, max)) };
    let margin = 0.06 * (max - min);
    let grain = nice_step(max - min, 50);
    let low = if min == 0.0 { 0.0 } else { ((min - margin) / grain).floor() * grain };
    let high = if max == 0.0 { 0.0 } else { ((max + margin) / grain).ceil() * grain };
    // A loss or a time cannot be negative; an axis that says so would puzzle.
    if min >= 0.0 { (low.max(0.0), high) } else { (low, high) }
}

/// The range, as logarithms, that fits values with these logarithms best.
fn fitted_decades((min, max): Range) -> Range {
    let margin = 0.06 * (max - min);
    // On less than a decade the axis would hardly have a tick, and noise would look like news.
    let missing = (1.0 - (max - min) - 2.0 * margin).max(0.0);
    let (low, high) = (min - margin - missing / 2.0, max + margin + missing / 2.0);
    let grain = nice_step(high - low, 50);
    ((low / grain).floor() * grain, (high / grain).ceil() * grain)
}

/// The range itself, or one around it if its height is zero, negative or not a number.
fn with_height((low, high): Range) -> Range {
    match low.partial_cmp(&high) {
        Some(std::cmp::Ordering::Less) => (low, high),
        _ if low.is_finite() => (low, low + low.abs().max(1.0)),
        _ => (0.0, 1.0),
    }
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
    use proptest::prelude::*;

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
    fn a_falling_loss_moves_the_axis_seldom() {
        let (mut range, mut moves) = (None, 0);
        for step in 0..2_000 {
            let lowest = 2.3 / (1.0 + step as f32 / 50.0);
            let next = next_y_range(YRange::Auto, range, Some((lowest, 2.3)));
            moves += usize::from(range != Some(next));
            range = Some(next);
        }
        assert!(moves <= 20, "{moves} moves");
        assert_eq!(range.map(|(low, _)| low), Some(0.0));
    }

    #[test]
    fn a_falling_loss_moves_a_log_axis_seldom() {
        let (mut range, mut moves) = (None, 0);
        for step in 0..20_000 {
            let next = next_y_range(YRange::Log, range, Some((2.3 * (-step as f32 / 1_000.0).exp(), 2.3)));
            moves += usize::from(range != Some(next));
            range = Some(next);
        }
        assert!(moves <= 20, "{moves} moves");
        assert!(range.is_some_and(|(low, high)| low > 1e-11 && high < 30.0), "{range:?}");
    }

    #[test]
    fn a_log_range_needs_positive_values() {
        for extent in [None, Some((-2.0, -1.0)), Some((0.0, 0.0))] {
            assert_eq!(next_y_range(YRange::Log, None, extent), (0.1, 1.0));
            assert_eq!(next_y_range(YRange::Log, Some((3.0, 70.0)), extent), (3.0, 70.0));
            assert_eq!(next_y_range(YRange::Log, Some((0.0, 70.0)), extent), (0.1, 1.0), "a linear range is not kept");
        }
    }

    #[test]
    fn a_y_range_shrinks_when_the_extreme_is_gone() {
        let spike = next_y_range(YRange::Auto, None, Some((0.0, 100.0)));
        let after = next_y_range(YRange::Auto, Some(spike), Some((0.0, 1.0)));
        assert!(after.1 < 1.2, "{after:?}");
    }

    #[test]
    fn an_x_axis_moves_seldom_and_stays_within_a_fifteenth() {
        let mut moves = std::collections::BTreeSet::new();
        for last in 1_000..2_000 {
            let (from, to) = x_range(XRange::All, Some((1, last)));
            assert_eq!(from, 0.0);
            assert!(to >= f64::from(last) && to <= f64::from(last) * 1.11, "{last} {to}");
            moves.insert(to as u64);
        }
        assert!(moves.len() <= 25, "{}", moves.len());
        assert_eq!(x_range(XRange::Last(100), Some((1, 1_000))), (900.0, 1_000.0));
        assert_eq!(x_range(XRange::All, None), (0.0, 1.0));
        assert_eq!(x_range(XRange::Last(100), Some((7, 7))), (7.0, 14.0));
    }

    #[test]
    fn neighbouring_styles_differ_in_colour_and_dash() {
        let styles: Vec<_> = (0..32).map(Style::nth).collect();
        for (index, style) in styles.iter().enumerate() {
            assert!(styles[..index].iter().all(|other| other != style), "{index}");
            assert!(index == 0 || (style.colour != styles[index - 1].colour && style.dash != styles[index - 1].dash), "{index}");
        }
    }

    proptest! {
        #[test]
        fn a_y_range_holds_all_finite_values(low in any::<f32>(), high in any::<f32>(), a in any::<f32>(), b in any::<f32>(), from_zero in any::<bool>()) {
            prop_assume!([low, high, a, b].iter().all(|value| value.is_finite()));
            let policy = if from_zero { YRange::FromZero } else { YRange::Auto };
            let mut range = next_y_range(policy, None, Some((low.min(high), low.max(high))));
            range = next_y_range(policy, Some(range), Some((a.min(b), a.max(b))));
            prop_assert!(range.0 < range.1);
            prop_assert!(range.0 <= f64::from(a.min(b)) && range.1 >= f64::from(a.max(b)), "{:?}", range);
            let (ticks, _) = ticks(range, 6, 0.0);
            prop_assert!((1..=7).contains(&ticks.len()), "{:?}", ticks);
        }

        #[test]
        fn a_log_range_holds_all_positive_values(extents in prop::collection::vec((-44.0..38.0_f32, -44.0..38.0_f32), 1..5)) {
            let mut range = None;
            for (a, b) in extents {
                let (min, max) = (10_f32.powf(a.min(b)), 10_f32.powf(a.max(b)));
                let (low, high) = next_y_range(YRange::Log, range, Some((min, max)));
                prop_assert!(low > 0.0 && high.is_finite() && high / low >= 10.0 - 1e-9, "{} to {}", low, high);
                prop_assert!(low <= f64::from(min) * (1.0 + 1e-12) && high >= f64::from(max) * (1.0 - 1e-12));
                prop_assert_eq!(next_y_range(YRange::Log, Some((low, high)), Some((min, max))), (low, high), "it stays, to the last bit");
                range = Some((low, high));
            }
        }
    }
}
