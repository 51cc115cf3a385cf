//! A dense layer: its output, and the gradients by its weights and its input.

use crate::Shader;
use crate::product::{Finish, Order, Product};

/// A dense layer on a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dense {
    /// Number of samples.
    pub samples: usize,
    /// Number of inputs of a sample.
    pub inputs: usize,
    /// Number of units.
    pub units: usize,
    /// Whether a rectifier comes behind it.
    pub is_rectified: bool,
}

impl Dense {
    /// The outputs `[samples, units]`. Bindings: inputs `[samples, inputs]`, weights `[inputs, units]`, bias, outputs.
    pub fn forward(self) -> Shader {
        let Self { samples, inputs, units, is_rectified } = self;
        let product = Product { rows: samples, columns: units, depth: inputs, left: Order::ByDepth, right: Order::BySide };
        product.shader(Finish::Bias { is_rectified })
    }

    /// The gradients by the weights and the bias. Bindings: inputs, the gradient by the outputs before a rectifier, both results.
    pub fn by_weights(self) -> Shader {
        let Self { samples, inputs, units, .. } = self;
        let product = Product { rows: inputs, columns: units, depth: samples, left: Order::BySide, right: Order::BySide };
        product.shader(Finish::ColumnSums)
    }

    /// The gradient by the inputs. Bindings: the gradient by the outputs before a rectifier, weights, the result.
    pub fn by_input(self) -> Shader {
        let Self { samples, inputs, units, .. } = self;
        let product = Product { rows: samples, columns: inputs, depth: units, left: Order::ByDepth, right: Order::ByDepth };
        product.shader(Finish::Plain)
    }
}
