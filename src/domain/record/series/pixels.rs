//! [`PixelColumn`]: a curve as each pixel column's exact extremes, in time that depends on the pixels and not on the points.
//!
//! Never here: how a place becomes a pixel on a chart's axis, which callers may pass in.

use super::{Column, Series};
use std::ops::Range;

/// The points within one column of pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PixelColumn {
    /// The pixel column, counted from the left edge of the queried range.
    pub x: usize,
    /// The value of the first point, as recorded: it may be NaN or infinite.
    pub first: f32,
    /// The smallest finite value; NaN if every value is NaN or infinite.
    pub min: f32,
    /// The largest finite value; NaN if every value is NaN or infinite.
    pub max: f32,
    /// The value of the last point, as recorded: it may be NaN or infinite.
    pub last: f32,
    /// Whether a value is NaN or infinite.
    pub nonfinite: bool,
    /// Number of points, at least one.
    pub count: usize,
}

impl Series {
    /// Divides the closed range `from..=to` of steps into `width_px` pixel columns and puts the extremes of each into
    /// `out`, from left to right; columns without points are left out.
    ///
    /// Exact: the line through each column's first, smallest, largest and last value covers the same pixels as the
    /// line through all of its points. The time needed grows with the columns, and with the points only as far as
    /// finding the columns' borders does (logarithmically).
    pub fn columns(&self, (from, to): (f64, f64), width_px: usize, out: &mut Vec<PixelColumn>) {
        out.clear();
        if width_px > 0 {
            let px_from_step = |step: u32| px_column_from_step(step, (from, to), width_px);
            self.columns_by(&self.column, self.indices_within((from, to)), px_from_step, out);
        }
    }

    /// Appends pixel columns to `out`, like [`columns`](Self::columns), for the points with indices in `indices`.
    /// `values` stand in for the recorded ones (the value of a point has its index), and `px_from_step` maps a step to
    /// its pixel column; it must never fall.
    pub fn columns_by(
        &self,
        values: &Column,
        Range { mut start, end }: Range<usize>,
        px_from_step: impl Fn(u32) -> usize,
        out: &mut Vec<PixelColumn>,
    ) {
        while start < end {
            let x = px_from_step(self.steps.get(start));
            let next = self.steps.partition_point(start..end, |step| px_from_step(step) <= x);
            let (min, max) = values.range_min_max(start..next).unwrap_or((f32::NAN, f32::NAN));
            let within = &values.values()[start..next];
            out.push(PixelColumn {
                x,
                first: within[0],
                min,
                max,
                last: within[within.len() - 1],
                nonfinite: values.nonfinite_in(start..next),
                count: next - start,
            });
            start = next;
        }
    }
}

/// The pixel column of a step within the closed range `from..=to`. The last step belongs to the last column.
pub(super) fn px_column_from_step(step: u32, (from, to): (f64, f64), width_px: usize) -> usize {
    let px_per_step = if to > from { width_px as f64 / (to - from) } else { 0.0 };
    (((f64::from(step) - from) * px_per_step) as usize).min(width_px - 1)
}
