//! The arithmetic of training on one core: layers, loss and optimisers on slices of `f32`, forward and backward.
//!
//! Plain safe Rust whose inner loops the compiler turns into SIMD: a tile of the result lives in registers while the common
//! side is walked along, and a tile has as many numbers as WebAssembly's engines keep in registers. A crate of its own, so
//! that it is optimised in every profile and shares no code with what decides when it is used.
//! Never here: Burn, tensors, threads, the shapes that a model may have.

pub mod conv;
pub mod dense;
pub mod layer;
pub mod loss;
mod matrix;
pub mod optimizer;
pub mod pool;

/// The value of the rectifier at `x`; not a number stays so, that it can be found.
#[inline(always)]
pub(crate) fn relu(x: f32) -> f32 {
    if x <= 0.0 { 0.0 } else { x }
}

/// The gradient before a rectifier of output `y`, from the `gradient` behind it.
#[inline(always)]
pub(crate) fn before_relu(gradient: f32, y: f32) -> f32 {
    if y <= 0.0 { 0.0 } else { gradient }
}
