//! Sums and histogram of many values in one pass. A probe goes over every weight, gradient and activation, 200 000 of
//! them for the MLP, while a batch of it takes 3 ms: this is the only place of the domain where each nanosecond counts.
//!
//! A value's bin is found by its bits: positive floats are ordered like their bits, so the upper bits of a value name a
//! cell of a table, and at most one comparison tells on which side of a bin's edge within the cell it lies. No
//! logarithm, no branch, and exact.

use super::histogram::{BINS_A_SIDE, Histogram};
use std::sync::OnceLock;

/// Number of values that are worked on side by side, so that no addition waits for the one before.
const LANES: usize = 4;
/// The shift that leaves a cell's number: the exponent's bits and four of the fraction.
const CELL_SHIFT: u32 = 19;
const CELLS: usize = 1 << (31 - CELL_SHIFT);
/// Number of slots of one sign: zero, the bins from small to large, infinity, NaN; a power of two.
const SLOTS: usize = 32;
const ZERO: usize = 0;
const INFINITE: usize = BINS_A_SIDE + 1;
const NAN: usize = BINS_A_SIDE + 2;
const _: () = assert!(NAN < SLOTS);

/// The table from a value's upper bits to its slot.
struct Cells {
    /// The slot at the cell's lower end.
    slot: [u8; CELLS],
    /// The bits from which on the value belongs to the next slot.
    edge: [u32; CELLS],
}

impl Cells {
    fn get() -> &'static Self {
        static CELLS_ONCE: OnceLock<Box<Cells>> = OnceLock::new();
        CELLS_ONCE.get_or_init(|| Box::new(Self::new()))
    }

    fn new() -> Self {
        // The smallest bits of each slot but the first.
        let mut edges = vec![1_u32];
        edges.extend(Histogram::edges()[1..BINS_A_SIDE].iter().map(|&edge| {
            let rounded = edge as f32;
            if f64::from(rounded) < edge { rounded.next_up().to_bits() } else { rounded.to_bits() }
        }));
        edges.extend([f32::INFINITY.to_bits(), f32::INFINITY.to_bits() + 1]);
        let mut cells = Self { slot: [0; CELLS], edge: [u32::MAX; CELLS] };
        for cell in 0..CELLS {
            let (from, below) = ((cell as u32) << CELL_SHIFT, (cell as u64 + 1) << CELL_SHIFT);
            let passed = edges.partition_point(|&edge| edge <= from);
            cells.slot[cell] = passed as u8;
            if let Some(&edge) = edges.get(passed).filter(|&&edge| u64::from(edge) < below) {
                cells.edge[cell] = edge;
            }
        }
        cells
    }

    /// The index of a value's counter: sign, then slot.
    #[inline(always)]
    fn counter(&self, value: f32) -> usize {
        let bits = value.to_bits();
        let size = bits & 0x7fff_ffff;
        let cell = (size >> CELL_SHIFT) as usize;
        let slot = usize::from(self.slot[cell]) + usize::from(size >= self.edge[cell]);
        ((bits >> 31) as usize * SLOTS) | slot
    }
}

/// The sums of one pass.
pub struct Sums {
    /// The sum of the values.
    pub sum: f64,
    /// The sum of their squares.
    pub squares: f64,
    /// The histogram of sizes.
    pub histogram: Histogram,
}

impl Sums {
    /// Sums and histogram of `values`.
    pub fn of(values: &[f32]) -> Self {
        let cells = Cells::get();
        let (mut sums, mut squares) = ([0.0_f64; LANES], [0.0_f64; LANES]);
        // Counters of their own for each lane: neighbours often fall into one bin, and would wait for each other.
        let mut counts = [[0_u32; 2 * SLOTS]; LANES];
        let (chunks, rest) = values.as_chunks::<LANES>();
        for chunk in chunks {
            for lane in 0..LANES {
                let x = f64::from(chunk[lane]);
                sums[lane] += x;
                squares[lane] += x * x;
            }
            for lane in 0..LANES {
                counts[lane][cells.counter(chunk[lane]) % (2 * SLOTS)] += 1;
            }
        }
        for &value in rest {
            sums[0] += f64::from(value);
            squares[0] += f64::from(value) * f64::from(value);
            counts[0][cells.counter(value) % (2 * SLOTS)] += 1;
        }
        let count = |sign: usize, slot: usize| counts.iter().map(|lane| lane[sign * SLOTS + slot]).sum::<u32>();
        let both = |slot: usize| count(0, slot) + count(1, slot);
        let negative = (1..=BINS_A_SIDE).rev().map(|slot| count(1, slot));
        let bins = negative.chain((1..=BINS_A_SIDE).map(|slot| count(0, slot))).collect();
        let histogram = Histogram { bins, zeros: both(ZERO), nans: both(NAN), infinities: both(INFINITE) };
        Self { sum: sums.iter().sum(), squares: squares.iter().sum(), histogram }
    }
}

impl Histogram {
    /// The histogram of `values`.
    pub fn of(values: &[f32]) -> Self {
        Sums::of(values).histogram
    }
}

/// The L2 distance of two arrays.
pub fn distance(a: &[f32], b: &[f32]) -> f64 {
    let mut squares = [0.0_f64; LANES];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let square = |a: f32, b: f32| {
        let by = f64::from(b) - f64::from(a);
        by * by
    };
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            squares[lane] += square(a[lane], b[lane]);
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(&a, &b)| square(a, b)).sum();
    (squares.iter().sum::<f64>() + rest).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::probe::Summary;
    use proptest::prelude::*;

    /// The bin by its definition.
    fn slot_by_the_edges(value: f32) -> usize {
        let size = f64::from(value.abs());
        match value {
            _ if value.is_nan() => NAN,
            _ if value.is_infinite() => INFINITE,
            _ if value == 0.0 => ZERO,
            _ => Histogram::edges()[1..BINS_A_SIDE].partition_point(|&edge| edge <= size) + 1,
        }
    }

    #[test]
    fn edges_and_their_neighbours_are_counted_on_their_own_side() {
        let cells = Cells::get();
        for edge in Histogram::edges() {
            let near = edge as f32;
            for value in [near.next_down(), near, near.next_up()] {
                assert_eq!(cells.counter(value), slot_by_the_edges(value), "{value:e}");
                assert_eq!(cells.counter(-value), SLOTS + slot_by_the_edges(value), "-{value:e}");
            }
        }
        for value in [0.0, f32::MIN_POSITIVE, f32::from_bits(1), f32::MAX, f32::INFINITY, f32::NAN] {
            assert_eq!(cells.counter(value) % SLOTS, slot_by_the_edges(value), "{value}");
        }
    }

    proptest! {
        #[test]
        fn any_value_is_in_the_bin_of_the_definition(bits: u32) {
            let value = f32::from_bits(bits);
            prop_assert_eq!(Cells::get().counter(value) % SLOTS, slot_by_the_edges(value));
        }

        #[test]
        fn one_pass_equals_two(values in prop::collection::vec(-1e3_f32..1e3, 1..300), offset in -1e5_f32..1e5) {
            let values: Vec<f32> = values.iter().map(|x| x + offset).collect();
            let count = values.len() as f64;
            let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
            let variance = values.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / count;
            let summary = Summary::of(&values);
            prop_assert!((summary.mean - mean).abs() <= 1e-12 * mean.abs() + 1e-12);
            prop_assert!((summary.deviation - variance.sqrt()).abs() <= 1e-6 * variance.sqrt() + 1e-9);
            let after: Vec<f32> = values.iter().rev().copied().collect();
            let by = values.iter().zip(&after).map(|(&a, &b)| (f64::from(b) - f64::from(a)).powi(2)).sum::<f64>().sqrt();
            prop_assert!((distance(&values, &after) - by).abs() <= 1e-9 * by);
        }
    }
}
