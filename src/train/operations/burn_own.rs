//! Burn's own operations, on every device.

use super::shapes::{ConvShape, OptimizerStep, Parameters};
use crate::domain::run::config::OptimizerSpec;
use burn::tensor::module::{avg_pool2d as pool_by_mean, conv2d as convolution, linear, max_pool2d as pool_by_largest};
use burn::tensor::ops::{AvgPoolOptions, ConvOptions, MaxPoolOptions};
use burn::tensor::{Tensor, activation};

pub fn dense(x: Tensor<2>, Parameters { weights, bias }: Parameters, is_rectified: bool) -> Tensor<2> {
    let ([_, inputs], [units]) = (x.dims(), bias.dims());
    let y = linear(x, weights.clone().reshape([inputs, units]), Some(bias.clone()));
    if is_rectified { activation::relu(y) } else { y }
}

pub fn conv2d(x: Tensor<4>, Parameters { weights, bias }: Parameters, shape: ConvShape, is_rectified: bool) -> Tensor<4> {
    let ConvShape { filters, kernel, stride, padding } = shape;
    let weights = weights.clone().reshape([filters, x.dims()[1], kernel, kernel]);
    let options = ConvOptions::new([stride, stride], [padding, padding], [1, 1], 1);
    let y = convolution(x, weights, Some(bias.clone()), options);
    if is_rectified { activation::relu(y) } else { y }
}

pub fn max_pool2d(x: Tensor<4>, size: usize) -> Tensor<4> {
    pool_by_largest(x, MaxPoolOptions::new([size, size]))
}

pub fn avg_pool2d(x: Tensor<4>, size: usize) -> Tensor<4> {
    pool_by_mean(x, AvgPoolOptions::new([size, size]))
}

pub fn cross_entropy(outputs: Tensor<2>, targets: Tensor<2>, samples: usize) -> Tensor<1> {
    (activation::log_softmax(outputs, 1) * targets).sum().mul_scalar(-1.0 / samples as f32)
}

pub fn update(weight: Tensor<1>, gradient: Tensor<1>, state: &mut Vec<Tensor<1>>, step: OptimizerStep) -> Tensor<1> {
    let rate = step.rate;
    match *step.spec {
        OptimizerSpec::Sgd { momentum: 0.0, .. } => weight - gradient * rate,
        OptimizerSpec::Sgd { momentum, .. } => {
            let velocity = match state.pop() {
                Some(velocity) => velocity * momentum + gradient,
                None => gradient,
            };
            state.push(velocity.clone());
            weight - velocity * rate
        }
        OptimizerSpec::Adam { beta1, beta2, epsilon, .. } => weight - adam(state, gradient, [beta1, beta2, epsilon], step),
        OptimizerSpec::AdamW { beta1, beta2, epsilon, weight_decay, .. } => {
            let kept = weight * (1.0 - rate * weight_decay);
            kept - adam(state, gradient, [beta1, beta2, epsilon], step)
        }
        OptimizerSpec::Rmsprop { rho, epsilon, .. } => {
            let squares = running_mean(state.pop(), gradient.clone() * gradient.clone(), rho);
            state.push(squares.clone());
            weight - gradient / (squares.sqrt() + epsilon) * rate
        }
    }
}

fn running_mean(old: Option<Tensor<1>>, new: Tensor<1>, decay: f64) -> Tensor<1> {
    match old {
        Some(old) => old * decay + new * (1.0 - decay),
        None => new * (1.0 - decay),
    }
}

/// Adam's step, `lr * m' / (sqrt(v') + epsilon)` with bias-corrected means.
fn adam(state: &mut Vec<Tensor<1>>, gradient: Tensor<1>, [beta1, beta2, epsilon]: [f64; 3], step: OptimizerStep) -> Tensor<1> {
    let (second, first) = (state.pop(), state.pop());
    let first = running_mean(first, gradient.clone(), beta1);
    let second = running_mean(second, gradient.clone() * gradient, beta2);
    state.push(first.clone());
    state.push(second.clone());
    let [root, factor] = step.adam_factors(beta1, beta2);
    first / (second.sqrt() * root + epsilon) * factor
}
