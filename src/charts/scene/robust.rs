//! A y range that single values far from all others do not blow up.
//!
//! Of each curve the central 80 % of the visible points are taken, and as much again above and below them; what of that has
//! no values is left off. Found from the extremes of some hundreds of blocks of points, not from the points: a block
//! counts as far out as its farthest value, so the range may be wider than needed, never narrower.
//!
//! What lies outside is marked at the edge of the picture and counted ([`Outside`]): nothing is cut silently.
//!
//! Pure.

use crate::charts::axis::{Range, Scale};
use crate::charts::points::Points;
use std::ops::Range as Indices;

/// Number of blocks that the visible points of a curve are put into.
const BLOCKS: usize = 1024;

/// The share of the points on either side that need not be within the quantiles.
const TAIL: f64 = 0.1;

/// Number of looks that counting may cost in a frame.
const MOST_LOOKS: usize = 20_000;

/// Numbers of visible points outside the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// Number of points below it.
    pub below: usize,
    /// Number of points above it.
    pub above: usize,
    /// Whether there are too many to be counted in a frame.
    pub many: bool,
}

impl Outside {
    /// Sum with those of these points that lie outside the range.
    pub fn count(self, points: &Points, indices: Indices<usize>, (low, high): Range) -> Self {
        // Towards the outside, so that a value on the edge is not counted for a rounding error.
        let (low, high) = ((low as f32).next_down(), (high as f32).next_up());
        match points.values.count_beyond(indices, (low, high), MOST_LOOKS) {
            Some((below, above)) => Self { below: self.below + below, above: self.above + above, ..self },
            None => Self { many: true, ..self },
        }
    }
}

/// The smallest and the largest value that the picture of one curve should hold.
pub fn extent(scale: Scale, points: &Points, indices: Indices<usize>) -> Option<(f32, f32)> {
    let all = scale.extent(points.values, indices.clone())?;
    let size = indices.len().div_ceil(BLOCKS).max(1);
    let starts = indices.clone().step_by(size);
    let mut blocks: Vec<(f32, f32, usize)> = starts
        .filter_map(|start| {
            let block = start..(start + size).min(indices.end);
            let count = block.len();
            scale.extent(points.values, block).map(|(min, max)| (min, max, count))
        })
        .collect();
    let counted: usize = blocks.iter().map(|block| block.2).sum();
    let left_out = (TAIL * counted as f64) as usize;
    blocks.sort_unstable_by(|a, b| b.1.total_cmp(&a.1));
    let upper = first_kept(&blocks, left_out, |block| block.1)?;
    blocks.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let lower = first_kept(&blocks, left_out, |block| block.0)?;
    let (low, high) = scale.bend((f64::from(lower), f64::from(upper)));
    let width = (high - low).max(0.0);
    let (low, high) = (scale.unbend(low - width) as f32, scale.unbend(high + width) as f32);
    Some((low.max(all.0).min(lower), high.min(all.1).max(upper)))
}

/// The value of the first block after those that together have at most `left_out` points.
fn first_kept(blocks: &[(f32, f32, usize)], mut left_out: usize, value: fn(&(f32, f32, usize)) -> f32) -> Option<f32> {
    let kept = blocks.iter().find(|block| {
        let fits = block.2 <= left_out;
        left_out = left_out.saturating_sub(block.2);
        !fits
    });
    kept.map(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::axis::{RunClock, StepMap, XKind};
    use crate::domain::record::series::Series;
    use proptest::prelude::*;

    fn series(values: &[f32]) -> Series {
        let mut series = Series::new();
        series.extend((0..).zip(values.iter().copied()));
        series
    }

    fn robust(values: &[f32], scale: Scale) -> Option<(f32, f32)> {
        extent(scale, &Points::recorded(&series(values), StepMap::new(XKind::Step, RunClock::default())), 0..values.len())
    }

    #[test]
    fn a_spike_does_not_blow_up_the_range() {
        let mut values: Vec<f32> = (0..10_000).map(|step| 1.0 + (step as f32).sin()).collect();
        assert_eq!(robust(&values, Scale::Linear), robust(&values.iter().copied().chain([f32::NAN]).collect::<Vec<_>>(), Scale::Linear));
        let calm = robust(&values, Scale::Linear).expect("there are values");
        values[5_000] = 1e6;
        let (low, high) = robust(&values, Scale::Linear).expect("there are values");
        assert!(low <= calm.0 + 1e-6 && high < 6.0, "{low} {high}");
        let record = series(&values);
        let points = Points::recorded(&record, StepMap::new(XKind::Step, RunClock::default()));
        assert_eq!(Outside::default().count(&points, 0..values.len(), (f64::from(low), f64::from(high))).above, 1);
        // Ten epochs, one of which is out.
        assert!(robust(&[1.0, 0.9, 0.8, 900.0, 0.7, 0.6, 0.5, 0.5, 0.4, 0.4], Scale::Linear).is_some_and(|(_, high)| high < 2.0));
    }

    proptest! {
        #[test]
        fn the_central_share_is_always_within(
            values in prop::collection::vec(prop_oneof![6 => 0.1_f32..10.0, 1 => -1e30_f32..1e30, 1 => Just(f32::NAN), 1 => Just(0.0)], 1..3_000),
            log in any::<bool>(),
        ) {
            let scale = if log { Scale::Log } else { Scale::Linear };
            let mut placed: Vec<f32> = values.iter().copied().filter(|&value| scale.has_place(value)).collect();
            placed.sort_unstable_by(f32::total_cmp);
            match robust(&values, scale) {
                None => prop_assert!(placed.is_empty()),
                Some((low, high)) => {
                    prop_assert!(low <= high && low >= placed[0] && high <= placed[placed.len() - 1]);
                    // Blocks may also hold points without a place, so the share is that of all points.
                    let (tail, len) = ((TAIL * values.len() as f64) as usize, placed.len());
                    if len > 2 * tail {
                        prop_assert!(low <= placed[tail] && high >= placed[len - 1 - tail], "{} {}", low, high);
                    }
                }
            }
        }
    }
}
