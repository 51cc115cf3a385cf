//! A batch whose loss was not finite, run once more to see where the first value was lost.
//!
//! Nothing is trained by it. Plain data; the re-run itself is in `train`, the words for it in
//! [`diagnostician`](super::diagnostician). Never here: tensors.

use crate::domain::run::event::Step;

/// Some values of one array that are NaN or infinite.
#[derive(Clone, Debug, PartialEq)]
pub struct Lost {
    /// The name of the layer or of the array of weights.
    pub name: String,
    /// Number of values that are NaN or infinite.
    pub values: usize,
    /// Number of all values.
    pub of: usize,
}

impl Lost {
    /// Counts the NaN and infinite values in `values`; `None` without any.
    pub fn among(name: &str, values: &[f32]) -> Option<Self> {
        let lost = values.iter().filter(|value| !value.is_finite()).count();
        (lost > 0).then(|| Self { name: name.to_owned(), values: lost, of: values.len() })
    }
}

/// One batch, run forward and backward once more.
#[derive(Clone, Debug, PartialEq)]
pub struct Rerun {
    /// The step of its update.
    pub step: Step,
    /// The number of updates that the weights of the re-run had; 0: the first weights. In training it was `step - 1`.
    pub weights_of: Step,
    /// Number of samples in the batch.
    pub size: usize,
    /// The first array of weights that was not finite before the batch.
    pub weights: Option<Lost>,
    /// The first layer, in the order of the forward pass, whose output is not finite.
    pub layer: Option<Lost>,
    /// Indices in the data set of the samples whose outputs are not finite.
    pub samples: Vec<u32>,
    /// The loss that was differentiated.
    pub loss: f32,
    /// The first array, in the order of the backward pass, whose gradient is not finite.
    pub gradient: Option<Lost>,
}

/// The re-runs that one loss that was not finite has led to.
#[derive(Clone, Debug, PartialEq)]
pub struct Examination {
    /// The batch whose loss was not finite.
    pub batch: Rerun,
    /// The batch before it, where the weights were broken by its update.
    pub before: Option<Rerun>,
}
