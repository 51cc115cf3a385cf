//! Recorded curves: every value of every batch, kept whole, and drawn from a pyramid of minima and maxima.
//!
//! A chart a thousand pixels wide cannot show ten million batches one by one, but it must not hide a single spike. So a
//! [`Column`] keeps the extremes of its values on every scale, and a [`Series`] gives the extremes within each pixel
//! column exactly, in time that depends on the pixels and not on the points.
//!
//! Never here: thinned, averaged or otherwise altered values. A value comes back as it was pushed. How points are found is
//! in [`search`], what a chart draws of them in [`pixels`].

mod column;
mod pixels;
mod search;
mod steps;
mod sums;

pub use column::Column;
pub use pixels::PixelColumn;

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use steps::Steps;

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
        self.steps.push(self.len(), step);
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
        let len = self.steps.partition_point(0..self.len(), |found| found < step);
        if len < self.len() {
            self.lineage = Lineage::new();
        }
        self.column.truncate(len);
        self.steps.truncate(len);
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
        size_of::<Self>() + self.steps.heap_bytes() + self.column.heap_bytes()
    }

    /// Frees the memory that is set aside for growing, since the run has ended.
    pub fn shrink_to_fit(&mut self) {
        self.steps.shrink_to_fit();
        self.column.shrink_to_fit();
    }

    /// The point with index `index`: its step and its value.
    pub fn get(&self, index: usize) -> Option<(u32, f32)> {
        let &value = self.column.values().get(index)?;
        Some((self.steps.get(index), value))
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
        self.column.values().iter().enumerate().map(|(index, &value)| (self.steps.get(index), value))
    }

    /// The smallest and the largest finite value with an index in `range`; `None` if there is none.
    pub fn range_min_max(&self, range: Range<usize>) -> Option<(f32, f32)> {
        self.column.range_min_max(range)
    }

    /// Whether a value with an index in `range` is NaN or infinite.
    pub fn nonfinite_in(&self, range: Range<usize>) -> bool {
        self.column.nonfinite_in(range)
    }
}

#[cfg(test)]
mod tests;
