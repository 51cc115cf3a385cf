//! The parent of a run: the run from whose weights it goes on, and the moment. Never here: the weights.

use super::event::Step;
use serde::{Deserialize, Serialize};

/// The longest name of a parent, in bytes, that is read out of a file.
pub const MOST_NAME: usize = 400;

/// The run that another one goes on from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parent {
    /// The id in this visit; not known of a run out of a file.
    #[serde(skip)]
    pub run: Option<u32>,
    /// The name, as it was then.
    pub name: String,
    /// Number of updates that its weights had had.
    pub step: Step,
}

impl Parent {
    /// The parent in words, for a run that is now called `name`.
    pub fn words(&self, name: &str) -> String {
        format!("goes on from {name} at step {}", self.step)
    }
}
