//! A probe of the network at one step: norms, updates, activations, histograms, layer by layer.
//!
//! The numbers come from the device as they are and are summarised here, on the host, in `f64` and exactly: every value
//! is counted, none is sampled. [`MonitorSpec`] has the settings. Never here: tensors.

mod histogram;
mod tally;

pub use histogram::{BINS_A_SIDE, Histogram, SMALLEST};

use crate::domain::model::LayerSpec;
use crate::domain::run::event::Step;
use serde::{Deserialize, Serialize};
use tally::Sums;

/// The monitors of a run: its probes and timings, and how often they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MonitorSpec {
    /// Number of batches from one probe to the next; 0: no probes.
    pub every: u32,
    /// Number of samples of the batch whose activations a probe takes in.
    pub activation_samples: u32,
    /// The most that watching may cost, in percent of the training's time: probes become rarer than
    /// [`MonitorSpec::every`] rather than cost more. 0: no limit, and the cost is not measured.
    pub watch_budget: f64,
    /// Number of batches from one synchronised sample to the next; 0: none. On a GPU such a batch is run phase by
    /// phase, with a wait for the device after each, to time its phases; rarer if it would take more than 1 % of the
    /// time. On the CPU the clock alone tells.
    pub sync_every: u32,
    /// Number of training samples that are evaluated at each epoch's end, like validation: `train_eval/…`; 0: none.
    pub train_subset: u32,
}

impl Default for MonitorSpec {
    fn default() -> Self {
        Self { every: 20, watch_budget: 5.0, sync_every: 200, ..Self::OFF }
    }
}

impl MonitorSpec {
    /// The settings under which nothing is watched.
    pub const OFF: Self = Self { every: 0, activation_samples: 16, watch_budget: 0.0, sync_every: 0, train_subset: 0 };
}

/// A summary of some values: moments, norm and histogram.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The mean; NaN if any value is.
    pub mean: f64,
    /// The standard deviation of the population.
    pub deviation: f64,
    /// The L2 norm: square root of the sum of squares.
    pub norm: f64,
    /// The histogram of sizes.
    pub histogram: Histogram,
}

impl Summary {
    /// The summary of `values`.
    pub fn of(values: &[f32]) -> Self {
        let Sums { sum, squares, histogram } = Sums::of(values);
        let count = values.len().max(1) as f64;
        let mean = sum / count;
        let mut variance = squares / count - mean * mean;
        // The difference of two large sums loses small deviations: then by a second pass.
        if variance < 1e-6 * mean * mean {
            variance = values.iter().map(|&x| (f64::from(x) - mean) * (f64::from(x) - mean)).sum::<f64>() / count;
        }
        Self { mean, deviation: variance.sqrt(), norm: squares.sqrt(), histogram }
    }
}

/// The probe of one array of weights in one update.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WeightProbe {
    /// The name of the array, such as `conv2d_1/kernel`.
    pub name: String,
    /// The weights before the update.
    pub weights: Summary,
    /// The gradient of the batch, before any clipping.
    pub gradient: Summary,
    /// The norm of the update over the norm of the weights; about 1e-3 is healthy. NaN while all weights are zero.
    pub update_ratio: f64,
}

impl WeightProbe {
    /// The probe of the array `name`: its weights `before` and `after` the update, and the `gradient`.
    pub fn of(name: String, before: &[f32], gradient: &[f32], after: &[f32]) -> Self {
        let weights = Summary::of(before);
        // A bias that is still all zero has no ratio.
        let update_ratio = if weights.norm > 0.0 { tally::distance(before, after) / weights.norm } else { f64::NAN };
        Self { name, weights, gradient: Summary::of(gradient), update_ratio }
    }
}

/// The probe of one layer's output for some samples of the batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivationProbe {
    /// The name of the layer, such as `relu_1`.
    pub name: String,
    /// The kind of layer: `relu`.
    pub kind: String,
    /// The summary of all output values.
    pub values: Summary,
    /// The share of units (of a dense layer) or channels (of an image) that were zero for every sample of the probe.
    pub dead: f64,
    /// The share of values at the ends of a bounded range: beyond ±0.99 of tanh, below 0.01 or above 0.99 of a sigmoid.
    /// Zero for unbounded layers.
    pub saturated: f64,
}

impl ActivationProbe {
    /// The probe of a layer's output: `values` hold sample after sample, each with `units` units or channels of equally
    /// many values in a row.
    pub fn of(name: &str, kind: &str, values: &[f32], samples: usize, units: usize) -> Self {
        let per_sample = (values.len() / samples.max(1)).max(1);
        let per_unit = (per_sample / units.max(1)).max(1);
        let mut alive = vec![false; units];
        for sample in values.chunks_exact(per_sample) {
            for (alive, of_unit) in alive.iter_mut().zip(sample.chunks_exact(per_unit)) {
                // Most units are found alive by their first values, and not looked at again.
                *alive = *alive || of_unit.iter().any(|&x| x != 0.0);
            }
        }
        let dead = alive.iter().filter(|&&alive| !alive).count() as f64 / units.max(1) as f64;
        let ends = LayerSpec::of_kind(kind).and_then(|layer| layer.flat_beyond());
        let count = ends.map_or(0, |(low, high)| values.iter().filter(|x| !(low..=high).contains(*x)).count());
        let saturated = count as f64 / values.len().max(1) as f64;
        Self { name: name.to_owned(), kind: kind.to_owned(), values: Summary::of(values), dead, saturated }
    }

    /// Whether [`ActivationProbe::dead`] means something: the layer is a rectifier.
    pub fn is_rectifier(&self) -> bool {
        LayerSpec::of_kind(&self.kind).is_some_and(|layer| layer.is_rectifier())
    }

    /// Whether [`ActivationProbe::saturated`] means something: the layer's range has ends.
    pub fn saturates(&self) -> bool {
        LayerSpec::of_kind(&self.kind).is_some_and(|layer| layer.saturates())
    }
}

/// A probe of the network at one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// The step of the probed update.
    pub step: Step,
    /// The probe of each array of weights, in the order of the layers.
    pub weights: Vec<WeightProbe>,
    /// The probe of each layer's output, the output layer last.
    pub activations: Vec<ActivationProbe>,
}

impl Probe {
    /// The norm of the whole gradient.
    pub fn gradient_norm(&self) -> f64 {
        self.weights.iter().map(|probe| probe.gradient.norm * probe.gradient.norm).sum::<f64>().sqrt()
    }

    /// The values that are recorded as series, with their names: `grad/norm`, `grad/norm/<weights>`,
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
            if probe.is_rectifier() {
                logs.push((format!("activation/dead/{}", probe.name), probe.dead));
            }
            if probe.saturates() {
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
                let bin = Histogram::of(&[value]).bins.iter().position(|&count| count == 1).expect("it is in a bin");
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
    fn only_a_rectifier_has_dead_units_whatever_its_kind_is_called() {
        let names = |kind: &str| {
            let activations = vec![ActivationProbe::of("x", kind, &[0.0, 1.0], 1, 2)];
            Probe { step: 1, weights: Vec::new(), activations }.logs().into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert!(names("relu").contains(&"activation/dead/x".to_owned()) && names("leaky_relu").contains(&"activation/dead/x".to_owned()));
        assert!(names("sigmoid").contains(&"activation/saturated/x".to_owned()));
        // A kind that a file names, and that is none of ours: a text search would find "relu" in it.
        assert_eq!(names("not_relu_at_all").len(), 3, "{:?}", names("not_relu_at_all"));
    }
}
