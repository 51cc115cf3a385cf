//! Checkpoints: weights kept in memory while a run goes on, with all that is needed to go on from them.
//!
//! Kept are handles of tensors, which never change in place: keeping costs no copy at that moment, and from the next
//! update on the memory of one more model with its optimiser. Never here: files; the decision when to keep, which is
//! the callbacks'.

use super::model::Weights;
use super::optimizer::OptimizerState;
use crate::domain::run::checkpoint::{CheckpointCard, CheckpointId, MOST_BY_HAND};
use crate::domain::run::event::Step;
use crate::error::{Code, Error, Result};

/// The learned state of a run at one moment.
#[derive(Clone)]
pub struct Learned {
    /// The weights and batch norm's running statistics.
    pub weights: Weights,
    /// The optimiser's running means.
    pub optimizer: OptimizerState,
}

struct Checkpoint {
    card: CheckpointCard,
    learned: Learned,
}

/// The description that weights are kept under.
pub struct Label {
    /// The name: a callback's slot, or the visitor's own.
    pub name: String,
    /// The monitored series and its value, if that is the reason.
    pub value: Option<(String, f64)>,
    /// Number of updates that the weights have had.
    pub step: Step,
    /// The time in milliseconds since the run began.
    pub at_ms: f64,
}

/// The checkpoints of a run, the oldest first.
#[derive(Default)]
pub struct Checkpoints {
    kept: Vec<Checkpoint>,
    last_id: CheckpointId,
}

impl Checkpoints {
    fn push(&mut self, label: Label, by_hand: bool, learned: Learned) -> CheckpointCard {
        self.last_id += 1;
        let Label { name, value, step, at_ms } = label;
        let bytes = 4 * (learned.weights.values() + learned.optimizer.values());
        let card = CheckpointCard { id: self.last_id, name, by_hand, step, value, at_ms, bytes };
        self.kept.push(Checkpoint { card: card.clone(), learned });
        card
    }

    /// Keeps `learned` for a callback, in place of the oldest of more than `copies` of the same name.
    pub fn keep_slot(&mut self, label: Label, copies: u32, learned: Learned) {
        let name = label.name.clone();
        self.push(label, false, learned);
        let of_slot = |checkpoint: &Checkpoint| !checkpoint.card.by_hand && checkpoint.card.name == name;
        let mut surplus = self.kept.iter().filter(|&checkpoint| of_slot(checkpoint)).count().saturating_sub(copies.max(1) as usize);
        self.kept.retain(|checkpoint| {
            let goes = surplus > 0 && of_slot(checkpoint);
            surplus -= usize::from(goes);
            !goes
        });
    }

    /// Keeps `learned` for the visitor.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when [`MOST_BY_HAND`] are kept already: none is deleted unasked.
    pub fn keep_by_hand(&mut self, label: Label, learned: Learned) -> Result<CheckpointCard> {
        if self.kept.iter().filter(|checkpoint| checkpoint.card.by_hand).count() >= MOST_BY_HAND {
            return Err(Error::new(Code::InvalidState, format!("{MOST_BY_HAND} checkpoints are kept by hand"), "forget one first"));
        }
        Ok(self.push(label, true, learned))
    }

    /// The state that a callback last kept under `name`.
    pub fn of_slot(&self, name: &str) -> Option<&Learned> {
        let of_slot = |checkpoint: &&Checkpoint| !checkpoint.card.by_hand && checkpoint.card.name == name;
        self.kept.iter().rfind(of_slot).map(|checkpoint| &checkpoint.learned)
    }

    /// The checkpoint `id`.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when there is none.
    pub fn get(&self, id: CheckpointId) -> Result<(&CheckpointCard, &Learned)> {
        let found = self.kept.iter().find(|checkpoint| checkpoint.card.id == id);
        found.map(|checkpoint| (&checkpoint.card, &checkpoint.learned)).ok_or_else(|| missing(id))
    }

    /// Deletes the checkpoint `id`.
    ///
    /// # Errors
    /// As [`Checkpoints::get`].
    pub fn forget(&mut self, id: CheckpointId) -> Result<CheckpointCard> {
        let index = self.kept.iter().position(|checkpoint| checkpoint.card.id == id).ok_or_else(|| missing(id))?;
        Ok(self.kept.remove(index).card)
    }

    /// The descriptions of all checkpoints, the oldest first.
    pub fn cards(&self) -> Vec<CheckpointCard> {
        self.kept.iter().map(|checkpoint| checkpoint.card.clone()).collect()
    }
}

fn missing(id: CheckpointId) -> Error {
    Error::new(Code::InvalidState, format!("there is no checkpoint {id}"), "checkpoints() lists those that are kept")
}
