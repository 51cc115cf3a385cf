//! The arguments of operations: sides, weights and a bias, a step of an optimiser.

use crate::domain::run::config::OptimizerSpec;
use crate::domain::run::event::Step;
use burn::tensor::Tensor;

/// The sides of a convolution that its input and output do not tell.
#[derive(Clone, Copy, Debug)]
pub struct ConvShape {
    /// Number of filters.
    pub filters: usize,
    /// Side of the window.
    pub kernel: usize,
    /// The distance from one window to the next.
    pub stride: usize,
    /// Number of zeros around the input, on each side.
    pub padding: usize,
}

/// The weights and the bias of a layer, flat.
#[derive(Clone, Copy)]
pub struct Parameters<'a> {
    /// The weights.
    pub weights: &'a Tensor<1>,
    /// The bias, one a unit or filter.
    pub bias: &'a Tensor<1>,
}

/// A step of an optimiser.
#[derive(Clone, Copy, Debug)]
pub struct OptimizerStep<'a> {
    /// The method and its numbers.
    pub spec: &'a OptimizerSpec,
    /// The learning rate.
    pub rate: f64,
    /// The number of the step, from 1.
    pub number: Step,
}

impl OptimizerStep<'_> {
    /// Adam's two scalars of this step, into which its corrections are folded: the factor of the root of the mean of squares, and
    /// that of the step.
    pub fn adam_factors(&self, beta1: f64, beta2: f64) -> [f64; 2] {
        let correction = |beta: f64| 1.0 - beta.powf(f64::from(self.number));
        [1.0 / correction(beta2).sqrt(), self.rate / correction(beta1)]
    }

    /// The part of a weight that the decay of AdamW leaves; 1 for all others.
    pub fn kept(&self) -> f64 {
        match *self.spec {
            OptimizerSpec::AdamW { weight_decay, .. } => 1.0 - self.rate * weight_decay,
            _ => 1.0,
        }
    }
}
