//! The operations that take a step's time, in three makes: those of `emberscope-kernels` on Burn's CPU backend, those of
//! `emberscope-shaders` on WebGPU, and Burn's own on every device. Never here: arithmetic, and which layer comes when.

#[cfg(any(not(target_arch = "wasm32"), feature = "ndarray", not(any(feature = "cpu", feature = "gpu"))))]
mod burn_own;
#[cfg(any(feature = "cpu", feature = "gpu"))]
mod graph;
#[cfg(feature = "cpu")]
mod kernels;
#[cfg(feature = "gpu")]
mod shaders;
mod shapes;

#[cfg(feature = "cpu")]
use burn::backend::Flex;
#[cfg(feature = "gpu")]
use burn::backend::Wgpu;
use burn::tensor::{Device, Tensor};
#[cfg(any(feature = "cpu", feature = "gpu"))]
use graph::Pooling;
pub use shapes::{ConvShape, OptimizerStep, Parameters};

/// The make of operations for a device. A worker in the browser has only that of its device: Burn's convolutions and products of
/// matrices, for every kind of number, are a good part of a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operations {
    /// The make of `emberscope-kernels`, for tensors on Burn's Flex.
    #[cfg(feature = "cpu")]
    Kernels,
    /// The make of `emberscope-shaders`, for tensors on WebGPU.
    #[cfg(feature = "gpu")]
    Shaders,
    /// Burn's own, on every device.
    #[cfg(any(not(target_arch = "wasm32"), feature = "ndarray", not(any(feature = "cpu", feature = "gpu"))))]
    Burn,
}

/// Calls the function of the first name in the project's own makes, or that of the second name in Burn's, with these arguments.
macro_rules! in_make {
    ($make:expr, $own:ident, $burn:ident, ($($argument:expr),*) $(, $more:expr)?) => {
        match $make {
            #[cfg(feature = "cpu")]
            Operations::Kernels => graph::$own::<Flex>($($argument),* $(, $more)?),
            #[cfg(feature = "gpu")]
            Operations::Shaders => graph::$own::<Wgpu>($($argument),* $(, $more)?),
            #[cfg(any(not(target_arch = "wasm32"), feature = "ndarray", not(any(feature = "cpu", feature = "gpu"))))]
            Operations::Burn => burn_own::$burn($($argument),*),
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
        #[cfg(feature = "gpu")]
        if shaders::serve(device) {
            return Self::Shaders;
        }
        #[cfg(any(not(target_arch = "wasm32"), feature = "ndarray", not(any(feature = "cpu", feature = "gpu"))))]
        {
            let _ = device;
            Self::Burn
        }
        #[cfg(not(any(not(target_arch = "wasm32"), feature = "ndarray", not(any(feature = "cpu", feature = "gpu")))))]
        unreachable!("a worker's device is that of its features")
    }

    /// Whether a dense layer or a convolution takes the rectifier behind it along.
    pub fn fuse_rectifiers(self) -> bool {
        match self {
            #[cfg(feature = "cpu")]
            Self::Kernels => true,
            #[cfg(feature = "gpu")]
            Self::Shaders => true,
            #[cfg(any(not(target_arch = "wasm32"), feature = "ndarray", not(any(feature = "cpu", feature = "gpu"))))]
            Self::Burn => false,
        }
    }

    /// A dense layer `[samples, units]` of `x` `[samples, inputs]`, weights `[inputs, units]`; with a rectifier behind it if it
    /// `is_rectified`.
    pub fn dense(self, x: Tensor<2>, parameters: Parameters, is_rectified: bool) -> Tensor<2> {
        in_make!(self, dense, dense, (x, parameters, is_rectified))
    }

    /// A convolution `[samples, filters, height, width]` of `x` `[samples, channels, height, width]`, weights
    /// `[filters, channels, kernel, kernel]`; with a rectifier behind it if it `is_rectified`.
    pub fn conv2d(self, x: Tensor<4>, parameters: Parameters, shape: ConvShape, is_rectified: bool) -> Tensor<4> {
        in_make!(self, conv2d, conv2d, (x, parameters, shape, is_rectified))
    }

    /// The largest number of each window of `size` by `size`; windows touch.
    pub fn max_pool2d(self, x: Tensor<4>, size: usize) -> Tensor<4> {
        in_make!(self, pool2d, max_pool2d, (x, size), Pooling::Largest)
    }

    /// The mean of each window of `size` by `size`; windows touch.
    pub fn avg_pool2d(self, x: Tensor<4>, size: usize) -> Tensor<4> {
        in_make!(self, pool2d, avg_pool2d, (x, size), Pooling::Means)
    }

    /// The mean cross-entropy of `outputs` `[samples, classes]`, before softmax, against `targets` of the same shape, over
    /// `samples` samples; rows of zeros do not count.
    pub fn cross_entropy(self, outputs: Tensor<2>, targets: Tensor<2>, samples: usize) -> Tensor<1> {
        in_make!(self, cross_entropy, cross_entropy, (outputs, targets, samples))
    }

    /// The weights after a step against `gradient`; the running `means` move with them: none before the first step, then as many
    /// as the method has.
    pub fn update(self, weight: Tensor<1>, gradient: Tensor<1>, means: &mut Vec<Tensor<1>>, step: OptimizerStep) -> Tensor<1> {
        in_make!(self, update, update, (weight, gradient, means, step))
    }
}
