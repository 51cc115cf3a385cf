//! The values between the layers, and taps that keep them for whoever looks. Never here: layers.

use super::arrays::array;
use crate::domain::model::{LayerPlan, LayerSpec};
use burn::tensor::{Device, Tensor};

/// The values that flow between layers.
pub(super) enum Activation {
    Flat(Tensor<2>),
    Image(Tensor<4>),
}

impl Activation {
    pub(super) fn map(self, flat: impl Fn(Tensor<2>) -> Tensor<2>, image: impl Fn(Tensor<4>) -> Tensor<4>) -> Self {
        match self {
            Self::Flat(x) => Self::Flat(flat(x)),
            Self::Image(x) => Self::Image(image(x)),
        }
    }

    pub(super) fn flat(self) -> Tensor<2> {
        match self {
            Self::Flat(x) => x,
            Self::Image(x) => x.flatten(1, 3),
        }
    }

    pub(super) fn image(self, layer: &LayerPlan) -> Tensor<4> {
        match self {
            Self::Image(x) => x,
            Self::Flat(_) => unreachable!("ModelSpec::plan refuses {} on a vector", layer.name),
        }
    }

    /// Multiplies by a mask of as many numbers.
    pub(super) fn map_mut(self, mut mask: impl FnMut(usize) -> Tensor<1>) -> Self {
        match self {
            Self::Flat(x) => {
                let dims = x.dims();
                Self::Flat(x * mask(dims.iter().product()).reshape(dims))
            }
            Self::Image(x) => {
                let dims = x.dims();
                Self::Image(x * mask(dims.iter().product()).reshape(dims))
            }
        }
    }
}

/// Collects the layers' outputs for the first samples of a batch.
pub struct Taps {
    /// Number of samples.
    pub samples: usize,
    /// Whether layers count too that only move or drop values.
    every_layer: bool,
    /// The outputs: position of the layer and its values, sample after sample.
    pub outputs: Vec<(usize, Tensor<1>)>,
    /// Zeros that were added to the output of each layer, all samples of it, so that the gradient by it can be asked for.
    pub zeros: Vec<Tensor<1>>,
    /// Whether they are wanted.
    wants_zeros: bool,
}

impl Taps {
    /// Taps for a probe: no layers that only move or drop values, whose outputs are nothing new.
    pub fn for_probe(samples: usize) -> Self {
        Self { samples, every_layer: false, outputs: Vec::new(), zeros: Vec::new(), wants_zeros: false }
    }

    /// Taps of all layers.
    pub fn of_every_layer(samples: usize) -> Self {
        Self { every_layer: true, ..Self::for_probe(samples) }
    }

    /// Taps of all layers, with zeros added to each output: for slopes, never for training, since -0 becomes 0.
    pub fn with_zeros(samples: usize) -> Self {
        Self { wants_zeros: true, ..Self::of_every_layer(samples) }
    }

    /// Takes what it wants of a layer's output, and gives the output for the next layer.
    pub(super) fn pass(&mut self, position: usize, layer: &LayerPlan, output: Activation, device: &Device) -> Activation {
        self.take(position, layer, &output);
        if !self.wants_zeros {
            return output;
        }
        let mut leaf = |numbers: usize| {
            let zeros = array(vec![0.0; numbers], device).autodiff().require_grad();
            self.zeros.push(zeros.clone());
            zeros
        };
        match output {
            Activation::Flat(x) => {
                let dims = x.dims();
                Activation::Flat(x + leaf(dims.iter().product()).reshape(dims))
            }
            Activation::Image(x) => {
                let dims = x.dims();
                Activation::Image(x + leaf(dims.iter().product()).reshape(dims))
            }
        }
    }

    fn take(&mut self, position: usize, layer: &LayerPlan, output: &Activation) {
        use LayerSpec::{AvgPool2d, Dropout, Flatten, MaxPool2d};
        if !self.every_layer && matches!(layer.spec, Flatten | Dropout { .. } | MaxPool2d { .. } | AvgPool2d { .. }) {
            return;
        }
        let values = match output {
            Activation::Flat(x) => x.clone().inner().slice(0..self.samples).flatten(0, 1),
            Activation::Image(x) => x.clone().inner().slice(0..self.samples).flatten(0, 3),
        };
        self.outputs.push((position, values));
    }
}
