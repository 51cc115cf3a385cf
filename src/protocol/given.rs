//! Weights that come with a question: those that an earlier run has left, which no worker has any more. Never here: their
//! numbers, which are the message's last bytes.

use super::RunId;
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
