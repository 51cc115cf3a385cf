//! A model as data: its layers, the shapes between them, its parameters, and errors that name the layer.
//!
//! The output layer is not part of the list: it follows from the number of classes and the loss, so that the same
//! model can be pointed at other data. Never here: tensors, devices.

mod arrays;
pub mod init;
mod layer;
mod plan;
mod samples;

pub use arrays::{ArrayHead, match_arrays};
pub use layer::{LayerSpec, Padding};
pub use plan::{Init, LayerPlan, ModelPlan, ParamPlan, PartialPlan};
pub use samples::{MOST_NUMBERS, samples_in};

use crate::domain::bounded;
use serde::{Deserialize, Deserializer, Serialize};

/// The most hidden layers of a model.
pub const MOST_LAYERS: usize = 100;

/// The loss that training minimises.
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
    /// Number of outputs of a model for `classes` classes under this loss.
    pub fn outputs(self, classes: usize) -> usize {
        match self {
            Self::CrossEntropy => classes,
            Self::BinaryCrossEntropy => 1,
        }
    }

    /// The loss's name on the page.
    pub fn title(self) -> &'static str {
        match self {
            Self::CrossEntropy => "cross-entropy",
            Self::BinaryCrossEntropy => "binary cross-entropy",
        }
    }
}

/// The specification of a model: its hidden layers in order. With given data it becomes a [`ModelPlan`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// The layers between the input and the output layer, at most [`MOST_LAYERS`].
    #[serde(deserialize_with = "layers")]
    pub layers: Vec<LayerSpec>,
}

fn layers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<LayerSpec>, D::Error> {
    bounded::list(deserializer, "model.layers", MOST_LAYERS)
}
