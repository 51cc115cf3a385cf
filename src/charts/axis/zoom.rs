//! Zooming and panning: where they lead from the part of an axis that is shown.
//!
//! Pure. Never here: pixels, gestures, and that the range is changed: that is the page's, for all charts together.

use super::range::{Range, XRange};
use super::scale::Scale;

/// Viewport on an axis, which the visitor moves: the range shown, out of the full range, on a scale. A place is given as its
/// share of the width, from 0 at the left to 1 at the right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// Range that is shown.
    pub range: Range,
    /// The full range.
    pub full: Range,
    /// Scale of the axis: from places to widths.
    pub scale: Scale,
    /// The shortest range.
    pub finest: f64,
}

impl Viewport {
    /// The range after zooming in by `factor` (out, if it is below 1), with the place at `share` unmoved.
    pub fn zoomed(self, share: f64, factor: f64) -> XRange {
        let (low, high) = self.scale.bend(self.range);
        let width = ((high - low) / factor).max(self.finest_at(share));
        let at = low + share * (high - low);
        self.settled((at - share * width, at + (1.0 - share) * width))
    }

    /// The range after panning to the right by so many widths; negative: to the left.
    pub fn panned(self, widths: f64) -> XRange {
        let (low, high) = self.scale.bend(self.range);
        self.settled((low + widths * (high - low), high + widths * (high - low)))
    }

    /// The range between two places.
    pub fn between(self, a: f64, b: f64) -> XRange {
        let (low, high) = self.scale.bend(self.range);
        let at = |share: f64| low + share.clamp(0.0, 1.0) * (high - low);
        let (from, to) = (at(a.min(b)), at(a.max(b)));
        let lacking = (self.finest_at((a + b) / 2.0) - (to - from)).max(0.0);
        self.settled((from - lacking / 2.0, to + lacking / 2.0))
    }

    /// The range after a pinch: the places under two fingers move from `from` to `to`.
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

    /// The range moved into the full range, then cut. The full range is no part of it any more, so it follows the run
    /// again.
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part(range: Range, scale: Scale) -> Viewport {
        Viewport { range, full: (1.0, 1_000.0), scale, finest: 2.0 }
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
            let back = Viewport { range: panned, ..shown }.panned(0.0);
            prop_assert!((range_of(back, shown.full).0 - panned.0).abs() < 1e-6);
        }

        #[test]
        fn fingers_keep_what_is_under_them(from in (0.0..0.45_f64, 0.55..1.0_f64), to in (0.0..0.45_f64, 0.55..1.0_f64)) {
            let shown = Viewport { range: (450.0, 550.0), full: (0.0, 1_000.0), scale: Scale::Linear, finest: 2.0 };
            let (low, high) = range_of(shown.pinched(from, to), shown.full);
            for (from, to) in [(from.0, to.0), (from.1, to.1)] {
                prop_assert!((450.0 + from * 100.0 - (low + to * (high - low))).abs() < 1e-6);
            }
        }
    }
}
