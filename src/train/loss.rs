//! The loss and the factor of gradient clipping, as the device computes them. Never here: gradients themselves.

use super::operations::Operations;
use crate::domain::model::{Loss, ModelPlan};
use burn::tensor::{Tensor, activation};

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

/// The mean loss over a batch, on the device: the values of [`judge`](crate::domain::metrics::judge), by
/// formulas whose automatic derivatives are right everywhere.
pub fn batch_loss(outputs: Tensor<2>, targets: Tensor<2>, loss: Loss, operations: Operations) -> Tensor<1> {
    let samples = outputs.dims()[0] as f32;
    match loss {
        Loss::CrossEntropy => operations.cross_entropy(outputs, targets),
        Loss::BinaryCrossEntropy => {
            // `softplus(x)` for a label of 0, `softplus(-x)` for a label of 1: smooth, so its gradient, `sigmoid(x) - label`, is
            // right at every output. The usual `relu(x) - x * label + log1p(exp(-|x|))` has the same value, but two kinks
            // at 0 that cancel out, of which automatic differentiation sees neither: it gives `-label` there.
            let signs = targets * -2.0 + 1.0;
            activation::softplus(outputs * signs, 1.0).sum().div_scalar(samples)
        }
    }
}

/// The targets of samples with `labels`, one row a sample, and the width of a row: for cross-entropy 1 at the class, 0
/// elsewhere; for binary cross-entropy the label itself.
pub fn targets(plan: &ModelPlan, labels: &[u32]) -> (Vec<f32>, usize) {
    let width = plan.loss.outputs(plan.classes);
    let mut rows = vec![0.0_f32; labels.len() * width];
    for (row, &label) in labels.iter().enumerate() {
        match plan.loss {
            Loss::CrossEntropy => rows[row * width + label as usize] = 1.0,
            Loss::BinaryCrossEntropy => rows[row] = label as f32,
        }
    }
    (rows, width)
}
