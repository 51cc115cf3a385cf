//! A layer with weights and a bias, on slices, with or without a rectifier behind it; what dense layers and convolutions share.

use crate::before_relu;
use std::borrow::Cow;

/// The gradients of a layer with weights.
#[derive(Clone, Debug, Default)]
pub struct Gradients {
    /// The gradient by the layer's input, where it was asked for.
    pub input: Option<Vec<f32>>,
    /// The gradient by the weights.
    pub weights: Vec<f32>,
    /// The gradient by the bias.
    pub bias: Vec<f32>,
}

/// A layer with weights and a bias.
pub trait Layer {
    /// The outputs, sample after sample.
    fn forward(&self, x: &[f32], weights: &[f32], bias: &[f32]) -> Vec<f32>;

    /// The gradients from that by the output, with the outputs `y` as [`Layer::forward`] gave them; by the input only where it
    /// `wants_input`.
    fn backward(&self, x: &[f32], weights: &[f32], y: &[f32], gradient: &[f32], wants_input: bool) -> Gradients;

    /// The shape of the input, one dimension after the other, samples first.
    fn input(&self) -> Vec<usize>;
}

/// The gradient before the rectifier of a layer with outputs `y`: the one behind it where the layer is not rectified.
pub(crate) fn before_rectifier<'a>(is_rectified: bool, gradient: &'a [f32], y: &[f32]) -> Cow<'a, [f32]> {
    if is_rectified {
        Cow::Owned(gradient.iter().zip(y).map(|(&gradient, &y)| before_relu(gradient, y)).collect())
    } else {
        Cow::Borrowed(gradient)
    }
}
