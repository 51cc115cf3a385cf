//! Draws the first weights of a model from a seed, on the host: the same weights on every device.
//!
//! A device's own generator differs between backends, so curves on the CPU and on the GPU could never be compared.

use crate::domain::model::{Init, ModelPlan};
use crate::domain::rng::Rng;

/// The first values of every array of weights, in the order of [`ModelPlan::params`].
///
/// Each array has a random stream of its own, named after it: adding a layer changes no other layer's weights.
pub fn initial_weights(plan: &ModelPlan, seed: u64) -> Vec<Vec<f32>> {
    plan.params()
        .map(|param| match param.init {
            Init::Zeros => vec![0.0; param.len()],
            Init::Ones => vec![1.0; param.len()],
            Init::GlorotUniform { fan_in, fan_out } => {
                let limit = (6.0 / (fan_in + fan_out) as f64).sqrt();
                let mut rng = Rng::new(seed, &param.name);
                (0..param.len()).map(|_| rng.range(-limit, limit) as f32).collect()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::data::SampleShape;
    use crate::domain::model::{LayerSpec, Loss, ModelSpec};

    #[test]
    fn weights_follow_the_seed_and_stay_within_glorots_limit() {
        let spec = ModelSpec { layers: vec![LayerSpec::Dense { units: 30 }, LayerSpec::BatchNorm] };
        let plan = spec.plan(SampleShape::Vector(20), 3, Loss::CrossEntropy).unwrap();
        let weights = initial_weights(&plan, 1);
        assert_eq!(weights, initial_weights(&plan, 1));
        assert_ne!(weights, initial_weights(&plan, 2));
        let limit = (6.0_f32 / 50.0).sqrt();
        assert_eq!(weights[0].len(), 600);
        assert!(weights[0].iter().all(|w| w.abs() <= limit));
        assert!(weights[0].iter().any(|w| w.abs() > 0.9 * limit), "the whole range is used");
        assert!(weights[1].iter().all(|&b| b == 0.0));
        assert!(weights[2].iter().all(|&gamma| gamma == 1.0));
    }

    /// Numbers of `tests/reference/random_streams.py`.
    #[test]
    fn the_first_weights_of_a_seed_never_change() {
        let spec = ModelSpec { layers: vec![LayerSpec::Dense { units: 30 }] };
        let plan = spec.plan(SampleShape::Vector(20), 3, Loss::CrossEntropy).unwrap();
        assert_eq!(initial_weights(&plan, 7)[0][..4], [0.27947578, 0.016002433, 0.0043434496, 0.2929094]);
    }
}
