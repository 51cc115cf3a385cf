//! The distribution of times: mean and quantiles of millions of values in a few kilobytes.
//!
//! Values are counted in bins that are 1/128 of a power of two wide, so a quantile is right to within 0.4 % of itself,
//! however many values there are; count, sum and the largest are exact.

/// Bits of a positive `f32` that name its bin: the exponent and seven bits after it.
const SHIFT: u32 = 16;

/// Counts of values by size. Negative values and NaN are counted as zero: times are neither.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spread {
    count: u64,
    sum: f64,
    largest: f32,
    zeros: u64,
    /// The bin of `bins[0]`.
    first: u32,
    bins: Vec<u32>,
}

impl Spread {
    /// Adds a value.
    pub fn push(&mut self, value: f32) {
        self.count += 1;
        if value.is_nan() || value <= 0.0 {
            self.zeros += 1;
            return;
        }
        self.sum += f64::from(value);
        self.largest = self.largest.max(value);
        let bin = value.to_bits() >> SHIFT;
        if self.bins.is_empty() {
            self.first = bin;
        }
        if bin < self.first {
            let missing = (self.first - bin) as usize;
            self.bins.splice(0..0, std::iter::repeat_n(0, missing));
            self.first = bin;
        }
        let index = (bin - self.first) as usize;
        if index >= self.bins.len() {
            self.bins.resize(index + 1, 0);
        }
        self.bins[index] += 1;
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The sum of the values.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// The mean of the values; NaN without any.
    pub fn mean(&self) -> f64 {
        self.sum / self.count as f64
    }

    /// The largest value.
    pub fn largest(&self) -> f32 {
        self.largest
    }

    /// The quantile at `share` (0 the smallest, 1 the largest), as the middle of its bin; NaN without any values.
    pub fn quantile(&self, share: f64) -> f64 {
        let Some(last) = self.count.checked_sub(1) else { return f64::NAN };
        let rank = (share.clamp(0.0, 1.0) * last as f64).round() as u64;
        let mut passed = self.zeros;
        if rank < passed {
            return 0.0;
        }
        for (index, &count) in self.bins.iter().enumerate() {
            passed += u64::from(count);
            if rank < passed {
                let middle = (self.first + index as u32) << SHIFT | 1 << (SHIFT - 1);
                return f64::from(f32::from_bits(middle));
            }
        }
        f64::from(self.largest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn quantiles_are_those_of_all_values_to_within_half_a_percent(
            values in prop::collection::vec(prop_oneof![9 => (-4.0_f32..4.0).prop_map(|power| 10_f32.powf(power)), 1 => Just(0.0_f32)], 1..400),
            share in 0.0_f64..=1.0,
        ) {
            let mut spread = Spread::default();
            values.iter().for_each(|&value| spread.push(value));
            let mut sorted = values.clone();
            sorted.sort_by(f32::total_cmp);
            let exact = f64::from(sorted[(share * (sorted.len() - 1) as f64).round() as usize]);
            let found = spread.quantile(share);
            prop_assert!((found - exact).abs() <= 0.004 * exact, "{} instead of {}", found, exact);
            prop_assert_eq!(spread.count(), values.len() as u64);
            prop_assert_eq!(spread.largest(), sorted[sorted.len() - 1]);
            let sum: f64 = values.iter().map(|&value| f64::from(value)).sum();
            prop_assert!((spread.sum() - sum).abs() <= 1e-9 * sum.max(1.0));
        }
    }

    #[test]
    fn nothing_has_no_mean_and_nan_counts_as_nothing() {
        assert!(Spread::default().mean().is_nan() && Spread::default().quantile(0.5).is_nan());
        let mut spread = Spread::default();
        [f32::NAN, -1.0, 3.0].into_iter().for_each(|value| spread.push(value));
        assert_eq!((spread.quantile(0.0), spread.count(), spread.sum()), (0.0, 3, 3.0));
    }
}
