//! Flat arrays of numbers on a device. Never here: their shapes, their meaning.

use burn::tensor::{Device, Tensor, TensorData};

/// A flat array on the device.
pub fn array(values: Vec<f32>, device: &Device) -> Tensor<1> {
    let length = values.len();
    Tensor::from_data(TensorData::new(values, [length]), device)
}

/// The `weights` as the leaves of a new graph, so that gradients can be asked for.
pub fn leaves(weights: &[Tensor<1>]) -> Vec<Tensor<1>> {
    weights.iter().map(|weight| weight.clone().autodiff().require_grad()).collect()
}
