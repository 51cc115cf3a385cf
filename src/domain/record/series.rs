//! Recorded curves: every value of every batch, kept whole, and drawn from a pyramid of minima and maxima.
//!
//! A chart a thousand pixels wide cannot show ten million batches one by one, but it must not hide a single spike. So a
//! [`Column`] keeps the extremes of its values on every scale, and a [`Series`] gives the extremes within each pixel
//! column exactly, in time that depends on the pixels and not on the points.
//!
//! Never here: thinned, averaged or otherwise altered values. A value comes back as it was pushed.

mod column;
mod sums;

pub use column::Column;

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// The step of each point. One value a batch is the common case, and then the steps need no memory.
#[derive(Clone, Debug)]
enum Steps {
    /// Consecutive steps `first, first + 1, first + 2, …`.
    Contiguous { first: u32 },
    /// A list of strictly increasing steps.
    Listed(Vec<u32>),
}

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

/// The identity of a recording: while it stays the same, points have only been appended. A copy gets another one.
#[derive(Debug)]
struct Lineage(u64);

impl Lineage {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl Clone for Lineage {
    fn clone(&self) -> Self {
        Self::new()
    }
}

/// A curve: values over strictly increasing global steps.
#[derive(Clone, Debug)]
pub struct Series {
    steps: Steps,
    column: Column,
    lineage: Lineage,
}

impl Default for Series {
    fn default() -> Self {
        Self { steps: Steps::Contiguous { first: 0 }, column: Column::new(), lineage: Lineage::new() }
    }
}

/// The series of these points, whose steps rise.
impl FromIterator<(u32, f32)> for Series {
    fn from_iter<I: IntoIterator<Item = (u32, f32)>>(points: I) -> Self {
        let mut series = Self::new();
        series.extend(points);
        series
    }
}

impl Series {
    /// An empty series.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends the point `(step, value)`.
    ///
    /// # Panics
    /// If `step` is not greater than the last one: whoever resumes a run calls [`truncate_from`](Self::truncate_from).
    pub fn push(&mut self, step: u32, value: f32) {
        let len = self.len();
        let last = len.checked_sub(1).map(|index| self.step(index));
        assert!(last.is_none_or(|last| step > last), "step {step} after step {last:?}");
        match &mut self.steps {
            Steps::Contiguous { first } if last.is_none() => *first = step,
            Steps::Contiguous { .. } if last.is_some_and(|last| last + 1 == step) => {}
            Steps::Contiguous { first } => {
                let first = *first;
                self.steps = Steps::Listed((first..first + len as u32).chain([step]).collect());
            }
            Steps::Listed(steps) => steps.push(step),
        }
        self.column.push(value);
    }

    /// Appends many points.
    ///
    /// # Panics
    /// As [`push`](Self::push).
    pub fn extend(&mut self, points: impl IntoIterator<Item = (u32, f32)>) {
        points.into_iter().for_each(|(step, value)| self.push(step, value));
    }

    /// Drops every point at or after `step`: a run that resumes there records them anew.
    pub fn truncate_from(&mut self, step: u32) {
        let len = self.partition_point(0..self.len(), |found| found < step);
        if len < self.len() {
            self.lineage = Lineage::new();
        }
        self.column.truncate(len);
        if let Steps::Listed(steps) = &mut self.steps {
            steps.truncate(len);
        }
    }

    /// The number of this recording, unique among all series; it changes when points are dropped. So a result that was
    /// computed from the first `n` points under the same number is still right.
    pub fn lineage(&self) -> u64 {
        self.lineage.0
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.column.len()
    }

    /// Whether there is no point yet.
    pub fn is_empty(&self) -> bool {
        self.column.is_empty()
    }

    /// Number of bytes in memory, with room that is set aside for growing.
    pub fn bytes(&self) -> usize {
        let steps = match &self.steps {
            Steps::Contiguous { .. } => 0,
            Steps::Listed(steps) => steps.capacity() * size_of::<u32>(),
        };
        size_of::<Self>() + steps + self.column.heap_bytes()
    }

    /// Frees the memory that is set aside for growing, since the run has ended.
    pub fn shrink_to_fit(&mut self) {
        if let Steps::Listed(steps) = &mut self.steps {
            steps.shrink_to_fit();
        }
        self.column.shrink_to_fit();
    }

    /// The point with index `index`: its step and its value.
    pub fn get(&self, index: usize) -> Option<(u32, f32)> {
        let &value = self.column.values().get(index)?;
        Some((self.step(index), value))
    }

    /// The last point.
    pub fn last(&self) -> Option<(u32, f32)> {
        self.get(self.len().checked_sub(1)?)
    }

    /// The values with their pyramid.
    pub fn column(&self) -> &Column {
        &self.column
    }

    /// Every point, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, f32)> + '_ {
        self.column.values().iter().enumerate().map(|(index, &value)| (self.step(index), value))
    }

    /// The step of the point with index `index`, which must exist.
    fn step(&self, index: usize) -> u32 {
        match &self.steps {
            Steps::Contiguous { first } => first + index as u32,
            Steps::Listed(steps) => steps[index],
        }
    }

    /// The first index in `indices` whose step does not satisfy `holds`, which must hold for a first part of them and
    /// not for the rest. It gallops from the start, so that a near answer is found at once.
    fn partition_point(&self, indices: Range<usize>, holds: impl Fn(u32) -> bool) -> usize {
        let (mut low, mut stride) = (indices.start, 1);
        while low + stride <= indices.end && holds(self.step(low + stride - 1)) {
            low += stride;
            stride *= 2;
        }
        let mut high = (low + stride).min(indices.end);
        while low < high {
            let middle = low + (high - low) / 2;
            if holds(self.step(middle)) { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// The index of the last point at or before `step`.
    pub fn index_at_or_before(&self, step: u32) -> Option<usize> {
        self.partition_point(0..self.len(), |found| found <= step).checked_sub(1)
    }

    /// The index of the point nearest to `step`, the earlier one of two equally near.
    pub fn nearest(&self, step: f64) -> Option<usize> {
        self.nearest_by(step, f64::from)
    }

    /// The index of the point nearest to the place `at`, where `place` maps a step to its place and must never fall. Of
    /// several points at one place the last, of two equally near ones the earlier.
    pub fn nearest_by(&self, at: f64, place: impl Fn(u32) -> f64) -> Option<usize> {
        let after = self.partition_point(0..self.len(), |found| place(found) <= at);
        let distance = |index: usize| (place(self.step(index)) - at).abs();
        match after.checked_sub(1) {
            None => (!self.is_empty()).then_some(0),
            Some(before) if after == self.len() || distance(before) <= distance(after) => Some(before),
            Some(_) => Some(after),
        }
    }

    /// The indices of the points whose steps lie in the closed range `from..=to`.
    pub fn indices_within(&self, range: (f64, f64)) -> Range<usize> {
        self.indices_by(range, f64::from)
    }

    /// The indices of the points whose places lie in the closed range `from..=to`, where `place` maps a step to its
    /// place and must never fall.
    pub fn indices_by(&self, (from, to): (f64, f64), place: impl Fn(u32) -> f64) -> Range<usize> {
        let start = self.partition_point(0..self.len(), |step| place(step) < from);
        let end = self.partition_point(start..self.len(), |step| place(step) <= to);
        start..end
    }

    /// The smallest and the largest finite value with an index in `range`; `None` if there is none.
    pub fn range_min_max(&self, range: Range<usize>) -> Option<(f32, f32)> {
        self.column.range_min_max(range)
    }

    /// Whether a value with an index in `range` is NaN or infinite.
    pub fn nonfinite_in(&self, range: Range<usize>) -> bool {
        self.column.nonfinite_in(range)
    }

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
            let x = px_from_step(self.step(start));
            let next = self.partition_point(start..end, |step| px_from_step(step) <= x);
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
fn px_column_from_step(step: u32, (from, to): (f64, f64), width_px: usize) -> usize {
    let px_per_step = if to > from { width_px as f64 / (to - from) } else { 0.0 };
    (((f64::from(step) - from) * px_per_step) as usize).min(width_px - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_point_a_batch_takes_five_bytes() {
        let mut series = Series::new();
        series.extend((1..=100_000).map(|step| (step, 0.5)));
        assert!(series.bytes() >= 506_000);
        series.shrink_to_fit();
        // Four for the value, 8 for the extremes and 8 for the sum of every 16th, every 256th and so on.
        assert!((506_000..513_000).contains(&series.bytes()), "{}", series.bytes());
        series.push(200_000, 0.5);
        assert!(series.bytes() > 2 * 400_000, "steps that are not one after the other are kept");
    }

    fn any_value() -> impl Strategy<Value = f32> {
        prop_oneof![8 => -1e3_f32..1e3, 1 => any::<f32>(), 1 => Just(f32::NAN), 1 => Just(f32::INFINITY), 1 => Just(f32::NEG_INFINITY)]
    }

    /// Series of either kind of steps, long enough for several levels.
    fn any_series() -> impl Strategy<Value = Series> {
        let contiguous =
            (0..9_u32, prop::collection::vec(any_value(), 0..400)).prop_map(|(first, values)| (first..).zip(values).collect::<Vec<_>>());
        let listed = prop::collection::vec((1..40_u32, any_value()), 0..400).prop_map(|points| {
            let mut step = 0;
            points
                .into_iter()
                .map(|(gap, value)| {
                    step += gap;
                    (step, value)
                })
                .collect()
        });
        prop_oneof![contiguous, listed].prop_map(|points| {
            let mut series = Series::new();
            series.extend(points);
            series
        })
    }

    fn naive_min_max(values: &[f32]) -> Option<(f32, f32)> {
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        Some((finite().reduce(f32::min)?, finite().reduce(f32::max)?))
    }

    fn naive_columns(series: &Series, range: (f64, f64), width_px: usize) -> Vec<PixelColumn> {
        let mut columns: Vec<(usize, Vec<f32>)> = Vec::new();
        for (step, value) in series.iter().filter(|&(step, _)| f64::from(step) >= range.0 && f64::from(step) <= range.1) {
            let x = px_column_from_step(step, range, width_px);
            match columns.last_mut() {
                Some((last, values)) if *last == x => values.push(value),
                _ => columns.push((x, vec![value])),
            }
        }
        let describe = |(x, values): (usize, Vec<f32>)| {
            let (min, max) = naive_min_max(&values).unwrap_or((f32::NAN, f32::NAN));
            let nonfinite = values.iter().any(|value| !value.is_finite());
            PixelColumn { x, first: values[0], min, max, last: values[values.len() - 1], nonfinite, count: values.len() }
        };
        columns.into_iter().map(describe).collect()
    }

    /// Equality in which NaN equals NaN.
    fn same(a: &PixelColumn, b: &PixelColumn) -> bool {
        let pairs = [(a.first, b.first), (a.min, b.min), (a.max, b.max), (a.last, b.last)];
        pairs.iter().all(|(a, b)| a == b || (a.is_nan() && b.is_nan())) && (a.x, a.nonfinite, a.count) == (b.x, b.nonfinite, b.count)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn min_max_equals_a_scan(series in any_series(), a in 0..800_usize, b in 0..800_usize) {
            let (from, to) = (a.min(b), a.max(b));
            let values = series.column().values();
            let scanned = &values[from.min(values.len())..to.min(values.len())];
            prop_assert_eq!(series.range_min_max(from..to), naive_min_max(scanned));
            prop_assert_eq!(series.nonfinite_in(from..to), scanned.iter().any(|value| !value.is_finite()));
        }

        #[test]
        fn columns_equal_a_scan(series in any_series(), from in -50.0..20_000.0_f64, span in 0.0..20_000.0_f64, width_px in 1..900_usize) {
            let mut columns = vec![];
            // The full range too: it is the common query, and random ranges seldom meet it.
            let full = (0.0, series.last().map_or(1.0, |(step, _)| f64::from(step)));
            for range in [(from, from + span), full] {
                series.columns(range, width_px, &mut columns);
                let naive = naive_columns(&series, range, width_px);
                prop_assert_eq!(columns.len(), naive.len());
                for (column, naive) in columns.iter().zip(&naive) {
                    prop_assert!(same(column, naive), "{:?} is not {:?}", column, naive);
                }
            }
        }

        #[test]
        fn searches_equal_a_scan(series in any_series(), step in 0..30_000_u32) {
            let at_or_before = series.iter().take_while(|&(found, _)| found <= step).count().checked_sub(1);
            prop_assert_eq!(series.index_at_or_before(step), at_or_before);
            let nearest = series.iter().map(|(found, _)| found.abs_diff(step)).enumerate().min_by_key(|&(_, distance)| distance);
            prop_assert_eq!(series.nearest(f64::from(step)), nearest.map(|(index, _)| index));
            let min = naive_min_max(series.column().values()).map(|(min, _)| min);
            prop_assert_eq!(series.column().index_of_min(), series.iter().position(|(_, value)| Some(value) == min));
            let max = naive_min_max(series.column().values()).map(|(_, max)| max);
            prop_assert_eq!(series.column().index_of_max(), series.iter().position(|(_, value)| Some(value) == max));
        }

        #[test]
        fn values_beyond_are_counted_as_by_a_scan(series in any_series(), from in 0..300_usize, low in -900.0_f32..0.0, high in 0.0_f32..900.0) {
            let values = &series.column().values()[from.min(series.len())..];
            let count = |beyond: &dyn Fn(f32) -> bool| values.iter().filter(|value| value.is_finite() && beyond(**value)).count();
            let scanned = (count(&|value| value < low), count(&|value| value > high));
            prop_assert_eq!(series.column().count_beyond(from..series.len(), (low, high), usize::MAX), Some(scanned));
            prop_assert_eq!(series.column().count_beyond(from..series.len(), (f32::MIN, f32::MAX), 64), Some((0, 0)), "whole blocks are passed over");
        }

        #[test]
        fn places_equal_a_scan(series in any_series(), at in -2.0..9.0_f64, span in 0.0..5.0_f64) {
            let place = |step: u32| (f64::from(step / 3) + 1.0).ln();
            let within = |step: u32| place(step) >= at && place(step) <= at + span;
            let scanned: Vec<usize> = series.iter().enumerate().filter(|&(_, (step, _))| within(step)).map(|(index, _)| index).collect();
            prop_assert_eq!(series.indices_by((at, at + span), place).collect::<Vec<_>>(), scanned);
            let nearest = series.nearest_by(at, place).map(|index| (place(series.step(index)) - at).abs());
            prop_assert_eq!(nearest, series.iter().map(|(step, _)| (place(step) - at).abs()).reduce(f64::min));
        }

        #[test]
        fn truncated_equals_never_recorded(series in any_series(), cut in 0..3_000_u32, more in prop::collection::vec(any_value(), 0..300)) {
            let (mut truncated, mut fresh) = (series.clone(), Series::new());
            let lineage = truncated.lineage();
            prop_assert_ne!(lineage, series.lineage());
            truncated.truncate_from(cut);
            prop_assert_eq!(truncated.lineage() == lineage, truncated.len() == series.len());
            fresh.extend(series.iter().filter(|&(step, _)| step < cut));
            for (step, value) in (cut..).zip(more) {
                truncated.push(step, value);
                fresh.push(step, value);
            }
            let all = 0..fresh.len();
            prop_assert_eq!(truncated.len(), fresh.len());
            prop_assert_eq!(truncated.range_min_max(all.clone()), fresh.range_min_max(all.clone()));
            prop_assert_eq!(truncated.column().nonfinite_indices(all.clone()), fresh.column().nonfinite_indices(all));
            prop_assert!(truncated.iter().map(|(step, _)| step).eq(fresh.iter().map(|(step, _)| step)));
        }
    }

    #[test]
    fn a_value_a_batch_needs_no_memory_for_steps() {
        let mut series = Series::new();
        series.extend((1..=100).map(|step| (step, 0.5)));
        assert!(matches!(series.steps, Steps::Contiguous { first: 1 }));
        series.push(102, 0.5);
        assert!(matches!(series.steps, Steps::Listed(_)));
        assert_eq!((series.get(99), series.last()), (Some((100, 0.5)), Some((102, 0.5))));
    }

    #[test]
    fn an_empty_range_of_steps_and_odd_bounds_are_answered() {
        let mut series = Series::new();
        series.extend([(5, 1.0), (6, 2.0)]);
        let mut columns = vec![];
        for (range, count) in [((6.0, 5.0), 0), ((5.0, 5.0), 1), ((f64::NEG_INFINITY, f64::INFINITY), 1)] {
            series.columns(range, 10, &mut columns);
            assert_eq!(columns.len(), count, "{range:?}");
        }
    }
}
