//! The loss and the factor of gradient clipping, as the device computes them. Never here: gradients themselves.

use super::operations::Operations;
use crate::domain::model::{Loss, ModelPlan};
use burn::tensor::{Tensor, activation};
use std::f64::consts::LN_2;

/// The factor for all gradients so that their common norm is at most `norm`: `min(1, norm / |g|)`. It stays on the
/// device, nothing waits for it.
pub fn clip_factor(gradients: &[Option<Tensor<1>>], norm: f64) -> Tensor<1> {
    let squares = gradients.iter().flatten().map(|gradient| (gradient.clone() * gradient.clone()).sum());
    match squares.reduce(|a, b| a + b) {
        // The tiny addend keeps a gradient of zero from a division by zero.
        Some(sum) => (sum.sqrt() + 1e-12).recip().mul_scalar(norm).clamp_max(1.0),
        None => unreachable!("a model has an output layer, and that has weights"),
    }
}

/// The targets of a batch on the device, see [`targets`].
#[derive(Clone)]
pub struct Wanted {
    /// The targets, a row for each output; those of rows that only fill the batch up are zero, which takes them out of the loss.
    pub rows: Tensor<2>,
    /// Number of samples, without what fills the batch up.
    pub samples: usize,
    /// Number of samples that the mean is over: as many, or those of the batch that this is a shard of.
    pub of: usize,
}

/// The sum of the losses of a batch's samples over the number that its mean is over, on the device: the values of [`judge`](crate::domain::metrics::judge), by
/// formulas whose automatic derivatives are right everywhere.
pub fn batch_loss(outputs: Tensor<2>, wanted: Wanted, loss: Loss, operations: Operations) -> Tensor<1> {
    let Wanted { rows, samples, of } = wanted;
    match loss {
        Loss::CrossEntropy => operations.cross_entropy(outputs, rows, of),
        Loss::BinaryCrossEntropy => {
            // `softplus(x)` for a label of 0, `softplus(-x)` for a label of 1: smooth, so its gradient, `sigmoid(x) - label`, is
            // right at every output. The usual `relu(x) - x * label + log1p(exp(-|x|))` has the same value, but two kinks
            // at 0 that cancel out, of which automatic differentiation sees neither: it gives `-label` there. The rows are the
            // signs; where one is zero, a row only fills the batch up and adds `softplus(0)`.
            let filled = (rows.dims()[0] - samples) as f64 * LN_2;
            (activation::softplus(outputs * rows, 1.0).sum() - filled).div_scalar(of as f32)
        }
    }
}

/// The targets of samples with `labels`, one row a sample, and the width of a row: for cross-entropy 1 at the class, 0
/// elsewhere; for binary cross-entropy the sign of what adds to the loss, 1 for a label of 0 and -1 for a label of 1. Of `rows`
/// rows those behind the samples are zero.
pub fn targets(plan: &ModelPlan, labels: &[u32], rows: usize) -> (Vec<f32>, usize) {
    let width = plan.loss.outputs(plan.classes);
    let mut rows = vec![0.0_f32; rows * width];
    for (row, &label) in labels.iter().enumerate() {
        match plan.loss {
            Loss::CrossEntropy => rows[row * width + label as usize] = 1.0,
            Loss::BinaryCrossEntropy => rows[row] = 1.0 - 2.0 * label as f32,
        }
    }
    (rows, width)
}
