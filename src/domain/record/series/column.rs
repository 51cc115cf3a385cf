//! [`Column`]: values and a pyramid of their extremes.
//!
//! The pyramid keeps the smallest and the largest value of every 16 values, of every 256, and so on. With the sums it
//! costs 27 % more memory and amortised constant time to append, and answers for the extremes of any range in logarithmic
//! time.

use super::sums::Sums;
use std::ops::Range;

/// Number of entries of one level of the pyramid that one entry of the next level summarises.
const FAN_OUT: usize = 16;

/// The smallest and the largest finite value of a block; `min > max` says that it has none.
#[derive(Clone, Copy, Debug)]
struct Extent {
    min: f32,
    max: f32,
}

impl Extent {
    const EMPTY: Self = Self { min: f32::INFINITY, max: f32::NEG_INFINITY };

    fn with_value(self, value: f32) -> Self {
        if value.is_finite() { Self { min: self.min.min(value), max: self.max.max(value) } } else { self }
    }

    fn with(self, other: Self) -> Self {
        Self { min: self.min.min(other.min), max: self.max.max(other.max) }
    }
}

/// An append-only column of values that knows the extremes of any range without scanning it.
#[derive(Clone, Debug, Default)]
pub struct Column {
    values: Vec<f32>,
    /// `levels[k]` has one entry for each *complete* block of `FAN_OUT.pow(k + 1)` values.
    levels: Vec<Vec<Extent>>,
    /// Indices of values that are NaN or infinite. A list and not a flag per block: such values are rare, and a chart
    /// marks their exact places.
    nonfinite: Vec<u32>,
    sums: Sums,
}

impl Column {
    /// An empty column.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty column with room for so many values: appending them moves nothing.
    pub fn with_capacity(values: usize) -> Self {
        let mut column = Self { values: Vec::with_capacity(values), ..Self::default() };
        let mut entries = values / FAN_OUT;
        while entries > 0 {
            column.levels.push(Vec::with_capacity(entries));
            entries /= FAN_OUT;
        }
        column
    }

    /// Appends one value, in amortised constant time.
    pub fn push(&mut self, value: f32) {
        if !value.is_finite() {
            self.nonfinite.push(self.values.len() as u32);
        }
        self.values.push(value);
        self.sums.grow(&self.values);
        if self.values.len().is_multiple_of(FAN_OUT) {
            let block = &self.values[self.values.len() - FAN_OUT..];
            self.push_extent(block.iter().fold(Extent::EMPTY, |extent, &value| extent.with_value(value)));
        }
    }

    /// Appends the extent of a block that has just become complete, and those of the larger blocks that it completes.
    fn push_extent(&mut self, mut extent: Extent) {
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            let entries = &mut self.levels[level];
            entries.push(extent);
            if !entries.len().is_multiple_of(FAN_OUT) {
                return;
            }
            extent = entries[entries.len() - FAN_OUT..].iter().fold(Extent::EMPTY, |sum, &entry| sum.with(entry));
        }
    }

    /// Appends many values.
    pub fn extend(&mut self, values: impl IntoIterator<Item = f32>) {
        values.into_iter().for_each(|value| self.push(value));
    }

    /// Drops every value from index `len` on.
    pub fn truncate(&mut self, len: usize) {
        self.values.truncate(len);
        let mut complete = self.values.len();
        for entries in &mut self.levels {
            complete /= FAN_OUT;
            entries.truncate(complete);
        }
        self.sums.truncate(len);
        self.nonfinite.truncate(self.nonfinite.partition_point(|&index| (index as usize) < len));
    }

    /// Number of bytes on the heap, with room that is set aside for growing.
    pub(super) fn heap_bytes(&self) -> usize {
        let levels: usize = self.levels.iter().map(|entries| entries.capacity() * size_of::<Extent>()).sum();
        let lists = self.levels.capacity() * size_of::<Vec<Extent>>() + self.nonfinite.capacity() * size_of::<u32>();
        self.values.capacity() * size_of::<f32>() + levels + lists + self.sums.heap_bytes()
    }

    /// Frees the memory that is set aside for growing.
    pub(super) fn shrink_to_fit(&mut self) {
        self.values.shrink_to_fit();
        self.levels.iter_mut().for_each(Vec::shrink_to_fit);
        self.levels.shrink_to_fit();
        self.nonfinite.shrink_to_fit();
        self.sums.shrink_to_fit();
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no value yet.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Number of bytes of values, pyramid and sums, without room to grow.
    pub fn bytes(&self) -> usize {
        let extents: usize = self.levels.iter().map(Vec::len).sum();
        let marks = self.nonfinite.len() * size_of::<u32>() + self.sums.bytes();
        self.values.len() * size_of::<f32>() + extents * size_of::<Extent>() + marks
    }

    /// Every value, in order.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The smallest and the largest finite value with an index in `range`; `None` if there is none.
    pub fn range_min_max(&self, range: Range<usize>) -> Option<(f32, f32)> {
        let mut end = range.end.min(self.values.len());
        let mut start = range.start.min(end);
        let (head, tail) = unaligned(start, end);
        let values = self.values[head].iter().chain(&self.values[tail]);
        let mut extent = values.fold(Extent::EMPTY, |extent, &value| extent.with_value(value));
        for entries in &self.levels {
            (start, end) = (start.div_ceil(FAN_OUT), end / FAN_OUT);
            if start >= end {
                break;
            }
            let (head, tail) = unaligned(start, end);
            extent = entries[head].iter().chain(&entries[tail]).fold(extent, |sum, &entry| sum.with(entry));
        }
        (extent.min <= extent.max).then_some((extent.min, extent.max))
    }

    /// The sum of the finite values with an index in `range`.
    pub fn range_sum(&self, range: Range<usize>) -> f64 {
        self.sums.of(&self.values, range)
    }

    /// The indices within `range` whose values are NaN or infinite, in order.
    pub fn nonfinite_indices(&self, range: Range<usize>) -> &[u32] {
        let start = self.nonfinite.partition_point(|&index| (index as usize) < range.start);
        let end = self.nonfinite.partition_point(|&index| (index as usize) < range.end);
        &self.nonfinite[start..end.max(start)]
    }

    /// Whether a value with an index in `range` is NaN or infinite.
    pub fn nonfinite_in(&self, range: Range<usize>) -> bool {
        !self.nonfinite_indices(range).is_empty()
    }

    /// Numbers of finite values with an index in `range` that are smaller than `low` and larger than `high`. Blocks
    /// within the bounds are passed over at once. After `budget` looks at values or blocks it gives up: `None`.
    pub fn count_beyond(&self, range: Range<usize>, (low, high): (f32, f32), mut budget: usize) -> Option<(usize, usize)> {
        let (mut below, mut above) = (0, 0);
        let end = range.end.min(self.values.len());
        let mut at = range.start;
        while at < end {
            budget = budget.checked_sub(1)?;
            // The largest block that begins here and has nothing to count.
            let mut passed = 0;
            let mut size = FAN_OUT;
            for entries in &self.levels {
                let within = |extent: &Extent| extent.min >= low && extent.max <= high;
                if !at.is_multiple_of(size) || at + size > end || !entries.get(at / size).is_some_and(|e| within(e) || e.min > e.max) {
                    break;
                }
                passed = size;
                size *= FAN_OUT;
            }
            if passed == 0 {
                let value = self.values[at];
                below += usize::from(value.is_finite() && value < low);
                above += usize::from(value.is_finite() && value > high);
                passed = 1;
            }
            at += passed;
        }
        Some((below, above))
    }

    /// The index of the first smallest finite value.
    pub fn index_of_min(&self) -> Option<usize> {
        let (min, _) = self.range_min_max(0..self.len())?;
        self.first_index(min, |extent| extent.min)
    }

    /// The index of the first largest finite value.
    pub fn index_of_max(&self) -> Option<usize> {
        let (_, max) = self.range_min_max(0..self.len())?;
        self.first_index(max, |extent| extent.max)
    }

    /// The first index of `value`, an extreme of the whole column: a scan of the lowest level, then of one block.
    fn first_index(&self, value: f32, side: fn(&Extent) -> f32) -> Option<usize> {
        let blocks = self.levels.first().map_or(&[][..], Vec::as_slice);
        let block = blocks.iter().position(|extent| side(extent) == value).unwrap_or(blocks.len());
        let start = block * FAN_OUT;
        self.values[start..].iter().position(|&found| found == value).map(|offset| start + offset)
    }
}

/// The parts of `start..end` before the first and after the last whole block, which the next level does not cover.
/// Where no whole block fits, that is all of it.
fn unaligned(start: usize, end: usize) -> (Range<usize>, Range<usize>) {
    let (first_block, last_block) = (start.next_multiple_of(FAN_OUT), end / FAN_OUT * FAN_OUT);
    if first_block >= last_block { (start..end, end..end) } else { (start..first_block, last_block..end) }
}
