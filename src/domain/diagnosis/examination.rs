//! A batch whose loss was not finite, run once more to see where the first value was lost.
//!
//! Nothing is trained by it. Plain data; the re-run itself is in `train`, the words for it in
//! [`callbacks`](crate::domain::callback). Never here: tensors.

use crate::domain::run::event::Step;

/// Some values of one array that are NaN or infinite.
#[derive(Clone, Debug, PartialEq)]
pub struct Lost {
    /// Of the layer or the array of weights.
    pub name: String,
    /// How many.
    pub values: usize,
    /// Of how many.
    pub of: usize,
}

impl Lost {
    /// What is not finite in `values`; `None` where all of it is.
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
    /// The update after which the weights were as they were used here; 0: the first weights. In training it was `step - 1`.
    pub weights_of: Step,
    /// Samples in the batch.
    pub size: usize,
    /// The first array of weights that was not finite before the batch.
    pub weights: Option<Lost>,
    /// The first layer, in the order of the forward pass, whose output is not finite.
    pub layer: Option<Lost>,
    /// The samples whose outputs are not finite, by their numbers in the data.
    pub samples: Vec<u32>,
    /// The loss that was differentiated.
    pub loss: f32,
    /// The first array, in the order of the backward pass, whose gradient is not finite.
    pub gradient: Option<Lost>,
}

/// All that was run once more because of one loss.
#[derive(Clone, Debug, PartialEq)]
pub struct Examination {
    /// The batch whose loss was not finite.
    pub batch: Rerun,
    /// The batch before it, where the weights were broken by its update.
    pub before: Option<Rerun>,
}
