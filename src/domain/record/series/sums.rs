//! Sums over ranges of a column in few steps, from the sums of each 16 values and of each 256.

use std::ops::Range;

/// Number of values in a block of the first level, and of blocks in one of the second.
const BLOCK: usize = 16;

/// The sums of complete blocks. NaN and infinities count as zero.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    of_16: Vec<f64>,
    of_256: Vec<f64>,
}

fn finite(values: &[f32]) -> f64 {
    values.iter().filter(|value| value.is_finite()).map(|&value| f64::from(value)).sum()
}

impl Sums {
    /// Updates the sums after a value was appended to `values`.
    pub fn grow(&mut self, values: &[f32]) {
        if values.len().is_multiple_of(BLOCK) {
            self.of_16.push(finite(&values[values.len() - BLOCK..]));
            if self.of_16.len().is_multiple_of(BLOCK) {
                self.of_256.push(self.of_16[self.of_16.len() - BLOCK..].iter().sum());
            }
        }
    }

    /// Drops the sums beyond the first `len` values.
    pub fn truncate(&mut self, len: usize) {
        self.of_16.truncate(len / BLOCK);
        self.of_256.truncate(len / (BLOCK * BLOCK));
    }

    /// Number of bytes of the sums, without room to grow.
    pub fn bytes(&self) -> usize {
        (self.of_16.len() + self.of_256.len()) * size_of::<f64>()
    }

    /// Number of bytes on the heap, with room that is set aside for growing.
    pub fn heap_bytes(&self) -> usize {
        (self.of_16.capacity() + self.of_256.capacity()) * size_of::<f64>()
    }

    /// Frees the memory that is set aside for growing.
    pub fn shrink_to_fit(&mut self) {
        self.of_16.shrink_to_fit();
        self.of_256.shrink_to_fit();
    }

    /// The sum of the finite values with an index in `range`.
    pub fn of(&self, values: &[f32], range: Range<usize>) -> f64 {
        let end = range.end.min(values.len());
        let start = range.start.min(end);
        let (from, to) = (start.div_ceil(BLOCK), end / BLOCK);
        if from >= to {
            return finite(&values[start..end]);
        }
        let edges = finite(&values[start..from * BLOCK]) + finite(&values[to * BLOCK..end]);
        let (first, last) = (from.div_ceil(BLOCK), to / BLOCK);
        let blocks: f64 = if first >= last {
            self.of_16[from..to].iter().sum()
        } else {
            let ends = self.of_16[from..first * BLOCK].iter().chain(&self.of_16[last * BLOCK..to]);
            ends.sum::<f64>() + self.of_256[first..last].iter().sum::<f64>()
        };
        edges + blocks
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::record::series::Column;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_sum_equals_a_scan(
            values in prop::collection::vec(prop_oneof![9 => -10.0_f32..10.0, 1 => Just(f32::NAN), 1 => Just(f32::INFINITY)], 0..1200),
            a in 0..1300_usize, b in 0..1300_usize, cut in 0..1300_usize,
        ) {
            let mut column = Column::new();
            column.extend(values.iter().copied());
            for len in [values.len(), cut.min(values.len())] {
                column.truncate(len);
                let (from, to) = (a.min(b).min(len), a.max(b).min(len));
                let scan: f64 = values[from..to].iter().filter(|x| x.is_finite()).map(|&x| f64::from(x)).sum();
                prop_assert!((column.range_sum(a.min(b)..a.max(b)) - scan).abs() < 1e-6);
            }
            column.extend(values.iter().copied());
            let all: f64 = column.values().iter().filter(|x| x.is_finite()).map(|&x| f64::from(x)).sum();
            prop_assert!((column.range_sum(0..usize::MAX) - all).abs() < 1e-6);
        }
    }
}
