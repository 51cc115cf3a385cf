//! Autoscaling: the range of an axis for the recorded data.
//!
//! Pure. One thing is remembered from frame to frame, and by the caller: the present y range, so that the picture does not
//! tremble while a run trains ([`next_y_range`]).
//!
//! Never here: pixels, zooming ([`zoom`](super::zoom)), the record.

use super::range::{Range, XRange, YRange};
use super::scale::Scale;
use super::ticks::nice_step;

/// Extent of the data on an x axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// Begin of the data: that of the run, so that charts can be compared at a glance; on a logarithmic axis the first point.
    pub first: f64,
    /// The place of the last recorded step.
    pub last: f64,
    /// The first of the last steps that [`XRange::Last`] shows.
    pub recent: f64,
}

/// The x range for data of this extent; `whole`: the axis counts whole things.
pub fn x_range(policy: XRange, extent: Option<Extent>, scale: Scale, whole: bool) -> Range {
    let Extent { first, last, recent } = extent.unwrap_or(Extent { first: 0.0, last: 1.0, recent: 0.0 });
    let (from, to) = match policy {
        XRange::Fixed(from, to) => (from, to),
        XRange::Last(_) => (first.max(recent), last),
        XRange::All if scale == Scale::Log => (first, last),
        XRange::All => {
            // Rounded up to about a twenty-fifth of the range: the axis moves once in so many points, not at each.
            let least = if whole { 1.0 } else { 1e-3 };
            let grain = nice_step((last - first).max(least), 25).max(if whole { 1.0 } else { 0.0 });
            (first, first + ((last - first) / grain).ceil() * grain)
        }
    };
    match scale {
        Scale::Log if from.is_finite() && from > 0.0 => (from, if to > from { to } else { 10.0 * from }),
        Scale::Log => (1.0, to.max(10.0)),
        Scale::Linear if from.is_finite() => (from, if to > from { to } else { from + 1.0 }),
        Scale::Linear => (0.0, 1.0),
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

/// Share of its height by which a y range that has become too small grows beyond the values.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::axis::ticks::ticks;
    use proptest::prelude::*;

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
            let extent = |recent| Some(Extent { first: 0.0, last: f64::from(last), recent });
            let (from, to) = x_range(XRange::All, extent(0.0), Scale::Linear, true);
            assert_eq!(from, 0.0);
            assert!(to >= f64::from(last) && to <= f64::from(last) * 1.11, "{last} {to}");
            moves.insert(to as u64);
        }
        assert!(moves.len() <= 25, "{}", moves.len());
        let extent = |first, last| Some(Extent { first, last, recent: last - 100.0 });
        assert_eq!(x_range(XRange::Last(100), extent(0.0, 1_000.0), Scale::Linear, true), (900.0, 1_000.0));
        assert_eq!(x_range(XRange::Last(100), extent(0.0, 7.0), Scale::Linear, true), (0.0, 7.0));
        assert_eq!(x_range(XRange::All, None, Scale::Linear, true), (0.0, 1.0));
        assert_eq!(x_range(XRange::All, extent(1.0, 700.0), Scale::Log, true), (1.0, 700.0));
        assert_eq!(x_range(XRange::Fixed(0.0, 7.0), extent(1.0, 700.0), Scale::Log, true), (1.0, 10.0), "zero has no place");
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
