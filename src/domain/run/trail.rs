//! The trail of a run: the weights that it had at its looks into the network, kept in the worker's memory so that the page can
//! go back in time.
//!
//! When they become many, or large, every second one goes, and the card says so. Each is asked for like a checkpoint, by an id
//! that follows from its step ([`id_of`]). Never here: the weights.

use super::checkpoint::{CheckpointCard, CheckpointId};
use super::event::Step;
use serde::{Deserialize, Serialize};

/// The largest number of moments that are kept.
pub const MOST: usize = 240;

/// The largest number of bytes that they take together.
pub const MOST_BYTES: usize = 64 << 20;

/// The bit that tells a moment's id from those of checkpoints, which count from 1.
const OF_TRAIL: CheckpointId = 1 << 31;

/// The id under which the weights after `step` updates are asked for.
pub fn id_of(step: Step) -> CheckpointId {
    OF_TRAIL | step
}

/// The step of a moment's id; `None` for the id of a checkpoint.
pub fn step_of(id: CheckpointId) -> Option<Step> {
    (id & OF_TRAIL != 0).then_some(id & !OF_TRAIL)
}

/// The card of the moment after `step` updates, whose weights take `bytes`.
pub fn card_of(step: Step, bytes: usize) -> CheckpointCard {
    CheckpointCard { id: id_of(step), name: format!("step {step}"), by_hand: false, step, value: None, at_ms: f64::NAN, bytes }
}

/// The description of a trail.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrailCard {
    /// The steps whose weights are kept, in ascending order: numbers of updates that they have had.
    pub steps: Vec<Step>,
    /// Number of moments that there were.
    pub seen: u32,
    /// Number of bytes of all that are kept.
    pub bytes: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_moments_are_no_checkpoints() {
        assert_eq!(step_of(id_of(0)), Some(0));
        assert_eq!(step_of(id_of(123_456)), Some(123_456));
        assert_eq!(step_of(1), None);
    }
}
