//! Checkpoints as the page sees them: the name, step and reason of weights that are kept in memory while a run goes on.
//!
//! Never here: the weights.

use super::event::Step;
use serde::{Deserialize, Serialize};

/// The id of a checkpoint, unique in a run.
pub type CheckpointId = u32;

/// The name of the weights that a run ended with.
pub const LAST: &str = "last";

/// The name that asks for the weights of the best epoch, whichever callback kept them.
pub const BEST: &str = "best";

/// The largest number of checkpoints that the visitor may keep by hand.
pub const MOST_BY_HAND: usize = 8;

/// The largest number of bytes of all checkpoints of a run together: 1 GiB, a quarter of what a worker can have.
pub const MOST_BYTES: usize = 1 << 30;

/// The description of a checkpoint, or of weights that outlive their run; its last ones are called [`LAST`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckpointCard {
    /// The id of the checkpoint.
    pub id: CheckpointId,
    /// The name: a callback's slot, or the visitor's own.
    pub name: String,
    /// Whether the visitor kept it, and not a callback.
    pub by_hand: bool,
    /// The step: number of updates that these weights had had.
    pub step: Step,
    /// The monitored series and its value, if a callback kept the weights because of it.
    pub value: Option<(String, f64)>,
    /// The time at which it was kept, in milliseconds since the run began, pauses included.
    pub at_ms: f64,
    /// Number of bytes: weights, batch norm's running statistics, and the optimiser's state.
    pub bytes: usize,
}

impl CheckpointCard {
    /// Whether a callback kept these weights because they were the best by then.
    pub fn is_best(&self) -> bool {
        !self.by_hand && self.value.is_some()
    }
}
