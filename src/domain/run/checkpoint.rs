//! Weights that are kept in memory while a run goes on, as the page sees them: what each is called, where it comes from.
//!
//! Never here: the weights.

use super::event::Step;
use serde::{Deserialize, Serialize};

/// Names kept weights; unique in a run.
pub type CheckpointId = u32;

/// How many checkpoints the visitor may keep by hand.
pub const MOST_BY_HAND: usize = 8;

/// What is known of kept weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckpointCard {
    /// Its id.
    pub id: CheckpointId,
    /// What it is called: a callback's slot, or what the visitor says.
    pub name: String,
    /// Kept by the visitor, not by a callback.
    pub by_hand: bool,
    /// Updates that these weights had had.
    pub step: Step,
    /// A series and its value, if a callback kept the weights because of it.
    pub value: Option<(String, f64)>,
    /// Milliseconds from the run's begin to the moment when they were kept, pauses included.
    pub at_ms: f64,
    /// Bytes: weights, batch norm's running means, and the optimiser's.
    pub bytes: usize,
}
