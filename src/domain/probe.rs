//! A look into the network at one step: norms, updates, activations, histograms, layer by layer.
//!
//! The numbers come from the device as they are and are summed up here, on the host, in `f64` and exactly: every value
//! is counted, none is sampled. What is looked at, and how often, is said by [`MonitorSpec`]. Never here: tensors.

use super::event::Step;
use serde::{Deserialize, Serialize};

/// What is watched while a run trains, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MonitorSpec {
    /// Look into the network every so many batches; 0: never.
    pub every: u32,
    /// Of how many samples of the batch the activations are looked at.
    pub activation_samples: u32,
}

impl Default for MonitorSpec {
    fn default() -> Self {
        Self { every: 20, activation_samples: 16 }
    }
}

impl MonitorSpec {
    /// Nothing is watched.
    pub const OFF: Self = Self { every: 0, activation_samples: 16 };

    /// Whether the batch of `step` is looked into: the first, and from then on every [`MonitorSpec::every`]th.
    pub fn is_due(&self, step: Step) -> bool {
        self.every > 0 && (step - 1).is_multiple_of(self.every)
    }
}

/// Bins of a histogram on either side of zero.
pub const BINS_A_SIDE: usize = 24;
/// Values below this, but not zero, are counted in the innermost bins.
pub const SMALLEST: f64 = 1e-8;
const LOG10_SMALLEST: f64 = -8.0;
/// Bins a decade.
const BINS_A_DECADE: f64 = 2.0;

/// How often values of each size occur, in declared bins: by sign, then half a decade a bin from 1e-8 to 1e4. Zeros,
/// NaN and infinities are counted for themselves. The bins never change, so histograms of all steps can be compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    /// `[negative, large to small …, positive, small to large …]`, [`BINS_A_SIDE`] each.
    pub bins: Vec<u32>,
    /// Exact zeros.
    pub zeros: u32,
    /// NaN.
    pub nans: u32,
    /// Plus or minus infinity.
    pub infinities: u32,
}

impl Histogram {
    /// The histogram of `values`.
    pub fn of(values: &[f32]) -> Self {
        let mut histogram = Self { bins: vec![0; 2 * BINS_A_SIDE], ..Self::default() };
        let edges = Self::edges();
        for &value in values {
            if value == 0.0 {
                histogram.zeros += 1;
            } else if value.is_nan() {
                histogram.nans += 1;
            } else if value.is_infinite() {
                histogram.infinities += 1;
            } else {
                histogram.bins[Self::bin(value, &edges)] += 1;
            }
        }
        histogram
    }

    /// The bin of a finite value that is not zero. What is larger than the last bin's range is counted in it.
    ///
    /// Guessed from the exponent's bits, then put right by the edges themselves: a logarithm for each of 200 000 weights
    /// and gradients would cost more than the batch that is looked into.
    fn bin(value: f32, edges: &[f64; BINS_A_SIDE + 1]) -> usize {
        let size = f64::from(value.abs());
        let power_of_two = f64::from((value.to_bits() >> 23 & 0xff) as i32 - 127);
        let guess = (power_of_two * std::f64::consts::LOG10_2 - LOG10_SMALLEST) * BINS_A_DECADE;
        let mut distance = (guess.max(0.0) as usize).min(BINS_A_SIDE - 1);
        while distance + 1 < BINS_A_SIDE && size >= edges[distance + 1] {
            distance += 1;
        }
        while distance > 0 && size < edges[distance] {
            distance -= 1;
        }
        if value < 0.0 { BINS_A_SIDE - 1 - distance } else { BINS_A_SIDE + distance }
    }

    /// The sizes at which bins begin, and where the last ends.
    fn edges() -> [f64; BINS_A_SIDE + 1] {
        std::array::from_fn(|steps| SMALLEST * libm::pow(10.0, steps as f64 / BINS_A_DECADE))
    }

    /// The range of sizes `|x|` that bin `index` counts: from, below.
    pub fn range(index: usize) -> (f64, f64) {
        let distance = if index < BINS_A_SIDE { BINS_A_SIDE - 1 - index } else { index - BINS_A_SIDE };
        let edges = Self::edges();
        (if distance == 0 { 0.0 } else { edges[distance] }, edges[distance + 1])
    }

    /// How many values were counted, of any kind.
    pub fn total(&self) -> u64 {
        let binned: u64 = self.bins.iter().map(|&count| u64::from(count)).sum();
        binned + u64::from(self.zeros) + u64::from(self.nans) + u64::from(self.infinities)
    }
}

/// Sums over some values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Mean; NaN if any value is.
    pub mean: f64,
    /// Standard deviation, of the population.
    pub deviation: f64,
    /// Square root of the sum of squares.
    pub norm: f64,
    /// How often each size occurs.
    pub histogram: Histogram,
}

impl Summary {
    /// The sums over `values`.
    pub fn of(values: &[f32]) -> Self {
        let count = values.len().max(1) as f64;
        let (sum, squares) = values.iter().fold((0.0, 0.0), |(sum, squares), &x| {
            let x = f64::from(x);
            (sum + x, squares + x * x)
        });
        let mean = sum / count;
        // Two passes: the difference of two large sums would lose small deviations.
        let spread: f64 = values.iter().map(|&x| (f64::from(x) - mean) * (f64::from(x) - mean)).sum();
        Self { mean, deviation: (spread / count).sqrt(), norm: squares.sqrt(), histogram: Histogram::of(values) }
    }
}

/// What one array of weights did in one update.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WeightProbe {
    /// `conv2d_1/kernel`.
    pub name: String,
    /// The weights before the update.
    pub weights: Summary,
    /// The gradient of the batch, before any clipping.
    pub gradient: Summary,
    /// Norm of the update over the norm of the weights; about 1e-3 is healthy. NaN while all weights are zero.
    pub update_ratio: f64,
}

/// What came out of one layer for some samples of the batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivationProbe {
    /// `relu_1`.
    pub name: String,
    /// The kind of layer: `relu`.
    pub kind: String,
    /// Everything that came out.
    pub values: Summary,
    /// Share of units (of a dense layer) or channels (of an image) that were zero for every sample looked at.
    pub dead: f64,
    /// Share of values at the ends of a bounded range: beyond ±0.99 of tanh, below 0.01 or above 0.99 of a sigmoid.
    /// Zero for unbounded layers.
    pub saturated: f64,
}

impl ActivationProbe {
    /// The probe of a layer's output for some samples: `values` sample after sample, `units` units or channels each of
    /// so many values in a row.
    pub fn of(name: &str, kind: &str, values: &[f32], samples: usize, units: usize) -> Self {
        let per_sample = values.len() / samples.max(1);
        let per_unit = (per_sample / units.max(1)).max(1);
        let is_dead = |unit: usize| {
            (0..samples).all(|sample| {
                let start = sample * per_sample + unit * per_unit;
                values[start..start + per_unit].iter().all(|&x| x == 0.0)
            })
        };
        let dead = (0..units).filter(|&unit| is_dead(unit)).count() as f64 / units.max(1) as f64;
        let at_the_end = |x: f32| match kind {
            "tanh" => x.abs() > 0.99,
            "sigmoid" => !(0.01..=0.99).contains(&x),
            _ => false,
        };
        let saturated = values.iter().filter(|&&x| at_the_end(x)).count() as f64 / values.len().max(1) as f64;
        Self { name: name.to_owned(), kind: kind.to_owned(), values: Summary::of(values), dead, saturated }
    }
}

/// A look into the network at one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// The step of the update that was watched.
    pub step: Step,
    /// Each array of weights, in the order of the layers.
    pub weights: Vec<WeightProbe>,
    /// Each layer's output, the output layer last.
    pub activations: Vec<ActivationProbe>,
}

impl Probe {
    /// Norm of the whole gradient.
    pub fn gradient_norm(&self) -> f64 {
        self.weights.iter().map(|probe| probe.gradient.norm * probe.gradient.norm).sum::<f64>().sqrt()
    }

    /// The values that are drawn as series, with their names: `grad/norm`, `grad/norm/<weights>`,
    /// `update_ratio/<weights>`, `weight/norm/<weights>`, `activation/{mean,deviation,dead,saturated}/<layer>`.
    pub fn logs(&self) -> Vec<(String, f64)> {
        let mut logs = vec![("grad/norm".to_owned(), self.gradient_norm())];
        for probe in &self.weights {
            logs.push((format!("grad/norm/{}", probe.name), probe.gradient.norm));
            logs.push((format!("update_ratio/{}", probe.name), probe.update_ratio));
            logs.push((format!("weight/norm/{}", probe.name), probe.weights.norm));
        }
        for probe in &self.activations {
            logs.push((format!("activation/mean/{}", probe.name), probe.values.mean));
            logs.push((format!("activation/deviation/{}", probe.name), probe.values.deviation));
            if probe.kind.contains("relu") {
                logs.push((format!("activation/dead/{}", probe.name), probe.dead));
            }
            if matches!(probe.kind.as_str(), "tanh" | "sigmoid") {
                logs.push((format!("activation/saturated/{}", probe.name), probe.saturated));
            }
        }
        logs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_value_is_counted_once_in_the_bin_that_says_so(values in proptest::collection::vec(any::<f32>(), 0..100)) {
            let histogram = Histogram::of(&values);
            prop_assert_eq!(histogram.total(), values.len() as u64);
            for value in values.into_iter().filter(|x| x.is_finite() && *x != 0.0) {
                let bin = Histogram::bin(value, &Histogram::edges());
                let (from, below) = Histogram::range(bin);
                let size = f64::from(value.abs());
                prop_assert_eq!(bin < BINS_A_SIDE, value < 0.0);
                prop_assert!(size >= from * (1.0 - 1e-9), "{} in {:?}", value, (from, below));
                let is_last = bin == 0 || bin == 2 * BINS_A_SIDE - 1;
                prop_assert!(is_last || size <= below * (1.0 + 1e-9), "{} in {:?}", value, (from, below));
            }
        }
    }

    #[test]
    fn special_values_are_counted_for_themselves() {
        let histogram = Histogram::of(&[0.0, -0.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1.0]);
        assert_eq!((histogram.zeros, histogram.nans, histogram.infinities), (2, 1, 2));
    }

    #[test]
    fn sums_are_the_definitions() {
        let sums = Summary::of(&[1.0, 2.0, 3.0, 6.0]);
        assert_eq!(sums.mean, 3.0);
        assert!((sums.deviation - 3.5_f64.sqrt()).abs() < 1e-12);
        assert!((sums.norm - 50.0_f64.sqrt()).abs() < 1e-12);
        assert!(Summary::of(&[1.0, f32::NAN]).mean.is_nan());
    }

    #[test]
    fn dead_units_are_those_that_are_zero_for_all_samples() {
        // Two samples, three units of two values each; the second unit is dead, the third only in the first sample.
        let values = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, /* */ 0.0, 2.0, 0.0, 0.0, 0.0, 1.0];
        let probe = ActivationProbe::of("relu_1", "relu", &values, 2, 3);
        assert!((probe.dead - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(probe.saturated, 0.0);
        assert_eq!(ActivationProbe::of("tanh_1", "tanh", &[0.999, -0.995, 0.5, 0.0], 1, 4).saturated, 0.5);
    }

    #[test]
    fn looks_at_the_first_batch_and_then_at_every_nth() {
        let monitors = MonitorSpec { every: 3, ..MonitorSpec::default() };
        assert_eq!((1..=8).filter(|&step| monitors.is_due(step)).collect::<Vec<_>>(), [1, 4, 7]);
        assert!(!MonitorSpec::OFF.is_due(1));
    }
}
