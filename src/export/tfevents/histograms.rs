//! The histograms of a look, as TensorBoard has them: buckets from left to right, with a bucket of its own for zero.
//!
//! The buckets are the declared bins of [`Histogram`](crate::domain::record::probe::Histogram), from the first that is used to the last, so counts are exact. NaN
//! and infinities have no place on the axis: where there are any they are scalars, `<tag>/nan` and `<tag>/infinite`.

use super::proto::{Histogram as HistogramProto, Value};
use super::tags::HISTOGRAMS;
use crate::domain::record::probe::{BINS_A_SIDE, Histogram, Probe, Summary};

/// The half width of zero's bucket: the smallest `f32` above zero is 1.4e-45.
const ZERO: f64 = 1e-50;

/// The histograms of every array and layer of `probe`, and the counts of values that are not finite.
pub fn of(probe: &Probe) -> Vec<Value> {
    let [weights, gradients, activations] = HISTOGRAMS;
    let mut values = Vec::new();
    let mut push = |tag: String, summary: &Summary| {
        for (what, count) in [("nan", summary.histogram.nans), ("infinite", summary.histogram.infinities)] {
            if count > 0 {
                values.push(Value { tag: format!("{tag}/{what}"), simple_value: Some(count as f32), histo: None });
            }
        }
        values.push(Value { tag, simple_value: None, histo: Some(proto(summary)) });
    };
    for array in &probe.weights {
        push(format!("{weights}/{}", array.name), &array.weights);
        push(format!("{gradients}/{}", array.name), &array.gradient);
    }
    for layer in &probe.activations {
        push(format!("{activations}/{}", layer.name), &layer.values);
    }
    values
}

/// The count, left end and right end of all bins, from left to right, zero's in the middle.
fn buckets(histogram: &Histogram) -> Vec<(f64, f64, f64)> {
    let count = |index: usize| f64::from(histogram.bins.get(index).copied().unwrap_or(0));
    let negative = (0..BINS_A_SIDE).map(|index| {
        let (from, below) = Histogram::range(index);
        (count(index), -below, -from.max(ZERO))
    });
    let positive = (BINS_A_SIDE..2 * BINS_A_SIDE).map(|index| {
        let (from, below) = Histogram::range(index);
        (count(index), from.max(ZERO), below)
    });
    negative.chain([(f64::from(histogram.zeros), -ZERO, ZERO)]).chain(positive).collect()
}

fn proto(summary: &Summary) -> HistogramProto {
    let buckets = buckets(&summary.histogram);
    let first = buckets.iter().position(|bucket| bucket.0 > 0.0).unwrap_or(BINS_A_SIDE);
    let last = buckets.iter().rposition(|bucket| bucket.0 > 0.0).unwrap_or(BINS_A_SIDE);
    let used = &buckets[first..=last];
    HistogramProto {
        min: used[0].1,
        max: used[used.len() - 1].2,
        num: used.iter().map(|bucket| bucket.0).sum(),
        sum: summary.mean * summary.histogram.total() as f64,
        sum_squares: summary.norm * summary.norm,
        bucket_limit: used.iter().map(|bucket| bucket.2).collect(),
        bucket: used.iter().map(|bucket| bucket.0).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_finite_value_is_in_the_bucket_that_holds_it(values in proptest::collection::vec(any::<f32>(), 0..200), zeros in 0_usize..9) {
            let values: Vec<f32> = values.into_iter().chain(std::iter::repeat_n(0.0, zeros)).collect();
            let proto = proto(&Summary::of(&values));
            prop_assert!(proto.bucket_limit.is_sorted_by(|a, b| a < b) && proto.min < proto.bucket_limit[0]);
            let finite = || values.iter().filter(|value| value.is_finite()).map(|value| f64::from(*value));
            prop_assert_eq!(proto.num, finite().count() as f64);
            let mut left = proto.min;
            for (index, (&right, &count)) in proto.bucket_limit.iter().zip(&proto.bucket).enumerate() {
                // What lies beyond the declared bins is counted in the outermost.
                let (low, high) = (if index == 0 { f64::MIN } else { left }, if index + 1 == proto.bucket.len() { f64::MAX } else { right });
                let inside = finite().filter(|&x| if x < 0.0 { x > low && x <= high || x == low && index == 0 } else { x >= low && x < high }).count();
                prop_assert!((inside as f64 - count).abs() < 0.5, "{}..{}: {} not {}", low, high, inside, count);
                left = right;
            }
        }
    }
}
