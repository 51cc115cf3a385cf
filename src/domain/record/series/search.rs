//! Searches in a series: the points at, before, next to and within places, without a scan. Never here: their values.

use super::Series;
use std::ops::Range;

impl Series {
    /// The index of the last point at or before `step`.
    pub fn index_at_or_before(&self, step: u32) -> Option<usize> {
        self.steps.partition_point(0..self.len(), |found| found <= step).checked_sub(1)
    }

    /// The index of the point nearest to `step`, the earlier one of two equally near.
    pub fn nearest(&self, step: f64) -> Option<usize> {
        self.nearest_by(step, f64::from)
    }

    /// The index of the point nearest to the place `at`, where `place` maps a step to its place and must never fall. Of
    /// several points at one place the last, of two equally near ones the earlier.
    pub fn nearest_by(&self, at: f64, place: impl Fn(u32) -> f64) -> Option<usize> {
        let after = self.steps.partition_point(0..self.len(), |found| place(found) <= at);
        let distance = |index: usize| (place(self.steps.get(index)) - at).abs();
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
        let start = self.steps.partition_point(0..self.len(), |step| place(step) < from);
        let end = self.steps.partition_point(start..self.len(), |step| place(step) <= to);
        start..end
    }
}
