//! The arithmetic of training on a GPU, as WGSL: dense layers, convolutions, pooling, the loss, optimisers.
//!
//! Each [`Shader`] is written for one shape: what a net computes is known before it trains, so sides and tiles are constants, and
//! no thread asks for them. The shapes are those of `emberscope-kernels`. The make for a device, which binds buffers and launches, is the caller's. Never here: a device, a
//! queue, Burn, unsafe code.

#![forbid(unsafe_code)]

pub mod conv;
pub mod dense;
pub mod elementwise;
pub mod loss;
pub mod optimizer;
pub mod pool;
mod product;
mod program;
mod run;
mod shader;
mod sums;
#[cfg(test)]
mod testing;

pub use program::Program;
pub use shader::Shader;
