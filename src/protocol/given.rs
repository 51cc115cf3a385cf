//! Weights that come with a question: those that an earlier run has left, which no worker has any more; and samples that the
//! visitor added to a set. Never here: their numbers, which are the message's last bytes.

use super::RunId;
use crate::domain::data::source::DataSpec;
use crate::domain::model::ArrayHead;
use crate::domain::run::config::RunConfig;
use crate::domain::run::event::Step;
use serde::{Deserialize, Serialize};

/// Weights that come with a question, and what is needed to make a network of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GivenWeights {
    /// The run that they are of.
    pub run: RunId,
    /// The run's configuration.
    pub config: Box<RunConfig>,
    /// Number of updates that were made to them.
    pub step: Step,
    /// The names and shapes of the arrays.
    pub arrays: Vec<ArrayHead>,
}

/// A set that is made of another one and of samples that the visitor added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddedSet {
    /// The name on the page.
    pub name: String,
    /// The set that they are added to: built in, or loaded before.
    pub base: DataSpec,
    /// The seed of that set, if it is built in.
    pub seed: u32,
    /// The class of each sample.
    pub labels: Vec<u32>,
}
