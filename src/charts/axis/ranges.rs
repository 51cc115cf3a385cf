//! Which part of an axis is shown: how a y range follows the values, what an x range spans, and where zooming and panning
//! lead.
//!
//! Pure. One thing is remembered from frame to frame, and by the caller: the present y range, so that the picture does not
//! tremble while a run trains ([`next_y_range`]).
//!
//! Never here: pixels, gestures, the record.

use super::scale::Scale;
use crate::charts::view::{XRange, YRange, nice_step};

/// A range of an axis. Its height is never zero.
pub type Range = (f64, f64);

/// What there is to show on an x axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// Where it begins: with the run, so that charts can be compared at a glance; on a logarithmic axis with the first point.
    pub first: f64,
    /// The place of the last recorded step.
    pub last: f64,
    /// Where the last so many steps begin, for [`XRange::Last`].
    pub recent: f64,
}

/// The x range for what there is; `whole`: the axis counts whole things.
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

/// A part of an axis that the visitor moves: what is shown, out of what there is, on which scale. A place is given as its
/// share of the width, from 0 at the left to 1 at the right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    /// What is shown.
    pub range: Range,
    /// All that there is.
    pub full: Range,
    /// How places become widths.
    pub scale: Scale,
    /// The shortest range.
    pub finest: f64,
}

impl Shown {
    /// Closer by `factor`, or further away if that is below 1, with what is at `share` staying there.
    pub fn zoomed(self, share: f64, factor: f64) -> XRange {
        let (low, high) = self.scale.bend(self.range);
        let width = ((high - low) / factor).max(self.finest_at(share));
        let at = low + share * (high - low);
        self.settled((at - share * width, at + (1.0 - share) * width))
    }

    /// Further to the right by so many widths; negative: to the left.
    pub fn panned(self, widths: f64) -> XRange {
        let (low, high) = self.scale.bend(self.range);
        self.settled((low + widths * (high - low), high + widths * (high - low)))
    }

    /// The part between two places.
    pub fn between(self, a: f64, b: f64) -> XRange {
        let (low, high) = self.scale.bend(self.range);
        let at = |share: f64| low + share.clamp(0.0, 1.0) * (high - low);
        let (from, to) = (at(a.min(b)), at(a.max(b)));
        let lacking = (self.finest_at((a + b) / 2.0) - (to - from)).max(0.0);
        self.settled((from - lacking / 2.0, to + lacking / 2.0))
    }

    /// What is under two fingers follows them from places `from` to places `to`.
    pub fn pinched(self, from: (f64, f64), to: (f64, f64)) -> XRange {
        let (low, high) = self.scale.bend(self.range);
        let (a, b) = (low + from.0 * (high - low), low + from.1 * (high - low));
        let apart = to.1 - to.0;
        // Fingers that meet or pass each other would turn the axis round.
        if apart * (from.1 - from.0) <= 0.0 || apart.abs() < 0.01 {
            return self.settled((low, high));
        }
        let width = ((b - a) / apart).max(self.finest_at(from.0));
        self.settled((a - to.0 * width, a + (1.0 - to.0) * width))
    }

    /// The shortest width, on the bent axis, around a place.
    fn finest_at(self, share: f64) -> f64 {
        match self.scale {
            Scale::Linear => self.finest,
            Scale::Log => {
                let (low, high) = self.scale.bend(self.range);
                let x = 10_f64.powf(low + share * (high - low));
                ((x + self.finest) / x).log10()
            }
        }
    }

    /// The range within all that there is: moved there, then cut. All of it is not a part any more, so it follows again.
    fn settled(self, (mut low, mut high): Range) -> XRange {
        let (first, last) = self.scale.bend(self.full);
        let slack = 1e-9 * (last - first);
        if high - low >= last - first - slack {
            return XRange::All;
        }
        let shift = (first - low).max(0.0) + (last - high).min(0.0);
        (low, high) = (low + shift, high + shift);
        let (from, to) = (self.scale.unbend(low), self.scale.unbend(high));
        XRange::Fixed(from, to)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::view::ticks;
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

    fn part(range: Range, scale: Scale) -> Shown {
        Shown { range, full: (1.0, 1_000.0), scale, finest: 2.0 }
    }

    #[test]
    fn zooming_all_the_way_out_follows_again() {
        let shown = part((400.0, 600.0), Scale::Linear);
        assert_eq!(shown.zoomed(0.5, 0.5), XRange::Fixed(300.0, 700.0));
        assert_eq!(shown.zoomed(0.5, 0.01), XRange::All);
        assert_eq!(shown.zoomed(0.5, 1e9), XRange::Fixed(499.0, 501.0), "not closer than the finest range");
        assert_eq!(shown.panned(-7.0), XRange::Fixed(1.0, 201.0));
        assert_eq!(shown.between(0.75, 0.25), XRange::Fixed(450.0, 550.0));
    }

    /// The range of a part; of all, all of it.
    fn range_of(range: XRange, full: Range) -> Range {
        match range {
            XRange::Fixed(from, to) => (from, to),
            _ => full,
        }
    }

    proptest! {
        #[test]
        fn zooming_keeps_what_is_under_the_pointer(a in 1.0..990.0_f64, width in 4.0..400.0_f64, share in 0.0..1.0_f64, factor in 0.5..4.0_f64, log in any::<bool>()) {
            let scale = if log { Scale::Log } else { Scale::Linear };
            let shown = part((a, (a + width).min(1_000.0)), scale);
            let place = |range: Range| { let (low, high) = scale.bend(range); low + share * (high - low) };
            let zoomed = range_of(shown.zoomed(share, factor), shown.full);
            prop_assert!(zoomed.0 >= 1.0 - 1e-9 && zoomed.1 <= 1_000.0 + 1e-6 && zoomed.0 < zoomed.1, "{:?}", zoomed);
            // At an end of all that there is, and at the finest range, something has to give.
            let (first, last) = scale.bend(shown.full);
            let (low, high) = scale.bend(zoomed);
            if low > first + 1e-9 && high < last - 1e-9 {
                prop_assert!((place(zoomed) - place(shown.range)).abs() <= 1e-6 * (last - first), "{:?} from {:?}", zoomed, shown.range);
            }
        }

        #[test]
        fn panning_keeps_the_width_and_stays_within(a in 1.0..900.0_f64, width in 2.0..99.0_f64, widths in -20.0..20.0_f64, log in any::<bool>()) {
            let scale = if log { Scale::Log } else { Scale::Linear };
            let shown = part((a, a + width), scale);
            let panned = range_of(shown.panned(widths), shown.full);
            prop_assert!(panned.0 >= 1.0 - 1e-9 && panned.1 <= 1_000.0 + 1e-6, "{:?}", panned);
            let bent = |range: Range| { let (low, high) = scale.bend(range); high - low };
            prop_assert!((bent(panned) - bent(shown.range)).abs() < 1e-6 * bent(shown.full), "{:?}", panned);
            let back = Shown { range: panned, ..shown }.panned(0.0);
            prop_assert!((range_of(back, shown.full).0 - panned.0).abs() < 1e-6);
        }

        #[test]
        fn fingers_keep_what_is_under_them(from in (0.0..0.45_f64, 0.55..1.0_f64), to in (0.0..0.45_f64, 0.55..1.0_f64)) {
            let shown = Shown { range: (450.0, 550.0), full: (0.0, 1_000.0), scale: Scale::Linear, finest: 2.0 };
            let (low, high) = range_of(shown.pinched(from, to), shown.full);
            for (from, to) in [(from.0, to.0), (from.1, to.1)] {
                prop_assert!((450.0 + from * 100.0 - (low + to * (high - low))).abs() < 1e-6);
            }
        }

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
