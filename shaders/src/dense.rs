//! A dense layer: its output, and the gradients by its weights and its input.

use crate::Shader;
use crate::product::{Finish, Order, Product};
use emberscope_kernels::dense::Dense;

/// The outputs `[samples, units]`. Bindings: inputs `[samples, inputs]`, weights `[inputs, units]`, bias, outputs.
pub fn forward(dense: Dense) -> Shader {
    let Dense { samples, inputs, units, is_rectified } = dense;
    let product = Product { rows: samples, columns: units, depth: inputs, left: Order::ByDepth, right: Order::BySide };
    product.shader(Finish::Bias { is_rectified })
}

/// The gradients by the weights and the bias. Bindings: inputs, the gradient by the outputs before a rectifier, both results.
pub fn by_weights(dense: Dense) -> Shader {
    let Dense { samples, inputs, units, .. } = dense;
    let product = Product { rows: inputs, columns: units, depth: samples, left: Order::BySide, right: Order::BySide };
    product.shader(Finish::ColumnSums)
}

/// The gradient by the inputs. Bindings: the gradient by the outputs before a rectifier, weights, the result.
pub fn by_input(dense: Dense) -> Shader {
    let Dense { samples, inputs, units, .. } = dense;
    let product = Product { rows: samples, columns: inputs, depth: units, left: Order::ByDepth, right: Order::ByDepth };
    product.shader(Finish::Plain)
}
