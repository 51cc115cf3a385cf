//! A model as data: its layers, the shapes between them, its parameters, and errors that name the layer.
//!
//! The output layer is not part of the list: it follows from the number of classes and the loss, so that the same
//! model can be pointed at other data. Never here: tensors, devices.

mod arrays;
pub mod init;
mod layer;
mod plan;

pub use arrays::{ArrayHead, match_arrays};
pub use layer::{LayerSpec, Padding};
pub use plan::{Init, LayerPlan, ModelPlan, ParamPlan, PartialPlan};

use serde::{Deserialize, Serialize};

/// What the output is compared by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Softmax cross-entropy over one output per class, mean over the batch, in nats.
    #[default]
    CrossEntropy,
    /// Sigmoid cross-entropy of a single output, for two classes; mean over the batch, in nats.
    BinaryCrossEntropy,
}

impl Loss {
    /// How many outputs a model for `classes` classes has under this loss.
    pub fn outputs(self, classes: usize) -> usize {
        match self {
            Self::CrossEntropy => classes,
            Self::BinaryCrossEntropy => 1,
        }
    }

    /// The name on the page.
    pub fn title(self) -> &'static str {
        match self {
            Self::CrossEntropy => "cross-entropy",
            Self::BinaryCrossEntropy => "binary cross-entropy",
        }
    }
}

/// A wish for a model: its hidden layers in order. What it comes to for given data is a [`ModelPlan`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// The layers between the input and the output layer.
    pub layers: Vec<LayerSpec>,
}
