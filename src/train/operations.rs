//! The operations that take a step's time, in two makes: those of `emberscope-kernels` on Burn's CPU backend, and Burn's own on
//! every device. Never here: arithmetic, and which layer comes when.

#[cfg(not(all(feature = "cpu", target_arch = "wasm32", not(feature = "gpu"), not(feature = "ndarray"))))]
mod burn_own;
#[cfg(feature = "cpu")]
mod kernels;
mod shapes;

use burn::tensor::{Device, Tensor};
pub use shapes::{ConvShape, OptimizerStep, Parameters};

/// The make of operations for a device. The CPU worker has only the first one: Burn's convolutions and products of matrices,
/// for every kind of number, are a good part of its download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operations {
    /// The make of `emberscope-kernels`, for tensors on Burn's Flex.
    #[cfg(feature = "cpu")]
    Kernels,
    /// Burn's own.
    #[cfg(not(all(feature = "cpu", target_arch = "wasm32", not(feature = "gpu"), not(feature = "ndarray"))))]
    Burn,
}

/// Calls the function of this name and these arguments in the make that is asked for.
macro_rules! in_make {
    ($make:expr, $function:ident($($argument:expr),*)) => {
        match $make {
            #[cfg(feature = "cpu")]
            Operations::Kernels => kernels::$function($($argument),*),
            #[cfg(not(all(feature = "cpu", target_arch = "wasm32", not(feature = "gpu"), not(feature = "ndarray"))))]
            Operations::Burn => burn_own::$function($($argument),*),
        }
    };
}

impl Operations {
    /// The make for tensors on `device`.
    pub fn of(device: &Device) -> Self {
        #[cfg(feature = "cpu")]
        if kernels::serve(device) {
            return Self::Kernels;
        }
        #[cfg(not(feature = "cpu"))]
        let _ = device;
        #[cfg(not(all(feature = "cpu", target_arch = "wasm32", not(feature = "gpu"), not(feature = "ndarray"))))]
        return Self::Burn;
        #[cfg(all(feature = "cpu", target_arch = "wasm32", not(feature = "gpu"), not(feature = "ndarray")))]
        Self::Kernels
    }

    /// Whether a dense layer or a convolution takes the rectifier behind it along.
    pub fn fuse_rectifiers(self) -> bool {
        match self {
            #[cfg(feature = "cpu")]
            Self::Kernels => true,
            #[cfg(not(all(feature = "cpu", target_arch = "wasm32", not(feature = "gpu"), not(feature = "ndarray"))))]
            Self::Burn => false,
        }
    }

    /// A dense layer `[samples, units]` of `x` `[samples, inputs]`, weights `[inputs, units]`; with a rectifier behind it if it
    /// `is_rectified`.
    pub fn dense(self, x: Tensor<2>, parameters: Parameters, is_rectified: bool) -> Tensor<2> {
        in_make!(self, dense(x, parameters, is_rectified))
    }

    /// A convolution `[samples, filters, height, width]` of `x` `[samples, channels, height, width]`, weights
    /// `[filters, channels, kernel, kernel]`; with a rectifier behind it if it `is_rectified`.
    pub fn conv2d(self, x: Tensor<4>, parameters: Parameters, shape: ConvShape, is_rectified: bool) -> Tensor<4> {
        in_make!(self, conv2d(x, parameters, shape, is_rectified))
    }

    /// The largest number of each window of `size` by `size`; windows touch.
    pub fn max_pool2d(self, x: Tensor<4>, size: usize) -> Tensor<4> {
        in_make!(self, max_pool2d(x, size))
    }

    /// The mean of each window of `size` by `size`; windows touch.
    pub fn avg_pool2d(self, x: Tensor<4>, size: usize) -> Tensor<4> {
        in_make!(self, avg_pool2d(x, size))
    }

    /// The mean cross-entropy of `outputs` `[samples, classes]`, before softmax, against `targets` of the same shape, over
    /// `samples` samples; rows of zeros do not count.
    pub fn cross_entropy(self, outputs: Tensor<2>, targets: Tensor<2>, samples: usize) -> Tensor<1> {
        in_make!(self, cross_entropy(outputs, targets, samples))
    }

    /// The weights after a step against `gradient`; the running `means` move with them: none before the first step, then as many
    /// as the method has.
    pub fn update(self, weight: Tensor<1>, gradient: Tensor<1>, means: &mut Vec<Tensor<1>>, step: OptimizerStep) -> Tensor<1> {
        in_make!(self, update(weight, gradient, means, step))
    }
}
